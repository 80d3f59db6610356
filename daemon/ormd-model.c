/*
 * ormd-model: works on model files.
 *
 *	ormd-model check FILE...	says what is wrong with them
 *	ormd-model ddl FILE		prints the tables as SQL
 *
 * Run by people and by scripts; it needs neither daemon nor database.  What the
 * daemon would refuse at its start it refuses too, with the same words: the
 * text goes through the scanner of client lines, then through registry_load(),
 * and the rules through lib/serialize, which knows whether they end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "model.h"
#include "model_text.h"

enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	FILE_MOST = 16 << 20,		/* bytes */
	READ_AT_ONCE = 1 << 16
};

static int
usage(void)
{
	fputs("usage: ormd-model check FILE...\n"
	    "       ormd-model ddl FILE\n", stderr);
	return EXIT_USAGE;
}

/* All of a file, or of standard input for "-".  -1 with errno. */
static int
file_read(const char *name, struct buf *text)
{
	FILE	*f = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	size_t	n;
	int	failed = 0;

	if (f == NULL)
		return -1;
	while (buf_reserve(text, READ_AT_ONCE)) {
		n = fread(text->p + text->n, 1, READ_AT_ONCE, f);
		text->n += n;
		if (n == 0)
			break;
	}
	if (ferror(f))
		failed = errno;
	else if (text->broken)
		failed = EFBIG;
	if (f != stdin)
		fclose(f);
	errno = failed;
	return failed == 0 ? 0 : -1;
}

static void
print_note(const char *file, const char *word, const char *path,
    const char *text, const char *hint)
{
	fprintf(stderr, "%s: %s%s%s%s\n", file, word, path,
	    *path == '\0' ? "" : ": ", text);
	if (*hint != '\0')
		fprintf(stderr, "    %s\n", hint);
}

/* The model in that file; NULL when it has said why not, with *status. */
static struct registry *
model_read(const char *file, int *status)
{
	struct registry	*r;
	struct error	 err;
	struct buf	 text;

	buf_init(&text, FILE_MOST);
	if (file_read(file, &text) == -1) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		buf_free(&text);
		*status = EXIT_USAGE;
		return NULL;
	}
	r = model_text_load(text.p, text.n, &err);
	buf_free(&text);
	if (r != NULL)
		return r;
	print_note(file, "", err.path, err.message,
	    *err.hint != '\0' ? err.hint : err.detail);
	*status = EXIT_REFUSED;
	return NULL;
}

static int
check(char **files)
{
	const struct model_note	*note;
	struct registry		*r;
	size_t			 i;
	int			 status = EXIT_SUCCESS;

	for (; *files != NULL; files++) {
		if ((r = model_read(*files, &status)) == NULL)
			continue;
		for (i = 0; i < r->warnings.n; i++) {
			note = r->warnings.v[i];
			print_note(*files, "warning: ", note->path,
			    note->text, note->hint);
		}
		printf("%s: models: %zu, tables: %zu, warnings: %zu\n",
		    *files, r->models.n, r->tables.n, r->warnings.n);
		registry_free(r);
	}
	return status;
}

static int
ddl(const char *file)
{
	struct registry	*r;
	struct buf	 sql;
	int		 status = EXIT_SUCCESS;

	if ((r = model_read(file, &status)) == NULL)
		return status;
	buf_init(&sql, 0);
	ddl_write(r, &sql);
	registry_free(r);
	if (sql.broken) {
		fprintf(stderr, "%s: %s\n", file, strerror(ENOMEM));
		status = EXIT_USAGE;
	} else
		fwrite(sql.p, 1, sql.n, stdout);
	buf_free(&sql);
	return status;
}

int
main(int argc, char **argv)
{
	int	status;

	if (argc >= 3 && strcmp(argv[1], "check") == 0)
		status = check(argv + 2);
	else if (argc == 3 && strcmp(argv[1], "ddl") == 0)
		status = ddl(argv[2]);
	else
		return usage();
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "ormd-model: %s\n", strerror(errno));
		return EXIT_USAGE;
	}
	return status;
}
