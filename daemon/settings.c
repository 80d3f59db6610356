/*
 * The settings: what each key takes, defaults, and what a reload changes.
 * Called by main() at the start and on SIGHUP, and by settings_file.c.  It
 * refuses unknown keys (naming the nearest), values that do not fit and values
 * out of range.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "settings_value.h"

struct setting {
	const char		*name;
	const char		*text;
	enum setting_type	 type;
	size_t			 offset;
	int64_t			 least, most;
	bool			 reload;
};

static const struct setting rows[] = {
#define SETTING(name, type, value, least, most, reload, text) \
	{ #name, text, SETTING_##type, offsetof(struct settings, name), \
	    least, most, reload },
#include "settings.def"
#undef SETTING
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *const names[] = {
#define SETTING(name, type, value, least, most, reload, text) #name,
#include "settings.def"
#undef SETTING
	NULL
};

int
settings_cores(void)
{
	long	n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n > 4 ? 4 : (int)n;
}

static void *
field(const struct settings *s, const struct setting *row)
{
	return (void *)((uintptr_t)s + row->offset);
}

static int64_t
number_get(const struct settings *s, const struct setting *row)
{
	switch (row->type) {
	case SETTING_BOOL:
		return *(bool *)field(s, row);
	case SETTING_INT:
		return *(int *)field(s, row);
	case SETTING_SIZE:
	case SETTING_TIME:
		return (int64_t)*(uint64_t *)field(s, row);
	case SETTING_MODE:
		return *(unsigned *)field(s, row);
	case SETTING_LEVEL:
		return *(enum log_level *)field(s, row);
	case SETTING_STRING:
	case SETTING_LIST:
		break;
	}
	return 0;
}

static void
number_put(struct settings *s, const struct setting *row, int64_t n)
{
	switch (row->type) {
	case SETTING_BOOL:
		*(bool *)field(s, row) = n != 0;
		break;
	case SETTING_INT:
		*(int *)field(s, row) = (int)n;
		break;
	case SETTING_SIZE:
	case SETTING_TIME:
		*(uint64_t *)field(s, row) = (uint64_t)n;
		break;
	case SETTING_MODE:
		*(unsigned *)field(s, row) = (unsigned)n;
		break;
	case SETTING_LEVEL:
		*(enum log_level *)field(s, row) = (enum log_level)n;
		break;
	case SETTING_STRING:
	case SETTING_LIST:
		break;
	}
}

static void
list_clear(struct settings_list *list)
{
	while (list->n > 0)
		free(list->v[--list->n]);
}

/*
 * A list grows while the same origin speaks; a later origin starts it anew.
 * `least': 0 if it may stay empty.
 */
static int
list_put(struct settings_list *list, const char *value, int64_t least,
    enum settings_origin origin, struct error *err)
{
	const char	*p = value, *end;
	size_t		 n;

	if (list->origin != (int)origin)
		list_clear(list);
	list->origin = (int)origin;
	if (*p == '\0' && least == 0)
		return 0;
	for (;; p = end + 1) {
		end = strchrnul(p, ',');
		while (p < end && isspace((unsigned char)*p))
			p++;
		for (n = (size_t)(end - p);
		    n > 0 && isspace((unsigned char)p[n - 1]); n--)
			;
		if (n == 0)
			return error_set(err, ERROR_INVALID_VALUE, NULL,
			    "an empty place in a list");
		if (list->n == SETTINGS_LIST_MOST)
			return error_set(err, ERROR_INVALID_VALUE, NULL,
			    "more than %d values", SETTINGS_LIST_MOST);
		if ((list->v[list->n] = strndup(p, n)) == NULL)
			return error_set(err, ERROR_LIMIT, NULL,
			    "out of memory");
		list->n++;
		if (*end == '\0')
			return 0;
	}
}

static int
string_put(char **to, const char *value, struct error *err)
{
	char	*copy = strdup(value);

	if (copy == NULL)
		return error_set(err, ERROR_LIMIT, NULL, "out of memory");
	free(*to);
	*to = copy;
	return 0;
}

static int
number_refuse(const struct setting *row, struct error *err)
{
	error_set(err, ERROR_INVALID_VALUE, NULL,
	    "%s: the value does not fit", row->name);
	return error_hint(err, "%s", setting_wanted(row->type));
}

static int
number_set(struct settings *s, const struct setting *row, const char *value,
    struct error *err)
{
	char	least[32], most[32];
	int64_t	n;

	if (!setting_read(row->type, value, &n))
		return number_refuse(row, err);
	if (row->type != SETTING_BOOL && row->type != SETTING_LEVEL &&
	    (n < row->least || n > row->most)) {
		setting_write(row->type, row->least, least,
		    sizeof(least));
		setting_write(row->type, row->most, most,
		    sizeof(most));
		error_set(err, ERROR_INVALID_VALUE, NULL,
		    "%s: the value is out of range", row->name);
		return error_hint(err, "%s is from %s to %s", row->name, least,
		    most);
	}
	number_put(s, row, n);
	return 0;
}

int
settings_set(struct settings *s, const char *key, const char *value,
    enum settings_origin origin, struct error *err)
{
	const struct setting	*row;
	const char		*near;

	for (row = rows; row < rows + ROWS; row++)
		if (strcmp(row->name, key) == 0)
			break;
	if (row == rows + ROWS) {
		error_set(err, ERROR_UNKNOWN_FIELD, NULL, "unknown key %s",
		    key);
		if ((near = error_nearest(key, names)) != NULL)
			error_hint(err, "did you mean %s?", near);
		else
			error_hint(err, "see ormd.conf(5), or ormd --settings");
		return -1;
	}
	switch (row->type) {
	case SETTING_STRING:
		return string_put(field(s, row), value, err);
	case SETTING_LIST:
		return list_put(field(s, row), value, row->least, origin,
		    err);
	case SETTING_BOOL:
	case SETTING_INT:
	case SETTING_SIZE:
	case SETTING_TIME:
	case SETTING_MODE:
	case SETTING_LEVEL:
		break;
	}
	return number_set(s, row, value, err);
}

/* What settings.def has for a default, per type. */
#define INIT_BOOL(f, v)		(f) = (v)
#define INIT_INT(f, v)		(f) = (v)
#define INIT_SIZE(f, v)		(f) = (uint64_t)(v)
#define INIT_TIME(f, v)		(f) = (uint64_t)(v)
#define INIT_MODE(f, v)		(f) = (v)
#define INIT_LEVEL(f, v)	(f) = (v)
#define INIT_STRING(f, v)	failed |= string_put(&(f), (v), &err)
#define INIT_LIST(f, v)		\
	failed |= list_put(&(f), (v), 0, SETTINGS_DEFAULT, &err)

int
settings_init(struct settings *s)
{
	struct error	err;
	int		failed = 0;

	memset(s, 0, sizeof(*s));
#define SETTING(name, type, value, least, most, reload, text) \
	INIT_##type(s->name, value);
#include "settings.def"
#undef SETTING
	if (failed != 0)
		settings_release(s);
	return failed;
}

void
settings_release(struct settings *s)
{
	const struct setting	*row;

	for (row = rows; row < rows + ROWS; row++)
		if (row->type == SETTING_STRING) {
			free(*(char **)field(s, row));
			*(char **)field(s, row) = NULL;
		} else if (row->type == SETTING_LIST)
			list_clear(field(s, row));
}

static bool
list_same(const struct settings_list *a, const struct settings_list *b)
{
	unsigned	i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool
setting_same(const struct settings *a, const struct settings *b,
    const struct setting *row)
{
	if (row->type == SETTING_STRING)
		return strcmp(*(char **)field(a, row),
		    *(char **)field(b, row)) == 0;
	if (row->type == SETTING_LIST)
		return list_same(field(a, row), field(b, row));
	return number_get(a, row) == number_get(b, row);
}

int
settings_reload(struct settings *s, struct settings *newer, const char **keys,
    int most)
{
	const struct setting	*row;
	struct settings_list	 list;
	char			*swap;
	int			 n = 0;

	for (row = rows; row < rows + ROWS; row++) {
		if (setting_same(s, newer, row))
			continue;
		if (!row->reload) {
			if (n < most)
				keys[n] = row->name;
			n++;
		} else if (row->type == SETTING_STRING) {
			swap = *(char **)field(s, row);
			*(char **)field(s, row) = *(char **)field(newer, row);
			*(char **)field(newer, row) = swap;
		} else if (row->type == SETTING_LIST) {
			list = *(struct settings_list *)field(s, row);
			*(struct settings_list *)field(s, row) =
			    *(struct settings_list *)field(newer, row);
			*(struct settings_list *)field(newer, row) = list;
		} else
			number_put(s, row, number_get(newer, row));
	}
	return n;
}

void
settings_print(const struct settings *s, FILE *f)
{
	const struct settings_list	*list;
	const struct setting		*row;
	char				 text[32];
	unsigned			 i;

	for (row = rows; row < rows + ROWS; row++) {
		fprintf(f, "# %s\n", row->text);
		if (row->type == SETTING_LIST) {
			list = field(s, row);
			for (i = 0; i < list->n; i++)
				fprintf(f, "%s = %s\n", row->name, list->v[i]);
		} else if (row->type == SETTING_STRING) {
			fprintf(f, "%s = \"%s\"\n", row->name,
			    *(char **)field(s, row));
		} else {
			setting_write(row->type, number_get(s, row), text,
			    sizeof(text));
			fprintf(f, "%s = %s\n", row->name, text);
		}
	}
}
