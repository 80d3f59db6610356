/*
 * `aggregate': the transcripts hold the statements and replies; here is what is
 * refused, with its path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregate.h"
#include "plan_talk.h"

struct refusal {
	const char	*params;	/* behind "'model': …" */
	enum error_kind	 kind;
	const char	*path, *hint;
};

static void
refused(const char *file, const char *model, const struct refusal *rows,
    size_t n)
{
	struct plan_kit	 k;
	const char	*params;
	size_t		 i, wrong = 0;

	plan_open_named(&k, file);
	for (i = 0; i < n; i++) {
		params = arena_printf(&k.keep, "{'model': '%s', %s}", model,
		    rows[i].params);
		if (!plan_refused(&k, "aggregate", params, rows[i].kind,
		    rows[i].path, rows[i].hint))
			wrong++;
	}
	plan_close(&k);
	assert_int_equal(wrong, 0);
}

#define REFUSED(file, model, ...) do {					\
	static const struct refusal rows_[] = { __VA_ARGS__ };		\
	refused((file), (model), rows_,					\
	    sizeof(rows_) / sizeof(rows_[0]));				\
} while (0)

static void
names_that_are_none(void **state)
{
	(void)state;
	REFUSED("seed", "MeditationSession",
	    { "'group_by': ['ratng']", ERROR_UNKNOWN_FIELD, "/group_by/0",
	      "did you mean rating?" },
	    { "'group_by': ['user.usrname']", ERROR_UNKNOWN_FIELD,
	      "/group_by/0", "did you mean username?" },
	    { "'group_by': ['']", ERROR_UNKNOWN_FIELD, "/group_by/0", NULL },
	    { "'group_by': ['user.']", ERROR_UNKNOWN_FIELD, "/group_by/0",
	      NULL },
	    { "'functions': {'a': {'avg': 'ratng'}}", ERROR_UNKNOWN_FIELD,
	      "/functions/a/avg", "did you mean rating?" },
	    { "'functions': {'a': {'agv': 'rating'}}", ERROR_INVALID_VALUE,
	      "/functions/a/agv", "did you mean avg?" },
	    { "'functions': {'a': 'deviation'}", ERROR_INVALID_VALUE,
	      "/functions/a", "count, count_distinct, sum, avg, min and max" },
	    { "'order_by': ['cuont']", ERROR_UNKNOWN_FIELD, "/order_by/0",
	      "did you mean count?" },
	    { "'order_by': ['-rating']", ERROR_UNKNOWN_FIELD, "/order_by/0",
	      NULL },
	    { "'having': {'cuont': 1}", ERROR_UNKNOWN_FIELD, "/having/cuont",
	      "did you mean count?" },
	    { "'wher': {}", ERROR_UNKNOWN_FIELD, "/wher",
	      "did you mean where?" });
}

static void
ways_that_lead_elsewhere(void **state)
{
	(void)state;
	REFUSED("seed", "User",
	    { "'group_by': ['meditation_sessions.rating']",
	      ERROR_INVALID_VALUE, "/group_by/0",
	      "functions can look at what is several" },
	    { "'group_by': ['meditations.title']", ERROR_INVALID_VALUE,
	      "/group_by/0", "functions can look at what is several" },
	    { "'group_by': ['username.x']", ERROR_INVALID_VALUE,
	      "/group_by/0", NULL },
	    { "'functions': {'a': {'max': 'meditation_sessions'}}",
	      ERROR_INVALID_VALUE, "/functions/a/max",
	      "name one of its columns: meditation_sessions.id" });
	REFUSED("seed", "MeditationSession",
	    { "'group_by': ['user']", ERROR_INVALID_VALUE, "/group_by/0",
	      "name one of its columns: user.id" });
	REFUSED("profile", "User",
	    { "'group_by': ['bio']", ERROR_INVALID_VALUE, "/group_by/0",
	      "functions can look at what is several" });
}

static void
types_that_do_not_fit(void **state)
{
	(void)state;
	REFUSED("seed", "User",
	    { "'functions': {'a': {'sum': 'username'}}", ERROR_INVALID_VALUE,
	      "/functions/a/sum", NULL });
	REFUSED("types", "Thing",
	    { "'functions': {'a': {'max': 'b'}}", ERROR_INVALID_VALUE,
	      "/functions/a/max", NULL },
	    { "'functions': {'a': {'min': 'u'}}", ERROR_INVALID_VALUE,
	      "/functions/a/min", NULL },
	    { "'functions': {'a': {'max': 'arr'}}", ERROR_INVALID_VALUE,
	      "/functions/a/max", NULL },
	    { "'functions': {'a': {'avg': 'd'}}", ERROR_INVALID_VALUE,
	      "/functions/a/avg", NULL },
	    { "'functions': {'n': 'count'}, 'having': {'n': 'x'}",
	      ERROR_INVALID_VALUE, "/having/n", NULL });
	REFUSED("notes", "Note",
	    { "'group_by': ['raw']", ERROR_INVALID_VALUE, "/group_by/0",
	      NULL },
	    { "'group_by': ['secret']", ERROR_UNKNOWN_FIELD, "/group_by/0",
	      NULL },
	    { "'functions': {'a': {'count_distinct': 'raw'}}",
	      ERROR_INVALID_VALUE, "/functions/a/count_distinct", NULL });
	REFUSED("shelf", "Shelf",
	    { "'functions': {'a': {'max': 'secret'}}", ERROR_UNKNOWN_FIELD,
	      "/functions/a/max", NULL },
	    { "'functions': {'a': {'max': 'pin'}}", ERROR_UNKNOWN_FIELD,
	      "/functions/a/max", NULL });
}

static void
forms_that_are_others(void **state)
{
	(void)state;
	REFUSED("seed", "MeditationSession",
	    { "'group_by': 'rating'", ERROR_INVALID_VALUE, "/group_by",
	      "[\"rating\"]" },
	    { "'group_by': [1]", ERROR_INVALID_VALUE, "/group_by/0", NULL },
	    { "'group_by': ['rating', 'rating']", ERROR_INVALID_VALUE,
	      "/group_by/1", NULL },
	    { "'functions': []", ERROR_INVALID_VALUE, "/functions", NULL },
	    { "'functions': {}", ERROR_INVALID_PARAMS, "", NULL },
	    { "'functions': {'a': 'avg'}", ERROR_INVALID_VALUE,
	      "/functions/a", "{\"a\": {\"avg\": \"…\"}}" },
	    { "'functions': {'a': null}", ERROR_INVALID_VALUE,
	      "/functions/a", "{\"a\": {\"avg\": \"…\"}}" },
	    { "'functions': {'a': {}}", ERROR_INVALID_VALUE,
	      "/functions/a", "{\"a\": {\"avg\": \"…\"}}" },
	    { "'functions': {'a': {'sum': 'rating', 'avg': 'rating'}}",
	      ERROR_INVALID_VALUE, "/functions/a",
	      "{\"a\": {\"avg\": \"…\"}}" },
	    { "'functions': {'a': {'sum': 3}}", ERROR_INVALID_VALUE,
	      "/functions/a/sum", NULL },
	    { "'functions': {'-a': 'count'}", ERROR_INVALID_VALUE,
	      "/functions/-a", NULL },
	    { "'functions': {'': 'count'}", ERROR_INVALID_VALUE,
	      "/functions/", NULL },
	    { "'group_by': ['rating'], 'functions': {'rating': 'count'}",
	      ERROR_INVALID_VALUE, "/functions/rating", NULL },
	    { "'order_by': [1]", ERROR_INVALID_VALUE, "/order_by/0", NULL },
	    { "'having': []", ERROR_INVALID_VALUE, "/having",
	      "{\"and\": " },
	    { "'limit': 0", ERROR_INVALID_VALUE, "/limit", NULL },
	    { "'limit': 1001", ERROR_INVALID_VALUE, "/limit", NULL });
}

/* "a.a.a…": as long as a name may be, and longer. */
static const char *
way_of(struct plan_kit *k, int steps)
{
	struct buf	b;

	buf_init(&b, 0);
	buf_puts(&b, "{'model': 'Node', 'group_by': ['");
	while (steps-- > 0)
		buf_puts(&b, "parent.");
	buf_puts(&b, "name']}");
	return plan_text(k, &b);
}

static void
more_than_is_looked_at(void **state)
{
	struct plan_kit	k;
	struct buf	b;
	int		i;

	(void)state;
	plan_open_named(&k, "tree");
	plan_call(&k, "aggregate", way_of(&k, AGGREGATE_STEPS));
	assert_true(plan_refused(&k, "aggregate", way_of(&k,
	    AGGREGATE_STEPS + 1), ERROR_LIMIT, "/group_by/0", NULL));
	buf_init(&b, 0);
	buf_puts(&b, "{'model': 'Node', 'functions': {");
	for (i = 0; i <= AGGREGATE_FUNCTIONS; i++)
		buf_printf(&b, "%s'n%d': 'count'", i > 0 ? "," : "", i);
	buf_puts(&b, "}}");
	assert_true(plan_refused(&k, "aggregate", plan_text(&k, &b),
	    ERROR_LIMIT, "/functions", NULL));
	buf_init(&b, 0);
	buf_puts(&b, "{'model': 'Node', 'group_by': [");
	for (i = 0; i <= AGGREGATE_GROUPS; i++)
		buf_printf(&b, "%s'id'", i > 0 ? "," : "");
	buf_puts(&b, "]}");
	assert_true(plan_refused(&k, "aggregate", plan_text(&k, &b),
	    ERROR_LIMIT, "/group_by", NULL));
	plan_close(&k);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/aggregate.talk",
					    NULL };
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(ways_that_lead_elsewhere),
		cmocka_unit_test(types_that_do_not_fit),
		cmocka_unit_test(forms_that_are_others),
		cmocka_unit_test(more_than_is_looked_at),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
