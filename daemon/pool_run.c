/*
 * What runs on the backends: batches are formed, begun and ended here, and so
 * are the check of the model and looks at the key of plans.  Called by the rest
 * of the pool and, through pool_calls, by backend.
 */
#include <stdlib.h>

#include "pool_parts.h"

enum {
	PART_LEAST_US = 250 * 1000	/* no batch is parted before */
};

static void
talk_ended(struct slot *slot)
{
	struct pool		*pool = slot->pool;
	const struct pipeline	*p = &slot->pipeline;

	if (slot->looks) {
		slot->looks = false;
		if (!seal_look_end(&slot->look, p))
			pool->seal_wanted = true;
		return;
	}
	pool->checking = false;
	if (p->outcome == PIPELINE_LOST || p->outcome == PIPELINE_UNCERTAIN)
		pool->check_wanted = true;
	catalog_end(&pool->catalog, p);
}

/*
 * A table has changed: what other backends have prepared for it is no better.
 * A job has not as many tries as there may be backends.
 */
static void
prepared_distrust(struct pool *pool)
{
	unsigned	i;

	for (i = 0; i < pool->nslots; i++)
		pool->slots[i].backend.outdated = true;
	pool_differs(pool);
}

void
pool_slot_ended(struct slot *slot)
{
	struct pool	*pool = slot->pool;
	struct backend	*b = &slot->backend;
	struct pipeline	*p = &slot->pipeline;
	struct work	*work = slot->work;

	slot->work = NULL;
	if (work == NULL)
		talk_ended(slot);
	else {
		if (p->outcome == PIPELINE_DONE)
			pace_note(&pool->lanes[slot->lane].paces, slot->hash,
			    pool_now(pool) - slot->begun_us,
			    (unsigned)work->batch.units.n, pool_now(pool));
		work->stray = slot->stray;
		work_ended(work, p);
		work->next = NULL;
		*pool->finished_end = work;
		pool->finished_end = &work->next;
	}
	slot->stray = slot->cancelled;
	if (p->worn)
		prepared_distrust(pool);
	if (p->outcome == PIPELINE_DONE)
		b->useful = true;
	/* What refused the block may quote a row, and libpq has it still. */
	if (pipeline_broken(p) || PQstatus(b->conn) != CONNECTION_OK)
		backend_lose(b, p->refused ? "it ended amid a block that "
		    "PostgreSQL had refused" : PQerrorMessage(b->conn));
	else if (work != NULL ? work->worn : p->worn)
		backend_lose(b, "it has to be set up anew");
	else
		backend_move(b, BACKEND_IDLE);
	pool_wake(pool);
}

/*
 * Merged jobs wait for each other's locks.  By half of the time that the first
 * of their deadlines leaves they are run one by one: then each has the rest for
 * itself.
 */
static uint64_t
part_due(const struct slot *slot, const struct work *work, uint64_t now)
{
	uint64_t	half;

	if (work == NULL || work->batch.units.n < 2 ||
	    slot->deadline_us == UINT64_MAX || slot->deadline_us < now)
		return UINT64_MAX;
	half = (slot->deadline_us - now) / 2;
	return half < PART_LEAST_US ? UINT64_MAX : now + half;
}

static void
slot_begin(struct slot *slot, struct work *work,
    const struct pipeline_talk *talk, void *owner, struct arena *arena)
{
	struct pool	*pool = slot->pool;

	slot->work = work;
	slot->begun_us = slot->progress_us = pool_now(pool);
	slot->part_us = part_due(slot, work, slot->begun_us);
	slot->cancel_us = slot->close_us = UINT64_MAX;
	slot->cancelled = false;
	backend_move(&slot->backend, BACKEND_ACTIVE);
	if (pipeline_start(&slot->pipeline, talk, owner, arena,
	    pool->ormd->settings.request_memory,
	    slot->lane == LANE_WRITE) == PIPELINE_ENDED)
		pool_slot_ended(slot);
}

static void
check_begin(struct slot *slot)
{
	struct catalog	*catalog = &slot->pool->catalog;

	slot->pool->check_wanted = false;
	slot->pool->checking = true;
	slot->deadline_us = UINT64_MAX;
	catalog_begin(catalog);
	slot_begin(slot, NULL, &catalog_talk, catalog, &catalog->arena);
}

/* Nothing may run before it is known whether there is a key. */
static bool
look_is_due(const struct pool *pool, enum lane lane)
{
	return sealing_source(pool->ormd->sealing) == SEALING_UNKNOWN ||
	    (lane == LANE_WRITE && pool->seal_wanted);
}

static void
look_begin(struct slot *slot)
{
	struct ormd	*ormd = slot->pool->ormd;

	if (slot->lane == LANE_WRITE)
		slot->pool->seal_wanted = false;
	slot->looks = true;
	slot->deadline_us = UINT64_MAX;
	seal_look_begin(&slot->look, ormd);
	slot_begin(slot, NULL, &seal_look_talk, &slot->look,
	    &slot->look.arena);
}

static struct work *
work_get(struct pool *pool, enum lane lane)
{
	struct work	*work = pool->spare;

	if (work != NULL)
		pool->spare = work->next;
	else if ((work = calloc(1, sizeof(*work))) == NULL)
		return NULL;
	arena_init_with(&work->arena, pool->ormd->settings.request_memory,
	    &pool->ormd->spares);
	work->lane = lane;
	if (batch_init(&work->batch, &work->arena, &pool->ormd->sql) == 0) {
		key_stock_age(&pool->ormd->stock, pool_now(pool));
		work->batch.stock = &pool->ormd->stock;
		return work;
	}
	arena_release(&work->arena);
	work->next = pool->spare;
	pool->spare = work;
	return NULL;
}

void
pool_work_put(struct pool *pool, struct work *work)
{
	arena_release(&work->arena);
	work->next = pool->spare;
	pool->spare = work;
}

/* Something waits, the backend is idle. */
static void
batch_begin(struct slot *slot)
{
	struct pool		*pool = slot->pool;
	struct work		*work = work_get(pool, slot->lane);
	struct queue_item	*item;
	struct job		*job, *next;

	item = share_take(pool, slot->lane, work == NULL);
	slot->hash = share_hash(item);
	slot->deadline_us = UINT64_MAX;
	for (job = job_of(item); job != NULL; job = next) {
		next = job_of(job->item.next);
		if (work == NULL ||
		    batch_add(&work->batch, job->call, job) == NULL) {
			pool_job_end(pool, job, ERROR_LIMIT);
			continue;
		}
		job->state = JOB_RUNNING;
		if (job->item.client != NULL)
			job->item.client->running++;
		job->work = work;
		if (job->deadline_us != 0)
			slot->deadline_us = earlier(slot->deadline_us,
			    job->deadline_us);
	}
	if (work == NULL)
		return;
	if (work->batch.units.n == 0) {
		pool_work_put(pool, work);
		return;
	}
	pool->stats.batches++;
	if (work->batch.units.n > 1)
		pool->stats.merged += work->batch.units.n;
	work->slot = slot;
	slot_begin(slot, work, &work_talk, &work->batch, &work->arena);
}

void
pool_dispatch(struct pool *pool)
{
	struct pool_lane	*lane;
	struct backend		*b;
	int			 i;

	for (i = 0; i < LANES; i++) {
		lane = &pool->lanes[i];
		if (lane->home.down && lane->queue.n > 0)
			pool_waiting_end(pool, (enum lane)i,
			    ERROR_DATABASE_DOWN);
		while ((b = lane->home.in[BACKEND_IDLE].first) != NULL) {
			if (look_is_due(pool, (enum lane)i))
				look_begin((struct slot *)b);
			else if (i == LANE_WRITE && pool->check_wanted &&
			    !pool->checking)
				check_begin((struct slot *)b);
			else if (share_may_begin(lane, pool_now(pool)))
				batch_begin((struct slot *)b);
			else
				break;
		}
	}
}

/* What backends tell. */

static void
on_connected(struct backend *b)
{
	struct slot	*slot = (struct slot *)b;

	slot->stray = false;
	pool_wake(slot->pool);
}

static void
on_ready(struct backend *b)
{
	struct slot	*slot = (struct slot *)b;

	slot->progress_us = pool_now(slot->pool);
	if (pipeline_work(&slot->pipeline) == PIPELINE_ENDED)
		pool_slot_ended(slot);
	else if (slot->pipeline.swamped && !slot->cancelled) {
		pool_slot_cancel(slot);
		backend_hold(b);
		pool_wake(slot->pool);
	}
}

static void
on_lost(struct backend *b)
{
	struct slot	*slot = (struct slot *)b;
	struct pool	*pool = slot->pool;

	if (slot->lane == LANE_WRITE) {
		/*
		 * After a crash a sequence gives once more what was not flushed
		 * to disk: keys that were drawn ahead may be those of others.
		 */
		key_stock_forget(&pool->ormd->stock);
		if (backend_home_up(b->home) == 0)
			pool->check_wanted = pool->seal_wanted = true;
	}
	pool_wake(pool);
}

static void
on_drained(struct backend *b)
{
	pool_wake(((struct slot *)b)->pool);
}

const struct backend_calls pool_calls = {
	on_connected, on_ready, on_lost, on_drained
};
