/*
 * Link rows of many-to-many relationships (rules M1, M3, M4).  Called by
 * relate.c and members.c.  A link row is an object of its secondary table; said
 * from either side, it is the same row.
 */
#include <string.h>

#include "relate_parts.h"
#include "rights.h"
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

static bool
as_stored(const struct object *link, struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = 0; link->was != NULL && i < n; i++)
		if (!cell_equal(&link->now[columns[i]->index],
		    &link->was[columns[i]->index]))
			return false;
	return link->was != NULL;
}

/*
 * Does an end of a link row, n columns, lead to this object, by these columns
 * of its own?  Two objects may have one key (U6): who made the link knows.  A
 * stored link leads to the key that the object had then.
 */
static bool
link_leads_to(const struct object *link, struct column *const *columns,
    struct column *const *theirs, size_t n, const struct object *o)
{
	const struct foreign_key	*fk = link_fk(link->table, columns[0]);
	const struct cell		*row = o->now;
	size_t				 k;

	if (fk != NULL && fk_index(fk) != -1 &&
	    link->parents[fk_index(fk)] != NULL)
		return link->parents[fk_index(fk)] == o;
	if (as_stored(link, columns, n)) {
		if (o->is_new)
			return false;
		row = o->was != NULL ? o->was : o->now;
	}
	for (k = 0; k < n; k++)
		if (row[theirs[k]->index].n < 0 ||
		    !cell_equal(&link->now[columns[k]->index],
		    &row[theirs[k]->index]))
			return false;
	return true;
}

static bool
leads_near(const struct object *link, const struct relationship *rel,
    const struct object *near)
{
	return link_leads_to(link, rel->near_columns.v, rel->local.v,
	    rel->local.n, near);
}

static bool
leads_far(const struct object *link, const struct relationship *rel,
    const struct object *far)
{
	return link_leads_to(link, rel->far_columns.v, rel->remote.v,
	    rel->remote.n, far);
}

/* The stored links of an object; they are found by their other end, too. */
static int
links_load(struct uow *u, struct object *o, const struct relationship *rel,
    struct fact **f)
{
	bool	first;
	size_t	i;
	int	r;

	if ((r = members_load(u, o, rel->near_columns.v, rel->local.v,
	    rel->local.n, f, &first)) != 0)
		return r;
	for (i = 0; first && i < (*f)->objects.list.n; i++)
		if (kin_file(u, (*f)->objects.list.v[i], rel->far_columns.v,
		    rel->far_columns.n) == -1)
			return -1;
	return 0;
}

/* Links that this object may be at the far end of, as far as is known. */
static int
links_known(struct uow *u, const struct object *far,
    const struct relationship *rel, struct members *out)
{
	return kin_of(u, far, NULL, rel->far_columns.v, rel->remote.v,
	    rel->remote.n, out);
}

/* The link row between two objects, deleted or not; NULL if there is none. */
static int
link_between(struct uow *u, const struct relationship *rel,
    const struct object *near, const struct object *far, struct object **out)
{
	struct members	 all = { { NULL, 0, 0 } };
	struct object	*o;
	size_t		 i;

	*out = NULL;
	if (links_known(u, far, rel, &all) == -1)
		return -1;
	for (i = 0; i < all.list.n && *out == NULL; i++) {
		o = all.list.v[i];
		if (!o->expunged && leads_near(o, rel, near) &&
		    leads_far(o, rel, far))
			*out = o;
	}
	return 0;
}

int
links_of(struct uow *u, struct object *near, const struct relationship *rel,
    struct members *out)
{
	struct members	 all = { { NULL, 0, 0 } };
	struct fact	*f;
	size_t		 i;
	int		 r;

	if ((r = links_load(u, near, rel, &f)) != 0 || (r = kin_of(u, near, f,
	    rel->near_columns.v, rel->local.v, rel->local.n, &all)) != 0)
		return r;
	for (i = 0; i < all.list.n; i++)
		if (leads_near(all.list.v[i], rel, near) &&
		    vec_push(u->arena, &out->list, all.list.v[i]) == -1)
			return error_nomem(u->err);
	return 0;
}

/* Who stands at the far end of a link row; NULL: nobody. */
static int
link_end(struct uow *u, const struct object *link,
    const struct relationship *rel, struct object **out)
{
	const struct foreign_key	*fk;
	const struct cell		*key;

	/* A new object may have the key of a stored one that makes room. */
	fk = link_fk(rel->secondary, rel->far_columns.v[0]);
	*out = fk != NULL && fk_index(fk) != -1 ?
	    link->parents[fk_index(fk)] : NULL;
	if (*out != NULL)
		return 0;
	key = cells_pick(u->arena, link->now, rel->far_columns.v,
	    rel->far_columns.n);
	if (key == NULL)
		return error_nomem(u->err);
	return key_has_null(key, rel->far_columns.n) ? 0 : owner_row(u,
	    rel->target->table, rel->remote.v, rel->remote.n, key, out);
}

/* The objects on the other side of the link rows. */
int
linked_to(struct uow *u, struct object *near, const struct relationship *rel,
    struct members *out)
{
	struct members	 links = { { NULL, 0, 0 } };
	struct object	*o, *far;
	size_t		 i;
	int		 r;

	if ((r = links_of(u, near, rel, &links)) != 0)
		return r;
	for (i = 0; i < links.list.n; i++) {
		o = links.list.v[i];
		if (o->deleted || o->expunged)
			continue;
		if ((r = link_end(u, o, rel, &far)) != 0)
			return r;
		if (far != NULL && !far->deleted &&
		    vec_push(u->arena, &out->list, far) == -1)
			return error_nomem(u->err);
	}
	members_sort(out);
	return 0;
}

/* For U12 and the order of inserts: whom this link row refers to. */
static int
link_belongs(struct uow *u, struct object *link, struct column *const *columns,
    size_t n, struct object *to)
{
	const struct foreign_key	*fk = link_fk(link->table, columns[0]);

	if (fk != NULL && fk_index(fk) != -1)
		link->parents[fk_index(fk)] = to;
	return kin_point(u, link, to) == -1 ? -1 :
	    kin_file(u, link, columns, n);
}

/* single_parent: has this unit linked it to somebody, or done so again? */
static int
linked_already(struct uow *u, const struct relationship *rel,
    const struct object *far, bool *yes)
{
	struct members		 all = { { NULL, 0, 0 } };
	const struct object	*o;
	size_t			 i;

	*yes = false;
	if (!rel->single_parent)
		return 0;
	if (links_known(u, far, rel, &all) == -1)
		return -1;
	for (i = 0; i < all.list.n && !*yes; i++) {
		o = all.list.v[i];
		*yes = (o->is_new || o->relinked) && !o->deleted &&
		    !o->expunged && leads_far(o, rel, far);
	}
	return 0;
}

/* M1: a link row, unless there is one. */
int
link_add(struct uow *u, struct object *near, const struct relationship *rel,
    struct object *far, const struct path *path)
{
	struct object	*link;
	struct fact	*f;
	bool		 taken;
	size_t		 k;
	int		 r;

	if ((r = links_load(u, near, rel, &f)) != 0 ||
	    (r = object_need_key(u, near)) != 0 ||
	    (r = object_need_key(u, far)) != 0)
		return r;
	if (relate_has_orphans(rel))
		far->cast_off = false;
	if (relate_has_orphans(rel->back))
		near->cast_off = false;
	if (link_between(u, rel, near, far, &link) == -1 ||
	    linked_already(u, rel, far, &taken) == -1)
		return -1;
	if (link != NULL && !link->deleted)
		return 0;
	if (taken) {
		error_set(u->err, ERROR_INVALID_VALUE, path,
		    "this %s has a parent already", rel->target->name);
		return error_about(u->err, rel->model->name, rel->name);
	}
	if (link != NULL) {
		link->deleted = false;
		link->relinked = true;
		return 0;
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
	if (link_belongs(u, link, rel->near_columns.v, rel->near_columns.n,
	    near) == -1 || link_belongs(u, link, rel->far_columns.v,
	    rel->far_columns.n, far) == -1)
		return -1;
	/* U6: a stored link of one end's old row may have this key. */
	return object_given(u, link);
}

/*
 * M3: without a parent the target goes, unless this unit has given it another
 * one.  The same from whichever side the link is taken away (M4).
 */
static int
link_cast_off(struct uow *u, const struct relationship *rel,
    struct object *target)
{
	bool	taken;

	if (linked_already(u, rel, target, &taken) == -1)
		return -1;
	target->cast_off = !taken;
	target->op = u->op;
	return 0;
}

int
link_drop(struct uow *u, struct object *link)
{
	if (!link->is_new) {
		link->deleted = true;
		return 0;
	}
	link->expunged = true;
	return parents_left(u, link);
}

int
link_remove(struct uow *u, struct object *near,
    const struct relationship *rel, struct object *far,
    const struct path *path)
{
	struct object	*link;
	struct fact	*f;
	int		 r;

	if ((r = links_load(u, near, rel, &f)) != 0 ||
	    (r = link_between(u, rel, near, far, &link)) != 0)
		return r;
	if (link == NULL || link->deleted)
		return relate_not_member(u, rel, path);
	object_because(link, "M1", rel);
	object_because(far, "M3", rel);
	if ((r = link_drop(u, link)) != 0)
		return r;
	if (relate_has_orphans(rel) && link_cast_off(u, rel, far) == -1)
		return -1;
	return relate_has_orphans(rel->back) ?
	    link_cast_off(u, rel->back, near) : 0;
}
