/*
 * Link rows of many-to-many relationships (rules M1, M3, M4).  Called by
 * relate.c and members.c.  A link row is an object of its secondary table; said
 * from either side, it is the same row.
 */
#include <string.h>

#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/* The foreign key of a secondary table over these columns; NULL: none. */
const struct foreign_key *
link_fk(const struct table *secondary, const struct column *first)
{
	size_t	i;

	for (i = 0; i < secondary->fks.n; i++)
		if (secondary->fks.v[i]->columns.v[0] == first)
			return secondary->fks.v[i];
	return NULL;
}

/*
 * Does an end of a link row, n columns, lead to this object, by these columns
 * of its own?  Two objects may have one key (U6): who made the link knows.
 */
static bool
link_leads_to(const struct object *link, struct column *const *columns,
    struct column *const *theirs, size_t n, const struct object *o)
{
	const struct foreign_key	*fk = link_fk(link->table, columns[0]);
	size_t				 k;

	if (fk != NULL && fk_index(fk) != -1 &&
	    link->parents[fk_index(fk)] != NULL)
		return link->parents[fk_index(fk)] == o;
	for (k = 0; k < n; k++)
		if (!cell_equal(&link->now[columns[k]->index],
		    &o->now[theirs[k]->index]))
			return false;
	return true;
}

bool
relate_link_of(const struct object *link, const struct relationship *rel,
    const struct object *near)
{
	return link_leads_to(link, rel->near_columns.v, rel->local.v,
	    rel->local.n, near);
}

/* The link row between two objects, deleted or not; NULL if there is none. */
static struct object *
link_between(struct uow *u, const struct relationship *rel,
    const struct object *near, const struct object *far)
{
	struct object	*o;
	size_t		 i;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table == rel->secondary && !o->expunged &&
		    relate_link_of(o, rel, near) && link_leads_to(o,
		    rel->far_columns.v, rel->remote.v, rel->remote.n, far))
			return o;
	}
	return NULL;
}

static int
links_load(struct uow *u, struct object *o, const struct relationship *rel)
{
	return members_load(u, o, rel->secondary, rel->near_columns.v,
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
int
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
int
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
	if (relate_has_orphans(rel))
		far->cast_off = false;
	if (relate_has_orphans(rel->back))
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

int
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
		return relate_not_member(u, rel, path);
	object_because(link, "M1", rel);
	object_because(far, "M3", rel);
	if (link->is_new)
		link->expunged = true;
	else
		link->deleted = true;
	/* M3: without a parent the target goes, unless it gets another one. */
	if (relate_has_orphans(rel)) {
		far->cast_off = !linked_already(u, rel, far);
		far->op = u->op;
	}
	if (relate_has_orphans(rel->back)) {
		near->cast_off = true;
		near->op = u->op;
	}
	return 0;
}
