/*
 * What `listen' may say: addresses of this machine and of others, Unix sockets,
 * and a word; and which files in the place of a socket may be removed.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "address.h"

static void
addresses_of_this_machine_are_taken(void **state)
{
	static const char *const names[] = { "127.0.0.1:7432", "127.9.9.9:1",
	    "[::1]:7432", "::1:7432", "[::ffff:127.0.0.1]:80" };
	struct addrinfo	*found;
	struct error	 err;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		found = address_resolve(names[i], &err);
		assert_non_null(found);
		assert_true(address_is_local(found->ai_addr));
		freeaddrinfo(found);
	}
}

static void
addresses_that_others_reach_are_known(void **state)
{
	static const char *const names[] = { "0.0.0.0:7432", "[::]:7432",
	    "10.0.0.1:7432", "192.168.1.1:1", "128.0.0.1:1", "[fe80::1]:1",
	    "[::ffff:8.8.8.8]:80", "[2001:db8::1]:1" };
	struct addrinfo	*found;
	struct error	 err;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		found = address_resolve(names[i], &err);
		assert_non_null(found);
		assert_false(address_is_local(found->ai_addr));
		freeaddrinfo(found);
	}
}

static void
assert_entry(const char *text, const char *name, bool tls, bool plain)
{
	struct address_entry	entry;
	struct error		err;

	assert_int_equal(address_entry_read(text, &entry, &err), 0);
	assert_string_equal(entry.name, name);
	assert_int_equal(entry.tls, tls);
	assert_int_equal(entry.plain, plain);
}

static void
an_address_can_have_a_word_behind_it(void **state)
{
	struct address_entry	entry;
	struct error		err;
	char			text[ADDRESS_LONGEST + 1];

	(void)state;
	assert_entry("0.0.0.0:1", "0.0.0.0:1", false, false);
	assert_entry("0.0.0.0:1 tls", "0.0.0.0:1", true, false);
	assert_entry("0.0.0.0:1\t plain", "0.0.0.0:1", false, true);
	assert_entry("/run/a b tls", "/run/a b", true, false);
	assert_entry("/run/tls", "/run/tls", false, false);
	assert_entry("tls", "tls", false, false);
	assert_entry("a:1 tls plain", "a:1 tls", false, true);
	memset(text, 'x', ADDRESS_LONGEST);
	text[ADDRESS_LONGEST] = '\0';
	assert_int_equal(address_entry_read(text, &entry, &err), -1);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const names[] = { "7432", ":7432", "127.0.0.1:",
	    "127.0.0.1", "[]:1", "127.0.0.1:port", "127.0.0.1:99999999",
	    "127.0.0.1:65536", "127.0.0.1:0", "127.0.0.1:-1", "" };
	struct error	err;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(address_resolve(names[i], &err));
		assert_non_null(strstr(err.message, "listen = "));
	}
}

static void
paths_are_told_from_hosts(void **state)
{
	struct error	err;
	char		path[200];

	(void)state;
	assert_string_equal(address_path("/run/ormd.sock"), "/run/ormd.sock");
	assert_string_equal(address_path("unix:s"), "s");
	assert_string_equal(address_path("./s"), "./s");
	assert_null(address_path("localhost:1"));
	assert_int_equal(address_check_path("/a", "/a", &err), 0);
	assert_int_equal(address_check_path("unix:", "", &err), -1);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(address_check_path(path, path, &err), -1);
}

static void
only_a_socket_that_nobody_listens_on_is_removed(void **state)
{
	struct sockaddr_un	un = { .sun_family = AF_UNIX };
	char			folder[] = "/tmp/ormd-address-XXXXXX";
	struct stat		st;
	FILE			*f;
	int			fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
	assert_int_equal(address_remove_stale(&un), 0);	/* nothing there */

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(address_remove_stale(&un), -1);
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(stat(un.sun_path, &st), 0);
	close(fd);
	assert_int_equal(address_remove_stale(&un), 0);
	assert_int_equal(stat(un.sun_path, &st), -1);

	assert_non_null(f = fopen(un.sun_path, "w"));
	fclose(f);
	assert_int_equal(address_remove_stale(&un), -1);
	assert_int_equal(stat(un.sun_path, &st), 0);
	unlink(un.sun_path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(addresses_of_this_machine_are_taken),
		cmocka_unit_test(addresses_that_others_reach_are_known),
		cmocka_unit_test(an_address_can_have_a_word_behind_it),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(paths_are_told_from_hosts),
		cmocka_unit_test(
		    only_a_socket_that_nobody_listens_on_is_removed)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
