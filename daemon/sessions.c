/*
 * All clients: opening, settling after each turn, burying, draining.  Called by
 * listen.c and by main().  Nothing is freed in a turn in which it was in use.
 */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reply.h"
#include "session.h"
#include "session_parts.h"

enum { SPARE_LARGEST = 256 * 1024 };

void
session_touch(struct session *s)
{
	struct sessions	*all = s->all;

	if (s->dirty)
		return;
	s->dirty = true;
	s->next_dirty = NULL;
	if (all->dirty_last != NULL)
		all->dirty_last->next_dirty = s;
	else
		all->dirty = s;
	all->dirty_last = s;
	loop_after_turn(&all->ormd->loop, &all->flush, LOOP_FLUSH);
}

void
session_bury(struct session *s)
{
	struct sessions	*all = s->all;

	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		all->first = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	s->next_dirty = all->graves;
	all->graves = s;
	loop_after_turn(&all->ormd->loop, &all->bury, LOOP_BURY);
}

void
spare_give(struct sessions *all, struct buf *b)
{
	if (all->nspare < SESSIONS_SPARE && b->cap <= SPARE_LARGEST &&
	    !b->broken) {
		buf_reset(b);
		all->spare[all->nspare++] = *b;
		buf_init(b, 0);
	} else
		buf_free(b);
}

void
spare_take(struct sessions *all, struct buf *b)
{
	if (b->p == NULL && all->nspare > 0)
		*b = all->spare[--all->nspare];
}

/* A session begins with its dialog. */
static void
dialog_changed(struct dialog *d)
{
	session_touch((struct session *)d);
}

static void
drain_check(struct sessions *all)
{
	void	(*drained)(void *) = all->drained;

	if (drained == NULL || all->ormd->in_flight > 0 || all->unsent > 0 ||
	    all->dirty != NULL)
		return;
	all->drained = NULL;
	drained(all->drained_arg);
}

/* The one with the most that it does not read. */
static struct session *
greediest(const struct sessions *all)
{
	struct session	*s, *found = NULL;

	for (s = all->first; s != NULL; s = s->next)
		if (s->fd != -1 && s->blocked &&
		    (found == NULL || s->charged > found->charged))
			found = s;
	return found;
}

/*
 * The clients together hold too much.  Lines that come are refused, but replies
 * that are made can only be read, or thrown away with their client.
 */
static void
sessions_relieve(struct sessions *all)
{
	struct ormd	*ormd = all->ormd;
	struct session	*s;
	size_t		 freed = 0;
	unsigned	 n = 0;

	while (ormd->memory > ormd->settings.total_memory &&
	    (s = greediest(all)) != NULL) {
		freed += s->charged;
		n++;
		session_close(s);
	}
	if (n > 0)
		log_warning(&ormd->log, "total_memory is used up: closed %u "
		    "clients that had not read %zu bytes", n, freed);
}

static void
sessions_flush(void *arg)
{
	struct sessions	*all = arg;
	struct session	*s, *next;

	/* What becomes dirty now has its turn later, behind the sockets. */
	s = all->dirty;
	all->dirty = all->dirty_last = NULL;
	for (; s != NULL; s = next) {
		next = s->next_dirty;
		s->dirty = false;
		session_settle(s);
	}
	if (all->ormd->memory > all->ormd->settings.total_memory)
		sessions_relieve(all);
	drain_check(all);
}

static void
session_free(struct session *s)
{
	dialog_release(&s->dialog);
	place_drop(s->dialog.client.place);
	frame_release(&s->frame);
	free(s);
}

static void
sessions_bury(void *arg)
{
	struct sessions	*all = arg;
	struct session	*s;

	while ((s = all->graves) != NULL) {
		all->graves = s->next_dirty;
		session_free(s);
	}
}

struct sessions *
sessions_new(struct ormd *ormd)
{
	struct sessions	*all = calloc(1, sizeof(*all));

	if (all == NULL || (all->places = places_new()) == NULL) {
		free(all);
		return NULL;
	}
	all->ormd = ormd;
	all->flush = (struct loop_hook){ .run = sessions_flush, .arg = all };
	all->bury = (struct loop_hook){ .run = sessions_bury, .arg = all };
	patience_init(&all->lines, &ormd->loop, &ormd->settings.line_timeout,
	    session_line_late);
	patience_init(&all->writes, &ormd->loop,
	    &ormd->settings.write_timeout, session_write_late);
	patience_init(&all->shakes, &ormd->loop,
	    &ormd->settings.handshake_timeout, session_shake_late);
	patience_init(&all->probes, &ormd->loop,
	    &ormd->settings.probe_interval, session_probe);
	patience_init(&all->logins, &ormd->loop,
	    &ormd->settings.login_timeout, session_login_late);
	return all;
}

void
sessions_free(struct sessions *all)
{
	struct session	*s;

	for (s = all->first; s != NULL; s = s->next)
		session_close(s);
	while ((s = all->first) != NULL) {
		all->first = s->next;
		session_free(s);
	}
	sessions_bury(all);
	while (all->nspare > 0)
		buf_free(&all->spare[--all->nspare]);
	patience_release(&all->lines);
	patience_release(&all->writes);
	patience_release(&all->shakes);
	patience_release(&all->probes);
	patience_release(&all->logins);
	loop_disarm(&all->ormd->loop, &all->flush, LOOP_FLUSH);
	loop_disarm(&all->ormd->loop, &all->bury, LOOP_BURY);
	places_free(all->places);
	free(all);
}

/*
 * It begins with a handshake.  -1: no memory, or too many do; half of them are
 * the most for one address.
 */
static int
session_shake(struct session *s)
{
	struct sessions	*all = s->all;
	struct ormd	*ormd = all->ormd;
	unsigned	 most = (unsigned)ormd->settings.max_handshakes;

	if (ormd->tls == NULL || all->shaking >= most ||
	    s->dialog.client.place->shaking >= (most + 1) / 2 ||
	    (s->tls = tls_link_new(ormd->tls, s->fd)) == NULL) {
		ormd->stats.refused_connections++;
		return -1;
	}
	s->shaking = true;
	all->shaking++;
	s->dialog.client.place->shaking++;
	patience_begin(&all->shakes, &s->shake_wait);
	return 0;
}

/* Of one that was never told to anybody. */
static int
session_unmake(struct session *s)
{
	if (s->shaking) {
		s->all->shaking--;
		s->dialog.client.place->shaking--;
		patience_end(&s->shake_wait);
	}
	place_leave(s->dialog.client.place);
	place_drop(s->dialog.client.place);
	tls_link_free(s->tls);
	dialog_release(&s->dialog);
	close(s->fd);
	free(s);
	return -1;
}

int
session_open(struct sessions *all, int fd, const struct peer *peer, bool tls)
{
	struct session	*s = calloc(1, sizeof(*s));
	struct who	*who;

	if (s == NULL) {
		place_leave(peer->place);
		place_drop(peer->place);
		close(fd);
		return -1;
	}
	s->all = all;
	s->fd = fd;
	dialog_init(&s->dialog, all->ormd, dialog_changed);
	s->dialog.client.origin = peer->origin;
	s->dialog.client.place = peer->place;
	memcpy(s->dialog.client.address, peer->address, sizeof(peer->address));
	s->dialog.client.is_private = peer->is_private;
	who = &s->dialog.client.who;
	if (peer->user != NULL && (who->implied = strdup(peer->user)) == NULL)
		return session_unmake(s);
	frame_init(&s->frame, all->ormd->settings.max_line);
	session_start(s);
	if ((tls && session_shake(s) == -1) ||
	    event_add(&s->read, NULL) == -1)
		return session_unmake(s);
	if ((s->next = all->first) != NULL)
		s->next->prev = s;
	all->first = s;
	all->ormd->clients++;
	patience_begin(&all->logins, &s->login_wait);
	all->ormd->stats.connections++;
	return 0;
}

const char *
sessions_refuse(struct sessions *all, struct peer *peer)
{
	const struct settings	*s = &all->ormd->settings;

	if (all->ormd->clients >= (unsigned)s->max_connections)
		return "there are max_connections clients already";
	peer->place = place_take(all->places, peer->origin.bytes,
	    peer->origin.n, (unsigned)s->max_connections_address);
	return peer->place != NULL ? NULL :
	    "this address has max_connections_address clients already";
}

void
sessions_drain(struct sessions *all, void (*drained)(void *), void *arg)
{
	struct session	*s;

	all->drained = drained;
	all->drained_arg = arg;
	for (s = all->first; s != NULL; s = s->next)
		dialog_refuse_waiting(&s->dialog, ERROR_DRAINING);
	loop_after_turn(&all->ormd->loop, &all->flush, LOOP_FLUSH);
}

void
sessions_cancel(struct sessions *all, enum error_kind why)
{
	struct session	*s;

	for (s = all->first; s != NULL; s = s->next)
		dialog_cancel(&s->dialog, why);
}

void
session_refuse(int fd, const char *message)
{
	struct error	err;
	struct buf	line;

	error_set(&err, ERROR_OVERLOADED, NULL, "%s", message);
	error_hint(&err, "try again when others have gone");
	buf_init(&line, 0);
	reply_error(&line, "null", &err, REPLY_LINE);
	(void)send(fd, line.p, line.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_free(&line);
}
