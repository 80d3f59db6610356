/*
 * ormd-model inspect: a model file from an existing database.  What the file
 * does not say, or says otherwise than the database does, goes to standard
 * error.  The file is read back before it is printed, so that what comes out
 * is what ormd takes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect.h"
#include "model_command.h"
#include "model_database.h"
#include "model_text.h"

/* "--schema NAME" and "--schema=NAME"; the schemas come first in argv. */
static int
take_words(int argc, char **argv, size_t *nschemas, const char **conninfo)
{
	static const char	option[] = "--schema";
	size_t			n = strlen(option);
	int			i;

	*nschemas = 0;
	*conninfo = NULL;
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], option) == 0) {
			if (++i == argc)
				return -1;
			argv[(*nschemas)++] = argv[i];
		} else if (strncmp(argv[i], option, n) == 0 &&
		    argv[i][n] == '=') {
			argv[(*nschemas)++] = argv[i] + n + 1;
		} else if (*argv[i] == '-' || *conninfo != NULL) {
			return -1;
		} else {
			*conninfo = argv[i];
		}
	}
	return *conninfo == NULL ? -1 : 0;
}

static void
print_notes(const struct inspect_notes *notes)
{
	const struct model_note	*note;
	size_t			 i;

	for (i = 0; i < notes->notes.n; i++) {
		note = notes->notes.v[i];
		fprintf(stderr, "ormd-model: note: %s %s\n", note->path,
		    note->text);
	}
}

/* Whether ormd takes the text; that it does not would be our fault. */
static int
read_back(const struct buf *text)
{
	struct registry	*r;
	struct error	 err;

	if ((r = model_text_load(text->p, text->n, &err)) == NULL) {
		fprintf(stderr, "ormd-model: this database needs a model file "
		    "that ormd does not take: %s: %s\n", err.path,
		    err.message);
		return EXIT_FINDINGS;
	}
	registry_free(r);
	return EXIT_SUCCESS;
}

int
command_inspect(int argc, char **argv)
{
	struct inspect_notes	 notes;
	struct found		 found;
	struct buf		 text;
	const char		*conninfo;
	size_t			 nschemas;
	PGconn			*conn;
	int			 status = EXIT_USAGE;

	if (take_words(argc, argv, &nschemas, &conninfo) == -1)
		return COMMAND_MISUSED;
	if ((conn = database_open(conninfo)) == NULL)
		return EXIT_USAGE;
	found_init(&found);
	buf_init(&text, 0);
	if (database_look(conn, &found, argv, nschemas) == 0) {
		if (inspect_write(&found, &text, &notes) == -1) {
			fprintf(stderr, "ormd-model: %s\n", strerror(ENOMEM));
		} else {
			print_notes(&notes);
			if ((status = read_back(&text)) == EXIT_SUCCESS)
				fwrite(text.p, 1, text.n, stdout);
		}
	}
	PQfinish(conn);
	buf_free(&text);
	found_release(&found);
	return status;
}
