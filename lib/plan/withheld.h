#ifndef ORMD_WITHHELD_H
#define ORMD_WITHHELD_H

#include "sql.h"

/*
 * A statement that writes a row for each element of its arrays, between the
 * two: a CTE whose outer SELECT gives what the statement returns (nothing, if
 * it has no RETURNING), and raises when a row was withheld.
 */
void	withheld_begin(struct buf *);
void	withheld_end(struct buf *, const struct table *, bool returning);
/*
 * For the WHERE of a DELETE by keys of others, after its first condition:
 * raises unless the table withholds nothing.
 */
void	withheld_none(struct buf *, const struct table *);
/* The last was raised: the rows have to be looked at. */
bool	withheld_unsure(const struct pg_error *);
/* The first was raised: whose rows were withheld; NULL: it was not. */
const struct table *withheld_table(const struct registry *,
	    const struct pg_error *);

#endif
