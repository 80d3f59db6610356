/*
 * Rules per row: what callers of each class see and write, each with rows of
 * their own though they share a statement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan_talk.h"

static bool
refused(const char *caller, const char *params, const char *hint)
{
	struct plan_kit	k;
	bool		r;

	plan_open_named(&k, "forum");
	k.caller = caller;
	r = plan_refused(&k, "update", params, ERROR_UNKNOWN_FIELD,
	    "/values/mall", hint);
	plan_close(&k);
	return r;
}

static void
a_hidden_name_is_no_hint(void **state)
{
	const char	*params = "{'model': 'User', 'id': 1, 'values': "
			    "{'mall': 'x'}}";

	(void)state;
	assert_true(refused("1", params, NULL));
	assert_true(refused("anyone", params, NULL));
	assert_true(refused("admin", params, "did you mean mail?"));
}

/* The shape of this caller's request. */
static const char *
shape_of(struct plan_kit *k, const char *caller, const char *method,
    const char *params)
{
	k->caller = caller;
	return plan_call(k, method, params)->shape;
}

static void
classes_do_not_merge(void **state)
{
	static const char *const	reads[] = { "get",
					    "{'model': 'User', 'id': 1}" };
	static const char *const	writes[] = { "create",
					    "{'model': 'User', 'values': {}}" };
	const char *const		*what;
	struct plan_kit			 k;
	int				 i;

	(void)state;
	plan_open_named(&k, "forum");
	for (i = 0; i < 2; i++) {
		what = i == 0 ? reads : writes;
		assert_string_equal(shape_of(&k, "1", what[0], what[1]),
		    shape_of(&k, "2", what[0], what[1]));
		assert_string_not_equal(shape_of(&k, "1", what[0], what[1]),
		    shape_of(&k, "admin", what[0], what[1]));
		assert_string_not_equal(shape_of(&k, "1", what[0], what[1]),
		    shape_of(&k, "anyone", what[0], what[1]));
		/* Nobody knows who it is: as few rights as there are. */
		assert_string_equal(shape_of(&k, "anyone", what[0], what[1]),
		    shape_of(&k, NULL, what[0], what[1]));
	}
	plan_close(&k);
}

/* Row-level security knows one caller at a time. */
static void
callers_do_not_merge_under_rls(void **state)
{
	static const char	 method[] = "find";
	static const char	 params[] = "{'model': 'Post'}";
	struct plan_kit		 k;

	(void)state;
	plan_open_named(&k, "forum");
	assert_string_equal(shape_of(&k, "1+rls", method, params),
	    shape_of(&k, "1+rls", method, params));
	assert_string_not_equal(shape_of(&k, "1+rls", method, params),
	    shape_of(&k, "2+rls", method, params));
	assert_string_not_equal(shape_of(&k, "1+rls", method, params),
	    shape_of(&k, "1", method, params));
	assert_string_equal(shape_of(&k, "admin+rls", method, params),
	    shape_of(&k, "admin+rls", method, params));
	plan_close(&k);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/access.talk",
					    "unit/plan/rls.talk", NULL };
	const struct CMUnitTest		tests[] = {
		cmocka_unit_test(a_hidden_name_is_no_hint),
		cmocka_unit_test(classes_do_not_merge),
		cmocka_unit_test(callers_do_not_merge_under_rls),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
