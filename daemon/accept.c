/*
 * Who arrives.  Called by the loop; hands each client to session.c.  It refuses
 * clients for which there is no descriptor or no place, and waits where not
 * even that can be done.
 */
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "listen_parts.h"
#include "session.h"

enum {
	ACCEPT_PER_TURN	= 64,		/* others want their turn too */
	RETRY_US	= 100000	/* after running out of descriptors */
};

static const char	no_descriptor[] =
    "ormd has no descriptor left for another client";

/* One client that came while there was no descriptor left for it. */
static void
reserve_use(struct listeners *all, int fd, bool tls)
{
	int	client;

	if (all->reserve == -1)
		return;
	close(all->reserve);
	client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client != -1) {
		if (!tls)
			session_refuse(client, no_descriptor);
		close(client);
		all->ormd->stats.refused_connections++;
	}
	all->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Waits for descriptors or memory without spinning on the full backlog. */
static void
pause_accepting(struct listener *full, int error)
{
	struct listeners	*all = full->all;
	struct timeval		 later = loop_timeval(RETRY_US);
	struct listener		*l;

	if (!all->complained)
		log_warning(&all->ormd->log, "cannot accept: %s; trying again "
		    "every %d ms", strerror(error), RETRY_US / 1000);
	all->complained = true;
	if (error == EMFILE || error == ENFILE)
		reserve_use(all, full->fd, full->tls);
	for (l = all->first; l != NULL; l = l->next)
		event_del(&l->event);
	event_add(&all->retry, &later);
}

void
listeners_retry(evutil_socket_t fd, short what, void *arg)
{
	struct listeners	*all = arg;
	struct listener		*l;

	(void)fd;
	(void)what;
	if (all->reserve == -1)
		all->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (l = all->first; l != NULL; l = l->next)
		event_add(&l->event, NULL);
}

/*
 * Numbers are given out from the lowest, so this one tells how many are left.
 * Some stay for ormd: else it could not go back to a database that was away.
 */
static bool
is_needed(const struct settings *s, int fd)
{
	struct rlimit	limit;
	rlim_t		own = (rlim_t)(s->readers + s->writers) +
			    LISTEN_DESCRIPTORS_OWN;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return false;
	if (own > limit.rlim_cur / 2)
		own = limit.rlim_cur / 2;
	return (rlim_t)fd >= limit.rlim_cur - own;
}

static void
admit(struct listener *l, int client, const struct sockaddr *from)
{
	struct ormd	*ormd = l->all->ormd;
	const char	*why = no_descriptor;
	struct peer	 peer;

	if (!is_needed(&ormd->settings, client)) {
		peer_look(&peer, &ormd->settings, client, from);
		why = sessions_refuse(ormd->sessions, &peer);
		if (why == NULL) {
			session_open(ormd->sessions, client, &peer, l->tls);
			return;
		}
	}
	ormd->stats.refused_connections++;
	if (!l->tls)
		session_refuse(client, why);
	close(client);
}

void
listener_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct listener	*l = arg;
	union address	 from;
	socklen_t	 n;
	int		 i, client;

	(void)what;
	for (i = 0; i < ACCEPT_PER_TURN; i++) {
		n = sizeof(from);
		client = accept4((int)fd, &from.any, &n,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client != -1) {
			l->all->complained = false;
			admit(l, client, &from.any);
			continue;
		}
		switch (errno) {
		case EINTR:
		case ECONNABORTED:
		case EPROTO:
		case EPERM:
			continue;	/* that client is gone; the next */
		case EAGAIN:
			return;
		default:
			pause_accepting(l, errno);
			return;
		}
	}
}
