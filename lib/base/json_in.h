#ifndef ORMD_JSON_IN_H
#define ORMD_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

/*
 * A JSON value that a client or a model file gave, as a tree in an arena, and
 * reading it with a path beside each value, so that a refusal names it.
 *
 * The value null is a NULL pointer; so is what is not there.  Values are
 * read-only once read.
 */
enum json_sort {
	JSON_SORT_BOOLEAN, JSON_SORT_INTEGER, JSON_SORT_FRACTION,
	JSON_SORT_STRING, JSON_SORT_LIST, JSON_SORT_OBJECT
};

struct json;

struct json_pair {
	const char	*key;
	struct json	*value;
};

struct json {
	enum json_sort		 sort;
	uint32_t		 n;		/* bytes, elements or members */
	union {
		bool		 boolean;
		int64_t		 integer;
		const char	*string;	/* ends with NUL */
		struct json	**items;
		struct json_pair *pairs;
	};
	const char		*text;		/* as it was written */
	uint32_t		 ntext;
};

/*
 * Reads n bytes that lib/wire's scanner has passed; the bytes are copied, and
 * all is in the arena.  It stays within its bounds whatever it is given, and
 * refuses as `parse' what it stumbles over, but it is the scanner that judges:
 * UTF-8, duplicate keys and the range of numbers are not looked at here.
 */
int	json_read(struct arena *, const char *p, size_t n, struct json **tree,
	    struct error *);

/* Each is false for NULL. */
static inline bool
json_is(const struct json *v, enum json_sort sort)
{
	return v != NULL && v->sort == sort;
}

static inline bool
json_is_object(const struct json *v)
{
	return json_is(v, JSON_SORT_OBJECT);
}

static inline bool
json_is_list(const struct json *v)
{
	return json_is(v, JSON_SORT_LIST);
}

static inline bool
json_is_string(const struct json *v)
{
	return json_is(v, JSON_SORT_STRING);
}

static inline bool
json_is_integer(const struct json *v)
{
	return json_is(v, JSON_SORT_INTEGER);
}

static inline bool
json_is_fraction(const struct json *v)
{
	return json_is(v, JSON_SORT_FRACTION);
}

static inline bool
json_is_boolean(const struct json *v)
{
	return json_is(v, JSON_SORT_BOOLEAN);
}

/* The caller knows that it is one. */
static inline const char *
json_string(const struct json *v)
{
	return v->string;
}

/* NULL, 0 and false for what is of another sort. */
static inline const char *
json_string_or_null(const struct json *v)
{
	return json_is_string(v) ? v->string : NULL;
}

static inline int64_t
json_int(const struct json *v)
{
	return json_is_integer(v) ? v->integer : 0;
}

static inline bool
json_boolean(const struct json *v)
{
	return json_is_boolean(v) && v->boolean;
}

/* Of a string, list or object: bytes, elements, members. */
static inline size_t
json_length(const struct json *v)
{
	return v == NULL ? 0 : v->n;
}

/* Element i of a list of more than i. */
static inline struct json *
json_at(const struct json *list, size_t i)
{
	return list->items[i];
}

/*
 * Visits the members of an object: declares `key' and `value'.  `return' leaves
 * it; `break' acts as `continue'.
 */
#define json_each(object, key, value)					\
	for (size_t at_##key = 0; at_##key < json_length(object);	\
	    at_##key++)							\
		for (const char *key = json_key_at(object, at_##key);	\
		    key != NULL; key = NULL)				\
			for (struct json *value =			\
			    json_value_at(object, at_##key),		\
			    *once_##key = (object); once_##key != NULL;	\
			    once_##key = NULL)

static inline const char *
json_key_at(const struct json *object, size_t i)
{
	return object->pairs[i].key;
}

static inline struct json *
json_value_at(const struct json *object, size_t i)
{
	return object->pairs[i].value;
}

/* The member of that name, or NULL when absent (or null: see json_has). */
struct json *json_member(const struct json *, const char *name);
bool	json_has(const struct json *, const char *name);
/* Takes a member out of an object. */
void	json_remove(struct json *, const char *name);
double	json_double(const struct json *);	/* of a number */

/* "an object", "a list", "a string" …: for messages. */
const char *json_kind(const struct json *);
size_t	json_count(const struct json *);	/* values in the tree */

/*
 * A hint that repeats the value as the client wrote it, if it is short, between
 * two texts.  Always -1.
 */
int	json_hint(const struct json *, const char *before, const char *behind,
	    struct error *);
/* For who has put a whole number into quotes.  Always -1. */
int	json_hint_number(const struct json *, struct error *);
/*
 * Typed members of an object at `path'.  Each returns 1 when the member is
 * there and fits, 0 when it is absent or null (*out untouched), -1 with
 * `invalid_value' at the member's path when it has another type.
 */
int	json_take_string(const struct json *, const char *name,
	    const char **out, const struct path *, struct error *);
int	json_take_bool(const struct json *, const char *name, bool *out,
	    const struct path *, struct error *);
int	json_take_int(const struct json *, const char *name, int64_t *out,
	    int64_t least, int64_t most, const struct path *, struct error *);
int	json_take_object(const struct json *, const char *name,
	    struct json **out, const struct path *, struct error *);
int	json_take_array(const struct json *, const char *name,
	    struct json **out, const struct path *, struct error *);
/*
 * Refuses members whose name is not among `allowed' (ends with NULL):
 * `unknown_field' at the member, with the nearest allowed name as hint.
 */
int	json_allow(struct json *, const char *const *allowed,
	    const struct path *, struct error *);

#endif
