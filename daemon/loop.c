/*
 * The event loop: libevent's, turn by turn, with hooks between the turns.
 * Called by everybody in daemon/ that waits for something.
 *
 * libevent's priorities could run the hooks too, but they go back to the kernel
 * before each lower priority (a system call more), and a busy socket would keep
 * the hooks from running at all.
 */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "loop.h"

int
loop_init(struct loop *loop)
{
	struct event_config	*config;

	memset(loop, 0, sizeof(*loop));
	if ((config = event_config_new()) == NULL)
		return -1;
	/* One thread: no locks.  Timers need no better than milliseconds. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	return loop->base == NULL ? -1 : 0;
}

void
loop_release(struct loop *loop)
{
	if (loop->base != NULL)
		event_base_free(loop->base);
	loop->base = NULL;
}

static uint64_t
clock_now(clockid_t clock)
{
	struct timespec	now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t
loop_clock(struct loop *loop)
{
	return loop->now_us = clock_now(CLOCK_MONOTONIC);
}

uint64_t
loop_lasted(struct loop *loop)
{
	uint64_t	since = loop_now(loop);

	return clock_now(CLOCK_MONOTONIC) - since;
}

void
loop_after_turn(struct loop *loop, struct loop_hook *hook, enum loop_rank rank)
{
	if (hook->armed)
		return;
	hook->armed = true;
	hook->next = NULL;
	if (loop->last[rank] != NULL)
		loop->last[rank]->next = hook;
	else
		loop->first[rank] = hook;
	loop->last[rank] = hook;
}

void
loop_disarm(struct loop *loop, struct loop_hook *hook, enum loop_rank rank)
{
	struct loop_hook	*h, *before = NULL;

	if (!hook->armed)
		return;
	for (h = loop->first[rank]; h != NULL && h != hook; h = h->next)
		before = h;
	if (h == NULL)
		return;
	if (before != NULL)
		before->next = hook->next;
	else
		loop->first[rank] = hook->next;
	if (loop->last[rank] == hook)
		loop->last[rank] = before;
	hook->armed = false;
}

/*
 * Each hook that is armed now runs at most once; one that arms itself again
 * waits for the next turn, behind the sockets.
 */
static void
hooks_run(struct loop *loop, enum loop_rank rank)
{
	struct loop_hook	*hook;
	unsigned		 n = 0;

	for (hook = loop->first[rank]; hook != NULL; hook = hook->next)
		n++;
	while (n-- > 0 && (hook = loop->first[rank]) != NULL) {
		loop->first[rank] = hook->next;
		if (hook->next == NULL)
			loop->last[rank] = NULL;
		hook->armed = false;
		hook->run(hook->arg);
	}
}

static bool
hooks_wait(const struct loop *loop)
{
	int	rank;

	for (rank = 0; rank < LOOP_RANKS; rank++)
		if (loop->first[rank] != NULL)
			return true;
	return false;
}

/* What this thread has had of the processor: not what others took from it. */
static uint64_t
effort(void)
{
	return clock_now(CLOCK_THREAD_CPUTIME_ID);
}

static void
turn_measure(struct loop *loop, uint64_t *before)
{
	uint64_t	now = effort();

	if (now - *before > loop->longest_us)
		loop->longest_us = now - *before;
	*before = now;
}

void
loop_run(struct loop *loop)
{
	uint64_t	before = loop->measures ? effort() : 0;
	int		rank, flags;

	loop->stopped = false;
	while (!loop->stopped) {
		flags = EVLOOP_ONCE;
		if (hooks_wait(loop))
			flags |= EVLOOP_NONBLOCK;
		/* The time is looked at when somebody asks after the wait. */
		loop->now_us = 0;
		event_base_loop(loop->base, flags);
		for (rank = 0; rank < LOOP_RANKS; rank++)
			hooks_run(loop, (enum loop_rank)rank);
		if (loop->measures)
			turn_measure(loop, &before);
	}
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
