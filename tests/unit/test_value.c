/*
 * Values of columns: JSON in, PostgreSQL's bytes out, and back.  The edges of
 * each type, what each refuses, and the laws that hold for any value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json_out.h"
#include "value.h"

enum { ROUNDS = 20000 };

/* One column of each type; the tests find them by name. */
static const char model_text[] = "{\"ormd\": 1, "
    "\"enums\": {\"mood\": [\"happy\", \"sad\", \"Mixed Up\"]}, \"models\": "
    "{\"Thing\": {\"table\": \"things\", \"columns\": {"
    "\"id\": {\"type\": \"integer\", \"primary_key\": true},"
    "\"small\": {\"type\": \"smallint\"}, \"big\": {\"type\": \"bigint\"},"
    "\"real\": {\"type\": \"real\"}, \"double\": {\"type\": \"float8\"},"
    "\"flag\": {\"type\": \"boolean\"}, \"uuid\": {\"type\": \"uuid\"},"
    "\"text\": {\"type\": \"text\"}, \"v3\": {\"type\": \"varchar(3)\"},"
    "\"c3\": {\"type\": \"char(3)\"}, \"number\": {\"type\": \"numeric\"},"
    "\"money\": {\"type\": \"numeric(6,2)\"},"
    "\"whole\": {\"type\": \"decimal(4)\"},"
    "\"date\": {\"type\": \"date\"}, \"time\": {\"type\": \"time\"},"
    "\"timetz\": {\"type\": \"timetz\"},"
    "\"stamp\": {\"type\": \"timestamp\"},"
    "\"stamptz\": {\"type\": \"timestamptz\"},"
    "\"interval\": {\"type\": \"interval\"},"
    "\"bytes\": {\"type\": \"bytea\"}, \"json\": {\"type\": \"json\"},"
    "\"jsonb\": {\"type\": \"jsonb\"}, \"mood\": {\"type\": \"mood\"},"
    "\"ints\": {\"type\": \"integer[]\"}, \"texts\": {\"type\": \"text[]\"},"
    "\"moods\": {\"type\": \"mood[]\"}, \"flags\": {\"type\": \"bool[]\"},"
    "\"doubles\": {\"type\": \"float8[]\"},"
    "\"blobs\": {\"type\": \"bytea[]\"}, \"stamps\": "
    "{\"type\": \"timestamptz[]\"}, \"jsons\": {\"type\": \"jsonb[]\"},"
    "\"inet\": {\"type\": \"inet\"}}}}}";

struct world {
	struct registry		*registry;
	struct arena		 arena;
	struct buf		 out;
	struct json	*tree;
	struct error		 err;
};

static int
setup(void **state)
{
	static struct world	w;

	memset(&w, 0, sizeof(w));
	arena_init(&w.arena, 0);
	buf_init(&w.out, 0);
	w.registry = registry_load(model_text, sizeof(model_text) - 1, &w.err);
	if (w.registry == NULL)
		print_error("%s: %s\n", w.err.path, w.err.message);
	*state = &w;
	return w.registry == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	registry_free(w->registry);
	arena_release(&w->arena);
	buf_free(&w->out);
	return 0;
}

static struct column *
column(struct world *w, const char *name)
{
	struct column	*c;

	c = map_find(&registry_model(w->registry, "Thing")->table->by_name,
	    name);
	assert_non_null(c);
	return c;
}

static struct json *
parse(struct world *w, const char *json)
{
	assert_int_equal(json_read(&w->arena, json, strlen(json), &w->tree,
	    &w->err), 0);
	return w->tree;
}

static struct cell
take(struct world *w, const char *name, const char *json)
{
	struct path	root = { NULL, NULL, 0 }, here = { &root, name, 0 };
	struct cell	cell = { NULL, -2 };

	if (value_from_json(&w->arena, column(w, name), parse(w, json), &cell,
	    &here, &w->err) == -1)
		fail_msg("%s %s: %s", name, json, w->err.message);
	return cell;
}

static const char *
print(struct world *w, const char *name, const char *bytes, int n)
{
	struct cell	cell = { bytes, n };

	buf_reset(&w->out);
	value_write(&w->out, column(w, name), &cell);
	buf_putc(&w->out, '\0');
	assert_false(w->out.broken);
	return w->out.p;
}

/* JSON in, bytes, the same JSON out. */
static void
both(struct world *w, const char *name, const char *json)
{
	struct cell	cell = take(w, name, json);

	assert_string_equal(print(w, name, cell.p, cell.n), json);
}

/* JSON in, and this text goes to PostgreSQL. */
static void
becomes(struct world *w, const char *name, const char *json, const char *text)
{
	struct cell	cell = take(w, name, json);

	if (cell.n != (int)strlen(text) ||
	    memcmp(cell.p, text, strlen(text)) != 0)
		fail_msg("%s %s: %.*s, not %s", name, json, cell.n, cell.p,
		    text);
}

/* Text as PostgreSQL prints it, and the JSON that becomes of it. */
static void
prints(struct world *w, const char *name, const char *text, const char *json)
{
	assert_string_equal(print(w, name, text, (int)strlen(text)), json);
}

static void
refused(struct world *w, const char *name, const char *json)
{
	struct path	root = { NULL, NULL, 0 }, here = { &root, name, 0 };
	struct cell	cell;

	memset(&w->err, 0, sizeof(w->err));
	if (value_from_json(&w->arena, column(w, name), parse(w, json), &cell,
	    &here, &w->err) == 0)
		fail_msg("%s took %s as %.*s", name, json, cell.n, cell.p);
	assert_int_equal(w->err.kind, ERROR_INVALID_VALUE);
	assert_int_equal(w->err.path[0], '/');
	assert_memory_equal(w->err.path + 1, name, strlen(name));
	assert_string_equal(w->err.model, "Thing");
	assert_string_equal(w->err.attribute, name);
}

static void
integers_keep_all_their_bits(void **state)
{
	struct world	*w = *state;

	both(w, "small", "-32768");
	both(w, "small", "32767");
	both(w, "id", "-2147483648");
	both(w, "id", "2147483647");
	both(w, "id", "0");
	both(w, "big", "-9223372036854775808");
	both(w, "big", "9223372036854775807");
	assert_memory_equal(take(w, "id", "258").p, "\0\0\1\2", 4);
	assert_memory_equal(take(w, "small", "-2").p, "\xff\xfe", 2);
	assert_memory_equal(take(w, "big", "-2").p,
	    "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
}

static void
integers_out_of_range_are_refused(void **state)
{
	struct world	*w = *state;

	refused(w, "small", "32768");
	refused(w, "small", "-32769");
	refused(w, "id", "2147483648");
	refused(w, "id", "-2147483649");
	refused(w, "big", "9223372036854775808");
	refused(w, "big", "18446744073709551615");
	refused(w, "big", "99999999999999999999999");
	refused(w, "id", "1.5");
	refused(w, "id", "1.0");
	refused(w, "id", "\"1\"");
	refused(w, "id", "true");
	refused(w, "id", "[1]");
	refused(w, "id", "{}");
	assert_string_equal(w->err.message,
	    "id must be a whole number, not an object");
}

static void
null_passes_through_every_type(void **state)
{
	struct world	*w = *state;
	struct table	*t = registry_model(w->registry, "Thing")->table;
	struct cell	 cell;
	size_t		 i;

	for (i = 0; i < t->columns.n; i++) {
		cell = take(w, t->columns.v[i]->name, "null");
		assert_int_equal(cell.n, -1);
		assert_string_equal(print(w, t->columns.v[i]->name, NULL, -1),
		    "null");
	}
}

static void
floats_hold_what_fits(void **state)
{
	struct world	*w = *state;

	both(w, "double", "0.1");
	both(w, "double", "-1.5");
	both(w, "double", "1e+300");
	both(w, "double", "\"NaN\"");
	both(w, "double", "\"Infinity\"");
	both(w, "double", "\"-Infinity\"");
	both(w, "real", "0.1");
	both(w, "real", "3");
	both(w, "real", "\"-Infinity\"");
	assert_memory_equal(take(w, "double", "1").p,
	    "\x3f\xf0\0\0\0\0\0\0", 8);
	assert_memory_equal(take(w, "real", "1").p, "\x3f\x80\0\0", 4);
	assert_int_equal(take(w, "double", "0e5").n, 8);
	assert_int_equal(take(w, "double", "-0.0").n, 8);
	refused(w, "double", "1e999");
	refused(w, "double", "1e-999");
	refused(w, "double", "\"nan\"");
	refused(w, "double", "\"1\"");
	refused(w, "double", "true");
	refused(w, "real", "1e39");
	refused(w, "real", "1e-60");
}

static void
booleans_are_true_or_false(void **state)
{
	struct world	*w = *state;

	both(w, "flag", "true");
	both(w, "flag", "false");
	refused(w, "flag", "1");
	refused(w, "flag", "\"true\"");
}

static void
uuids_are_sixteen_bytes(void **state)
{
	struct world	*w = *state;
	struct cell	 a, b;

	both(w, "uuid", "\"00112233-4455-6677-8899-aabbccddeeff\"");
	a = take(w, "uuid", "\"00112233445566778899AABBCCDDEEFF\"");
	b = take(w, "uuid", "\"00112233-4455-6677-8899-aabbccddeeff\"");
	assert_int_equal(a.n, 16);
	assert_true(cell_equal(&a, &b));
	assert_memory_equal(a.p, "\x00\x11\x22\x33", 4);
	refused(w, "uuid", "\"\"");
	refused(w, "uuid", "\"00112233-4455-6677-8899-aabbccddeef\"");
	refused(w, "uuid", "\"00112233-4455-6677-8899-aabbccddeefg\"");
	refused(w, "uuid", "\"0011223-34455-6677-8899-aabbccddeeff\"");
	refused(w, "uuid", "\"{0112233-4455-6677-8899-aabbccddeef}\"");
	refused(w, "uuid", "7");
}

static void
text_is_passed_as_it_is(void **state)
{
	struct world	*w = *state;

	both(w, "text", "\"\"");
	both(w, "text", "\"plain\"");
	both(w, "text", "\"\xf0\x9f\xa7\x98 and \xe2\x82\xac\"");
	both(w, "text", "\"quote \\\" and \\\\ and \\n\"");
	becomes(w, "text", "\"\\ud83e\\uddd8\"", "\xf0\x9f\xa7\x98");
	refused(w, "text", "1");
	refused(w, "text", "[]");
}

static void
lengths_are_counted_in_characters(void **state)
{
	struct world	*w = *state;

	becomes(w, "v3", "\"abc\"", "abc");
	becomes(w, "v3", "\"\xf0\x9f\xa7\x98\xf0\x9f\xa7\x98\xe2\x82\xac\"",
	    "\xf0\x9f\xa7\x98\xf0\x9f\xa7\x98\xe2\x82\xac");
	refused(w, "v3", "\"abcd\"");
	refused(w, "v3", "\"abc \"");
	assert_string_equal(w->err.message, "v3 has at most 3 characters");
	/* A char(n) is read without its blanks, so it is compared so. */
	becomes(w, "c3", "\"a\"", "a");
	becomes(w, "c3", "\"a    \"", "a");
	refused(w, "c3", "\"abcd\"");
}

static void
enums_take_their_own_words(void **state)
{
	struct world	*w = *state;

	both(w, "mood", "\"happy\"");
	both(w, "mood", "\"Mixed Up\"");
	refused(w, "mood", "\"hapy\"");
	assert_string_equal(w->err.hint, "did you mean happy?");
	refused(w, "mood", "\"\"");
	refused(w, "mood", "1");
}

static void
numerics_become_what_postgresql_prints(void **state)
{
	struct world	*w = *state;

	becomes(w, "number", "\"12.50\"", "12.50");
	becomes(w, "number", "12.50", "12.50");
	becomes(w, "number", "\"-0.00\"", "0.00");
	becomes(w, "number", "\"+007\"", "7");
	becomes(w, "number", "\".5\"", "0.5");
	becomes(w, "number", "\"5.\"", "5");
	becomes(w, "number", "\"1.5e3\"", "1500");
	becomes(w, "number", "\"1.5e-3\"", "0.0015");
	becomes(w, "number", "1e2", "100");
	becomes(w, "number", "\"NaN\"", "NaN");
	becomes(w, "number", "\"-Infinity\"", "-Infinity");
	becomes(w, "number", "123456789012345678.123456789012345678901",
	    "123456789012345678.123456789012345678901");
	becomes(w, "money", "1", "1.00");
	becomes(w, "money", "\"0.005\"", "0.01");
	becomes(w, "money", "\"-0.005\"", "-0.01");
	becomes(w, "money", "\"-0.004\"", "0.00");
	becomes(w, "money", "\"9.995\"", "10.00");
	becomes(w, "money", "\"9999.99\"", "9999.99");
	becomes(w, "money", "\"00009999.99\"", "9999.99");
	becomes(w, "whole", "\"9999.4\"", "9999");
	becomes(w, "whole", "0", "0");
	prints(w, "number", "12.50", "\"12.50\"");
}

static void
numerics_that_do_not_fit_are_refused(void **state)
{
	struct world	*w = *state;

	refused(w, "money", "10000");
	refused(w, "money", "\"9999.995\"");
	refused(w, "money", "\"Infinity\"");
	refused(w, "whole", "\"9999.5\"");
	refused(w, "number", "\"\"");
	refused(w, "number", "\".\"");
	refused(w, "number", "\"1e\"");
	refused(w, "number", "\"1 \"");
	refused(w, "number", "\"0x10\"");
	refused(w, "number", "\"1e131073\"");
	refused(w, "number", "\"1e-16384\"");
	refused(w, "number", "\"1e99999999999999999999\"");
	refused(w, "number", "true");
}

static void
dates_are_in_the_calendar(void **state)
{
	struct world	*w = *state;

	both(w, "date", "\"2024-02-29\"");
	both(w, "date", "\"2000-02-29\"");
	both(w, "date", "\"0001-01-01\"");
	both(w, "date", "\"10000-12-31\"");
	both(w, "date", "\"0044-03-15 BC\"");
	both(w, "date", "\"0001-02-29 BC\"");
	both(w, "date", "\"infinity\"");
	both(w, "date", "\"-infinity\"");
	refused(w, "date", "\"2023-02-29\"");
	refused(w, "date", "\"1900-02-29\"");
	refused(w, "date", "\"2024-04-31\"");
	refused(w, "date", "\"2024-00-10\"");
	refused(w, "date", "\"2024-13-10\"");
	refused(w, "date", "\"2024-01-00\"");
	refused(w, "date", "\"2024-1-1\"");
	refused(w, "date", "\"02024-01-01\"");
	refused(w, "date", "\"0000-01-01\"");
	refused(w, "date", "\"9999999-01-01\"");
	refused(w, "date", "\"5000-01-01 BC\"");
	refused(w, "date", "\"2024-01-01T00:00:00\"");
	refused(w, "date", "\"today\"");
	refused(w, "date", "\"\"");
	refused(w, "date", "20240101");
}

static void
times_are_in_the_day(void **state)
{
	struct world	*w = *state;

	both(w, "time", "\"23:59:59.999999\"");
	both(w, "time", "\"24:00:00\"");
	becomes(w, "time", "\"07:05\"", "07:05:00");
	becomes(w, "time", "\"07:05:01.500000\"", "07:05:01.5");
	becomes(w, "time", "\"07:05:01.000\"", "07:05:01");
	both(w, "timetz", "\"12:30:00+02\"");
	becomes(w, "timetz", "\"12:30:00Z\"", "12:30:00+00");
	becomes(w, "timetz", "\"12:30-05:30\"", "12:30:00-05:30");
	refused(w, "time", "\"24:00:01\"");
	refused(w, "time", "\"24:01\"");
	refused(w, "time", "\"24:00:00.1\"");
	refused(w, "time", "\"25:00\"");
	refused(w, "time", "\"12:60\"");
	refused(w, "time", "\"12:00:60\"");
	refused(w, "time", "\"12:00:00.\"");
	refused(w, "time", "\"12:00:00Z\"");
	refused(w, "time", "\"12\"");
	refused(w, "timetz", "\"12:30:00\"");
	refused(w, "timetz", "\"12:30:00+16\"");
	refused(w, "timetz", "\"12:30:00+02:60\"");
}

static void
timestamps_change_their_dress(void **state)
{
	struct world	*w = *state;

	both(w, "stamp", "\"2024-01-31T12:30:00\"");
	both(w, "stamptz", "\"2024-01-31T12:30:00.25Z\"");
	both(w, "stamptz", "\"infinity\"");
	both(w, "stamptz", "\"0044-03-15T12:00:00Z BC\"");
	becomes(w, "stamp", "\"2024-01-31 12:30\"", "2024-01-31 12:30:00");
	becomes(w, "stamp", "\"2024-01-31T12:30:00Z\"",
	    "2024-01-31 12:30:00");
	becomes(w, "stamptz", "\"2024-01-31T12:30:00.100Z\"",
	    "2024-01-31 12:30:00.1+00");
	becomes(w, "stamptz", "\"2024-01-31T12:30:00\"",
	    "2024-01-31 12:30:00+00");
	becomes(w, "stamptz", "\"2024-01-31T12:30:00-0000\"",
	    "2024-01-31 12:30:00+00");
	becomes(w, "stamptz", "\"2024-01-31T12:30:00+05:30\"",
	    "2024-01-31 07:00:00+00");
	refused(w, "stamp", "\"2024-01-31T12:30:00+02\"");
	refused(w, "stamp", "\"2024-01-31\"");
	refused(w, "stamp", "\"2024-01-31T12:30:00ZZ\"");
	refused(w, "stamptz", "\"2024-02-30T12:30:00Z\"");
	refused(w, "stamptz", "\"2024-01-31T12:30:00 Europe/Rome\"");
	refused(w, "stamptz", "\"300000-01-31T12:30:00Z\"");
	assert_string_equal(w->err.hint, "like 2024-01-31T12:30:00Z");
}

static void
intervals_are_durations(void **state)
{
	struct world	*w = *state;

	both(w, "interval", "\"P1Y2M3DT4H5M6.5S\"");
	both(w, "interval", "\"PT0S\"");
	both(w, "interval", "\"P-1Y-2M3DT-4H\"");
	becomes(w, "interval", "\"P2W\"", "P14D");
	refused(w, "interval", "\"\"");
	refused(w, "interval", "\"P\"");
	refused(w, "interval", "\"PT\"");
	refused(w, "interval", "\"P1DT\"");
	refused(w, "interval", "\"1 day\"");
	refused(w, "interval", "\"P1D2Y\"");
	refused(w, "interval", "\"P1H\"");
	refused(w, "interval", "\"P+1D\"");
	refused(w, "interval", "\"P1.D\"");
	refused(w, "interval", "\"P1e5D\"");
	refused(w, "interval", "\"P1DT1HT1M\"");
	refused(w, "interval", "\"P999999999Y\"");
	refused(w, "interval", "\"PT99999999999999S\"");
}

/* So many groups of base64 as a JSON string. */
static const char *
bytes_text(int n)
{
	static char	text[4 * 1536 + 3];
	int		i;

	text[0] = '"';
	for (i = 0; i < n; i++)
		snprintf(text + 1 + 4 * i, 5, "%c/+%c", "abcdefgh"[i % 8],
		    "ABCDEFGHIJ"[i % 10]);
	text[4 * n + 1] = '"';
	text[4 * n + 2] = '\0';
	return text;
}

static void
bytes_are_base64(void **state)
{
	struct world	*w = *state;

	becomes(w, "bytes", "\"\"", "\\x");
	becomes(w, "bytes", "\"AP8Q\"", "\\x00ff10");
	becomes(w, "bytes", "\"AA==\"", "\\x00");
	becomes(w, "bytes", "\"AAE=\"", "\\x0001");
	prints(w, "bytes", "\\x00ff10", "\"AP8Q\"");
	prints(w, "bytes", "\\x00ff1000ff", "\"AP8QAP8=\"");
	prints(w, "bytes", "\\x", "\"\"");
	/* Longer than what is converted at once. */
	both(w, "bytes", bytes_text(1000));
	both(w, "bytes", bytes_text(1536));
	refused(w, "bytes", "\"A\"");
	refused(w, "bytes", "\"AAA\"");
	refused(w, "bytes", "\"AB==\"");
	refused(w, "bytes", "\"====\"");
	refused(w, "bytes", "\"AA=A\"");
	refused(w, "bytes", "\"AA_-\"");
	refused(w, "bytes", "\"AA E\"");
	refused(w, "bytes", "[]");
}

static void
json_is_the_value_itself(void **state)
{
	struct world	*w = *state;

	both(w, "json", "{\"a\":[1,2.50,null,true,\"x/y\"]}");
	both(w, "jsonb", "{\"a\": [1, 2.50, null, true, \"x/y\"]}");
	both(w, "json", "\"text\"");
	both(w, "json", "false");
	both(w, "jsonb", "12345678901234567890.123456789012345678901234567890");
	prints(w, "json", "{\"a\":\r\n 1}", "{\"a\": 1}");
	/* As PostgreSQL prints it; but digits are not made of an exponent. */
	becomes(w, "jsonb", "{\"bb\":1,\"c\":{},\"\":[],\"a\" : -0}",
	    "{\"\": [], \"a\": 0, \"c\": {}, \"bb\": 1}");
	becomes(w, "jsonb", "[-0.00,-0.10,1e3,\"\\u0001\\u00e9\\/\\t\"]",
	    "[0.00, -0.10, 1e3, \"\\u0001\303\251/\\t\"]");
}

static void
arrays_are_lists(void **state)
{
	struct world	*w = *state;

	becomes(w, "ints", "[1,-2,null]", "{1,-2,NULL}");
	becomes(w, "ints", "[]", "{}");
	becomes(w, "ints", "[[1,2],[3,4]]", "{{1,2},{3,4}}");
	becomes(w, "texts", "[\"a\",\"\",\"NULL\",\"q\\\"b\\\\\"]",
	    "{a,\"\",\"NULL\",\"q\\\"b\\\\\"}");
	becomes(w, "texts", "[\"a b\",\"a,b\",\"{\",\"nulls\",\"null\"]",
	    "{\"a b\",\"a,b\",\"{\",nulls,\"null\"}");
	becomes(w, "flags", "[true,false]", "{t,f}");
	becomes(w, "doubles", "[1.5,\"NaN\"]", "{1.5,NaN}");
	becomes(w, "moods", "[\"sad\",\"Mixed Up\"]", "{sad,\"Mixed Up\"}");
	becomes(w, "jsons", "[{\"a\":[1]},[2]]",
	    "{\"{\\\"a\\\": [1]}\",[2]}");
	prints(w, "ints", "{1,-2,NULL}", "[1,-2,null]");
	prints(w, "ints", "{}", "[]");
	prints(w, "ints", "[0:1]={7,8}", "[7,8]");
	prints(w, "ints", "{{1,2},{3,4}}", "[[1,2],[3,4]]");
	prints(w, "texts", "{a,\"\",NULL,\"NULL\",\"q\\\"b\\\\,{}\"}",
	    "[\"a\",\"\",null,\"NULL\",\"q\\\"b\\\\,{}\"]");
	prints(w, "flags", "{t,f}", "[true,false]");
	prints(w, "doubles", "{1.5,NaN,-Infinity,1e+20}",
	    "[1.5,\"NaN\",\"-Infinity\",1e+20]");
	prints(w, "stamps", "{\"2024-01-31 12:30:00+00\"}",
	    "[\"2024-01-31T12:30:00Z\"]");
	prints(w, "blobs", "{\"\\\\x00ff10\",\"\\\\x\"}", "[\"AP8Q\",\"\"]");
	prints(w, "jsons", "{\"{\\\"a\\\": 1}\",2}", "[{\"a\": 1},2]");
}

static void
crooked_arrays_are_refused_at_the_element(void **state)
{
	struct world	*w = *state;

	refused(w, "ints", "1");
	refused(w, "ints", "[1,\"x\"]");
	assert_string_equal(w->err.path, "/ints/1");
	refused(w, "ints", "[[1,2],[3]]");
	assert_string_equal(w->err.path, "/ints/1");
	refused(w, "ints", "[[1,2],3]");
	refused(w, "ints", "[3,[1,2]]");
	refused(w, "ints", "[2147483648]");
	refused(w, "ints", "[[[[[[[1]]]]]]]");
	refused(w, "moods", "[\"sat\"]");
	assert_string_equal(w->err.hint, "did you mean sad?");
}

static void
an_unknown_type_travels_as_text(void **state)
{
	struct world	*w = *state;

	both(w, "inet", "\"10.0.0.1\"");
	refused(w, "inet", "1");
}

static void
keys_order_by_value(void **state)
{
	struct world	*w = *state;
	struct cell	 null = { NULL, -1 }, a, b;

	a = take(w, "id", "-5");
	b = take(w, "id", "3");
	assert_true(cell_compare(column(w, "id"), &a, &b) < 0);
	assert_true(cell_compare(column(w, "id"), &b, &a) > 0);
	assert_int_equal(cell_compare(column(w, "id"), &a, &a), 0);
	assert_true(cell_compare(column(w, "id"), &null, &a) < 0);
	assert_true(cell_compare(column(w, "id"), &a, &null) > 0);
	assert_int_equal(cell_compare(column(w, "id"), &null, &null), 0);
	assert_true(cell_equal(&null, &null));
	assert_false(cell_equal(&null, &a));
	a = take(w, "text", "\"\"");
	assert_false(cell_equal(&null, &a));
	assert_true(cell_equal(&a, &a));
}

/* Numbers that a generator gives, always the same ones. */
static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
any_integers_return_and_order_as_numbers_do(void **state)
{
	static const char *const names[] = { "small", "id", "big" };
	static const int shifts[] = { 48, 32, 0 };
	struct world	*w = *state;
	uint64_t	 seed = 88172645463325252u;
	struct cell	 cell[2];
	int64_t		 n[2];
	char		 text[32];
	int		 i, j, k, order;

	for (i = 0; i < ROUNDS; i++) {
		k = i % 3;
		for (j = 0; j < 2; j++) {
			n[j] = (int64_t)next(&seed) >> shifts[k];
			n[j] >>= next(&seed) % (64 - (unsigned)shifts[k]);
			snprintf(text, sizeof(text), "%lld", (long long)n[j]);
			cell[j] = take(w, names[k], text);
			assert_string_equal(print(w, names[k], cell[j].p,
			    cell[j].n), text);
		}
		order = cell_compare(column(w, names[k]), &cell[0], &cell[1]);
		assert_int_equal((order > 0) - (order < 0),
		    (n[0] > n[1]) - (n[0] < n[1]));
		assert_int_equal(cell_equal(&cell[0], &cell[1]),
		    n[0] == n[1]);
		if (i % 1000 == 0)
			arena_release(&w->arena);
	}
}

static void
any_text_survives_an_array(void **state)
{
	static const char letters[] = "ab\"\\{},N ULL\xc3\xa9";
	struct world	*w = *state;
	uint64_t	 seed = 1234567;
	struct json *list;
	struct cell	 cell;
	struct path	 root = { NULL, NULL, 0 };
	char		 text[16], want[512];
	struct buf	 text_of;
	size_t		 i, j, k, n;

	buf_init(&text_of, 0);
	for (i = 0; i < ROUNDS / 10; i++) {
		buf_reset(&text_of);
		buf_putc(&text_of, '[');
		for (k = next(&seed) % 4 + 1; k > 0; k--) {
			n = next(&seed) % sizeof(text);
			for (j = 0; j < n; j++)
				text[j] = letters[next(&seed) %
				    (sizeof(letters) - 3)];
			json_put_comma(&text_of);
			json_put_string(&text_of, text, n);
		}
		buf_putc(&text_of, ']');
		assert_int_equal(json_read(&w->arena, text_of.p, text_of.n,
		    &list, &w->err), 0);
		assert_int_equal(value_from_json(&w->arena, column(w, "texts"),
		    list, &cell, &root, &w->err), 0);
		snprintf(want, sizeof(want), "%.*s", (int)text_of.n,
		    text_of.p);
		assert_string_equal(print(w, "texts", cell.p, cell.n), want);
	}
	buf_free(&text_of);
}

/* As of a table that is not as the model says. */
static void
what_is_no_value_of_its_type_is_null(void **state)
{
	static const char *const	names[] = { "small", "id", "big",
	    "real", "double", "uuid", "ints", "flags" };
	struct world			*w = *state;
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(print(w, names[i], "abc", 3), "null");
		assert_string_equal(print(w, names[i], "", 0), "null");
	}
	assert_string_equal(print(w, "flag", "", 0), "null");
	assert_string_equal(print(w, "flag", "true", 4), "null");
}

static void
memory_that_ends_is_an_error(void **state)
{
	struct world	*w = *state;
	struct arena	 small;
	struct cell	 cell;
	struct path	 root = { NULL, NULL, 0 };

	arena_init(&small, 1);
	assert_int_equal(value_from_json(&small, column(w, "id"),
	    parse(w, "1"), &cell, &root, &w->err), -1);
	assert_int_equal(w->err.kind, ERROR_LIMIT);
	assert_int_equal(value_from_json(&small, column(w, "texts"),
	    parse(w, "[\"a\"]"), &cell, &root, &w->err), -1);
	assert_int_equal(w->err.kind, ERROR_LIMIT);
	arena_release(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(integers_keep_all_their_bits),
		CASE(integers_out_of_range_are_refused),
		CASE(null_passes_through_every_type),
		CASE(floats_hold_what_fits),
		CASE(booleans_are_true_or_false),
		CASE(uuids_are_sixteen_bytes),
		CASE(text_is_passed_as_it_is),
		CASE(lengths_are_counted_in_characters),
		CASE(enums_take_their_own_words),
		CASE(numerics_become_what_postgresql_prints),
		CASE(numerics_that_do_not_fit_are_refused),
		CASE(dates_are_in_the_calendar),
		CASE(times_are_in_the_day),
		CASE(timestamps_change_their_dress),
		CASE(intervals_are_durations),
		CASE(bytes_are_base64),
		CASE(json_is_the_value_itself),
		CASE(arrays_are_lists),
		CASE(crooked_arrays_are_refused_at_the_element),
		CASE(an_unknown_type_travels_as_text),
		CASE(keys_order_by_value),
		CASE(any_integers_return_and_order_as_numbers_do),
		CASE(any_text_survives_an_array),
		CASE(what_is_no_value_of_its_type_is_null),
		CASE(memory_that_ends_is_an_error),
#undef CASE
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
