#ifndef ORMD_LOOP_H
#define ORMD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <event2/event_struct.h>

/*
 * The event loop.  A turn: wait for sockets and timers, run all their events,
 * then the hooks that were armed.  What many events of a turn want done once
 * (send the batches, write the replies, bury the dead) is a hook.
 *
 * Sockets, timers and signals are plain events of libevent on loop->base, all
 * of one priority: a hook runs after every turn however busy the sockets are.
 */
struct loop_hook {
	void			(*run)(void *arg);
	void			*arg;
	struct loop_hook	*next;		/* the loop's own */
	bool			 armed;
};

/* In this order after a turn. */
enum loop_rank {
	LOOP_DISPATCH,		/* the pool sends what waits */
	LOOP_DONE,		/* answers that needed no backend are given */
	LOOP_FLUSH,		/* sessions write, and read on if they paused */
	LOOP_BURY,		/* what ended in this turn is freed */
	LOOP_RANKS
};

struct loop {
	struct event_base	*base;
	uint64_t		 now_us;	/* 0: not looked at yet */
	bool			 stopped;
	bool			 measures;	/* set it to know this: */
	uint64_t		 longest_us;	/* of the processor in a turn */
	struct loop_hook	*first[LOOP_RANKS], *last[LOOP_RANKS];
};

int	loop_init(struct loop *);		/* -1: errno */
void	loop_release(struct loop *);
/* Turns until loop_stop(). */
void	loop_run(struct loop *);
void	loop_stop(struct loop *);

/*
 * Runs the hook once, after the events of this turn; arming an armed hook does
 * nothing.  A hook that is armed by a hook of a higher rank, or by itself,
 * runs after the next turn, which then does not wait.
 */
void	loop_after_turn(struct loop *, struct loop_hook *, enum loop_rank);
void	loop_disarm(struct loop *, struct loop_hook *, enum loop_rank);

uint64_t loop_clock(struct loop *);		/* reads the clock */

/* Monotonic microseconds, the same for all of a turn. */
static inline uint64_t
loop_now(struct loop *loop)
{
	return loop->now_us != 0 ? loop->now_us : loop_clock(loop);
}

/* Microseconds since the time was first looked at in this turn. */
uint64_t loop_lasted(struct loop *);

/* For event_add(). */
static inline struct timeval
loop_timeval(uint64_t us)
{
	return (struct timeval){ .tv_sec = (time_t)(us / 1000000),
	    .tv_usec = (suseconds_t)(us % 1000000) };
}

#endif
