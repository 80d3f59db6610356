/*
 * The socket of a session, with TLS or without: bytes in and out, and the
 * handshake before them.  Called by session.c.  It lets a handshake wait when
 * others have had a few steps in this turn, and refuses nothing else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "session_parts.h"

void
session_shaken(struct session *s)
{
	if (!s->shaking)
		return;
	s->shaking = false;
	s->all->shaking--;
	s->dialog.client.place->shaking--;
	patience_end(&s->shake_wait);
}

/* Whether others should have their turn before one more step of this. */
static bool
session_must_wait(struct session *s)
{
	struct sessions	*all = s->all;
	uint64_t	 now = loop_now(&all->ormd->loop);

	if (all->shaken_us != now)
		all->shaken = 0;
	all->shaken_us = now;
	return all->shaken++ >= SESSIONS_SHAKES;
}

/* Hands are shaken: a certificate may say who it is. */
static int
session_meet(struct session *s)
{
	struct request_client	*client = &s->dialog.client;
	const char		*user = NULL;
	char			*name;

	session_shaken(s);
	client->is_private = true;
	if ((name = tls_peer_name(s->tls)) != NULL)
		user = peer_certificate(&s->all->ormd->settings, name);
	if (user != NULL) {
		free(client->who.implied);
		client->who.implied = strdup(user);
	}
	free(name);
	return user != NULL && client->who.implied == NULL ? -1 : 0;
}

/*
 * Lines take time, however short they are: of a client that sends many at once
 * some are taken in each turn, and then it is the others' turn.  TLS reads
 * records, which are not long.
 */
size_t
session_appetite(const struct session *s)
{
	return s->gulps || s->tls != NULL ? SESSIONS_INPUT : SESSIONS_SIP;
}

ssize_t
session_recv(struct session *s)
{
	struct sessions	*all = s->all;
	ssize_t		 n;
	int		 error;

	if (s->tls == NULL)
		return recv(s->fd, all->input, session_appetite(s), 0);
	if (s->shaking && session_must_wait(s)) {
		n = -1;
		errno = EAGAIN;
	} else
		n = tls_recv(s->tls, all->input, sizeof(all->input));
	error = errno;
	if (n == -1 && error == EAGAIN && tls_wants_write(s->tls))
		event_add(&s->write, NULL);
	if (s->shaking && tls_is_open(s->tls) && session_meet(s) == -1) {
		n = -1;
		error = ENOMEM;
	}
	errno = error;
	return n;
}

ssize_t
session_put(struct session *s, const char *p, size_t n)
{
	return s->tls != NULL ? tls_send(s->tls, p, n) :
	    send(s->fd, p, n, MSG_NOSIGNAL);
}
