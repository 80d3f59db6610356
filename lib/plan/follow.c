/*
 * At the end of a unit: foreign keys follow the keys of their parents, which
 * may be new, or changed (rule U12).  Called by uow.c.
 */
#include <string.h>

#include "reach.h"
#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/*
 * U12: with passive_updates off, the children (and link rows) of the old key
 * are ours to carry along.
 */
int
relate_follow(struct uow *u, struct object *o, const struct column *c)
{
	const struct relationship	*rel;
	const struct foreign_key	*fk;
	struct members			 children;
	struct object			*other;
	bool				 missing = false;
	size_t				 i, k;
	int				 r;

	for (i = 0; i < o->table->model->relationships.n; i++) {
		rel = o->table->model->relationships.v[i];
		for (k = 0; k < rel->local.n && rel->local.v[k] != c; k++)
			;
		if (rel->passive_updates || k == rel->local.n || o->is_new ||
		    rel->direction == MANY_TO_ONE)
			continue;
		memset(&children, 0, sizeof(children));
		fk = rel->direction == ONE_TO_MANY ? rel->fk :
		    link_fk(rel->secondary, rel->near_columns.v[0]);
		r = rel->direction == ONE_TO_MANY ?
		    children_of(u, o, rel, &children) :
		    links_of(u, o, rel, &children);
		if (r == -1)
			return -1;
		missing |= r == 1;
		for (k = 0; fk != NULL && k < children.list.n; k++) {
			other = children.list.v[k];
			if (fk_index(fk) == -1 || other->deleted)
				continue;
			other->parents[fk_index(fk)] = o;
			if (kin_point(u, other, o) == -1)
				return -1;
			object_because(other, "U12", rel);
		}
	}
	return missing;
}

/* New parents that somebody belongs to need their keys before the insert. */
static int
parents_need_keys(struct uow *u)
{
	struct object	*o;
	bool		 missing = false;
	size_t		 i, k;
	int		 r;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
			if (o->expunged || o->parents[k] == NULL)
				continue;
			if ((r = object_need_key(u, o->parents[k])) == -1)
				return -1;
			missing |= r == 1;
		}
	}
	return missing;
}

/*
 * C2: a row whose key has lost a part and that nobody has taken or deleted.
 * Asked at the end: what comes later in the unit may still do either.
 */
int
relate_loose(struct uow *u)
{
	const struct foreign_key	*fk;
	const struct column		*c;
	struct object			*o;
	size_t				 i, k, n;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		for (k = 0; o->unlinked != 0 && !o->deleted && !o->expunged &&
		    k < o->table->fks.n && k < FKS_MOST; k++) {
			fk = o->table->fks.v[k];
			if (!(o->unlinked & fk_bit(fk)))
				continue;
			for (n = 0; n < fk->columns.n; n++)
				if (identity_has(o->table, fk->columns.v[n]))
					break;
			if (n == fk->columns.n)
				continue;	/* null says it */
			c = fk->columns.v[n];
			error_set(u->err, ERROR_ORPHAN, o->paths[c->index],
			    "a row of %s cannot be without its %s, which is "
			    "part of its key", o->table->name, c->name);
			error_about(u->err, o->table->model != NULL ?
			    o->table->model->name : NULL, c->name);
			return error_hint(u->err, "delete it, or give the "
			    "relationship the cascade delete-orphan");
		}
	}
	return 0;
}

/* The columns of children that have been given a parent. */
static void
columns_follow(struct uow *u)
{
	const struct foreign_key	*fk;
	struct object			*o;
	bool				 changed = true;
	size_t				 i, k, c, rounds;

	/* A key may pass through several tables, one at each round. */
	for (rounds = 0; changed && rounds <= u->objects.n; rounds++) {
		changed = false;
		for (i = 0; i < u->objects.n; i++) {
			o = u->objects.v[i];
			for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
				fk = o->table->fks.v[k];
				for (c = 0; o->parents[k] != NULL &&
				    c < fk->columns.n; c++) {
					struct cell	*to, *from;

					to = &o->now[fk->columns.v[c]->index];
					from = &o->parents[k]->now[
					    fk->references.v[c]->index];
					changed |= !cell_equal(to, from);
					*to = *from;
				}
			}
		}
	}
}

/* Do the columns that this foreign key refers to change in this unit? */
static bool
key_changes(const struct object *o, const struct foreign_key *fk)
{
	size_t	i;
	int	c;

	for (i = 0; !o->is_new && o->was != NULL && i < fk->references.n; i++) {
		c = fk->references.v[i]->index;
		if (!cell_equal(&o->now[c], &o->was[c]))
			return true;
	}
	return false;
}

/*
 * Tables of which rows get other keys, by the unit or by ON UPDATE CASCADE.
 * NULL: none, or no memory (*nomem).
 */
static bool *
moving_tables(struct uow *u, bool *nomem)
{
	const struct registry		*registry = u->call->registry;
	const struct foreign_key	*fk;
	const struct object		*o;
	bool				*moving = NULL, changed;
	size_t				 i, k;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		for (k = 0; k < o->table->referrers.n; k++) {
			if (o->deleted || o->expunged || !key_changes(o,
			    o->table->referrers.v[k]))
				continue;
			if (moving == NULL && (moving = arena_alloc(u->arena,
			    registry->tables.n)) == NULL) {
				*nomem = true;
				return NULL;
			}
			moving[o->table->index] = true;
		}
	}
	for (changed = moving != NULL; changed; ) {
		changed = false;
		for (i = 0; i < registry->tables.n; i++)
			for (k = 0; k < registry->tables.v[i]->fks.n; k++) {
				fk = registry->tables.v[i]->fks.v[k];
				if (moving[i] || !moving[fk->target->index] ||
				    fk->on_update != FK_CASCADE)
					continue;
				moving[i] = changed = true;
			}
	}
	return moving;
}

/*
 * By other columns than the primary key: only what the unit knows is looked at,
 * since it has loaded whose values change.
 */
static struct object *
known_by_values(struct uow *u, const struct object *o,
    const struct foreign_key *fk)
{
	struct object	*parent;
	size_t		 i, k;

	for (i = 0; i < u->objects.n; i++) {
		parent = u->objects.v[i];
		if (parent->table != fk->target || parent->deleted ||
		    !key_changes(parent, fk))
			continue;
		for (k = 0; k < fk->columns.n && cell_equal(
		    &o->was[fk->columns.v[k]->index],
		    &parent->was[fk->references.v[k]->index]); k++)
			;
		if (k == fk->columns.n)
			return parent;
	}
	return NULL;
}

/* What the row refers to as it is stored. */
static int
stored_parent(struct uow *u, const struct object *o,
    const struct foreign_key *fk, struct object **out)
{
	struct column *const	*identity;
	const struct cell	*key;
	size_t			 n;
	int			 r;

	*out = NULL;
	key = cells_pick(u->arena, o->was, fk->columns.v, fk->columns.n);
	if (key == NULL)
		return error_nomem(u->err);
	if (key_has_null(key, fk->columns.n))
		return 0;
	identity = identity_columns(fk->target, &n);
	if (n != fk->references.n || memcmp(identity, fk->references.v,
	    n * sizeof(*identity)) != 0) {
		*out = known_by_values(u, o, fk);
		return 0;
	}
	if ((*out = object_ref(u, fk->target, key)) == NULL)
		return error_nomem(u->err);
	if ((r = object_load(u, *out, LOCK_KEY_SHARE)) != 0)
		return r;
	if ((*out)->absent || (*out)->deleted || (*out)->is_new)
		*out = NULL;
	return 0;
}

/*
 * U12: ON UPDATE CASCADE.  The rows that the unit knows follow at once, so that
 * what refers to them, and the reply, have their new keys; PostgreSQL writes
 * them.  1: facts are missing; *changed: look again, a key may pass through
 * several tables.
 */
static int
row_follow(struct uow *u, struct object *o, const bool *moving, bool *changed)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	bool				 missing = false;
	size_t				 i, k;
	int				 r;

	for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
		fk = o->table->fks.v[k];
		if (fk->on_update != FK_CASCADE || !moving[fk->target->index] ||
		    (o->followed >> k & 1) || (o->unlinked >> k & 1))
			continue;
		if (o->parents[k] == NULL && !fk_as_stored(o, fk))
			continue;
		if ((r = stored_parent(u, o, fk, &parent)) == -1)
			return -1;
		missing |= r == 1;
		if (r == 1 || parent == NULL || !key_changes(parent, fk) ||
		    (o->parents[k] != NULL && o->parents[k] != parent))
			continue;
		if (!object_is_changed(o))
			object_because(o, "database: ON UPDATE CASCADE", NULL);
		o->followed |= fk_bit(fk);
		o->parents[k] = parent;
		for (i = 0; i < fk->columns.n; i++)
			o->now[fk->columns.v[i]->index] =
			    parent->now[fk->references.v[i]->index];
		*changed = true;
	}
	return missing;
}

static int
rows_follow(struct uow *u)
{
	struct object	*o;
	bool		*moving, changed = true, missing = false;
	bool		 nomem = false;
	size_t		 i, rounds;
	int		 r;

	moving = moving_tables(u, &nomem);
	if (moving == NULL)
		return nomem ? error_nomem(u->err) : 0;
	for (rounds = 0; changed && rounds <= u->objects.n; rounds++) {
		changed = false;
		for (i = 0; i < u->objects.n; i++) {
			o = u->objects.v[i];
			if (o->is_new || o->was == NULL || o->deleted)
				continue;
			if ((r = row_follow(u, o, moving, &changed)) == -1)
				return -1;
			missing |= r == 1;
		}
	}
	columns_follow(u);
	return missing;
}

int
relate_sync(struct uow *u)
{
	int	r;

	if ((r = parents_need_keys(u)) != 0)
		return r;
	columns_follow(u);
	return rows_follow(u);
}
