#ifndef ORMD_CHANNEL_H
#define ORMD_CHANNEL_H

#include "libormd.h"

/*
 * Inside libormd: a connected socket that takes lines and gives lines.  All
 * waiting happens here, in ormd_channel_turn().  A channel that has failed
 * once says the same ever after.
 */
struct ormd_bytes {
	char	*p;
	size_t	 at, n, cap;			/* from `at' to `n' */
};

struct ormd_secure;

struct ormd_channel {
	int			 fd;		/* -1: none */
	struct ormd_secure	*secure;	/* NULL: without TLS */
	struct ormd_bytes	 in, out;
	size_t			 scanned;	/* from in.at: no LF in these */
	size_t			 held;		/* lines given, nobody took */
	bool			 ended;		/* the server says no more */
	bool			 finished;	/* nor do we */
	int			 unsendable;	/* errno of a failed write */
	struct ormd_error	 broken;	/* kind "": it is not */
};

void	ormd_channel_release(struct ormd_channel *);

/*
 * Queues n bytes and an LF, and writes what the socket takes; waits first
 * while too much is unsent.
 */
int	ormd_channel_queue(struct ormd_channel *, const char *line, size_t n,
	    int64_t deadline, struct ormd_error *);
/* Waits until nothing is unsent. */
int	ormd_channel_flush(struct ormd_channel *, int64_t deadline,
	    struct ormd_error *);
/* Flushes and shuts the writing side. */
int	ormd_channel_finish(struct ormd_channel *, int64_t deadline,
	    struct ormd_error *);
void	ormd_channel_write(struct ormd_channel *);	/* without waiting */

/*
 * Waits once, and reads and writes what can be.  False when the deadline came
 * instead.
 */
bool	ormd_channel_turn(struct ormd_channel *, int64_t deadline);
/*
 * The next line that is there whole, without its end; it stays valid until
 * the next call of a function above.
 */
bool	ormd_channel_line(struct ormd_channel *, const char **line, size_t *n);
/* Can more lines come?  0, or -1 and why not. */
int	ormd_channel_readable(struct ormd_channel *, struct ormd_error *);
short	ormd_channel_events(const struct ormd_channel *);

#endif
