#ifndef ORMD_PAGE_H
#define ORMD_PAGE_H

#include "buf.h"
#include "plan.h"

/*
 * Printing what may be more than a reply takes.  Called by result.c while the
 * unit's rows are there.  The limit is the buffer's own: whoever makes it
 * leaves room there for what stands around the result.
 */

/*
 * The result of a `find'.  Where not all of its objects fit, it ends with the
 * last that does, and `next' goes on behind that one (of a page before a
 * position it begins with the first that does, and so `prev').  0, or -1 with
 * err: not even the first object fits, or it cannot be printed.
 */
int	page_write(struct buf *, const struct op *, const struct result *,
	    int max_depth, struct error *);

/* How a stream is cut into lines. */
struct page_lines {
	const char	*id;		/* of the request, as JSON text */
	size_t		 line;		/* bytes of a line, if more than one
					   object is in it */
	size_t		 longest;	/* bytes of any line */
	size_t		 most;		/* no new line behind so many bytes */
	int		 max_depth;
};

/*
 * The objects of a page as notifications, each in a line of its own; *n is how
 * many of them, from the first on.  0, or -1 with err when the one behind them
 * cannot be printed.  The buffer holds whole lines in either case.
 */
int	page_stream(struct buf *, const struct page_lines *,
	    const struct op *, const struct result *, size_t *n,
	    struct error *);
/* "next":"…", to go on behind rows[i]. */
void	page_next(struct buf *, const struct op *, const struct result *,
	    size_t i);

/* One value, or a list of several. */
void	cells_write(struct buf *, struct column *const *columns, size_t n,
	    const struct cell *);
/* `limit' because of this object, which err then names.  Returns -1. */
int	object_too_long(const struct row *, struct error *);
/* Names the object with this key in err, if clients may see its key. */
void	object_name(const struct model *, const struct cell *key,
	    struct error *);
void	row_name(const struct row *, struct error *);

#endif
