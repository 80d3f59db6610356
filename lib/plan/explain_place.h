#ifndef ORMD_EXPLAIN_PLACE_H
#define ORMD_EXPLAIN_PLACE_H

#include "buf.h"
#include "plan.h"

/*
 * After error_set(): model, attribute and path of what a constraint refused,
 * as far as the request tells.  A reference to what is not there becomes
 * not_found.
 */
void	explain_place(const struct call *, const struct pg_error *,
	    struct error *);
/*
 * Where there is no path yet: that of the row that was refused, among those
 * that the batch of one was writing.
 */
void	explain_change(const struct batch *, const struct pg_error *,
	    struct error *);
/* What PostgreSQL tells of values; NULL: it keeps them to itself. */
const char *explain_detail(const struct pg_error *, enum error_kind);
/* A value as PostgreSQL writes most of them in such a detail. */
void	explain_value(struct buf *, const struct column *,
	    const struct cell *);

#endif
