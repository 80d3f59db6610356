/*
 * systemd's protocols, spoken to a socket of our own: the same with libsystemd
 * and without.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "notify.h"

/* Sends a state to an address; what arrives is in `got'. */
static void
send_to(struct sockaddr_un *un, socklen_t n, const char *name, char *got,
    size_t size)
{
	int	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ssize_t	length;

	assert_true(fd != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)un, n), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1\nSTATUS=serving");
	length = recv(fd, got, size - 1, 0);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	assert_true(length > 0);
	got[length] = '\0';
}

static void
a_state_reaches_a_socket_with_a_path(void **state)
{
	struct sockaddr_un	un = { .sun_family = AF_UNIX };
	char			folder[] = "/tmp/ormd-notify-XXXXXX";
	char			got[256];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
	send_to(&un, sizeof(un), un.sun_path, got, sizeof(got));
	assert_string_equal(got, "READY=1\nSTATUS=serving");
	unlink(un.sun_path);
	rmdir(folder);
}

static void
a_state_reaches_an_abstract_socket(void **state)
{
	struct sockaddr_un	un = { .sun_family = AF_UNIX };
	char			name[64], got[256];
	int			n;

	(void)state;
	n = snprintf(name, sizeof(name), "@ormd-notify-%d", (int)getpid());
	memcpy(un.sun_path + 1, name + 1, (size_t)n - 1);
	send_to(&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    (size_t)n), name, got, sizeof(got));
	assert_string_equal(got, "READY=1\nSTATUS=serving");
}

static void
outside_systemd_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/nonexistent/s", 1);
	notify_send("READY=1");
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_watchdog(), 0);
	assert_int_equal(notify_listen_fds(), 0);
}

static void
the_watchdog_is_fed_twice_as_often_as_asked(void **state)
{
	char	pid[32];

	(void)state;
	setenv("WATCHDOG_USEC", "3000000", 1);
	assert_int_equal(notify_watchdog(), 1500000);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog(), 1500000);
	/* Another process of the same service. */
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog(), 0);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
handed_sockets_are_counted_once_and_closed_on_exec(void **state)
{
	char	pid[32];
	int	fd;

	(void)state;
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", "1", 1);
	assert_int_equal(notify_listen_fds(), 0);
	fd = dup2(STDERR_FILENO, NOTIFY_FD_FIRST);
	assert_int_equal(fd, NOTIFY_FD_FIRST);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", pid, 1);
	assert_int_equal(notify_listen_fds(), 1);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(notify_listen_fds(), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_state_reaches_a_socket_with_a_path),
		cmocka_unit_test(a_state_reaches_an_abstract_socket),
		cmocka_unit_test(outside_systemd_nothing_happens),
		cmocka_unit_test(the_watchdog_is_fed_twice_as_often_as_asked),
		cmocka_unit_test(
		    handed_sockets_are_counted_once_and_closed_on_exec)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
