#ifndef ORMD_ERRAND_H
#define ORMD_ERRAND_H

#include <stdbool.h>

#include "loop.h"

/*
 * Calls of libraries that block (a cancel request, the look-up of a name), run
 * one after the other in a thread of their own, so that the loop never waits
 * for a stranger.  The queue is bounded: what does not fit is refused at once.
 *
 * The caller owns the errand; it belongs to the thread from errands_send()
 * until done(), which is called exactly once, on the loop, never before
 * errands_send() has returned.  `ran' is false when errands_free() came first.
 */
struct errands;

struct errand {
	void		(*run)(struct errand *);	/* in the thread */
	void		(*done)(struct errand *);	/* on the loop */
	bool		 ran;
	struct errand	*next;
};

/* NULL: errno */
struct errands *errands_new(struct loop *, unsigned most);
/* 0, or -1 when `most' errands are waiting already. */
int	errands_send(struct errands *, struct errand *);
/*
 * Waits a moment for the errand that runs, gives up those that wait.  -1: the
 * running one did not come back in time; it and the thread are left to the end
 * of the process, so what the errand uses must not be freed either.
 */
int	errands_free(struct errands *);

#endif
