/*
 * From the params of a request to a struct call.  The daemon calls
 * call_decode() before anything runs; every name that the model does not have
 * and every value that does not fit is refused here, with its path, so that
 * nothing has happened yet.
 */
#include <string.h>

#include "call.h"
#include "loader.h"
#include "value.h"
#include "where.h"

struct op_row {
	const char	*method;
	enum op_kind	 kind;
	bool		 is_read;
	const char	*params[12];
};

static const struct op_row op_rows[] = {
	{ "get", OP_GET, true, { "model", "id", "rules", "only" } },
	{ "find", OP_FIND, true, { "model", "where", "order_by", "limit",
	    "after", "count", "rules", "only" } },
	{ "count", OP_COUNT, true, { "model", "where" } },
	{ "create", OP_CREATE, false, { "model", "values", "return", "rules",
	    "only" } },
	{ "update", OP_UPDATE, false, { "model", "id", "values", "version",
	    "return", "rules", "only" } },
	{ "delete", OP_DELETE, false, { "model", "id", "version", "max",
	    "plan", "return" } },
	{ "merge", OP_MERGE, false, { "model", "values", "return", "rules",
	    "only" } },
	{ "append", OP_APPEND, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only" } },
	{ "remove", OP_REMOVE, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only" } },
	{ "set", OP_SET, false, { "model", "id", "attribute", "items",
	    "return", "rules", "only" } },
};

enum { OP_ROWS = sizeof(op_rows) / sizeof(op_rows[0]) };

static const struct op_row *
op_row_find(const char *method)
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
	const struct op_row	*row = op_row_find(method);

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

struct path *
path_step(struct arena *a, const struct path *up, const char *key, int index)
{
	struct path	*step = arena_alloc(a, sizeof(*step));

	if (step != NULL) {
		step->up = up;
		step->key = key;
		step->index = index;
	}
	return step;
}

/* What may stand among attributes, with a $ before it. */
static const char *const	special_words[] = { "get", "merge", "ref",
	"as", "through", NULL };

int
unknown_attribute(struct arena *a, const struct model *model,
    const char *name, const struct path *path, struct error *err)
{
	const char *const	*names = model_attribute_names(a, model);
	const char		*near;

	error_set(err, ERROR_UNKNOWN_FIELD, path, "%s has no attribute %s",
	    model->name, name);
	error_about(err, model->name, name);
	/* It may have that name, only not here. */
	if (names != NULL && (near = error_nearest(name, names)) != NULL &&
	    strcmp(near, name) != 0)
		return error_hint(err, "did you mean %s?", near);
	if ((near = error_nearest(name[0] == '$' ? name + 1 : name,
	    special_words)) != NULL)
		return error_hint(err, "did you mean $%s?", near);
	return -1;
}

int
unknown_model(struct arena *a, const struct registry *registry,
    const char *name, const struct path *path, struct error *err)
{
	const char	**names, *near;
	size_t		 i;

	names = arena_array(a, registry->models.n + 1, sizeof(*names));
	if (names == NULL)
		return error_nomem(err);
	for (i = 0; i < registry->models.n; i++)
		names[i] = registry->models.v[i]->name;
	error_set(err, ERROR_UNKNOWN_MODEL, path, "there is no model %s",
	    name);
	near = error_nearest(name, names);
	return near == NULL ? -1 : error_hint(err, "did you mean %s?", near);
}

static int
required(const char *name, const struct path *path, struct error *err)
{
	error_set(err, ERROR_REQUIRED, path, "the parameter %s is missing",
	    name);
	return error_about(err, NULL, name);
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
		return required("model", op->path, err);
	}
	if ((op->model = registry_model(d->registry, name)) != NULL)
		return 0;
	return unknown_model(d->arena, d->registry, name, &here, err);
}

static int
target_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	*here;

	if (!json_has(params, "id"))
		return required("id", op->path, err);
	if ((here = path_step(d->arena, op->path, "id", 0)) == NULL)
		return error_nomem(err);
	op->target = spec_decode_id(d, op->model, json_member(params, "id"),
	    here, err);
	return op->target == NULL ? -1 : 0;
}

static int
values_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*values = json_member(params, "values");
	enum spec_kind		 plain = op->kind == OP_MERGE ? SPEC_MERGE :
				    SPEC_NEW;
	struct path		*here;
	struct spec		*spec;
	size_t			 i, n = 1;

	if (!json_has(params, "values"))
		return required("values", op->path, err);
	if ((here = path_step(d->arena, op->path, "values", 0)) == NULL)
		return error_nomem(err);
	op->is_list = op->kind == OP_CREATE &&
	    json_is_list(values);
	if (op->is_list)
		n = json_length(values);
	else if (!json_is_object(values))
		return error_set(err, ERROR_INVALID_VALUE, here,
		    "values must be an object, not %s", json_kind(values));
	for (i = 0; i < n; i++) {
		struct json	*v = values;
		struct path		*at = here;

		if (op->is_list) {
			v = json_at(values, i);
			at = path_step(d->arena, here, NULL, (int)i);
			if (at == NULL)
				return error_nomem(err);
			if (!json_is_object(v))
				return error_set(err, ERROR_INVALID_VALUE, at,
				    "a new %s must be an object, not %s",
				    op->model->name, json_kind(v));
		}
		spec = spec_decode(d, op->model, v, plain, at, err);
		if (spec == NULL)
			return -1;
		if (spec->kind != plain)
			return error_set(err, ERROR_INVALID_VALUE, at,
			    "values must name attributes of %s",
			    op->model->name);
		if (vec_push(d->arena, &op->values, spec) == -1)
			return error_nomem(err);
	}
	return 0;
}

/* An update's values are no object of their own that could have a label. */
static int
no_label(const struct op *op, struct error *err)
{
	struct path	values = { op->path, "values", 0 };
	struct path	here = { &values, "$as", 0 };

	if (op->values.v[0]->label == NULL)
		return 0;
	error_set(err, ERROR_INVALID_VALUE, &here,
	    "only a new object can have a label");
	return error_hint(err, "name this one with \"$get\"");
}

static int
attribute_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	const struct attribute	*attr;
	const char		*name;
	struct path		 here = { op->path, "attribute", 0 };

	switch (json_take_string(params, "attribute", &name, op->path, err)) {
	case -1:
		return -1;
	case 0:
		return required("attribute", op->path, err);
	}
	attr = model_attribute(op->model, name);
	if (attr == NULL)
		return unknown_attribute(d->arena, op->model, name, &here, err);
	if ((attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    attr->relationship->uselist) ||
	    (attr->kind == ATTRIBUTE_PROXY && attr->proxy->uselist)) {
		op->attribute = attr;
		return attribute_writable(op->model, attr, &here, err);
	}
	error_set(err, ERROR_INVALID_VALUE, &here,
	    "%s.%s is not a collection", op->model->name, name);
	error_about(err, op->model->name, name);
	return error_hint(err, "use update to change it");
}

static int
items_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*items = json_member(params, "items");
	struct path		*here, *at;
	struct spec		*spec;
	size_t			 i;

	if (!json_has(params, "items"))
		return required("items", op->path, err);
	if ((here = path_step(d->arena, op->path, "items", 0)) == NULL)
		return error_nomem(err);
	if (!json_is_list(items))
		return error_set(err, ERROR_INVALID_VALUE, here,
		    "items must be a list, not %s", json_kind(items));
	for (i = 0; i < json_length(items); i++) {
		if ((at = path_step(d->arena, here, NULL, (int)i)) == NULL)
			return error_nomem(err);
		if (spec_decode_item(d, op->attribute,
		    json_at(items, i), SPEC_NEW, at, &spec,
		    err) == -1)
			return -1;
		if (vec_push(d->arena, &op->items, spec) == -1)
			return error_nomem(err);
	}
	return 0;
}

static int
mode_decode(struct op *op, struct json *params, struct error *err)
{
	static const char *const	 modes[] = { "object", "key", "none",
					    NULL };
	const char			*word = "object";
	struct path			 here = { op->path, "return", 0 };
	int				 i;

	if (json_take_string(params, "return", &word, op->path, err) == -1)
		return -1;
	for (i = 0; modes[i] != NULL && strcmp(modes[i], word) != 0; i++)
		;
	if (modes[i] == NULL)
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "return must be object, key or none");
	op->mode = (enum return_mode)i;
	return 0;
}

static int
shaping_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*rules = NULL, *only = NULL;

	if (mode_decode(op, params, err) == -1 ||
	    json_take_array(params, "rules", &rules, op->path, err) == -1 ||
	    json_take_array(params, "only", &only, op->path, err) == -1)
		return -1;
	if (op->mode != RETURN_OBJECT)
		return 0;
	op->load = d->load(d->ctx, d->arena, op->model, rules, only, op->path,
	    err);
	return op->load == NULL ? -1 : 0;
}

static int
page_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	*at;

	op->limit = d->limit_default;
	if (json_take_int(params, "limit", &op->limit, 1, d->limit_most,
	    op->path, err) == -1 ||
	    json_take_bool(params, "count", &op->count, op->path, err) == -1)
		return -1;
	if (json_has(params, "where")) {
		if ((at = path_step(d->arena, op->path, "where", 0)) == NULL)
			return error_nomem(err);
		if (where_decode(d, op->model, json_member(params, "where"),
		    &op->where, at, err) == -1)
			return -1;
	}
	return op->kind == OP_COUNT ? 0 :
	    order_decode(d, op->model, op, params, op->path, err);
}

/* V: the value of the version column that the client has read. */
static int
version_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	const struct column	*c = op->model->version;
	struct cell		*cell;
	struct path		*at;

	if (!json_has(params, "version"))
		return 0;
	if ((at = path_step(d->arena, op->path, "version", 0)) == NULL ||
	    (cell = arena_alloc(d->arena, sizeof(*cell))) == NULL)
		return error_nomem(err);
	if (c == NULL)
		return error_set(err, ERROR_INVALID_PARAMS, at,
		    "%s has no version column", op->model->name);
	op->version = cell;
	op->version_path = at;
	return value_from_json(d->arena, c, json_member(params, "version"),
	    cell, at, err);
}

static int
op_decode(struct decoder *d, const struct op_row *row,
    struct json *params, struct op *op, struct error *err)
{
	op->kind = row->kind;
	if (json_allow(params, row->params, op->path, err) == -1 ||
	    model_decode(d, op, params, err) == -1)
		return -1;
	switch (op->kind) {
	case OP_GET:
		if (target_decode(d, op, params, err) == -1)
			return -1;
		break;
	case OP_FIND:
	case OP_COUNT:
		if (page_decode(d, op, params, err) == -1)
			return -1;
		if (op->kind == OP_COUNT)
			return 0;
		break;
	case OP_CREATE:
	case OP_MERGE:
		if (values_decode(d, op, params, err) == -1)
			return -1;
		break;
	case OP_UPDATE:
		if (target_decode(d, op, params, err) == -1 ||
		    version_decode(d, op, params, err) == -1 ||
		    values_decode(d, op, params, err) == -1 ||
		    no_label(op, err) == -1)
			return -1;
		break;
	case OP_DELETE:
		return target_decode(d, op, params, err) == -1 ||
		    version_decode(d, op, params, err) == -1 ||
		    guard_decode(d, op, params, err) == -1 ? -1 :
		    mode_decode(op, params, err);
	case OP_APPEND:
	case OP_REMOVE:
	case OP_SET:
		if (target_decode(d, op, params, err) == -1 ||
		    attribute_decode(d, op, params, err) == -1 ||
		    items_decode(d, op, params, err) == -1)
			return -1;
		break;
	}
	return shaping_decode(d, op, params, err);
}

/* Every {"$ref": …} must name a label of this call. */
static int
refs_resolve(struct decoder *d, struct error *err)
{
	struct spec	*ref;
	size_t		 i;

	for (i = 0; i < d->refs.n; i++) {
		ref = d->refs.v[i];
		ref->labelled = map_find(&d->call->labels, ref->label);
		if (ref->labelled == NULL) {
			error_set(err, ERROR_NOT_FOUND, ref->path,
			    "no object of this request is labelled %s",
			    ref->label);
			return error_hint(err,
			    "label one with \"$as\" or \"as\"");
		}
		if (ref->labelled->model != ref->model)
			return error_set(err, ERROR_INVALID_VALUE, ref->path,
			    "%s is of the model %s, and a %s is needed",
			    ref->label, ref->labelled->model->name,
			    ref->model->name);
	}
	return 0;
}

static struct op *
op_add(struct decoder *d, const struct path *path)
{
	struct op	*op = arena_alloc(d->arena, sizeof(*op));

	if (op == NULL || vec_push(d->arena, &d->call->ops, op) == -1)
		return NULL;
	op->path = path;
	return op;
}

/* "as": what an operation makes can be referred to. */
static int
label_add(struct decoder *d, struct op *op, const char *label,
    const struct path *path, struct error *err)
{
	if ((op->kind != OP_CREATE && op->kind != OP_MERGE) || op->is_list)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "as labels the one object of create or merge");
	op->values.v[0]->label = label;
	switch (map_name(d->arena, &d->call->labels, label,
	    op->values.v[0])) {
	case -1:
		return error_nomem(err);
	case 1:
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "the label %s is used twice", label);
	}
	return 0;
}

/* One operation of a transaction: {"method", "params", "as"}. */
static int
transaction_op_decode(struct decoder *d, struct json *member,
    const struct path *path, struct error *err)
{
	static const char *const	 allowed[] = { "method", "params",
					    "as", NULL };
	const struct op_row		*row;
	const char			*method, *label;
	struct json		*params;
	struct path			*at, here = { path, "method", 0 };
	struct op			*op;

	if (!json_is_object(member))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "an operation must be an object, not %s",
		    json_kind(member));
	if (json_allow(member, allowed, path, err) == -1)
		return -1;
	switch (json_take_string(member, "method", &method, path, err)) {
	case -1:
		return -1;
	case 0:
		return required("method", path, err);
	}
	if ((row = op_row_find(method)) == NULL)
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s cannot stand in a transaction", method);
	switch (json_take_object(member, "params", &params, path, err)) {
	case -1:
		return -1;
	case 0:
		return required("params", path, err);
	}
	if ((at = path_step(d->arena, path, "params", 0)) == NULL ||
	    (op = op_add(d, at)) == NULL)
		return error_nomem(err);
	if (op_decode(d, row, params, op, err) == -1)
		return -1;
	if (!row->is_read)
		d->call->is_read = false;
	switch (json_take_string(member, "as", &label, path, err)) {
	case 0:
		return 0;
	case 1:
		return label_add(d, op, label, path, err);
	}
	return -1;
}

static int
transaction_decode(struct decoder *d, struct json *params,
    const struct path *root, struct error *err)
{
	static const char *const	 allowed[] = { "ops", NULL };
	struct json		*ops;
	struct path			*list, *at;
	size_t				 i;

	if (json_allow(params, allowed, root, err) == -1)
		return -1;
	switch (json_take_array(params, "ops", &ops, root, err)) {
	case -1:
		return -1;
	case 0:
		return required("ops", root, err);
	}
	d->call->is_read = true;
	d->call->is_transaction = true;
	d->call->shape = "transaction";
	if ((list = path_step(d->arena, root, "ops", 0)) == NULL)
		return error_nomem(err);
	for (i = 0; i < json_length(ops); i++) {
		at = path_step(d->arena, list, NULL, (int)i);
		if (at == NULL)
			return error_nomem(err);
		if (transaction_op_decode(d, json_at(ops, i),
		    at, err) == -1)
			return -1;
	}
	return refs_resolve(d, err);
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

static int
lone_op_decode(struct decoder *d, const struct op_row *row,
    struct json *params, const struct path *root, struct error *err)
{
	struct op	*op;

	if ((op = op_add(d, root)) == NULL)
		return error_nomem(err);
	return op_decode(d, row, params, op, err) == -1 ||
	    refs_resolve(d, err) == -1 ? -1 : 0;
}

/*
 * {"method", "params"} of any write.  What the write takes beside its
 * parameters does not matter here.
 */
static int
preview_decode(struct decoder *d, struct json *params,
    const struct path *root, struct error *err)
{
	static const char *const	 allowed[] = { "method", "params",
					    NULL };
	const struct op_row		*row;
	const char			*method;
	struct json			*inner;
	struct path			*at, here = { root, "method", 0 };
	bool				 is_transaction;

	if (json_allow(params, allowed, root, err) == -1)
		return -1;
	switch (json_take_string(params, "method", &method, root, err)) {
	case -1:
		return -1;
	case 0:
		return required("method", root, err);
	}
	row = op_row_find(method);
	is_transaction = strcmp(method, "transaction") == 0;
	if (!is_transaction && (row == NULL || row->is_read))
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s is no write that could be previewed", method);
	switch (json_take_object(params, "params", &inner, root, err)) {
	case -1:
		return -1;
	case 0:
		return required("params", root, err);
	}
	if ((at = path_step(d->arena, root, "params", 0)) == NULL)
		return error_nomem(err);
	json_remove(inner, "key");
	json_remove(inner, "deadline_ms");
	d->call->is_preview = d->call->alone = true;
	if ((is_transaction ? transaction_decode(d, inner, at, err) :
	    lone_op_decode(d, row, inner, at, err)) == -1)
		return -1;
	d->call->shape = "preview";
	d->call->is_read = true;
	return 0;
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
	if (params == NULL && (params = empty_object(d->arena)) == NULL)
		return error_nomem(err);
	if (strcmp(method, "preview") == 0)
		return preview_decode(d, params, root, err);
	if (strcmp(method, "transaction") == 0)
		return transaction_decode(d, params, root, err);
	if ((row = op_row_find(method)) == NULL)
		return error_set(err, ERROR_METHOD_NOT_FOUND, NULL,
		    "there is no method %s", method);
	if (lone_op_decode(d, row, params, root, err) == -1)
		return -1;
	op = d->call->ops.v[0];
	d->call->is_read = row->is_read;
	/*
	 * Reads merge when they load the same way; writes when they are of one
	 * method and model, since their statements merge by text.
	 */
	d->call->shape = row->is_read && op->load != NULL &&
	    op->load->merge_name != NULL && op->kind == OP_GET &&
	    op->target->key != NULL ? op->load->merge_name :
	    arena_printf(d->arena, "%s %s %s", row->method, op->model->name,
	    op->attribute != NULL ? op->attribute->name : "");
	return d->call->shape == NULL ? error_nomem(err) : 0;
}
