/*
 * The sockets on which clients arrive.  Called by main(); who arrives is
 * accept.c's.  It refuses what address.c refuses, and sockets that another
 * process listens on.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "listen_parts.h"
#include "notify.h"

enum { KEEPALIVE_PROBES = 6 };	/* without an answer: it has gone */

static int
public_check(const struct address_entry *entry, bool users, struct error *err)
{
	if (!entry->tls && !entry->plain)
		return address_refuse_public(entry->name, err);
	if (users)
		return 0;
	address_refuse(entry->name, "others than this machine could reach it",
	    err);
	return error_hint(err, "the model has no users, so everybody could do "
	    "everything");
}

static int
entry_check(const struct settings *settings, const struct address_entry *entry,
    bool users, struct error *err)
{
	struct addrinfo	*found, *a;
	const char	*path = address_path(entry->name);
	int		 r = 0;

	if (entry->tls && settings->tls_certificate[0] == '\0') {
		address_refuse(entry->name, "there is no certificate", err);
		return error_hint(err, "say tls_certificate and tls_key");
	}
	if (path != NULL)
		return address_check_path(entry->name, path, err);
	if ((found = address_resolve(entry->name, err)) == NULL)
		return -1;
	for (a = found; a != NULL && r == 0; a = a->ai_next)
		if (!address_is_local(a->ai_addr))
			r = public_check(entry, users, err);
	freeaddrinfo(found);
	return r;
}

int
listeners_check(const struct settings *settings, bool users, struct error *err)
{
	struct address_entry	entry;
	unsigned		i;

	for (i = 0; i < settings->listen.n; i++)
		if (address_entry_read(settings->listen.v[i], &entry, err) ==
		    -1 || entry_check(settings, &entry, users, err) == -1)
			return -1;
	return 0;
}

bool
listeners_are_public(const struct listeners *all)
{
	const struct listener	*l;

	for (l = all->first; l != NULL; l = l->next)
		if (l->is_public)
			return true;
	return false;
}

static struct listener *
listener_add(struct listeners *all, int fd, const char *path, bool tls)
{
	struct listener	*l = calloc(1, sizeof(*l));
	union address	 name;
	socklen_t	 n = sizeof(name);
	struct stat	 st;

	if (l == NULL || (path != NULL && (l->path = strdup(path)) == NULL)) {
		free(l);
		return NULL;
	}
	l->all = all;
	l->fd = fd;
	l->tls = tls;
	l->is_public = getsockname(fd, &name.any, &n) == 0 &&
	    !address_is_local(&name.any);
	if (path != NULL && stat(path, &st) == 0) {
		l->device = st.st_dev;
		l->inode = st.st_ino;
	}
	event_assign(&l->event, all->ormd->loop.base, fd, EV_READ | EV_PERSIST,
	    listener_acceptable, l);
	if (event_add(&l->event, NULL) == -1) {
		free(l->path);
		free(l);
		return NULL;
	}
	l->next = all->first;
	all->first = l;
	return l;
}

static int
open_unix(struct listeners *all, const struct address_entry *entry,
    const char *path, struct error *err)
{
	const char	*name = entry->name;
	union address	to = { .local = { .sun_family = AF_UNIX } };
	mode_t		mode = (mode_t)all->ormd->settings.socket_mode, mask;
	int		fd, result;

	if (address_check_path(name, path, err) == -1)
		return -1;
	memcpy(to.local.sun_path, path, strlen(path) + 1);
	if (address_remove_stale(&to.local) == -1)
		return address_refuse(name, strerror(errno), err);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return address_refuse(name, strerror(errno), err);
	/* The mode holds from the first moment, not only after a chmod. */
	mask = umask(~mode & 0777);
	result = bind(fd, &to.any, sizeof(to.local));
	umask(mask);
	if (result == -1 || listen(fd, SOMAXCONN) == -1) {
		address_refuse(name, strerror(errno), err);
		close(fd);
		return -1;
	}
	if (listener_add(all, fd, path, entry->tls) == NULL) {
		close(fd);
		return address_refuse(name, "out of memory", err);
	}
	return 0;
}

/*
 * What accepted sockets inherit, which saves calls for each: no waiting for
 * more to send, and questions to a client that is silent, so that one whose
 * machine has gone does not hold its place for ever.
 */
static void
tcp_options(const struct settings *s, int fd)
{
	const int	on = 1, probes = KEEPALIVE_PROBES;
	int		idle = (int)(s->keepalive / 1000000);
	int		pause = idle / KEEPALIVE_PROBES;

	if (pause == 0)
		pause = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause, sizeof(pause));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

static int
open_tcp(struct listeners *all, const struct address_entry *entry,
    const struct addrinfo *a, struct error *err)
{
	const char		*name = entry->name;
	static const int	on = 1;
	int			fd, error;

	fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return address_refuse(name, strerror(errno), err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	tcp_options(&all->ormd->settings, fd);
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == -1 ||
	    listen(fd, SOMAXCONN) == -1) {
		error = errno;
		close(fd);
		address_refuse(name, strerror(error), err);
		if (error == EADDRINUSE)
			error_hint(err, "is another ormd running?");
		errno = error;
		return -1;
	}
	if (listener_add(all, fd, NULL, entry->tls) == NULL) {
		close(fd);
		return address_refuse(name, "out of memory", err);
	}
	return 0;
}

static int
open_name(struct listeners *all, const char *name, struct error *err)
{
	struct address_entry	 entry;
	struct addrinfo		*found, *a;
	const char		*path;
	int			 opened = 0;

	if (address_entry_read(name, &entry, err) == -1)
		return -1;
	if ((path = address_path(entry.name)) != NULL)
		return open_unix(all, &entry, path, err);
	if ((found = address_resolve(entry.name, err)) == NULL)
		return -1;
	/* `localhost' may name ::1 on a machine without IPv6. */
	for (a = found; a != NULL; a = a->ai_next)
		if (open_tcp(all, &entry, a, err) == 0)
			opened++;
		else if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT) {
			opened = 0;
			break;
		}
	freeaddrinfo(found);
	return opened > 0 ? 0 : -1;
}

/* The next of names with colons between them, and whether it is this word. */
static bool
name_is(const char *names, const char *word)
{
	size_t	n = names == NULL ? 0 : strcspn(names, ":");

	return n == strlen(word) && strncmp(names, word, n) == 0;
}

static int
take_handed(struct listeners *all, int fd, const char *names,
    struct error *err)
{
	struct address_entry	 entry = { .name = "LISTEN_FDS" };
	union address		 name;
	socklen_t		 n = sizeof(name), size = sizeof(int);
	int			 listening = 0;

	entry.tls = name_is(names, "tls");
	entry.plain = name_is(names, "plain");
	if (getsockname(fd, &name.any, &n) == -1 || getsockopt(fd, SOL_SOCKET,
	    SO_ACCEPTCONN, &listening, &size) == -1 || !listening)
		return address_refuse(entry.name, "not a listening socket",
		    err);
	if (!address_is_local(&name.any) && public_check(&entry,
	    all->ormd->model->registry->auth != NULL, err) == -1)
		return entry.tls || entry.plain ? -1 : error_hint(err,
		    "its unit can say FileDescriptorName=tls, or plain");
	if (entry.tls && all->ormd->tls == NULL)
		return address_refuse(entry.name, "there is no certificate",
		    err);
	if (name.any.sa_family != AF_UNIX)
		tcp_options(&all->ormd->settings, fd);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == -1 ||
	    listener_add(all, fd, NULL, entry.tls) == NULL)
		return address_refuse(entry.name, "out of memory", err);
	return 0;
}

struct listeners *
listeners_new(struct ormd *ormd, int handed, const char *names,
    struct error *err)
{
	const struct settings_list	*list = &ormd->settings.listen;
	struct listeners		*all = calloc(1, sizeof(*all));
	unsigned			 i;
	int				 fd, result = 0;

	if (all == NULL) {
		error_nomem(err);
		return NULL;
	}
	all->ormd = ormd;
	all->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	evtimer_assign(&all->retry, ormd->loop.base, listeners_retry,
	    all);
	for (fd = NOTIFY_FD_FIRST; fd < NOTIFY_FD_FIRST + handed &&
	    result == 0; fd++) {
		result = take_handed(all, fd, names, err);
		if (names != NULL && (names = strchr(names, ':')) != NULL)
			names++;
	}
	for (i = 0; i < list->n && handed == 0 && result == 0; i++)
		result = open_name(all, list->v[i], err);
	if (result == -1) {
		listeners_free(all);
		return NULL;
	}
	return all;
}

void
listeners_close(struct listeners *all)
{
	struct listener	*l;
	struct stat	 st;

	event_del(&all->retry);
	while ((l = all->first) != NULL) {
		all->first = l->next;
		event_del(&l->event);
		close(l->fd);
		/* Another ormd may have put its own in this place. */
		if (l->path != NULL && stat(l->path, &st) == 0 &&
		    st.st_dev == l->device && st.st_ino == l->inode)
			unlink(l->path);
		free(l->path);
		free(l);
	}
}

void
listeners_free(struct listeners *all)
{
	if (all == NULL)
		return;
	listeners_close(all);
	if (all->reserve != -1)
		close(all->reserve);
	free(all);
}
