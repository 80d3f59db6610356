#ifndef ORMD_DRIFT_PARTS_H
#define ORMD_DRIFT_PARTS_H

#include "drift.h"

/* What the rooms of drift share; private to them. */

/* The way to a table, and on to parts of it, in the model file. */
struct place {
	struct path	root, section, table;
};

void	place_of(struct place *, const struct table *);
/*
 * The way to a column, foreign key or unique of it; `steps' is where the way
 * is kept, the last of them is returned.
 */
enum { PLACE_STEPS = 3 };
const struct path *place_column(const struct place *, const struct column *,
	    const char *member, struct path steps[PLACE_STEPS]);
const struct path *place_fk(const struct place *, const struct foreign_key *,
	    const char *member, struct path steps[PLACE_STEPS]);
const struct path *place_unique(const struct place *, const struct unique *,
	    struct path steps[PLACE_STEPS]);
const struct path *place_key(const struct place *, const struct table *,
	    struct path steps[PLACE_STEPS]);

/* The column of that table in the database, or NULL. */
struct found_column *drift_column(const struct found_table *,
	    const struct column *);
/*
 * All of these columns of the table in the database, in `to'; false if one is
 * not there.
 */
enum { DRIFT_COLUMNS = 32 };	/* PostgreSQL's limit for keys */
bool	drift_columns(const struct found_table *, struct column *const *,
	    size_t n, struct found_column **to);
/* Does the database keep anything of it: keys, NULLs?  A view does not. */
bool	drift_is_table(const struct found_table *);
/* Is there a primary key or unique over exactly these columns? */
bool	drift_is_unique(const struct found_table *,
	    struct found_column *const *, size_t n);
/* The foreign key of the database that is this one of the model, or NULL. */
const struct found_fk *drift_fk(const struct found *,
	    const struct foreign_key *);
/* Is this foreign key of the database that one of the model? */
bool	drift_is_fk(const struct found *, const struct found_fk *,
	    const struct foreign_key *);
/* "a", or "a, b" of several columns. */
const char *drift_names(struct findings *, struct column *const *, size_t n);

/* drift_column.c: one column that is in both. */
void	drift_look(struct findings *, const struct place *,
	    const struct column *, const struct found_column *);

#endif
