/*
 * From the params of a request to a struct call.  The daemon calls
 * call_decode() before anything runs; every name that the model does not have
 * and every value that does not fit is refused here, with its path, so that
 * nothing has happened yet.
 */
#include <string.h>

#include "aggregate.h"
#include "caller.h"
#include "decode_parts.h"
#include "hint.h"
#include "loader.h"

static const struct op_row op_rows[] = {
	{ "get", OP_GET, true, { "model", "id", "rules", "only", "load" } },
	{ "find", OP_FIND, true, { "model", "where", "order_by", "limit",
	    "after", "before", "count", "stream", "rules", "only",
	    "load" } },
	{ "count", OP_COUNT, true, { "model", "where" } },
	{ "aggregate", OP_AGGREGATE, true, { "model", "where", "group_by",
	    "functions", "having", "order_by", "limit" } },
	{ "create", OP_CREATE, false, { "model", "values", "return", "rules",
	    "only", "load" } },
	{ "update", OP_UPDATE, false, { "model", "id", "values", "version",
	    "return", "rules", "only", "load" } },
	{ "delete", OP_DELETE, false, { "model", "id", "version", "max",
	    "plan", "return" } },
	{ "merge", OP_MERGE, false, { "model", "values", "return", "rules",
	    "only", "load" } },
	{ "append", OP_APPEND, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only", "load" } },
	{ "remove", OP_REMOVE, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only", "load" } },
	{ "set", OP_SET, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only", "load" } },
};

enum { OP_ROWS = sizeof(op_rows) / sizeof(op_rows[0]) };

const struct op_row *
decode_op_row(const char *method)
{
	size_t	i;

	for (i = 0; i < OP_ROWS; i++)
		if (strcmp(op_rows[i].method, method) == 0)
			return &op_rows[i];
	return NULL;
}

bool
op_kind_find(const char *method, enum op_kind *kind)
{
	const struct op_row	*row = decode_op_row(method);

	if (row != NULL)
		*kind = row->kind;
	return row != NULL;
}

bool
op_is_read(enum op_kind kind)
{
	size_t	i;

	for (i = 0; i < OP_ROWS; i++)
		if (op_rows[i].kind == kind)
			return op_rows[i].is_read;
	return false;
}

bool
call_method(size_t i, struct call_method *m)
{
	if (i < OP_ROWS)
		*m = (struct call_method){ op_rows[i].method,
		    op_rows[i].params, !op_rows[i].is_read };
	else if (i == OP_ROWS)
		*m = (struct call_method){ "transaction", transaction_params,
		    true };
	else if (i == OP_ROWS + 1)
		*m = (struct call_method){ "preview", preview_params, false };
	return i <= OP_ROWS + 1;
}

static int
model_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	const char	*name;
	struct path	 here = { op->path, "model", 0 };

	switch (json_take_string(params, "model", &name, op->path, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("model", op->path, err);
	}
	if ((op->model = registry_model(d->registry, name)) != NULL)
		return 0;
	return unknown_model(d->arena, d->registry, d->call->sight.class, name,
	    &here, err);
}

int
decode_op(struct decoder *d, const struct op_row *row,
    struct json *params, struct op *op, struct error *err)
{
	op->kind = row->kind;
	if (json_allow(params, row->params, op->path, err) == -1)
		return hint_param(d, row->params, params, err);
	if (model_decode(d, op, params, err) == -1)
		return -1;
	switch (op->kind) {
	case OP_GET:
		if (decode_target(d, op, params, err) == -1)
			return -1;
		break;
	case OP_FIND:
	case OP_COUNT:
		if (decode_page(d, op, params, err) == -1)
			return -1;
		if (op->kind == OP_COUNT)
			return 0;
		break;
	case OP_AGGREGATE:
		return aggregate_decode(d, op, params, err);
	case OP_CREATE:
	case OP_MERGE:
		if (decode_values(d, op, params, err) == -1)
			return -1;
		break;
	case OP_UPDATE:
		if (decode_target(d, op, params, err) == -1 ||
		    decode_version(d, op, params, err) == -1 ||
		    decode_values(d, op, params, err) == -1 ||
		    decode_no_label(op, err) == -1)
			return -1;
		break;
	case OP_DELETE:
		return decode_target(d, op, params, err) == -1 ||
		    decode_version(d, op, params, err) == -1 ||
		    guard_decode(d, op, params, err) == -1 ? -1 :
		    decode_mode(op, params, err);
	case OP_APPEND:
	case OP_REMOVE:
	case OP_SET:
		if (decode_target(d, op, params, err) == -1 ||
		    decode_attribute(d, op, params, err) == -1 ||
		    decode_items(d, op, params, err) == -1)
			return -1;
		break;
	}
	return decode_shaping(d, op, params, err);
}

struct op *
decode_op_add(struct decoder *d, const struct path *path)
{
	struct op	*op = arena_alloc(d->arena, sizeof(*op));

	if (op == NULL || vec_push(d->arena, &d->call->ops, op) == -1)
		return NULL;
	op->path = path;
	return op;
}

int
decode_lone_op(struct decoder *d, const struct op_row *row,
    struct json *params, const struct path *root, struct error *err)
{
	struct op	*op;

	if ((op = decode_op_add(d, root)) == NULL)
		return error_nomem(err);
	return decode_op(d, row, params, op, err) == -1 ||
	    decode_refs(d, err) == -1 ? -1 : 0;
}

/* A request without params is one with none in them. */
static struct json *
empty_object(struct arena *a)
{
	struct json	*v = arena_alloc(a, sizeof(*v));

	if (v != NULL)
		v->sort = JSON_SORT_OBJECT;
	return v;
}

/* Row-level security knows one caller at a time. */
static const char *
shape_of_caller(const struct decoder *d)
{
	const struct call	*call = d->call;
	const char		*shape = NULL;
	struct buf		 b;
	int32_t			 i;

	buf_init(&b, 0);
	for (i = 0; call->sight.class == CLASS_USER &&
	    i < call->caller->key.n; i++)
		buf_printf(&b, "%02x", (unsigned char)call->caller->key.p[i]);
	buf_printf(&b, " %s", call->shape);
	if (!b.broken)
		shape = arena_strndup(d->arena, b.p, b.n);
	buf_free(&b);
	return shape;
}

int
call_decode(struct decoder *d, const char *method, struct json *params,
    struct error *err)
{
	const struct op_row	*row;
	const struct op		*op;
	struct path		*root;

	if ((root = path_step(d->arena, NULL, NULL, 0)) == NULL)
		return error_nomem(err);
	d->call->registry = d->registry;
	d->call->preview_limit = d->preview_limit;
	sight_begin(d->call);
	if (params == NULL && (params = empty_object(d->arena)) == NULL)
		return error_nomem(err);
	if (strcmp(method, "preview") == 0)
		return decode_preview(d, params, root, err);
	if (strcmp(method, "transaction") == 0)
		return decode_transaction(d, params, root, err);
	if ((row = decode_op_row(method)) == NULL)
		return error_set(err, ERROR_METHOD_NOT_FOUND, NULL,
		    "there is no method %s", method);
	if (decode_lone_op(d, row, params, root, err) == -1)
		return -1;
	op = d->call->ops.v[0];
	d->call->is_read = row->is_read;
	/* It may take long, and gains nothing by company. */
	if (op->kind == OP_AGGREGATE)
		d->call->alone = true;
	/*
	 * Reads merge when they load the same way; writes when they are of one
	 * method and model, since their statements merge by text.  The class
	 * of callers has its say in both: a load is made for one.
	 */
	d->call->shape = row->is_read && op->load != NULL &&
	    op->load->merge_name != NULL && op->kind == OP_GET &&
	    op->target->key != NULL ? op->load->merge_name :
	    arena_printf(d->arena, "%d %s %s %s", d->call->sight.class,
	    row->method, op->model->name, op->attribute != NULL ?
	    op->attribute->name : "");
	if (d->call->shape != NULL && d->call->rls)
		d->call->shape = shape_of_caller(d);
	return d->call->shape == NULL ? error_nomem(err) : 0;
}
