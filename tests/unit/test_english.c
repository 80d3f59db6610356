/*
 * English number: what tables are called, one by one and both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "english.h"

/* Each in one number and the other. */
static const char *const	both[][2] = {
	{ "user", "users" }, { "meditation", "meditations" },
	{ "meditation_session", "meditation_sessions" },
	{ "address", "addresses" }, { "class", "classes" },
	{ "process", "processes" }, { "business", "businesses" },
	{ "box", "boxes" }, { "tax", "taxes" }, { "branch", "branches" },
	{ "match", "matches" }, { "dish", "dishes" }, { "fax", "faxes" },
	{ "category", "categories" }, { "country", "countries" },
	{ "city", "cities" }, { "company", "companies" },
	{ "inventory", "inventories" }, { "history", "histories" },
	{ "day", "days" }, { "key", "keys" }, { "survey", "surveys" },
	{ "tie", "ties" }, { "movie", "movies" }, { "cookie", "cookies" },
	{ "person", "people" }, { "salesperson", "salespeople" },
	{ "child", "children" }, { "grandchild", "grandchildren" },
	{ "woman", "women" }, { "foot", "feet" }, { "mouse", "mice" },
	{ "leaf", "leaves" }, { "shelf", "shelves" }, { "life", "lives" },
	{ "archive", "archives" }, { "drive", "drives" },
	{ "hero", "heroes" }, { "photo", "photos" }, { "video", "videos" },
	{ "shoe", "shoes" }, { "status", "statuses" }, { "bus", "buses" },
	{ "virus", "viruses" }, { "menu", "menus" }, { "alias", "aliases" },
	{ "house", "houses" }, { "warehouse", "warehouses" },
	{ "cause", "causes" }, { "course", "courses" },
	{ "purchase", "purchases" }, { "case", "cases" },
	{ "database", "databases" }, { "release", "releases" },
	{ "response", "responses" }, { "expense", "expenses" },
	{ "license", "licenses" }, { "franchise", "franchises" },
	{ "price", "prices" }, { "size", "sizes" }, { "cache", "caches" },
	{ "quiz", "quizzes" }, { "index", "indices" },
	{ "matrix", "matrices" }, { "vertex", "vertices" },
	{ "analysis", "analyses" }, { "crisis", "crises" },
	{ "criterion", "criteria" }, { "schema", "schemas" },
	{ "area", "areas" }, { "quota", "quotas" }, { "api", "apis" },
	{ "lens", "lenses" }, { "alumnus", "alumni" },
	{ "film_actor", "film_actors" }, { "OrderDetail", "OrderDetails" },
	{ "Person", "People" }, { "CATEGORY", "CATEGORIES" },
	{ "USER", "USERS" }, { "Order Detail", "Order Details" },
	{ "employee", "employees" }, { "fee", "fees" },
	{ "toy", "toys" }, { "reply", "replies" }, { "topic", "topics" },
	{ "metric", "metrics" }, { "human", "humans" },
	{ "salesman", "salesmen" }
};

/* Written in the same way in both. */
static const char *const	same[] = { "news", "series", "species",
	"equipment", "staff", "metadata", "sheep", "analytics", "sms" };

static void
both_numbers_lead_to_each_other(void **state)
{
	struct arena	a;
	size_t		i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		assert_string_equal(english_plural(&a, both[i][0]),
		    both[i][1]);
		assert_string_equal(english_singular(&a, both[i][1]),
		    both[i][0]);
	}
	arena_release(&a);
}

static void
what_has_the_number_stays(void **state)
{
	struct arena	a;
	size_t		i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		assert_string_equal(english_singular(&a, both[i][0]),
		    both[i][0]);
		assert_string_equal(english_plural(&a, both[i][1]),
		    both[i][1]);
	}
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_string_equal(english_singular(&a, same[i]), same[i]);
		assert_string_equal(english_plural(&a, same[i]), same[i]);
	}
	arena_release(&a);
}

/* Nothing here may end in a fault; what comes out is only stable. */
static void
what_is_no_word_comes_through(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(english_singular(&a, ""), "");
	assert_string_equal(english_singular(&a, "s"), "s");
	assert_string_equal(english_singular(&a, "t1"), "t1");
	assert_string_equal(english_plural(&a, "t1"), "t1");
	assert_string_equal(english_singular(&a, "users_2"), "users_2");
	assert_string_equal(english_singular(&a, "Größen"), "Größen");
	assert_string_equal(english_plural(&a, "Größe"), "Größes");
	assert_string_equal(english_plural(&a,
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"),
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl");
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(both_numbers_lead_to_each_other),
		cmocka_unit_test(what_has_the_number_stays),
		cmocka_unit_test(what_is_no_word_comes_through),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
