/*
 * Conditions on text, JSON and arrays, and the limits of all conditions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "where_kit.h"

#define LIKE	"t0.\"title\" LIKE $1"
#define RANGE	" AND t0.\"title\" ~>=~ $2 AND t0.\"title\" ~<~ $3"

static void
patterns(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{'title': {'like': 'Ca%'}}", "(((" LIKE RANGE ")))",
	      "$1 \"Ca%\"\n$2 \"Ca\"\n$3 \"Cb\"\n" },
	    { "{'title': {'like': 'C_a%'}}", "(((" LIKE RANGE ")))",
	      "$1 \"C_a%\"\n$2 \"C\"\n$3 \"D\"\n" },
	    { "{'title': {'like': '50\\\\%~'}}", "(((" LIKE RANGE ")))",
	      "$1 \"50\\\\%~\"\n$2 \"50\"\n$3 \"51\"\n" },
	    /* What is behind is found by the pattern alone. */
	    { "{'title': {'like': 'a\\u00e9%'}}", "(((" LIKE RANGE ")))",
	      "$1 \"a\303\251%\"\n$2 \"a\"\n$3 \"b\"\n" },
	    { "{'title': {'like': '\\u00e9%'}}", "((" LIKE "))",
	      "$1 \"\303\251%\"\n" },
	    { "{'title': {'like': ''}}", "((" LIKE "))", "$1 \"\"\n" },
	    { "{'title': {'like': '\\\\\\\\'}}", "((" LIKE "))",
	      "$1 \"\\\\\\\\\"\n" },
	    { "{'title': {'ilike': 'Ca%'}}", "((t0.\"title\" ILIKE $1))",
	      "$1 \"Ca%\"\n" },
	    { "{'title': {'not': {'like': '%a'}}}", "((NOT (" LIKE ")))",
	      "$1 \"%a\"\n" });
	/* Of these types ormd does not know the order, nor what like means. */
	CONDITIONS("notes", "Note",
	    { "{'code': {'like': 'a%'}}", "((t0.\"code\"::text LIKE $1))",
	      "$1 \"a%\"\n" },
	    { "{'mail': {'like': 'a%'}}", "((t0.\"mail\" LIKE $1))",
	      "$1 \"a%\"\n" });
	REFUSED("notes",
	    { "Note", "{'mood': {'like': 'a%'}}", ERROR_INVALID_PARAMS,
	      "/where/mood/like", NULL },
	    { "Note", "{'words': {'like': 'a%'}}", ERROR_INVALID_PARAMS,
	      "/where/words/like",
	      "{\"any\": {\"like\": \342\200\246}}" },
	    { "Note", "{'mail': {'like': 'a\\\\'}}", ERROR_INVALID_VALUE,
	      "/where/mail/like", "\\\\ stands for a backslash" },
	    { "Note", "{'code': {'ilike': '\\\\\\\\\\\\'}}",
	      ERROR_INVALID_VALUE, "/where/code/ilike",
	      "\\\\ stands for a backslash" });
}

/* The column keeps two digits, and none of its values equals 9.991. */
static void
all_digits_of_a_value_count(void **state)
{
	(void)state;
	CONDITIONS("notes", "Note",
	    { "{'sum': 9.991}", "(t0.\"sum\" = $1::numeric)",
	      "$1 \"9.991\"\n" },
	    { "{'sum': {'>=': '9.991', '<': '1e9'}}",
	      "((t0.\"sum\" >= $1::numeric AND t0.\"sum\" < $2::numeric))",
	      "$1 \"9.991\"\n$2 \"1000000000\"\n" },
	    { "{'sum': {'in': ['9.991', 1]}}",
	      "((t0.\"sum\" = ANY($1::numeric[])))",
	      "$1 {\"9.991\",\"1\"}\n" });
}

static void
not_turns_comparisons_round(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{'pages': {'not': {'in': [1, 2]}}}",
	      "((NOT (t0.\"pages\" = ANY($1))))", "$1 {1,2}\n" },
	    { "{'pages': {'not': 1, '<': 5}}",
	      "((NOT t0.\"pages\" = $1 AND t0.\"pages\" < $2))",
	      "$1 1\n$2 5\n" },
	    { "{'pages': {'not': null}}", "((NOT t0.\"pages\" IS NULL))",
	      "" },
	    { "{'pages': {'not': {'not': {}}}}", "((NOT (NOT (true))))",
	      "" });
	REFUSED("shelf",
	    { "Book", "{'pages': {'not': 'a'}}", ERROR_INVALID_VALUE,
	      "/where/pages/not", NULL },
	    { "Book", "{'pages': {'not': {'no': 1}}}", ERROR_INVALID_PARAMS,
	      "/where/pages/not/no", "not" });
}

static void
whole_json(void **state)
{
	(void)state;
	CONDITIONS("notes", "Note",
	    { "{'doc': [1]}", "(t0.\"doc\" = $1::jsonb)", "$1 \"[1]\"\n" },
	    { "{'doc': {'==': {'a': 1.50}}}", "((t0.\"doc\" = $1::jsonb))",
	      "$1 \"{\\\"a\\\": 1.50}\"\n" },
	    { "{'doc': null}", "(t0.\"doc\" IS NULL)", "" },
	    { "{'doc': {'contains': {'a': [1]}}}",
	      "((t0.\"doc\" @> $1::jsonb))",
	      "$1 \"{\\\"a\\\": [1]}\"\n" },
	    { "{'doc': {'contained_by': {'a': 1}}}",
	      "((t0.\"doc\" <@ $1::jsonb))", "$1 \"{\\\"a\\\": 1}\"\n" },
	    { "{'doc': {'in': [1, 'a', null]}}",
	      "(((t0.\"doc\" = ANY($1::jsonb[]) OR t0.\"doc\" IS NULL)))",
	      "$1 {\"1\",\"\\\"a\\\"\"}\n" },
	    { "{'doc': {'>': 5}}", "(((jsonb_typeof(t0.\"doc\") = 'number' "
	      "AND t0.\"doc\" > $1::jsonb)))", "$1 \"5\"\n" },
	    { "{'raw': 5}", "(t0.\"raw\"::jsonb = $1::jsonb)", "$1 \"5\"\n" },
	    { "{'raw': {'contains': [5]}}",
	      "((t0.\"raw\"::jsonb @> $1::jsonb))", "$1 \"[5]\"\n" },
	    { "{'raws': {'contains': [[5]]}}",
	      "((t0.\"raws\"::jsonb[] @> $1::jsonb[]))",
	      "$1 \"{[5]}\"\n" });
	REFUSED("notes",
	    { "Note", "{'doc': {'a': 1}}", ERROR_INVALID_PARAMS,
	      "/where/doc/a", "\"doc.a\"" },
	    { "Note", "{'doc': {'contains': null}}", ERROR_INVALID_VALUE,
	      "/where/doc/contains", NULL },
	    { "Note", "{'doc': {'<': [1]}}", ERROR_INVALID_VALUE,
	      "/where/doc/<", NULL },
	    { "Note", "{'doc': {'like': 5}}", ERROR_INVALID_VALUE,
	      "/where/doc/like", NULL },
	    { "Note", "{'doc': {'any': 5}}", ERROR_INVALID_PARAMS,
	      "/where/doc/any", NULL },
	    { "Note", "{'secret': 5}", ERROR_UNKNOWN_FIELD, "/where/secret",
	      NULL });
}

#define PLACE	"nullif((t0.\"doc\" #> $1),'null')"

static void
places_in_json(void **state)
{
	(void)state;
	CONDITIONS("notes", "Note",
	    { "{'doc.a.b': 'x'}",
	      "((t0.\"doc\" @> $2::jsonb AND " PLACE " = $3::jsonb))",
	      "$1 {\"a\",\"b\"}\n$2 \"{\\\"a\\\":{\\\"b\\\":\\\"x\\\"}}\"\n"
	      "$3 \"\\\"x\\\"\"\n" },
	    { "{'not': {'doc.a': 'x'}}", "(NOT (" PLACE " = $2::jsonb))",
	      "$1 {\"a\"}\n$2 \"\\\"x\\\"\"\n" },
	    { "{'doc.a': {'not': 5}}", "((NOT " PLACE " = $2::jsonb))",
	      "$1 {\"a\"}\n$2 \"5\"\n" },
	    /* 0 may be a key or a position. */
	    { "{'doc.a.0': 5}", "(" PLACE " = $2::jsonb)",
	      "$1 {\"a\",\"0\"}\n$2 \"5\"\n" },
	    { "{'doc.a': {'!=': 5}}", "((" PLACE " <> $2::jsonb))",
	      "$1 {\"a\"}\n$2 \"5\"\n" },
	    { "{'doc.a': null}", "(" PLACE " IS NULL)", "$1 {\"a\"}\n" },
	    { "{'doc.a': {'<': 'm', '!=': null}}",
	      "(((jsonb_typeof(" PLACE ") = 'string' AND " PLACE
	      " < $2::jsonb) AND " PLACE " IS NOT NULL))",
	      "$1 {\"a\"}\n$2 \"\\\"m\\\"\"\n" },
	    { "{'doc.a': {'like': 'm%'}}",
	      "(((jsonb_typeof(" PLACE ") = 'string' AND " PLACE
	      " #>> '{}' LIKE $2)))", "$1 {\"a\"}\n$2 \"m%\"\n" },
	    { "{'doc.a': {'in': [1]}}", "((" PLACE " = ANY($2::jsonb[])))",
	      "$1 {\"a\"}\n$2 {\"1\"}\n" },
	    { "{'doc.a': {'contains': [1]}}", "((" PLACE " @> $2::jsonb))",
	      "$1 {\"a\"}\n$2 \"[1]\"\n" },
	    { "{'raw.a': 1}", "(nullif((t0.\"raw\"::jsonb #> $1),'null') = "
	      "$2::jsonb)", "$1 {\"a\"}\n$2 \"1\"\n" },
	    { "{'pad': {'has': {'about.a': null}}}",
	      "((EXISTS (SELECT FROM \"pads\" AS t1 WHERE t1.\"id\" = "
	      "t0.\"pad_id\" AND (nullif((t1.\"about\" #> $1),'null') IS "
	      "NULL))))", "$1 {\"a\"}\n" });
	REFUSED("notes",
	    { "Note", "{'words.a': 1}", ERROR_UNKNOWN_FIELD,
	      "/where/words.a", "words" },
	    { "Note", "{'secret.a': 1}", ERROR_UNKNOWN_FIELD,
	      "/where/secret.a", "secret" },
	    { "Note", "{'dok.a': 1}", ERROR_UNKNOWN_FIELD, "/where/dok.a",
	      NULL },
	    { "Note", "{'doc.': 1}", ERROR_INVALID_VALUE, "/where/doc.",
	      "contains" },
	    { "Note", "{'doc.a..b': 1}", ERROR_INVALID_VALUE,
	      "/where/doc.a..b", "contains" },
	    { "Note", "{'pad.about': 1}", ERROR_UNKNOWN_FIELD,
	      "/where/pad.about", "{\"pad\": {\"has\": {\"about\": …}}}" },
	    { "Note", "{'doc.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19."
	      "20.21.22.23.24.25.26.27.28.29.30.31.32.33': 1}", ERROR_LIMIT,
	      "/where/doc.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19."
	      "20.21.22.23.24.25.26.27.28.29.30.31.32.33", NULL });
}

static void
arrays(void **state)
{
	(void)state;
	CONDITIONS("notes", "Note",
	    { "{'words': ['a', null]}", "(t0.\"words\" = $1::text[])",
	      "$1 \"{a,NULL}\"\n" },
	    { "{'words': {'contains': 'a'}}",
	      "((t0.\"words\" @> $1::text[]))", "$1 \"{a}\"\n" },
	    { "{'words': {'contains': ['a', 'b']}}",
	      "((t0.\"words\" @> $1::text[]))",
	      "$1 \"{a,b}\"\n" },
	    { "{'words': {'contained_by': ['a']}}",
	      "((t0.\"words\" <@ $1::text[]))", "$1 \"{a}\"\n" },
	    { "{'days': {'overlap': ['2024-01-31']}}",
	      "((t0.\"days\" && $1::date[]))",
	      "$1 \"{2024-01-31}\"\n" },
	    { "{'words': {'any': 'a'}}", "((t0.\"words\" @> $1::text[]))",
	      "$1 \"{a}\"\n" },
	    { "{'words': {'any': {'==': 'a'}}}",
	      "((t0.\"words\" @> $1::text[]))", "$1 \"{a}\"\n" },
	    { "{'words': {'any': null}}", "(((EXISTS (SELECT FROM "
	      "unnest(t0.\"words\") AS e1(v) WHERE e1.v IS NULL) OR "
	      "t0.\"words\" IS NULL AND NULL)))", "" },
	    { "{'words': {'any': {'ilike': 'a%', '!=': 'ab'}}}",
	      "(((EXISTS (SELECT FROM unnest(t0.\"words\") AS e1(v) WHERE "
	      "(e1.v ILIKE $1 AND e1.v <> $2)) OR t0.\"words\" IS NULL AND "
	      "NULL)))",
	      "$1 \"a%\"\n$2 \"ab\"\n" },
	    { "{'days': {'any': {'>': '2024-01-31'}}}",
	      "(((EXISTS (SELECT FROM unnest(t0.\"days\") AS e1(v) WHERE "
	      "(e1.v > $1::date)) OR t0.\"days\" IS NULL AND NULL)))",
	      "$1 \"2024-01-31\"\n" },
	    { "{'moods': {'any': {'in': ['calm']}}}",
	      "(((EXISTS (SELECT FROM unnest(t0.\"moods\") AS e1(v) WHERE "
	      "(e1.v = ANY($1::mood[]))) OR t0.\"moods\" IS NULL AND "
	      "NULL)))", "$1 {\"calm\"}\n" },
	    { "{'words': {'in': [['a'], []]}}",
	      "((t0.\"words\" IN (SELECT i.v1::text[] FROM unnest($1) AS "
	      "i(v1))))", "$1 {\"{a}\",\"{}\"}\n" });
	CONDITIONS("notes", "Pad",
	    { "{'words': {'any': {'contains': 'a'}}}",
	      "((EXISTS (SELECT FROM \"notes\" AS t1 WHERE t1.\"pad_id\" = "
	      "t0.\"id\" AND (t1.\"words\" @> $1::text[]))))",
	      "$1 \"{a}\"\n" });
	REFUSED("notes",
	    { "Note", "{'words': 'a'}", ERROR_INVALID_VALUE, "/where/words",
	      "{\"any\": \"a\"}" },
	    { "Note", "{'words': {'contains': null}}", ERROR_INVALID_VALUE,
	      "/where/words/contains", "any" },
	    { "Note", "{'words': {'overlap': ['a', null]}}",
	      ERROR_INVALID_VALUE, "/where/words/overlap/1", "any" },
	    { "Note", "{'words': {'contains': ['a', 5]}}",
	      ERROR_INVALID_VALUE, "/where/words/contains/1", NULL },
	    { "Note", "{'words': {'any': {'a': 1}}}", ERROR_INVALID_PARAMS,
	      "/where/words/any/a", "<" },
	    { "Note", "{'moods': {'any': 'mad'}}", ERROR_INVALID_VALUE,
	      "/where/moods/any", "calm" },
	    { "Note", "{'moods': {'contains': 'mad'}}", ERROR_INVALID_VALUE,
	      "/where/moods/contains", "calm" },
	    { "Note", "{'id': {'contains': 1}}", ERROR_INVALID_PARAMS,
	      "/where/id/contains", NULL },
	    { "Note", "{'id': {'overlap': [1]}}", ERROR_INVALID_PARAMS,
	      "/where/id/overlap", NULL },
	    { "Note", "{'code': {'any': 1}}", ERROR_INVALID_PARAMS,
	      "/where/code/any", NULL });
}

/* n copies of a text, with one before, between and behind them. */
static const char *
copies(struct plan_kit *k, const char *open, const char *text,
    const char *between, const char *shut, int n)
{
	struct buf	b;
	int		i;

	buf_init(&b, 0);
	buf_puts(&b, open);
	for (i = 0; i < n; i++) {
		buf_puts(&b, i > 0 ? between : "");
		buf_puts(&b, text);
	}
	buf_puts(&b, shut);
	buf_putc(&b, '\0');
	return plan_text(k, &b);
}

static const char *
nested(struct plan_kit *k, const char *open, const char *shut, int n)
{
	return copies(k, copies(k, "", open, "", "{}", n), shut, "", "", n);
}

static void
limited(struct plan_kit *k, const char *where, const char *path)
{
	struct error	err;

	assert_null(plan_try(k, "count", plan_json(k, count_of(k, "Node",
	    where)), &err));
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.path, path);
}

static void
conditions_have_limits(void **state)
{
	static const char	any[] = "{'children': {'any': {}}}";
	struct plan_kit		k;

	(void)state;
	plan_open_named(&k, "tree");
	plan_call(&k, "count", count_of(&k, "Node",
	    nested(&k, "{'not': ", "}", 31)));
	assert_null(plan_try(&k, "count", plan_json(&k, count_of(&k, "Node",
	    nested(&k, "{'not': ", "}", 32))), &(struct error){ 0 }));
	assert_null(plan_try(&k, "count", plan_json(&k, count_of(&k, "Node",
	    nested(&k, "{'children': {'any': ", "}}", 32))),
	    &(struct error){ 0 }));
	limited(&k, copies(&k, "{'id': ", "{'not': ", "",
	    copies(&k, "1", "}", "", "}", 33), 33), "/where/id"
	    "/not/not/not/not/not/not/not/not/not/not/not/not/not/not/not"
	    "/not/not/not/not/not/not/not/not/not/not/not/not/not/not/not"
	    "/not");
	plan_call(&k, "count", count_of(&k, "Node",
	    copies(&k, "{'or': [", "{'id': 1}", ",", "]}", 1000)));
	limited(&k, copies(&k, "{'or': [", "{'id': 1}", ",", "]}", 1001),
	    "/where/or/1000/id");
	plan_call(&k, "count", count_of(&k, "Node",
	    copies(&k, "{'or': [", any, ",", "]}", 16)));
	limited(&k, copies(&k, "{'or': [", any, ",", "]}", 17),
	    "/where/or/16/children/any");
	plan_call(&k, "count", count_of(&k, "Node",
	    copies(&k, "{'id': {'in': [", "1", ",", "]}}", PLAN_IN_MOST)));
	limited(&k, copies(&k, "{'id': {'in': [", "1", ",", "]}}",
	    PLAN_IN_MOST + 1), "/where/id/in");
	plan_close(&k);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(all_digits_of_a_value_count),
		cmocka_unit_test(not_turns_comparisons_round),
		cmocka_unit_test(whole_json),
		cmocka_unit_test(places_in_json),
		cmocka_unit_test(arrays),
		cmocka_unit_test(conditions_have_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
