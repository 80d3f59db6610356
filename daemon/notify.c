/*
 * systemd's readiness, watchdog and socket protocols.  Called by main().  A
 * message that cannot be sent is dropped: systemd's own timeout then tells.
 */
#include <stdlib.h>
#include <string.h>

#include "notify.h"

char *
notify_listen_names(void)
{
	const char	*names = getenv("LISTEN_FDNAMES");

	return names == NULL ? NULL : strdup(names);
}

#ifdef HAVE_LIBSYSTEMD

#include <systemd/sd-daemon.h>

void
notify_send(const char *state)
{
	sd_notify(0, state);
}

uint64_t
notify_watchdog(void)
{
	uint64_t	us;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 2 : 0;
}

int
notify_listen_fds(void)
{
	int	n = sd_listen_fds(1);

	_Static_assert(NOTIFY_FD_FIRST == SD_LISTEN_FDS_START, "first");
	return n < 0 ? 0 : n;
}

#else

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

enum { LISTEN_FDS_MOST = 64 };

void
notify_send(const char *state)
{
	struct sockaddr_un	 to = { .sun_family = AF_UNIX };
	const char		*path = getenv("NOTIFY_SOCKET");
	size_t			 n;
	int			 fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (n = strlen(path)) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';	/* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

/* A variable as a number, if it is meant for this process. */
static uint64_t
variable(const char *name, const char *pid_name)
{
	const char	*pid = getenv(pid_name), *value = getenv(name);

	if (value == NULL || (pid != NULL && atol(pid) != (long)getpid()))
		return 0;
	return strtoull(value, NULL, 10);
}

uint64_t
notify_watchdog(void)
{
	return variable("WATCHDOG_USEC", "WATCHDOG_PID") / 2;
}

int
notify_listen_fds(void)
{
	uint64_t	n = 0;
	int		fd;

	if (getenv("LISTEN_PID") != NULL)
		n = variable("LISTEN_FDS", "LISTEN_PID");
	if (n > LISTEN_FDS_MOST)
		n = 0;
	for (fd = NOTIFY_FD_FIRST; fd < NOTIFY_FD_FIRST + (int)n; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return (int)n;
}

#endif
