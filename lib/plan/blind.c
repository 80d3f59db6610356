/*
 * Deletes that need not look: where all that a delete takes with it follows
 * from the key (children that nothing hangs on, link rows), the rows are
 * deleted by that key without being read.  Called by uow.c for a lone `delete'.
 * The outcome is that of cascade.c (rules O2, M2); the parent is locked first,
 * so that no child can come meanwhile.
 */
#include <string.h>

#include "reach.h"
#include "rights.h"

static bool
is_key(const struct table *table, struct column *const *columns, size_t n)
{
	return n == table->key.n && memcmp(columns, table->key.v,
	    n * sizeof(*columns)) == 0;
}

/* Does deleting a row of this model take nothing else with it? */
static bool
is_leaf(const struct model *model)
{
	const struct relationship	*rel;
	size_t				 i;

	for (i = 0; i < model->relationships.n; i++) {
		rel = model->relationships.v[i];
		if (rel->viewonly)
			continue;
		if (rel->direction == MANY_TO_ONE ?
		    rel->cascade & CASCADE_DELETE :
		    rel->passive_deletes == PASSIVE_NO)
			return false;
	}
	return true;
}

/* Can the other side be deleted by the key alone, or need not be touched? */
static bool
goes_by_key(const struct relationship *rel)
{
	if (rel->viewonly)
		return true;
	switch (rel->direction) {
	case MANY_TO_ONE:
		return !(rel->cascade & CASCADE_DELETE);
	case MANY_TO_MANY:
		return rel->passive_deletes != PASSIVE_NO ||
		    (!(rel->cascade & CASCADE_DELETE) &&
		    is_key(rel->model->table, rel->local.v, rel->local.n));
	case ONE_TO_MANY:
		break;
	}
	return rel->passive_deletes != PASSIVE_NO ||
	    (rel->cascade & CASCADE_DELETE && is_leaf(rel->target) &&
	    is_key(rel->model->table, rel->local.v, rel->local.n));
}

bool
blind_possible(const struct uow *u, const struct op *op)
{
	const struct model	*model = op->model;
	size_t			 i;

	if (u->looks || u->call->rls || u->call->audit != NULL ||
	    reach_is_preview(u) || op->guard != NULL ||
	    u->call->ops.n != 1 || op->kind != OP_DELETE ||
	    op->target->kind != SPEC_GET || op->target->key == NULL ||
	    op->version != NULL)
		return false;
	for (i = 0; i < model->relationships.n; i++)
		if (!goes_by_key(model->relationships.v[i]))
			return false;
	return !rights_apply(u) || rights_blind(u, op);
}

int
blind_delete(struct uow *u, const struct op *op, struct object **out)
{
	const struct relationship	*rel;
	struct bulk			 bulk;
	struct object			*o;
	size_t				 i;

	o = object_ref(u, op->model->table, op->target->key);
	if (o == NULL)
		return error_nomem(u->err);
	o->spec = op->target;
	o->op = u->op;
	o->deleted = o->blind = true;
	*out = o;
	for (i = 0; i < op->model->relationships.n; i++) {
		rel = op->model->relationships.v[i];
		if (rel->viewonly || rel->direction == MANY_TO_ONE ||
		    rel->passive_deletes != PASSIVE_NO)
			continue;
		memset(&bulk, 0, sizeof(bulk));
		bulk.parent = o;
		bulk.table = rel->direction == MANY_TO_MANY ? rel->secondary :
		    rel->target->table;
		bulk.columns = rel->direction == MANY_TO_MANY ?
		    rel->near_columns.v : rel->remote.v;
		bulk.n = rel->local.n;
		if (vec_push(u->arena, &u->bulks, bulk) == -1)
			return error_nomem(u->err);
	}
	return 0;
}
