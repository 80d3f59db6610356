/*
 * The configuration: what is read, what is refused and how that is said, who
 * wins, what a reload changes, and that ormd.conf(5) knows every key.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settings.h"

static int
setup(void **state)
{
	struct settings	*s = malloc(sizeof(*s));

	if (s == NULL || settings_init(s) == -1)
		return -1;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	settings_release(*state);
	free(*state);
	return 0;
}

static int
text(struct settings *s, const char *t, struct error *err)
{
	char	*copy = strdup(t);
	int	 result;

	assert_non_null(copy);
	result = settings_text(s, copy, "my.conf", err);
	free(copy);
	return result;
}

static void
defaults_are_those_of_the_protocol(void **state)
{
	struct settings	*s = *state;

	assert_int_equal(s->listen.n, 1);
	assert_string_equal(s->listen.v[0], "127.0.0.1:7432");
	assert_int_equal(s->max_line, 1 << 20);
	assert_int_equal(s->max_reply, 8 << 20);
	assert_int_equal(s->max_batch, 64);
	assert_int_equal(s->max_depth, 32);
	assert_int_equal(s->merge_cap, 32);
	assert_true(s->merging);
	assert_in_range(s->readers, 3, 5);
	assert_int_equal(s->log_level, LOG_LEVEL_INFO);
}

static void
a_file_sets_values_with_units(void **state)
{
	struct settings	*s = *state;
	struct error	 err;

	assert_int_equal(text(s,
	    "# all of ormd\n"
	    "\n"
	    "  max_line = 64KiB   # short lines\n"
	    "max_reply=2 MB\r\n"
	    "queue_wait = 500ms\n"
	    "line_timeout = 2s\n"
	    "merging = off\n"
	    "log_level = Debug\n"
	    "socket_mode = 0600\n"
	    "readers = 3\n"
	    "database = host=/run/pg dbname='my db' # not this\n"
	    "model = \"/srv/a #1.json\"", &err), 0);
	assert_int_equal(s->max_line, 65536);
	assert_int_equal(s->max_reply, 2000000);
	assert_int_equal(s->queue_wait, 500000);
	assert_int_equal(s->line_timeout, 2000000);
	assert_false(s->merging);
	assert_int_equal(s->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(s->socket_mode, 0600);
	assert_int_equal(s->readers, 3);
	assert_string_equal(s->database, "host=/run/pg dbname='my db'");
	assert_string_equal(s->model, "/srv/a #1.json");
}

static void
an_unknown_key_is_named_with_its_line_and_the_nearest(void **state)
{
	struct error	err;

	assert_int_equal(text(*state, "readers = 2\n\nmax_lines = 5\n", &err),
	    -1);
	assert_string_equal(err.message, "my.conf:3: unknown key max_lines");
	assert_string_equal(err.hint, "did you mean max_line?");
	assert_int_equal(text(*state, "colour_of_the_sky = blue", &err), -1);
	assert_string_equal(err.hint, "see ormd.conf(5), or ormd --settings");
}

static void
a_value_that_does_not_fit_is_refused_with_a_hint(void **state)
{
	static const struct {
		const char	*option, *hint;
	} cases[] = {
		{ "queue_wait=5", "say a time such as 500ms or 2s" },
		{ "queue_wait=-5s", "say a time such as 500ms or 2s" },
		{ "queue_wait=5 parsec", "say a time such as 500ms or 2s" },
		{ "queue_wait=0s", "queue_wait is from 1ms to 1h" },
		{ "queue_wait=99999999999999999h",
		    "say a time such as 500ms or 2s" },
		{ "max_line=1X", "say a size such as 64KiB or 1MiB" },
		{ "max_line=7", "max_line is from 1KiB to 256MiB" },
		{ "max_line=", "say a size such as 64KiB or 1MiB" },
		{ "readers=two", "say a whole number" },
		{ "readers=2x", "say a whole number" },
		{ "readers=0", "readers is from 1 to 64" },
		{ "readers=99999999999999999999", "say a whole number" },
		{ "merging=maybe", "say on or off" },
		{ "socket_mode=rw", "say an octal mode such as 0660" },
		{ "socket_mode=0689", "say an octal mode such as 0660" },
		{ "socket_mode=7777", "socket_mode is from 0000 to 0777" },
		{ "log_level=loud", "say error, warning, info or debug" },
		{ "readers", "write key = value" }
	};
	struct error	err;
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(settings_option(*state, cases[i].option,
		    &err), -1);
		assert_string_equal(err.hint, cases[i].hint);
	}
}

static void
quotes_must_be_closed(void **state)
{
	struct error	err;

	assert_int_equal(text(*state, "model = \"a", &err), -1);
	assert_string_equal(err.message, "my.conf:1: a quote is not closed");
}

static void
the_command_line_wins_over_the_file(void **state)
{
	struct settings	*s = *state;
	struct error	 err;

	assert_int_equal(text(s, "listen = 127.0.0.1:1, [::1]:2\n"
	    "listen = /run/x\nreaders = 3", &err), 0);
	assert_int_equal(s->listen.n, 3);
	assert_string_equal(s->listen.v[1], "[::1]:2");
	assert_string_equal(s->listen.v[2], "/run/x");
	assert_int_equal(settings_option(s, "readers=5", &err), 0);
	assert_int_equal(s->readers, 5);
	assert_int_equal(settings_option(s, "listen=127.0.0.1:9", &err), 0);
	assert_int_equal(s->listen.n, 1);
	assert_int_equal(settings_option(s, "listen=unix:/run/y", &err), 0);
	assert_int_equal(s->listen.n, 2);
	assert_string_equal(s->listen.v[0], "127.0.0.1:9");
	assert_string_equal(s->listen.v[1], "unix:/run/y");
}

static void
a_list_has_an_end_and_no_holes(void **state)
{
	struct error	err;
	int		i, result = 0;

	assert_int_equal(settings_option(*state, "listen=a:1,,b:2", &err), -1);
	for (i = 0; i <= SETTINGS_LIST_MOST && result == 0; i++)
		result = settings_option(*state, "listen=127.0.0.1:1", &err);
	assert_int_equal(result, -1);
	assert_string_equal(err.message, "more than 64 values");
}

static void
a_reload_takes_what_may_change_and_names_what_may_not(void **state)
{
	struct settings	*s = *state, newer;
	const char	*keys[4];
	struct error	 err;

	assert_int_equal(settings_init(&newer), 0);
	assert_int_equal(settings_reload(s, &newer, keys, 4), 0);
	assert_int_equal(text(&newer, "log_level = error\nmax_line = 2KiB\n"
	    "model = other\nreaders = 9\nlisten = 127.0.0.1:1", &err), 0);
	assert_int_equal(settings_reload(s, &newer, keys, 4), 2);
	assert_string_equal(keys[0], "listen");
	assert_string_equal(keys[1], "readers");
	assert_int_equal(s->log_level, LOG_LEVEL_ERROR);
	assert_int_equal(s->max_line, 2048);
	assert_string_equal(s->model, "other");
	assert_string_equal(s->listen.v[0], "127.0.0.1:7432");
	assert_int_equal(s->readers, settings_cores() + 1);
	settings_release(&newer);
}

static void
what_is_printed_reads_back_the_same(void **state)
{
	struct settings	*s = *state, again;
	const char	*keys[1];
	char		*printed = NULL;
	size_t		 n;
	struct error	 err;
	FILE		*f = open_memstream(&printed, &n);

	assert_non_null(f);
	assert_int_equal(text(s, "max_line = 1234\nqueue_wait = 1500ms\n"
	    "socket_mode = 0602\nmerging = no\nlog_level = warning\n"
	    "model = \"a #b\"\nlisten = /x, 127.0.0.1:2", &err), 0);
	settings_print(s, f);
	fclose(f);
	assert_int_equal(settings_init(&again), 0);
	assert_int_equal(text(&again, printed, &err), 0);
	assert_int_equal(settings_reload(&again, s, keys, 1), 0);
	assert_int_equal(again.max_line, 1234);
	settings_release(&again);
	free(printed);
}

static void
a_missing_file_is_an_error_with_its_name(void **state)
{
	struct error	err;

	assert_int_equal(settings_file(*state, "/nonexistent/ormd.conf", &err),
	    -1);
	assert_string_equal(err.message,
	    "/nonexistent/ormd.conf: No such file or directory");
}

/* The defaults, printed, name each key; the man page must name it, too. */
static void
the_man_page_has_every_key(void **state)
{
	const char	*top = getenv("top_srcdir");
	char		 file[512], *page, *printed = NULL, *line, *save;
	char		 wanted[128];
	size_t		 n;
	FILE		*f;

	snprintf(file, sizeof(file), "%s/daemon/ormd.conf.5",
	    top != NULL ? top : ".");
	assert_non_null(f = fopen(file, "r"));
	page = calloc(1, 1 << 20);
	assert_non_null(page);
	assert_true(fread(page, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	assert_non_null(f = open_memstream(&printed, &n));
	settings_print(*state, f);
	fclose(f);
	for (line = strtok_r(printed, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		snprintf(wanted, sizeof(wanted), ".It Ic %.*s",
		    (int)strcspn(line, " "), line);
		if (strstr(page, wanted) == NULL)
			fail_msg("ormd.conf.5 has no \"%s\"", wanted);
	}
	free(printed);
	free(page);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(defaults_are_those_of_the_protocol),
		CASE(a_file_sets_values_with_units),
		CASE(an_unknown_key_is_named_with_its_line_and_the_nearest),
		CASE(a_value_that_does_not_fit_is_refused_with_a_hint),
		CASE(quotes_must_be_closed),
		CASE(the_command_line_wins_over_the_file),
		CASE(a_list_has_an_end_and_no_holes),
		CASE(a_reload_takes_what_may_change_and_names_what_may_not),
		CASE(what_is_printed_reads_back_the_same),
		CASE(a_missing_file_is_an_error_with_its_name),
		CASE(the_man_page_has_every_key)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
