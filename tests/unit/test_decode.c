/*
 * What requests are refused for before anything runs: kind, place and hint of
 * each refusal; and what the others are decoded to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_kit.h"

struct refusal {
	const char	*method;
	const char	*params;
	enum error_kind	 kind;
	const char	*path;
	const char	*hint;		/* words of it; NULL: there is none */
};

static void
refused(const char *model, const struct refusal *r, size_t n)
{
	struct plan_kit	k;
	size_t		i, wrong = 0;

	plan_open_named(&k, model);
	for (i = 0; i < n; i++)
		wrong += !plan_refused(&k, r[i].method, r[i].params,
		    r[i].kind, r[i].path, r[i].hint);
	plan_close(&k);
	assert_int_equal(wrong, 0);
}

#define REFUSED(model, ...) do {					\
	static const struct refusal	 r_[] = { __VA_ARGS__ };	\
	refused((model), r_, sizeof(r_) / sizeof(r_[0]));		\
} while (0)

static void
methods_and_their_parameters(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "fetch", "{}", ERROR_METHOD_NOT_FOUND, "", NULL },
	    { "get", "null", ERROR_REQUIRED, "", NULL },
	    { "get", "{}", ERROR_REQUIRED, "", NULL },
	    { "get", "{'model': null, 'id': 1}", ERROR_REQUIRED, "", NULL },
	    { "get", "{'model': 5, 'id': 1}", ERROR_INVALID_VALUE, "/model",
	      NULL },
	    { "get", "{'model': 'Usr', 'id': 1}", ERROR_UNKNOWN_MODEL,
	      "/model", "User" },
	    { "get", "{'model': 'Quark', 'id': 1}", ERROR_UNKNOWN_MODEL,
	      "/model", NULL },
	    { "get", "{'model': 'User'}", ERROR_REQUIRED, "", NULL },
	    { "get", "{'model': 'User', 'id': 1, 'onlx': []}",
	      ERROR_UNKNOWN_FIELD, "/onlx", "only" },
	    { "get", "{'model': 'User', 'id': 1, 'values': {}}",
	      ERROR_UNKNOWN_FIELD, "/values", "rules" },
	    { "create", "{'model': 'User'}", ERROR_REQUIRED, "", NULL },
	    { "update", "{'model': 'User', 'values': {}}", ERROR_REQUIRED, "",
	      NULL },
	    { "update", "{'model': 'User', 'id': 1}", ERROR_REQUIRED, "",
	      NULL },
	    { "delete", "{'model': 'User'}", ERROR_REQUIRED, "", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'items': []}",
	      ERROR_REQUIRED, "", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations'}", ERROR_REQUIRED, "", NULL },
	    { "get", "{'model': 'User', 'id': 1, 'rules': 'x'}",
	      ERROR_INVALID_VALUE, "/rules", "[\"x\"]" },
	    { "get", "{'model': 'User', 'id': 1, 'only': {}}",
	      ERROR_INVALID_VALUE, "/only", "[{}]" },
	    { "get", "{'model': 'User', 'id': 1, 'only': ['nme']}",
	      ERROR_UNKNOWN_FIELD, "/only/0", NULL });
}

static void
keys(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "get", "{'model': 'User', 'id': null}", ERROR_INVALID_VALUE,
	      "/id", NULL },
	    { "get", "{'model': 'User', 'id': 'x'}", ERROR_INVALID_VALUE,
	      "/id", "{\"username\": \"x\"}" },
	    { "get", "{'model': 'User', 'id': 1.5}", ERROR_INVALID_VALUE,
	      "/id", NULL },
	    { "get", "{'model': 'User', 'id': 2147483648}",
	      ERROR_INVALID_VALUE, "/id", NULL },
	    { "get", "{'model': 'User', 'id': [1, 2]}", ERROR_INVALID_VALUE,
	      "/id", NULL },
	    { "get", "{'model': 'User', 'id': [null]}", ERROR_INVALID_VALUE,
	      "/id/0", NULL },
	    { "delete", "{'model': 'User', 'id': {'$get': null}}",
	      ERROR_INVALID_VALUE, "/id/$get", NULL });
	REFUSED("orders",
	    { "get", "{'model': 'LineItem', 'id': 1}", ERROR_INVALID_VALUE,
	      "/id", "[order_id, line_no]" },
	    { "get", "{'model': 'LineItem', 'id': [1]}", ERROR_INVALID_VALUE,
	      "/id", "[order_id, line_no]" },
	    { "get", "{'model': 'LineItem', 'id': [1, 'x']}",
	      ERROR_INVALID_VALUE, "/id/1", NULL },
	    { "get", "{'model': 'LineItem', 'id': {'order_id': 1}}",
	      ERROR_INVALID_VALUE, "/id", "give order_id and line_no" });
}

static void
parameters_of_other_interfaces(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "find", "{'model': 'User', 'username': 'a'}",
	      ERROR_UNKNOWN_FIELD, "/username",
	      "{\"where\": {\"username\": \342\200\246}}" },
	    { "get", "{'model': 'User', 'username': 'a'}",
	      ERROR_UNKNOWN_FIELD, "/username", "{\"id\": {\"username\"" },
	    { "create", "{'model': 'User', 'meditations': []}",
	      ERROR_UNKNOWN_FIELD, "/meditations",
	      "{\"values\": {\"meditations\"" },
	    /* A private name is none. */
	    { "create", "{'model': 'Meditation', '_pin': 1}",
	      ERROR_UNKNOWN_FIELD, "/_pin", NULL },
	    { "find", "{'model': 'User', 'filter': {}}", ERROR_UNKNOWN_FIELD,
	      "/filter", "did you mean where?" },
	    { "find", "{'model': 'User', 'offset': 5}", ERROR_UNKNOWN_FIELD,
	      "/offset", "\"after\" takes the \"next\"" },
	    { "count", "{'model': 'User', 'offset': 5}", ERROR_UNKNOWN_FIELD,
	      "/offset", NULL },
	    { "get", "{'model': 'User', 'pk': 5}", ERROR_UNKNOWN_FIELD, "/pk",
	      "did you mean id?" },
	    { "get", "{'pk': 5}", ERROR_UNKNOWN_FIELD, "/pk",
	      "did you mean id?" },
	    { "transaction", "{'ops': [{'model': 'User'}]}",
	      ERROR_UNKNOWN_FIELD, "/ops/0/model", "{\"method\": " },
	    { "preview", "{'model': 'User'}", ERROR_UNKNOWN_FIELD, "/model",
	      "{\"method\": " },
	    { "find", "{'model': 'User', 'order_by': ['username desc']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", "with - before it" },
	    { "remove", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'title': 'x'}]}", ERROR_NOT_FOUND,
	      "/items/0", "names an existing Meditation" });
}

static void
unique_columns(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "get", "{'model': 'Shelf', 'id': {}}", ERROR_INVALID_VALUE,
	      "/id", "give id, or room and place" },
	    { "get", "{'model': 'Shelf', 'id': {'room': 'a'}}",
	      ERROR_INVALID_VALUE, "/id", "give id, or room and place" },
	    { "get", "{'model': 'Shelf', 'id': {'room': 'a', 'place': 1, "
	      "'made': 'x'}}", ERROR_INVALID_VALUE, "/id",
	      "give id, or room and place" },
	    { "get", "{'model': 'Shelf', 'id': {'room': 'a', 'place': "
	      "null}}", ERROR_INVALID_VALUE, "/id/place", NULL },
	    { "get", "{'model': 'Shelf', 'id': {'room': 'a', 'place': "
	      "40000}}", ERROR_INVALID_VALUE, "/id/place", NULL },
	    { "get", "{'model': 'Shelf', 'id': {'rom': 'a', 'place': 1}}",
	      ERROR_UNKNOWN_FIELD, "/id/rom", "room" },
	    { "get", "{'model': 'Shelf', 'id': {'secret': 'a'}}",
	      ERROR_UNKNOWN_FIELD, "/id/secret", NULL },
	    { "get", "{'model': 'Shelf', 'id': {'books': []}}",
	      ERROR_UNKNOWN_FIELD, "/id/books", NULL },
	    { "create", "{'model': 'Book', 'values': {'shelf': {'$get': "
	      "{'room': 1, 'place': 1}}}}", ERROR_INVALID_VALUE,
	      "/values/shelf/$get/room", NULL });
}

static void
values_of_objects(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "create", "{'model': 'Shelf', 'values': 5}",
	      ERROR_INVALID_VALUE, "/values", NULL },
	    { "create", "{'model': 'Shelf', 'values': null}",
	      ERROR_INVALID_VALUE, "/values", NULL },
	    { "create", "{'model': 'Shelf', 'values': [{}, 5]}",
	      ERROR_INVALID_VALUE, "/values/1", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'$get': '00000000-"
	      "0000-4000-8000-000000000001'}}", ERROR_INVALID_VALUE,
	      "/values", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'$merge': {}}}",
	      ERROR_INVALID_VALUE, "/values", NULL },
	    { "update", "{'model': 'Book', 'id': '1', 'values': []}",
	      ERROR_INVALID_VALUE, "/values", NULL },
	    { "merge", "{'model': 'Book', 'values': [{}]}",
	      ERROR_INVALID_VALUE, "/values", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'rom': 'a'}}",
	      ERROR_UNKNOWN_FIELD, "/values/rom", "room" },
	    { "create", "{'model': 'Shelf', 'values': {'secret': 'a'}}",
	      ERROR_UNKNOWN_FIELD, "/values/secret", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'made': 'a'}}",
	      ERROR_INVALID_VALUE, "/values/made", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'id': 7}}",
	      ERROR_INVALID_VALUE, "/values/id",
	      "like 123e4567-e89b-12d3-a456-426614174000" },
	    { "create", "{'model': 'Shelf', 'values': {'room': 7}}",
	      ERROR_INVALID_VALUE, "/values/room", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'place': 'a'}}",
	      ERROR_INVALID_VALUE, "/values/place", NULL },
	    { "create", "{'model': 'Book', 'values': [{'title': 'a'}, "
	      "{'lent': 1}]}", ERROR_INVALID_VALUE, "/values/1/lent", NULL },
	    { "create", "{'model': 'Book', 'values': {'added': 'a'}}",
	      ERROR_INVALID_VALUE, "/values/added", "2024-01-31" },
	    { "create", "{'model': 'Shelf', 'values': {'books': {}}}",
	      ERROR_INVALID_VALUE, "/values/books", "[{}]" },
	    { "create", "{'model': 'Shelf', 'values': {'books': [null]}}",
	      ERROR_INVALID_VALUE, "/values/books/0", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'books': ['1']}}",
	      ERROR_INVALID_VALUE, "/values/books/0", "$get" },
	    { "create", "{'model': 'Book', 'values': {'shelf': [{}]}}",
	      ERROR_INVALID_VALUE, "/values/shelf",
	      "here stands one object, without brackets" },
	    { "create", "{'model': 'Shelf', 'values': {'books': [{'titel': "
	      "'a'}]}}", ERROR_UNKNOWN_FIELD, "/values/books/0/titel",
	      "title" },
	    { "create", "{'model': 'Shelf', 'values': {'books': [{'$get': "
	      "'1', 'title': 'a'}]}}", ERROR_UNKNOWN_FIELD,
	      "/values/books/0/title",
	      "an item of a proxy can have values in \"$thro" },
	    { "create", "{'model': 'Shelf', 'values': {'books': [{'$merge': "
	      "5}]}}", ERROR_INVALID_VALUE, "/values/books/0/$merge", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'~/': 'a'}}",
	      ERROR_UNKNOWN_FIELD, "/values/~0~1", NULL });
}

/* K: what does not cascade is refused; viewonly is not written. */
static void
relationships_that_do_not_take_it(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "create", "{'model': 'Shelf', 'values': {'strict': [{}]}}",
	      ERROR_INVALID_VALUE, "/values/strict/0", "$get" },
	    { "append", "{'model': 'Shelf', 'id': '00000000-0000-4000-8000-"
	      "000000000001', 'attribute': 'strict', 'items': [{}]}",
	      ERROR_INVALID_VALUE, "/items/0", "$get" },
	    { "merge", "{'model': 'Shelf', 'values': {'loose': [{}]}}",
	      ERROR_INVALID_VALUE, "/values/loose/0", "merge" },
	    { "create", "{'model': 'Shelf', 'values': {'loose': [{'$merge': "
	      "{}}]}}", ERROR_INVALID_VALUE, "/values/loose/0", "merge" },
	    { "create", "{'model': 'Shelf', 'values': {'old_books': []}}",
	      ERROR_INVALID_VALUE, "/values/old_books", NULL },
	    { "create", "{'model': 'Shelf', 'values': {'old_titles': []}}",
	      ERROR_INVALID_VALUE, "/values/old_titles", NULL },
	    { "set", "{'model': 'Shelf', 'id': '00000000-0000-4000-8000-"
	      "000000000001', 'attribute': 'old_books', 'items': []}",
	      ERROR_INVALID_VALUE, "/attribute", NULL },
	    { "append", "{'model': 'Shelf', 'id': '00000000-0000-4000-8000-"
	      "000000000001', 'attribute': 'old_titles', 'items': ['a']}",
	      ERROR_INVALID_VALUE, "/attribute", NULL });
}

static void
collections(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "append", "{'model': 'User', 'id': 1, 'attribute': 5, 'items': "
	      "[]}", ERROR_INVALID_VALUE, "/attribute", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditation', 'items': []}", ERROR_UNKNOWN_FIELD,
	      "/attribute", "meditations" },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': 'username', "
	      "'items': []}", ERROR_INVALID_VALUE, "/attribute", "update" },
	    { "set", "{'model': 'MeditationSession', 'id': 1, 'attribute': "
	      "'user', 'items': []}", ERROR_INVALID_VALUE, "/attribute",
	      "update" },
	    { "set", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditation_sessions', 'items': {}}", ERROR_INVALID_VALUE,
	      "/items", "[{}]" },
	    { "set", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditation_sessions', 'items': null}", ERROR_INVALID_VALUE,
	      "/items", "[\342\200\246]" },
	    { "set", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditation_sessions', 'items': [null]}", ERROR_INVALID_VALUE,
	      "/items/0", NULL },
	    { "set", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditation_sessions', 'items': [{'$get': 1, '$through': "
	      "{}}]}", ERROR_UNKNOWN_FIELD, "/items/0/$through", NULL });
}

static void
proxies(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': ['x']}", ERROR_INVALID_VALUE,
	      "/items/0", "$get" },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'$get': 1, '$through': 5}]}",
	      ERROR_INVALID_VALUE, "/items/0/$through", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'$get': 1, '$through': {'ratng': "
	      "5}}]}", ERROR_UNKNOWN_FIELD, "/items/0/$through/ratng",
	      "rating" },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'$get': 1, '$through': {'rating': "
	      "'5'}}]}", ERROR_INVALID_VALUE, "/items/0/$through/rating",
	      "without the quotes" },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'titel': 'x'}]}",
	      ERROR_UNKNOWN_FIELD, "/items/0/titel", "title" },
	    { "create", "{'model': 'User', 'values': {'meditations': "
	      "{}}}", ERROR_INVALID_VALUE, "/values/meditations", "[{}]" },
	    /* Only an item of a proxy has an association object to set. */
	    { "create", "{'model': 'User', 'values': {'$through': {}}}",
	      ERROR_UNKNOWN_FIELD, "/values/$through", NULL },
	    { "merge", "{'model': 'User', 'values': {'$through': {}}}",
	      ERROR_UNKNOWN_FIELD, "/values/$through", NULL },
	    { "get", "{'model': 'User', 'id': {'$get': 1, '$through': {}}}",
	      ERROR_UNKNOWN_FIELD, "/id/$through", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'$get': 1, '$through': {'$through': "
	      "{}}}]}", ERROR_UNKNOWN_FIELD, "/items/0/$through/$through",
	      NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': "
	      "'meditations', 'items': [{'$merge': {'$through': {}}}]}",
	      ERROR_UNKNOWN_FIELD, "/items/0/$merge/$through", NULL });
	REFUSED("keywords",
	    { "append", "{'model': 'User', 'id': 1, 'attribute': 'notes', "
	      "'items': [5]}", ERROR_INVALID_VALUE, "/items/0", NULL },
	    { "append", "{'model': 'User', 'id': 1, 'attribute': 'words', "
	      "'items': ['a', {}]}", ERROR_INVALID_VALUE, "/items/1", NULL });
	REFUSED("shelf",
	    { "update", "{'model': 'Book', 'id': '1', 'values': {'room': "
	      "5}}", ERROR_INVALID_VALUE, "/values/room", NULL });
}

static void
labels(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "create", "{'model': 'User', 'values': {'$as': 5}}",
	      ERROR_INVALID_VALUE, "/values/$as", NULL },
	    { "create", "{'model': 'User', 'values': [{'$as': 'a'}, {'$as': "
	      "'a'}]}", ERROR_INVALID_VALUE, "/values/1/$as", NULL },
	    { "create", "{'model': 'MeditationSession', 'values': {'user': "
	      "{'$ref': 'a'}}}", ERROR_NOT_FOUND, "/values/user/$ref",
	      "$as" },
	    { "create", "{'model': 'MeditationSession', 'values': {'user': "
	      "{'$ref': 5}}}", ERROR_INVALID_VALUE, "/values/user/$ref",
	      NULL },
	    { "create", "{'model': 'MeditationSession', 'values': {'$as': "
	      "'a', 'user': {'$ref': 'a'}}}", ERROR_INVALID_VALUE,
	      "/values/user/$ref", NULL },
	    { "get", "{'model': 'User', 'id': {'$ref': 'a'}}",
	      ERROR_NOT_FOUND, "/id/$ref", "$as" },
	    /* The object of an update has an id, and is not new. */
	    { "update", "{'model': 'User', 'id': 1, 'values': {'$as': 'a'}}",
	      ERROR_INVALID_VALUE, "/values/$as", "$get" });
}

static void
what_to_return(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "create", "{'model': 'User', 'values': {}, 'return': 'all'}",
	      ERROR_INVALID_VALUE, "/return", NULL },
	    { "create", "{'model': 'User', 'values': {}, 'return': 5}",
	      ERROR_INVALID_VALUE, "/return", NULL },
	    { "get", "{'model': 'User', 'id': 1, 'return': 'key'}",
	      ERROR_UNKNOWN_FIELD, "/return", NULL });
}

static void
versions(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "update", "{'model': 'User', 'id': 1, 'values': {}, 'version': "
	      "1}", ERROR_INVALID_PARAMS, "/version", NULL });
	REFUSED("docs",
	    { "update", "{'model': 'Doc', 'id': 1, 'values': {}, 'version': "
	      "'x'}", ERROR_INVALID_VALUE, "/version", NULL },
	    { "delete", "{'model': 'Doc', 'id': 1, 'version': 1.5}",
	      ERROR_INVALID_VALUE, "/version", NULL });
}

static void
pages(void **state)
{
	(void)state;
	REFUSED("shelf",
	    { "find", "{'model': 'Book', 'limit': 0}", ERROR_INVALID_VALUE,
	      "/limit", NULL },
	    { "find", "{'model': 'Book', 'limit': 1001}",
	      ERROR_INVALID_VALUE, "/limit",
	      "\"after\" leads on from page to page, \"stream\"" },
	    { "find", "{'model': 'Book', 'limit': 'x'}",
	      ERROR_INVALID_VALUE, "/limit", NULL },
	    { "find", "{'model': 'Book', 'stream': 1}", ERROR_INVALID_VALUE,
	      "/stream", NULL },
	    { "find", "{'model': 'Book', 'stream': true, 'count': true}",
	      ERROR_INVALID_PARAMS, "/count", "the method count" },
	    { "find", "{'model': 'Book', 'stream': true, 'before': 'x'}",
	      ERROR_INVALID_PARAMS, "/before", NULL },
	    { "transaction", "{'ops': [{'method': 'find', 'params': {"
	      "'model': 'Book', 'stream': true}}]}",
	      ERROR_INVALID_PARAMS, "/ops/0/params/stream", NULL },
	    { "find", "{'model': 'Book', 'stream': true, 'limit': 0}",
	      ERROR_INVALID_VALUE, "/limit", NULL },
	    { "find", "{'model': 'Book', 'count': 1}", ERROR_INVALID_VALUE,
	      "/count", NULL },
	    { "find", "{'model': 'Book', 'order_by': 'title'}",
	      ERROR_INVALID_VALUE, "/order_by", "[\"title\"]" },
	    { "find", "{'model': 'Book', 'order_by': [5]}",
	      ERROR_INVALID_VALUE, "/order_by/0", NULL },
	    { "find", "{'model': 'Book', 'order_by': ['title', '-pges']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/1", "pages" },
	    { "find", "{'model': 'Book', 'order_by': ['-']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL },
	    { "find", "{'model': 'Book', 'order_by': ['shelf']}",
	      ERROR_INVALID_VALUE, "/order_by/0", "shelf.id" },
	    { "find", "{'model': 'Shelf', 'order_by': ['secret']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL },
	    { "find", "{'model': 'Shelf', 'order_by': ['pin']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL },
	    { "find", "{'model': 'Book', 'after': '1'}",
	      ERROR_INVALID_VALUE, "/after", "same model" },
	    { "find", "{'model': 'Book', 'before': ''}",
	      ERROR_INVALID_VALUE, "/before", "same model" },
	    { "find", "{'model': 'Book', 'before': 5}",
	      ERROR_INVALID_VALUE, "/before", NULL },
	    { "find", "{'model': 'Book', 'after': 'a', 'before': 'b'}",
	      ERROR_INVALID_PARAMS, "/before", NULL },
	    { "count", "{'model': 'Book', 'limit': 1}", ERROR_UNKNOWN_FIELD,
	      "/limit", NULL });
}

static void
transactions(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "transaction", "{}", ERROR_REQUIRED, "", NULL },
	    { "transaction", "{'ops': {}}", ERROR_INVALID_VALUE,
	      "/ops", "[{}]" },
	    { "transaction", "{'ops': [], 'isolaton': 'serializable'}",
	      ERROR_UNKNOWN_FIELD, "/isolaton", "isolation" },
	    { "transaction", "{'ops': [], 'isolation': 'x'}",
	      ERROR_INVALID_VALUE, "/isolation", NULL },
	    { "transaction", "{'ops': [], 'isolation': 1}",
	      ERROR_INVALID_VALUE, "/isolation", NULL },
	    { "transaction", "{'ops': [5]}", ERROR_INVALID_VALUE, "/ops/0",
	      NULL },
	    { "transaction", "{'ops': [{}]}", ERROR_REQUIRED, "/ops/0",
	      NULL },
	    { "transaction", "{'ops': [{'method': 5}]}",
	      ERROR_INVALID_VALUE, "/ops/0/method", NULL },
	    { "transaction", "{'ops': [{'method': 'get'}]}",
	      ERROR_REQUIRED, "/ops/0", NULL },
	    { "transaction", "{'ops': [{'method': 'get', 'params': []}]}",
	      ERROR_INVALID_VALUE, "/ops/0/params", NULL },
	    { "transaction", "{'ops': [{'method': 'ping', 'params': {}}]}",
	      ERROR_INVALID_VALUE, "/ops/0/method", NULL },
	    { "transaction", "{'ops': [{'method': 'transaction', 'params': "
	      "{}}]}", ERROR_INVALID_VALUE, "/ops/0/method", NULL },
	    { "transaction", "{'ops': [{'method': 'get', 'parms': {}}]}",
	      ERROR_UNKNOWN_FIELD, "/ops/0/parms", "params" },
	    { "transaction", "{'ops': [{'method': 'count', 'params': "
	      "{'model': 'User'}}, {'method': 'get', 'params': {'model': "
	      "'User', 'id': 'x'}}]}", ERROR_INVALID_VALUE,
	      "/ops/1/params/id", "{\"username\": \"x\"}" });
}

static void
labels_of_operations(void **state)
{
	(void)state;
	REFUSED("seed",
	    { "transaction", "{'ops': [{'method': 'create', 'as': 5, "
	      "'params': {'model': 'User', 'values': {}}}]}",
	      ERROR_INVALID_VALUE, "/ops/0/as", NULL },
	    { "transaction", "{'ops': [{'method': 'create', 'as': 'a', "
	      "'params': {'model': 'User', 'values': [{}]}}]}",
	      ERROR_INVALID_VALUE, "/ops/0", NULL },
	    { "transaction", "{'ops': [{'method': 'count', 'as': 'a', "
	      "'params': {'model': 'User'}}]}", ERROR_INVALID_VALUE,
	      "/ops/0", NULL },
	    { "transaction", "{'ops': [{'method': 'update', 'as': 'a', "
	      "'params': {'model': 'User', 'id': 1, 'values': {}}}]}",
	      ERROR_INVALID_VALUE, "/ops/0", NULL },
	    { "transaction", "{'ops': [{'method': 'create', 'as': 'a', "
	      "'params': {'model': 'User', 'values': {}}}, {'method': "
	      "'merge', 'as': 'a', 'params': {'model': 'User', 'values': "
	      "{}}}]}", ERROR_INVALID_VALUE, "/ops/1", NULL },
	    { "transaction", "{'ops': [{'method': 'create', 'as': 'a', "
	      "'params': {'model': 'User', 'values': {'$as': 'a'}}}]}",
	      ERROR_INVALID_VALUE, "/ops/0", NULL });
}

static const struct op *
only_op(const struct call *call)
{
	assert_int_equal(call->ops.n, 1);
	return call->ops.v[0];
}

static void
equal_shapes_may_be_merged(void **state)
{
	static const struct {
		const char	*method, *params;
		bool		 same;	/* as the one before */
	} calls[] = {
		{ "get", "{'model': 'User', 'id': 1}", false },
		{ "get", "{'model': 'User', 'id': 2}", true },
		{ "get", "{'model': 'User', 'id': {'username': 'a'}}",
		    false },
		{ "get", "{'model': 'Meditation', 'id': 1}", false },
		{ "get", "{'model': 'Meditation', 'id': 1, 'only': ['id']}",
		    false },
		{ "create", "{'model': 'User', 'values': {}}", false },
		{ "create", "{'model': 'User', 'values': [{}], 'return': "
		    "'key'}", true },
		{ "update", "{'model': 'User', 'id': 1, 'values': {}}",
		    false },
		{ "append", "{'model': 'User', 'id': 1, 'attribute': "
		    "'meditations', 'items': []}", false },
		{ "append", "{'model': 'User', 'id': 1, 'attribute': "
		    "'meditation_sessions', 'items': []}", false },
		{ "find", "{'model': 'User'}", false },
		{ "find", "{'model': 'User', 'where': {'id': 1}}", true },
	};
	struct plan_kit	 k;
	const char	*before = "";
	size_t		 i;

	(void)state;
	plan_open_named(&k, "seed");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call	*c;

		c = plan_call(&k, calls[i].method, calls[i].params);
		assert_non_null(c->shape);
		assert_int_equal(strcmp(c->shape, before) == 0,
		    calls[i].same);
		before = c->shape;
		assert_int_equal(c->is_read, op_is_read(only_op(c)->kind));
		assert_false(c->is_transaction);
	}
	plan_close(&k);
}

static void
a_transaction_reads_when_all_its_operations_do(void **state)
{
	struct plan_kit		 k;
	const struct call	*c;

	(void)state;
	plan_open_named(&k, "seed");
	c = plan_call(&k, "transaction", "{'ops': [{'method': 'count', "
	    "'params': {'model': 'User'}}]}");
	assert_true(c->is_read);
	assert_true(c->is_transaction);
	c = plan_call(&k, "transaction", "{'ops': [{'method': 'count', "
	    "'params': {'model': 'User'}}, {'method': 'delete', 'params': "
	    "{'model': 'User', 'id': 1}}]}");
	assert_false(c->is_read);
	assert_int_equal(c->ops.n, 2);
	plan_close(&k);
}

static void
pages_have_limits_and_end_in_the_key(void **state)
{
	struct plan_kit		 k;
	const struct op		*op;

	(void)state;
	plan_open_named(&k, "seed");
	op = only_op(plan_call(&k, "find", "{'model': 'User', 'limit': "
	    "null}"));
	assert_int_equal(op->limit, PLAN_LIMIT_DEFAULT);
	assert_int_equal(op->order.n, 1);
	assert_string_equal(op->order.v[0].column->name, "id");
	op = only_op(plan_call(&k, "find", "{'model': 'User', 'limit': 1000, "
	    "'order_by': ['-id', 'username']}"));
	assert_int_equal(op->limit, PLAN_LIMIT_MOST);
	/* Behind the key nothing is left to order. */
	assert_int_equal(op->order.n, 1);
	assert_true(op->order.v[0].descending);
	plan_close(&k);
}

static void
orders_lead_through_references(void **state)
{
	struct plan_kit		 k;
	const struct op		*op;

	(void)state;
	plan_open_named(&k, "chain");
	/* A term said twice counts once, a way that others share as well. */
	op = only_op(plan_call(&k, "find", "{'model': 'Link', 'order_by': "
	    "['middle.end.name', '-middle.kind', 'end_name', 'note', "
	    "'-note']}"));
	assert_int_equal(op->order.n, 4);
	assert_int_equal(op->joins.n, 2);
	assert_string_equal(op->joins.v[1].relationship->name, "end");
	assert_int_equal(op->joins.v[1].from, 0);
	assert_int_equal(op->order.v[0].join, 1);
	assert_true(op->order.v[0].nullable);
	assert_int_equal(op->order.v[1].join, 0);
	assert_true(op->order.v[1].descending);
	assert_int_equal(op->order.v[2].join, -1);
	assert_false(op->order.v[3].nullable);
	plan_close(&k);
	REFUSED("chain",
	    { "find", "{'model': 'Owner', 'order_by': ['links.note']}",
	      ERROR_INVALID_VALUE, "/order_by/0",
	      "\"load\" orders what is in it" },
	    { "find", "{'model': 'Owner', 'order_by': ['codes']}",
	      ERROR_INVALID_VALUE, "/order_by/0",
	      "\"load\" orders what is in it" },
	    { "find", "{'model': 'Link', 'order_by': ['note', 'middle']}",
	      ERROR_INVALID_VALUE, "/order_by/1", "middle.id" },
	    { "find", "{'model': 'Link', 'order_by': ['middle.knd']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", "kind" },
	    { "find", "{'model': 'Link', 'order_by': ['midle.kind']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", "middle" },
	    { "find", "{'model': 'Link', 'order_by': ['note.kind']}",
	      ERROR_INVALID_VALUE, "/order_by/0", NULL },
	    { "find", "{'model': 'Link', 'order_by': ['middle.']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL });
	REFUSED("shelf",
	    { "find", "{'model': 'Book', 'order_by': ['shelf.pin']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL },
	    { "find", "{'model': 'Book', 'order_by': ['shelf.secret']}",
	      ERROR_UNKNOWN_FIELD, "/order_by/0", NULL });
	REFUSED("notes",
	    { "find", "{'model': 'Note', 'order_by': ['raw']}",
	      ERROR_INVALID_VALUE, "/order_by/0", NULL },
	    { "find", "{'model': 'Note', 'order_by': ['doc.a']}",
	      ERROR_INVALID_VALUE, "/order_by/0", NULL });
	REFUSED("tree",
	    { "find", "{'model': 'Node', 'order_by': ['parent.parent.parent."
	      "parent.parent.parent.parent.parent.parent.id']}", ERROR_LIMIT,
	      "/order_by/0", NULL },
	    { "find", "{'model': 'Node', 'order_by': ['id','id','id','id',"
	      "'id','id','id','id','id','id','id','id','id','id','id','id',"
	      "'id']}", ERROR_LIMIT, "/order_by", NULL });
}

static void
what_nobody_reads_is_not_compiled(void **state)
{
	struct plan_kit		 k;

	(void)state;
	plan_open_named(&k, "seed");
	assert_null(only_op(plan_call(&k, "create", "{'model': 'User', "
	    "'values': {}, 'return': 'none'}"))->load);
	assert_null(only_op(plan_call(&k, "create", "{'model': 'User', "
	    "'values': {}, 'return': 'key'}"))->load);
	assert_null(only_op(plan_call(&k, "delete", "{'model': 'User', "
	    "'id': 1}"))->load);
	assert_non_null(only_op(plan_call(&k, "create", "{'model': 'User', "
	    "'values': {}}"))->load);
	plan_close(&k);
}

static void
references_resolve_wherever_they_stand(void **state)
{
	struct plan_kit		 k;
	const struct op		*op;

	(void)state;
	plan_open_named(&k, "seed");
	op = only_op(plan_call(&k, "create", "{'model': 'User', 'values': "
	    "[{'meditation_sessions': [{'user': {'$ref': 'b'}}]}, {'$as': "
	    "'b'}]}"));
	op = plan_call(&k, "transaction", "{'ops': [{'method': 'update', "
	    "'params': {'model': 'User', 'id': {'$ref': 'u'}, 'values': "
	    "{}}}, {'method': 'create', 'as': 'u', 'params': {'model': "
	    "'User', 'values': {}}}]}")->ops.v[0];
	assert_int_equal(op->target->kind, SPEC_REF);
	assert_int_equal(op->target->labelled->kind, SPEC_NEW);
	assert_string_equal(op->target->labelled->label, "u");
	plan_close(&k);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(methods_and_their_parameters),
		cmocka_unit_test(keys),
		cmocka_unit_test(parameters_of_other_interfaces),
		cmocka_unit_test(unique_columns),
		cmocka_unit_test(values_of_objects),
		cmocka_unit_test(relationships_that_do_not_take_it),
		cmocka_unit_test(collections),
		cmocka_unit_test(proxies),
		cmocka_unit_test(labels),
		cmocka_unit_test(labels_of_operations),
		cmocka_unit_test(what_to_return),
		cmocka_unit_test(versions),
		cmocka_unit_test(pages),
		cmocka_unit_test(transactions),
		cmocka_unit_test(equal_shapes_may_be_merged),
		cmocka_unit_test(
		    a_transaction_reads_when_all_its_operations_do),
		cmocka_unit_test(pages_have_limits_and_end_in_the_key),
		cmocka_unit_test(orders_lead_through_references),
		cmocka_unit_test(what_nobody_reads_is_not_compiled),
		cmocka_unit_test(references_resolve_wherever_they_stand),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
