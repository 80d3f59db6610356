/*
 * The params of `aggregate': names and groups; aggregate_function.c has the
 * functions, aggregate_order.c which groups are shown and in which order.
 * Called by decode.c.  It refuses to group by what is several or cannot be
 * compared, and names that are given twice.
 */
#include <string.h>

#include "aggregate_parts.h"
#include "decode_parts.h"

static int
refuse(struct reader *r, const struct model *model, const char *name,
    const struct path *path, const char *why)
{
	error_set(r->err, ERROR_INVALID_VALUE, path, "%s.%s %s", model->name,
	    name, why);
	return error_about(r->err, model->name, name);
}

static int
step_add(struct reader *r, struct way *way, const struct relationship *rel,
    const struct path *path)
{
	if (way->steps.n == AGGREGATE_STEPS)
		return error_set(r->err, ERROR_LIMIT, path,
		    "a name leads through at most %d relationships",
		    AGGREGATE_STEPS);
	if (vec_push(r->d->arena, &way->steps, rel) == -1)
		return error_nomem(r->err);
	way->model = rel->target;
	if (rel->direction != MANY_TO_ONE)
		way->fan = way->steps.n;
	return 0;
}

/* One attribute of a name; a proxy is the relationships that it stands for. */
static int
step(struct reader *r, struct way *way, const struct attribute *attr,
    bool last, const struct path *path)
{
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if (!last)
			return refuse(r, way->model, attr->name, path,
			    "is a column, which leads nowhere");
		way->column = attr->column;
		return 0;
	case ATTRIBUTE_RELATIONSHIP:
		return step_add(r, way, attr->relationship, path);
	case ATTRIBUTE_PROXY:
		break;
	}
	return step_add(r, way, attr->proxy->through, path) == -1 ? -1 :
	    step(r, way, attr->proxy->attribute, last, path);
}

int
aggregate_way(struct reader *r, struct way *way, const char *name,
    const struct path *path)
{
	const struct attribute	*attr;

	way->model = r->op->model;
	while (name != NULL) {
		attr = attribute_first(r->d, way->model, &name, path, r->err);
		if (attr == NULL ||
		    step(r, way, attr, name == NULL, path) == -1)
			return -1;
	}
	return 0;
}

const struct output *
aggregate_output(const struct reader *r, const char *name)
{
	size_t	i;

	for (i = 0; i < r->aggregate->outputs.n; i++)
		if (strcmp(r->aggregate->outputs.v[i]->name, name) == 0)
			return r->aggregate->outputs.v[i];
	return NULL;
}

struct output *
aggregate_add(struct reader *r, const char *name, const struct path *path)
{
	struct output	*out;

	if (aggregate_output(r, name) != NULL) {
		error_set(r->err, ERROR_INVALID_VALUE, path,
		    "two members of a group are called %s", name);
		return NULL;
	}
	if ((out = arena_alloc(r->d->arena, sizeof(*out))) == NULL ||
	    vec_push(r->d->arena, &r->aggregate->outputs, out) == -1) {
		error_nomem(r->err);
		return NULL;
	}
	out->name = name;
	return out;
}

int
aggregate_column(struct reader *r, struct output *out,
    const struct column *like, enum type_id id)
{
	struct column	*c = &out->column;

	if (like != NULL)
		*c = *like;
	else {
		c->type = &types[id];
		c->sql_type = c->type->name;
	}
	c->name = out->name;
	c->nullable = true;
	c->quoted = arena_printf(r->d->arena, "\"c%zu\"",
	    r->aggregate->outputs.n - 1);
	return c->quoted == NULL ? error_nomem(r->err) : 0;
}

bool
aggregate_is_json(const struct column *c)
{
	return c->type->id == TYPE_JSON ||
	    (c->element != NULL && c->element->id == TYPE_JSON);
}

static int
group_decode(struct reader *r, struct json *v, const struct path *path)
{
	struct output	*out;
	struct way	*way;

	if (!json_is_string(v))
		return error_set(r->err, ERROR_INVALID_VALUE, path,
		    "group_by takes names of columns, not %s", json_kind(v));
	if ((out = aggregate_add(r, json_string(v), path)) == NULL)
		return -1;
	out->is_group = out->has_way = true;
	way = &out->way;
	if (aggregate_way(r, way, out->name, path) == -1)
		return -1;
	if (way->fan > 0) {
		refuse(r, way->steps.v[way->fan - 1]->model,
		    way->steps.v[way->fan - 1]->name, path,
		    "is no many-to-one relationship");
		return error_hint(r->err, "functions can look at what is "
		    "several");
	}
	if (way->column == NULL) {
		refuse(r, r->op->model, out->name, path, "is no column");
		return !columns_are_told(r->d->call->sight.class,
		    way->model->table->key.v, 1) ? -1 :
		    error_hint(r->err, "name one of its columns: %s.%s",
		    out->name, way->model->table->key.v[0]->name);
	}
	if (aggregate_is_json(way->column))
		return refuse(r, way->model, way->column->name, path,
		    "is json, which cannot be compared");
	return aggregate_column(r, out, way->column, TYPE_OTHER);
}

static int
groups_decode(struct reader *r, struct json *params)
{
	struct path	 here = { r->op->path, "group_by", 0 };
	struct json	*list = NULL;
	size_t		 i;

	if (json_take_array(params, "group_by", &list, r->op->path,
	    r->err) == -1)
		return -1;
	if (json_length(list) > AGGREGATE_GROUPS)
		return error_set(r->err, ERROR_LIMIT, &here,
		    "objects are grouped by at most %d columns",
		    AGGREGATE_GROUPS);
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { &here, NULL, (int)i };

		if (group_decode(r, json_at(list, i), &at) == -1)
			return -1;
	}
	r->aggregate->ngroups = r->aggregate->outputs.n;
	return 0;
}

int
aggregate_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct reader	r = { d, op, NULL, err };

	r.aggregate = arena_alloc(d->arena, sizeof(*r.aggregate));
	if (r.aggregate == NULL)
		return error_nomem(err);
	op->aggregate = r.aggregate;
	op->limit = d->limit_most;
	if (json_take_int(params, "limit", &op->limit, 1, d->limit_most,
	    op->path, err) == -1 ||
	    decode_where(d, op, params, err) == -1)
		return -1;
	if (groups_decode(&r, params) == -1 ||
	    aggregate_functions(&r, params) == -1)
		return -1;
	if (r.aggregate->outputs.n == 0)
		return error_set(err, ERROR_INVALID_PARAMS, op->path,
		    "there is neither a column to group by nor a function");
	return aggregate_having(&r, params) == -1 ||
	    aggregate_order(&r, params) == -1 ? -1 : 0;
}
