/*
 * Connections to PostgreSQL: their states, watched, given up, and cancelled.
 * Called by the pool and the pipeline.  It knows nothing of what is sent.
 */
#include <stdlib.h>
#include <string.h>

#include "backend_parts.h"
#include "cancel.h"

enum {
	BACKOFF_FIRST_US = 50000,
	/*
	 * With the jitter and the attempt itself, PostgreSQL is found less
	 * than a second after it accepts again.
	 */
	BACKOFF_MOST_US = 800000,
	BACKOFF_DOUBLINGS = 5,
	/* A connection that lived that long was a good one. */
	LIVED_US = 1000000
};

static const char *const state_names[BACKEND_STATES] = {
	[BACKEND_DOWN] = "DOWN", [BACKEND_CONNECTING] = "CONNECTING",
	[BACKEND_IDLE] = "IDLE", [BACKEND_ACTIVE] = "ACTIVE",
	[BACKEND_DRAINING] = "DRAINING", [BACKEND_JUSTFREE] = "JUSTFREE"
};

static void	backend_event(evutil_socket_t, short, void *);
static void	backend_bury(void *);

uint64_t
backend_random(struct backend_home *home, uint64_t n)
{
	home->seed ^= home->seed << 13;
	home->seed ^= home->seed >> 7;
	home->seed ^= home->seed << 17;
	return home->seed % n;
}

void
backend_home_init(struct backend_home *home, struct ormd *ormd,
    const char *name, const struct conninfo *conninfo,
    const struct backend_calls *calls, void *owner)
{
	memset(home, 0, sizeof(*home));
	home->ormd = ormd;
	home->name = name;
	home->conninfo = conninfo;
	home->calls = calls;
	home->owner = owner;
	home->bury.run = backend_bury;
	home->bury.arg = home;
	home->seed = loop_clock(&ormd->loop) * 2654435761u | 1;
}

unsigned
backend_home_up(const struct backend_home *home)
{
	return home->in[BACKEND_IDLE].n + home->in[BACKEND_ACTIVE].n +
	    home->in[BACKEND_DRAINING].n;
}

void
backend_home_down(struct backend_home *home, const char *why)
{
	/* Said once, not for every attempt. */
	home->down = true;
	log_warning(&home->ormd->log, "%ss: no database: %s", home->name, why);
}

static void
list_add(struct backend_list *list, struct backend *b)
{
	/* At the front: the one used last has the warmest caches. */
	b->prev = NULL;
	b->next = list->first;
	if (b->next != NULL)
		b->next->prev = b;
	else
		list->last = b;
	list->first = b;
	list->n++;
}

static void
list_remove(struct backend_list *list, struct backend *b)
{
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		list->first = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	else
		list->last = b->prev;
	list->n--;
}

/* The one place where a state changes. */
void
backend_move(struct backend *b, enum backend_state state)
{
	if (state == BACKEND_IDLE && b->cancelling)
		state = BACKEND_DRAINING;
	if (log_wanted(&b->home->ormd->log, LOG_LEVEL_DEBUG))
		log_debug(&b->home->ormd->log, "%s %u: %s, now %s",
		    b->home->name, b->number, state_names[b->state],
		    state_names[state]);
	list_remove(&b->home->in[b->state], b);
	b->state = state;
	list_add(&b->home->in[b->state], b);
}

void
backend_init(struct backend *b, struct backend_home *home, unsigned number)
{
	memset(b, 0, sizeof(*b));
	b->home = home;
	b->number = number;
	b->state = BACKEND_DOWN;
	list_add(&home->in[BACKEND_DOWN], b);
}

void
backend_unwatch(struct backend *b)
{
	if (b->has_event)
		event_del(&b->event);
	b->has_event = false;
	b->wants = 0;
}

/* libpq may have changed the socket, so this registers it anew. */
int
backend_watch(struct backend *b, short wants)
{
	backend_unwatch(b);
	if (event_assign(&b->event, b->home->ormd->loop.base,
	    PQsocket(b->conn), wants | EV_PERSIST, backend_event, b) == -1 ||
	    event_add(&b->event, NULL) == -1)
		return -1;
	b->has_event = true;
	b->wants = wants;
	return 0;
}

void
backend_wants_write(struct backend *b, bool more)
{
	short	wants = more ? EV_READ | EV_WRITE : EV_READ;

	if (b->wants != wants && backend_watch(b, wants) == -1)
		backend_lose(b, "its socket cannot be watched");
}

static void
connection_close(struct backend *b)
{
	backend_unwatch(b);
	PQfinish(b->conn);
	b->conn = NULL;
	free(b->prepared);
	b->prepared = NULL;
	b->prepared_cap = b->nprepared = 0;
	b->cancelling = b->held = b->doubt = b->outdated = false;
}

void
backend_release(struct backend *b)
{
	connection_close(b);
	list_remove(&b->home->in[b->state], b);
}

static uint64_t
backoff(struct backend *b)
{
	uint64_t	us;

	if (b->failures == 0)
		return 0;
	us = (uint64_t)BACKOFF_FIRST_US << (b->failures < BACKOFF_DOUBLINGS ?
	    b->failures - 1 : BACKOFF_DOUBLINGS);
	if (us > BACKOFF_MOST_US)
		us = BACKOFF_MOST_US;
	return us / 2 + backend_random(b->home, us / 2);
}

/* Nothing is freed inside its own callback, so connections end here. */
static void
backend_bury(void *arg)
{
	struct backend_home	*home = arg;
	struct backend		*b;

	while ((b = home->in[BACKEND_JUSTFREE].first) != NULL) {
		connection_close(b);
		backend_move(b, BACKEND_DOWN);
	}
}

/* Known before it is closed: the pool sets its timer in between. */
static void
due_set(struct backend *b, uint64_t now)
{
	if (b->useful)
		b->failures = 0;
	b->due_us = now + backoff(b);
	b->failures++;
	b->useful = false;
}

void
backend_lose(struct backend *b, const char *why)
{
	struct backend_home	*home = b->home;
	struct log		*log = &home->ormd->log;
	bool			 was_up = b->state != BACKEND_CONNECTING;
	uint64_t		 now = loop_now(&home->ormd->loop);
	int			 first;

	if (*why == '\0')
		why = "out of step";
	/* libpq goes on to guess what it means. */
	first = (int)strcspn(why, "\n");
	if (b->state == BACKEND_DOWN || b->state == BACKEND_JUSTFREE)
		return;
	backend_unwatch(b);
	backend_move(b, BACKEND_JUSTFREE);
	if (!was_up && b->failures == 0)
		b->failures = 1;
	if (was_up) {
		if (now - b->since_us >= LIVED_US)
			b->useful = true;
		home->lost_us = now;
		log_warning(log, "%s %u: connection given up: %.*s",
		    home->name, b->number, first, why);
	} else if (backend_home_up(home) == 0 && !home->down)
		backend_home_down(home, why);
	else
		log_debug(log, "%s %u: no connection: %s", home->name,
		    b->number, why);
	due_set(b, now);
	loop_after_turn(&home->ormd->loop, &home->bury, LOOP_BURY);
	home->calls->lost(b);
}

/* Nobody has asked anything: notices, or the end of the connection. */
static void
idle_read(struct backend *b)
{
	if (PQconsumeInput(b->conn) == 0 ||
	    PQstatus(b->conn) != CONNECTION_OK) {
		backend_lose(b, PQerrorMessage(b->conn));
		return;
	}
	(void)PQisBusy(b->conn);	/* parses what came */
}

static void
backend_event(evutil_socket_t fd, short what, void *arg)
{
	struct backend	*b = arg;

	(void)fd;
	(void)what;
	switch (b->state) {
	case BACKEND_CONNECTING:
		backend_connect_poll(b);
		break;
	case BACKEND_IDLE:
	case BACKEND_DRAINING:
		idle_read(b);
		break;
	case BACKEND_ACTIVE:
		b->home->calls->ready(b);
		break;
	case BACKEND_DOWN:
	case BACKEND_JUSTFREE:
	case BACKEND_STATES:
		break;
	}
}

static void
cancel_told(void *owner, unsigned attempt)
{
	struct backend	*b = owner;

	if (b->attempt != attempt || !b->cancelling)
		return;
	b->cancelling = false;
	/* If it cannot be watched, the owner finds that it does not answer. */
	if (b->held && b->state == BACKEND_ACTIVE)
		(void)backend_watch(b, EV_READ);
	b->held = false;
	if (b->state != BACKEND_DRAINING)
		return;
	backend_move(b, BACKEND_IDLE);
	b->home->calls->drained(b);
}

int
backend_cancel(struct backend *b)
{
	if (cancel_send(b->home->canceller, b->conn, cancel_told, b,
	    b->attempt) == -1)
		return -1;
	b->cancelling = true;
	return 0;
}

void
backend_hold(struct backend *b)
{
	if (!b->cancelling || b->state != BACKEND_ACTIVE)
		return;
	b->held = true;
	backend_unwatch(b);
}
