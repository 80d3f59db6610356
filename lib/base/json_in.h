#ifndef ORMD_JSON_IN_H
#define ORMD_JSON_IN_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

/*
 * Reading a JSON value that a client or a model file gave.  The tree is
 * json-c's; whoever parsed it keeps it in an arena (json_keep), and the rest
 * only looks.  A path goes beside each value, so that a refusal names it.
 */

/*
 * Visits the members of an object: declares `key' and `value'.  `return' leaves
 * it; `break' acts as `continue'.
 */
#define json_each(object, key, value)					\
	for (struct json_object_iterator				\
	    it_##key = json_object_iter_begin(object),			\
	    end_##key = json_object_iter_end(object);			\
	    !json_object_iter_equal(&it_##key, &end_##key);		\
	    json_object_iter_next(&it_##key))				\
		for (const char *key = json_object_iter_peek_name(&it_##key); \
		    key != NULL; key = NULL)				\
			for (struct json_object *value =		\
			    json_object_iter_peek_value(&it_##key), *once_##key = \
			    (struct json_object *)&it_##key;		\
			    once_##key != NULL; once_##key = NULL)

/*
 * Parses n bytes that the scanner has passed; `values' is how many it
 * counted, and a tree with another number is refused (json-c drops members
 * when malloc fails).  The tree belongs to the arena.  The value null is a NULL
 * tree, so success is told by the return value.  The tokener is reused from
 * call to call (json_tokener_new costs more than a short line).
 */
int	json_parse(struct arena *, struct json_tokener *, const char *p,
	    size_t n, size_t values, struct json_object **tree,
	    struct error *);

/* The member of that name, or NULL when absent (or null: see json_has). */
struct json_object *json_member(struct json_object *, const char *name);
bool	json_has(struct json_object *, const char *name);

/* "an object", "a list", "a string" …: for messages. */
const char *json_kind(struct json_object *);
size_t	json_count(struct json_object *);	/* values in the tree */

/*
 * Typed members of an object at `path'.  Each returns 1 when the member is
 * there and fits, 0 when it is absent or null (*out untouched), -1 with
 * `invalid_value' at the member's path when it has another type.
 */
int	json_take_string(struct json_object *, const char *name,
	    const char **out, const struct path *, struct error *);
int	json_take_bool(struct json_object *, const char *name, bool *out,
	    const struct path *, struct error *);
int	json_take_int(struct json_object *, const char *name, int64_t *out,
	    int64_t least, int64_t most, const struct path *, struct error *);
int	json_take_object(struct json_object *, const char *name,
	    struct json_object **out, const struct path *, struct error *);
int	json_take_array(struct json_object *, const char *name,
	    struct json_object **out, const struct path *, struct error *);
/*
 * Refuses members whose name is not among `allowed' (ends with NULL):
 * `unknown_field' at the member, with the nearest allowed name as hint.
 */
int	json_allow(struct json_object *, const char *const *allowed,
	    const struct path *, struct error *);

#endif
