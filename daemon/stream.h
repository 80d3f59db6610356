#ifndef ORMD_STREAM_H
#define ORMD_STREAM_H

#include "plan.h"
#include "request.h"

/*
 * A `find' that brings all objects: page after page, each a job of its own, so
 * that no backend and no snapshot is held while the client reads.  Called by
 * request_steps.c.
 */
enum stream_next {
	STREAM_FAILED,		/* with err; what was printed may go out */
	STREAM_PAGE,		/* the next page may be asked for */
	STREAM_ENDED		/* request->result is there */
};

/* For an op whose `stream' is set.  0, or -1 with err. */
int	stream_new(struct request *, struct error *);
/* Prints what a page has brought, and turns the op to the next one. */
enum stream_next stream_page(struct request *, const struct unit *,
	    struct error *);
/* The lines that are there go to the end of `out'. */
void	stream_take(struct stream *, struct buf *out);
void	stream_free(struct stream *);

#endif
