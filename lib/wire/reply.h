#ifndef ORMD_REPLY_H
#define ORMD_REPLY_H

#include <stddef.h>

#include "buf.h"
#include "error.h"

/*
 * A result or an error -> the line of the answer, written into the session's
 * output.  `id' is the text from struct rpc_call.  For a result:
 *
 *	at = reply_begin(out, id, REPLY_LINE);
 *	... JSON of the result into out ...
 *	reply_end(out, REPLY_LINE);
 *
 * `at' is where in the buffer the answer begins (the comma before it, in a
 * batch), so that it has out->n - at bytes.  If that is more than max_reply, or
 * out is broken, reply_cut() takes it back and reply_error() goes out.
 *
 * A batch is answered between reply_batch_begin() and reply_batch_end(), all
 * with REPLY_MEMBER; a batch of nothing but notifications is not answered, so
 * write it only when there is something to say.
 */
enum reply_place {
	REPLY_LINE,		/* a line of its own */
	REPLY_MEMBER		/* of the array of a batch */
};

/* The bytes of the line of a result that are not the result. */
size_t	reply_overhead(const char *id);
/* Each returns `at'. */
size_t	reply_begin(struct buf *, const char *id, enum reply_place);
size_t	reply_error(struct buf *, const char *id, const struct error *,
	    enum reply_place);
size_t	reply_batch_begin(struct buf *);
/* A line that answers nothing; its params follow, and reply_end(). */
size_t	reply_notify_begin(struct buf *, const char *method);

void	reply_end(struct buf *, enum reply_place);
void	reply_batch_end(struct buf *);

/*
 * Takes back what was written from `at' on, also of a buffer that broke since.
 * (One that broke before `at' has lost something earlier: close.)
 */
void	reply_cut(struct buf *, size_t at);

#endif
