/*
 * `order_by': names of columns, also through many-to-one relationships.
 * Called by decode_params.c for find.  The primary key ends the order, so that
 * no two rows are equal and a page has a definite end.  It refuses names that
 * lead to no column, or to several objects.
 */
#include <string.h>

#include "call.h"

enum { ORDER_TERMS = 16 };	/* that a client gives */

/* One name of `order_by' on its way. */
struct term {
	struct decoder		*d;
	struct op		*op;
	const struct path	*path;
	const struct model	*model;		/* where it has come to */
	struct order		 order;
	struct error		*err;
};

/* The way to the other end, which other terms may share. */
static int
join_add(struct term *t, const struct relationship *rel)
{
	struct op		*op = t->op;
	struct order_join	 join = { rel, t->order.join };
	size_t			 i;

	for (i = 0; i < rel->local.n; i++)
		t->order.nullable |= rel->local.v[i]->nullable;
	/* What the caller does not see is not there. */
	t->order.nullable |= sight_right(&t->d->call->sight,
	    rel->target->table) != RIGHT_ANY;
	t->model = rel->target;
	for (i = 0; i < op->joins.n; i++)
		if (op->joins.v[i].relationship == rel &&
		    op->joins.v[i].from == join.from) {
			t->order.join = (int)i;
			return 0;
		}
	if (i == ORDER_JOINS)
		return error_set(t->err, ERROR_LIMIT, t->path,
		    "an order looks at most at %d other objects",
		    ORDER_JOINS);
	t->order.join = (int)i;
	return vec_push(t->d->arena, &op->joins, join) == -1 ?
	    error_nomem(t->err) : 0;
}

static int
refuse(struct term *t, const struct attribute *attr, const char *why)
{
	error_set(t->err, ERROR_INVALID_VALUE, t->path, "%s.%s %s",
	    t->model->name, attr->name, why);
	return error_about(t->err, t->model->name, attr->name);
}

static int
column_take(struct term *t, const struct attribute *attr)
{
	const struct column	*c = attr->column;

	if (c->type->id == TYPE_JSON ||
	    (c->element != NULL && c->element->id == TYPE_JSON))
		return refuse(t, attr, "is json, which has no order");
	t->order.column = c;
	t->order.nullable |= c->nullable;
	return 0;
}

/* Goes on by one attribute; 1: it was a column, and the way ends. */
static int
step(struct term *t, const struct attribute *attr, bool last)
{
	const struct relationship	*rel = attr->relationship;

	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if (!last)
			return refuse(t, attr, "is a column, which leads "
			    "nowhere");
		return column_take(t, attr) == -1 ? -1 : 1;
	case ATTRIBUTE_PROXY:
		rel = attr->proxy->through;
		break;
	case ATTRIBUTE_RELATIONSHIP:
		break;
	}
	if (rel->uselist) {
		refuse(t, attr, "is a list");
		return error_hint(t->err, "\"load\" orders what is in it");
	}
	if (rel->direction != MANY_TO_ONE) {
		refuse(t, attr, "is no many-to-one relationship");
		return error_hint(t->err, "find what it leads to in that "
		    "order: that refers to %s", t->model->name);
	}
	if (attr->kind == ATTRIBUTE_RELATIONSHIP && last) {
		refuse(t, attr, "is no column");
		return !columns_are_told(t->d->call->sight.class,
		    rel->target->table->key.v, 1) ? -1 :
		    error_hint(t->err, "name one of its columns: %s.%s",
		    attr->name, rel->target->table->key.v[0]->name);
	}
	if (join_add(t, rel) == -1)
		return -1;
	return attr->kind == ATTRIBUTE_PROXY ?
	    step(t, attr->proxy->attribute, last) : 0;
}

/* What was said before needs not be said again. */
static bool
is_known(const struct op *op, const struct order *order)
{
	size_t	i;

	for (i = 0; i < op->order.n; i++)
		if (op->order.v[i].column == order->column &&
		    op->order.v[i].join == order->join)
			return true;
	return false;
}

/* As SQL has it: "name desc". */
static int
hint_order(const char *name, struct error *err)
{
	const char	*blank = strchr(name, ' ');

	return blank == NULL ? -1 : error_hint(err, "\"%.*s\" ascends, and "
	    "with - before it descends", (int)(blank - name), name);
}

static int
term_decode(struct decoder *d, struct op *op, struct json *v,
    const struct path *path, struct error *err)
{
	struct term		 t = { d, op, path, op->model,
				    { NULL, -1, false, false }, err };
	const struct attribute	*attr;
	const char		*name;
	int			 r = 0;

	if (!json_is_string(v))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "order_by takes names of columns, not %s", json_kind(v));
	name = json_string(v);
	t.order.descending = name[0] == '-';
	name += t.order.descending;
	while (r == 0) {
		attr = attribute_first(d, t.model, &name, path, err);
		if (attr == NULL)
			return hint_order(json_string(v), err);
		r = step(&t, attr, name == NULL);
	}
	if (r == -1 || is_known(op, &t.order))
		return r == -1 ? -1 : 0;
	return vec_push(d->arena, &op->order, t.order) == -1 ?
	    error_nomem(err) : 0;
}

struct tie {
	struct column *const	*columns;
	size_t			 n;
};

/*
 * What tells each object from all others: the primary key, or, where the caller
 * may not be told it, a unique set of columns.  Without one, the key orders the
 * page all the same, and no cursor tells where it ends.
 */
static struct tie
tie_find(const struct decoder *d, struct op *op)
{
	const struct table	*table = op->model->table;
	enum access_class	 class = d->call->sight.class;
	struct tie		 tie = { table->key.v, table->key.n };
	const struct unique	*u;
	size_t			 i, k;

	if (columns_are_told(class, tie.columns, tie.n))
		return tie;
	for (i = 0; i < table->uniques.n; i++) {
		u = table->uniques.v[i];
		for (k = 0; k < u->columns.n && !u->columns.v[k]->nullable;
		    k++)
			;
		if (k == u->columns.n && columns_are_told(class,
		    u->columns.v, k))
			return (struct tie){ u->columns.v, k };
	}
	op->unpaged = true;
	return tie;
}

static bool
is_of(const struct tie *tie, const struct order *order)
{
	size_t	i;

	for (i = 0; order->join == -1 && i < tie->n; i++)
		if (tie->columns[i] == order->column)
			return true;
	return false;
}

/* It ends the order; what is behind it would tell nothing. */
static int
tie_add(struct decoder *d, struct op *op, struct error *err)
{
	const struct tie	 tie = tie_find(d, op);
	struct order		 key = { NULL, -1, false, false };
	size_t			 i, missing = tie.n;

	for (i = 0; i < op->order.n && missing > 0; i++)
		missing -= is_of(&tie, &op->order.v[i]);
	if (missing == 0)
		op->order.n = i;
	for (i = 0; i < tie.n; i++) {
		key.column = tie.columns[i];
		if (!is_known(op, &key) &&
		    vec_push(d->arena, &op->order, key) == -1)
			return error_nomem(err);
	}
	return 0;
}

int
order_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	 here = { op->path, "order_by", 0 };
	struct json	*list = NULL;
	size_t		 i;

	if (json_take_array(params, "order_by", &list, op->path, err) == -1)
		return -1;
	if (json_length(list) > ORDER_TERMS)
		return error_set(err, ERROR_LIMIT, &here,
		    "an order has at most %d terms", ORDER_TERMS);
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { &here, NULL, (int)i };

		if (term_decode(d, op, json_at(list, i), &at, err) == -1)
			return -1;
	}
	return tie_add(d, op, err);
}
