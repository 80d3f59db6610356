/*
 * `load': what is asked of nested collections.  The transcripts hold the
 * statements and replies; here is what is refused, with its path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nested.h"
#include "plan_talk.h"

struct refusal {
	const char	*load;
	enum error_kind	 kind;
	const char	*path, *hint;
};

static void
refused(const char *model, const struct refusal *rows, size_t n)
{
	struct plan_kit	 k;
	const char	*params;
	size_t		 i, wrong = 0;

	plan_open_named(&k, "seed");
	for (i = 0; i < n; i++) {
		params = arena_printf(&k.keep,
		    "{'model': '%s', 'id': 1, 'load': %s}", model,
		    rows[i].load);
		if (!plan_refused(&k, "get", params, rows[i].kind,
		    rows[i].path, rows[i].hint))
			wrong++;
	}
	plan_close(&k);
	assert_int_equal(wrong, 0);
}

#define REFUSED(model, ...) do {					\
	static const struct refusal rows_[] = { __VA_ARGS__ };		\
	refused((model), rows_, sizeof(rows_) / sizeof(rows_[0]));	\
} while (0)

static void
names_that_are_none(void **state)
{
	(void)state;
	REFUSED("User",
	    { "{'meditation_session': {}}", ERROR_UNKNOWN_FIELD,
	      "/load/meditation_session", "did you mean meditation_sessions?" },
	    { "{'meditation_sessions': {'load': {'usr': {}}}}",
	      ERROR_UNKNOWN_FIELD, "/load/meditation_sessions/load/usr",
	      "did you mean user?" },
	    { "{'meditation_sessions': {'lmit': 3}}", ERROR_UNKNOWN_FIELD,
	      "/load/meditation_sessions/lmit", "did you mean limit?" },
	    { "{'meditation_sessions': {'where': {'rting': 1}}}",
	      ERROR_UNKNOWN_FIELD, "/load/meditation_sessions/where/rting",
	      "did you mean rating?" },
	    { "{'meditation_sessions': {'order_by': ['rating', '-rting']}}",
	      ERROR_UNKNOWN_FIELD, "/load/meditation_sessions/order_by/1",
	      "did you mean rating?" });
}

static void
what_is_no_collection(void **state)
{
	(void)state;
	REFUSED("MeditationSession",
	    { "{'rating': {}}", ERROR_INVALID_VALUE, "/load/rating",
	      "load is for relationships and association proxies" },
	    { "{'user': {'limit': 1}}", ERROR_INVALID_VALUE,
	      "/load/user/limit", NULL },
	    { "{'user': {'where': {}}}", ERROR_INVALID_VALUE,
	      "/load/user/where", NULL },
	    { "{'user': {'order_by': []}}", ERROR_INVALID_VALUE,
	      "/load/user/order_by", NULL });
}

static void
what_is_not_printed(void **state)
{
	static const char	hint[] =
	    "rules or only have to name it, or not to leave it out";

	(void)state;
	REFUSED("User",
	    { "{'meditations': {'limit': 1}}", ERROR_INVALID_VALUE,
	      "/load/meditations", hint },
	    { "{'meditation_sessions': {'load': {'user': {}}}}",
	      ERROR_INVALID_VALUE, "/load/meditation_sessions/load/user",
	      hint });
}

static void
values_of_other_kinds(void **state)
{
	(void)state;
	REFUSED("User",
	    { "[]", ERROR_INVALID_VALUE, "/load", "{\"limit\": 10}" },
	    { "{'meditation_sessions': null}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions", NULL },
	    { "{'meditation_sessions': 3}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions", NULL },
	    { "{'meditation_sessions': {'limit': 0}}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions/limit", NULL },
	    { "{'meditation_sessions': {'limit': '3'}}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions/limit", "without the quotes" },
	    { "{'meditation_sessions': {'limit': 99999999999}}",
	      ERROR_INVALID_VALUE, "/load/meditation_sessions/limit", NULL },
	    { "{'meditation_sessions': {'where': null}}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions/where", "for example {\"id\"" },
	    { "{'meditation_sessions': {'where': {'rating': 'x'}}}",
	      ERROR_INVALID_VALUE, "/load/meditation_sessions/where/rating",
	      NULL },
	    { "{'meditation_sessions': {'load': []}}", ERROR_INVALID_VALUE,
	      "/load/meditation_sessions/load", NULL });
}

/* A proxy's values are no objects that could have collections. */
static void
values_have_nothing_nested(void **state)
{
	struct plan_kit	k;

	(void)state;
	plan_open_named(&k, "keywords");
	assert_true(plan_refused(&k, "get", "{'model': 'User', 'id': 1, "
	    "'only': ['notes'], 'load': {'notes': {'load': {'user': {}}}}}",
	    ERROR_INVALID_VALUE, "/load/notes/load", NULL));
	plan_close(&k);
}

/* Two and, in each of them, two, and so on. */
static void
put_twos(struct buf *b, int levels)
{
	static const char *const	names[] = { "children", "parent" };
	int				i;

	buf_putc(b, '{');
	for (i = 0; levels > 0 && i < 2; i++) {
		buf_printf(b, "%s'%s': {'load': ", i > 0 ? ", " : "",
		    names[i]);
		put_twos(b, levels - 1);
		buf_putc(b, '}');
	}
	buf_putc(b, '}');
}

/* 63 below the first of the two, itself included; then come 64 and 65. */
static void
too_many_collections(void **state)
{
	struct plan_kit	k;
	struct buf	b;

	(void)state;
	plan_open_named(&k, "tree");
	buf_init(&b, 0);
	buf_puts(&b, "{'model': 'Node', 'id': 1, 'load': ");
	put_twos(&b, 6);
	buf_putc(&b, '}');
	assert_true(plan_refused(&k, "get", plan_text(&k, &b), ERROR_LIMIT,
	    "/load/parent/load/children", NULL));
	plan_close(&k);
}

/* Requests of equal shape are of one load, whatever their values. */
static void
equal_shapes_merge(void **state)
{
	struct plan_kit		 k;
	const struct call	*a, *b, *c;

	(void)state;
	plan_open_named(&k, "seed");
	a = plan_call(&k, "get", "{'model': 'User', 'id': 1, 'load': "
	    "{'meditation_sessions': {'where': {'rating': 1}, 'limit': 1}}}");
	b = plan_call(&k, "get", "{'model': 'User', 'id': 2, 'load': "
	    "{'meditation_sessions': {'where': {'rating': 2}, 'limit': 9}}}");
	c = plan_call(&k, "get", "{'model': 'User', 'id': 2, 'load': "
	    "{'meditation_sessions': {'where': {'rating': 2}}}}");
	assert_string_equal(a->shape, b->shape);
	assert_ptr_equal(a->ops.v[0]->load, b->ops.v[0]->load);
	assert_string_not_equal(a->shape, c->shape);
	plan_close(&k);
}

int
main(void)
{
	static const char *const	files[] = {
		"unit/plan/nested.talk", NULL
	};
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(what_is_no_collection),
		cmocka_unit_test(what_is_not_printed),
		cmocka_unit_test(values_of_other_kinds),
		cmocka_unit_test(values_have_nothing_nested),
		cmocka_unit_test(too_many_collections),
		cmocka_unit_test(equal_shapes_merge),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
