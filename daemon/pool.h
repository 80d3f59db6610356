#ifndef ORMD_POOL_H
#define ORMD_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "plan.h"
#include "queue.h"

/*
 * The backends of a worker and the jobs that wait for one.  A job is one
 * decoded request (a call).  Jobs of one lane and shape that wait at the same
 * time are merged into one batch when a backend becomes free; this is decided
 * once a turn of the event loop, after all socket events.
 *
 * done() is called exactly once for each pool_submit(), never before it
 * returns.  On success the unit's results, and the rows they lead to, are
 * there during done() and not after it: write the reply in it.  The job is the
 * caller's again when done() is called, and may be gone when it returns.
 */
struct ormd;
struct pool;
struct work;

enum lane { LANE_READ, LANE_WRITE, LANES };

struct job {
	enum lane		 lane;
	const struct call	*call;		/* call->shape decides merging:
						   equal pointers or strings;
						   NULL: with nothing */
	bool			 alone;		/* never merge this one */
	uint64_t		 deadline_us;	/* monotonic; 0: queue_wait and
						   statement_timeout only */
	/* One of the two is NULL. */
	void			(*done)(struct job *, const struct unit *,
				    const struct error *);
	void			*owner;

	/* The pool's own. */
	struct queue_item	 item;
	struct job		*next;
	struct work		*work;		/* while it runs */
	uint64_t		 retry_us;
	unsigned char		 state;
	unsigned char		 retries;	/* races, stray cancels */
	unsigned char		 losses;	/* of the connection */
	bool			 single;	/* run again by itself */
	bool			 in_doubt;	/* it may be committed, and
						   has a key */
	bool			 cancelled;
	enum error_kind		 why;		/* it ends early */
};

struct pool_stats {
	uint64_t	batches, jobs, merged, rerun, cancelled, reconnects;
	unsigned	waiting[LANES], idle[LANES], active[LANES],
			connecting[LANES];
};

/*
 * Begins to connect at once; jobs may be submitted from then on.  NULL with err
 * when a connection string is malformed, or out of memory.
 */
struct pool *pool_new(struct ormd *, struct error *);
/* No job may be left.  NULL is allowed. */
void	pool_free(struct pool *);
void	pool_submit(struct pool *, struct job *);
/*
 * Ends a job early with this kind of error.  One that waits is done at once
 * (after this call returned); for one that runs a cancel request goes to
 * PostgreSQL, off the event loop, and done() tells what became of it: a result,
 * if it was too late, or the error, with `committed'.
 */
void	pool_cancel(struct pool *, struct job *, enum error_kind why);
/*
 * From now on nothing is begun: what runs is finished, what waits and what is
 * submitted ends with `draining'.
 */
void	pool_drain(struct pool *);
unsigned pool_busy(const struct pool *);	/* jobs that are not done */
/* The model was exchanged: hold the new one against the database. */
void	pool_check_model(struct pool *);
bool	pool_up(const struct pool *);	/* is any writer connected */
void	pool_stats(const struct pool *, struct pool_stats *);

#endif
