/*
 * Whether a client is still there, once nothing is read from it: it has said
 * all it had to say, or has too much under way.  Called by session.c and by the
 * loop.
 *
 * A client that has closed its half of the connection waits for its answers;
 * one that has closed all of it has no use for them, and what runs for it
 * should be cancelled.  A Unix socket tells one from the other.  TCP does not:
 * both send a FIN, and only what is sent then is answered by a reset, if nobody
 * is there.  So, now and then, a blank is sent, which JSON allows before any
 * value, and which no client looks at.
 */
#include <sys/socket.h>

#include <poll.h>
#include <stddef.h>

#include "session_parts.h"

enum session_peer {
	PEER_THERE,
	PEER_FINISHED,		/* it says no more, and may have gone */
	PEER_GONE,
	PEER_BROKEN		/* it has gone, and wants none of it */
};

static enum session_peer
session_look(const struct session *s)
{
	struct pollfd	p = { .fd = s->fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) <= 0)
		return PEER_THERE;
	if (p.revents & POLLERR)
		return PEER_BROKEN;
	return p.revents & POLLHUP ? PEER_GONE : PEER_FINISHED;
}

static void
session_changed(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;

	(void)fd;
	(void)what;
	switch (session_look(s)) {
	case PEER_THERE:
		break;
	case PEER_FINISHED:
	case PEER_GONE:
		/* What it has left behind is done, if that is soon. */
		patience_begin(&s->all->probes, &s->probe_wait);
		break;
	case PEER_BROKEN:
		session_close(s);
		break;
	}
}

/* libevent wants both events of a socket to be of one sort. */
static void
session_assign(struct session *s, short sort, event_callback_fn call)
{
	event_callback_fn	 write = event_get_callback(&s->write);
	struct event_base	*base = s->all->ormd->loop.base;

	event_del(&s->read);
	event_del(&s->write);
	event_assign(&s->read, base, s->fd, EV_READ | EV_PERSIST | sort, call,
	    s);
	event_assign(&s->write, base, s->fd, EV_WRITE | (sort & EV_ET), write,
	    s);
	event_add(&s->read, NULL);
	if (s->blocked)
		event_add(&s->write, NULL);
}

void
session_watch(struct session *s)
{
	/* What has come stays unread, so that only changes should be told. */
	session_assign(s, EV_ET | EV_CLOSED, session_changed);
}

void
session_listen(struct session *s)
{
	patience_end(&s->probe_wait);
	session_assign(s, 0, session_readable);
}

/* It may have been silent, or gone, for probe_interval. */
void
session_probe(struct patience_wait *w)
{
	struct session	*s = (struct session *)((char *)w -
			    offsetof(struct session, probe_wait));
	socklen_t	 size = sizeof(int);
	int		 domain = AF_UNIX;

	if (session_look(s) >= PEER_GONE) {
		session_close(s);
		return;
	}
	(void)getsockopt(s->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	/* What is under way to it does as well. */
	if (domain != AF_UNIX && s->dialog.out.n == 0) {
		buf_putc(&s->dialog.out, ' ');
		session_touch(s);
	}
	patience_begin(&s->all->probes, w);
}
