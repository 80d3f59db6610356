/*
 * Requests that hold others: `transaction' with its operations and labels, and
 * `preview'.  Called by decode.c.
 */
#include <string.h>

#include "decode_parts.h"
#include "hint.h"

const char *const	transaction_params[] = { "ops", "isolation", NULL };
const char *const	preview_params[] = { "method", "params", NULL };

/* Every {"$ref": …} must name a label of this call. */
int
decode_refs(struct decoder *d, struct error *err)
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
		return hint_call(err);
	switch (json_take_string(member, "method", &method, path, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("method", path, err);
	}
	if ((row = decode_op_row(method)) == NULL)
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s cannot stand in a transaction", method);
	switch (json_take_object(member, "params", &params, path, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("params", path, err);
	}
	if ((at = path_step(d->arena, path, "params", 0)) == NULL ||
	    (op = decode_op_add(d, at)) == NULL)
		return error_nomem(err);
	if (decode_op(d, row, params, op, err) == -1)
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

/* The levels of PostgreSQL, by their names. */
static int
isolation_decode(struct decoder *d, struct json *params,
    const struct path *root, struct error *err)
{
	static const char *const	 levels[] = {
		[ISOLATION_READ_COMMITTED] = "read committed",
		[ISOLATION_REPEATABLE_READ] = "repeatable read",
		[ISOLATION_SERIALIZABLE] = "serializable",
	};
	const struct path		 here = { root, "isolation", 0 };
	const char			*name;
	int				 given, i;

	if ((given = json_take_string(params, "isolation", &name, root,
	    err)) != 1)
		return given;
	for (i = ISOLATION_READ_COMMITTED; i <= ISOLATION_SERIALIZABLE; i++)
		if (strcmp(levels[i], name) == 0) {
			d->call->isolation = (enum isolation)i;
			return 0;
		}
	return error_set(err, ERROR_INVALID_VALUE, &here, "isolation must be "
	    "read committed, repeatable read or serializable");
}

int
decode_transaction(struct decoder *d, struct json *params,
    const struct path *root, struct error *err)
{
	struct json		*ops;
	struct path			*list, *at;
	size_t				 i;

	if (json_allow(params, transaction_params, root, err) == -1)
		return -1;
	switch (json_take_array(params, "ops", &ops, root, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("ops", root, err);
	}
	if (isolation_decode(d, params, root, err) == -1)
		return -1;
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
	return decode_refs(d, err);
}

/*
 * {"method", "params"} of any write.  What the write takes beside its
 * parameters does not matter here.
 */
int
decode_preview(struct decoder *d, struct json *params,
    const struct path *root, struct error *err)
{
	const struct op_row		*row;
	const char			*method;
	struct json			*inner;
	struct path			*at, here = { root, "method", 0 };
	bool				 is_transaction;

	if (json_allow(params, preview_params, root, err) == -1)
		return hint_call(err);
	switch (json_take_string(params, "method", &method, root, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("method", root, err);
	}
	row = decode_op_row(method);
	is_transaction = strcmp(method, "transaction") == 0;
	if (!is_transaction && (row == NULL || row->is_read))
		return error_set(err, ERROR_INVALID_VALUE, &here,
		    "%s is no write that could be previewed", method);
	switch (json_take_object(params, "params", &inner, root, err)) {
	case -1:
		return -1;
	case 0:
		return decode_missing("params", root, err);
	}
	if ((at = path_step(d->arena, root, "params", 0)) == NULL)
		return error_nomem(err);
	json_remove(inner, "key");
	json_remove(inner, "deadline_ms");
	d->call->is_preview = d->call->alone = true;
	d->call->wants_seal = true;
	if ((is_transaction ? decode_transaction(d, inner, at, err) :
	    decode_lone_op(d, row, inner, at, err)) == -1)
		return -1;
	d->call->shape = "preview";
	d->call->is_read = true;
	return 0;
}
