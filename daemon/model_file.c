/*
 * Reads model files for the commands of ormd-model.  What the daemon would
 * refuse at its start it refuses too, with the same words: the text goes
 * through model_text_load().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "model_command.h"
#include "model_file.h"
#include "model_text.h"

enum {
	FILE_MOST = 16 << 20,		/* bytes */
	READ_AT_ONCE = 1 << 16
};

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

void
model_file_note(const char *file, const char *word, const char *path,
    const char *text, const char *hint)
{
	fprintf(stderr, "%s: %s%s%s%s\n", file, word, path,
	    *path == '\0' ? "" : ": ", text);
	if (*hint != '\0')
		fprintf(stderr, "    %s\n", hint);
}

static void
print_refusal(void *file, const struct error *err)
{
	model_file_note(file, "", err->path, err->message,
	    *err->hint != '\0' ? err->hint : err->detail);
}

struct registry *
model_file_load(char *file, int *status)
{
	struct registry	*r;
	struct buf	 text;

	buf_init(&text, FILE_MOST);
	if (file_read(file, &text) == -1) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		buf_free(&text);
		*status = EXIT_USAGE;
		return NULL;
	}
	r = model_text_load_all(text.p, text.n, print_refusal, file);
	buf_free(&text);
	if (r == NULL)
		*status = EXIT_FINDINGS;
	return r;
}
