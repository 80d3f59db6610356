/*
 * Conditions: each operator and word as SQL with its parameters (rule P6 for
 * proxies), and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "where_kit.h"

static void
operators_of_columns(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{}", "(true)", "" },
	    { "{'title': 'a'}", "(t0.\"title\" = $1)", "$1 \"a\"\n" },
	    { "{'pages': 9007199254740993}", "(t0.\"pages\" = $1)",
	      "$1 9007199254740993\n" },
	    { "{'lent': false}", "(t0.\"lent\" = $1)", "$1 false\n" },
	    { "{'added': '2024-01-31'}", "(t0.\"added\" = $1::date)",
	      "$1 \"2024-01-31\"\n" },
	    { "{'title': null}", "(t0.\"title\" IS NULL)", "" },
	    { "{'title': {'==': null}}", "((t0.\"title\" IS NULL))", "" },
	    { "{'title': {'!=': null}}", "((t0.\"title\" IS NOT NULL))",
	      "" },
	    { "{'pages': {'==': 1}}", "((t0.\"pages\" = $1))", "$1 1\n" },
	    { "{'pages': {'!=': 1}}", "((t0.\"pages\" <> $1))", "$1 1\n" },
	    { "{'pages': {'<': 1}}", "((t0.\"pages\" < $1))", "$1 1\n" },
	    { "{'pages': {'<=': 1}}", "((t0.\"pages\" <= $1))", "$1 1\n" },
	    { "{'pages': {'>': 1}}", "((t0.\"pages\" > $1))", "$1 1\n" },
	    { "{'pages': {'>=': 1}}", "((t0.\"pages\" >= $1))", "$1 1\n" },
	    { "{'pages': {'>=': 4, '!=': 5}}",
	      "((t0.\"pages\" >= $1 AND t0.\"pages\" <> $2))",
	      "$1 4\n$2 5\n" },
	    { "{'pages': {}}", "((true))", "" },
	    { "{'title': {'like': '%Ca'}}", "((t0.\"title\" LIKE $1))",
	      "$1 \"%Ca\"\n" },
	    { "{'title': {'ilike': 'ca_'}}", "((t0.\"title\" ILIKE $1))",
	      "$1 \"ca_\"\n" },
	    { "{'isbn': 'a', 'pages': 1}",
	      "(t0.\"isbn\" = $1 AND t0.\"pages\" = $2)",
	      "$1 \"a\"\n$2 1\n" });
}

static void
in_is_one_parameter(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{'pages': {'in': [1, 2]}}",
	      "((t0.\"pages\" = ANY($1)))", "$1 {1,2}\n" },
	    { "{'pages': {'in': [1, null, 2]}}",
	      "(((t0.\"pages\" = ANY($1) OR t0.\"pages\" IS NULL)))",
	      "$1 {1,2}\n" },
	    { "{'pages': {'in': []}}", "((t0.\"pages\" = ANY($1)))",
	      "$1 {}\n" },
	    { "{'title': {'in': ['', 'a,b', '\\u00e9']}}",
	      "((t0.\"title\" = ANY($1)))",
	      "$1 {\"\",\"a,b\",\"\303\251\"}\n" },
	    { "{'added': {'in': ['2024-01-31']}}",
	      "((t0.\"added\" = ANY($1::date[])))",
	      "$1 {\"2024-01-31\"}\n" },
	    { "{'shelf_id': {'in': ['00000000-0000-4000-8000-000000000001']}}",
	      "((t0.\"shelf_id\" = ANY($1)))",
	      "$1 {\"00000000-0000-4000-8000-000000000001\"}\n" });
}

static void
and_or_not_nest(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{'and': []}", "((true))", "" },
	    { "{'or': []}", "((false))", "" },
	    { "{'not': {}}", "(NOT (true))", "" },
	    { "{'or': [{'pages': 1}, {'pages': 2, 'lent': true}]}",
	      "(((t0.\"pages\" = $1) OR (t0.\"pages\" = $2 AND t0.\"lent\" = "
	      "$3)))", "$1 1\n$2 2\n$3 true\n" },
	    { "{'not': {'or': [{'pages': 1}, {'not': {'title': 'a'}}]}, "
	      "'lent': true}",
	      "(NOT (((t0.\"pages\" = $1) OR (NOT (t0.\"title\" = $2)))) AND "
	      "t0.\"lent\" = $3)", "$1 1\n$2 \"a\"\n$3 true\n" },
	    { "{'and': [{'pages': 1}, {'and': [{}]}]}",
	      "(((t0.\"pages\" = $1) AND (((true)))))", "$1 1\n" });
}

#define SHELF_OF	"EXISTS (SELECT FROM \"shelves\" AS t1 WHERE " \
			"t1.\"id\" = t0.\"shelf_id\""
#define BOOKS_OF	"EXISTS (SELECT FROM \"books\" AS t1 WHERE " \
			"t1.\"shelf_id\" = t0.\"id\""

static void
words_over_relationships(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Shelf",
	    { "{'books': {'any': {}}}", "((" BOOKS_OF " AND (true))))", "" },
	    { "{'books': {'any': {'pages': 5}}}",
	      "((" BOOKS_OF " AND (t1.\"pages\" = $1))))", "$1 5\n" },
	    { "{'not': {'books': {'any': {}}}}",
	      "(NOT ((" BOOKS_OF " AND (true)))))", "" },
	    { "{'books': {'contains': {'$get': 'a'}}}",
	      "((" BOOKS_OF " AND t1.\"isbn\" = $1)))", "$1 \"a\"\n" },
	    { "{'books': {}}", "((true))", "" });
	CONDITIONS("shelf", "Book",
	    { "{'shelf': {'has': {'room': 'a'}}}",
	      "((" SHELF_OF " AND (t1.\"room\" = $1))))", "$1 \"a\"\n" },
	    { "{'shelf': null}", "(NOT " SHELF_OF "))", "" },
	    { "{'shelf': {'==': null}}", "((NOT " SHELF_OF ")))", "" },
	    { "{'shelf': {'!=': null}}", "((" SHELF_OF ")))", "" },
	    { "{'shelf': {'==': {'$get': {'room': 'a', 'place': 2}}}}",
	      "((" SHELF_OF " AND t1.\"room\" = $1 AND t1.\"place\" = "
	      "$2)))", "$1 \"a\"\n$2 2\n" },
	    { "{'shelf': {'!=': {'$get': "
	      "'00000000-0000-4000-8000-000000000001'}}}",
	      "((NOT " SHELF_OF " AND t1.\"id\" = $1)))",
	      "$1 \"00000000-0000-4000-8000-000000000001\"\n" });
}

static void
words_nest_with_aliases_of_their_own(void **state)
{
	(void)state;
	CONDITIONS("shelf", "Book",
	    { "{'shelf': {'has': {'books': {'any': {'pages': 1}}, 'place': "
	      "2}}, 'pages': 3}",
	      "((" SHELF_OF " AND ((EXISTS (SELECT FROM \"books\" AS t2 "
	      "WHERE t2.\"shelf_id\" = t1.\"id\" AND (t2.\"pages\" = $1))) "
	      "AND t1.\"place\" = $2))) AND t0.\"pages\" = $3)",
	      "$1 1\n$2 2\n$3 3\n" });
	CONDITIONS("tree", "Node",
	    { "{'children': {'any': {}}, 'parent': null}",
	      "((EXISTS (SELECT FROM \"nodes\" AS t1 WHERE t1.\"parent_id\" = "
	      "t0.\"id\" AND (true))) AND NOT EXISTS (SELECT FROM \"nodes\" "
	      "AS t2 WHERE t2.\"id\" = t0.\"parent_id\"))", "" });
	CONDITIONS("orders", "Shipment",
	    { "{'line_item': {'==': {'$get': [1, 2]}}}",
	      "((EXISTS (SELECT FROM \"line_items\" AS t1 WHERE "
	      "t1.\"order_id\" = t0.\"order_id\" AND t1.\"line_no\" = "
	      "t0.\"line_no\" AND t1.\"order_id\" = $1 AND t1.\"line_no\" = "
	      "$2)))", "$1 1\n$2 2\n" });
	CONDITIONS("blog", "Post",
	    { "{'tags': {'any': {'name': 'a'}}}",
	      "((EXISTS (SELECT FROM \"tags\" AS t1, \"post_tags\" AS s1 "
	      "WHERE s1.\"post_id\" = t0.\"id\" AND s1.\"tag_id\" = "
	      "t1.\"id\" AND (t1.\"name\" = $1))))", "$1 \"a\"\n" });
}

#define SESSION_OF	"EXISTS (SELECT FROM \"meditation_sessions\" AS t1 " \
			"WHERE t1.\"user_id\" = t0.\"id\""
#define MEDITATION_OF	"EXISTS (SELECT FROM \"meditations\" AS t2 WHERE " \
			"t2.\"id\" = t1.\"meditation_id\""

static void
p6_over_a_list_proxy_to_objects(void **state)
{
	(void)state;
	CONDITIONS("seed", "User",
	    { "{'meditations': {'any': {'title': 'Calm'}}}",
	      "((" SESSION_OF " AND " MEDITATION_OF " AND (t2.\"title\" = "
	      "$1)))))", "$1 \"Calm\"\n" },
	    { "{'meditations': {'any': {}}}",
	      "((" SESSION_OF " AND " MEDITATION_OF " AND (true)))))", "" },
	    { "{'meditations': {'contains': {'$get': 3}}}",
	      "((" SESSION_OF " AND " MEDITATION_OF " AND t2.\"id\" = "
	      "$1))))", "$1 3\n" });
}

static void
p6_over_a_list_proxy_to_a_column(void **state)
{
	(void)state;
	CONDITIONS("keywords", "User",
	    { "{'notes': 'a'}",
	      "(EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND t1.\"note\" = $1))",
	      "$1 \"a\"\n" },
	    { "{'notes': {'any': {}}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\")))", "" },
	    { "{'notes': {'!=': 'a'}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND t1.\"note\" <> $1)))",
	      "$1 \"a\"\n" },
	    { "{'notes': {'ilike': 'a%'}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND t1.\"note\" ILIKE $1)))",
	      "$1 \"a%\"\n" },
	    { "{'notes': {'any': {'>': 'a', '!=': 'b'}}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND (t1.\"note\" > $1 AND "
	      "t1.\"note\" <> $2))))", "$1 \"a\"\n$2 \"b\"\n" },
	    { "{'notes': {'any': null}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND t1.\"note\" IS NULL)))", "" },
	    { "{'notes': {'contains': null}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND t1.\"note\" IS NULL)))", "" },
	    { "{'notes': null}",
	      "((NOT EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\") OR EXISTS (SELECT FROM "
	      "\"user_keywords\" AS t2 WHERE t2.\"user_id\" = t0.\"id\" AND "
	      "t2.\"note\" IS NULL)))", "" });
}

static void
p6_over_a_proxy_of_a_proxy(void **state)
{
	(void)state;
	CONDITIONS("keywords", "User",
	    { "{'words': {'==': 'a'}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND EXISTS (SELECT FROM "
	      "\"keywords\" AS t2 WHERE t2.\"id\" = t1.\"keyword_id\" AND "
	      "t2.\"word\" = $1))))", "$1 \"a\"\n" });
	CONDITIONS("keywords", "User",
	    { "{'words': {'any': {}}}",
	      "((EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\" AND EXISTS (SELECT FROM "
	      "\"keywords\" AS t2 WHERE t2.\"id\" = t1.\"keyword_id\"))))",
	      "" },
	    { "{'words': null}",
	      "((NOT EXISTS (SELECT FROM \"user_keywords\" AS t1 WHERE "
	      "t1.\"user_id\" = t0.\"id\") OR EXISTS (SELECT FROM "
	      "\"user_keywords\" AS t2 WHERE t2.\"user_id\" = t0.\"id\" AND "
	      "(NOT EXISTS (SELECT FROM \"keywords\" AS t3 WHERE t3.\"id\" "
	      "= t2.\"keyword_id\") OR EXISTS (SELECT FROM \"keywords\" AS "
	      "t4 WHERE t4.\"id\" = t2.\"keyword_id\" AND t4.\"word\" IS "
	      "NULL)))))", "" });
	CONDITIONS("chain", "Owner",
	    { "{'names': {'any': {}}}",
	      "((EXISTS (SELECT FROM \"links\" AS t1 WHERE t1.\"owner_id\" = "
	      "t0.\"id\" AND EXISTS (SELECT FROM \"middles\" AS t2 WHERE "
	      "t2.\"id\" = t1.\"middle_id\" AND EXISTS (SELECT FROM \"ends\" "
	      "AS t3 WHERE t3.\"id\" = t2.\"end_id\")))))", "" },
	    { "{'ends': {'contains': {'$get': 1}}}",
	      "((EXISTS (SELECT FROM \"links\" AS t1 WHERE t1.\"owner_id\" = "
	      "t0.\"id\" AND EXISTS (SELECT FROM \"middles\" AS t2 WHERE "
	      "t2.\"id\" = t1.\"middle_id\" AND EXISTS (SELECT FROM \"ends\" "
	      "AS t3 WHERE t3.\"id\" = t2.\"end_id\" AND t3.\"id\" = "
	      "$1)))))", "$1 1\n" },
	    { "{'ends': {'any': {'name': 'a'}}}",
	      "((EXISTS (SELECT FROM \"links\" AS t1 WHERE t1.\"owner_id\" = "
	      "t0.\"id\" AND EXISTS (SELECT FROM \"middles\" AS t2 WHERE "
	      "t2.\"id\" = t1.\"middle_id\" AND EXISTS (SELECT FROM \"ends\" "
	      "AS t3 WHERE t3.\"id\" = t2.\"end_id\" AND (t3.\"name\" = "
	      "$1))))))", "$1 \"a\"\n" });
}

#define MIDDLE_OF	"EXISTS (SELECT FROM \"middles\" AS t1 WHERE " \
			"t1.\"id\" = t0.\"middle_id\""
#define END_OF		"EXISTS (SELECT FROM \"ends\" AS t2 WHERE " \
			"t2.\"id\" = t1.\"end_id\""

static void
p6_over_a_scalar_proxy(void **state)
{
	(void)state;
	CONDITIONS("chain", "Link",
	    { "{'end': {'==': {'$get': 1}}}",
	      "((" MIDDLE_OF " AND " END_OF " AND t2.\"id\" = $1))))",
	      "$1 1\n" },
	    { "{'end': {'!=': {'$get': 1}}}",
	      "((" MIDDLE_OF " AND NOT " END_OF " AND t2.\"id\" = $1))))",
	      "$1 1\n" },
	    { "{'end': {'has': {'name': 'a'}}}",
	      "((" MIDDLE_OF " AND " END_OF " AND (t2.\"name\" = $1)))))",
	      "$1 \"a\"\n" },
	    { "{'end': {'==': null}}",
	      "((NOT " MIDDLE_OF " AND " END_OF "))))", "" },
	    { "{'end': null}", "(NOT " MIDDLE_OF " AND " END_OF ")))", "" },
	    { "{'end': {'!=': null}}",
	      "((" MIDDLE_OF " AND " END_OF "))))", "" });
	CONDITIONS("shelf", "Book",
	    { "{'room': 'a'}", "(" SHELF_OF " AND t1.\"room\" = $1))",
	      "$1 \"a\"\n" },
	    { "{'room': {'!=': 'a'}}",
	      "((" SHELF_OF " AND t1.\"room\" <> $1)))", "$1 \"a\"\n" },
	    { "{'room': {'has': {}}}", "((" SHELF_OF ")))", "" },
	    { "{'room': null}",
	      "((NOT " SHELF_OF ") OR EXISTS (SELECT FROM \"shelves\" AS t2 "
	      "WHERE t2.\"id\" = t0.\"shelf_id\" AND t2.\"room\" IS "
	      "NULL)))", "" });
}

static void
names_and_values_are_refused(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "Book", "5", ERROR_INVALID_VALUE, "/where",
	      "for example {\"isbn\": {\">\": \342\200\246}}" },
	    { "Book", "null", ERROR_INVALID_VALUE, "/where",
	      "for example {\"isbn\": {\">\": \342\200\246}}" },
	    { "Book", "[]", ERROR_INVALID_VALUE, "/where", "{\"and\": []}" },
	    { "Book", "{'titel': 'a'}", ERROR_UNKNOWN_FIELD, "/where/titel",
	      "title" },
	    { "Shelf", "{'secret': 'a'}", ERROR_UNKNOWN_FIELD,
	      "/where/secret", NULL },
	    { "Shelf", "{'pin': 'a'}", ERROR_UNKNOWN_FIELD, "/where/pin",
	      NULL },
	    { "Book", "{'shelf': {'has': {'pin': 'a'}}}",
	      ERROR_UNKNOWN_FIELD, "/where/shelf/has/pin", NULL },
	    { "Book", "{'pages': 'a'}", ERROR_INVALID_VALUE,
	      "/where/pages", NULL },
	    { "Book", "{'pages': [1]}", ERROR_INVALID_VALUE,
	      "/where/pages", "{\"pages\": {\"in\": […]}}" },
	    { "Book", "{'pages': {'>=': 'a'}}", ERROR_INVALID_VALUE,
	      "/where/pages/>=", NULL },
	    { "Book", "{'pages': {'=': 1}}", ERROR_INVALID_PARAMS,
	      "/where/pages/=", "==" },
	    { "Book", "{'title': {'startswith': 'a'}}", ERROR_INVALID_PARAMS,
	      "/where/title/startswith", "{\"like\": \"\342\200\246%\"}" },
	    { "Book", "{'pages': {'$gte': 1}}", ERROR_INVALID_PARAMS,
	      "/where/pages/$gte", "{\">=\": " },
	    { "Book", "{'OR': []}", ERROR_UNKNOWN_FIELD, "/where/OR",
	      "did you mean or?" },
	    { "Book", "{'shelf.books.title': 'a'}", ERROR_UNKNOWN_FIELD,
	      "/where/shelf.books.title", "{\"shelf\": {\"has\": {\"books\": "
	      "{\"any\": {\"title\": \342\200\246}}}}}" },
	    { "Book", "{'pages': {'regex': 1}}", ERROR_INVALID_PARAMS,
	      "/where/pages/regex",
	      "one of ==, !=, <, <=, >, >=, in, not, like," },
	    { "Book", "{'pages': {'<': null}}", ERROR_INVALID_VALUE,
	      "/where/pages/<", NULL },
	    { "Book", "{'title': {'like': null}}", ERROR_INVALID_VALUE,
	      "/where/title/like", NULL },
	    { "Book", "{'title': {'like': 5}}", ERROR_INVALID_VALUE,
	      "/where/title/like", NULL },
	    { "Book", "{'pages': {'like': 'a'}}", ERROR_INVALID_PARAMS,
	      "/where/pages/like",
	      "{\">=\": \342\200\246, \"<\": \342\200\246} asks for a range" },
	    { "Book", "{'pages': {'in': 1}}", ERROR_INVALID_VALUE,
	      "/where/pages/in", "[1]" },
	    { "Book", "{'pages': {'in': null}}", ERROR_INVALID_VALUE,
	      "/where/pages/in", "[\342\200\246]" },
	    { "Book", "{'pages': {'in': [1, 'a']}}", ERROR_INVALID_VALUE,
	      "/where/pages/in/1", NULL },
	    { "Book", "{'or': {}}", ERROR_INVALID_VALUE, "/where/or", "[{}]" },
	    { "Book", "{'and': null}", ERROR_INVALID_VALUE, "/where/and",
	      "[\342\200\246]" },
	    { "Book", "{'or': [{}, 5]}", ERROR_INVALID_VALUE, "/where/or/1",
	      "for example {\"isbn\": {\">\": \342\200\246}}" },
	    { "Book", "{'not': []}", ERROR_INVALID_VALUE, "/where/not",
	      "{\"and\": []}" });
}

static void
words_are_refused(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "Shelf", "{'books': 5}", ERROR_INVALID_VALUE, "/where/books",
	      "{\"contains\": {\"$get\": 5}}" },
	    { "Book", "{'shelf': 5}", ERROR_INVALID_VALUE, "/where/shelf",
	      "{\"==\": {\"$get\": 5}}" },
	    { "Shelf", "{'books': null}", ERROR_INVALID_VALUE, "/where/books",
	      "{\"not\": {\"books\": {\"any\": {}}}} asks for none" },
	    { "Shelf", "{'books': {'has': {}}}", ERROR_INVALID_PARAMS,
	      "/where/books/has", "{\"books\": {\"any\": {\342\200\246}}}" },
	    { "Shelf", "{'books': {'==': {'$get': 'a'}}}",
	      ERROR_INVALID_PARAMS, "/where/books/==",
	      "{\"books\": {\"contains\": {\"$get\": \342\200\246}}}" },
	    { "Shelf", "{'books': {'any': null}}", ERROR_INVALID_VALUE,
	      "/where/books/any",
	      "for example {\"isbn\": {\">\": \342\200\246}}" },
	    { "Shelf", "{'books': {'contains': null}}",
	      ERROR_INVALID_PARAMS, "/where/books/contains",
	      "{\"books\": {\"contains\": {\"$get\": \342\200\246}}}" },
	    { "Shelf", "{'books': {'contains': 'a'}}", ERROR_INVALID_VALUE,
	      "/where/books/contains", "$get" },
	    { "Shelf", "{'books': {'contains': {'isbn': 'a'}}}",
	      ERROR_INVALID_VALUE, "/where/books/contains", "$get" },
	    { "Shelf", "{'books': {'contains': {'$ref': 'a'}}}",
	      ERROR_INVALID_VALUE, "/where/books/contains", "$get" },
	    { "Shelf", "{'books': {'contains': {'$get': 'a', '$through': "
	      "{}}}}", ERROR_UNKNOWN_FIELD,
	      "/where/books/contains/$through", NULL },
	    { "Book", "{'shelf': {'any': {}}}", ERROR_INVALID_PARAMS,
	      "/where/shelf/any", "{\"shelf\": {\"has\": {\342\200\246}}}" });
	REFUSED("seed",
	    { "User", "{'meditations': null}", ERROR_INVALID_VALUE,
	      "/where/meditations", "any" },
	    { "User", "{'meditations': {'has': {}}}", ERROR_INVALID_PARAMS,
	      "/where/meditations/has",
	      "{\"meditations\": {\"any\": {\342\200\246}}}" },
	    { "User", "{'meditations': {'==': {'$get': 1}}}",
	      ERROR_INVALID_PARAMS, "/where/meditations/==",
	      "{\"meditations\": {\"contains\": {\"$get\": \342\200\246}}}" },
	    { "User", "{'meditations': {'contains': null}}",
	      ERROR_INVALID_PARAMS, "/where/meditations/contains",
	      "{\"meditations\": {\"contains\": {\"$get\": \342\200\246}}}" },
	    { "User", "{'meditations': {'any': 5}}", ERROR_INVALID_VALUE,
	      "/where/meditations/any",
	      "for example {\"id\": {\">\": \342\200\246}}" });
	REFUSED("keywords",
	    { "User", "{'notes': {'any': {'note': 'a'}}}",
	      ERROR_INVALID_PARAMS, "/where/notes/any/note", "not" },
	    { "User", "{'notes': {'any': 5}}", ERROR_INVALID_VALUE,
	      "/where/notes/any", NULL },
	    { "User", "{'notes': {'has': {}}}", ERROR_INVALID_PARAMS,
	      "/where/notes/has", NULL },
	    { "User", "{'notes': 5}", ERROR_INVALID_VALUE, "/where/notes",
	      NULL });
	REFUSED("chain",
	    { "Link", "{'end': {'has': null}}", ERROR_INVALID_VALUE,
	      "/where/end/has",
	      "for example {\"id\": {\">\": \342\200\246}}" },
	    /* An attribute, though it looks like "any". */
	    { "Owner", "{'links': {'end': 5}}", ERROR_INVALID_PARAMS,
	      "/where/links/end",
	      "{\"links\": {\"any\": {\342\200\246}}}" },
	    { "Link", "{'end': {'any': {}}}", ERROR_INVALID_PARAMS,
	      "/where/end/any", "{\"end\": {\"has\": {\342\200\246}}}" });
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(operators_of_columns),
		cmocka_unit_test(in_is_one_parameter),
		cmocka_unit_test(and_or_not_nest),
		cmocka_unit_test(words_over_relationships),
		cmocka_unit_test(words_nest_with_aliases_of_their_own),
		cmocka_unit_test(p6_over_a_list_proxy_to_objects),
		cmocka_unit_test(p6_over_a_list_proxy_to_a_column),
		cmocka_unit_test(p6_over_a_proxy_of_a_proxy),
		cmocka_unit_test(p6_over_a_scalar_proxy),
		cmocka_unit_test(names_and_values_are_refused),
		cmocka_unit_test(words_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
