/*
 * Relationships: who belongs to whom, and what changes when that does.  Called
 * by uow.c, cascade.c and proxy.c.  Membership is read off the child's foreign
 * key (or the link row), so both ends of a relationship always agree, and a
 * change said from either side is the same change (rule M4).
 *
 * The rules are those of semantics.md: O for one-to-many and its kin, X for
 * orphans, M for secondary tables, C for keys.
 */
#include <string.h>

#include "relate_parts.h"
#include "rights.h"
#include "uow.h"
#include "value.h"

bool
relate_has_orphans(const struct relationship *rel)
{
	return rel != NULL && rel->cascade & CASCADE_DELETE_ORPHAN;
}

int
relate_not_member(struct uow *u, const struct relationship *rel,
    const struct path *path)
{
	error_set(u->err, ERROR_NOT_FOUND, path, "this is no member of %s",
	    rel->name);
	return error_about(u->err, rel->model->name, rel->name);
}

/*
 * O8: the one place of a one-to-one is taken by somebody else; who had it is
 * released.
 */
static int
place_empty(struct uow *u, struct object *parent,
    const struct relationship *rel, const struct object *keep,
    const struct path *path)
{
	struct members	old = { { NULL, 0, 0 } };
	size_t		i;
	int		r;

	if ((r = children_of(u, parent, rel, &old)) != 0 ||
	    (r = rights_filter(u, &old)) != 0)
		return r;
	for (i = 0; i < old.list.n; i++) {
		if (old.list.v[i] == keep)
			continue;
		object_because(old.list.v[i], "O8", rel);
		if (fk_release(u, old.list.v[i], rel->fk,
		    relate_has_orphans(rel), path) == -1)
			return -1;
	}
	return 0;
}

/* O4: it had another parent. */
static void
because_moved(struct object *child, const struct relationship *rel)
{
	if (child->was != NULL &&
	    child->was[rel->fk->columns.v[0]->index].n >= 0)
		object_because(child, "O4", rel);
}

/* Has this unit made it belong to somebody by a relationship? */
static bool
given_parent(const struct object *child, const struct foreign_key *fk)
{
	int	k = fk_index(fk);

	return k != -1 && child->parents[k] != NULL;
}

/*
 * O6: a member stays one.  But whom only a value of this unit makes one would
 * not follow when the parent gets another key.
 */
static int
child_point(struct uow *u, struct object *child,
    const struct relationship *rel, struct object *parent,
    const struct path *path)
{
	if (!fk_leads_to(child, rel->fk, parent))
		because_moved(child, rel);
	else if (given_parent(child, rel->fk) || fk_as_stored(child, rel->fk))
		return 0;
	return fk_point(u, child, rel->fk, parent, path);
}

int
relate_add(struct uow *u, struct object *o, const struct relationship *rel,
    struct object *member, const struct path *path)
{
	int	r;

	if (rel->direction == MANY_TO_MANY)
		return (r = rights_demand(u, member, path)) != 0 ? r :
		    link_add(u, o, rel, member, path);
	if ((r = object_demand(u, member, LOCK_NO_KEY_UPDATE, path)) != 0)
		return r;
	if (!rel->uselist && (r = place_empty(u, o, rel, member, path)) != 0)
		return r;
	return child_point(u, member, rel, o, path);
}

int
relate_remove(struct uow *u, struct object *o,
    const struct relationship *rel, struct object *member,
    const struct path *path)
{
	int	r;

	if (rel->direction == MANY_TO_MANY)
		return (r = rights_demand(u, member, path)) != 0 ? r :
		    link_remove(u, o, rel, member, path);
	if ((r = object_demand(u, member, LOCK_UPDATE, path)) != 0)
		return r;
	if (member->deleted || !fk_leads_to(member, rel->fk, o))
		return relate_not_member(u, rel, path);
	object_because(member, "O3", rel);
	return fk_release(u, member, rel->fk, relate_has_orphans(rel), path);
}

/* Another object of this unit has this parent already (O9). */
static bool
taken_already(const struct object *child, const struct relationship *rel,
    const struct object *parent)
{
	const struct object	*o;
	size_t			 i;

	for (i = 0; rel->single_parent && i < parent->kin.n; i++) {
		o = parent->kin.v[i];
		if (o != child && o->table == child->table && !o->deleted &&
		    !o->expunged && given_parent(o, rel->fk) &&
		    fk_leads_to(o, rel->fk, parent))
			return true;
	}
	return false;
}

/*
 * X2: what a new object says of itself takes it from nobody, whatever its key
 * may say.  Later it has belonged to whom its columns lead to, as any other.
 */
static bool
has_belonged(const struct object *child, const struct foreign_key *fk)
{
	return !child->is_new || child->settled || given_parent(child, fk);
}

/*
 * O9: what a many-to-one with delete-orphan leaves behind is deleted, unless
 * another child has been given it or gets it (O4).
 */
static int
old_parent_release(struct uow *u, struct object *child,
    const struct relationship *rel, const struct object *parent)
{
	struct members	old = { { NULL, 0, 0 } };
	struct object	*o;
	int		r;

	if (!relate_has_orphans(rel) || !has_belonged(child, rel->fk))
		return 0;
	if ((r = parent_of(u, child, rel, &old)) != 0)
		return r;
	if (old.list.n == 0 || old.list.v[0] == parent)
		return 0;
	o = old.list.v[0];
	object_because(o, "O9", rel);
	o->cast_off = !taken_already(child, rel, o);
	o->op = u->op;
	return 0;
}

/*
 * X1, X3: does a parent let the child go that is set to none?  Where the unit
 * has written a key by its column, nobody may have that.
 */
static int
is_let_go(struct uow *u, struct object *child, const struct relationship *rel,
    bool *yes)
{
	struct members	old = { { NULL, 0, 0 } };
	int		r;

	*yes = relate_has_orphans(rel->back) && has_belonged(child, rel->fk);
	if (!*yes || given_parent(child, rel->fk) ||
	    (!child->is_new && (child->was == NULL ||
	    fk_as_stored(child, rel->fk))))
		return 0;
	r = parent_of(u, child, rel, &old);
	*yes = old.list.n > 0;
	return r;
}

/* The scalar side: set to another parent, or to none. */
static int
parent_set(struct uow *u, struct object *child,
    const struct relationship *rel, struct object *parent,
    const struct path *path)
{
	bool	orphan;
	size_t	i;
	int	r;

	if ((r = old_parent_release(u, child, rel, parent)) != 0)
		return r;
	/* U6: a new object that takes over a row names these columns. */
	for (i = 0; parent == NULL && i < rel->fk->columns.n; i++)
		child->paths[rel->fk->columns.v[i]->index] = path;
	if (parent == NULL)
		return (r = is_let_go(u, child, rel, &orphan)) != 0 ? r :
		    fk_release(u, child, rel->fk, orphan, path);
	if (relate_has_orphans(rel))
		parent->cast_off = false;
	if (fk_leads_to(child, rel->fk, parent))
		return child_point(u, child, rel, parent, path);
	if (taken_already(child, rel, parent)) {
		error_set(u->err, ERROR_INVALID_VALUE, path,
		    "this %s has a parent already", rel->target->name);
		return error_about(u->err, rel->model->name, rel->name);
	}
	if (rel->back != NULL && !rel->back->uselist &&
	    (r = place_empty(u, parent, rel->back, child, path)) != 0)
		return r;
	return child_point(u, child, rel, parent, path);
}

/* O5: assigning is a difference. */
int
relate_set(struct uow *u, struct object *o, const struct relationship *rel,
    struct object *const *members, const struct spec *const *specs, size_t n,
    const struct path *path)
{
	struct members	 old = { { NULL, 0, 0 } };
	struct object	*m;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	if (rel->direction == MANY_TO_ONE)
		return parent_set(u, o, rel, n > 0 ? members[0] : NULL, path);
	/* Who is in the list need not be asked for one by one: wait for it. */
	if ((r = relate_members(u, o, rel, &old)) != 0 ||
	    (r = rights_filter(u, &old)) != 0)
		return r;
	u->kept++;
	for (i = 0; i < n; i++)
		members[i]->kept = u->kept;
	/* Make room first: a place or a unique value may be wanted again. */
	for (i = 0; i < old.list.n; i++) {
		m = old.list.v[i];
		if (m->kept == u->kept)
			continue;
		if (rel->direction == ONE_TO_MANY)
			object_because(m, "O3", rel);
		r = rel->direction == MANY_TO_MANY ?
		    link_remove(u, o, rel, m, path) :
		    fk_release(u, m, rel->fk, relate_has_orphans(rel), path);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	for (i = 0; i < n; i++) {
		r = relate_add(u, o, rel, members[i],
		    specs != NULL ? specs[i]->path : path);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
