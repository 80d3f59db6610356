#ifndef ORMD_POOL_PARTS_H
#define ORMD_POOL_PARTS_H

#include <stddef.h>

#include "catalog.h"
#include "pace.h"
#include "seal_look.h"
#include "work.h"

/*
 * The inside of the pool, for pool*.c only: pool_new.c makes and frees it,
 * pool_jobs.c has the jobs and their replies, pool_share.c says whose turn it
 * is, pool_run.c has what runs on the backends, pool_time.c all waits.
 */
enum {
	RETRY_FIRST_US = 2000,		/* doubled with each retry */
	/*
	 * Where one connection broke, others break: by then it is known which,
	 * and new ones are there.
	 */
	LOST_WAIT_US = 40 * 1000,
	/* A batch often ends before a cancel request would arrive. */
	CANCEL_PATIENCE_US = 10 * 1000,
	/* Between checks of the model that errors ask for. */
	DIFFERS_PAUSE_US = 60 * 1000 * 1000
};

enum job_state { JOB_WAITING, JOB_LATER, JOB_RUNNING, JOB_ENDED };

/* A backend and what runs on it. */
struct slot {
	struct backend	 backend;	/* first: a backend is a slot */
	struct pool	*pool;
	enum lane	 lane;
	struct pipeline	 pipeline;
	struct work	*work;		/* NULL while ACTIVE: a look, or the
					   catalog */
	struct seal_look look;
	bool		 looks;
	uint64_t	 begun_us;
	uint64_t	 hash;		/* of the shape; 0: none */
	uint64_t	 progress_us;	/* last word of PostgreSQL */
	uint64_t	 deadline_us;	/* the first of its jobs' */
	uint64_t	 part_us;	/* its jobs have to part by then */
	uint64_t	 cancel_us;	/* a cancel request is wanted by then,
					   the first or another */
	uint64_t	 close_us;	/* the connection is left by then */
	bool		 cancelled;	/* this block */
	bool		 stray;		/* the block before it */
};

struct pool_lane {
	struct conninfo		 conninfo;
	struct backend_home	 home;
	struct queue		 queue;
	struct paces		 paces;
	/* Who last asked with nothing else under way, and when. */
	const struct queue_client *light;	/* to be compared only */
	uint64_t		 light_us;
};

struct job_list {
	struct job	*first, *last;
};

struct pool {
	struct ormd		*ormd;
	struct pool_lane	 lanes[LANES];
	struct slot		*slots;
	unsigned		 nslots;
	struct errands		*resolver, *canceller;
	struct work		*spare;
	struct work		*finished, **finished_end;
	struct job_list		 ended;		/* wait for their done() */
	struct job		*later;
	struct loop_hook	 hook;
	struct event		 timer;
	uint64_t		 timer_us;
	struct catalog		 catalog;
	bool			 seal_wanted;	/* a writer is to look */
	bool			 check_wanted;
	uint64_t		 differs_us;	/* errors want none before */
	bool			 checking;	/* one at a time */
	bool			 draining;
	unsigned		 busy;
	struct pool_stats	 stats;
};

static inline uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t
pool_now(struct pool *pool)
{
	return loop_now(&pool->ormd->loop);
}

static inline struct job *
job_of(struct queue_item *item)
{
	return item == NULL ? NULL :
	    (struct job *)((char *)item - offsetof(struct job, item));
}

/* pool_jobs.c: decides anew after this turn's events. */
void	pool_wake(struct pool *);
void	pool_turn(void *pool);		/* the hook that decides */
/* Ends a job with an error that says nothing was done. */
void	pool_job_end(struct pool *, struct job *, enum error_kind why);
void	pool_job_wait(struct pool *, struct job *, bool front);

/*
 * PostgreSQL says of a statement what it would not if the model fitted the
 * database: it is checked again, so that the log says where it does not.
 */
void	pool_differs(struct pool *);

/* Ends all that wait in the lane. */
void	pool_waiting_end(struct pool *, enum lane, enum error_kind why);

/* pool_share.c */
/*
 * Who asks while nothing of its own is under way is kept room for, a while.  To
 * be called before the request waits: from then on something is under way.
 */
void	share_note(struct pool_lane *, const struct queue_client *,
	    uint64_t now);
/*
 * Whether an idle backend is to take what waits.  The last one is kept for
 * those of whom nothing runs, or half of them; and it is kept from what is
 * slow, where quick ones are about.
 */
bool	share_may_begin(struct pool_lane *, uint64_t now);
/* The next batch, or one item alone; NULL: nothing waits. */
struct queue_item *share_take(struct pool *, enum lane, bool alone);
/* How `pace' knows the shape; 0: it has none, or there is no item. */
uint64_t share_hash(const struct queue_item *);

/* pool_run.c */
extern const struct backend_calls pool_calls;
/* Gives the idle backends of all lanes what waits. */
void	pool_dispatch(struct pool *);
/* The pipeline has ended its block. */
void	pool_slot_ended(struct slot *);
/* No longer needed; its arena is released. */
void	pool_work_put(struct pool *, struct work *);

/* pool_time.c */
/* Has PostgreSQL stop what runs; if it does not, the backend is left. */
void	pool_slot_cancel(struct slot *);
void	pool_timer_set(struct pool *);
void	pool_tick(evutil_socket_t, short, void *);

#endif
