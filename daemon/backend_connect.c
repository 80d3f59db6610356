/*
 * How a backend gets its connection.  Called by backend_state.c and, when a
 * time is over, by the pool.  It refuses to wait: libpq is polled, names are
 * looked up in a thread, and an attempt that takes longer than connect_timeout
 * is given up.
 */
#include <stdlib.h>
#include <string.h>

#include "backend_parts.h"

struct lookup {
	struct errand			 errand;	/* first */
	struct backend			*backend;
	const struct conninfo		*conninfo;
	struct conninfo_addresses	 addresses;
	unsigned			 attempt;
};

/*
 * PostgreSQL has warned that a commit is on this server only.  The text is
 * translated, the name of the reporting function is not.
 */
static void
notice_take(void *arg, const PGresult *notice)
{
	struct backend	*b = arg;
	const char	*where, *state;

	where = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
	state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	if (where != NULL && strcmp(where, "SyncRepWaitForLSN") == 0)
		b->doubt = true;
	log_debug(&b->home->ormd->log, "%s %u: notice %s", b->home->name,
	    b->number, state != NULL ? state : "without SQLSTATE");
}

static void
connected(struct backend *b)
{
	struct backend_home	*home = b->home;
	struct backend		*other;

	if (PQsetnonblocking(b->conn, 1) != 0 ||
	    PQenterPipelineMode(b->conn) != 1 ||
	    backend_watch(b, EV_READ) == -1) {
		backend_lose(b, "it cannot be used without blocking");
		return;
	}
	if (backend_home_up(home) == 0)
		log_info(&home->ormd->log, "%s %u: connected, PostgreSQL %d",
		    home->name, b->number, PQserverVersion(b->conn) / 10000);
	home->down = false;
	b->since_us = loop_now(&home->ormd->loop);
	if (b->attempt > 1)
		home->reconnects++;
	backend_move(b, BACKEND_IDLE);
	/* Where one gets in, the others need not wait. */
	for (other = home->in[BACKEND_DOWN].first; other != NULL;
	    other = other->next)
		if (other->failures > 1)
			other->due_us = b->since_us;
	home->calls->connected(b);
}

void
backend_connect_poll(struct backend *b)
{
	int	r = -1;

	/* Before the call: it may close this socket and open another. */
	backend_unwatch(b);
	switch (PQconnectPoll(b->conn)) {
	case PGRES_POLLING_READING:
		r = backend_watch(b, EV_READ);
		break;
	case PGRES_POLLING_WRITING:
		r = backend_watch(b, EV_WRITE);
		break;
	case PGRES_POLLING_OK:
		connected(b);
		return;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		backend_lose(b, PQerrorMessage(b->conn));
		return;
	}
	if (r == -1)
		backend_lose(b, "its socket cannot be watched");
}

static void
connect_at(struct backend *b, const struct conninfo_addresses *addresses)
{
	if (addresses->n == 0) {
		backend_lose(b, "the name of the host is not known");
		return;
	}
	b->conn = conninfo_connect(b->home->conninfo, addresses, b->first);
	if (b->conn == NULL) {
		backend_lose(b, "out of memory");
		return;
	}
	PQsetNoticeReceiver(b->conn, notice_take, b);
	if (PQstatus(b->conn) == CONNECTION_BAD)
		backend_lose(b, PQerrorMessage(b->conn));
	else if (backend_watch(b, EV_WRITE) == -1)
		backend_lose(b, "its socket cannot be watched");
}

static void
lookup_run(struct errand *errand)
{
	struct lookup	*lookup = (struct lookup *)errand;

	conninfo_resolve(lookup->conninfo, &lookup->addresses);
}

static void
lookup_done(struct errand *errand)
{
	struct lookup	*lookup = (struct lookup *)errand;
	struct backend	*b = lookup->backend;

	if (errand->ran && b->state == BACKEND_CONNECTING &&
	    b->attempt == lookup->attempt)
		connect_at(b, &lookup->addresses);
	free(lookup);
}

static int
lookup_send(struct backend *b)
{
	struct lookup	*lookup;

	if ((lookup = calloc(1, sizeof(*lookup))) == NULL)
		return -1;
	lookup->errand.run = lookup_run;
	lookup->errand.done = lookup_done;
	lookup->backend = b;
	lookup->conninfo = b->home->conninfo;
	lookup->attempt = b->attempt;
	if (errands_send(b->home->resolver, &lookup->errand) == 0)
		return 0;
	free(lookup);
	return -1;
}

static void
connect_begin(struct backend *b)
{
	struct ormd			*ormd = b->home->ormd;
	struct conninfo_addresses	 addresses;

	b->attempt++;
	b->due_us = loop_now(&ormd->loop) + ormd->settings.connect_timeout;
	backend_move(b, BACKEND_CONNECTING);
	if (conninfo_has_names(b->home->conninfo)) {
		if (lookup_send(b) == -1)
			backend_lose(b, "too many names to look up");
		return;
	}
	conninfo_resolve(b->home->conninfo, &addresses);
	connect_at(b, &addresses);
}

void
backend_expire(struct backend *b)
{
	if (b->state == BACKEND_DOWN)
		connect_begin(b);
	else if (b->state == BACKEND_CONNECTING) {
		/* The next attempt begins with another host. */
		b->first++;
		backend_lose(b, "it took longer than connect_timeout");
	}
}
