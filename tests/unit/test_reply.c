/*
 * Answers: the bytes of each kind, what is left out, and that a line is JSON
 * whatever text got into an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reply.h"
#include "scan.h"

static void
assert_text(struct buf *b, const char *wanted)
{
	buf_putc(b, '\0');
	assert_false(b->broken);
	assert_string_equal(b->p, wanted);
	buf_free(b);
}

/* One line, and the scanner takes it. */
static void
assert_line(const struct buf *b)
{
	struct scanner	*s = malloc(sizeof(*s));
	struct error	 err;
	size_t		 values;

	assert_non_null(s);
	assert_false(b->broken);
	assert_true(b->n > 0 && b->p[b->n - 1] == '\n');
	assert_null(memchr(b->p, '\n', b->n - 1));
	scan_init(s, 8, 100, 1);
	if (scan_line(s, b->p, b->n - 1, &values, &err) != SCAN_OK)
		fail_msg("%s (%s): %.*s", err.message, err.detail, (int)b->n,
		    b->p);
	free(s);
}

static void
a_result_is_written_in_place(void **state)
{
	struct buf	b;
	size_t		at;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "before\n");
	at = reply_begin(&b, "7", REPLY_LINE);
	assert_int_equal(at, 7);
	assert_int_equal(b.n + sizeof("}\n") - 1 - at, reply_overhead("7"));
	buf_puts(&b, "{\"id\":1}");
	reply_end(&b, REPLY_LINE);
	assert_text(&b, "before\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"id\":1}}\n");
}

static void
the_id_is_json_text_already(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	reply_begin(&b, "\"a\\nb\"", REPLY_LINE);
	buf_puts(&b, "null");
	reply_end(&b, REPLY_LINE);
	assert_text(&b,
	    "{\"jsonrpc\":\"2.0\",\"id\":\"a\\nb\",\"result\":null}\n");
}

static void
an_error_leaves_out_what_does_not_apply(void **state)
{
	struct error	err;
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_PARSE, NULL, "broken");
	assert_int_equal(reply_error(&b, "null", &err, REPLY_LINE), 0);
	assert_text(&b, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
	    "{\"code\":-32700,\"message\":\"broken\",\"data\":"
	    "{\"kind\":\"parse\",\"retryable\":false}}}\n");
}

static void
an_error_tells_all_it_has(void **state)
{
	struct path	root = { NULL, NULL, 0 };
	struct path	values = { &root, "values", 0 };
	struct path	name = { &values, "username", 0 };
	struct error	err;
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_UNIQUE, &name, "that name is taken");
	error_about(&err, "User", "username");
	error_detail(&err, "a detail");
	error_hint(&err, "a hint");
	strcpy(err.sqlstate, "23505");
	strcpy(err.constraint, "users_username_key");
	err.committed = ERROR_COMMITTED_NO;
	reply_error(&b, "\"x\"", &err, REPLY_LINE);
	assert_text(&b, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":"
	    "{\"code\":-32002,\"message\":\"that name is taken\",\"data\":"
	    "{\"kind\":\"unique\",\"sqlstate\":\"23505\",\"model\":\"User\","
	    "\"attribute\":\"username\","
	    "\"constraint\":\"users_username_key\","
	    "\"path\":\"/values/username\",\"detail\":\"a detail\","
	    "\"hint\":\"a hint\",\"retryable\":false,"
	    "\"committed\":\"no\"}}}\n");
}

static void
every_kind_has_its_code_and_is_json(void **state)
{
	enum error_kind	kind;
	struct error	err;
	struct buf	b;
	char		wanted[64];

	(void)state;
	for (kind = 0; kind < ERROR_KINDS; kind++) {
		buf_init(&b, 0);
		error_set(&err, kind, NULL, "text");
		reply_error(&b, "1", &err, REPLY_LINE);
		assert_line(&b);
		buf_putc(&b, '\0');
		snprintf(wanted, sizeof(wanted), "\"code\":%d,",
		    error_rows[kind].code);
		assert_non_null(strstr(b.p, wanted));
		snprintf(wanted, sizeof(wanted), "{\"kind\":\"%s\",",
		    error_rows[kind].kind);
		assert_non_null(strstr(b.p, wanted));
		assert_non_null(strstr(b.p, error_rows[kind].retryable ?
		    "\"retryable\":true" : "\"retryable\":false"));
		buf_free(&b);
	}
}

static void
what_may_be_stored_is_not_retryable(void **state)
{
	static const struct {
		enum error_committed	 committed;
		const char		*wanted;
	} cases[] = {
		{ ERROR_COMMITTED_UNSAID, "\"retryable\":true}" },
		{ ERROR_COMMITTED_NO,
		    "\"retryable\":true,\"committed\":\"no\"}" },
		{ ERROR_COMMITTED_YES,
		    "\"retryable\":false,\"committed\":\"yes\"}" },
		{ ERROR_COMMITTED_UNKNOWN,
		    "\"retryable\":false,\"committed\":\"unknown\"}" },
	};
	struct error	err;
	struct buf	b;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 0);
		error_set(&err, ERROR_TIMEOUT, NULL, "text");
		err.committed = cases[i].committed;
		reply_error(&b, "1", &err, REPLY_LINE);
		buf_putc(&b, '\0');
		assert_non_null(strstr(b.p, cases[i].wanted));
		buf_free(&b);
	}
}

static void
a_rule_of_the_data_has_its_sqlstate_whoever_found_it(void **state)
{
	struct error	err;
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_NOT_NULL, NULL, "a value is missing");
	reply_error(&b, "1", &err, REPLY_LINE);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.p, "\"sqlstate\":\"23502\""));
	buf_reset(&b);
	/* PostgreSQL would have said another one, so none is better. */
	error_set(&err, ERROR_INVALID_VALUE, NULL, "not a number");
	reply_error(&b, "1", &err, REPLY_LINE);
	buf_putc(&b, '\0');
	assert_null(strstr(b.p, "sqlstate"));
	buf_free(&b);
}

static void
committed_is_told_when_known(void **state)
{
	static const struct {
		enum error_committed	 committed;
		const char		*text;
	} cases[] = {
		{ ERROR_COMMITTED_NO, ",\"committed\":\"no\"}" },
		{ ERROR_COMMITTED_YES, ",\"committed\":\"yes\"}" },
		{ ERROR_COMMITTED_UNKNOWN, ",\"committed\":\"unknown\"}" },
	};
	struct error	err;
	struct buf	b;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 0);
		error_set(&err, ERROR_TIMEOUT, NULL, "too late");
		err.committed = cases[i].committed;
		reply_error(&b, "1", &err, REPLY_LINE);
		buf_putc(&b, '\0');
		assert_non_null(strstr(b.p, cases[i].text));
		buf_free(&b);
	}
}

static void
without_a_message_the_table_has_one(void **state)
{
	struct error	err = { .kind = ERROR_TOO_LARGE };
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	reply_error(&b, "null", &err, REPLY_LINE);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.p, error_rows[ERROR_TOO_LARGE].message));
	buf_free(&b);
}

static void
a_text_is_escaped(void **state)
{
	struct error	err;
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_INVALID_VALUE, NULL,
	    "quote \" backslash \\ newline \n tab \t bell \a");
	reply_error(&b, "1", &err, REPLY_LINE);
	assert_line(&b);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.p, "\"quote \\\" backslash \\\\ "
	    "newline \\n tab \\t bell \\u0007\""));
	buf_free(&b);
}

static void
a_text_that_is_not_utf8_to_its_end_is_cut(void **state)
{
	/* As snprintf() leaves it, or a message in another encoding. */
	static const struct { const char *text, *wanted; } cases[] = {
		{ "users_\xe2\x82", "\"users_\"" },
		{ "users_\xf0\x9f\x98", "\"users_\"" },
		{ "caf\xe9 au lait", "\"caf\"" },
		{ "\xe7\xa6\x85\xe7", "\"\xe7\xa6\x85\"" },
		{ "\xff", "\"\"" },
	};
	struct error	err;
	struct buf	b;
	size_t		i;
	char		wanted[64];

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 0);
		error_set(&err, ERROR_UNIQUE, NULL, "taken");
		strcpy(err.constraint, cases[i].text);
		reply_error(&b, "1", &err, REPLY_LINE);
		assert_line(&b);
		buf_putc(&b, '\0');
		snprintf(wanted, sizeof(wanted), "\"constraint\":%s,",
		    cases[i].wanted);
		assert_non_null(strstr(b.p, wanted));
		buf_free(&b);
	}
}

static void
a_batch_is_one_line(void **state)
{
	struct error	err;
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_METHOD_NOT_FOUND, NULL, "no");
	reply_batch_begin(&b);
	reply_begin(&b, "1", REPLY_MEMBER);
	buf_puts(&b, "[]");
	reply_end(&b, REPLY_MEMBER);
	reply_error(&b, "2", &err, REPLY_MEMBER);
	reply_begin(&b, "3", REPLY_MEMBER);
	buf_puts(&b, "{}");
	reply_end(&b, REPLY_MEMBER);
	reply_batch_end(&b);
	assert_line(&b);
	assert_text(&b, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]},"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,"
	    "\"message\":\"no\",\"data\":{\"kind\":\"method_not_found\","
	    "\"retryable\":false}}},"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}]\n");
}

static void
a_reply_can_be_taken_back(void **state)
{
	struct error	err;
	struct buf	b;
	size_t		at;

	(void)state;
	buf_init(&b, 0);
	error_set(&err, ERROR_LIMIT, NULL, "too long");
	at = reply_begin(&b, "1", REPLY_LINE);
	buf_puts(&b, "[1,2,3");
	reply_cut(&b, at);
	assert_int_equal(b.n, 0);
	/* In a batch, with its comma. */
	reply_batch_begin(&b);
	reply_begin(&b, "1", REPLY_MEMBER);
	buf_puts(&b, "1");
	reply_end(&b, REPLY_MEMBER);
	at = reply_begin(&b, "2", REPLY_MEMBER);
	buf_puts(&b, "[1,2,3");
	reply_cut(&b, at);
	reply_error(&b, "2", &err, REPLY_MEMBER);
	reply_batch_end(&b);
	assert_line(&b);
	buf_free(&b);
}

static void
a_broken_buffer_is_whole_again_after_a_cut(void **state)
{
	struct error	err;
	struct buf	b;
	size_t		at, n;

	(void)state;
	buf_init(&b, 300);
	error_set(&err, ERROR_LIMIT, NULL, "too long");
	reply_begin(&b, "1", REPLY_LINE);
	buf_puts(&b, "0");
	reply_end(&b, REPLY_LINE);
	n = b.n;
	at = reply_begin(&b, "2", REPLY_LINE);
	assert_int_equal(at, n);
	while (!b.broken)
		buf_puts(&b, "0123456789");
	reply_cut(&b, at);
	assert_false(b.broken);
	assert_int_equal(b.n, n);
	reply_error(&b, "2", &err, REPLY_LINE);
	assert_false(b.broken);
	buf_drain(&b, n);
	assert_line(&b);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_result_is_written_in_place),
		cmocka_unit_test(the_id_is_json_text_already),
		cmocka_unit_test(an_error_leaves_out_what_does_not_apply),
		cmocka_unit_test(an_error_tells_all_it_has),
		cmocka_unit_test(every_kind_has_its_code_and_is_json),
		cmocka_unit_test(what_may_be_stored_is_not_retryable),
		cmocka_unit_test(
		    a_rule_of_the_data_has_its_sqlstate_whoever_found_it),
		cmocka_unit_test(committed_is_told_when_known),
		cmocka_unit_test(without_a_message_the_table_has_one),
		cmocka_unit_test(a_text_is_escaped),
		cmocka_unit_test(a_text_that_is_not_utf8_to_its_end_is_cut),
		cmocka_unit_test(a_batch_is_one_line),
		cmocka_unit_test(a_reply_can_be_taken_back),
		cmocka_unit_test(a_broken_buffer_is_whole_again_after_a_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
