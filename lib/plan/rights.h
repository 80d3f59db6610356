#ifndef ORMD_RIGHTS_H
#define ORMD_RIGHTS_H

#include "uow.h"

/*
 * What the caller of a unit of work may do with rows.  Those who may do
 * everything (admins, and all clients where nobody logs in) pass through here
 * without a look.  Functions that return int: as uow_run(), see uow.h.
 */

/* Is the caller one of those who may not do everything? */
bool	rights_apply(const struct uow *);

/* owner.c */

/*
 * The user whom a row belongs to, as it is stored, or as the unit leaves it;
 * n == -1: nobody.
 */
int	owner_find(struct uow *, struct object *, bool stored,
	    struct cell *owner);
/* Is that the caller? */
int	owner_is_caller(struct uow *, struct object *, bool stored, bool *yes);
/* Does this foreign key lead to the caller, as the unit leaves it? */
int	owner_fk_is_caller(struct uow *, const struct object *,
	    const struct foreign_key *, bool *yes);
/* The stored row with these values, as an object; NULL: there is none. */
int	owner_row(struct uow *, const struct table *,
	    struct column *const *columns, size_t n, const struct cell *,
	    struct object **);
/* New rows that belong to nobody are the caller's. */
int	owner_fill(struct uow *);

/* rights.c */

/* Has the caller this right on the row as it is stored, or as it is now? */
int	rights_have(struct uow *, struct object *, enum access_op, bool stored,
	    bool *yes);
/* The object may not be written so; always -1. */
int	rights_refuse(struct uow *, const struct object *, enum access_op);
/* May the caller see this row, which is stored?  Absent ones: no. */
int	rights_see(struct uow *, struct object *, bool *yes);
/* Not there, for this caller: `not_found' as of one that is not stored. */
int	rights_demand(struct uow *, struct object *, const struct path *);
/* Takes those that the caller does not see out of the list. */
int	rights_filter(struct uow *, struct members *);
/* May the caller update this row, as it is stored?  New ones: yes. */
int	rights_update(struct uow *, struct object *, bool *yes);
/*
 * Before anything is looked at: -1 when nobody of the caller's class may do
 * this.  `target' is what a delete is about, once it is there.
 */
int	rights_create(struct uow *, const struct op *);
int	rights_delete(struct uow *, const struct object *target);
/* Where the request speaks of the object, as near as can be said. */
const struct path *rights_path(const struct uow *, const struct object *);

/* rights_check.c */

/* At the end of a run: may all of this be written?  -1: refused. */
int	rights_check(struct uow *, struct error *);
/* The row still leads to the same parent, whose key has changed (U12). */
bool	rights_keeps_parent(const struct object *, const struct foreign_key *);
bool	rights_fk_differs(const struct object *, const struct foreign_key *);

/*
 * rights_blind.c: whatever the rows are, is everything that this blind
 * delete takes the caller's to see and to delete?
 */
bool	rights_blind(const struct uow *, const struct op *);

/* rights_refer.c: are the rows that the object has come to refer to seen? */
int	rights_refer(struct uow *, struct object *);
/* rights_link.c: may the caller make or remove this row of a plain table? */
int	rights_link(struct uow *, struct object *);

#endif
