/*
 * One client and its socket.  Called by the loop, and by sessions.c once after
 * each turn in which something changed.  Bytes are read into one buffer that
 * all sessions share, framed, and given to the dialog, line by line; what the
 * dialog answers is sent once a turn.  A session that has nothing under way
 * holds no buffer.  session_socket.c gives and takes the bytes.
 *
 * It stops reading from a client that has too much under way or leaves its
 * replies unread, and closes on HTTP, on a line that does not end, on a client
 * that takes nothing, and on a handshake that fails or does not end.
 */
#include <errno.h>
#include <unistd.h>

#include "session_parts.h"

static void
session_charge(struct session *s)
{
	size_t	now = s->frame.held.cap + s->dialog.out.cap + s->dialog.held +
		    s->dialog.charge;

	s->all->ormd->memory += now - s->charged;
	s->charged = now;
}

/* Keeps count of the sessions whose output is not out. */
static void
session_count_unsent(struct session *s)
{
	bool	unsent = s->fd != -1 && s->dialog.out.n > 0;

	if (unsent && !s->unsent)
		s->all->unsent++;
	else if (!unsent && s->unsent)
		s->all->unsent--;
	s->unsent = unsent;
}

/*
 * Much input at once is taken over several turns, so that no turn is long.  Who
 * had to wait comes first in the next one, or those who always have something
 * to say would be the only ones heard.
 */
static bool
session_is_delayed(struct session *s)
{
	struct sessions	*all = s->all;
	bool		 others = all->delayed > (unsigned)s->delayed;

	if ((!others || s->delayed) &&
	    loop_lasted(&all->ormd->loop) < SESSIONS_TURN_US) {
		all->delayed -= s->delayed;
		s->delayed = false;
		return false;
	}
	all->delayed += !s->delayed;
	s->delayed = true;
	return true;
}

static void
session_no_more_input(struct session *s)
{
	event_del(&s->read);
	s->all->delayed -= s->delayed;
	s->delayed = false;
}

void
session_close(struct session *s)
{
	if (s->fd == -1)
		return;
	session_no_more_input(s);
	event_del(&s->write);
	patience_end(&s->line_wait);
	patience_end(&s->write_wait);
	patience_end(&s->probe_wait);
	patience_end(&s->login_wait);
	session_shaken(s);
	tls_link_free(s->tls);
	s->tls = NULL;
	place_leave(s->dialog.client.place);
	close(s->fd);
	s->fd = -1;
	s->all->ormd->clients--;
	frame_release(&s->frame);
	dialog_close(&s->dialog);
	buf_free(&s->dialog.out);
	session_count_unsent(s);
	session_charge(s);
	session_touch(s);
}

void
session_end(struct session *s)
{
	s->ending = true;
	session_no_more_input(s);
	patience_end(&s->line_wait);
	frame_release(&s->frame);
	session_watch(s);
	session_touch(s);
}

static void
session_overrun(struct session *s)
{
	dialog_refuse(&s->dialog, ERROR_OVERLOADED,
	    "the clients together hold more than total_memory",
	    "try again later");
	session_end(s);
}

/* Input is used up: the rest of a line has line_timeout to come. */
static void
session_more(struct session *s, bool progress)
{
	if (progress || !frame_unfinished(&s->frame))
		patience_end(&s->line_wait);
	if (!frame_unfinished(&s->frame))
		return;
	patience_begin(&s->all->lines, &s->line_wait);
	session_charge(s);
	if (dialog_overruns(&s->dialog, s->frame.held.n))
		session_overrun(s);
}

static void
session_pause(struct session *s, const char *p, size_t n)
{
	if (n > 0 && frame_keep(&s->frame, p, n) == -1) {
		session_close(s);
		return;
	}
	patience_end(&s->line_wait);
	if (!s->paused) {
		s->paused = true;
		session_no_more_input(s);
		session_watch(s);
	}
}

/*
 * How long a line may be depends on who sends it, which may be about to change.
 */
static void
session_limit(struct session *s)
{
	struct ormd		*ormd = s->all->ormd;
	const struct who	*who = &s->dialog.client.who;

	s->frame.max_line = who_max_line(who, ormd);
	s->frame.undecided = dialog_is_turning(&s->dialog) &&
	    s->frame.max_line < ormd->settings.max_line;
}

static void
session_too_large(struct session *s)
{
	if (s->frame.max_line < s->all->ormd->settings.max_line)
		dialog_refuse(&s->dialog, ERROR_TOO_LARGE,
		    "the line is longer than max_line_anyone",
		    "log in first: then lines may have max_line");
	else
		dialog_refuse(&s->dialog, ERROR_TOO_LARGE,
		    error_rows[ERROR_TOO_LARGE].message, "");
}

/* Takes lines out of new input and what was kept of the old. */
static void
session_input(struct session *s, const char *p, size_t n)
{
	const char	*line;
	size_t		 length;
	bool		 progress = false;
	bool		 users = s->all->ormd->model->registry->auth != NULL;

	session_limit(s);
	while (!s->ending && s->fd != -1) {
		if (users)
			session_limit(s);
		if (dialog_full(&s->dialog, s->dialog.out.n - s->sent)) {
			session_pause(s, p, n);
			return;
		}
		switch (frame_next(&s->frame, &p, &n, &line, &length)) {
		case FRAME_LINE:
			progress = true;
			dialog_line(&s->dialog, line, length);
			break;
		case FRAME_TOO_LARGE:
			session_too_large(s);
			break;
		case FRAME_WAIT:
			session_pause(s, p, n);
			return;
		case FRAME_MORE:
			session_more(s, progress);
			return;
		case FRAME_HTTP:
		case FRAME_NOMEM:
			session_close(s);
			return;
		}
	}
}

static void
session_take(struct session *s)
{
	struct sessions	*all = s->all;
	uint64_t	 lines = s->dialog.lines;
	ssize_t		 n = session_recv(s);

	if (n > 0) {
		all->ormd->stats.bytes_in += (uint64_t)n;
		session_input(s, all->input, (size_t)n);
		if (s->dialog.lines - lines > SESSIONS_SHORT)
			s->gulps = false;
		else if ((size_t)n == session_appetite(s))
			s->gulps = true;
	} else if (n == 0)
		session_end(s);
	else if (errno != EAGAIN && errno != EINTR)
		session_close(s);
}

void
session_readable(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;

	(void)fd;
	(void)what;
	if (!session_is_delayed(s))
		session_take(s);
}

static void
session_writable(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;

	(void)fd;
	(void)what;
	if (s->tls != NULL && tls_wants_write(s->tls))
		session_take(s);
	if (s->fd == -1)
		return;
	s->blocked = false;
	session_touch(s);
}

/* Sends what the socket takes; the rest waits until it takes more. */
static void
session_send(struct session *s)
{
	struct buf	*out = &s->dialog.out;
	ssize_t		 n;

	while (s->sent < out->n && !s->blocked) {
		n = session_put(s, out->p + s->sent, out->n - s->sent);
		if (n >= 0) {
			s->sent += (size_t)n;
			s->all->ormd->stats.bytes_out += (uint64_t)n;
			patience_end(&s->write_wait);
		} else if (errno == EAGAIN) {
			s->blocked = true;
			event_add(&s->write, NULL);
		} else if (errno != EINTR) {
			session_close(s);
			return;
		}
	}
	if (s->sent == out->n) {
		s->sent = 0;
		spare_give(s->all, out);
		return;
	}
	patience_begin(&s->all->writes, &s->write_wait);
	if (s->sent > out->n / 2) {
		buf_drain(out, s->sent);
		s->sent = 0;
	}
}

static void
session_resume(struct session *s)
{
	s->paused = false;
	session_input(s, NULL, 0);
	if (s->fd != -1 && !s->paused && !s->ending)
		session_listen(s);
}

void
session_settle(struct session *s)
{
	struct dialog	*d = &s->dialog;

	if (s->fd != -1)
		spare_take(s->all, &d->out);
	dialog_settle(d);
	if (s->fd == -1) {
		session_charge(s);
		if (dialog_idle(d))
			session_bury(s);
		return;
	}
	if (d->out.broken)
		session_close(s);
	else
		session_send(s);
	dialog_start(d);
	if (s->fd != -1 && s->paused && !s->ending &&
	    dialog_has_room(d, d->out.n - s->sent))
		session_resume(s);
	if (s->fd == -1)
		return;
	session_count_unsent(s);
	session_charge(s);
	if (s->ending && dialog_idle(d) && d->out.n == 0)
		session_close(s);
}

void
session_start(struct session *s)
{
	struct event_base	*base = s->all->ormd->loop.base;

	event_assign(&s->read, base, s->fd, EV_READ | EV_PERSIST,
	    session_readable, s);
	event_assign(&s->write, base, s->fd, EV_WRITE, session_writable, s);
}
