#ifndef ORMD_REACH_H
#define ORMD_REACH_H

#include "uow.h"

/*
 * How far a unit of work reaches: for previews, for deletes that are guarded by
 * `max' or `plan', for callers who may not do everything, since a delete may
 * reach rows of others, and for units that are audited.  Others have no reach,
 * and pay nothing.
 *
 * A preview locks nothing, draws no keys, and looks at a bounded number of
 * rows; when there are more it is cut.  A lone guarded delete does not look at
 * all rows that it may not take.  Both follow what ON DELETE
 * does to tables that no relationship looks after; a preview also follows ON
 * UPDATE, and sees whether what is referred to is there.
 */
struct reach {
	bool			 is_preview;
	int64_t			 rows_left;	/* that a preview may look at;
						   of a guarded delete: that it
						   counts before it gives up */
	const struct guard	*guard;		/* bounds lists; or NULL */
	bool			 cut;		/* there are more rows, … */
	const struct table	*cut_at;	/* … the first of this table */
	uint64_t		 made_up;	/* keys in place of new ones */
};

/*
 * Gives the unit its reach if its operations or its caller's rights need one.
 * -1: no memory.
 */
int	reach_begin(struct uow *);

bool	reach_is_preview(const struct uow *);
/* Cut: nothing more is asked for. */
bool	reach_ended(const struct uow *);
/* The lock under which a fact is read. */
enum lock reach_lock(const struct uow *, enum lock);

/*
 * A key that the database has not given yet.  It equals no stored one, and is
 * never sent.
 */
int	reach_make_up(struct uow *, struct cell *);
bool	cell_made_up(const struct cell *);
/* Is one of them made up? */
bool	reach_made_up(const struct uow *, const struct cell *, size_t n);

/* The reach, if it bounds what may be asked for; or NULL. */
struct reach *reach_bounds(const struct uow *);
/* For gather.c: the most rows of an answer, -1: any number; NULL: no reach. */
int64_t	reach_rows(const struct reach *, const struct table *, enum fact_kind);
/* How many of n rows are taken; fewer than n: cut. */
size_t	reach_take(struct reach *, const struct table *, enum fact_kind,
	    size_t n);

/*
 * actions.c, after a run that had all its facts: marks the rows that the
 * database will change on its own (object->acted).  As uow_run(); -1, but for
 * memory, only in a preview, where the database would refuse the write.
 */
int	reach_follow(struct uow *, struct error *);

/* refer.c: is there what the first n objects refer to since this unit? */
int	refer_check(struct uow *, size_t n, struct error *);
/*
 * It leads nowhere: an object that was named is not found; of a value the key
 * is wrong.  Always -1.
 */
int	refer_missing(const struct object *, const struct foreign_key *,
	    struct error *);
/* The error that the database would give of this foreign key. */
int	reach_refuse(struct error *, enum error_kind, const struct path *,
	    const struct foreign_key *);

/* Its row is deleted, by the unit or by the database. */
bool	object_is_gone(const struct object *);
/* The unit gives its row other values. */
bool	object_is_changed(const struct object *);

#endif
