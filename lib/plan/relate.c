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

#include "uow.h"
#include "value.h"

static bool
is_identity(const struct table *table, const struct column *c)
{
	struct column *const	*columns;
	size_t			 i, n;

	columns = identity_columns(table, &n);
	for (i = 0; i < n; i++)
		if (columns[i] == c)
			return true;
	return false;
}

static bool
fk_as_stored(const struct object *child, const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; child->was != NULL && i < fk->columns.n; i++)
		if (!cell_equal(&child->now[fk->columns.v[i]->index],
		    &child->was[fk->columns.v[i]->index]))
			return false;
	return child->was != NULL;
}

/*
 * Does the child's foreign key lead to this parent, as things are now?  As it
 * is stored, it leads to the key that the parent had then.
 */
static bool
fk_leads_to(const struct object *child, const struct foreign_key *fk,
    const struct object *parent)
{
	bool	stored;
	size_t	i;
	int	k = fk_index(fk);

	if (child->unlinked & fk_bit(fk))
		return false;
	if (k != -1 && child->parents[k] != NULL)
		return child->parents[k] == parent;
	stored = fk_as_stored(child, fk);
	if (stored && parent->is_new)
		return false;	/* of the same key: U6 */
	stored = stored && parent->was != NULL;
	for (i = 0; i < fk->columns.n; i++) {
		const struct cell	*a, *b;

		a = &child->now[fk->columns.v[i]->index];
		b = stored ? &parent->was[fk->references.v[i]->index] :
		    &parent->now[fk->references.v[i]->index];
		if (a->n < 0 || !cell_equal(a, b))
			return false;
	}
	return true;
}

static bool
fk_is_null(const struct object *child, const struct foreign_key *fk)
{
	size_t	i;
	int	k = fk_index(fk);

	if (child->unlinked & fk_bit(fk))
		return true;
	if (k != -1 && child->parents[k] != NULL)
		return false;
	for (i = 0; i < fk->columns.n; i++)
		if (child->now[fk->columns.v[i]->index].n < 0)
			return true;
	return false;
}

bool
relate_leads_to(const struct object *o, const struct relationship *rel,
    const struct object *target)
{
	return rel->direction == MANY_TO_ONE && rel->fk != NULL &&
	    fk_leads_to(o, rel->fk, target);
}

/*
 * The child belongs to the parent (O4, C2: as a whole).  A new parent's key may
 * not be known yet: relate_sync() brings the columns up to date at the end.
 */
static int
fk_point(struct uow *u, struct object *child, const struct foreign_key *fk,
    struct object *parent, const struct path *path)
{
	size_t	i;
	int	r, k = fk_index(fk);

	for (i = 0; i < fk->references.n; i++)
		if (!is_identity(parent->table, fk->references.v[i]) &&
		    (r = object_demand(u, parent, LOCK_KEY_SHARE, path)) != 0)
			return r;
	if (k == -1)
		return error_set(u->err, ERROR_LIMIT, path,
		    "%s has more than %d foreign keys", child->table->name,
		    FKS_MOST);
	child->parents[k] = parent;
	for (i = 0; i < fk->columns.n; i++) {
		child->now[fk->columns.v[i]->index] =
		    parent->now[fk->references.v[i]->index];
		child->paths[fk->columns.v[i]->index] = path;
	}
	child->let_go &= ~fk_bit(fk);
	child->unlinked &= ~fk_bit(fk);
	return 0;
}

void
relate_forget(struct object *o, const struct column *c)
{
	size_t	i, k;

	for (i = 0; i < o->table->fks.n && i < FKS_MOST; i++)
		for (k = 0; k < o->table->fks.v[i]->columns.n; k++)
			if (o->table->fks.v[i]->columns.v[k] == c)
				o->parents[i] = NULL;
}

/* The foreign key of a secondary table over these columns; NULL: none. */
static const struct foreign_key *
link_fk(const struct table *secondary, const struct column *first)
{
	size_t	i;

	for (i = 0; i < secondary->fks.n; i++)
		if (secondary->fks.v[i]->columns.v[0] == first)
			return secondary->fks.v[i];
	return NULL;
}

/*
 * O3: the parent lets the child go.  X1: where the relationship has
 * delete-orphan, that alone makes it an orphan.  C2: a child cannot be
 * released when its own key would lose a part.
 */
static int
fk_release(struct uow *u, struct object *child, const struct foreign_key *fk,
    bool orphan, const struct path *path)
{
	const struct column	*c;
	size_t			 i;

	if (fk_is_null(child, fk))
		return 0;
	child->op = u->op;
	if (fk_index(fk) != -1)
		child->parents[fk_index(fk)] = NULL;
	if (orphan) {
		child->let_go |= fk_bit(fk);
		child->unlinked |= fk_bit(fk);
	}
	for (i = 0; i < fk->columns.n; i++) {
		c = fk->columns.v[i];
		if (is_identity(child->table, c)) {
			child->unlinked |= fk_bit(fk);
			child->paths[c->index] = path;
			continue;
		}
		child->now[c->index] = (struct cell){ NULL, -1 };
		child->paths[c->index] = path;
	}
	return 0;
}

static bool
has_orphans(const struct relationship *rel)
{
	return rel != NULL && rel->cascade & CASCADE_DELETE_ORPHAN;
}

/* By primary key, stored ones first: the order of a collection. */
static bool
comes_before(const struct object *a, const struct object *b)
{
	struct column *const	*columns;
	size_t			 i, n;
	int			 c;

	if (a->is_new || b->is_new)
		return !a->is_new && b->is_new;
	columns = identity_columns(a->table, &n);
	for (i = 0; i < n; i++) {
		c = cell_compare(columns[i], &a->now[columns[i]->index],
		    &b->now[columns[i]->index]);
		if (c != 0)
			return c < 0;
	}
	return false;
}

static int
members_push(struct uow *u, struct members *m, struct object *o)
{
	size_t	i;

	if (vec_push(u->arena, &m->list, o) == -1)
		return error_nomem(u->err);
	for (i = m->list.n - 1; i > 0 &&
	    comes_before(o, m->list.v[i - 1]); i--)
		m->list.v[i] = m->list.v[i - 1];
	m->list.v[i] = o;
	return 0;
}

/* Makes the stored rows on the other side objects of this unit. */
static int
list_load(struct uow *u, struct object *o, const struct table *table,
    struct column *const *columns, struct column *const *local, size_t n)
{
	const struct cell	*cells;
	struct fact		*f;
	size_t			 i;
	int			 r;

	if (o->is_new)
		return 0;
	for (i = 0; i < n; i++)
		if (!is_identity(o->table, local[i]) &&
		    (r = object_load(u, o, LOCK_NO_KEY_UPDATE)) != 0)
			return r;
	/* The rows were stored under the key that the row had then. */
	cells = cells_pick(u->arena, o->was != NULL ? o->was : o->now, local,
	    n);
	if (cells == NULL)
		return error_nomem(u->err);
	if (key_has_null(cells, n))
		return 0;
	if ((r = fact_get(u, FACT_LIST, table, columns, n, cells, LOCK_UPDATE,
	    &f)) != 0)
		return r;
	for (i = 0; i < f->rows.n; i++)
		if (object_of_row(u, table, f->rows.v[i], f->lock) == NULL)
			return error_nomem(u->err);
	return 0;
}

static int
children_of(struct uow *u, struct object *parent,
    const struct relationship *rel, struct members *out)
{
	const struct table	*table = rel->target->table;
	struct object		*o;
	size_t			 i;
	int			 r;

	if ((r = list_load(u, parent, table, rel->remote.v, rel->local.v,
	    rel->local.n)) != 0)
		return r;
	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table == table && (o->is_new || o->was != NULL) &&
		    !o->deleted && !o->expunged &&
		    fk_leads_to(o, rel->fk, parent) &&
		    members_push(u, out, o) == -1)
			return -1;
	}
	return 0;
}

/* The one object that a many-to-one leads to, if any. */
static int
parent_of(struct uow *u, struct object *child, const struct relationship *rel,
    struct members *out)
{
	const struct table	*table = rel->target->table;
	const struct cell	*cells;
	struct fact		*f;
	struct object		*o = NULL;
	size_t			 i;
	int			 r;

	if (fk_is_null(child, rel->fk))
		return 0;
	for (i = 0; i < u->objects.n && o == NULL; i++)
		if (u->objects.v[i]->table == table &&
		    fk_leads_to(child, rel->fk, u->objects.v[i]))
			o = u->objects.v[i];
	if (o == NULL) {
		cells = cells_pick(u->arena, child->now, rel->local.v,
		    rel->local.n);
		if (cells == NULL)
			return error_nomem(u->err);
		if ((r = fact_get(u, FACT_LIST, table, rel->remote.v,
		    rel->remote.n, cells, LOCK_UPDATE, &f)) != 0)
			return r;
		if (f->rows.n == 0)
			return 0;
		if ((o = object_of_row(u, table, f->rows.v[0],
		    f->lock)) == NULL)
			return error_nomem(u->err);
	}
	return o->deleted || o->expunged ? 0 : members_push(u, out, o);
}

/* Is this a link row of the near object?  Two may have one key (U6). */
bool
relate_link_of(const struct object *link, const struct relationship *rel,
    const struct object *near)
{
	const struct foreign_key	*fk;
	size_t				 k;

	fk = link_fk(rel->secondary, rel->near_columns.v[0]);
	if (fk != NULL && fk_index(fk) != -1 &&
	    link->parents[fk_index(fk)] != NULL)
		return link->parents[fk_index(fk)] == near;
	for (k = 0; k < rel->local.n; k++)
		if (!cell_equal(&link->now[rel->near_columns.v[k]->index],
		    &near->now[rel->local.v[k]->index]))
			return false;
	return true;
}

/* The link row between two objects, deleted or not; NULL if there is none. */
static struct object *
link_between(struct uow *u, const struct relationship *rel,
    const struct object *near, const struct object *far)
{
	struct object	*o;
	size_t		 i, k;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != rel->secondary || o->expunged)
			continue;
		if (!relate_link_of(o, rel, near))
			continue;
		for (k = 0; far != NULL && k < rel->remote.n; k++)
			if (!cell_equal(&o->now[rel->far_columns.v[k]->index],
			    &far->now[rel->remote.v[k]->index]))
				break;
		if (far == NULL || k == rel->remote.n)
			return o;
	}
	return NULL;
}

static int
links_load(struct uow *u, struct object *o, const struct relationship *rel)
{
	return list_load(u, o, rel->secondary, rel->near_columns.v,
	    rel->local.v, rel->local.n);
}

/* Who stands at the far end of a link row; NULL: out of memory. */
static struct object *
link_end(struct uow *u, const struct object *link,
    const struct relationship *rel)
{
	const struct foreign_key	*fk;
	const struct cell		*key;

	/* A new object may have the key of a stored one that makes room. */
	fk = link_fk(rel->secondary, rel->far_columns.v[0]);
	if (fk != NULL && fk_index(fk) != -1 &&
	    link->parents[fk_index(fk)] != NULL)
		return link->parents[fk_index(fk)];
	key = cells_pick(u->arena, link->now, rel->far_columns.v,
	    rel->far_columns.n);
	return key == NULL ? NULL : object_ref(u, rel->target->table, key);
}

/* The objects on the other side of the link rows. */
static int
linked_to(struct uow *u, struct object *near, const struct relationship *rel,
    struct members *out)
{
	struct object		*o, *far;
	size_t			 i, before;
	int			 r;

	if ((r = links_load(u, near, rel)) != 0)
		return r;
	before = u->objects.n;
	for (i = 0; i < before; i++) {
		o = u->objects.v[i];
		if (o->table != rel->secondary || o->deleted || o->expunged)
			continue;
		if (!relate_link_of(o, rel, near))
			continue;
		if ((far = link_end(u, o, rel)) == NULL)
			return error_nomem(u->err);
		if (!far->deleted && members_push(u, out, far) == -1)
			return -1;
	}
	return 0;
}

int
relate_members(struct uow *u, struct object *o,
    const struct relationship *rel, struct members *out)
{
	switch (rel->direction) {
	case ONE_TO_MANY:
		return children_of(u, o, rel, out);
	case MANY_TO_ONE:
		return parent_of(u, o, rel, out);
	case MANY_TO_MANY:
		return linked_to(u, o, rel, out);
	}
	return 0;
}

/* For U12 and the order of inserts: whom this link row refers to. */
static void
link_belongs(struct object *link, const struct column *first,
    struct object *to)
{
	const struct foreign_key	*fk = link_fk(link->table, first);

	if (fk != NULL && fk_index(fk) != -1)
		link->parents[fk_index(fk)] = to;
}

/* single_parent: has this unit linked it to somebody? */
static bool
linked_already(struct uow *u, const struct relationship *rel,
    const struct object *far)
{
	const struct object	*o;
	size_t			 i, k;

	for (i = 0; rel->single_parent && i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != rel->secondary || !o->is_new || o->expunged)
			continue;
		for (k = 0; k < rel->remote.n; k++)
			if (!cell_equal(&o->now[rel->far_columns.v[k]->index],
			    &far->now[rel->remote.v[k]->index]))
				break;
		if (k == rel->remote.n)
			return true;
	}
	return false;
}

/* M1: a link row, unless there is one. */
static int
link_add(struct uow *u, struct object *near, const struct relationship *rel,
    struct object *far, const struct path *path)
{
	struct object	*link;
	size_t		 k;
	int		 r;

	if ((r = links_load(u, near, rel)) != 0 ||
	    (r = object_need_key(u, near)) != 0 ||
	    (r = object_need_key(u, far)) != 0)
		return r;
	if (has_orphans(rel))
		far->cast_off = false;
	if (has_orphans(rel->back))
		near->cast_off = false;
	if ((link = link_between(u, rel, near, far)) != NULL) {
		link->deleted = false;
		return 0;
	}
	if (linked_already(u, rel, far)) {
		error_set(u->err, ERROR_INVALID_VALUE, path,
		    "this %s has a parent already", rel->target->name);
		return error_about(u->err, rel->model->name, rel->name);
	}
	if ((link = object_new(u, rel->secondary, NULL)) == NULL)
		return error_nomem(u->err);
	for (k = 0; k < rel->local.n; k++) {
		link->now[rel->near_columns.v[k]->index] =
		    near->now[rel->local.v[k]->index];
		link->paths[rel->near_columns.v[k]->index] = path;
	}
	for (k = 0; k < rel->remote.n; k++) {
		link->now[rel->far_columns.v[k]->index] =
		    far->now[rel->remote.v[k]->index];
		link->paths[rel->far_columns.v[k]->index] = path;
	}
	object_because(link, "M1", rel);
	link_belongs(link, rel->near_columns.v[0], near);
	link_belongs(link, rel->far_columns.v[0], far);
	return object_register(u, link);
}

static int
not_member(struct uow *u, const struct relationship *rel,
    const struct path *path)
{
	error_set(u->err, ERROR_NOT_FOUND, path, "this is no member of %s",
	    rel->name);
	return error_about(u->err, rel->model->name, rel->name);
}

static int
link_remove(struct uow *u, struct object *near,
    const struct relationship *rel, struct object *far,
    const struct path *path)
{
	struct object	*link;
	int		 r;

	if ((r = links_load(u, near, rel)) != 0)
		return r;
	link = link_between(u, rel, near, far);
	if (link == NULL || link->deleted)
		return not_member(u, rel, path);
	object_because(link, "M1", rel);
	object_because(far, "M3", rel);
	if (link->is_new)
		link->expunged = true;
	else
		link->deleted = true;
	/* M3: without a parent the target goes, unless it gets another one. */
	if (has_orphans(rel)) {
		far->cast_off = !linked_already(u, rel, far);
		far->op = u->op;
	}
	if (has_orphans(rel->back)) {
		near->cast_off = true;
		near->op = u->op;
	}
	return 0;
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

	if ((r = children_of(u, parent, rel, &old)) != 0)
		return r;
	for (i = 0; i < old.list.n; i++) {
		if (old.list.v[i] == keep)
			continue;
		object_because(old.list.v[i], "O8", rel);
		if (fk_release(u, old.list.v[i], rel->fk, has_orphans(rel),
		    path) == -1)
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

int
relate_add(struct uow *u, struct object *o, const struct relationship *rel,
    struct object *member, const struct path *path)
{
	int	r;

	if (rel->direction == MANY_TO_MANY)
		return link_add(u, o, rel, member, path);
	if ((r = object_demand(u, member, LOCK_NO_KEY_UPDATE, path)) != 0)
		return r;
	if (!rel->uselist && (r = place_empty(u, o, rel, member, path)) != 0)
		return r;
	/* O6: appending a member changes nothing. */
	if (fk_leads_to(member, rel->fk, o))
		return 0;
	because_moved(member, rel);
	return fk_point(u, member, rel->fk, o, path);
}

int
relate_remove(struct uow *u, struct object *o,
    const struct relationship *rel, struct object *member,
    const struct path *path)
{
	int	r;

	if (rel->direction == MANY_TO_MANY)
		return link_remove(u, o, rel, member, path);
	if ((r = object_demand(u, member, LOCK_UPDATE, path)) != 0)
		return r;
	if (member->deleted || !fk_leads_to(member, rel->fk, o))
		return not_member(u, rel, path);
	object_because(member, "O3", rel);
	return fk_release(u, member, rel->fk, has_orphans(rel), path);
}

/* Has this unit made it belong to somebody by a relationship? */
static bool
given_parent(const struct object *child, const struct foreign_key *fk)
{
	int	k = fk_index(fk);

	return k != -1 && child->parents[k] != NULL;
}

/* Another object of this unit has this parent already (O9). */
static bool
taken_already(struct uow *u, const struct object *child,
    const struct relationship *rel, const struct object *parent)
{
	const struct object	*o;
	size_t			 i;

	for (i = 0; rel->single_parent && i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o != child && o->table == child->table && !o->deleted &&
		    !o->expunged && given_parent(o, rel->fk) &&
		    fk_leads_to(o, rel->fk, parent))
			return true;
	}
	return false;
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

	if (!has_orphans(rel) || (child->is_new &&
	    !given_parent(child, rel->fk)))
		return 0;
	if ((r = parent_of(u, child, rel, &old)) != 0)
		return r;
	if (old.list.n == 0 || old.list.v[0] == parent)
		return 0;
	o = old.list.v[0];
	object_because(o, "O9", rel);
	o->cast_off = !taken_already(u, child, rel, o);
	o->op = u->op;
	return 0;
}

/* The scalar side: set to another parent, or to none. */
static int
parent_set(struct uow *u, struct object *child,
    const struct relationship *rel, struct object *parent,
    const struct path *path)
{
	size_t	i;
	int	r;

	if ((r = old_parent_release(u, child, rel, parent)) != 0)
		return r;
	/* U6: a new object that takes over a row names these columns. */
	for (i = 0; parent == NULL && i < rel->fk->columns.n; i++)
		child->paths[rel->fk->columns.v[i]->index] = path;
	/* X2: a new object is an orphan only of whom it has belonged to. */
	if (parent == NULL)
		return fk_release(u, child, rel->fk, has_orphans(rel->back) &&
		    (!child->is_new || given_parent(child, rel->fk)), path);
	if (has_orphans(rel))
		parent->cast_off = false;
	if (fk_leads_to(child, rel->fk, parent))
		return 0;
	if (taken_already(u, child, rel, parent)) {
		error_set(u->err, ERROR_INVALID_VALUE, path,
		    "this %s has a parent already", rel->target->name);
		return error_about(u->err, rel->model->name, rel->name);
	}
	if (rel->back != NULL && !rel->back->uselist &&
	    (r = place_empty(u, parent, rel->back, child, path)) != 0)
		return r;
	because_moved(child, rel);
	return fk_point(u, child, rel->fk, parent, path);
}

static bool
is_among(struct object *const *list, size_t n, const struct object *o)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (list[i] == o)
			return true;
	return false;
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
	if ((r = relate_members(u, o, rel, &old)) != 0)
		return r;
	/* Make room first: a place or a unique value may be wanted again. */
	for (i = 0; i < old.list.n; i++) {
		m = old.list.v[i];
		if (is_among(members, n, m))
			continue;
		if (rel->direction == ONE_TO_MANY)
			object_because(m, "O3", rel);
		r = rel->direction == MANY_TO_MANY ?
		    link_remove(u, o, rel, m, path) :
		    fk_release(u, m, rel->fk, has_orphans(rel), path);
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
		if ((r = relate_members(u, o, rel, &children)) == -1)
			return -1;
		missing |= r == 1;
		fk = rel->direction == ONE_TO_MANY ? rel->fk :
		    link_fk(rel->secondary, rel->near_columns.v[0]);
		for (k = 0; fk != NULL && k < u->objects.n; k++) {
			other = u->objects.v[k];
			if (other->table != fk->table || fk_index(fk) == -1 ||
			    !fk_leads_to(other, fk, o))
				continue;
			other->parents[fk_index(fk)] = o;
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
				if (is_identity(o->table, fk->columns.v[n]))
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

int
relate_sync(struct uow *u)
{
	const struct foreign_key	*fk;
	struct object			*o;
	bool				 changed = true;
	size_t				 i, k, c, rounds;
	int				 r;

	if ((r = parents_need_keys(u)) != 0)
		return r;
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
	return 0;
}
