/*
 * The pool: jobs that wait, end, are tried again.  Called by request and main;
 * calls the pipeline and, through it, the planner.
 *
 * Everything is decided in one hook after the turn's socket events: idle
 * backends get the next batches first, then the replies of finished ones are
 * written, so that PostgreSQL works meanwhile.
 *
 * It refuses jobs past max_queue, jobs whose time is over, jobs that have
 * waited for queue_wait, and all of a lane while its database is away.
 */
#include <string.h>

#include "pool_parts.h"

void
pool_wake(struct pool *pool)
{
	loop_after_turn(&pool->ormd->loop, &pool->hook, LOOP_DISPATCH);
}

void
pool_job_end(struct pool *pool, struct job *job, enum error_kind why)
{
	job->state = JOB_ENDED;
	job->why = why;
	job->next = NULL;
	if (pool->ended.last != NULL)
		pool->ended.last->next = job;
	else
		pool->ended.first = job;
	pool->ended.last = job;
	pool_wake(pool);
}

void
pool_job_wait(struct pool *pool, struct job *job, bool front)
{
	const struct settings	*s = &pool->ormd->settings;
	struct pool_lane	*lane = &pool->lanes[job->lane];
	uint64_t		 due_us = pool_now(pool) + s->queue_wait;

	if (job->deadline_us != 0)
		due_us = earlier(due_us, job->deadline_us);
	job->state = JOB_WAITING;
	job->work = NULL;
	job->item.due_us = due_us;
	job->item.shape = job->alone || job->single || !s->merging ? NULL :
	    job->call->shape;
	share_note(lane, job->item.client, pool_now(pool));
	if (front)
		queue_push_front(&lane->queue, &job->item);
	else
		queue_push(&lane->queue, &job->item);
	pool_wake(pool);
}

void
pool_waiting_end(struct pool *pool, enum lane lane, enum error_kind why)
{
	struct queue		*queue = &pool->lanes[lane].queue;
	struct queue_item	*item;

	struct queue_item	*doubtful = NULL;

	while ((item = queue_first(queue)) != NULL) {
		queue_remove(queue, item);
		/* Who may be committed waits for the truth, for queue_wait. */
		if (why == ERROR_DATABASE_DOWN && job_of(item)->in_doubt) {
			item->next = doubtful;
			doubtful = item;
		} else
			pool_job_end(pool, job_of(item), why);
	}
	while ((item = doubtful) != NULL) {
		doubtful = item->next;
		queue_push(queue, item);
	}
}

/* The last quarter is for those who have nothing waiting yet. */
static bool
is_full(const struct pool *pool, const struct queue *queue,
    const struct queue_client *client)
{
	unsigned	most = (unsigned)pool->ormd->settings.max_queue;

	if (client != NULL && client->entered > 0)
		most -= most / 4;
	return queue->n >= most;
}

void
pool_submit(struct pool *pool, struct job *job)
{
	const struct pool_lane	*lane = &pool->lanes[job->lane];

	job->next = NULL;
	job->work = NULL;
	job->retries = job->losses = 0;
	job->single = job->cancelled = job->in_doubt = false;
	pool->busy++;
	pool->stats.jobs++;
	if (pool->draining)
		pool_job_end(pool, job, ERROR_DRAINING);
	else if (job->deadline_us != 0 && job->deadline_us <= pool_now(pool))
		pool_job_end(pool, job, ERROR_TIMEOUT);
	else if (lane->home.down)
		pool_job_end(pool, job, ERROR_DATABASE_DOWN);
	else if (is_full(pool, &lane->queue, job->item.client))
		pool_job_end(pool, job, ERROR_OVERLOADED);
	else
		pool_job_wait(pool, job, false);
}

static void
later_remove(struct pool *pool, const struct job *job)
{
	struct job	**at;

	for (at = &pool->later; *at != job; at = &(*at)->next)
		;
	*at = job->next;
}

void
pool_cancel(struct pool *pool, struct job *job, enum error_kind why)
{
	struct slot	*slot;

	switch ((enum job_state)job->state) {
	case JOB_WAITING:
		queue_remove(&pool->lanes[job->lane].queue, &job->item);
		break;
	case JOB_LATER:
		later_remove(pool, job);
		break;
	case JOB_RUNNING:
		if (job->cancelled)
			return;
		job->cancelled = true;
		job->why = why;
		pool->stats.cancelled++;
		if ((slot = job->work->slot) != NULL)
			slot->cancel_us = earlier(slot->cancel_us,
			    pool_now(pool) + CANCEL_PATIENCE_US);
		pool_wake(pool);
		return;
	case JOB_ENDED:
		return;
	}
	pool->stats.cancelled++;
	pool_job_end(pool, job, why);
}

static void
job_later(struct pool *pool, struct job *job)
{
	uint64_t	most = job->losses > 0 ? LOST_WAIT_US :
			    (uint64_t)RETRY_FIRST_US << job->retries;

	job->state = JOB_LATER;
	job->work = NULL;
	job->single = true;
	job->retry_us = pool_now(pool) + most / 2 +
	    backend_random(&pool->lanes[job->lane].home, most / 2);
	if (job->deadline_us != 0)
		job->retry_us = earlier(job->retry_us, job->deadline_us);
	job->next = pool->later;
	pool->later = job;
}

static void
job_again(struct pool *pool, struct job *job, bool single)
{
	pool->stats.rerun++;
	job->single = job->single || single;
	pool_job_wait(pool, job, true);
}

static void
job_fail(struct pool *pool, struct job *job, struct error *err)
{
	/* It is no question for a read. */
	if (job->lane == LANE_READ)
		err->committed = ERROR_COMMITTED_UNSAID;
	else if (err->committed == ERROR_COMMITTED_UNSAID)
		err->committed = ERROR_COMMITTED_NO;
	pool->busy--;
	job->done(job, NULL, err);
}

/* A job that ended without an answer of PostgreSQL, and may be committed. */
static void
doubt_tell(const struct job *job, struct error *err)
{
	if (job->in_doubt)
		work_error(err, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
}

static void
unit_tell(struct pool *pool, struct work *work, size_t i)
{
	const struct unit	*unit = &work->batch.units.v[i];
	struct job		*job = unit->owner;
	enum work_verdict	 verdict;
	struct error		 err;

	if (job->item.client != NULL)
		job->item.client->running--;
	verdict = work_judge(work, i, &err);
	if (pool->draining && verdict != WORK_RESULT &&
	    verdict != WORK_ERROR) {
		verdict = WORK_ERROR;
		work_error(&err, ERROR_DRAINING, ERROR_COMMITTED_NO);
		doubt_tell(job, &err);
	}
	switch (verdict) {
	case WORK_RESULT:
		pool->busy--;
		job->done(job, unit, NULL);
		break;
	case WORK_ERROR:
		if (err.kind == ERROR_INTERNAL && err.sqlstate[0] != '\0')
			pool_differs(pool);
		job_fail(pool, job, &err);
		break;
	case WORK_AGAIN:
	case WORK_ALONE:
		job_again(pool, job, verdict == WORK_ALONE);
		break;
	case WORK_LATER:
		pool->stats.rerun++;
		job_later(pool, job);
		break;
	}
}

/* Backwards, since those to be run again go to the front of the queue. */
static void
work_tell(struct pool *pool, struct work *work)
{
	size_t	i;

	/* A key that was drawn ahead may have been taken since. */
	if (work->outcome == PIPELINE_FAILED && work->batch.units.n > 1)
		key_stock_forget(&pool->ormd->stock);
	if (work->outcome == PIPELINE_DONE)
		for (i = 0; i < work->batch.units.n; i++)
			if (!work->batch.units.v[i].again)
				unit_tell(pool, work, i);
	for (i = work->batch.units.n; i-- > 0; )
		if (work->outcome != PIPELINE_DONE ||
		    work->batch.units.v[i].again)
			unit_tell(pool, work, i);
	pool_work_put(pool, work);
}

/* Only those that are there now: done() may bring new ones. */
static void
replies_tell(struct pool *pool)
{
	struct work	*work = pool->finished, *next;
	struct job	*job = pool->ended.first, *next_job;
	struct error	 err;

	pool->finished = NULL;
	pool->finished_end = &pool->finished;
	pool->ended.first = pool->ended.last = NULL;
	for (; work != NULL; work = next) {
		next = work->next;
		work_tell(pool, work);
	}
	for (; job != NULL; job = next_job) {
		next_job = job->next;
		work_error(&err, job->why, ERROR_COMMITTED_UNSAID);
		doubt_tell(job, &err);
		job_fail(pool, job, &err);
	}
}

void
pool_turn(void *arg)
{
	struct pool	*pool = arg;

	pool_dispatch(pool);
	replies_tell(pool);
	pool_dispatch(pool);
	pool_timer_set(pool);
}

void
pool_drain(struct pool *pool)
{
	struct job	*job;
	int		 i;

	pool->draining = true;
	for (i = 0; i < LANES; i++)
		pool_waiting_end(pool, (enum lane)i, ERROR_DRAINING);
	while ((job = pool->later) != NULL) {
		pool->later = job->next;
		pool_job_end(pool, job, ERROR_DRAINING);
	}
}

void
pool_differs(struct pool *pool)
{
	uint64_t	now = pool_now(pool);

	if (now < pool->differs_us)
		return;
	pool->differs_us = now + DIFFERS_PAUSE_US;
	pool->check_wanted = true;
	pool_wake(pool);
}

unsigned
pool_busy(const struct pool *pool)
{
	return pool->busy;
}

void
pool_check_model(struct pool *pool)
{
	pool->check_wanted = pool->seal_wanted = true;
	pool_wake(pool);
}

bool
pool_up(const struct pool *pool)
{
	return backend_home_up(&pool->lanes[LANE_WRITE].home) > 0;
}

void
pool_stats(const struct pool *pool, struct pool_stats *stats)
{
	const struct backend_home	*home;
	int				 i;

	*stats = pool->stats;
	for (i = 0; i < LANES; i++) {
		home = &pool->lanes[i].home;
		stats->reconnects += home->reconnects;
		stats->waiting[i] = pool->lanes[i].queue.n;
		stats->idle[i] = home->in[BACKEND_IDLE].n;
		stats->active[i] = home->in[BACKEND_ACTIVE].n +
		    home->in[BACKEND_DRAINING].n;
		stats->connecting[i] = home->in[BACKEND_CONNECTING].n +
		    home->in[BACKEND_DOWN].n;
	}
}
