/*
 * Connection strings taken apart: hosts, ports and addresses in pairs, what
 * needs a look-up, and what libpq is asked for in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conninfo.h"

static struct conninfo	info;
static struct error	err;

static int
setup(void **state)
{
	(void)state;
	unsetenv("PGHOST");
	unsetenv("PGHOSTADDR");
	unsetenv("PGPORT");
	unsetenv("PGSERVICE");
	memset(&info, 0, sizeof(info));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	conninfo_release(&info);
	return 0;
}

static const char *
word(const char *key)
{
	size_t	i;

	for (i = 0; i < info.words.n; i++)
		if (strcmp(info.words.v[i].key, key) == 0)
			return info.words.v[i].value;
	return NULL;
}

/* What libpq understood; the caller frees with free(). */
static char *
understood(PGconn *conn, const char *key)
{
	PQconninfoOption	*all = PQconninfo(conn), *o;
	char			*value = NULL;

	for (o = all; o->keyword != NULL; o++)
		if (strcmp(o->keyword, key) == 0 && o->val != NULL)
			value = strdup(o->val);
	PQconninfoFree(all);
	return value;
}

static void
hosts_and_ports_are_paired(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info, "host=a,/run/b,10.0.0.3 "
	    "port=1,2,3 user=u dbname=d", "-c x=1", &err), 0);
	assert_int_equal(info.nhosts, 3);
	assert_string_equal(info.hosts[0].host, "a");
	assert_string_equal(info.hosts[1].port, "2");
	assert_string_equal(info.hosts[2].hostaddr, "");
	assert_string_equal(word("user"), "u");
	assert_null(word("host"));
	assert_null(word("port"));
	assert_string_equal(info.options, "-c x=1");
}

static void
one_port_is_for_all_hosts(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info,
	    "postgresql://u@h1,h2/d?port=7", "", &err), 0);
	assert_int_equal(info.nhosts, 2);
	assert_string_equal(info.hosts[0].port, "7");
	assert_string_equal(info.hosts[1].port, "7");
}

static void
nothing_said_is_the_default_socket(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info, "", "", &err), 0);
	assert_int_equal(info.nhosts, 1);
	assert_false(conninfo_has_names(&info));
}

static void
the_environment_is_heard(void **state)
{
	(void)state;
	setenv("PGHOST", "db1,db2", 1);
	assert_int_equal(conninfo_init(&info, "user=u", "", &err), 0);
	unsetenv("PGHOST");
	assert_int_equal(info.nhosts, 2);
	assert_string_equal(info.hosts[1].host, "db2");
}

/* A file of services, for libpq. */
static void
services_write(const char *text)
{
	char	 path[] = "/tmp/ormd-services-XXXXXX";
	int	 fd = mkstemp(path);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	setenv("PGSERVICEFILE", path, 1);
}

static void
a_service_is_taken_apart(void **state)
{
	const char	*text = "[shop]\nhost=db.example\nport=5444\n"
			    "dbname=wares\ntarget_session_attrs=read-write\n"
			    "options=-c random_page_cost=4\n";

	(void)state;
	services_write(text);
	assert_int_equal(conninfo_init(&info, "service=shop dbname=other",
	    "-c a=b", &err), 0);
	conninfo_for_readers(&info);
	assert_int_equal(info.nhosts, 1);
	assert_string_equal(info.hosts[0].host, "db.example");
	assert_string_equal(info.hosts[0].port, "5444");
	assert_true(conninfo_has_names(&info));
	assert_string_equal(word("dbname"), "other");
	assert_string_equal(word("target_session_attrs"), "primary");
	assert_string_equal(info.options, "-c a=b -c random_page_cost=4");
	assert_null(getenv("PGSERVICE"));
	conninfo_release(&info);
	/* One that the environment names is heard as well. */
	setenv("PGSERVICE", "shop", 1);
	assert_int_equal(conninfo_init(&info, "", "", &err), 0);
	assert_string_equal(info.hosts[0].port, "5444");
	assert_string_equal(info.options, " -c random_page_cost=4");
	unsetenv("PGSERVICE");
	unlink(getenv("PGSERVICEFILE"));
	unsetenv("PGSERVICEFILE");
}

static void
own_options_come_last_and_so_win(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info, "options='-c y=2'", "-c y=1",
	    &err), 0);
	assert_string_equal(info.options, "-c y=1 -c y=2");
}

static void
only_names_need_a_look_up(void **state)
{
	static const struct {
		const char	*text;
		bool		 names;
	} cases[] = {
		{ "host=/run/postgresql", false },
		{ "host=@abstract", false },
		{ "host=127.0.0.1", false },
		{ "host=::1", false },
		{ "host=name hostaddr=127.0.0.1", false },
		{ "host=name", true },
		{ "host=127.0.0.1,name", true }
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(conninfo_init(&info, cases[i].text, "",
		    &err), 0);
		assert_int_equal(conninfo_has_names(&info), cases[i].names);
		conninfo_release(&info);
	}
}

static void
addresses_keep_their_host(void **state)
{
	struct conninfo_addresses	at;
	PGconn				*conn;
	char				*hosts, *addresses, *ports;

	(void)state;
	assert_int_equal(conninfo_init(&info, "host=a.invalid,/nowhere,"
	    "127.0.0.1 hostaddr=127.0.0.2,, port=1,2,3", "-c z=1", &err), 0);
	conninfo_resolve(&info, &at);
	assert_int_equal(at.n, 3);
	assert_string_equal(at.v[0].text, "127.0.0.2");
	assert_string_equal(at.v[1].text, "");
	assert_string_equal(at.v[2].text, "127.0.0.1");
	/* Begun with the second. */
	assert_non_null(conn = conninfo_connect(&info, &at, 4));
	hosts = understood(conn, "host");
	addresses = understood(conn, "hostaddr");
	ports = understood(conn, "port");
	assert_string_equal(hosts, "/nowhere,127.0.0.1,a.invalid");
	assert_string_equal(addresses, ",127.0.0.1,127.0.0.2");
	assert_string_equal(ports, "2,3,1");
	free(hosts);
	free(addresses);
	free(ports);
	PQfinish(conn);
}

static void
readers_are_sent_by_the_server_s_state(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info,
	    "target_session_attrs=read-write", "", &err), 0);
	conninfo_for_readers(&info);
	assert_string_equal(word("target_session_attrs"), "primary");
	conninfo_release(&info);
	assert_int_equal(conninfo_init(&info,
	    "target_session_attrs=prefer-standby", "", &err), 0);
	conninfo_for_readers(&info);
	assert_string_equal(word("target_session_attrs"), "prefer-standby");
}

static void
what_cannot_be_parsed_is_refused(void **state)
{
	static const char *const	cases[] = {
		"host= a b", "nonsense=1", "host", "host=a,b port=1,2,3",
		"host=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(conninfo_init(&info, cases[i], "", &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID_VALUE);
		conninfo_release(&info);
	}
}

static void
a_refusal_does_not_show_a_password(void **state)
{
	(void)state;
	assert_int_equal(conninfo_init(&info, "password=se cret", "", &err),
	    -1);
	assert_null(strstr(err.message, "cret"));
	assert_null(strstr(err.detail, "cret"));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(hosts_and_ports_are_paired,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(one_port_is_for_all_hosts,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_said_is_the_default_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(a_service_is_taken_apart,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(the_environment_is_heard,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    own_options_come_last_and_so_win, setup, teardown),
		cmocka_unit_test_setup_teardown(only_names_need_a_look_up,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_keep_their_host,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    readers_are_sent_by_the_server_s_state, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_parsed_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_refusal_does_not_show_a_password, setup, teardown)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
