/*
 * Values at their edges: what goes to PostgreSQL is what it would print, to the
 * last digit and microsecond, and what it could not hold is refused.  The same
 * values go through a server in tests/integration/values.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"
#include "value.h"

static const char	models[] = "'Thing': {'table': 'things', 'columns': {"
"'id': {'type': 'bigint', 'primary_key': true},"
"'real': {'type': 'real'}, 'double': {'type': 'double precision'},"
"'numeric': {'type': 'numeric'}, 'n52': {'type': 'numeric(5,2)'},"
"'n35': {'type': 'numeric(3,5)'}, 'n2m3': {'type': 'numeric(2,-3)'},"
"'date': {'type': 'date'}, 'time': {'type': 'time'},"
"'time2': {'type': 'time(2)'}, 'timetz': {'type': 'timetz'},"
"'stamp': {'type': 'timestamp'}, 'stamp0': {'type': 'timestamp(0)'},"
"'zoned': {'type': 'timestamptz'}, 'zoned3': {'type': 'timestamptz(3)'},"
"'interval': {'type': 'interval'}, 'jsonb': {'type': 'jsonb'},"
"'json': {'type': 'json'}, 'ints': {'type': 'integer[]'},"
"'box': {'type': 'box[]'}, 'times': {'type': 'timestamptz(3)[]'}}}";

struct world {
	struct registry	*r;
	struct arena	 a;
	struct error	 err;
};

static int
setup(void **state)
{
	static struct world	w;

	w.r = kit_models(models);
	arena_init(&w.a, 0);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	registry_free(w->r);
	arena_release(&w->a);
	return 0;
}

static int
take(struct world *w, const char *name, const char *json, struct cell *cell)
{
	struct path	root = { NULL, NULL, 0 }, at = { &root, name, 0 };
	struct json	*v;

	if (json_read(&w->a, json, strlen(json), &v, &w->err) == -1)
		fail_msg("%s: %s", json, w->err.message);
	return value_from_json(&w->a, kit_column(w->r, "Thing", name), v, cell,
	    &at, &w->err);
}

/* It is sent as this text. */
static void
becomes(struct world *w, const char *name, const char *json, const char *text)
{
	struct cell	cell;

	if (take(w, name, json, &cell) == -1)
		fail_msg("%s %s: %s", name, json, w->err.message);
	if ((size_t)cell.n != strlen(text) ||
	    memcmp(cell.p, text, strlen(text)) != 0)
		fail_msg("%s %s: %.*s, not %s", name, json, cell.n, cell.p,
		    text);
}

static void
refused(struct world *w, const char *name, const char *json)
{
	struct cell	cell;

	if (take(w, name, json, &cell) == 0)
		fail_msg("%s takes %s", name, json);
	assert_int_equal(w->err.kind, ERROR_INVALID_VALUE);
	assert_memory_equal(w->err.path + 1, name, strlen(name));
}

/* A time as a string of JSON. */
static void
time_is(struct world *w, const char *name, const char *in, const char *out)
{
	char	json[100];

	snprintf(json, sizeof(json), "\"%s\"", in);
	if (out == NULL)
		refused(w, name, json);
	else
		becomes(w, name, json, out);
}

static void
numerics_round_as_their_scale_says(void **state)
{
	struct world	*w = *state;

	becomes(w, "n52", "1.005", "1.01");
	becomes(w, "n52", "-1.005", "-1.01");
	becomes(w, "n52", "-0.001", "0.00");
	becomes(w, "n52", "999.994", "999.99");
	refused(w, "n52", "999.995");
	becomes(w, "n52", "1e-20000", "0.00");
	becomes(w, "n35", "0.00123", "0.00123");
	becomes(w, "n35", "0.009994", "0.00999");
	refused(w, "n35", "0.009995");
	becomes(w, "n35", "0", "0.00000");
	refused(w, "n35", "0.1");
	assert_string_equal(w->err.message, "n35 is below 10^-2");
	becomes(w, "n35", "-0.0099900", "-0.00999");
	becomes(w, "n2m3", "12345", "12000");
	becomes(w, "n2m3", "12500", "13000");
	becomes(w, "n2m3", "99499", "99000");
	refused(w, "n2m3", "99500");
	becomes(w, "n2m3", "499", "0");
	becomes(w, "n2m3", "-500.1", "-1000");
	becomes(w, "n2m3", "1e4", "10000");
	becomes(w, "numeric", "0001.500", "1.500");
	becomes(w, "numeric", "\"-.5\"", "-0.5");
	becomes(w, "numeric", "123456789012345678901234567890",
	    "123456789012345678901234567890");
	becomes(w, "numeric", "\"-Infinity\"", "-Infinity");
	refused(w, "n52", "\"Infinity\"");
	becomes(w, "n52", "\"NaN\"", "NaN");
	refused(w, "numeric", "1e131072");
	refused(w, "numeric", "1e-16384");
}

static void
numbers_have_all_their_digits(void **state)
{
	struct world	*w = *state;
	struct cell	 cell;

	refused(w, "id", "9223372036854775808");
	assert_string_equal(w->err.message, "id must be from "
	    "-9223372036854775808 to 9223372036854775807");
	refused(w, "id", "1e2");
	/* Half way between two floats, and a bit above it. */
	assert_int_equal(take(w, "real", "1.00000005960464477540", &cell), 0);
	assert_memory_equal(cell.p, "\x3f\x80\0\1", 4);
	assert_int_equal(take(w, "real", "1.00000005960464477539", &cell), 0);
	assert_memory_equal(cell.p, "\x3f\x80\0\0", 4);
	assert_int_equal(take(w, "double", "-0", &cell), 0);
	assert_memory_equal(cell.p, "\x80\0\0\0\0\0\0\0", 8);
	assert_int_equal(take(w, "double", "18446744073709551616", &cell), 0);
	assert_memory_equal(cell.p, "\x43\xf0\0\0\0\0\0\0", 8);
	assert_int_equal(take(w, "real", "1e-45", &cell), 0);
	assert_memory_equal(cell.p, "\0\0\0\1", 4);
	refused(w, "real", "1e-46");
	refused(w, "double", "1.8e308");
	becomes(w, "jsonb", "{\"a\":[1e400,123456789012345678901234567890]}",
	    "{\"a\": [1e400, 123456789012345678901234567890]}");
	refused(w, "jsonb", "{\"a\":[1,1e131072]}");
	assert_string_equal(w->err.path, "/jsonb/a/1");
	refused(w, "jsonb", "1e-16384");
	becomes(w, "json", "1e999999", "1e999999");
}

static void
dates_have_the_days_of_the_calendar(void **state)
{
	static const char *const	rows[][2] = {
		{ "2024-02-29", "2024-02-29" }, { "2023-02-29", NULL },
		{ "1900-02-29", NULL }, { "2000-02-29", "2000-02-29" },
		{ "0001-01-01", "0001-01-01" }, { "0000-01-01", NULL },
		{ "0001-12-31 BC", "0001-12-31 BC" },
		{ "0001-02-29 BC", "0001-02-29 BC" },
		{ "0005-02-29 BC", "0005-02-29 BC" },
		{ "0004-02-29 BC", NULL }, { "0101-02-29 BC", NULL },
		{ "4714-11-24 BC", "4714-11-24 BC" },
		{ "4714-11-23 BC", NULL }, { "4715-01-01 BC", NULL },
		{ "5874897-12-31", "5874897-12-31" },
		{ "5874898-01-01", NULL }, { "9999999-01-01", NULL },
		{ "12024-01-01", "12024-01-01" }, { "02024-01-01", NULL },
		{ "24-01-01", NULL }, { "2024-1-01", NULL },
		{ "2024-13-01", NULL }, { "2024-00-01", NULL },
		{ "2024-04-31", NULL }, { "2024-01-00", NULL },
		{ "2024-01-01T00:00", NULL }, { "2024-01-01 AD", NULL },
		{ "infinity", "infinity" }, { "-infinity", "-infinity" },
		{ "Infinity", NULL }, { "+infinity", NULL }, { "", NULL },
		{ " BC", NULL }, { "now", NULL }, { "20240101", NULL }
	};
	size_t				i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		time_is(*state, "date", rows[i][0], rows[i][1]);
}

static void
times_are_exact_to_the_microsecond(void **state)
{
	static const char *const	rows[][3] = {
		{ "time", "12:30", "12:30:00" },
		{ "time", "23:59:59.999999", "23:59:59.999999" },
		{ "time", "23:59:59.9999999", "24:00:00" },
		{ "time", "24:00:00", "24:00:00" },
		{ "time", "24:00:00.000001", NULL },
		{ "time", "24:01", NULL }, { "time", "25:00", NULL },
		{ "time", "23:59:60", NULL }, { "time", "12:60", NULL },
		{ "time", "12:30:00Z", NULL }, { "time", "12:30:", NULL },
		{ "time", "12:30:00.", NULL }, { "time", "1:30", NULL },
		{ "time", "00:00:00.0000005", "00:00:00" },
		{ "time", "00:00:00.0000015", "00:00:00.000002" },
		{ "time", "00:00:00.000000500000000000001",
		    "00:00:00" },
		{ "time", "infinity", NULL },
		{ "time2", "12:00:00.125", "12:00:00.13" },
		{ "time2", "23:59:59.995", "24:00:00" },
		{ "timetz", "12:30:00+02", "12:30:00+02" },
		{ "timetz", "12:30-0000", "12:30:00+00" },
		{ "timetz", "12:30:00.5+05:30", "12:30:00.5+05:30" },
		{ "timetz", "12:30:00-00:19:32", "12:30:00-00:19:32" },
		{ "timetz", "12:30:00+15:59:59", "12:30:00+15:59:59" },
		{ "timetz", "12:30:00+16", NULL },
		{ "timetz", "12:30:00+0130:15", NULL },
		{ "timetz", "12:30:00Z", "12:30:00+00" },
		{ "timetz", "12:30:00", NULL }
	};
	size_t				i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		time_is(*state, rows[i][0], rows[i][1], rows[i][2]);
}

static void
timestamps_are_in_utc_and_in_range(void **state)
{
	static const char *const	rows[][3] = {
		{ "stamp", "2024-02-29T24:00:00", "2024-03-01 00:00:00" },
		{ "stamp", "2024-12-31T23:59:59.9999999",
		    "2025-01-01 00:00:00" },
		{ "stamp", "0001-12-31T23:59:59.9999999 BC",
		    "0001-01-01 00:00:00" },
		{ "stamp", "2016-12-31T23:59:60", NULL },
		{ "stamp", "4714-11-24T00:00 BC", "4714-11-24 00:00:00 BC" },
		{ "stamp", "4714-11-23T23:59:59.999999 BC", NULL },
		{ "stamp", "294276-12-31T23:59:59.999999",
		    "294276-12-31 23:59:59.999999" },
		{ "stamp", "294276-12-31T23:59:59.9999999", NULL },
		{ "stamp", "294277-01-01T00:00", NULL },
		{ "stamp", "5874897-12-31T00:00", NULL },
		{ "stamp0", "2024-01-31T12:30:00.5", "2024-01-31 12:30:01" },
		/* Half away from 2000, where PostgreSQL counts from. */
		{ "stamp0", "1999-12-31T23:59:58.5", "1999-12-31 23:59:58" },
		{ "stamp0", "2024-12-31T23:59:59.5", "2025-01-01 00:00:00" },
		{ "stamp0", "294276-12-31T23:59:59.5", NULL },
		{ "zoned", "2024-03-01T00:30:00+01", "2024-02-29 23:30:00+00" },
		{ "zoned", "2024-12-31T23:30:00-01:00",
		    "2025-01-01 00:30:00+00" },
		{ "zoned", "0001-01-01T00:00:00+00:00:01",
		    "0001-12-31 23:59:59+00 BC" },
		{ "zoned", "2024-01-31t12:30:00.1234565z",
		    "2024-01-31 12:30:00.123456+00" },
		{ "zoned", "2024-01-31T12:30:00.123456789Z",
		    "2024-01-31 12:30:00.123457+00" },
		{ "zoned", "4714-11-23T23:00:00-01 BC",
		    "4714-11-24 00:00:00+00 BC" },
		{ "zoned", "4714-11-24T00:00:00+01 BC", NULL },
		{ "zoned", "294277-01-01T00:00:00+01",
		    "294276-12-31 23:00:00+00" },
		{ "zoned", "294276-12-31T23:00:00-01", NULL },
		{ "zoned", "294276-12-31T23:00:00-16", NULL },
		{ "zoned", "-infinity", "-infinity" },
		{ "zoned3", "2024-01-31T12:30:00.1235Z",
		    "2024-01-31 12:30:00.124+00" },
		{ "zoned3", "1970-01-01T00:00:00.0005Z",
		    "1970-01-01 00:00:00+00" }
	};
	struct world			*w = *state;
	size_t				 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		time_is(w, rows[i][0], rows[i][1], rows[i][2]);
	becomes(w, "times", "[\"2024-01-31T12:30:00.1235Z\",null]",
	    "{\"2024-01-31 12:30:00.124+00\",NULL}");
	time_is(w, "zoned", "2016-12-31T23:59:60Z", NULL);
	assert_string_equal(w->err.hint, "there is no room for leap seconds");
}

static void
intervals_are_sums_of_their_parts(void **state)
{
	static const char *const	rows[][2] = {
		{ "P1Y2M3DT4H5M6.5S", "P1Y2M3DT4H5M6.5S" },
		{ "P14M", "P1Y2M" }, { "P-14M", "P-1Y-2M" },
		{ "P1Y-1M", "P11M" }, { "PT90M", "PT1H30M" },
		{ "PT-90.5S", "PT-1M-30.5S" }, { "PT0.000001S", "PT0.000001S" },
		{ "PT-0.000001S", "PT-0.000001S" }, { "P0D", "PT0S" },
		{ "PT-0S", "PT0S" }, { "P1DT-1H", "P1DT-1H" },
		{ "P-3Y4DT-0.1S", "P-3Y4DT-0.1S" },
		{ "P0.5Y", "P6M" }, { "P0.5M", "P15D" }, { "P0.5W", "P3DT12H" },
		{ "P1.5D", "P1DT12H" }, { "PT0.5H", "PT30M" },
		{ "P-0.1D", "PT-2H-24M" }, { "P1.1Y", "P1Y1M" },
		{ "PT100000000000.123456S", "PT27777777H46M40.123456S" },
		{ "PT0.1234567S", "PT0.123457S" },
		{ "P178956970Y7M", "P178956970Y7M" },
		{ "P178956970Y8M", NULL },
		{ "P-178956970Y-8M", "P-178956970Y-8M" },
		{ "P-178956970Y-9M", NULL },
		{ "P2147483647D", "P2147483647D" }, { "P2147483648D", NULL },
		{ "P-2147483648D", "P-2147483648D" },
		{ "P306783378W1D", "P2147483647D" },
		{ "PT2562047788H54.775807S", "PT2562047788H54.775807S" },
		{ "PT2562047788H54.775808S", NULL },
		{ "PT-2562047788H-54.775808S", "PT-2562047788H-54.775808S" },
		{ "PT9223372036854.775808S", NULL },
		{ "P99999999999999999999D", NULL },
		{ "P9223372036854775808D", NULL },
		{ "P1", NULL }, { "1D", NULL }, { "P1D1D", NULL },
		{ "PT1S1M", NULL }, { "P.5D", NULL }, { "P1,5D", NULL },
		{ "P--1D", NULL }, { "-P1D", NULL }, { "p1d", NULL },
		{ "P1DT", NULL }, { "PT", NULL }, { "P", NULL },
		{ "infinity", NULL }
	};
	size_t				i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		time_is(*state, "interval", rows[i][0], rows[i][1]);
}

static void
lists_within_arrays_are_not_empty(void **state)
{
	struct world	*w = *state;

	becomes(w, "ints", "[]", "{}");
	refused(w, "ints", "[[]]");
	refused(w, "ints", "[[],[]]");
	assert_string_equal(w->err.path, "/ints/0");
	becomes(w, "ints", "[[null,1]]", "{{NULL,1}}");
	/* Semicolons stand between boxes, so that they are left as they are. */
	becomes(w, "box", "\"{(1,1),(0,0);(2,2),(0,0)}\"",
	    "{(1,1),(0,0);(2,2),(0,0)}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(numerics_round_as_their_scale_says),
		CASE(numbers_have_all_their_digits),
		CASE(dates_have_the_days_of_the_calendar),
		CASE(times_are_exact_to_the_microsecond),
		CASE(timestamps_are_in_utc_and_in_range),
		CASE(intervals_are_sums_of_their_parts),
		CASE(lists_within_arrays_are_not_empty),
#undef CASE
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
