/*
 * Looking at JSON trees with a path beside every value.  Called where requests
 * and model files are decoded.  It refuses what has the wrong type, by name
 * and place.
 */
#include <stdlib.h>
#include <string.h>

#include "json_in.h"

enum { HINT_VALUE = 60 };	/* bytes of a value that a hint repeats */

size_t
json_count(const struct json *v)
{
	size_t	n = 1, i;

	if (json_is_object(v))
		for (i = 0; i < v->n; i++)
			n += json_count(v->pairs[i].value);
	else if (json_is_list(v))
		for (i = 0; i < v->n; i++)
			n += json_count(v->items[i]);
	return n;
}

static struct json_pair *
pair_find(const struct json *object, const char *name)
{
	size_t	i;

	if (!json_is_object(object))
		return NULL;
	for (i = 0; i < object->n; i++)
		if (strcmp(object->pairs[i].key, name) == 0)
			return &object->pairs[i];
	return NULL;
}

struct json *
json_member(const struct json *object, const char *name)
{
	struct json_pair	*pair = pair_find(object, name);

	return pair == NULL ? NULL : pair->value;
}

bool
json_has(const struct json *object, const char *name)
{
	return pair_find(object, name) != NULL;
}

void
json_remove(struct json *object, const char *name)
{
	struct json_pair	*pair = pair_find(object, name);
	size_t			 i;

	if (pair == NULL)
		return;
	i = (size_t)(pair - object->pairs);
	memmove(pair, pair + 1, (object->n - i - 1) * sizeof(*pair));
	object->n--;
}

double
json_double(const struct json *v)
{
	/* The text goes on behind the number, with no byte of a number. */
	return v->sort == JSON_SORT_INTEGER ? (double)v->integer :
	    strtod(v->text, NULL);
}

const char *
json_kind(const struct json *v)
{
	if (v == NULL)
		return "null";
	switch (v->sort) {
	case JSON_SORT_BOOLEAN:
		return "a boolean";
	case JSON_SORT_INTEGER:
	case JSON_SORT_FRACTION:
		return "a number";
	case JSON_SORT_OBJECT:
		return "an object";
	case JSON_SORT_LIST:
		return "a list";
	case JSON_SORT_STRING:
		return "a string";
	}
	return "a value";
}

int
json_hint(const struct json *v, const char *before, const char *behind,
    struct error *err)
{
	bool	is_short = v != NULL && v->ntext <= HINT_VALUE;

	return error_hint(err, "%s%.*s%s", before, is_short ? (int)v->ntext :
	    (int)strlen("…"), is_short ? v->text : "…", behind);
}

int
json_hint_number(const struct json *v, struct error *err)
{
	const char	*p;

	if (!json_is_string(v) || json_length(v) == 0)
		return -1;
	p = json_string(v);
	p += *p == '-';
	return strspn(p, "0123456789") != strlen(p) ? -1 :
	    error_hint(err, "without the quotes");
}

/* 1: there and of this type; 0: absent or null; -1: of another type. */
static int
take(const struct json *object, const char *name, enum json_sort sort,
    const char *wanted, struct json **out, const struct path *path,
    struct error *err)
{
	struct path	here = { path, name, 0 };

	if ((*out = json_member(object, name)) == NULL)
		return 0;
	if (json_is(*out, sort))
		return 1;
	error_set(err, ERROR_INVALID_VALUE, &here, "%s must be %s, not %s",
	    name, wanted, json_kind(*out));
	if (sort == JSON_SORT_INTEGER)
		return json_hint_number(*out, err);
	return sort == JSON_SORT_LIST ? json_hint(*out, "[", "]", err) : -1;
}

int
json_take_string(const struct json *object, const char *name,
    const char **out, const struct path *path, struct error *err)
{
	struct json	*v;
	int			 r = take(object, name, JSON_SORT_STRING,
				    "a string", &v, path, err);

	if (r == 1)
		*out = v->string;
	return r;
}

int
json_take_bool(const struct json *object, const char *name, bool *out,
    const struct path *path, struct error *err)
{
	struct json	*v;
	int			 r = take(object, name, JSON_SORT_BOOLEAN,
				    "true or false", &v, path, err);

	if (r == 1)
		*out = v->boolean;
	return r;
}

int
json_take_int(const struct json *object, const char *name, int64_t *out,
    int64_t least, int64_t most, const struct path *path, struct error *err)
{
	struct json	*v;
	struct path		 here = { path, name, 0 };
	int64_t			 n;
	int			 r = take(object, name, JSON_SORT_INTEGER,
				    "an integer", &v, path, err);

	if (r != 1)
		return r;
	if ((n = v->integer) < least || n > most)
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s must be from %lld to %lld", name, (long long)least,
		    (long long)most);
	*out = n;
	return 1;
}

int
json_take_object(const struct json *object, const char *name,
    struct json **out, const struct path *path, struct error *err)
{
	return take(object, name, JSON_SORT_OBJECT, "an object", out, path,
	    err);
}

int
json_take_array(const struct json *object, const char *name,
    struct json **out, const struct path *path, struct error *err)
{
	return take(object, name, JSON_SORT_LIST, "a list", out, path, err);
}

int
json_allow(struct json *object, const char *const *allowed,
    const struct path *path, struct error *err)
{
	const char *const	*a;
	const char		*near;

	json_each(object, key, value) {
		struct path	here = { path, key, 0 };

		(void)value;
		for (a = allowed; *a != NULL && strcmp(*a, key) != 0; a++)
			;
		if (*a != NULL)
			continue;
		error_set(err, ERROR_UNKNOWN_FIELD, &here, "unknown member %s",
		    key);
		error_about(err, NULL, key);
		if ((near = error_nearest(key, allowed)) != NULL)
			error_hint(err, "did you mean %s?", near);
		return -1;
	}
	return 0;
}
