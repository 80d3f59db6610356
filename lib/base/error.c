/*
 * Errors and the paths that locate them.  Everybody calls this; nothing here
 * allocates or fails.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "utf8.h"

enum {
	WORD_LONGEST = 64,	/* longer words get no suggestion */
	PATH_DEEPEST = 64
};

const struct error_row error_rows[ERROR_KINDS] = {
#define ERROR(name, code, kind, sqlstate, retryable, message) \
	[ERROR_##name] = { #name, kind, sqlstate, message, code, retryable },
#include "errors.def"
#undef ERROR
};

/*
 * vsnprintf cuts at any byte; a client's text ends at a whole character, so
 * that the reply which carries it is UTF-8.
 */
static void __attribute__((format(printf, 3, 0)))
text_write(char *to, size_t size, const char *format, va_list ap)
{
	vsnprintf(to, size, format, ap);
	to[utf8_check(to, strlen(to))] = '\0';
}

static void __attribute__((format(printf, 3, 4)))
name_write(char *to, size_t size, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	text_write(to, size, format, ap);
	va_end(ap);
}

static void
step_write(const struct path *step, char *to, int size, int *at)
{
	const char	*c;
	char		 digits[16];

	if (step->key == NULL) {
		snprintf(digits, sizeof(digits), "/%d", step->index);
		for (c = digits; *c != '\0' && *at < size - 1; c++)
			to[(*at)++] = *c;
		return;
	}
	if (*at < size - 1)
		to[(*at)++] = '/';
	for (c = step->key; *c != '\0' && *at < size - 2; c++) {
		if (*c == '~' || *c == '/') {
			to[(*at)++] = '~';
			to[(*at)++] = *c == '~' ? '0' : '1';
		} else
			to[(*at)++] = *c;
	}
}

void
path_write(const struct path *path, char *to, int size)
{
	const struct path	*steps[PATH_DEEPEST];
	int			 n = 0, at = 0;

	for (; path != NULL && path->up != NULL; path = path->up)
		if (n < PATH_DEEPEST)
			steps[n++] = path;
	while (n > 0 && at < size - 1)
		step_write(steps[--n], to, size, &at);
	to[at] = '\0';
	to[utf8_check(to, (size_t)at)] = '\0';
}

int
error_set(struct error *err, enum error_kind kind, const struct path *path,
    const char *format, ...)
{
	va_list	ap;

	memset(err, 0, sizeof(*err));
	err->kind = kind;
	path_write(path, err->path, sizeof(err->path));
	va_start(ap, format);
	text_write(err->message, sizeof(err->message), format, ap);
	va_end(ap);
	return -1;
}

int
error_hint(struct error *err, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	text_write(err->hint, sizeof(err->hint), format, ap);
	va_end(ap);
	return -1;
}

int
error_detail(struct error *err, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	text_write(err->detail, sizeof(err->detail), format, ap);
	va_end(ap);
	return -1;
}

int
error_about(struct error *err, const char *model, const char *attribute)
{
	if (model != NULL)
		name_write(err->model, sizeof(err->model), "%s", model);
	if (attribute != NULL)
		name_write(err->attribute, sizeof(err->attribute), "%s",
		    attribute);
	return -1;
}

int
error_nomem(struct error *err)
{
	error_set(err, ERROR_LIMIT, NULL,
	    "the request needs more memory than request_memory allows");
	err->nomem = true;
	return -1;
}

enum error_kind
error_from_sqlstate(const char *sqlstate)
{
	enum error_kind	kind;

	for (kind = 0; sqlstate[0] != '\0' && kind < ERROR_KINDS; kind++)
		if (strcmp(error_rows[kind].sqlstate, sqlstate) == 0)
			return kind;
	return ERROR_INTERNAL;
}

/* Levenshtein's distance of two short words, one row at a time. */
static int
distance(const char *a, const char *b)
{
	int	row[WORD_LONGEST + 1], i, j, diagonal, above, best;
	int	na = (int)strlen(a), nb = (int)strlen(b);

	if (na > WORD_LONGEST || nb > WORD_LONGEST)
		return na + nb;		/* further than any suggestion */
	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[nb];
}

const char *
error_nearest(const char *word, const char *const *candidates)
{
	const char	*nearest = NULL;
	int		 d, best = (int)strlen(word) / 3 + 1;

	for (; *candidates != NULL; candidates++)
		if ((d = distance(word, *candidates)) <= best &&
		    (nearest == NULL || d < best)) {
			nearest = *candidates;
			best = d;
		}
	return nearest;
}
