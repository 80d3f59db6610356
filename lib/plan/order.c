/*
 * `order_by' and `after'.  Called by decode.c for find.  The primary key always
 * ends the order, so that no two rows are equal and a page has a definite end.
 * It refuses what is no column of the model, and positions that do not fit the
 * order.
 */
#include <string.h>

#include "call.h"
#include "value.h"

static int
order_term(struct decoder *d, const struct model *model, struct op *op,
    struct json *v, const struct path *path, struct error *err)
{
	const struct attribute	*attr;
	const char		*name;
	struct order		 term;

	if (!json_is_string(v))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "order_by takes names of columns, not %s", json_kind(v));
	name = json_string(v);
	term.descending = name[0] == '-';
	name += term.descending;
	if ((attr = attribute_seen(d, model, name)) == NULL) {
		unknown_attribute(d, model, name, path, err);
		return strchr(name, '.') == NULL ? -1 : error_hint(err,
		    "order_by takes the model's own columns");
	}
	if (attr->kind != ATTRIBUTE_COLUMN) {
		error_set(err, ERROR_INVALID_VALUE, path,
		    "%s is no column of %s", name, model->name);
		return error_about(err, model->name, name);
	}
	term.column = attr->column;
	return vec_push(d->arena, &op->order, term) == -1 ? error_nomem(err) :
	    0;
}

/* `after': the `next' of the page before, one value per term of the order. */
static int
after_decode(struct decoder *d, struct op *op, struct json *list,
    const struct path *path, struct error *err)
{
	struct cell	*cells;
	size_t		 i;

	if (json_length(list) != op->order.n)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "after is the next of a page in the same order");
	cells = arena_array(d->arena, op->order.n, sizeof(*cells));
	if (cells == NULL)
		return error_nomem(err);
	for (i = 0; i < op->order.n; i++) {
		struct path	at = { path, NULL, (int)i };

		if (value_from_json(d->arena, op->order.v[i].column,
		    json_at(list, i), &cells[i], &at,
		    err) == -1)
			return -1;
	}
	op->after = cells;
	return 0;
}

int
order_decode(struct decoder *d, const struct model *model, struct op *op,
    struct json *params, const struct path *path, struct error *err)
{
	const struct table	*table = model->table;
	struct json	*list, *after;
	struct path		 here = { path, "order_by", 0 };
	struct path		 at_after = { path, "after", 0 };
	struct order		 term = { NULL, false };
	size_t			 i, k;

	if (json_take_array(params, "order_by", &list, path, err) == -1 ||
	    json_take_array(params, "after", &after, path, err) == -1)
		return -1;
	for (i = 0; list != NULL && i < json_length(list); i++) {
		struct path	at = { &here, NULL, (int)i };

		if (order_term(d, model, op,
		    json_at(list, i), &at, err) == -1)
			return -1;
	}
	/* The primary key ends the order, so that no two rows are equal. */
	for (i = 0; i < table->key.n; i++) {
		term.column = table->key.v[i];
		for (k = 0; k < op->order.n; k++)
			if (op->order.v[k].column == term.column)
				break;
		if (k == op->order.n &&
		    vec_push(d->arena, &op->order, term) == -1)
			return error_nomem(err);
	}
	return after == NULL ? 0 : after_decode(d, op, after, &at_after, err);
}
