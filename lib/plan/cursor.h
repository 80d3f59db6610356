#ifndef ORMD_CURSOR_H
#define ORMD_CURSOR_H

#include "buf.h"
#include "call.h"

/*
 * Cursors: the `next' and `prev' of a page.  To a client they are opaque
 * strings.  One belongs to the query that gave it, its model, condition and
 * order: given with another, or changed, it is refused.  It holds the values
 * of the order terms of one row, which the client may read anyhow, and no
 * secret: who makes one up by these rules has a position in his own query.
 * All ormds on one model make and take the same.
 */

/* As a JSON string: behind the row with these order terms, or at it. */
void	cursor_write(struct buf *, const struct op *,
	    const struct cell *cells, bool inclusive);
/*
 * `invalid_value' at the path when it is no cursor of this op's query.  0, or
 * -1.
 */
int	cursor_read(struct arena *, const struct op *, const char *text,
	    struct position *, const struct path *, struct error *);

#endif
