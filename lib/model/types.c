/*
 * The table of types and the many ways in which PostgreSQL spells them.
 * Called when a model file is loaded, and by whoever needs a row of types.def.
 * It refuses nothing: what it does not know is TYPE_OTHER.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

enum {
	NAME_LONGEST = 128,	/* a longer name is none of ours */
	FLOAT_AS_REAL = 24	/* float(1) to float(24) are real */
};

const struct type types[TYPES] = {
#define TYPE(name, text, oid, array, cell, json) \
	[TYPE_##name] = { text, oid, array, TYPE_##name, cell, json },
#include "types.def"
#undef TYPE
};

/* Other spellings, without modifiers, in lower case, with single blanks. */
static const struct {
	const char	*name;
	enum type_id	 id;
} aliases[] = {
	{ "int2", TYPE_SMALLINT }, { "smallserial", TYPE_SMALLINT },
	{ "serial2", TYPE_SMALLINT },
	{ "int", TYPE_INTEGER }, { "int4", TYPE_INTEGER },
	{ "serial", TYPE_INTEGER }, { "serial4", TYPE_INTEGER },
	{ "int8", TYPE_BIGINT }, { "bigserial", TYPE_BIGINT },
	{ "serial8", TYPE_BIGINT },
	{ "varchar", TYPE_VARCHAR }, { "char varying", TYPE_VARCHAR },
	{ "national character varying", TYPE_VARCHAR },
	{ "national char varying", TYPE_VARCHAR },
	{ "nchar varying", TYPE_VARCHAR },
	{ "char", TYPE_CHAR }, { "bpchar", TYPE_CHAR },
	{ "nchar", TYPE_CHAR }, { "national character", TYPE_CHAR },
	{ "national char", TYPE_CHAR },
	{ "bool", TYPE_BOOLEAN },
	{ "float4", TYPE_REAL },
	{ "float8", TYPE_DOUBLE },
	{ "decimal", TYPE_NUMERIC }, { "dec", TYPE_NUMERIC },
	{ "time", TYPE_TIME },
	{ "timetz", TYPE_TIMETZ },
	{ "timestamp", TYPE_TIMESTAMP },
	{ "timestamptz", TYPE_TIMESTAMPTZ }
};

/* What may stand after "interval", without changing what it is. */
static const char *const interval_fields[] = {
	"year", "month", "day", "hour", "minute", "second", "year to month",
	"day to hour", "day to minute", "day to second", "hour to minute",
	"hour to second", "minute to second", NULL
};

/*
 * Lower case, one blank between words, no modifier in parentheses.  Returns
 * false when the name cannot be one of ours.
 */
static bool
normalise(const char *name, char to[NAME_LONGEST])
{
	size_t	n = 0;
	bool	blank = false;

	for (; *name != '\0'; name++) {
		if (*name == '(') {
			if ((name = strchr(name, ')')) == NULL)
				return false;
			blank = true;
		} else if (isspace((unsigned char)*name)) {
			blank = true;
		} else {
			if (n + 2 >= NAME_LONGEST)
				return false;
			if (blank && n > 0)
				to[n++] = ' ';
			blank = false;
			to[n++] = (char)tolower((unsigned char)*name);
		}
	}
	to[n] = '\0';
	return n > 0;
}

static bool
is_interval(const char *word)
{
	const char *const	*field;

	if (strncmp(word, "interval ", 9) != 0)
		return false;
	for (field = interval_fields; *field != NULL; field++)
		if (strcmp(word + 9, *field) == 0)
			return true;
	return false;
}

const struct type *
type_find(const char *name)
{
	char		 word[NAME_LONGEST];
	const char	*w = word;
	long		 mods[TYPE_MODIFIERS];
	size_t		 i;

	if (!normalise(name, word))
		return &types[TYPE_OTHER];
	if (strncmp(w, "pg_catalog.", 11) == 0)
		w += 11;
	for (i = 0; i < TYPE_OTHER; i++)
		if (strcmp(w, types[i].name) == 0)
			return &types[i];
	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(w, aliases[i].name) == 0)
			return &types[aliases[i].id];
	if (strcmp(w, "float") == 0)
		return type_modifiers(name, mods) == 1 &&
		    mods[0] <= FLOAT_AS_REAL ? &types[TYPE_REAL] :
		    &types[TYPE_DOUBLE];
	if (is_interval(w))
		return &types[TYPE_INTERVAL];
	return &types[TYPE_OTHER];
}

bool
types_match(const struct type *a, const struct type *b)
{
	return a->json == b->json &&
	    (a->cell == b->cell || a->json == JSON_INTEGER);
}

int
type_modifiers(const char *name, long mods[TYPE_MODIFIERS])
{
	const char	*p = strchr(name, '(');
	char		*end;
	int		 n = 0;

	if (p == NULL)
		return 0;
	do {
		mods[n] = strtol(p + 1, &end, 10);
		if (end == p + 1)
			return -1;
		n++;
		for (p = end; isspace((unsigned char)*p); p++)
			;
	} while (*p == ',' && n < TYPE_MODIFIERS);
	return *p == ')' ? n : -1;
}

bool
type_is_serial(const char *name)
{
	char	word[NAME_LONGEST];

	return normalise(name, word) && strstr(word, "serial") != NULL &&
	    type_find(name)->id != TYPE_OTHER;
}

const struct type *
type_element(const char *name, char *to, size_t size)
{
	size_t	n = strlen(name), array = sizeof("array") - 1;

	while (n > 0 && isspace((unsigned char)name[n - 1]))
		n--;
	if (n > array && strncasecmp(name + n - array, "array", array) == 0 &&
	    isspace((unsigned char)name[n - array - 1]))
		n -= array;
	else if (n == 0 || name[n - 1] != ']')
		return NULL;
	while (n > 0 && (name[n - 1] == ']' || name[n - 1] == '[' ||
	    isspace((unsigned char)name[n - 1]) ||
	    isdigit((unsigned char)name[n - 1])))
		n--;
	if (n == 0 || n >= size)
		return NULL;
	memcpy(to, name, n);
	to[n] = '\0';
	/* Its elements have commas in them, and semicolons between them. */
	return strcmp(to, "box") == 0 ? NULL : type_find(to);
}
