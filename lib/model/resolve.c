/*
 * The names of tables and columns in a model file become pointers here.
 * Called by all passes of registry_load().  It refuses names of what is not
 * there, with the nearest that is, and names that several tables bear.
 */
#include <string.h>

#include "load.h"

struct table *
resolve_table(struct loader *l, const char *name, const struct path *path)
{
	struct table	*t = map_find(&l->r->tables_by_name, name), *found;
	size_t		 i;

	if (t != NULL)
		return t;
	for (found = NULL, i = 0; i < l->r->tables.n; i++) {
		t = l->r->tables.v[i];
		if (strcmp(t->name, name) != 0)
			continue;
		if (found != NULL) {
			refuse(l, ERROR_INVALID_VALUE, path,
			    "there are several tables called %s", name);
			hint(l, "write %s.%s or %s.%s", found->schema, name,
			    t->schema, name);
			return NULL;
		}
		found = t;
	}
	if (found == NULL) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "there is no table %s in this file", name);
		hint_map(l, name, &l->r->tables_by_name);
		if (l->err->hint[0] == '\0')
			hint(l, "a table without a model stands in \"tables\"");
	}
	return found;
}

/*
 * The column that a word with dots names: names may have dots themselves, so
 * each dot is tried as the one between table and column.
 */
static struct column *
find_dotted(struct loader *l, const char *word)
{
	const char	*dot;
	char		*name;
	struct table	*t;
	struct column	*c = NULL;

	if ((name = arena_strdup(l->a, word)) == NULL)
		return NULL;
	for (dot = strchr(word, '.'); dot != NULL && c == NULL;
	    dot = strchr(dot + 1, '.')) {
		name[dot - word] = '\0';
		t = map_find(&l->r->tables_by_name, name);
		name[dot - word] = '.';
		if (t != NULL)
			c = map_find(&t->by_name, dot + 1);
	}
	return c;
}

struct column *
resolve_column(struct loader *l, struct table *t, const char *word,
    const struct path *path)
{
	const char	*dot = strrchr(word, '.'), *name = word;
	struct column	*c;

	if (t != NULL && (c = map_find(&t->by_name, word)) != NULL)
		return c;
	if (dot != NULL) {
		if ((c = find_dotted(l, word)) != NULL)
			return c;
		if ((word = arena_strndup(l->a, word,
		    (size_t)(dot - word))) == NULL) {
			nomem(l);
			return NULL;
		}
		if ((t = resolve_table(l, word, path)) == NULL)
			return NULL;
		name = dot + 1;
	}
	if (t == NULL) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s does not say of which table", name);
		hint(l, "write table.column");
		return NULL;
	}
	if ((c = map_find(&t->by_name, name)) == NULL) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "the table %s has no column %s", t->name, name);
		hint_map(l, name, &t->by_name);
	}
	return c;
}

int
resolve_columns(struct loader *l, struct table *t, struct json *list,
    struct column ***to, size_t *n, const struct path *path)
{
	struct path		 element = { path, NULL, 0 };
	struct json	*v;
	size_t			 i, j;

	*n = json_length(list);
	if (*n == 0)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "name at least one column");
	if ((*to = arena_array(l->a, *n, sizeof(**to))) == NULL)
		return nomem(l);
	for (i = 0; i < *n; i++) {
		element.index = (int)i;
		v = json_at(list, i);
		if (!json_is_string(v))
			return refuse(l, ERROR_INVALID_VALUE, &element,
			    "a column is named by a string, not by %s",
			    json_kind(v));
		(*to)[i] = resolve_column(l, t, json_string(v),
		    &element);
		if ((*to)[i] == NULL)
			return -1;
		if (t != NULL && (*to)[i]->table != t)
			return refuse(l, ERROR_INVALID_VALUE, &element,
			    "%s is not a column of %s",
			    json_string(v), t->name);
		for (j = 0; j < i; j++)
			if ((*to)[j] == (*to)[i])
				return refuse(l, ERROR_INVALID_VALUE,
				    &element, "%s is named twice",
				    (*to)[i]->name);
	}
	return 0;
}

int
resolve_member(struct loader *l, struct table *t, struct json *v,
    const char *name, struct column ***to, size_t *n, const struct path *path)
{
	struct path		 here = { path, name, 0 };
	struct json	*list;

	switch (json_take_array(v, name, &list, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &here, "%s is missing", name);
	case -1:
		return -1;
	}
	return resolve_columns(l, t, list, to, n, &here);
}
