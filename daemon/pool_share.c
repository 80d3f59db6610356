/*
 * How clients and shapes share the backends of a lane: whose turn it is, how
 * many go together, and for whom the last backend is kept.  Called by the rest
 * of the pool; it decides, and begins nothing.
 */
#include "pool_parts.h"

enum {
	FIND_ROWS_MERGED = 800,	/* of all pages in one batch */
	RESERVE_FROM = 3,	/* backends, of which one is kept free */
	LIGHT_US = 10 * 1000,	/* who asks so often is waited for */
	LIGHT_MERGED = 6	/* of a heavy client's, meanwhile */
};

/* A backend that is idle, and may be the only one. */
struct place {
	const struct pool_lane	*lane;
	bool			 last;
	uint64_t		 now;
};

void
share_note(struct pool_lane *lane, const struct queue_client *client,
    uint64_t now)
{
	if (client == NULL || client->entered > 0 || client->running > 0)
		return;
	lane->light = client;
	lane->light_us = now;
}

uint64_t
share_hash(const struct queue_item *item)
{
	return item == NULL || item->shape == NULL ? 0 : item->hash;
}

/*
 * Whether clients are about that have one request under way at a time, beside
 * this one.  What each of them waits for is what runs already; who has many
 * under way takes smaller pieces then, and no more than half of the backends.
 */
static bool
beside_light(const struct pool_lane *lane, const struct queue_client *client,
    uint64_t now)
{
	return lane->light != NULL && lane->light != client &&
	    now < lane->light_us + LIGHT_US;
}

static unsigned
merge_cap(const struct pool *pool, const struct job *job)
{
	const struct call	*call = job->call;
	const struct op		*op = call->ops.n > 0 ? call->ops.v[0] : NULL;
	unsigned		 cap, pages;

	cap = (unsigned)pool->ormd->settings.merge_cap;
	if (op == NULL || op->kind != OP_FIND)
		return cap;
	/* They share what they lead to; larger ones only wait for others. */
	pages = (unsigned)(FIND_ROWS_MERGED / op->limit);
	if (pages == 0)
		return 1;
	return pages < cap ? pages : cap;
}

/* How full backlogs make a batch of up to `most', if its group does not. */
static unsigned
fill_cap(const struct pool_lane *lane, const struct queue_client *client,
    uint64_t now, unsigned most)
{
	if (most > LIGHT_MERGED && beside_light(lane, client, now))
		return LIGHT_MERGED;
	return most;
}

struct queue_item *
share_take(struct pool *pool, enum lane i, bool alone)
{
	struct pool_lane	*lane = &pool->lanes[i];
	struct queue_item	*item = queue_first(&lane->queue);
	unsigned		 n, most;

	if (item == NULL)
		return NULL;
	most = alone ? 1 : merge_cap(pool, job_of(item));
	return queue_take(&lane->queue, most,
	    fill_cap(lane, item->client, pool_now(pool), most), &n);
}

static bool
fits_place(const struct queue_item *item, const void *arg)
{
	const struct place	*place = arg;

	return !place->last || pace_may_fill(&place->lane->paces,
	    share_hash(item), place->now);
}

/* Who asks for much should not have all, and what is slow neither. */
bool
share_may_begin(struct pool_lane *lane, uint64_t now)
{
	const struct queue_item	*item = queue_first(&lane->queue);
	unsigned		 up = backend_home_up(&lane->home), kept;
	unsigned		 idle = lane->home.in[BACKEND_IDLE].n;
	struct place		 place = { lane, idle == 1, now };

	if (item == NULL)
		return false;
	kept = beside_light(lane, item->client, now) ? up - up / 2 : 1;
	return up < RESERVE_FROM || idle > kept ||
	    queue_prefer_new(&lane->queue, fits_place, &place);
}
