/*
 * Signals, draining, reloading, the watchdog.  Made by main(); from then on
 * called by the loop.  A configuration or model that is refused on SIGHUP
 * changes nothing: the old ones stay in force, whole.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "listen.h"
#include "notify.h"
#include "pool.h"
#include "session.h"
#include "tls.h"

enum { KEYS_NAMED = 8 };

struct control {
	struct ormd	*ormd;
	int		(*read_settings)(void *, struct settings *);
	control_files	*read_files;
	void		*arg;
	struct event	 term, interrupt, hangup, watchdog;
	struct event	 cancel, stop;	/* in the course of a drain */
	bool		 drained;
};

static void
drained(void *arg)
{
	struct control	*c = arg;

	c->drained = true;
	loop_stop(&c->ormd->loop);
}

/* Late in the drain: what still runs is cancelled, so clients hear of it. */
static void
drain_cancel(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;

	(void)fd;
	(void)what;
	log_warning(&c->ormd->log, "%u requests still run; cancelling them",
	    c->ormd->in_flight);
	sessions_cancel(c->ormd->sessions, ERROR_DRAINING);
}

static void
drain_stop(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;

	(void)fd;
	(void)what;
	log_warning(&c->ormd->log, "drain_timeout is over with %u requests "
	    "under way", c->ormd->in_flight);
	loop_stop(&c->ormd->loop);
}

static void
terminate(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;
	struct ormd	*ormd = c->ormd;
	struct timeval	 tv;

	(void)what;
	if (ormd->draining) {
		log_warning(&ormd->log, "signal %d again: stopping at once",
		    (int)fd);
		loop_stop(&ormd->loop);
		return;
	}
	notify_send("STOPPING=1\nSTATUS=draining");
	log_info(&ormd->log, "signal %d: draining, %u requests under way",
	    (int)fd, ormd->in_flight);
	ormd->draining = true;
	listeners_close(ormd->listeners);
	tv = loop_timeval(ormd->settings.drain_timeout * 4 / 5);
	event_add(&c->cancel, &tv);
	tv = loop_timeval(ormd->settings.drain_timeout);
	event_add(&c->stop, &tv);
	pool_drain(ormd->pool);
	sessions_drain(ormd->sessions, drained, c);
}

static void
settings_apply(struct ormd *ormd, struct settings *newer)
{
	const char	*keys[KEYS_NAMED];
	int		 i, n;

	n = settings_reload(&ormd->settings, newer, keys, KEYS_NAMED);
	for (i = 0; i < n && i < KEYS_NAMED; i++)
		log_warning(&ormd->log, "%s has changed; that waits for a "
		    "restart", keys[i]);
	ormd->log.level = ormd->settings.log_level;
	ormd->rpc.max_batch = (size_t)ormd->settings.max_batch;
	ormd->rpc.scanner.max_values = (size_t)ormd->settings.max_values;
}

/* -1: said in the log.  The addresses are those of the start. */
static int
newer_read(struct control *c, struct settings *newer,
    struct ormd_model **model, struct tls **tls)
{
	struct ormd	*ormd = c->ormd;

	if (c->read_settings(c->arg, newer) == -1 ||
	    c->read_files(&ormd->log, newer, model, tls) == -1)
		return -1;
	if ((*model)->registry->auth != NULL ||
	    !listeners_are_public(ormd->listeners))
		return 0;
	log_error(&ormd->log, "the model has no users any more, and others "
	    "than this machine reach ormd");
	ormd_model_drop(*model);
	tls_free(*tls);
	return -1;
}

static void
reload(evutil_socket_t fd, short what, void *arg)
{
	struct control		*c = arg;
	struct ormd		*ormd = c->ormd;
	struct settings		 newer;
	struct ormd_model	*model;
	struct tls		*tls;

	(void)fd;
	(void)what;
	if (ormd->draining)
		return;
	if (settings_init(&newer) == -1) {
		log_error(&ormd->log, "not reloaded: out of memory");
		return;
	}
	if (newer_read(c, &newer, &model, &tls) == -1)
		log_error(&ormd->log, "not reloaded; the old configuration "
		    "and model stay");
	else {
		settings_apply(ormd, &newer);
		ormd_model_drop(ormd->model);
		tls_free(ormd->tls);
		ormd->model = model;
		ormd->models++;
		ormd->tls = tls;
		pool_check_model(ormd->pool);
		log_info(&ormd->log, "reloaded; the model has %zu models",
		    model->registry->models.n);
	}
	settings_release(&newer);
}

static void
watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_send("WATCHDOG=1");
}

struct control *
control_new(struct ormd *ormd, int (*read_settings)(void *, struct settings *),
    control_files *read_files, void *arg)
{
	struct event_base	*base = ormd->loop.base;
	struct control		*c = calloc(1, sizeof(*c));
	uint64_t		 period = notify_watchdog();
	struct timeval		 tv = loop_timeval(period);

	if (c == NULL)
		return NULL;
	c->ormd = ormd;
	c->read_settings = read_settings;
	c->read_files = read_files;
	c->arg = arg;
	evsignal_assign(&c->term, base, SIGTERM, terminate, c);
	evsignal_assign(&c->interrupt, base, SIGINT, terminate, c);
	evsignal_assign(&c->hangup, base, SIGHUP, reload, c);
	event_assign(&c->watchdog, base, -1, EV_PERSIST, watchdog, c);
	evtimer_assign(&c->cancel, base, drain_cancel, c);
	evtimer_assign(&c->stop, base, drain_stop, c);
	if (event_add(&c->term, NULL) == -1 ||
	    event_add(&c->interrupt, NULL) == -1 ||
	    event_add(&c->hangup, NULL) == -1 ||
	    (period > 0 && event_add(&c->watchdog, &tv) == -1)) {
		control_free(c);
		return NULL;
	}
	return c;
}

bool
control_drained(const struct control *c)
{
	return c->drained;
}

void
control_free(struct control *c)
{
	event_del(&c->term);
	event_del(&c->interrupt);
	event_del(&c->hangup);
	event_del(&c->watchdog);
	event_del(&c->cancel);
	event_del(&c->stop);
	free(c);
}
