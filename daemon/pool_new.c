/*
 * The pool as it begins and ends with the daemon, and the settings that every
 * session of ormd's with PostgreSQL has.  Called by main.  It refuses a
 * connection string that cannot be parsed; whether there is a database is seen
 * later.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_parts.h"

enum {
	ERRANDS_MOST = 256,
	OPTIONS_SIZE = 1024
};

/*
 * What every session of ormd's has.  Spaces within a value are escaped, as
 * libpq's `options' want it.  Options of the connection string come after these
 * and win.  Nearly all that ormd reads it reads by key, and finds in memory: at
 * PostgreSQL's own random_page_cost it would collect the rows of a few dozen
 * keys by a bitmap, which costs a third more than to follow the index.  That a
 * commit is on no standby is only told by a warning.
 */
#define OPTIONS								\
	"-c DateStyle=ISO -c IntervalStyle=iso_8601 -c TimeZone=UTC"	\
	" -c application_name=ormd -c client_encoding=UTF8"		\
	" -c client_min_messages=warning"				\
	" -c bytea_output=hex"						\
	" -c extra_float_digits=1"					\
	" -c plan_cache_mode=force_generic_plan"			\
	" -c random_page_cost=1.1"					\
	" -c statement_timeout=%llu -c lock_timeout=%llu"
/* One block sees one snapshot, from its first statement to its Sync. */
#define OPTIONS_READ							\
	" -c default_transaction_isolation=repeatable\\ read"		\
	" -c default_transaction_read_only=on"
/* Who has waited for a row's lock sees what the one before has written. */
#define OPTIONS_WRITE							\
	" -c default_transaction_isolation=read\\ committed"

static int
lane_init(struct pool *pool, enum lane lane, struct error *err)
{
	const struct settings	*s = &pool->ormd->settings;
	struct pool_lane	*l = &pool->lanes[lane];
	const char		*database = s->database;
	char			 options[OPTIONS_SIZE];

	if (lane == LANE_READ && *s->database_read != '\0')
		database = s->database_read;
	snprintf(options, sizeof(options), OPTIONS "%s",
	    (unsigned long long)s->statement_timeout / 1000,
	    (unsigned long long)s->lock_timeout / 1000,
	    lane == LANE_READ ? OPTIONS_READ : OPTIONS_WRITE);
	queue_init(&l->queue, pool_now(pool) ^ (uintptr_t)l);
	backend_home_init(&l->home, pool->ormd,
	    lane == LANE_READ ? "reader" : "writer", &l->conninfo, &pool_calls,
	    pool);
	l->home.lost_us = pool_now(pool);
	l->home.resolver = pool->resolver;
	l->home.canceller = pool->canceller;
	if (conninfo_init(&l->conninfo, database, options, err) == -1)
		return -1;
	if (lane == LANE_READ)
		conninfo_for_readers(&l->conninfo);
	return 0;
}

static int
slots_init(struct pool *pool)
{
	const struct settings	*s = &pool->ormd->settings;
	unsigned		 readers = (unsigned)s->readers, i;
	struct slot		*slot;

	pool->nslots = readers + (unsigned)s->writers;
	pool->slots = calloc(pool->nslots, sizeof(*pool->slots));
	if (pool->slots == NULL) {
		pool->nslots = 0;
		return -1;
	}
	for (i = 0; i < pool->nslots; i++) {
		slot = &pool->slots[i];
		slot->pool = pool;
		slot->lane = i < readers ? LANE_READ : LANE_WRITE;
		backend_init(&slot->backend, &pool->lanes[slot->lane].home,
		    i < readers ? i + 1 : i - readers + 1);
		pipeline_init(&slot->pipeline, &slot->backend);
	}
	return 0;
}

struct pool *
pool_new(struct ormd *ormd, struct error *err)
{
	struct pool	*pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL) {
		error_nomem(err);
		return NULL;
	}
	pool->ormd = ormd;
	pool->finished_end = &pool->finished;
	pool->timer_us = UINT64_MAX;
	pool->check_wanted = pool->seal_wanted = true;
	pool->hook.run = pool_turn;
	pool->hook.arg = pool;
	catalog_init(&pool->catalog, ormd);
	evtimer_assign(&pool->timer, ormd->loop.base, pool_tick, pool);
	pool->resolver = errands_new(&ormd->loop, ERRANDS_MOST);
	pool->canceller = errands_new(&ormd->loop, ERRANDS_MOST);
	if (pool->resolver == NULL || pool->canceller == NULL) {
		error_set(err, ERROR_INTERNAL, NULL,
		    "a thread cannot be started: %s", strerror(errno));
		pool_free(pool);
		return NULL;
	}
	if (lane_init(pool, LANE_READ, err) == -1 ||
	    lane_init(pool, LANE_WRITE, err) == -1) {
		pool_free(pool);
		return NULL;
	}
	if (slots_init(pool) == -1) {
		error_nomem(err);
		pool_free(pool);
		return NULL;
	}
	pool_wake(pool);
	return pool;
}

void
pool_free(struct pool *pool)
{
	struct work	*work;
	unsigned	 i;
	bool		 stuck;

	if (pool == NULL)
		return;
	loop_disarm(&pool->ormd->loop, &pool->hook, LOOP_DISPATCH);
	event_del(&pool->timer);
	stuck = errands_free(pool->canceller) == -1;
	stuck = errands_free(pool->resolver) == -1 || stuck;
	for (i = 0; i < pool->nslots; i++) {
		if (pool->slots[i].backend.state == BACKEND_ACTIVE)
			pipeline_abandon(&pool->slots[i].pipeline);
		pipeline_release(&pool->slots[i].pipeline);
		seal_look_release(&pool->slots[i].look);
		backend_release(&pool->slots[i].backend);
	}
	for (i = 0; i < LANES; i++)
		loop_disarm(&pool->ormd->loop, &pool->lanes[i].home.bury,
		    LOOP_BURY);
	catalog_release(&pool->catalog);
	while ((work = pool->spare) != NULL) {
		pool->spare = work->next;
		free(work);
	}
	/* A thread that did not come back still reads the host names. */
	if (stuck)
		return;
	for (i = 0; i < LANES; i++)
		conninfo_release(&pool->lanes[i].conninfo);
	free(pool->slots);
	free(pool);
}
