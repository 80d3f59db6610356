#ifndef ORMD_ROWS_H
#define ORMD_ROWS_H

#include "arena.h"
#include "shape.h"

/*
 * Loaded objects, as lib/plan's loader leaves them for lib/serialize's writer.
 * All of it lives in one arena; cell bytes point into the answers of
 * PostgreSQL that the arena holds too.
 */

/* One value in the binary format of its column's cell_form; n == -1: NULL. */
struct cell {
	const char	*p;
	int32_t		 n;
};

struct row;

/*
 * The rows on the other end of a relationship.  Of a scalar one the only row
 * may be NULL: then there is none.
 */
struct link {
	struct row	**rows;		/* in printing order */
	size_t		  n, cap;
	bool		  loaded;
};

/* The JSON of a row that several others refer to, kept for those to come. */
struct row_text {
	struct arena	*arena;		/* where to keep it */
	const char	*p;		/* NULL: not printed yet */
	size_t		 n;
};

struct row {
	const struct shape	*shape;
	const struct cell	*cells;	/* by column->index; only the columns
					   that the shape prints or that a
					   relationship needs are set */
	struct link		*links;	/* by relationship->index; links of a
					   proxy's way are separate: see
					   via */
	struct link		*via;	/* by proxy->index: the association
					   objects of a proxy (rows whose shape
					   is the member's `via') */
	struct row_text		*text;		/* NULL: do not keep it */
};

#endif
