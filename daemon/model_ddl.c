/*
 * ormd-model ddl: the tables of a model file as SQL.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "model_command.h"
#include "model_file.h"

int
command_ddl(int argc, char **argv)
{
	struct registry	*r;
	struct buf	 sql;
	int		 status = EXIT_SUCCESS;

	if (argc != 2)
		return COMMAND_MISUSED;
	if ((r = model_file_load(argv[1], &status)) == NULL)
		return status;
	buf_init(&sql, 0);
	ddl_write(r, &sql);
	registry_free(r);
	if (sql.broken) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(ENOMEM));
		status = EXIT_USAGE;
	} else
		fwrite(sql.p, 1, sql.n, stdout);
	buf_free(&sql);
	return status;
}
