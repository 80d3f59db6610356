/*
 * Words and the params that they make: every rule of ormctl(1), and what is
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ormctl_json.h"
#include "ormctl_words.h"

/* `line' is split as at the prompt; its words have to make `want'. */
static void
assert_params(const char *line, const char *want)
{
	const char		*words[WORDS_MOST];
	struct json_object	*params = NULL;
	char			*copy = strdup(line), why[256] = "";
	int			 n;

	assert_non_null(copy);
	if ((n = words_split(copy, words, why, sizeof(why))) == -1 ||
	    words_params(words[0], n - 1, words + 1, &params, why,
	    sizeof(why)) == -1)
		fail_msg("%s: %s", line, why);
	if (want == NULL)
		assert_null(params);
	else
		assert_string_equal(json_object_to_json_string_ext(params,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		    want);
	json_object_put(params);
	free(copy);
}

/* The reason has to contain `why'. */
static void
assert_refused(const char *line, const char *reason)
{
	const char		*words[WORDS_MOST];
	struct json_object	*params = NULL;
	char			*copy = strdup(line), why[256] = "";
	int			 n;

	assert_non_null(copy);
	if ((n = words_split(copy, words, why, sizeof(why))) != -1 &&
	    words_params(words[0], n - 1, words + 1, &params, why,
	    sizeof(why)) != -1)
		fail_msg("%s made %s", line,
		    json_object_to_json_string(params));
	if (strstr(why, reason) == NULL)
		fail_msg("%s: \"%s\" does not say \"%s\"", line, why, reason);
	assert_null(params);
	free(copy);
}

static void
no_words_are_no_params(void **state)
{
	(void)state;
	assert_params("ping", NULL);
	assert_params("  ping\t ", NULL);
}

static void
one_object_is_params_as_it_is(void **state)
{
	(void)state;
	assert_params("get {\"model\": \"User\",\"id\" :1}",
	    "{\"model\": \"User\",\"id\" :1}");
	assert_params("get {}", "{}");
	/* A shell gives line ends and blanks along. */
	assert_params("get '\n {\"a\":\n1}\n'", "{\"a\": 1}");
	assert_refused("get {\"a\":1", "not valid JSON");
	assert_refused("get {'a':1}", "not valid JSON");
}

static void
pairs_set_members(void **state)
{
	(void)state;
	assert_params("anything model=User id=1",
	    "{\"model\":\"User\",\"id\":1}");
	assert_params("create model=User values.username=riko "
	    "values.memberships=[{\"role\":5}]",
	    "{\"model\":\"User\",\"values\":{\"username\":\"riko\","
	    "\"memberships\":[{\"role\":5}]}}");
	assert_params("x a.b.c=1 a.b.d=2 a.e=3",
	    "{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3}}");
	assert_params("x :a=1", "{\"a\":1}");
}

static void
value_that_is_json_is_json_to_the_last_digit(void **state)
{
	(void)state;
	assert_params("x a=123456789012345678901234567890 b=1.50 c=-0.0e+5",
	    "{\"a\":123456789012345678901234567890,\"b\":1.50,"
	    "\"c\":-0.0e+5}");
	assert_params("x a=true b=null c=\"5\" d=\"\\u00e4\"",
	    "{\"a\":true,\"b\":null,\"c\":\"5\",\"d\":\"\\u00e4\"}");
	assert_params("x a={\"k\":1,\"k\":1}", "{\"a\":{\"k\":1,\"k\":1}}");
}

static void
every_other_value_is_a_string(void **state)
{
	(void)state;
	assert_params("x a=riko b=01 c=1. d=NaN e=.5 f=+1 g=True h=0x1 i=",
	    "{\"a\":\"riko\",\"b\":\"01\",\"c\":\"1.\",\"d\":\"NaN\","
	    "\"e\":\".5\",\"f\":\"+1\",\"g\":\"True\",\"h\":\"0x1\","
	    "\"i\":\"\"}");
	assert_params("x a=2026-11-22 b=a=b c=7f8e-1",
	    "{\"a\":\"2026-11-22\",\"b\":\"a=b\",\"c\":\"7f8e-1\"}");
	assert_params("x a=-Infinity b=nul c='say \"hi\"'",
	    "{\"a\":\"-Infinity\",\"b\":\"nul\",\"c\":\"say \\\"hi\\\"\"}");
}

static void
at_sign_names_an_existing_object(void **state)
{
	(void)state;
	assert_params("x user@=1 a.group@=k1 c@=[1,2]",
	    "{\"user\":{\"$get\":1},\"a\":{\"group\":{\"$get\":\"k1\"}},"
	    "\"c\":{\"$get\":[1,2]}}");
}

static void
short_form_of_each_method(void **state)
{
	(void)state;
	assert_params("describe User", "{\"model\":\"User\"}");
	assert_params("get User 1", "{\"model\":\"User\",\"id\":1}");
	assert_params("get User abc", "{\"model\":\"User\",\"id\":\"abc\"}");
	assert_params("get User \"1\"", "{\"model\":\"User\",\"id\":\"1\"}");
	assert_params("get User [1,2]", "{\"model\":\"User\",\"id\":[1,2]}");
	assert_params("get User username=riko",
	    "{\"model\":\"User\",\"id\":{\"username\":\"riko\"}}");
	assert_params("find User username=riko :limit=10",
	    "{\"model\":\"User\",\"where\":{\"username\":\"riko\"},"
	    "\"limit\":10}");
	assert_params("find User id={\">=\": 2} :order_by=[\"-id\", \"a\"]",
	    "{\"model\":\"User\",\"where\":{\"id\":{\">=\": 2}},"
	    "\"order_by\":[\"-id\", \"a\"]}");
	assert_params("count User", "{\"model\":\"User\"}");
	assert_params("create User username=riko",
	    "{\"model\":\"User\",\"values\":{\"username\":\"riko\"}}");
	assert_params("create User {\"username\":\"riko\"} :return=key",
	    "{\"model\":\"User\",\"values\":{\"username\":\"riko\"},"
	    "\"return\":\"key\"}");
	assert_params("create User [{},{}]",
	    "{\"model\":\"User\",\"values\":[{},{}]}");
	assert_params("update User 1 username=ann a.b=2",
	    "{\"model\":\"User\",\"id\":1,\"values\":{\"username\":\"ann\","
	    "\"a\":{\"b\":2}}}");
	assert_params("merge User id=1 username=ann",
	    "{\"model\":\"User\",\"values\":{\"id\":1,\"username\":\"ann\"}}");
	assert_params("delete User 1", "{\"model\":\"User\",\"id\":1}");
	assert_params("cancel 7", "{\"id\":7}");
}

static void
words_may_stand_in_any_order(void **state)
{
	(void)state;
	assert_params("update username=ann User :return=key 1",
	    "{\"values\":{\"username\":\"ann\"},\"model\":\"User\","
	    "\"return\":\"key\",\"id\":1}");
}

static void
names_stay_names(void **state)
{
	(void)state;
	assert_params("count null", "{\"model\":\"null\"}");
	assert_params("append 1 2 3 4",
	    "{\"model\":\"1\",\"id\":2,\"attribute\":\"3\",\"items\":[4]}");
}

static void
items_follow_their_collection(void **state)
{
	static const char	start[] = "{\"model\":\"User\",\"id\":1,"
				    "\"attribute\":\"groups\"";
	static const char *const rows[][2] = {
		{ "@3", "[{\"$get\":3}]" },
		{ "@3 @x", "[{\"$get\":3},{\"$get\":\"x\"}]" },
		{ "@[1,2]", "[{\"$get\":[1,2]}]" },
		{ "{\"title\":\"new\"} red 5", "[{\"title\":\"new\"},"
		    "\"red\",5]" },
		{ "[]", "[]" },
		{ "[{\"$get\":1},2]", "[{\"$get\":1},2]" },
		{ "[1] [2]", "[[1],[2]]" },
		{ "\"@3\"", "[\"@3\"]" },
	};
	char			line[200], want[200];
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "set User 1 groups %s",
		    rows[i][0]);
		snprintf(want, sizeof(want), "%s,\"items\":%s}", start,
		    rows[i][1]);
		assert_params(line, want);
	}
	/* Without items it is for the server to say that they are missing. */
	snprintf(want, sizeof(want), "%s}", start);
	assert_params("set User 1 groups", want);
}

static void
contradictions_are_refused(void **state)
{
	(void)state;
	assert_refused("x a=1 a=2", "a is given twice");
	assert_refused("x a=1 a.b=2", "a is given twice");
	assert_refused("x a.b=1 a=2", "a is given twice");
	assert_refused("x a={\"b\":1} a.c=2", "a is given twice");
	assert_refused("get User 1 username=riko", "id is given twice");
	assert_refused("find User :where.a=1 {\"b\":2}",
	    "where is given twice");
	assert_refused("x =1", "a name is missing");
	assert_refused("x a..b=1", "a name is missing");
	assert_refused("x a.=1", "a name is missing");
	assert_refused("x @=1", "a name is missing");
	assert_refused("x :=1", "a name is missing");
}

static void
words_that_fit_nowhere_are_refused(void **state)
{
	(void)state;
	assert_refused("ping now", "ping has no short form");
	assert_refused("dance User 1", "dance has no short form");
	assert_refused("get User 1 2", "one word too many for get");
	assert_refused("delete User username=riko", "is written :username");
	assert_refused("create User riko", "one word too many for create");
	assert_refused("create User [1,", "not valid JSON");
}

static void
lines_split_at_blanks_outside_quotes_and_json(void **state)
{
	const char	*words[WORDS_MOST];
	char		 line[] = "  a\t'b  c' d='e f'g h={\"i\": [1, 2]} "
			    "\"j k\" l=\"m n\"o  ", why[100];

	(void)state;
	assert_int_equal(words_split(line, words, why, sizeof(why)), 6);
	assert_string_equal(words[0], "a");
	assert_string_equal(words[1], "b  c");
	assert_string_equal(words[2], "d=e fg");
	assert_string_equal(words[3], "h={\"i\": [1, 2]}");
	assert_string_equal(words[4], "\"j k\"");
	assert_string_equal(words[5], "l=\"m n\"o");
}

static void
unfinished_lines_are_refused(void **state)
{
	char		 line[2 * WORDS_MOST + 8] = "", why[100];
	const char	*words[WORDS_MOST];

	(void)state;
	assert_refused("x a='b", "a closing ' is missing");
	assert_refused("x a=\"b", "not valid JSON");
	assert_refused("x a={\"b\":[1}", "not valid JSON");
	while (strlen(line) < 2 * (WORDS_MOST + 1))
		strcat(line, "a ");
	assert_int_equal(words_split(line, words, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "words"));
}

static void
long_keys_are_refused(void **state)
{
	char	line[400] = "x ";

	(void)state;
	memset(line + 2, 'k', 300);
	strcpy(line + 302, "=1");
	assert_refused(line, "a key has at most");
}

static void
span_accepts_what_rfc_8259_does(void **state)
{
	static const char *const	good[] = {
		"0", "-0", "10", "1.5", "1e5", "1E+5", "1.0e-5", "true",
		"false", "null", "\"\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\uD834\\udd1e\"", "[]", "{}", "[1,2]", "[[],[[]]]",
		"{\"a\":{\"b\":[]}}", "[ 1 , 2 ]", "{ \"a\" : 1 }"
	};
	static const char *const	bad[] = {
		"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "tru", "nul",
		"\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u123\"", "\"a\nb\"",
		"[", "[1", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"}",
		"{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "[}", "{]",
		"]", ",", ":", " 1", "'a'", "\"\\"
	};
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (json_span(good[i], strlen(good[i])) != strlen(good[i]))
			fail_msg("%s is JSON", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (json_span(bad[i], strlen(bad[i])) != 0)
			fail_msg("%s is not JSON", bad[i]);
	/* The text may go on, and need not end with a NUL. */
	assert_int_equal(json_span("[1]x", 4), 3);
	assert_int_equal(json_span("truer", 3), 0);
	assert_int_equal(json_span("\"\\u1234\"", 5), 0);
}

static void
span_gives_up_in_the_deep(void **state)
{
	char	deep[2000];

	(void)state;
	memset(deep, '[', 1000);
	memset(deep + 1000, ']', 1000);
	assert_int_equal(json_span(deep, sizeof(deep)), 0);
	assert_int_equal(json_span(deep + 900, 200), 200);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(no_words_are_no_params),
		cmocka_unit_test(one_object_is_params_as_it_is),
		cmocka_unit_test(pairs_set_members),
		cmocka_unit_test(value_that_is_json_is_json_to_the_last_digit),
		cmocka_unit_test(every_other_value_is_a_string),
		cmocka_unit_test(at_sign_names_an_existing_object),
		cmocka_unit_test(short_form_of_each_method),
		cmocka_unit_test(words_may_stand_in_any_order),
		cmocka_unit_test(names_stay_names),
		cmocka_unit_test(items_follow_their_collection),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(words_that_fit_nowhere_are_refused),
		cmocka_unit_test(
		    lines_split_at_blanks_outside_quotes_and_json),
		cmocka_unit_test(unfinished_lines_are_refused),
		cmocka_unit_test(long_keys_are_refused),
		cmocka_unit_test(span_accepts_what_rfc_8259_does),
		cmocka_unit_test(span_gives_up_in_the_deep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ormctl_words", tests, NULL, NULL);
}
