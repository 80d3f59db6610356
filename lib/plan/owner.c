/*
 * Whom a row belongs to: the path that the model file names is followed over
 * objects of the unit and stored rows.  Called by rights.c, and by uow.c for
 * new rows, which belong to whoever makes them.
 */
#include "caller.h"
#include "rights.h"
#include "value.h"

/* Are these columns what tells rows of the table apart? */
static bool
are_identity(const struct table *table, struct column *const *columns,
    size_t n)
{
	struct column *const	*identity;
	size_t			 i, k;

	identity = identity_columns(table, &k);
	for (i = 0; i < n && n == k; i++)
		if (identity[i] != columns[i])
			return false;
	return n == k;
}

int
owner_row(struct uow *u, const struct table *table,
    struct column *const *columns, size_t n, const struct cell *cells,
    struct object **out)
{
	struct fact	*f;
	int		 r;

	if (are_identity(table, columns, n)) {
		*out = object_ref(u, table, cells);
		return *out == NULL ? error_nomem(u->err) : 0;
	}
	*out = NULL;
	if ((r = fact_get(u, FACT_LIST, table, columns, n, cells,
	    LOCK_KEY_SHARE, &f)) != 0 || f->rows.n == 0)
		return r;
	*out = object_of_row(u, table, f->rows.v[0], f->lock);
	return *out == NULL ? error_nomem(u->err) : 0;
}

/* The values of a row: as stored where there are such, or as they are now. */
static const struct cell *
values_of(const struct object *o, bool stored)
{
	return stored && o->was != NULL ? o->was : o->now;
}

/* One step towards the owner; *out is NULL when it leads nowhere. */
static int
owner_step(struct uow *u, const struct object *o,
    const struct relationship *rel, bool stored, struct object **out)
{
	const struct cell	*cells;
	int			 k = fk_index(rel->fk);

	*out = NULL;
	if (!stored && k != -1 && o->parents[k] != NULL) {
		*out = o->parents[k];
		return 0;
	}
	cells = cells_pick(u->arena, values_of(o, stored), rel->local.v,
	    rel->local.n);
	if (cells == NULL)
		return error_nomem(u->err);
	return key_has_null(cells, rel->local.n) ? 0 :
	    owner_row(u, rel->target->table, rel->remote.v, rel->remote.n,
	    cells, out);
}

/* The foreign key holds the user's own key: no need to go there. */
static bool
is_last(const struct uow *u, const struct access *access, size_t i)
{
	const struct relationship	*rel = access->owner.v[i];

	return i + 1 == access->owner.n && rel->remote.n == 1 &&
	    rel->remote.v[0] == u->call->registry->auth->key;
}

int
owner_find(struct uow *u, struct object *o, bool stored, struct cell *owner)
{
	const struct access	*access = &o->table->model->access;
	size_t			 i;
	int			 r;

	owner->n = -1;
	if (!access->is_owned)
		return 0;
	for (i = 0; i < access->owner.n; i++) {
		if ((r = object_load(u, o, LOCK_KEY_SHARE)) != 0)
			return r;
		if (o->absent)
			return 0;
		if (is_last(u, access, i)) {
			*owner = values_of(o, stored)[
			    access->owner.v[i]->local.v[0]->index];
			return 0;
		}
		if ((r = owner_step(u, o, access->owner.v[i], stored,
		    &o)) != 0)
			return r;
		if (o == NULL)
			return 0;
	}
	/* A key is known without its row. */
	*owner = values_of(o, stored)[u->call->registry->auth->key->index];
	return 0;
}

int
owner_is_caller(struct uow *u, struct object *o, bool stored, bool *yes)
{
	struct cell	owner;
	int		r;

	*yes = false;
	if (u->call->sight.class != CLASS_USER)
		return 0;
	if ((r = owner_find(u, o, stored, &owner)) != 0)
		return r;
	*yes = owner.n >= 0 && cell_equal(&owner, &u->call->caller->key);
	return 0;
}

/* The caller's row, loaded if the foreign key refers to more than its key. */
static int
caller_row(struct uow *u, const struct foreign_key *fk, struct object **out)
{
	const struct auth	*auth = u->call->registry->auth;
	size_t			 i;
	int			 r;

	*out = object_ref(u, auth->model->table, &u->call->caller->key);
	if (*out == NULL)
		return error_nomem(u->err);
	for (i = 0; i < fk->references.n; i++)
		if (fk->references.v[i] != auth->key &&
		    (r = object_load(u, *out, LOCK_KEY_SHARE)) != 0)
			return r;
	return 0;
}

int
owner_fk_is_caller(struct uow *u, const struct object *o,
    const struct foreign_key *fk, bool *yes)
{
	struct object	*caller;
	int		 r;

	*yes = false;
	if (u->call->sight.class != CLASS_USER)
		return 0;
	if ((r = caller_row(u, fk, &caller)) != 0)
		return r;
	*yes = fk_has_values_of(o, fk, caller);
	return 0;
}

/* Nobody has said whom this foreign key leads to, not even to nobody. */
static bool
is_unsaid(const struct object *o, const struct foreign_key *fk)
{
	size_t	i;
	int	k = fk_index(fk);

	if (k == -1 || o->parents[k] != NULL || o->unlinked & fk_bit(fk))
		return false;
	for (i = 0; i < fk->columns.n; i++)
		if (o->now[fk->columns.v[i]->index].n >= 0 ||
		    o->paths[fk->columns.v[i]->index] != NULL)
			return false;
	return true;
}

static int
object_own(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*caller;
	size_t				 i, k;
	int				 r;

	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (!fk->leads_to_owner || !is_unsaid(o, fk))
			continue;
		if ((r = caller_row(u, fk, &caller)) != 0)
			return r;
		for (k = 0; k < fk->columns.n; k++)
			o->now[fk->columns.v[k]->index] =
			    caller->now[fk->references.v[k]->index];
	}
	return 0;
}

int
owner_fill(struct uow *u)
{
	bool	missing = false;
	size_t	i, n = u->objects.n;
	int	r;

	if (u->call->sight.class != CLASS_USER)
		return 0;
	for (i = 0; i < n; i++) {
		if (!u->objects.v[i]->is_new || u->objects.v[i]->expunged)
			continue;
		if ((r = object_own(u, u->objects.v[i])) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
