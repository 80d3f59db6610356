/*
 * ormd-model ddl: the tables of a model file as SQL, or its rules as row-level
 * security.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "model_command.h"
#include "model_file.h"

#define ROLE	"ormd"		/* what ormd logs in to PostgreSQL as */

/* What is to be printed: --rls [--role NAME] FILE. */
struct wish {
	bool		 rls;
	const char	*role;
	char		*file;
};

static int
wish_read(struct wish *w, int argc, char **argv)
{
	int	i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--rls") == 0)
			w->rls = true;
		else if (strcmp(argv[i], "--role") == 0 && i + 1 < argc)
			w->role = argv[++i];
		else if (w->file == NULL && strncmp(argv[i], "--", 2) != 0)
			w->file = argv[i];
		else
			return -1;
	}
	return w->file == NULL || (w->role != NULL && !w->rls) ? -1 : 0;
}

int
command_ddl(int argc, char **argv)
{
	struct wish	 w = { false, NULL, NULL };
	struct registry	*r;
	struct buf	 sql;
	int		 status = EXIT_SUCCESS;

	if (wish_read(&w, argc, argv) == -1)
		return COMMAND_MISUSED;
	if ((r = model_file_load(w.file, &status)) == NULL)
		return status;
	if (w.rls && r->auth == NULL) {
		fprintf(stderr, "%s: without \"auth\" there are no users, and "
		    "no rules for them\n", w.file);
		registry_free(r);
		return EXIT_FINDINGS;
	}
	buf_init(&sql, 0);
	if (w.rls)
		ddl_rls_write(r, w.role != NULL ? w.role : ROLE, &sql);
	else
		ddl_write(r, &sql);
	registry_free(r);
	if (sql.broken) {
		fprintf(stderr, "%s: %s\n", w.file, strerror(ENOMEM));
		status = EXIT_USAGE;
	} else
		fwrite(sql.p, 1, sql.n, stdout);
	buf_free(&sql);
	return status;
}
