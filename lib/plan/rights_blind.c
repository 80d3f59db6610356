/*
 * May a delete go ahead without a look at the rows?  Called by blind.c.  Where
 * a right is for one's own rows only, that is known of a user's own row, and of
 * the children that belong to him because they are its children.
 */
#include "caller.h"
#include "rights.h"
#include "value.h"

/* The target is the caller's own row among the users. */
static bool
is_caller(const struct uow *u, const struct op *op)
{
	const struct access	*access = &op->model->access;

	return u->call->sight.class == CLASS_USER && access->is_owned &&
	    access->owner.n == 0 && cell_equal(&op->target->key[0],
	    &u->call->caller->key);
}

/* May rows be seen and deleted, given whether they are the caller's? */
static bool
may_delete(const struct uow *u, const struct model *m, bool own)
{
	const enum access_right	*rights;
	const enum access_right	 least = own ? RIGHT_OWN : RIGHT_ANY;

	rights = m->access.rights[u->call->sight.class];
	return rights[ACCESS_READ] >= least && rights[ACCESS_DELETE] >= least;
}

/* The relationship by which rows behind this foreign key are deleted. */
static const struct relationship *
bulk_of(const struct model *m, const struct foreign_key *fk)
{
	const struct relationship	*rel;
	size_t				 i;

	for (i = 0; i < m->relationships.n; i++) {
		rel = m->relationships.v[i];
		if (rel->direction == ONE_TO_MANY && rel->fk == fk &&
		    !rel->viewonly && rel->passive_deletes == PASSIVE_NO)
			return rel;
	}
	return NULL;
}

/* Does the database leave rows alone that nobody has looked after? */
static bool
is_end(const struct table *t, const struct model *parent)
{
	const struct foreign_key	*fk;
	size_t				 i;

	for (i = 0; i < t->referrers.n; i++) {
		fk = t->referrers.v[i];
		if (fk->on_delete != FK_NO_ACTION &&
		    fk->on_delete != FK_RESTRICT && fk->table->model != NULL &&
		    (parent == NULL || bulk_of(parent, fk) == NULL))
			return false;
	}
	return true;
}

bool
rights_blind(const struct uow *u, const struct op *op)
{
	const struct relationship	*rel;
	const struct access		*access;
	bool				 own = is_caller(u, op);
	size_t				 i;

	if (!may_delete(u, op->model, own) ||
	    !is_end(op->model->table, op->model))
		return false;
	for (i = 0; i < op->model->relationships.n; i++) {
		rel = op->model->relationships.v[i];
		if (rel->direction != ONE_TO_MANY ||
		    bulk_of(op->model, rel->fk) != rel)
			continue;
		access = &rel->target->access;
		if (!may_delete(u, rel->target, own && access->owner.n == 1 &&
		    access->owner.v[0]->fk == rel->fk) ||
		    !is_end(rel->target->table, NULL))
			return false;
	}
	return true;
}
