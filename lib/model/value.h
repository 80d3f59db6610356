#ifndef ORMD_VALUE_H
#define ORMD_VALUE_H

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "json_in.h"
#include "model.h"
#include "rows.h"

/*
 * One value of a column, in the form in which keys are compared and parameters
 * are sent: the bytes of the column's cell_form (PostgreSQL's binary format,
 * network byte order).  NULL is n == -1.  So a value and a cell of one column
 * are equal when their bytes are.
 */

/*
 * Converts a client's JSON value for this column; the bytes are in the arena
 * (or in the JSON string).  `invalid_value' at path when it does not fit the
 * type; null is passed on (not_null is the database's or the flush's word).
 */
int	value_from_json(struct arena *, const struct column *,
	    struct json *, struct cell *out, const struct path *,
	    struct error *);
/* Prints a cell as JSON text. */
void	value_write(struct buf *, const struct column *, const struct cell *);
bool	cell_equal(const struct cell *, const struct cell *);
/* For ordering keys: memcmp order after NULLs; integers by value. */
int	cell_compare(const struct column *, const struct cell *,
	    const struct cell *);

#endif
