/*
 * The enums of a model file.  Called by registry_load() before everything
 * else, for a column's type may name one.  It refuses enums that PostgreSQL
 * would not make, or whose names it would cut.
 */
#include <string.h>

#include "load.h"
#include "name.h"

const struct enum_type *
enum_find(const struct loader *l, const char *name)
{
	size_t	i;

	for (i = 0; i < l->r->enums.n; i++)
		if (strcmp(l->r->enums.v[i]->name, name) == 0)
			return l->r->enums.v[i];
	return NULL;
}

/* "name", or "schema.name". */
static int
take_name(struct loader *l, struct enum_type *type, const char *name,
    const struct path *path)
{
	const char	*dot = strchr(name, '.'), *last = name;
	const char	*schema = NULL;

	type->name = name;
	if (dot != NULL) {
		last = dot + 1;
		type->schema = arena_strndup(l->a, name,
		    (size_t)(dot - name));
		if (type->schema == NULL)
			return nomem(l);
	}
	if (*last == '\0' || strlen(last) > NAME_MOST ||
	    (dot != NULL && (dot == name || dot - name > NAME_MOST)))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "the name of a type has 1 to %d bytes", NAME_MOST);
	if (dot == NULL && type_find(name)->id != TYPE_OTHER) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s is a type of PostgreSQL, which comes first", name);
		return hint(l, "name its schema too: public.%s", name);
	}
	if ((type->quoted = name_plain(l->a, last)) == NULL ||
	    (dot != NULL && (schema = name_plain(l->a, type->schema)) == NULL))
		return nomem(l);
	if (schema != NULL && (type->quoted = arena_printf(l->a, "%s.%s",
	    schema, type->quoted)) == NULL)
		return nomem(l);
	return 0;
}

static int
take_value(struct loader *l, struct enum_type *type, struct map *seen,
    struct json *v, const struct path *path)
{
	const char	*word;

	if (!json_is_string(v))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a value of an enum is a string, not %s", json_kind(v));
	word = json_string(v);
	if (*word == '\0' || strlen(word) > NAME_MOST)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a value of an enum has 1 to %d bytes", NAME_MOST);
	switch (map_name(l->a, seen, word, v)) {
	case 1:
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s is named twice", word);
	case -1:
		return nomem(l);
	}
	return vec_push(l->a, &type->values, word) == -1 ? nomem(l) : 0;
}

static int
load_enum(struct loader *l, const char *name, struct json *values,
    const struct path *path)
{
	struct path		 element = { path, NULL, 0 };
	struct enum_type	*type;
	struct map		 seen = { 0 };
	int			 n = (int)json_length(values);

	if ((type = arena_alloc(l->a, sizeof(*type))) == NULL)
		return nomem(l);
	if (take_name(l, type, name, path) == -1)
		return -1;
	if (!json_is_list(values) || n == 0)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "an enum is a list of its values, not %s",
		    json_kind(values));
	for (element.index = 0; element.index < n; element.index++)
		if (take_value(l, type, &seen, json_at(values,
		    (size_t)element.index), &element) == -1)
			return -1;
	return vec_push(l->a, &l->r->enums, type) == -1 ? nomem(l) : 0;
}

int
load_enums(struct loader *l)
{
	return loader_each(l, "enums", load_enum);
}
