#ifndef ORMD_PATIENCE_H
#define ORMD_PATIENCE_H

#include "loop.h"

/*
 * Timeouts of many, with one timer: everybody who waits for the same kind of
 * thing has the same timeout, so a list in order of beginning is one in order
 * of end.  Nothing is done for those who do not wait.  Sessions use it.
 *
 * A wait is part of its owner's struct, all zero at first, and must have ended
 * when the owner goes.
 */
struct patience_wait {
	struct patience_wait	*next, *prev;
	uint64_t		 since_us;	/* 0: does not wait */
};

struct patience {
	struct loop		*loop;
	struct patience_wait	 head;		/* of a circle */
	struct event		 timer;
	const uint64_t		*timeout_us;	/* may change meanwhile */
	void			(*expired)(struct patience_wait *);
};

/* expired() is called with a wait that has ended. */
void	patience_init(struct patience *, struct loop *,
	    const uint64_t *timeout_us,
	    void (*expired)(struct patience_wait *));
void	patience_release(struct patience *);
/* One that waits already goes on from when it began. */
void	patience_begin(struct patience *, struct patience_wait *);
void	patience_end(struct patience_wait *);

#endif
