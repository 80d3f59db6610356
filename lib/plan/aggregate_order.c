/*
 * `having' and `order_by' of `aggregate': which groups are shown, and in which
 * order.  Called by aggregate.c.  A group is taken for an object of a model
 * that is made for it, so that all words of `where' can be said of its members.
 * It refuses names that no member has.
 */
#include <string.h>

#include "aggregate_parts.h"

/* A group, as if it were an object of a model. */
static struct model *
model_make(struct reader *r)
{
	struct aggregate	*g = r->aggregate;
	struct arena		*a = r->d->arena;
	struct model		*m = arena_alloc(a, sizeof(*m));
	struct attribute	*attr;
	size_t			 i;

	if (m == NULL)
		return NULL;
	m->name = "a group";
	for (i = 0; i < g->outputs.n; i++) {
		if ((attr = arena_alloc(a, sizeof(*attr))) == NULL)
			return NULL;
		attr->name = g->outputs.v[i]->name;
		attr->kind = ATTRIBUTE_COLUMN;
		attr->column = &g->outputs.v[i]->column;
		if (vec_push(a, &m->attributes, attr) == -1 ||
		    map_name(a, &m->by_name, attr->name, attr) == -1)
			return NULL;
	}
	return m;
}

int
aggregate_having(struct reader *r, struct json *params)
{
	struct path	*at;
	struct model	*m;

	if (!json_has(params, "having"))
		return 0;
	at = path_step(r->d->arena, r->op->path, "having", 0);
	if (at == NULL || (m = model_make(r)) == NULL)
		return error_nomem(r->err);
	if (where_decode_behind(r->d, m, json_member(params, "having"),
	    r->op->where, &r->aggregate->having, at, r->err) == 0)
		return 0;
	if (strcmp(r->err->model, m->name) == 0)
		r->err->model[0] = '\0';
	return -1;
}

static int
term_add(struct reader *r, const struct output *out, bool descending)
{
	struct aggregate	*a = r->aggregate;
	struct group_order	 term = { out, descending };
	size_t			 i;

	for (i = 0; i < a->order.n; i++)
		if (a->order.v[i].output == out)
			return 0;
	return vec_push(r->d->arena, &a->order, term) == -1 ?
	    error_nomem(r->err) : 0;
}

static int
term_decode(struct reader *r, struct json *v, const struct path *path)
{
	const char		*names[AGGREGATE_GROUPS +
				    AGGREGATE_FUNCTIONS + 1] = { NULL };
	const char		*name, *near;
	const struct output	*out;
	size_t			 i;

	if (!json_is_string(v))
		return error_set(r->err, ERROR_INVALID_VALUE, path,
		    "order_by takes names of groups and functions, not %s",
		    json_kind(v));
	name = json_string(v);
	if ((out = aggregate_output(r, name + (name[0] == '-'))) != NULL)
		return term_add(r, out, name[0] == '-');
	name += name[0] == '-';
	for (i = 0; i < r->aggregate->outputs.n; i++)
		names[i] = r->aggregate->outputs.v[i]->name;
	error_set(r->err, ERROR_UNKNOWN_FIELD, path,
	    "a group has no member %s", name);
	error_about(r->err, NULL, name);
	near = error_nearest(name, names);
	return near == NULL ? -1 :
	    error_hint(r->err, "did you mean %s?", near);
}

int
aggregate_order(struct reader *r, struct json *params)
{
	struct path	 here = { r->op->path, "order_by", 0 };
	struct json	*list = NULL;
	size_t		 i;

	if (json_take_array(params, "order_by", &list, r->op->path,
	    r->err) == -1)
		return -1;
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { &here, NULL, (int)i };

		if (term_decode(r, json_at(list, i), &at) == -1)
			return -1;
	}
	for (i = 0; i < r->aggregate->ngroups; i++)
		if (term_add(r, r->aggregate->outputs.v[i], false) == -1)
			return -1;
	return 0;
}
