/*
 * All waits of the pool, on one timer: deadlines of jobs, attempts to connect,
 * blocks that run too long, retries.  The earliest of them is looked for once a
 * turn, so that a job needs no timer of its own.
 */
#include <string.h>

#include "pool_parts.h"

enum {
	/* One that came while nothing ran was in vain. */
	CANCEL_AGAIN_US = 300 * 1000,
	/* A backend that does not heed a cancel request for so long is left. */
	CANCEL_GRACE_US = 1000 * 1000,
	/* After statement_timeout PostgreSQL should have spoken by itself. */
	TIMEOUT_SLACK_US = 1000 * 1000,
	/* Jobs wait so long for a first attempt to reconnect. */
	CONNECT_GRACE_US = 1000 * 1000
};

void
pool_slot_cancel(struct slot *slot)
{
	uint64_t	now = pool_now(slot->pool);

	if (!slot->cancelled)
		slot->close_us = now + CANCEL_GRACE_US;
	slot->cancelled = slot->pipeline.stopped = true;
	slot->cancel_us = now + CANCEL_AGAIN_US;
	if (!slot->backend.cancelling)
		(void)backend_cancel(&slot->backend);
}

/* Cancels what has run too long, and leaves a backend that does not heed. */
static void
slot_check(struct slot *slot, uint64_t now)
{
	struct pool	*pool = slot->pool;
	struct work	*work = slot->work;
	struct job	*job;
	bool		 hung = now >= slot->progress_us + TIMEOUT_SLACK_US +
			    pool->ormd->settings.statement_timeout;
	size_t		 i;

	if (work != NULL && (hung || slot->deadline_us <= now)) {
		slot->deadline_us = UINT64_MAX;
		for (i = 0; i < work->batch.units.n; i++) {
			job = work->batch.units.v[i].owner;
			if (hung || (job->deadline_us != 0 &&
			    job->deadline_us <= now))
				pool_cancel(pool, job, ERROR_TIMEOUT);
			else if (job->deadline_us != 0)
				slot->deadline_us = earlier(slot->deadline_us,
				    job->deadline_us);
		}
	}
	if (hung && !slot->cancelled)
		slot->cancel_us = now;
	if (slot->part_us <= now && !slot->cancelled)
		slot->cancel_us = now;
	if (slot->cancel_us <= now)
		pool_slot_cancel(slot);
	if (slot->close_us <= now) {
		pipeline_abandon(&slot->pipeline);
		backend_lose(&slot->backend, "it does not answer");
		pool_slot_ended(slot);
	}
}

static uint64_t
slot_due(const struct slot *slot)
{
	uint64_t	due;

	switch (slot->backend.state) {
	case BACKEND_DOWN:
	case BACKEND_CONNECTING:
	case BACKEND_JUSTFREE:
		return slot->backend.due_us;
	case BACKEND_ACTIVE:
		if (slot->cancelled)
			return earlier(slot->cancel_us, slot->close_us);
		due = earlier(slot->progress_us + TIMEOUT_SLACK_US +
		    slot->pool->ormd->settings.statement_timeout,
		    slot->cancel_us);
		return earlier(due, earlier(slot->deadline_us, slot->part_us));
	case BACKEND_IDLE:
	case BACKEND_DRAINING:
	case BACKEND_STATES:
		break;
	}
	return UINT64_MAX;
}

/* No backend, and no attempt has ended: jobs wait only a moment for it. */
static uint64_t
lane_due(const struct pool_lane *lane)
{
	if (lane->home.down || lane->queue.n == 0 ||
	    backend_home_up(&lane->home) > 0)
		return UINT64_MAX;
	return lane->home.lost_us + CONNECT_GRACE_US;
}

void
pool_timer_set(struct pool *pool)
{
	uint64_t		 due = UINT64_MAX, now;
	const struct job	*job;
	struct timeval		 wait;
	unsigned		 i;

	for (i = 0; i < pool->nslots; i++)
		due = earlier(due, slot_due(&pool->slots[i]));
	for (i = 0; i < LANES; i++) {
		due = earlier(due, pool->lanes[i].queue.due_us);
		due = earlier(due, lane_due(&pool->lanes[i]));
	}
	for (job = pool->later; job != NULL; job = job->next)
		due = earlier(due, job->retry_us);
	/* A timer that comes too early only looks again. */
	if (due >= pool->timer_us)
		return;
	pool->timer_us = due;
	now = pool_now(pool);
	wait = loop_timeval(due > now ? due - now : 0);
	event_add(&pool->timer, &wait);
}

static void
queue_check(struct pool *pool, struct queue *queue, uint64_t now)
{
	struct job	*job = job_of(queue_expired(queue, now)), *next;

	for (; job != NULL; job = next) {
		next = job_of(job->item.next);
		pool_job_end(pool, job, job->deadline_us != 0 &&
		    job->deadline_us <= now ? ERROR_TIMEOUT :
		    ERROR_OVERLOADED);
	}
}

static void
later_check(struct pool *pool, uint64_t now)
{
	struct job	**at = &pool->later, *job;

	while ((job = *at) != NULL)
		if (job->retry_us <= now) {
			*at = job->next;
			pool_job_wait(pool, job, true);
		} else
			at = &job->next;
}

void
pool_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pool	*pool = arg;
	struct slot	*slot;
	uint64_t	 now = pool_now(pool);
	unsigned	 i;

	(void)fd;
	(void)what;
	pool->timer_us = UINT64_MAX;
	for (i = 0; i < pool->nslots; i++) {
		slot = &pool->slots[i];
		if (slot->backend.state == BACKEND_ACTIVE)
			slot_check(slot, now);
		else if (slot_due(slot) <= now)
			backend_expire(&slot->backend);
	}
	for (i = 0; i < LANES; i++) {
		queue_check(pool, &pool->lanes[i].queue, now);
		if (lane_due(&pool->lanes[i]) <= now)
			backend_home_down(&pool->lanes[i].home,
			    "no attempt has ended yet");
	}
	later_check(pool, now);
	pool_wake(pool);
}

