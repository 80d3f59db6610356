/*
 * May the caller refer to what a written row has come to refer to?  Called by
 * rights.c at the end of a unit of work.  A row that the caller does not see is
 * refused as one that is not there; so, where callers do not see all rows, both
 * are looked for here and neither is left to the database.
 */
#include "caller.h"
#include "reach.h"
#include "rights.h"
#include "value.h"

/* The row that a foreign key leads to; NULL: there is none. */
static int
parent_find(struct uow *u, const struct object *o,
    const struct foreign_key *fk, const struct cell *cells,
    struct object **out)
{
	int	k = fk_index(fk);

	if (k != -1 && o->parents[k] != NULL) {
		*out = o->parents[k];
		return 0;
	}
	return owner_row(u, fk->target, fk->references.v, fk->references.n,
	    cells, out);
}

/* A user knows that he is there, whatever he may see of users. */
static bool
is_caller(const struct uow *u, const struct foreign_key *fk,
    const struct cell *cells)
{
	return u->call->sight.class == CLASS_USER && fk->references.n == 1 &&
	    fk->references.v[0] == u->call->registry->auth->key &&
	    cell_equal(&cells[0], &u->call->caller->key);
}

static int
reference_check(struct uow *u, struct object *o, const struct foreign_key *fk)
{
	const struct cell	*cells;
	struct object		*parent;
	bool			 seen = false;
	int			 r;

	cells = cells_pick(u->arena, o->now, fk->columns.v, fk->columns.n);
	if (cells == NULL)
		return error_nomem(u->err);
	if (key_has_null(cells, fk->columns.n) || is_caller(u, fk, cells))
		return 0;
	if ((r = parent_find(u, o, fk, cells, &parent)) != 0)
		return r;
	if (parent != NULL) {
		if ((r = object_load(u, parent, LOCK_KEY_SHARE)) != 0)
			return r;
		if (!parent->absent && (r = rights_see(u, parent, &seen)) != 0)
			return r;
	}
	return seen ? 0 : refer_missing(o, fk, u->err);
}

int
rights_refer(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	const struct model		*m;
	bool				 missing = false;
	size_t				 i;
	int				 r;

	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		m = fk->target->model;
		if (m == NULL || m->access.rights[u->call->sight.class]
		    [ACCESS_READ] == RIGHT_ANY || rights_keeps_parent(o, fk) ||
		    (!o->is_new && !rights_fk_differs(o, fk)))
			continue;
		if ((r = reference_check(u, o, fk)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
