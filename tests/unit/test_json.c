/*
 * JSON in and out: typed members with a path in every refusal, and text that
 * a JSON reader takes back unchanged.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json_in.h"
#include "json_out.h"

/* One document, parsed, with all that a case needs around it. */
struct doc {
	struct arena		 arena;
	struct json		*tree;
	struct error		 err;
	struct path		 root;
};

static int
setup(void **state)
{
	static struct doc	d;

	memset(&d, 0, sizeof(d));
	arena_init(&d.arena, 0);
	*state = &d;
	return 0;
}

static int
teardown(void **state)
{
	struct doc	*d = *state;

	arena_release(&d->arena);
	return 0;
}

static int
doc_parse(struct doc *d, const char *text)
{
	return json_read(&d->arena, text, strlen(text), &d->tree, &d->err);
}

static void
values_are_counted_at_every_depth(void **state)
{
	struct doc	*d = *state;

	assert_int_equal(doc_parse(d, "{\"a\":[1,[2,{}]],\"b\":null}"), 0);
	assert_int_equal(json_count(d->tree), 7);
	assert_int_equal(doc_parse(d, "[]"), 0);
	assert_int_equal(doc_parse(d, " 7 "), 0);
	assert_int_equal(json_int(d->tree), 7);
	assert_int_equal(doc_parse(d, "\"x\""), 0);
	assert_int_equal(doc_parse(d, "null"), 0);
	assert_null(d->tree);
}

static void
strings_lose_their_escapes(void **state)
{
	struct doc	*d = *state;

	assert_int_equal(doc_parse(d,
	    "\"a\\n\\u00e9\\ud83d\\ude00\\/\\\"z\""), 0);
	assert_string_equal(json_string(d->tree),
	    "a\n\xc3\xa9\xf0\x9f\x98\x80/\"z");
	assert_int_equal(json_length(d->tree),
	    strlen(json_string(d->tree)));
}

static void
values_keep_the_text_they_had(void **state)
{
	struct doc	*d = *state;
	struct json	*v;

	assert_int_equal(doc_parse(d,
	    "{\"a\": 1.2300 , \"b\":[ 1,2 ],\"c\":-9223372036854775808}"), 0);
	v = json_member(d->tree, "a");
	assert_true(json_is_fraction(v));
	assert_int_equal(v->ntext, 6);
	assert_memory_equal(v->text, "1.2300", 6);
	assert_true(json_double(v) == 1.23);
	v = json_member(d->tree, "b");
	assert_memory_equal(v->text, "[ 1,2 ]", v->ntext);
	assert_int_equal(v->ntext, 7);
	assert_true(json_int(json_member(d->tree, "c")) == INT64_MIN);
}

static void
what_is_no_json_is_refused(void **state)
{
	static const char *const	bad[] = { "", " ", "{", "[1", "[1,]",
	    "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"abc", "\"\\",
	    "\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\\ud800\"", "tru",
	    "nul", "-", "+1", "[1 2]", "1 2", "]", "\"\\ud800\\u0041\"" };
	struct doc			*d = *state;
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (doc_parse(d, bad[i]) != -1 || d->err.kind != ERROR_PARSE)
			fail_msg("taken: %s", bad[i]);
}

static void
nesting_has_an_end(void **state)
{
	struct doc	*d = *state;
	char		 deep[1024];

	memset(deep, '[', sizeof(deep));
	assert_int_equal(json_read(&d->arena, deep, sizeof(deep), &d->tree,
	    &d->err), -1);
	assert_int_equal(d->err.kind, ERROR_PARSE);
}

static void
memory_that_ends_is_told(void **state)
{
	static const char	text[] = "{\"a\":[1,\"b\\n\",{}],\"c\":null}";
	struct doc		*d = *state;
	struct arena		 small;
	size_t			 limit;

	for (limit = 1; ; limit += 8) {
		arena_init(&small, limit);
		if (json_read(&small, text, sizeof(text) - 1, &d->tree,
		    &d->err) == 0)
			break;
		assert_int_equal(d->err.kind, ERROR_LIMIT);
		arena_release(&small);
	}
	assert_true(limit > 64);
	arena_release(&small);
}

static void
a_member_can_be_taken_out(void **state)
{
	struct doc	*d = *state;

	assert_int_equal(doc_parse(d, "{\"a\":1,\"b\":2,\"c\":3}"), 0);
	json_remove(d->tree, "b");
	json_remove(d->tree, "x");
	assert_int_equal(json_length(d->tree), 2);
	assert_false(json_has(d->tree, "b"));
	assert_int_equal(json_int(json_member(d->tree, "c")), 3);
}

static void
null_is_a_value(void **state)
{
	struct doc	*d = *state;

	assert_int_equal(doc_parse(d, "null"), 0);
	assert_null(d->tree);
	assert_string_equal(json_kind(d->tree), "null");
}

static void
broken_text_is_refused_and_the_tokener_lives_on(void **state)
{
	static const char *const	bad[] = { "", "{", "[1,", "{\"a\"}",
					    "\"open", "nul", "]" };
	struct doc			*d = *state;
	size_t				i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(doc_parse(d, bad[i]), -1);
		assert_int_equal(d->err.kind, ERROR_PARSE);
	}
	assert_int_equal(doc_parse(d, "[1]"), 0);
}

static void
a_tree_without_room_in_the_arena_is_refused(void **state)
{
	struct doc	*d = *state;
	struct arena	 tiny;

	arena_init(&tiny, 1);
	assert_int_equal(json_read(&tiny, "[1]", 3, &d->tree,
	    &d->err), -1);
	assert_int_equal(d->err.kind, ERROR_LIMIT);
	arena_release(&tiny);
}

static void
each_member_is_visited_in_order(void **state)
{
	struct doc	*d = *state;
	char		 seen[32] = "";

	assert_int_equal(doc_parse(d, "{\"z\":1,\"n\":null,\"a\":2}"), 0);
	json_each(d->tree, key, value) {
		strcat(seen, key);
		strcat(seen, value == NULL ? "-" : "+");
	}
	assert_string_equal(seen, "z+n-a+");
	assert_int_equal(doc_parse(d, "{}"), 0);
	json_each(d->tree, key, value)
		fail_msg("%s in an empty object, %p", key, (void *)value);
}

static void
absent_and_null_members_differ_in_has(void **state)
{
	struct doc	*d = *state;

	assert_int_equal(doc_parse(d, "{\"n\":null,\"a\":1}"), 0);
	assert_null(json_member(d->tree, "n"));
	assert_null(json_member(d->tree, "x"));
	assert_non_null(json_member(d->tree, "a"));
	assert_true(json_has(d->tree, "n"));
	assert_false(json_has(d->tree, "x"));
	assert_null(json_member(NULL, "x"));
	assert_false(json_has(NULL, "x"));
}

static void
members_of_the_wanted_type_are_taken(void **state)
{
	struct doc		*d = *state;
	struct json	*object, *list;
	const char		*text;
	int64_t			 n;
	bool			 truth = false;

	assert_int_equal(doc_parse(d, "{\"s\":\"x\",\"i\":-5,\"b\":true,"
	    "\"o\":{},\"l\":[]}"), 0);
	assert_int_equal(json_take_string(d->tree, "s", &text, &d->root,
	    &d->err), 1);
	assert_string_equal(text, "x");
	assert_int_equal(json_take_int(d->tree, "i", &n, -5, -5, &d->root,
	    &d->err), 1);
	assert_int_equal(n, -5);
	assert_int_equal(json_take_bool(d->tree, "b", &truth, &d->root,
	    &d->err), 1);
	assert_true(truth);
	assert_int_equal(json_take_object(d->tree, "o", &object, &d->root,
	    &d->err), 1);
	assert_int_equal(json_length(object), 0);
	assert_int_equal(json_take_array(d->tree, "l", &list, &d->root,
	    &d->err), 1);
	assert_int_equal(json_length(list), 0);
}

static void
absent_members_leave_the_default(void **state)
{
	struct doc	*d = *state;
	const char	*text = "default";
	int64_t		 n = 42;

	assert_int_equal(doc_parse(d, "{\"i\":null}"), 0);
	assert_int_equal(json_take_string(d->tree, "s", &text, &d->root,
	    &d->err), 0);
	assert_string_equal(text, "default");
	assert_int_equal(json_take_int(d->tree, "i", &n, 0, 1, &d->root,
	    &d->err), 0);
	assert_int_equal(n, 42);
}

static void
other_types_are_refused_by_name_and_place(void **state)
{
	struct doc		*d = *state;
	struct path		 in = { &d->root, "params", 0 };
	struct json	*object;
	const char		*text;
	int64_t			 n;
	bool			 truth;

	assert_int_equal(doc_parse(d, "{\"m\":[],\"f\":1.5}"), 0);
	assert_int_equal(json_take_string(d->tree, "m", &text, &in, &d->err),
	    -1);
	assert_int_equal(d->err.kind, ERROR_INVALID_VALUE);
	assert_string_equal(d->err.path, "/params/m");
	assert_string_equal(d->err.message, "m must be a string, not a list");
	assert_int_equal(json_take_bool(d->tree, "m", &truth, &in, &d->err),
	    -1);
	assert_int_equal(json_take_object(d->tree, "m", &object, &in,
	    &d->err), -1);
	assert_int_equal(json_take_array(d->tree, "f", &object, &in, &d->err),
	    -1);
	assert_string_equal(d->err.path, "/params/f");
	assert_int_equal(json_take_int(d->tree, "f", &n, 0, 9, &in, &d->err),
	    -1);
}

static void
integers_out_of_range_are_refused(void **state)
{
	struct doc	*d = *state;
	int64_t		 n = 0;

	assert_int_equal(doc_parse(d, "{\"i\":10}"), 0);
	assert_int_equal(json_take_int(d->tree, "i", &n, 0, 9, &d->root,
	    &d->err), -1);
	assert_string_equal(d->err.path, "/i");
	assert_int_equal(json_take_int(d->tree, "i", &n, 11, 20, &d->root,
	    &d->err), -1);
	assert_int_equal(n, 0);
}

static void
unknown_members_get_a_hint(void **state)
{
	static const char *const	allowed[] = { "model", "values", NULL };
	struct doc			*d = *state;

	assert_int_equal(doc_parse(d, "{\"model\":1,\"values\":2}"), 0);
	assert_int_equal(json_allow(d->tree, allowed, &d->root, &d->err), 0);
	assert_int_equal(doc_parse(d, "{\"model\":1,\"vaules\":2}"), 0);
	assert_int_equal(json_allow(d->tree, allowed, &d->root, &d->err), -1);
	assert_int_equal(d->err.kind, ERROR_UNKNOWN_FIELD);
	assert_string_equal(d->err.path, "/vaules");
	assert_string_equal(d->err.attribute, "vaules");
	assert_string_equal(d->err.hint, "did you mean values?");
}

static void
assert_written(struct buf *b, const char *want)
{
	assert_false(b->broken);
	assert_int_equal(b->n, strlen(want));
	assert_memory_equal(b->p, want, b->n);
	buf_reset(b);
}

static void
strings_are_escaped_as_json_wants(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	json_put_text(&b, "");
	assert_written(&b, "\"\"");
	json_put_text(&b, "a\"b\\c/d");
	assert_written(&b, "\"a\\\"b\\\\c/d\"");
	json_put_text(&b, "\b\f\n\r\t\x01\x1f\x7f");
	assert_written(&b, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	json_put_string(&b, "a\0b", 3);
	assert_written(&b, "\"a\\u0000b\"");
	json_put_text(&b, "\xf0\x9f\xa7\x98");
	assert_written(&b, "\"\xf0\x9f\xa7\x98\"");
	buf_free(&b);
}

static void
every_byte_comes_back_through_a_reader(void **state)
{
	struct doc	*d = *state;
	struct buf	 b;
	char		 text[127];
	int		 i;

	for (i = 1; i < 128; i++)
		text[i - 1] = (char)i;
	buf_init(&b, 0);
	json_put_string(&b, text, sizeof(text));
	assert_int_equal(json_read(&d->arena, b.p, b.n, &d->tree,
	    &d->err), 0);
	assert_int_equal(json_length(d->tree), sizeof(text));
	assert_memory_equal(json_string(d->tree), text,
	    sizeof(text));
	buf_free(&b);
}

/* A quote at each place of a text of each length, and none. */
static void
an_escape_is_found_wherever_it_stands(void **state)
{
	enum { LONGEST = 40 };
	char		text[LONGEST], want[2 * LONGEST + 4];
	struct buf	b;
	size_t		n, at, i, w;

	(void)state;
	buf_init(&b, 0);
	for (n = 0; n <= LONGEST; n++)
		for (at = 0; at <= n; at++) {
			w = 0;
			want[w++] = '"';
			for (i = 0; i < n; i++) {
				text[i] = i == at ? '"' : (char)('a' + i % 26);
				if (i == at)
					want[w++] = '\\';
				want[w++] = text[i];
			}
			want[w++] = '"';
			want[w] = '\0';
			json_put_string(&b, text, n);
			assert_written(&b, want);
		}
	buf_free(&b);
}

/* Around each power of ten, and both signs. */
static void
integers_of_each_length(void **state)
{
	struct buf	b;
	char		want[32];
	int64_t		power, v;
	int		digits, off;

	(void)state;
	buf_init(&b, 0);
	for (digits = 1, power = 1; digits <= 18; digits++, power *= 10)
		for (off = -2; off <= 2; off++) {
			v = power * (off % 2 == 0 ? 1 : 9) + off;
			snprintf(want, sizeof(want), "%lld", (long long)v);
			json_put_int(&b, v);
			assert_written(&b, want);
			snprintf(want, sizeof(want), "%lld", (long long)-v);
			json_put_int(&b, -v);
			assert_written(&b, want);
		}
	buf_free(&b);
}

static void
integers_are_exact(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	json_put_int(&b, 0);
	assert_written(&b, "0");
	json_put_int(&b, -1);
	assert_written(&b, "-1");
	json_put_int(&b, 1000200030004LL);
	assert_written(&b, "1000200030004");
	json_put_int(&b, INT64_MAX);
	assert_written(&b, "9223372036854775807");
	json_put_int(&b, INT64_MIN);
	assert_written(&b, "-9223372036854775808");
	buf_free(&b);
}

static void
doubles_are_short_and_read_back(void **state)
{
	static const double	numbers[] = { 0.1, 1.0 / 3, 1e300, 5e-324,
				    123456789.123456789, 0.1 + 0.2, -2.5e-7,
				    1.7976931348623157e308 };
	struct buf		b;
	size_t			i;

	(void)state;
	buf_init(&b, 0);
	json_put_double(&b, 0.1);
	assert_written(&b, "0.1");
	json_put_double(&b, 5);
	assert_written(&b, "5");
	json_put_double(&b, 0.1 + 0.2);
	assert_written(&b, "0.30000000000000004");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_put_double(&b, numbers[i]);
		buf_putc(&b, '\0');
		assert_true(strtod(b.p, NULL) == numbers[i]);
		buf_reset(&b);
	}
	buf_free(&b);
}

static void
floats_do_not_show_the_digits_of_a_double(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	json_put_float(&b, 0.1f);
	assert_written(&b, "0.1");
	json_put_float(&b, 1e-45f);
	assert_written(&b, "1e-45");
	json_put_double(&b, 5e-324);
	assert_written(&b, "5e-324");
	json_put_double(&b, -0.0);
	assert_written(&b, "-0.0");
	json_put_float(&b, -0.0f);
	assert_written(&b, "-0.0");
	json_put_float(&b, 16777216.0f);
	buf_putc(&b, '\0');
	assert_true(strtof(b.p, NULL) == 16777216.0f);
	buf_free(&b);
}

static void
what_json_cannot_say_is_a_string(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	json_put_double(&b, NAN);
	assert_written(&b, "\"NaN\"");
	json_put_double(&b, INFINITY);
	assert_written(&b, "\"Infinity\"");
	json_put_float(&b, -INFINITY);
	assert_written(&b, "\"-Infinity\"");
	buf_free(&b);
}

static void
commas_stand_between_and_nowhere_else(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_putc(&b, '{');
	json_put_key(&b, "a");
	buf_putc(&b, '[');
	json_put_comma(&b);
	json_put_int(&b, 1);
	json_put_comma(&b);
	json_put_int(&b, 2);
	buf_putc(&b, ']');
	json_put_member_text(&b, "b", "[");
	json_put_member_int(&b, "i", -7);
	json_put_member_bool(&b, "t", true);
	json_put_member_bool(&b, "f", false);
	json_put_key(&b, "c");
	buf_putc(&b, '{');
	json_put_member_text(&b, "d", "e\"");
	buf_puts(&b, "}}");
	assert_written(&b, "{\"a\":[1,2],\"b\":\"[\",\"i\":-7,\"t\":true,"
	    "\"f\":false,\"c\":{\"d\":\"e\\\"\"}}");
	buf_free(&b);
}

static void
a_full_buf_breaks_and_nothing_is_overrun(void **state)
{
	struct buf	b;
	size_t		limit;

	(void)state;
	for (limit = 1; limit < 20; limit++) {
		buf_init(&b, limit);
		json_put_key(&b, "a\n\x01");
		json_put_double(&b, 0.1);
		assert_true(b.n <= limit);
		assert_int_equal(b.broken, limit < 15);
		buf_free(&b);
	}
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(values_are_counted_at_every_depth),
		CASE(strings_lose_their_escapes),
		CASE(values_keep_the_text_they_had),
		CASE(what_is_no_json_is_refused),
		CASE(nesting_has_an_end),
		CASE(memory_that_ends_is_told),
		CASE(a_member_can_be_taken_out),
		CASE(null_is_a_value),
		CASE(broken_text_is_refused_and_the_tokener_lives_on),
		CASE(a_tree_without_room_in_the_arena_is_refused),
		CASE(each_member_is_visited_in_order),
		CASE(absent_and_null_members_differ_in_has),
		CASE(members_of_the_wanted_type_are_taken),
		CASE(absent_members_leave_the_default),
		CASE(other_types_are_refused_by_name_and_place),
		CASE(integers_out_of_range_are_refused),
		CASE(unknown_members_get_a_hint),
		CASE(strings_are_escaped_as_json_wants),
		CASE(every_byte_comes_back_through_a_reader),
		CASE(an_escape_is_found_wherever_it_stands),
		CASE(integers_of_each_length),
		CASE(integers_are_exact),
		CASE(doubles_are_short_and_read_back),
		CASE(floats_do_not_show_the_digits_of_a_double),
		CASE(what_json_cannot_say_is_a_string),
		CASE(commas_stand_between_and_nowhere_else),
		CASE(a_full_buf_breaks_and_nothing_is_overrun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
