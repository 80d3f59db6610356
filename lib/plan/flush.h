#ifndef ORMD_FLUSH_H
#define ORMD_FLUSH_H

#include "uow.h"

/*
 * From changed objects to statements.  The changes of all units of a batch go
 * into one flush; those of the same kind, table and columns become one
 * statement, in an order that the foreign keys allow (rule U2).
 */
struct flush;

struct flush *flush_new(struct arena *, struct sql_cache *);
/*
 * Adds what a finished unit of work changes.  0; -1 with err when it cannot be
 * written (not_null, cycle); 1 when it touches a row that another unit of this
 * flush touches: then nothing of it was added, it has to run later.  What is
 * deleted and updated is counted in the result of the op that did it, where
 * that has counts.
 */
int	flush_add(struct flush *, struct uow *, struct result *results,
	    struct error *);
/*
 * U6 alone, which flush_add() begins with; done twice it changes nothing.  -1:
 * no memory.
 */
int	flush_replace(struct uow *);
/* Adds the statements to the round; -1: out of memory. */
int	flush_send(struct flush *, struct round *);
/* The answer of statement `index', counted from the flush's first. */
int	flush_take(struct flush *, size_t index, const struct answer *,
	    struct error *);
size_t	flush_statements(const struct flush *);
/* Are rows given values on the way that they do not keep (U3, U4)? */
bool	flush_detours(const struct flush *);
/* Do all objects that were added have their keys before they are sent? */
bool	flush_knows_keys(const struct flush *);

#endif
