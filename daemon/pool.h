#ifndef ORMD_POOL_H
#define ORMD_POOL_H

#include <stdbool.h>

#include "error.h"
#include "plan.h"

/*
 * The backends of a worker and the jobs that wait for one.  A job is one
 * decoded request (a call).  Jobs of one lane and shape that wait at the same
 * time are merged into one batch when a backend becomes free; this is decided
 * once a turn of the event loop, after all socket events.
 *
 * done() is called exactly once for each pool_submit(), never before it
 * returns.  On success the unit's results, and the rows they lead to, are
 * there during done() and not after it: write the reply in it.
 */
struct pool;
struct backend;

enum lane { LANE_READ, LANE_WRITE, LANES };

struct job {
	enum lane		 lane;
	const struct call	*call;		/* call->shape decides merging:
						   equal pointers or strings */
	bool			 alone;		/* never merge this one */
	uint64_t		 deadline_us;	/* monotonic; 0: queue_wait and
						   statement_timeout only */
	void			(*done)(struct job *, const struct unit *,
				    const struct error *);	/* one is NULL */
	void			*owner;

	/* The pool's own. */
	struct job		*next, *prev;
	struct backend		*backend;
	uint64_t		 since_us;
	unsigned		 tries;
	int			 state;
	struct error		*cancelled;
};

struct pool_stats {
	uint64_t	batches, jobs, merged, rerun, cancelled, reconnects;
	unsigned	waiting[LANES], idle[LANES], active[LANES],
			connecting[LANES];
};

void	pool_submit(struct pool *, struct job *);
/*
 * Ends a job early with this kind of error.  One that waits is done at once
 * (after this call returned); for one that runs a cancel request goes to
 * PostgreSQL, off the event loop, and done() tells what became of it.
 */
void	pool_cancel(struct pool *, struct job *, enum error_kind why);
bool	pool_up(const struct pool *);	/* is any writer connected */
void	pool_stats(const struct pool *, struct pool_stats *);

#endif
