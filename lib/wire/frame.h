#ifndef ORMD_FRAME_H
#define ORMD_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/*
 * Bytes -> lines.  The session reads into a buffer that it shares with all
 * others, and calls frame_next() until it says FRAME_MORE.  A line that lies
 * whole in that buffer is handed out from there, without a copy; only the
 * beginning of an unfinished line is copied and kept, so that a connection on
 * which nothing is under way holds no memory here.  How the bytes were cut
 * into reads makes no difference to what comes out.
 *
 * A line ends with LF; one CR before it is not part of the line.  Lines of
 * nothing but spaces, tabs and CRs are skipped.  A line longer than max_line
 * bytes is reported once, as soon as it is known to be, and discarded up to
 * its LF.
 *
 * A line like `GET / HTTP/1.1' ends the conversation: it is what a web page
 * makes a browser send, and the lines after it would be the page's.  An
 * over-long line counts as one already when it begins with a word and a space,
 * as no JSON does, or a long address would hide the request.
 */
struct frame {
	struct buf	held;		/* what no line has been made of yet */
	size_t		at;		/* held.p: used up to here */
	size_t		scanned;	/* held.p: no LF from at to here */
	size_t		max_line;	/* may change between calls */
	bool		undecided;	/* it may soon be more: see
					   FRAME_WAIT */
	bool		skipping;	/* inside an over-long line */
	bool		http;		/* for good */
};

enum frame_event {
	FRAME_MORE,		/* all input is taken; read more */
	FRAME_LINE,
	FRAME_TOO_LARGE,	/* answer `too_large' with id null */
	FRAME_WAIT,		/* longer than max_line, and undecided:
				   frame_keep() the rest, read no more, and
				   go on when max_line is decided */
	FRAME_HTTP,		/* close; comes again at every call */
	FRAME_NOMEM		/* close */
};

void	frame_init(struct frame *, size_t max_line);
void	frame_release(struct frame *);

/*
 * Takes bytes from *p, of which *n are there, and moves both on.  After
 * FRAME_LINE, *line and *length are the line (no LF, no NUL behind it); it
 * stays until the next call for this frame, or until the input is overwritten.
 */
enum frame_event frame_next(struct frame *, const char **p, size_t *n,
	    const char **line, size_t *length);
/*
 * For a session that stops in the middle of its input: keeps the rest.  Later
 * frame_next() with *n == 0 goes on with it.  Do not read more until then, as
 * only the reads bound what is held.  Returns -1 when out of memory: close.
 */
int	frame_keep(struct frame *, const char *p, size_t n);

/* After FRAME_MORE: a line has begun and has to finish within line_timeout. */
static inline bool
frame_unfinished(const struct frame *f)
{
	return f->held.n > f->at || f->skipping;
}

#endif
