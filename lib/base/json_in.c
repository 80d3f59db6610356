/*
 * Reading json-c trees with a path beside every value.  Called where requests
 * and model files are decoded.  It refuses what has the wrong type, by name
 * and place.
 */
#include <string.h>

#include "json_in.h"

static void
object_put(void *object)
{
	json_object_put(object);
}

size_t
json_count(struct json_object *v)
{
	size_t	n = 1, i;

	if (json_object_is_type(v, json_type_object)) {
		json_each(v, key, member)
			n += json_count(member);
	} else if (json_object_is_type(v, json_type_array)) {
		for (i = 0; i < json_object_array_length(v); i++)
			n += json_count(json_object_array_get_idx(v, i));
	}
	return n;
}

int
json_parse(struct arena *a, struct json_tokener *tokener, const char *p,
    size_t n, size_t values, struct json_object **tree, struct error *err)
{
	enum json_tokener_error	state;

	json_tokener_reset(tokener);
	*tree = json_tokener_parse_ex(tokener, p, (int)n);
	/* A bare number at the end of input is only done when told so. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*tree = json_tokener_parse_ex(tokener, "", 1);
	state = json_tokener_get_error(tokener);
	if (state != json_tokener_success) {
		json_object_put(*tree);
		return error_set(err, ERROR_PARSE, NULL, "%s",
		    json_tokener_error_desc(state));
	}
	if (json_count(*tree) != values) {
		json_object_put(*tree);
		return error_set(err, ERROR_INTERNAL, NULL,
		    "the parsed request is not the one that was sent");
	}
	if (*tree != NULL && arena_defer(a, object_put, *tree) == -1)
		return error_nomem(err);
	return 0;
}

struct json_object *
json_member(struct json_object *object, const char *name)
{
	struct json_object	*value = NULL;

	if (object != NULL)
		json_object_object_get_ex(object, name, &value);
	return value;
}

bool
json_has(struct json_object *object, const char *name)
{
	return object != NULL && json_object_object_get_ex(object, name, NULL);
}

const char *
json_kind(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "a boolean";
	case json_type_double:
	case json_type_int:
		return "a number";
	case json_type_object:
		return "an object";
	case json_type_array:
		return "a list";
	case json_type_string:
		return "a string";
	}
	return "a value";
}

/* 1: there and of this type; 0: absent or null; -1: of another type. */
static int
take(struct json_object *object, const char *name, enum json_type type,
    const char *wanted, struct json_object **out, const struct path *path,
    struct error *err)
{
	struct path	here = { path, name, 0 };

	if ((*out = json_member(object, name)) == NULL)
		return 0;
	if (json_object_is_type(*out, type))
		return 1;
	return error_set(err, ERROR_INVALID_VALUE, &here,
	    "%s must be %s, not %s", name, wanted, json_kind(*out));
}

int
json_take_string(struct json_object *object, const char *name,
    const char **out, const struct path *path, struct error *err)
{
	struct json_object	*v;
	int			 r = take(object, name, json_type_string,
				    "a string", &v, path, err);

	if (r == 1)
		*out = json_object_get_string(v);
	return r;
}

int
json_take_bool(struct json_object *object, const char *name, bool *out,
    const struct path *path, struct error *err)
{
	struct json_object	*v;
	int			 r = take(object, name, json_type_boolean,
				    "true or false", &v, path, err);

	if (r == 1)
		*out = json_object_get_boolean(v);
	return r;
}

int
json_take_int(struct json_object *object, const char *name, int64_t *out,
    int64_t least, int64_t most, const struct path *path, struct error *err)
{
	struct json_object	*v;
	struct path		 here = { path, name, 0 };
	int64_t			 n;
	int			 r = take(object, name, json_type_int,
				    "an integer", &v, path, err);

	if (r != 1)
		return r;
	if ((n = json_object_get_int64(v)) < least || n > most)
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s must be from %lld to %lld", name, (long long)least,
		    (long long)most);
	*out = n;
	return 1;
}

int
json_take_object(struct json_object *object, const char *name,
    struct json_object **out, const struct path *path, struct error *err)
{
	return take(object, name, json_type_object, "an object", out, path,
	    err);
}

int
json_take_array(struct json_object *object, const char *name,
    struct json_object **out, const struct path *path, struct error *err)
{
	return take(object, name, json_type_array, "a list", out, path, err);
}

int
json_allow(struct json_object *object, const char *const *allowed,
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
