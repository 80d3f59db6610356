/*
 * Arrays: what they contain, and what holds for one of their elements.  Called
 * by where_compare.c.  It refuses nulls to look for: they equal nothing.
 */
#include <string.h>

#include "value.h"
#include "where_parts.h"

/* The value itself, or a list of it alone. */
static struct json *
as_list(struct builder *b, struct json *v)
{
	struct json	*list;

	if (json_is_list(v))
		return v;
	if ((list = arena_alloc(b->d->arena, sizeof(*list))) == NULL ||
	    (list->items = arena_array(b->d->arena, 1,
	    sizeof(*list->items))) == NULL) {
		error_nomem(b->err);
		return NULL;
	}
	list->sort = JSON_SORT_LIST;
	list->n = 1;
	list->items[0] = v;
	return list;
}

/* A column of one element's type. */
static const struct column *
element_of(struct builder *b, const struct column *c)
{
	struct column	*element = arena_alloc(b->d->arena, sizeof(*element));
	size_t		 size = strlen(c->sql_type) + 1;
	char		*name = arena_raw(b->d->arena, size);

	if (element == NULL || name == NULL) {
		error_nomem(b->err);
		return NULL;
	}
	*element = *c;
	element->type = c->element;
	element->element = NULL;
	type_element(c->sql_type, name, size);
	element->sql_type = name;
	return element;
}

/* @>, <@ and &&, which an index of the class array_ops knows. */
static int
compare_lists(struct builder *b, const struct operand *o, const char *sql,
    struct json *v, const struct path *path)
{
	const struct column	*element;
	struct json		*list;
	struct cell		 cell;
	size_t			 i;

	if ((list = as_list(b, v)) == NULL)
		return -1;
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { path, NULL, (int)i };

		if (json_at(list, i) != NULL)
			continue;
		error_set(b->err, ERROR_INVALID_VALUE, v == NULL ? path : &at,
		    "null equals nothing");
		return error_hint(b->err,
		    "{\"any\": null} finds arrays with a null in them");
	}
	/* Refused here, it has the path that the client knows. */
	if (list != v && ((element = element_of(b, o->column)) == NULL ||
	    value_from_json(b->d->arena, element, v, &cell, path,
	    b->err) == -1))
		return -1;
	buf_printf(&b->sql, "%s%s", o->sql, sql);
	return where_put_value(b, o, list, path);
}

/*
 * Something holds for one element.  Of no array at all that is neither true
 * nor false, as for the other operators.
 */
static int
one_meets(struct builder *b, const struct operand *o, struct json *v,
    const struct path *path)
{
	struct operand	element = *o;
	int		alias = ++b->aliases;

	if (where_table(b, path) == -1 ||
	    (element.column = element_of(b, o->column)) == NULL)
		return -1;
	element.sql = arena_printf(b->d->arena, "e%d.v", alias);
	if (element.sql == NULL)
		return error_nomem(b->err);
	element.own = false;
	element.holder = NULL;
	buf_printf(&b->sql, "(EXISTS (SELECT FROM unnest(%s) AS e%d(v) WHERE ",
	    o->sql, alias);
	if (where_meets(b, &element, v, path) == -1)
		return -1;
	buf_printf(&b->sql, ") OR %s IS NULL AND NULL)", o->sql);
	return 0;
}

/* Does the condition ask for no more than to equal one value? */
static struct json *
only_value(struct json *v)
{
	if (json_is_object(v))
		return json_length(v) == 1 &&
		    strcmp(json_key_at(v, 0), "==") == 0 ?
		    json_value_at(v, 0) : NULL;
	return json_is_list(v) ? NULL : v;
}

int
where_array(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	struct json	*value;

	if (op->form != OPERATOR_ANY)
		return compare_lists(b, o, op->sql, v, path);
	/* Said as @>, an index can find it. */
	value = only_value(v);
	if (value != NULL && !json_is_list(value) && !json_is_object(value))
		return compare_lists(b, o, " @> ", value, path);
	return one_meets(b, o, v, path);
}
