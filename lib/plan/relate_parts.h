#ifndef ORMD_RELATE_PARTS_H
#define ORMD_RELATE_PARTS_H

#include "uow.h"

/*
 * Between the rooms of relationships: belong.c (foreign keys), members.c (who
 * is on the other side), link.c (secondary tables), relate.c (what a request
 * changes) and follow.c (what follows at the end).  Those that return int: as
 * uow_run(), see uow.h.
 */

/* belong.c.  Is this column part of what tells rows of the table apart? */
bool	identity_has(const struct table *, const struct column *);
/* Has this unit changed nothing of it? */
bool	fk_as_stored(const struct object *child, const struct foreign_key *);
bool	fk_leads_to(const struct object *child, const struct foreign_key *,
	    const struct object *parent);
bool	fk_is_null(const struct object *child, const struct foreign_key *);
int	fk_point(struct uow *, struct object *child,
	    const struct foreign_key *, struct object *parent,
	    const struct path *);
int	fk_release(struct uow *, struct object *child,
	    const struct foreign_key *, bool orphan, const struct path *);

/* It goes, or is not made: whom this unit pointed it at has to be there. */
int	parents_left(struct uow *, const struct object *);

/* kin.c.  The child is pointed at the parent. */
int	kin_point(struct uow *, struct object *child, struct object *parent);
/* The child has been given values in these columns, or in this one. */
int	kin_file(struct uow *, struct object *child,
	    struct column *const *columns, size_t n);
int	kin_changed(struct uow *, struct object *child, const struct column *);
/*
 * Adds to `out' all objects of the columns' table that may lead, by these
 * columns, to o's `local' ones, and maybe others.  `f' has the stored ones, or
 * is NULL.
 */
int	kin_of(struct uow *, const struct object *o, const struct fact *f,
	    struct column *const *columns, struct column *const *local,
	    size_t n, struct members *out);

/* members.c */
/* By primary key, stored ones first: the order of a collection. */
void	members_sort(struct members *);
/*
 * Makes objects of the stored rows whose `columns' equal o's `local' ones: in
 * f->objects.  *f is NULL if there are none; *first: it is new in this run.
 */
int	members_load(struct uow *, struct object *o,
	    struct column *const *columns, struct column *const *local,
	    size_t n, struct fact **f, bool *first);
int	children_of(struct uow *, struct object *parent,
	    const struct relationship *, struct members *out);
int	parent_of(struct uow *, struct object *child,
	    const struct relationship *, struct members *out);

/* link.c.  The foreign key over these columns; NULL: there is none. */
const struct foreign_key *link_fk(const struct table *secondary,
	    const struct column *first);
/* All link rows of an object, also those that this unit deletes. */
int	links_of(struct uow *, struct object *near,
	    const struct relationship *, struct members *out);
int	linked_to(struct uow *, struct object *near,
	    const struct relationship *, struct members *out);
int	link_add(struct uow *, struct object *near,
	    const struct relationship *, struct object *far,
	    const struct path *);
/* The row goes, or is never made. */
int	link_drop(struct uow *, struct object *link);
int	link_remove(struct uow *, struct object *near,
	    const struct relationship *, struct object *far,
	    const struct path *);

/* relate.c */
bool	relate_has_orphans(const struct relationship *);
int	relate_not_member(struct uow *, const struct relationship *,
	    const struct path *);

#endif
