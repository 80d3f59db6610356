/*
 * The parameters of one operation, each as a part of struct op.  Called by
 * decode.c once the model is known.
 */
#include "decode_parts.h"
#include "nested.h"
#include "value.h"

int
decode_target(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	*here;

	if (!json_has(params, "id"))
		return decode_missing("id", op->path, err);
	if ((here = path_step(d->arena, op->path, "id", 0)) == NULL)
		return error_nomem(err);
	op->target = spec_decode_id(d, op->model, json_member(params, "id"),
	    here, err);
	return op->target == NULL ? -1 : 0;
}

int
decode_values(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*values = json_member(params, "values");
	enum spec_kind		 plain = op->kind == OP_MERGE ? SPEC_MERGE :
				    SPEC_NEW;
	struct path		*here;
	struct spec		*spec;
	size_t			 i, n = 1;

	if (!json_has(params, "values"))
		return decode_missing("values", op->path, err);
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
int
decode_no_label(const struct op *op, struct error *err)
{
	struct path	values = { op->path, "values", 0 };
	struct path	here = { &values, "$as", 0 };

	if (op->values.v[0]->label == NULL)
		return 0;
	error_set(err, ERROR_INVALID_VALUE, &here,
	    "only a new object can have a label");
	return error_hint(err, "name this one with \"$get\"");
}

int
decode_attribute(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	const struct attribute	*attr;
	const char		*name;
	struct path		 here = { op->path, "attribute", 0 };

	switch (json_take_string(params, "attribute", &name, op->path, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("attribute", op->path, err);
	}
	attr = model_attribute_for(op->model, name, d->call->sight.class);
	if (attr == NULL)
		return unknown_attribute(d, op->model, name, &here, err);
	if ((attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    attr->relationship->uselist) ||
	    (attr->kind == ATTRIBUTE_PROXY && attr->proxy->uselist)) {
		op->attribute = attr;
		return attribute_writable(d, op->model, attr, &here, err);
	}
	error_set(err, ERROR_INVALID_VALUE, &here,
	    "%s.%s is not a collection", op->model->name, name);
	error_about(err, op->model->name, name);
	return error_hint(err, "use update to change it");
}

/* O6, P3: what is removed is there already. */
static int
decode_member(const struct op *op, const struct spec *spec,
    struct error *err)
{
	const struct attribute	*attr = op->attribute;
	const struct spec	*item = attr->kind == ATTRIBUTE_PROXY ?
				    spec->item : spec;

	if (item == NULL || item->kind != SPEC_NEW)
		return 0;
	error_set(err, ERROR_NOT_FOUND, item->path,
	    "what is new is no member of %s", attr->name);
	error_about(err, op->model->name, attr->name);
	return error_hint(err, "{\"$get\": key} names an existing %s",
	    item->model->name);
}

int
decode_items(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*items = json_member(params, "items");
	struct path		*here, *at;
	struct spec		*spec;
	size_t			 i;

	if (!json_has(params, "items"))
		return decode_missing("items", op->path, err);
	if ((here = path_step(d->arena, op->path, "items", 0)) == NULL)
		return error_nomem(err);
	if (!json_is_list(items)) {
		error_set(err, ERROR_INVALID_VALUE, here,
		    "items must be a list, not %s", json_kind(items));
		return json_hint(items, "[", "]", err);
	}
	for (i = 0; i < json_length(items); i++) {
		if ((at = path_step(d->arena, here, NULL, (int)i)) == NULL)
			return error_nomem(err);
		if (spec_decode_item(d, op->attribute,
		    json_at(items, i), SPEC_NEW, at, &spec,
		    err) == -1)
			return -1;
		if (op->kind == OP_REMOVE &&
		    decode_member(op, spec, err) == -1)
			return -1;
		if (vec_push(d->arena, &op->items, spec) == -1)
			return error_nomem(err);
	}
	return 0;
}

int
decode_mode(struct op *op, struct json *params, struct error *err)
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

/* A reply that is a key. */
static int
key_told(const struct decoder *d, const struct op *op, struct error *err)
{
	const struct path	 here = { op->path, "return", 0 };
	const struct table	*t = op->model->table;

	if (op->mode != RETURN_KEY || columns_are_told(d->call->sight.class,
	    t->key.v, t->key.n))
		return 0;
	error_set(err, ERROR_INVALID_VALUE, &here, "the key of %s is private",
	    op->model->name);
	return error_about(err, op->model->name, NULL);
}

int
decode_shaping(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct shaping	shaping = { NULL, NULL, NULL };

	if (decode_mode(op, params, err) == -1 ||
	    key_told(d, op, err) == -1 ||
	    json_take_array(params, "rules", &shaping.rules, op->path,
	    err) == -1 ||
	    json_take_array(params, "only", &shaping.only, op->path,
	    err) == -1 ||
	    nested_decode(d, op->model, params, &op->nesting, op->path,
	    err) == -1)
		return -1;
	if (op->mode != RETURN_OBJECT)
		return 0;
	shaping.nesting = op->nesting;
	op->load = d->load(d->ctx, d->arena, op->model, &shaping, op->path,
	    err);
	return op->load == NULL ? -1 : 0;
}

/* A stream brings all there is, unless `limit' says otherwise. */
static int
stream_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	here = { op->path, "stream", 0 };
	struct path	count = { op->path, "count", 0 };
	struct path	before = { op->path, "before", 0 };

	if (json_take_bool(params, "stream", &op->stream, op->path, err) == -1)
		return -1;
	if (!op->stream)
		return 0;
	if (d->call->is_transaction)
		return error_set(err, ERROR_INVALID_PARAMS, &here,
		    "a stream cannot stand in a transaction");
	if (json_has(params, "before"))
		return error_set(err, ERROR_INVALID_PARAMS, &before,
		    "a stream goes forward only");
	if (!op->count)
		return 0;
	error_set(err, ERROR_INVALID_PARAMS, &count,
	    "the result of a stream is how many it has sent");
	return error_hint(err, "the method count tells how many there are");
}

int
decode_where(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	*at;

	if (!json_has(params, "where"))
		return 0;
	if ((at = path_step(d->arena, op->path, "where", 0)) == NULL)
		return error_nomem(err);
	return where_decode(d, op->model, json_member(params, "where"),
	    &op->where, at, err);
}

int
decode_page(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	int64_t	most;

	if (json_take_bool(params, "count", &op->count, op->path, err) == -1 ||
	    stream_decode(d, op, params, err) == -1)
		return -1;
	most = op->stream ? INT64_MAX : d->limit_most;
	op->limit = op->stream ? INT64_MAX : d->limit_default;
	if (json_take_int(params, "limit", &op->limit, 1, most, op->path,
	    err) == -1)
		return json_int(json_member(params, "limit")) <= most ? -1 :
		    error_hint(err, "\"after\" leads on from page to page, "
		    "\"stream\" brings all");
	if (decode_where(d, op, params, err) == -1)
		return -1;
	if (op->kind == OP_COUNT)
		return 0;
	return order_decode(d, op, params, err) == -1 ? -1 :
	    position_decode(d, op, params, err);
}

/* V: the value of the version column that the client has read. */
int
decode_version(struct decoder *d, struct op *op, struct json *params,
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
