/*
 * From an address in words to a connected socket, by a deadline.  Called by
 * ormd_connect().  It refuses addresses that it cannot read, and gives up when
 * the time is over, in a name lookup too: getaddrinfo() knows no deadline, so
 * it runs in a thread that outlives a caller who has stopped waiting.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reach.h"

enum {
	HOST_SIZE = ORMD_HOST_SIZE,
	PORT_SIZE = 6,
	PORT_MOST = 65535,
	RETRY_MS = 5,		/* between tries at a full Unix backlog */
	LOOKUP_STACK = 256 * 1024
};

struct address {
	char	host[HOST_SIZE];
	char	port[PORT_SIZE];
};

/* A name lookup.  Whoever comes last, thread or waiter, frees it. */
struct lookup {
	pthread_mutex_t	 mutex;
	pthread_cond_t	 finished;
	struct address	 address;
	struct addrinfo	*list;
	int		 code;
	bool		 done;
	bool		 abandoned;
};

static int64_t
now_ms(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
ormd_deadline(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

int
ormd_left(int64_t deadline)
{
	int64_t	left;

	if (deadline < 0)
		return -1;
	left = deadline - now_ms();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int
ormd_fail(struct ormd_error *err, const char *kind, const char *format, ...)
{
	va_list	ap;

	if (err == NULL)
		return -1;
	memset(err, 0, sizeof(*err));
	snprintf(err->kind, sizeof(err->kind), "%s", kind);
	va_start(ap, format);
	vsnprintf(err->message, sizeof(err->message), format, ap);
	va_end(ap);
	return -1;
}

static int
port_read(const char *p, struct address *to)
{
	size_t	digits = strspn(p, "0123456789");
	long	n = digits < PORT_SIZE ? strtol(p, NULL, 10) : 0;

	if (p[digits] != '\0' || n < 1 || n > PORT_MOST)
		return -1;
	snprintf(to->port, sizeof(to->port), "%ld", n);
	return 0;
}

/* HOST:PORT, HOST, :PORT, [IPV6]:PORT, [IPV6], IPV6. */
static int
address_read(const char *where, struct address *to)
{
	const char	*host = where, *end, *rest;
	size_t		 n;

	if (where[0] == '[') {
		host = where + 1;
		if ((end = strchr(host, ']')) == NULL)
			return -1;
		rest = end + 1;
	} else if ((end = strchr(where, ':')) == NULL ||
	    strchr(end + 1, ':') != NULL)
		rest = end = where + strlen(where);
	else
		rest = end;
	if ((n = (size_t)(end - host)) >= sizeof(to->host))
		return -1;
	memcpy(to->host, host, n);
	to->host[n] = '\0';
	if (n == 0)
		strcpy(to->host, "127.0.0.1");
	if (*rest == '\0')
		return port_read(ORMD_PORT, to);
	return *rest == ':' ? port_read(rest + 1, to) : -1;
}

static void
lookup_free(struct lookup *l)
{
	if (l->list != NULL)
		freeaddrinfo(l->list);
	pthread_cond_destroy(&l->finished);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}

static int
lookup_now(const struct address *address, int flags, struct addrinfo **list)
{
	struct addrinfo	hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags
	};

	return getaddrinfo(address->host, address->port, &hints, list);
}

static void *
lookup_thread(void *arg)
{
	struct lookup	*l = arg;
	struct addrinfo	*list = NULL;
	int		 code = lookup_now(&l->address, 0, &list);
	bool		 last;

	pthread_mutex_lock(&l->mutex);
	l->list = code == 0 ? list : NULL;
	l->code = code;
	l->done = true;
	last = l->abandoned;
	pthread_cond_signal(&l->finished);
	pthread_mutex_unlock(&l->mutex);
	if (last)
		lookup_free(l);
	return NULL;
}

/* The thread must not take the signals that its program waits for. */
static int
lookup_start(struct lookup *l)
{
	pthread_attr_t	attr;
	pthread_t	thread;
	sigset_t	all, old;
	int		code;

	if (pthread_attr_init(&attr) != 0)
		return EAI_MEMORY;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, LOOKUP_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&thread, &attr, lookup_thread, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return code == 0 ? 0 : EAI_MEMORY;
}

/* Waits for the thread; false when the deadline came first. */
static bool
lookup_wait(struct lookup *l, int64_t deadline)
{
	struct timespec	until = {
		.tv_sec = (time_t)(deadline / 1000),
		.tv_nsec = (long)(deadline % 1000 * 1000000)
	};
	int		code = 0;

	while (!l->done && code != ETIMEDOUT)
		code = deadline < 0 ?
		    pthread_cond_wait(&l->finished, &l->mutex) :
		    pthread_cond_timedwait(&l->finished, &l->mutex, &until);
	return l->done;
}

/* 0, an EAI_ code, or EAI_AGAIN when the deadline came first. */
static int
lookup(const struct address *address, int64_t deadline, struct addrinfo **list)
{
	struct lookup		*l;
	pthread_condattr_t	 monotonic;
	int			 code;

	/* Numbers need no thread. */
	if (lookup_now(address, AI_NUMERICHOST, list) == 0)
		return 0;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return EAI_MEMORY;
	l->address = *address;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->finished, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if ((code = lookup_start(l)) != 0) {
		lookup_free(l);
		return code;
	}
	pthread_mutex_lock(&l->mutex);
	if (!lookup_wait(l, deadline)) {
		l->abandoned = true;
		pthread_mutex_unlock(&l->mutex);
		return EAI_AGAIN;
	}
	pthread_mutex_unlock(&l->mutex);
	code = l->code;
	*list = l->list;
	l->list = NULL;
	lookup_free(l);
	return code;
}

/* Waits for a connect(2) under way: 0, or an errno. */
static int
connect_wait(int fd, int64_t deadline)
{
	struct pollfd	p = { .fd = fd, .events = POLLOUT };
	socklen_t	size = sizeof(int);
	int		code = 0, n;

	while ((n = poll(&p, 1, ormd_left(deadline))) == -1 && errno == EINTR)
		;
	if (n == 0)
		return ETIMEDOUT;
	if (n == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == -1)
		return errno;
	return code;
}

/* connect(2) and the wait for it: 0, or an errno. */
static int
connect_fd(int fd, const struct sockaddr *address, socklen_t size,
    int64_t deadline)
{
	while (connect(fd, address, size) == -1) {
		if (errno == EINPROGRESS || errno == EINTR)
			return connect_wait(fd, deadline);
		if (errno != EAGAIN)
			return errno;
		/* The backlog of a Unix socket is full: there is nothing to
		   poll for, only to ask again. */
		if (ormd_left(deadline) == 0)
			return ETIMEDOUT;
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

/* A connected socket, or -1 with errno set. */
static int
connect_to(const struct sockaddr *address, socklen_t size, int64_t deadline)
{
	int	fd, code, on = 1;

	fd = socket(address->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if ((code = connect_fd(fd, address, size, deadline)) != 0) {
		close(fd);
		errno = code;
		return -1;
	}
	/* Requests are short lines; Nagle would hold them back. */
	if (address->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int
reach_unix(const char *where, int64_t deadline, struct ormd_error *err)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	int			fd;

	if (strlen(where) >= sizeof(address.sun_path))
		return ormd_fail(err, "address",
		    "the path of a Unix socket has at most %zu bytes",
		    sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, where);
	fd = connect_to((const struct sockaddr *)&address, sizeof(address),
	    deadline);
	if (fd == -1)
		ormd_fail(err, errno == ETIMEDOUT ? "timeout" : "unreachable",
		    "cannot connect to %s: %s", where, strerror(errno));
	return fd;
}

/* One of several addresses gets its share of the time, not all of it. */
static int64_t
share_of(int64_t deadline, const struct addrinfo *a)
{
	int	n = 0, left = ormd_left(deadline);

	for (; a != NULL; a = a->ai_next)
		n++;
	return left < 0 ? -1 : ormd_deadline(left / n);
}

static int
reach_inet(const char *where, int64_t deadline, struct ormd_error *err)
{
	struct address	 address;
	struct addrinfo	*list, *a;
	int		 code, fd = -1;

	if (address_read(where, &address) == -1)
		return ormd_fail(err, "address",
		    "%s is not HOST:PORT, nor the path of a Unix socket",
		    where);
	if ((code = lookup(&address, deadline, &list)) != 0)
		return ormd_fail(err, code == EAI_AGAIN && ormd_left(deadline)
		    == 0 ? "timeout" : "unreachable", "cannot find %s: %s",
		    address.host, gai_strerror(code));
	errno = 0;
	for (a = list; a != NULL && fd == -1; a = a->ai_next)
		fd = connect_to(a->ai_addr, a->ai_addrlen,
		    share_of(deadline, a));
	freeaddrinfo(list);
	if (fd == -1)
		ormd_fail(err, errno == ETIMEDOUT && ormd_left(deadline) == 0 ?
		    "timeout" : "unreachable", "cannot connect to %s: %s",
		    where, strerror(errno));
	return fd;
}

int
ormd_reach(const char *where, int64_t deadline, struct ormd_error *err)
{
	int	fd;

	if (where == NULL)
		where = ORMD_WHERE;
	fd = strchr(where, '/') != NULL ? reach_unix(where, deadline, err) :
	    reach_inet(where, deadline, err);
	if (fd == -1 && err != NULL)
		err->retryable = strcmp(err->kind, "address") != 0;
	return fd;
}

void
ormd_reach_host(const char *where, char to[ORMD_HOST_SIZE])
{
	struct address	address;

	if (where == NULL)
		where = ORMD_WHERE;
	if (strchr(where, '/') != NULL || address_read(where, &address) == -1)
		strcpy(address.host, "localhost");
	memcpy(to, address.host, ORMD_HOST_SIZE);
}
