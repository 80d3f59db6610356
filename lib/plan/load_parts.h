#ifndef ORMD_LOAD_PARTS_H
#define ORMD_LOAD_PARTS_H

#include "loader.h"

/*
 * The inside of a load: load.c finds out what has to be loaded, load_sql.c
 * writes the statements.
 */
struct compiler {
	struct arena		*arena;
	struct sql_cache	*sql;
	struct map		 done;		/* shape -> load */
	int			 n;
	struct sight		 sight;		/* param: set by each statement */
	struct error		*err;
};

/* The select list and the statement by key.  0, or -1 out of memory. */
int	load_texts(struct compiler *, struct load *);
/*
 * The statement that fetches what a member leads to.  Its parameters are the
 * parents' key columns as arrays; a linked row is followed by those columns.
 * NULL: out of memory.
 */
const struct sql *load_member_sql(struct compiler *,
	    const struct load_member *);

#endif
