/*
 * The program ormctl as a shell sees it: what it prints where, and how it
 * ends.  It talks to a server in a thread of this program.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "client_kit.h"

struct run {
	char	said[4096];	/* standard output, then standard error */
	int	status;
};

/* Runs `command', in which ormctl is that program, at this server. */
static void
run(struct run *r, const struct kit *k, const char *command)
{
	const char	*build = getenv("top_builddir");
	char		 script[2048];
	FILE		*f;
	size_t		 n;

	if (k != NULL)
		setenv("ORMD_HOST", kit_where(k), 1);
	snprintf(script, sizeof(script),
	    "ormctl() { %s/daemon/ormctl \"$@\"; }; "
	    "e=$(mktemp); { %s; } 2>\"$e\"; s=$?; cat \"$e\"; rm -f \"$e\"; "
	    "exit $s", build == NULL ? "." : build, command);
	assert_non_null(f = popen(script, "r"));
	n = fread(r->said, 1, sizeof(r->said) - 1, f);
	r->said[n] = '\0';
	r->status = WEXITSTATUS(pclose(f));
}

static void
assert_run(const struct kit *k, const char *command, int status,
    const char *said)
{
	struct run	r;

	run(&r, k, command);
	assert_string_equal(r.said, said);
	assert_int_equal(r.status, status);
}

static const char refused[] =
"ormctl: method_not_found: no such method\n"
"  path: /method\n"
"  hint: did you mean ping?\n";

static void
results_are_printed_and_errors_told(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);

	(void)state;
	assert_run(k, "ormctl ping", 0, "{}\n");
	assert_run(k, "ormctl echo a=1 b.c=x", 0,
	    "{\n  \"a\": 1,\n  \"b\": {\"c\": \"x\"}\n}\n");
	assert_run(k, "ormctl echo '{\"a\":[1]}'", 0,
	    "{\n  \"a\": [1]\n}\n");
	assert_run(k, "ormctl nothing", 1, refused);
	kit_stop(k);
}

static void
raw_is_the_line_that_came(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);

	(void)state;
	assert_run(k, "ormctl -r echo a=1", 0,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":1}}\n");
	assert_run(k, "ormctl --raw nothing", 1,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,"
	    "\"message\":\"no such method\",\"data\":{\"kind\":"
	    "\"method_not_found\",\"retryable\":false,\"path\":\"/method\","
	    "\"hint\":\"did you mean ping?\"}}}\n");
	kit_stop(k);
}

static void
wrong_usage_is_2(void **state)
{
	struct run	r;

	(void)state;
	run(&r, NULL, "ormctl -x ping");
	assert_int_equal(r.status, 2);
	run(&r, NULL, "ormctl -t never ping");
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.said, "never"));
	run(&r, NULL, "ormctl -H a -S b ping");
	assert_int_equal(r.status, 2);
	run(&r, NULL, "ormctl ping now");
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.said, "short form"));
	run(&r, NULL, "ormctl get '{\"model\":'");
	assert_int_equal(r.status, 2);
	run(&r, NULL, "ormctl -H host:nowhere ping");
	assert_int_equal(r.status, 2);
}

static void
no_connection_is_3(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);
	struct run	 r;

	(void)state;
	setenv("ORMD_HOST", kit_where(k), 1);
	kit_stop(k);
	run(&r, NULL, "ormctl ping");
	assert_int_equal(r.status, 3);
	assert_non_null(strstr(r.said, "unreachable"));
	run(&r, NULL, "ormctl -S /nowhere ping");
	assert_int_equal(r.status, 3);
}

/* Reads, and says nothing. */
static void
serve_silence(FILE *in, FILE *out, void *arg)
{
	(void)out;
	(void)arg;
	while (getc(in) != EOF)
		;
}

static void
no_reply_in_time_is_3(void **state)
{
	struct kit	*k = kit_start(NULL, serve_silence, NULL);
	struct run	 r;

	(void)state;
	run(&r, k, "ormctl -t 0.2 ping");
	assert_int_equal(r.status, 3);
	assert_non_null(strstr(r.said, "timeout"));
	/* A pipe that is owed a reply; and the server closes. */
	run(&r, k, "echo ping | ormctl -t 2");
	assert_int_equal(r.status, 3);
	assert_non_null(strstr(r.said, "closed"));
	/* A notification is owed none. */
	run(&r, k, "echo '{\"method\":\"ping\"}' | ormctl");
	assert_int_equal(r.status, 0);
	assert_string_equal(r.said, "");
	kit_stop(k);
}

static void
lines_of_a_pipe_are_calls(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);

	(void)state;
	assert_run(k, "printf 'ping\\n# a remark\\n\\n  echo a=\"b c\"\\r\\n"
	    "{\"id\":\"x\",\"method\":\"echo\",\"params\":{\"z\":1}}\\n"
	    "echo {\"last\": true}' | ormctl", 0,
	    "{}\n{\"a\": \"b c\"}\n{\"z\": 1}\n{\"last\": true}\n");
	assert_run(k, "ormctl </dev/null", 0, "");
	kit_stop(k);
}

static void
pipe_goes_on_after_errors_and_names_their_lines(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);
	struct run	 r;

	(void)state;
	run(&r, k, "printf 'ping\\nnothing\\nping\\n' | ormctl");
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.said, "{}\n{}\n"));
	assert_non_null(strstr(r.said, "ormctl: line 2: method_not_found"));
	run(&r, k, "printf 'ping now\\nping\\n' | ormctl");
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.said, "{}\n"));
	assert_non_null(strstr(r.said, "ormctl: line 1: usage"));
	run(&r, k, "printf '{broken\\n' | ormctl");
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.said, "ormctl: parse: "));
	kit_stop(k);
}

static void
long_pipes_come_out_whole_and_in_order(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);

	(void)state;
	assert_run(k, "o=$(mktemp); seq 1 20000 | sed 's/^/echo n=/' |"
	    " ormctl | tr -dc '0-9\\n' >$o; seq 1 20000 | cmp - $o; s=$?;"
	    " rm -f $o; (exit $s)", 0, "");
	kit_stop(k);
}

static void
addresses_come_from_options_and_environment(void **state)
{
	struct kit	*k = kit_start(NULL, kit_answer, NULL);
	char		 command[200];

	(void)state;
	unsetenv("ORMD_HOST");
	snprintf(command, sizeof(command), "ormctl -H %s ping", kit_where(k));
	assert_run(NULL, command, 0, "{}\n");
	snprintf(command, sizeof(command), "ORMD_PORT=%s ormctl ping",
	    strchr(kit_where(k), ':') + 1);
	assert_run(NULL, command, 0, "{}\n");
	snprintf(command, sizeof(command),
	    "ORMD_HOST=nowhere ORMD_PORT=%s ormctl --host 127.0.0.1 ping",
	    strchr(kit_where(k), ':') + 1);
	assert_run(NULL, command, 0, "{}\n");
	kit_stop(k);
	k = kit_start("/tmp/ormd-test-ormctl.socket", kit_answer, NULL);
	assert_run(NULL, "ormctl -S /tmp/ormd-test-ormctl.socket ping", 0,
	    "{}\n");
	assert_run(NULL, "cd /tmp && ormctl -S ormd-test-ormctl.socket ping",
	    0, "{}\n");
	kit_stop(k);
}

static void
help_and_version_need_no_server(void **state)
{
	struct run	r;

	(void)state;
	run(&r, NULL, "ORMD_PORT=1 ormctl --help");
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.said, "Usage: ormctl"));
	assert_non_null(strstr(r.said, "--socket"));
	run(&r, NULL, "ORMD_PORT=1 ormctl --version");
	assert_int_equal(r.status, 0);
	assert_memory_equal(r.said, "ormctl ", 7);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(results_are_printed_and_errors_told),
		cmocka_unit_test(raw_is_the_line_that_came),
		cmocka_unit_test(wrong_usage_is_2),
		cmocka_unit_test(no_connection_is_3),
		cmocka_unit_test(no_reply_in_time_is_3),
		cmocka_unit_test(lines_of_a_pipe_are_calls),
		cmocka_unit_test(
		    pipe_goes_on_after_errors_and_names_their_lines),
		cmocka_unit_test(long_pipes_come_out_whole_and_in_order),
		cmocka_unit_test(addresses_come_from_options_and_environment),
		cmocka_unit_test(help_and_version_need_no_server),
	};

	/* The stand-in writes to clients that have gone. */
	signal(SIGPIPE, SIG_IGN);
	unsetenv("ORMD_HOST");
	unsetenv("ORMD_PORT");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ormctl", tests, NULL, NULL);
}
