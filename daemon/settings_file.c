/*
 * Where settings are written: the configuration file, and "key=value" of the
 * command line.  Called by main().  It refuses lines without =, quotes that are
 * not closed, and files that are too long; what they say goes to
 * settings_set().
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

enum { FILE_LONGEST = 1 << 20 };

static char *
trim(char *p)
{
	char	*end;

	while (isspace((unsigned char)*p))
		p++;
	for (end = p + strlen(p); end > p && isspace((unsigned char)end[-1]);)
		*--end = '\0';
	return p;
}

/* "key = value"; `pair' is changed. */
static int
pair_set(struct settings *s, char *pair, enum settings_origin origin,
    struct error *err)
{
	char	*equals = strchr(pair, '='), *value;
	size_t	 n;

	if (equals == NULL) {
		error_set(err, ERROR_INVALID_VALUE, NULL, "no = in this line");
		return error_hint(err, "write key = value");
	}
	*equals = '\0';
	value = trim(equals + 1);
	if (*value == '"') {
		n = strlen(value);
		if (n < 2 || value[n - 1] != '"')
			return error_set(err, ERROR_INVALID_VALUE, NULL,
			    "a quote is not closed");
		value[n - 1] = '\0';
		value++;
	}
	return settings_set(s, trim(pair), value, origin, err);
}

int
settings_option(struct settings *s, const char *option, struct error *err)
{
	char	*pair = strdup(option);
	int	 result;

	if (pair == NULL)
		return error_set(err, ERROR_LIMIT, NULL, "out of memory");
	result = pair_set(s, pair, SETTINGS_OPTION, err);
	free(pair);
	return result;
}

/*
 * A comment runs from a # at the start of a line, or after white space unless
 * the value is quoted (a password may hold " #").
 */
static void
comment_cut(char *line)
{
	bool	 quoted = false;
	char	*p;

	for (p = line; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted &&
		    (p == line || isspace((unsigned char)p[-1]))) {
			*p = '\0';
			return;
		}
	}
}

int
settings_text(struct settings *s, char *text, const char *file,
    struct error *err)
{
	char	*line, *next;
	char	 message[sizeof(err->message)];
	int	 n = 0;

	for (line = text; line != NULL; line = next) {
		n++;
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		comment_cut(line);
		line = trim(line);
		if (*line == '\0')
			continue;
		if (pair_set(s, line, SETTINGS_FILE, err) == -1) {
			memcpy(message, err->message, sizeof(message));
			snprintf(err->message, sizeof(err->message),
			    "%.120s:%d: %.110s", file, n, message);
			return -1;
		}
	}
	return 0;
}

int
settings_file(struct settings *s, const char *file, struct error *err)
{
	FILE	*f = fopen(file, "re");
	char	*text;
	size_t	 n;
	int	 result, error;

	if (f == NULL)
		return error_set(err, ERROR_INVALID_VALUE, NULL, "%.200s: %s",
		    file, strerror(errno));
	if ((text = malloc(FILE_LONGEST + 1)) == NULL) {
		fclose(f);
		return error_set(err, ERROR_LIMIT, NULL, "out of memory");
	}
	n = fread(text, 1, FILE_LONGEST + 1, f);
	error = ferror(f) ? errno : n > FILE_LONGEST ? EFBIG : 0;
	fclose(f);
	if (error == 0) {
		text[n] = '\0';
		result = settings_text(s, text, file, err);
	} else
		result = error_set(err, ERROR_INVALID_VALUE, NULL,
		    "%.200s: %s", file, strerror(error));
	free(text);
	return result;
}
