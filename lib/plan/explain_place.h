#ifndef ORMD_EXPLAIN_PLACE_H
#define ORMD_EXPLAIN_PLACE_H

#include "plan.h"

/*
 * After error_set(): model, attribute and path of what a constraint refused,
 * as far as the request tells.  A reference to what is not there becomes
 * not_found.
 */
void	explain_place(const struct call *, const struct pg_error *,
	    struct error *);

#endif
