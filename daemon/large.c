/*
 * What to do about reads that do not fit into request_memory.  Called by
 * request.  Nothing is known of the rows then but that they are too many or
 * too large, so that it takes one try after the other, each with an eighth of
 * the rows.
 */
#include <string.h>

#include "large.h"
#include "page.h"
#include "request_parts.h"
#include "shapes.h"

enum { FEWER = 8 };

/* Of one object that is too large: at least which one it is. */
static bool
key_again(struct request *r, struct op *op)
{
	const struct load	*load;
	struct error		 err;

	if (r->work->naming)
		return false;
	r->work->naming = true;
	load = shapes_key(r->ormd, r->arena, &r->work->call.sight, op->model,
	    &err);
	if (load != NULL)
		op->load = load;
	return load != NULL;
}

static bool
page_again(struct request *r, struct op *op)
{
	if (op->limit == 1)
		return key_again(r, op);
	op->limit = op->limit < FEWER ? 1 : op->limit / FEWER;
	return true;
}

bool
large_again(struct request *r, struct error *err)
{
	const struct call	*call = &r->work->call;
	struct op		*op;

	/* With a SQLSTATE it is a limit of PostgreSQL's. */
	if (err->kind != ERROR_LIMIT || err->sqlstate[0] != '\0' ||
	    call->is_transaction || call->is_preview)
		return false;
	op = call->ops.v[0];
	if (op->kind == OP_FIND)
		return page_again(r, op);
	if (op->kind == OP_GET && op->target->key != NULL)
		object_name(op->model, op->target->key, err);
	return false;
}

int
large_told(const struct unit *unit, struct error *err)
{
	const struct result	*r = &unit->results[0];

	error_nomem(err);
	/* It may be gone by now. */
	if (r->rows.n > 0)
		row_name(r->rows.v[0], err);
	error_hint(err, "ask for less of it: only, rules");
	return -1;
}
