/*
 * May the caller write what the unit of work would write?  Called by preview.c
 * at the end of a run, when it is known what changes, also what the database
 * does on its own.  It refuses by what would be written, however that was said:
 * a new row by the right to create, other values by the right to update, a row
 * that goes by the right to delete; and new owners, whoever names them.
 */
#include "caller.h"
#include "reach.h"
#include "rights.h"
#include "value.h"

/* The owner of a row is for admins to choose. */
static int
refuse_owner(struct uow *u, const struct object *o,
    const struct foreign_key *fk)
{
	const struct column	*c = fk->columns.v[0];
	const struct path	*path = o->paths[c->index];
	const struct model	*m = o->table->model;

	not_allowed(CLASS_USER, path != NULL ? path : rights_path(u, o), u->err,
	    "only an admin says whose this %s is", m->name);
	return error_about(u->err, m->name, c->is_private ? NULL : c->name);
}

bool
rights_fk_differs(const struct object *o, const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!cell_equal(&o->now[fk->columns.v[i]->index],
		    &o->was[fk->columns.v[i]->index]))
			return true;
	return false;
}

/* Did the row's foreign key lead to this one, as both were stored? */
static bool
led_to(const struct object *o, const struct foreign_key *fk,
    const struct object *parent)
{
	const struct cell	*values;
	size_t			 i;

	values = parent->was != NULL ? parent->was : parent->now;
	for (i = 0; i < fk->columns.n; i++)
		if (!cell_equal(&o->was[fk->columns.v[i]->index],
		    &values[fk->references.v[i]->index]))
			return false;
	return true;
}

bool
rights_keeps_parent(const struct object *o, const struct foreign_key *fk)
{
	int	k = fk_index(fk);

	return k != -1 && o->parents[k] != NULL && o->was != NULL &&
	    o->parents[k]->was != NULL && led_to(o, fk, o->parents[k]);
}

/* The row that this foreign key led to goes with this unit. */
static bool
parent_goes(const struct uow *u, const struct object *o,
    const struct foreign_key *fk)
{
	const struct object	*p;
	size_t			 i;

	for (i = 0; i < u->objects.n; i++) {
		p = u->objects.v[i];
		if (p->table == fk->target && object_is_gone(p) &&
		    led_to(o, fk, p))
			return true;
	}
	return false;
}

/* Owners are not forged: a new row is the caller's, or nobody's. */
static int
new_owner_check(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	bool				 mine;
	size_t				 i;
	int				 r, k;

	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (!fk->leads_to_owner)
			continue;
		/* Of a user who is made with it: nobody's name is used. */
		k = fk_index(fk);
		if (k != -1 && o->parents[k] != NULL &&
		    o->parents[k]->is_new) {
			u->past_policies = true;
			continue;
		}
		mine = o->now[fk->columns.v[0]->index].n < 0;
		if (u->call->sight.class == CLASS_USER &&
		    (r = owner_fk_is_caller(u, o, fk, &mine)) != 0)
			return r;
		if (!mine)
			return refuse_owner(u, o, fk);
	}
	return 0;
}

static int
new_check(struct uow *u, struct object *o)
{
	bool	yes;
	int	r;

	if ((r = rights_have(u, o, ACCESS_CREATE, false, &yes)) != 0)
		return r;
	if (!yes)
		return rights_refuse(u, o, ACCESS_CREATE);
	return new_owner_check(u, o);
}

/* A row stays with its owner, unless that one goes. */
static int
owner_stays(struct uow *u, struct object *o)
{
	const struct access		*access = &o->table->model->access;
	const struct foreign_key	*fk;
	const struct column		*key;
	struct cell			 was, now;
	size_t				 i;
	int				 r;

	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->leads_to_owner && rights_fk_differs(o, fk) &&
		    !rights_keeps_parent(o, fk) && !parent_goes(u, o, fk))
			return refuse_owner(u, o, fk);
	}
	if (!access->is_owned)
		return 0;
	if (access->owner.n == 0) {
		key = u->call->registry->auth->key;
		return cell_equal(&o->now[key->index], &o->was[key->index]) ?
		    0 : rights_refuse(u, o, ACCESS_UPDATE);
	}
	fk = access->owner.v[0]->fk;
	if (fk->leads_to_owner || !rights_fk_differs(o, fk) ||
	    rights_keeps_parent(o, fk) || parent_goes(u, o, fk))
		return 0;
	if ((r = owner_find(u, o, true, &was)) != 0 ||
	    (r = owner_find(u, o, false, &now)) != 0)
		return r;
	return cell_equal(&was, &now) ? 0 : refuse_owner(u, o, fk);
}

/* Does each column that changes belong to such a foreign key? */
static bool
only_keys_differ(const struct uow *u, const struct object *o,
    bool (*such)(const struct uow *, const struct object *,
    const struct foreign_key *))
{
	const struct foreign_key	*fk;
	bool				 found;
	size_t				 i, k, c;

	for (c = 0; c < o->table->columns.n; c++) {
		if (cell_equal(&o->now[c], &o->was[c]))
			continue;
		found = false;
		for (i = 0; !found && i < o->table->fks.n; i++) {
			fk = o->table->fks.v[i];
			for (k = 0; k < fk->columns.n &&
			    fk->columns.v[k] != o->table->columns.v[c]; k++)
				;
			found = k < fk->columns.n && such(u, o, fk);
		}
		if (!found)
			return false;
	}
	return true;
}

static bool
follows(const struct uow *u, const struct object *o,
    const struct foreign_key *fk)
{
	(void)u;
	return rights_keeps_parent(o, fk);
}

/* The relationship that leads here may reach rows of others. */
static bool
fk_crosses(const struct foreign_key *fk)
{
	const struct model	*m = fk->target->model;
	size_t			 i;

	for (i = 0; m != NULL && i < m->relationships.n; i++)
		if (m->relationships.v[i]->direction == ONE_TO_MANY &&
		    m->relationships.v[i]->fk == fk &&
		    m->relationships.v[i]->crosses_owners)
			return true;
	return false;
}

/* O1, O3: its parent lets it go, and may do so. */
static bool
released(const struct uow *u, const struct object *o,
    const struct foreign_key *fk)
{
	(void)u;
	return o->via != NULL && o->via->fk == fk &&
	    o->via->direction == ONE_TO_MANY && o->via->crosses_owners &&
	    o->now[fk->columns.v[0]->index].n < 0;
}

/* Other values, given by the unit, or by the database on its own. */
static int
update_check(struct uow *u, struct object *o)
{
	bool	yes;
	int	r;

	if (object_is_changed(o) && (only_keys_differ(u, o, follows) ||
	    only_keys_differ(u, o, released)))
		u->past_policies = true;
	else if (object_is_changed(o)) {
		if ((r = rights_have(u, o, ACCESS_UPDATE, true, &yes)) != 0)
			return r;
		if (!yes)
			return rights_refuse(u, o, ACCESS_UPDATE);
		if ((r = owner_stays(u, o)) != 0)
			return r;
	}
	if (o->acted != ACTED_UPDATED || fk_crosses(o->acted_by))
		return 0;
	if ((r = rights_have(u, o, ACCESS_UPDATE, true, &yes)) != 0)
		return r;
	return yes ? 0 : rights_refuse(u, o, ACCESS_UPDATE);
}

static int
delete_check(struct uow *u, struct object *o)
{
	bool	yes;
	int	r;

	/* What was asked for itself has no rule. */
	if (o->rule != NULL && (o->deleted ?
	    o->via != NULL && o->via->crosses_owners :
	    fk_crosses(o->acted_by))) {
		u->past_policies = true;
		return 0;
	}
	if ((r = rights_have(u, o, ACCESS_DELETE, true, &yes)) != 0)
		return r;
	return yes ? 0 : rights_refuse(u, o, ACCESS_DELETE);
}

static int
object_check(struct uow *u, struct object *o)
{
	bool	seen;
	int	r;

	if (o->table->model == NULL)
		return rights_link(u, o);
	if (o->is_new)
		return new_check(u, o);
	o->unseen = true;	/* until it is known */
	if ((r = object_is_gone(o) ? delete_check(u, o) :
	    update_check(u, o)) != 0 ||
	    (r = rights_see(u, o, &seen)) != 0)
		return r;
	/* Reached by a relationship that crosses owners: it is not told of. */
	o->unseen = !seen;
	u->past_policies |= o->unseen;
	return 0;
}

/* Will the row be there, with values that it has only since this unit? */
static bool
is_written(const struct object *o)
{
	return o->is_new || (!object_is_gone(o) && object_is_changed(o));
}

int
rights_check(struct uow *u, struct error *err)
{
	struct object	*o;
	bool		 missing = false;
	size_t		 i, n = u->objects.n;
	int		 r;

	if (!rights_apply(u))
		return 0;
	u->err = err;
	for (i = 0; i < n; i++) {
		o = u->objects.v[i];
		if (o->expunged || o->absent || o->blind || (!is_written(o) &&
		    !object_is_gone(o) && o->acted == ACTED_NOT))
			continue;
		if ((r = is_written(o) ? rights_refer(u, o) : 0) == -1)
			return -1;
		missing |= r == 1;
		if ((r = object_check(u, o)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
