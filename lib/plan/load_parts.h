#ifndef ORMD_LOAD_PARTS_H
#define ORMD_LOAD_PARTS_H

#include "loader.h"
#include "nested.h"

/*
 * The inside of a load: load.c finds out what has to be loaded, load_sql.c
 * writes the statements, load_nested.c those of collections that the request
 * has wishes for.
 */
struct compiler {
	struct arena		*arena;
	struct sql_cache	*sql;
	bool			 kept;		/* so are its texts */
	struct map		 done;		/* struct load, by load_place */
	VEC(struct load *)	 loads;		/* by id */
	struct sight		 sight;		/* each statement sets param */
	struct sight		 alone;		/* of those for one caller */
	struct error		*err;
};

/* Interns the text and frees it; NULL: out of memory. */
const struct sql *load_intern(const struct compiler *, struct buf *);
/* The select list and the statement by key.  0, or -1 out of memory. */
int	load_texts(struct compiler *, struct load *);
/*
 * The statement that fetches what a member leads to.  Its parameters are the
 * parents' key columns as arrays; a linked row is followed by those columns.
 * NULL: out of memory.
 */
const struct sql *load_member_sql(struct compiler *,
	    const struct load_member *);
/* The same with `where', `order_by' and `limit'; see load_nested.c. */
const struct sql *load_nested_sql(struct compiler *,
	    const struct load_member *, const struct nested *);
void	load_select_list(struct buf *, const struct load *, const char *alias);

#endif
