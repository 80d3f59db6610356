/*
 * JSON: values compared within their kind, and what contains what.  Called by
 * where_compare.c with a jsonb column or a place in one.  It refuses to order
 * objects and lists.
 */
#include <string.h>

#include "json_out.h"
#include "where_parts.h"

/* The kind that a value is compared in; NULL: it has no order. */
static const char *
kind_of(const struct json *v)
{
	switch (v->sort) {
	case JSON_SORT_BOOLEAN:
		return "boolean";
	case JSON_SORT_INTEGER:
	case JSON_SORT_FRACTION:
		return "number";
	case JSON_SORT_STRING:
		return "string";
	case JSON_SORT_LIST:
	case JSON_SORT_OBJECT:
		break;
	}
	return NULL;
}

/* jsonb orders numbers before strings; a client wants neither of the other. */
static int
compare_order(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	const char	*kind = kind_of(v);

	if (kind == NULL)
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "%s takes a number, a string or a boolean, not %s",
		    op->name, json_kind(v));
	buf_printf(&b->sql, "(jsonb_typeof(%s) = '%s' AND %s%s", o->sql, kind,
	    o->sql, op->sql);
	if (where_put_value(b, o, v, path) == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

/* A step by digits may lead into a list, where nothing is known by position. */
static bool
by_names(const struct operand *o)
{
	size_t	i;

	for (i = 0; i < o->nsteps; i++)
		if (strspn(o->steps[i], "-0123456789") ==
		    strlen(o->steps[i]))
			return false;
	return o->nsteps > 0;
}

/*
 * What holds the place contains the value in as many objects: an index of the
 * class jsonb_ops or jsonb_path_ops knows that.
 */
static int
put_holder(struct builder *b, const struct operand *o, const struct json *v,
    const struct path *path)
{
	static const struct column	 jsonb = { .sql_type = "jsonb",
					    .type = &types[TYPE_JSONB] };
	struct cell			 cell = { NULL, 0 };
	struct buf			 text;
	size_t				 i;

	buf_init(&text, 0);
	for (i = 0; i < o->nsteps; i++) {
		buf_putc(&text, '{');
		json_put_text(&text, o->steps[i]);
		buf_putc(&text, ':');
	}
	buf_add(&text, v->text, v->ntext);
	for (i = 0; i < o->nsteps; i++)
		buf_putc(&text, '}');
	if (!text.broken)
		cell.p = arena_strndup(b->d->arena, text.p, text.n);
	cell.n = (int32_t)text.n;
	buf_free(&text);
	if (cell.p == NULL)
		return error_nomem(b->err);
	buf_printf(&b->sql, "%s @> ", o->holder);
	return where_put_cell(b, &jsonb, &cell, path);
}

int
where_json(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	bool	held;

	if (v == NULL)
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "null can only be compared by == and !=");
	if (op->form == OPERATOR_ORDER)
		return compare_order(b, o, op, v, path);
	/* Where nothing is at the place it would be false, and = is not. */
	held = op->name[0] == '=' && o->holder != NULL && by_names(o) &&
	    b->negations == 0;
	if (held) {
		buf_putc(&b->sql, '(');
		if (put_holder(b, o, v, path) == -1)
			return -1;
		buf_puts(&b->sql, " AND ");
	}
	buf_printf(&b->sql, "%s%s", o->sql, op->sql);
	if (where_put_value(b, o, v, path) == -1)
		return -1;
	buf_puts(&b->sql, held ? ")" : "");
	return 0;
}
