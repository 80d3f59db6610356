#ifndef ORMD_QUERY_H
#define ORMD_QUERY_H

#include "call.h"
#include "sql.h"
#include "statement.h"

/*
 * The statements of `find', `count' and `aggregate', and of `get' by unique
 * columns; op is one of the call.  Parameters and texts go into the arena;
 * NULL: out of memory.
 *
 * A page asks for one row more than its limit, which tells whether there is a
 * next one.
 */
struct statement *query_page(struct arena *, struct sql_cache *,
	    const struct call *, const struct op *);
struct statement *query_count(struct arena *, struct sql_cache *,
	    const struct call *, const struct op *);
struct statement *query_aggregate(struct arena *, struct sql_cache *,
	    const struct call *, const struct op *);
struct statement *query_unique(struct arena *, struct sql_cache *,
	    const struct call *, const struct op *);

#endif
