/*
 * The other end of a connection.  Called by listen.c.  On a Unix socket the
 * kernel says which user of this machine it is, and the setting peer_users
 * whom of the model that one is; certificates are mapped likewise, once the
 * session has seen one.  It refuses pairs that map nothing to nobody.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "peer.h"

enum {
	V6_NETWORK = 8	/* bytes that a site owns: it has all below them */
};

static void
origin_set(struct login_origin *origin, unsigned char family, const void *p,
    size_t n)
{
	origin->bytes[0] = family;
	memcpy(origin->bytes + 1, p, n);
	origin->n = (unsigned char)(n + 1);
}

/* "1000:alice"; -1: that is none.  The login is in the text. */
static int
pair_read(const char *text, uid_t *uid, const char **login)
{
	unsigned long	 v;
	char		*end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || v != (uid_t)v || *end != ':' || end[1] == '\0')
		return -1;
	*uid = (uid_t)v;
	*login = end + 1;
	return 0;
}

static bool
is_pair(const char *text)
{
	const char	*colon = strrchr(text, ':');

	return strcmp(text, "*") == 0 ||
	    (colon != NULL && colon > text && colon[1] != '\0');
}

const char *
peer_certificate(const struct settings *s, const char *name)
{
	const char	*pair, *colon;
	size_t		 n = strlen(name);
	unsigned	 i;

	for (i = 0; i < s->certificate_users.n; i++) {
		pair = s->certificate_users.v[i];
		if (strcmp(pair, "*") == 0)
			return name;
		colon = strrchr(pair, ':');
		if ((size_t)(colon - pair) == n && memcmp(pair, name, n) == 0)
			return colon + 1;
	}
	return NULL;
}

int
peer_check(const struct settings *s, struct error *err)
{
	const char	*login;
	uid_t		 uid;
	unsigned	 i;

	for (i = 0; i < s->certificate_users.n; i++)
		if (!is_pair(s->certificate_users.v[i])) {
			error_set(err, ERROR_INVALID_VALUE, NULL,
			    "certificate_users = %.100s: no name and login",
			    s->certificate_users.v[i]);
			return error_hint(err, "write name:login, or *");
		}
	for (i = 0; i < s->peer_users.n; i++)
		if (pair_read(s->peer_users.v[i], &uid, &login) == -1) {
			error_set(err, ERROR_INVALID_VALUE, NULL,
			    "peer_users = %.100s: no user id and login",
			    s->peer_users.v[i]);
			return error_hint(err, "write 1000:alice");
		}
	return 0;
}

static const char *
user_of(const struct settings *s, uid_t wanted)
{
	const char	*login;
	uid_t		 uid;
	unsigned	 i;

	for (i = 0; i < s->peer_users.n; i++)
		if (pair_read(s->peer_users.v[i], &uid, &login) == 0 &&
		    uid == wanted)
			return login;
	return NULL;
}

static void
look_local(struct peer *peer, const struct settings *s, int fd)
{
	struct ucred	who;
	socklen_t	n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == -1)
		return;
	origin_set(&peer->origin, AF_UNIX, &who.uid, sizeof(who.uid));
	snprintf(peer->address, sizeof(peer->address), "uid %u",
	    (unsigned)who.uid);
	peer->user = user_of(s, who.uid);
}

void
peer_look(struct peer *peer, const struct settings *s, int fd,
    const struct sockaddr *sa)
{
	const struct sockaddr_in6	*v6 = (const void *)sa;
	const struct sockaddr_in	*v4 = (const void *)sa;

	memset(peer, 0, sizeof(*peer));
	peer->is_private = address_is_local(sa);
	switch (sa->sa_family) {
	case AF_UNIX:
		look_local(peer, s, fd);
		break;
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, peer->address,
		    sizeof(peer->address));
		origin_set(&peer->origin, AF_INET, &v4->sin_addr,
		    sizeof(v4->sin_addr));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &v6->sin6_addr, peer->address,
		    sizeof(peer->address));
		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
			origin_set(&peer->origin, AF_INET,
			    v6->sin6_addr.s6_addr + 12, 4);
		else
			origin_set(&peer->origin, AF_INET6, &v6->sin6_addr,
			    V6_NETWORK);
		break;
	}
}
