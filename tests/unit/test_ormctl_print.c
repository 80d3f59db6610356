/*
 * What a person sees of a reply: its layout, its colours, nothing that a
 * terminal would obey, and errors in full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ormctl_print.h"

struct paper {
	FILE	*f;
	char	*text;
	size_t	 n;
};

static FILE *
paper_open(struct paper *p)
{
	p->f = open_memstream(&p->text, &p->n);
	assert_non_null(p->f);
	return p->f;
}

static void
assert_paper(struct paper *p, const char *want)
{
	fclose(p->f);
	assert_string_equal(p->text, want);
	free(p->text);
}

static void
assert_printed(const char *json, const char *want)
{
	struct paper	p;

	print_json(paper_open(&p), json, strlen(json), false);
	assert_paper(&p, want);
}

static void
scalars_stand_alone(void **state)
{
	(void)state;
	assert_printed("1", "1\n");
	assert_printed(" null ", "null\n");
	assert_printed("\"a b\"", "\"a b\"\n");
}

static void
short_values_stay_on_one_line(void **state)
{
	(void)state;
	assert_printed("{}", "{}\n");
	assert_printed("[ ]", "[]\n");
	assert_printed("{\"a\":1,\"b\":\"x\"}", "{\"a\": 1, \"b\": \"x\"}\n");
	assert_printed("[1,2,3]", "[1, 2, 3]\n");
}

static void
nested_values_are_indented(void **state)
{
	(void)state;
	assert_printed("{\"a\":[],\"b\":[{\"c\":1},{\"d\":[2,[3]]}]}",
	    "{\n"
	    "  \"a\": [],\n"
	    "  \"b\": [\n"
	    "    {\"c\": 1},\n"
	    "    {\n"
	    "      \"d\": [\n"
	    "        2,\n"
	    "        [3]\n"
	    "      ]\n"
	    "    }\n"
	    "  ]\n"
	    "}\n");
}

static void
long_values_go_on_several_lines(void **state)
{
	(void)state;
	assert_printed("[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
	    "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"]",
	    "[\n"
	    "  \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\n"
	    "  \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"\n"
	    "]\n");
}

static void
digits_and_escapes_stay(void **state)
{
	(void)state;
	assert_printed("[123456789012345678901234567890,1.500,-0.0E+10]",
	    "[123456789012345678901234567890, 1.500, -0.0E+10]\n");
	assert_printed("\"\\u00e4 \xc3\xa4 \\/ \\\"\"",
	    "\"\\u00e4 \xc3\xa4 \\/ \\\"\"\n");
}

static void
nothing_commands_the_terminal(void **state)
{
	(void)state;
	/* DEL, C1 (CSI), right-to-left override, isolates; not their kin. */
	assert_printed("\"\x7f|\xc2\x9b|\xe2\x80\xae|\xe2\x81\xa6\"",
	    "\"\\u007f|\\u009b|\\u202e|\\u2066\"\n");
	assert_printed("\"\xc2\xa0\xe2\x82\xac\xe2\x80\x93\"",
	    "\"\xc2\xa0\xe2\x82\xac\xe2\x80\x93\"\n");
	/* Not JSON at all: shown, but tamed. */
	assert_printed("[1,\033[31m", "[\n  1,\n  \\u001b[31m\n");
}

static void
nul_is_no_command_either(void **state)
{
	struct paper	p;

	(void)state;
	print_json(paper_open(&p), "\0", 1, false);
	assert_paper(&p, "\\ufffd\n");
}

static void
colours_tell_keys_from_values(void **state)
{
	static const char	json[] = "{\"a\":\"b\",\"c\":1,\"d\":null}";
	struct paper		p;

	(void)state;
	print_json(paper_open(&p), json, strlen(json), true);
	assert_paper(&p,
	    "{\033[1;34m\"a\"\033[0m: \033[32m\"b\"\033[0m, "
	    "\033[1;34m\"c\"\033[0m: \033[36m1\033[0m, "
	    "\033[1;34m\"d\"\033[0m: \033[35mnull\033[0m}\n");
}

static void
no_color_is_honoured(void **state)
{
	FILE	*f = tmpfile();

	(void)state;
	assert_non_null(f);
	setenv("TERM", "xterm", 1);
	assert_false(print_colours(f));		/* no terminal */
	fclose(f);
	/* On a terminal, if there is one, the variable decides. */
	if ((f = fopen("/dev/ptmx", "r+")) == NULL)
		return;
	unsetenv("NO_COLOR");
	assert_true(print_colours(f));
	setenv("NO_COLOR", "", 1);
	assert_true(print_colours(f));
	setenv("NO_COLOR", "1", 1);
	assert_false(print_colours(f));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(print_colours(f));
	fclose(f);
}

static void
member_is_found_at_the_top_only(void **state)
{
	static const char	line[] = " { \"x\" : {\"result\":1}, \"id\":1,"
				    "\"result\" : [2] }";
	struct paper		p;

	(void)state;
	assert_true(print_member(paper_open(&p), line, strlen(line), "result",
	    false));
	assert_paper(&p, "[2]\n");
	assert_false(print_member(paper_open(&p), line, strlen(line), "resul",
	    false));
	assert_paper(&p, "");
	assert_false(print_member(paper_open(&p), "[1]", 3, "result", false));
	assert_paper(&p, "");
	/* It may be cut anywhere. */
	for (size_t n = 0; n < strlen(line) - 4; n++) {
		assert_false(print_member(paper_open(&p), line, n, "result",
		    false));
		assert_paper(&p, "");
	}
}

static void
errors_are_told_in_full(void **state)
{
	struct ormd_error	e = {
		.code = -32002, .retryable = false, .kind = "unique",
		.message = "that value is taken", .path = "/values/username",
		.hint = "choose\033another", .detail = "d", .model = "User",
		.attribute = "username", .constraint = "users_username_key",
		.sqlstate = "23505", .committed = "no"
	};
	struct paper		p;

	(void)state;
	print_failure(paper_open(&p), &e, 0, false);
	assert_paper(&p,
	    "ormctl: unique: that value is taken\n"
	    "  path: /values/username\n"
	    "  model: User\n"
	    "  attribute: username\n"
	    "  constraint: users_username_key\n"
	    "  detail: d\n"
	    "  hint: choose\\u001banother\n");
}

static void
errors_without_more_are_one_line(void **state)
{
	struct ormd_error	e = { .kind = "closed", .message = "gone",
				    .retryable = true };
	struct paper		p;

	(void)state;
	print_failure(paper_open(&p), &e, 12, false);
	assert_paper(&p, "ormctl: line 12: closed: gone\n");
}

static void
unknown_outcomes_are_told(void **state)
{
	struct ormd_error	e = { .code = -32005, .kind = "timeout",
				    .message = "over", .retryable = true,
				    .committed = "unknown" };
	struct paper		p;

	(void)state;
	print_failure(paper_open(&p), &e, 0, false);
	assert_paper(&p,
	    "ormctl: timeout: over\n"
	    "  committed: unknown\n"
	    "  retry: the same request may succeed later\n");

	memcpy(e.committed, "no", 3);
	memcpy(e.kind, "cancelled", 10);
	e.retryable = false;
	print_failure(paper_open(&p), &e, 0, false);
	assert_paper(&p,
	    "ormctl: cancelled: over\n"
	    "  committed: no\n");
}

static void
rows_stand_on_a_line_each(void **state)
{
	static const char	 line[] = "{\"method\":\"rows\",\"params\":"
	    "{\"id\":1,\"items\":[{\"a\":[{\"b\":1.50}]}, 7,\"\x7f\"],"
	    "\"next\":[7]}}";
	static const char *const others[] = {
	    "{\"method\":\"changed\",\"params\":{\"watch\":1}}",
	    "{\"method\":\"rows\",\"params\":{\"items\":7}}",
	    "{\"method\":\"rows\",\"params\":[]}", "{}", "" };
	struct paper		 p;
	size_t			 i;

	(void)state;
	assert_true(print_rows(paper_open(&p), line, strlen(line), false));
	assert_paper(&p, "{\"a\": [{\"b\": 1.50}]}\n7\n\"\\u007f\"\n");
	assert_true(print_rows(paper_open(&p),
	    "{\"params\":{\"items\":[]}}", 25, false));
	assert_paper(&p, "");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_false(print_rows(paper_open(&p), others[i],
		    strlen(others[i]), false));
		assert_paper(&p, "");
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(scalars_stand_alone),
		cmocka_unit_test(short_values_stay_on_one_line),
		cmocka_unit_test(nested_values_are_indented),
		cmocka_unit_test(long_values_go_on_several_lines),
		cmocka_unit_test(digits_and_escapes_stay),
		cmocka_unit_test(nothing_commands_the_terminal),
		cmocka_unit_test(nul_is_no_command_either),
		cmocka_unit_test(colours_tell_keys_from_values),
		cmocka_unit_test(no_color_is_honoured),
		cmocka_unit_test(member_is_found_at_the_top_only),
		cmocka_unit_test(errors_are_told_in_full),
		cmocka_unit_test(errors_without_more_are_one_line),
		cmocka_unit_test(unknown_outcomes_are_told),
		cmocka_unit_test(rows_stand_on_a_line_each),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ormctl_print", tests, NULL, NULL);
}
