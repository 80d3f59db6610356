/*
 * Names in PostgreSQL.  Called when a model file is loaded and when its tables
 * are printed as SQL.  It refuses nothing: whatever is in a name, quoting
 * makes an identifier of it.
 */
#include <string.h>

#include "name.h"
#include "utf8.h"

/* Words that cannot stand for a table or column without quotes. */
static const char *const keywords[] = {
#define KEYWORD(word) #word,
#include "keywords.def"
#undef KEYWORD
	NULL
};

const char *
name_quote(struct arena *a, const char *name)
{
	char	*to = arena_raw(a, 2 * strlen(name) + 3), *p = to;

	if (to == NULL)
		return NULL;
	*p++ = '"';
	for (; *name != '\0'; name++) {
		if (*name == '"')
			*p++ = '"';
		*p++ = *name;
	}
	*p++ = '"';
	*p = '\0';
	return to;
}

const char *
name_plain(struct arena *a, const char *name)
{
	const char *const	*word;
	const char		*p;

	if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
		return name_quote(a, name);
	for (p = name; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
		    *p == '_'))
			return name_quote(a, name);
	for (word = keywords; *word != NULL; word++)
		if (strcmp(*word, name) == 0)
			return name_quote(a, name);
	return arena_strdup(a, name);
}

/* At most n bytes of p, not ending inside a character. */
static size_t
clip(const char *p, size_t n)
{
	return utf8_check(p, n);
}

const char *
name_constraint(struct arena *a, const char *table, const char *columns,
    const char *label)
{
	size_t	nt = strlen(table), nc = columns == NULL ? 0 : strlen(columns);
	size_t	room = NAME_MOST - strlen(label) - 1 - (columns != NULL);

	/* PostgreSQL looks at no more of the columns than a name can hold. */
	if (nc > NAME_MOST)
		nc = NAME_MOST;
	while (nt + nc > room) {
		if (nt > nc)
			nt--;
		else
			nc--;
	}
	nt = clip(table, nt);
	if (columns == NULL)
		return arena_printf(a, "%.*s_%s", (int)nt, table, label);
	nc = clip(columns, nc);
	return arena_printf(a, "%.*s_%.*s_%s", (int)nt, table, (int)nc,
	    columns, label);
}

const char *
name_untaken(struct arena *a, struct map *taken, const struct table *t,
    struct column *const *columns, size_t n, const char *label)
{
	const char	*joined = NULL, *name, *key, *numbered = label;
	size_t		 i;
	int		 pass;

	for (i = 0; i < n; i++)
		if ((joined = joined == NULL ? columns[i]->name :
		    arena_printf(a, "%s_%s", joined,
		    columns[i]->name)) == NULL)
			return NULL;
	for (pass = 1;; pass++) {
		name = name_constraint(a, t->name, joined, numbered);
		if (name == NULL)
			return NULL;
		key = arena_printf(a, "%s.%s",
		    t->schema == NULL ? "" : t->schema, name);
		if (key == NULL)
			return NULL;
		switch (map_name(a, taken, key, taken)) {
		case 0:
			return name;
		case -1:
			return NULL;
		}
		numbered = arena_printf(a, "%s%d", label, pass);
		if (numbered == NULL)
			return NULL;
	}
}
