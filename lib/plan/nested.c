/*
 * `load': what a request asks of the collections that are nested in its reply.
 * Called while a request is decoded.  It refuses unknown attributes, columns,
 * and an order or a number for what is one object; load.c refuses what the
 * rules do not print.
 */
#include <string.h>

#include "caller.h"
#include "nested.h"

static const char *const	nested_params[] = { "where", "order_by",
	"limit", "load", NULL };

/* What is being decoded, and the two texts that come of it. */
struct reader {
	struct decoder	*d;
	struct nesting	*nesting;
	struct buf	 text, values;
	struct error	*err;
};

static int	members_decode(struct reader *, struct nested *,
		    const struct model *, struct json *, const struct path *);

/* The model whose column a proxy's values are. */
static const struct model *
holder(const struct proxy *proxy)
{
	while (proxy->attribute->kind == ATTRIBUTE_PROXY)
		proxy = proxy->attribute->proxy;
	return proxy->through->target;
}

static int
refuse(struct reader *r, const struct nested *n, const char *member,
    const char *why)
{
	struct path	here = { n->path, member, 0 };

	error_set(r->err, ERROR_INVALID_VALUE, &here, "%s %s",
	    n->attribute->name, why);
	return error_about(r->err, NULL, n->attribute->name);
}

/* Is it a list; and what do the conditions on its members speak of? */
static int
attribute_set(struct reader *r, struct nested *n, bool *is_list)
{
	const struct attribute	*at = n->attribute;

	switch (at->kind) {
	case ATTRIBUTE_COLUMN:
		error_set(r->err, ERROR_INVALID_VALUE, n->path,
		    "%s is a column", at->name);
		error_about(r->err, NULL, at->name);
		return error_hint(r->err,
		    "load is for relationships and association proxies");
	case ATTRIBUTE_RELATIONSHIP:
		n->model = at->relationship->target;
		*is_list = at->relationship->uselist;
		break;
	case ATTRIBUTE_PROXY:
		n->model = at->proxy->target != NULL ? at->proxy->target :
		    holder(at->proxy);
		*is_list = at->proxy->uselist;
		break;
	}
	return 0;
}

static int
order_set(struct reader *r, struct nested *n, struct json *v)
{
	const struct order_join	*join;
	struct op		 op;
	size_t			 i;

	if (!json_has(v, "order_by"))
		return 0;
	memset(&op, 0, sizeof(op));
	op.model = n->model;
	op.path = n->path;
	if (order_decode(r->d, &op, v, r->err) == -1)
		return -1;
	n->order.v = op.order.v;
	n->order.n = op.order.n;
	n->joins.v = op.joins.v;
	n->joins.n = op.joins.n;
	for (i = 0; i < n->joins.n; i++) {
		join = &n->joins.v[i];
		buf_printf(&r->text, "%d>%zu:%s", join->from,
		    strlen(join->relationship->name),
		    join->relationship->name);
	}
	for (i = 0; i < n->order.n; i++)
		buf_printf(&r->text, "%c%d.%d", n->order.v[i].descending ?
		    '-' : '+', n->order.v[i].join,
		    n->order.v[i].column->index);
	return 0;
}

static int
where_set(struct reader *r, struct nested *n, struct json *v)
{
	const struct param	*p;
	struct path		*at;
	size_t			 i;

	if (!json_has(v, "where"))
		return 0;
	if ((at = path_step(r->d->arena, n->path, "where", 0)) == NULL)
		return error_nomem(r->err);
	if (where_decode(r->d, n->model, json_member(v, "where"), &n->where,
	    at, r->err) == -1)
		return -1;
	buf_puts(&r->text, n->where->sql);
	for (i = 0; i < n->where->params.n; i++) {
		p = &n->where->params.v[i];
		buf_add(&r->values, &p->n, sizeof(p->n));
		buf_add(&r->values, p->p, p->n > 0 ? (size_t)p->n : 0);
	}
	return 0;
}

static int
limit_set(struct reader *r, struct nested *n, struct json *v)
{
	if (json_take_int(v, "limit", &n->limit, 1, INT32_MAX, n->path,
	    r->err) == -1)
		return -1;
	buf_putc(&r->text, n->limit > 0 ? '#' : ' ');
	buf_add(&r->values, &n->limit, sizeof(n->limit));
	return 0;
}

/* The members of a `load' below; a proxy's values have none. */
static int
below_set(struct reader *r, struct nested *n, struct json *v)
{
	struct json	*below;
	struct path	*at;

	switch (json_take_object(v, "load", &below, n->path, r->err)) {
	case -1:
		return -1;
	case 0:
		return 0;
	}
	if (n->attribute->kind == ATTRIBUTE_PROXY &&
	    n->attribute->proxy->target == NULL)
		return refuse(r, n, "load", "gives values, not objects");
	if ((at = path_step(r->d->arena, n->path, "load", 0)) == NULL)
		return error_nomem(r->err);
	return members_decode(r, n, n->model, below, at);
}

static int
member_decode(struct reader *r, struct nested *n, struct json *v)
{
	static const char *const	listed[] = { "where", "order_by",
					    "limit" };
	bool				is_list = false;
	size_t				i;

	if (attribute_set(r, n, &is_list) == -1)
		return -1;
	if (!json_is_object(v))
		return error_set(r->err, ERROR_INVALID_VALUE, n->path,
		    "what to load is an object, not %s", json_kind(v));
	if (json_allow(v, nested_params, n->path, r->err) == -1)
		return -1;
	for (i = 0; !is_list && i < sizeof(listed) / sizeof(listed[0]); i++)
		if (json_has(v, listed[i]))
			return refuse(r, n, listed[i],
			    "is one object, not a collection");
	buf_printf(&r->text, "%zu:%s(", strlen(n->attribute->name),
	    n->attribute->name);
	if (where_set(r, n, v) == -1 || order_set(r, n, v) == -1 ||
	    limit_set(r, n, v) == -1 || below_set(r, n, v) == -1)
		return -1;
	buf_putc(&r->text, ')');
	return 0;
}

static int
members_decode(struct reader *r, struct nested *up, const struct model *model,
    struct json *v, const struct path *path)
{
	struct arena	*a = r->d->arena;
	struct nested	*n;

	json_each(v, key, member) {
		if ((n = arena_alloc(a, sizeof(*n))) == NULL ||
		    (n->path = path_step(a, path, key, 0)) == NULL)
			return error_nomem(r->err);
		if (r->nesting->all.n == NESTED_MOST)
			return error_set(r->err, ERROR_LIMIT, n->path,
			    "load speaks of at most %d collections",
			    NESTED_MOST);
		n->index = (int)r->nesting->all.n;
		n->attribute = attribute_seen(r->d, model, key);
		if (n->attribute == NULL)
			return unknown_attribute(r->d, model, key, n->path,
			    r->err);
		if (vec_push(a, &r->nesting->all, n) == -1 ||
		    vec_push(a, &up->nested, n) == -1)
			return error_nomem(r->err);
		if (member_decode(r, n, member) == -1)
			return -1;
	}
	return 0;
}

/* Callers of one class share a load, but not what they may see. */
static void
caller_set(struct reader *r)
{
	const struct call	*call = r->d->call;
	struct nesting		*n = r->nesting;

	n->has_caller = call->sight.param != 0;
	if (!n->has_caller)
		return;
	sql_cell_param(call->sight.key, &call->caller->key, &n->caller);
	buf_add(&r->values, &n->caller.n, sizeof(n->caller.n));
	buf_add(&r->values, n->caller.p,
	    n->caller.n > 0 ? (size_t)n->caller.n : 0);
}

static int
texts_set(struct reader *r)
{
	struct nesting	*n = r->nesting;
	struct arena	*a = r->d->arena;

	if (r->text.broken || r->values.broken)
		return error_nomem(r->err);
	n->text = arena_strndup(a, r->text.p, r->text.n);
	n->values = arena_strndup(a, r->values.p, r->values.n);
	n->nvalues = r->values.n;
	return n->text == NULL || n->values == NULL ? error_nomem(r->err) : 0;
}

int
nested_decode(struct decoder *d, const struct model *model,
    struct json *params, const struct nesting **out, const struct path *path,
    struct error *err)
{
	struct reader	 r = { .d = d, .err = err };
	struct json	*load;
	struct path	*at;
	int		 given;

	given = json_take_object(params, "load", &load, path, err);
	if (given == -1)
		return error_hint(err,
		    "for example {\"NAME\": {\"limit\": 10}}");
	if (given != 1)
		return given;
	if (json_length(load) == 0)
		return 0;
	if ((at = path_step(d->arena, path, "load", 0)) == NULL ||
	    (r.nesting = arena_alloc(d->arena, sizeof(*r.nesting))) == NULL)
		return error_nomem(err);
	buf_init(&r.text, 0);
	buf_init(&r.values, 0);
	caller_set(&r);
	given = members_decode(&r, &r.nesting->top, model, load, at);
	if (given == 0)
		given = texts_set(&r);
	buf_free(&r.text);
	buf_free(&r.values);
	*out = r.nesting;
	return given;
}
