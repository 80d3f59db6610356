/*
 * Keys drawn ahead: first in, first out, each once, and only while they are
 * fresh and the table is the one that they were drawn for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan_kit.h"
#include "stock.h"

enum { ROOM = 1024, SECOND = 1000000 };

static struct plan_kit	kit;
static struct key_stock	stock;

static const struct table *
table_of(const char *model)
{
	return registry_model(kit.registry, model)->table;
}

static int
setup(void **state)
{
	(void)state;
	plan_open_named(&kit, "seed");
	key_stock_init(&stock);
	key_stock_age(&stock, 5 * (uint64_t)SECOND);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	key_stock_release(&stock);
	plan_close(&kit);
	return 0;
}

static void
put(const char *model, unsigned char n)
{
	const char	bytes[4] = { 0, 0, 0, (char)n };

	key_stock_put(&stock, table_of(model), &(struct cell){ bytes, 4 });
}

/* The last byte of a key; -1: there was none. */
static int
take(const char *model)
{
	struct cell	key;

	switch (key_stock_take(&stock, table_of(model), &kit.arena, &key)) {
	case 1:
		assert_int_equal(key.n, 4);
		return (unsigned char)key.p[3];
	case 0:
		return -1;
	}
	fail();
	return -1;
}

static void
keys_come_out_as_they_went_in(void **state)
{
	int	i, k;

	(void)state;
	assert_int_equal(take("User"), -1);
	for (i = 0; i < 3; i++) {	/* around the end of the shelf */
		for (k = 0; k < ROOM - 100; k++)
			put("User", (unsigned char)k);
		put("Meditation", 7);
		for (k = 0; k < ROOM - 100; k++)
			assert_int_equal(take("User"), k % 256);
		assert_int_equal(take("User"), -1);
		assert_int_equal(take("Meditation"), 7);
	}
}

static void
what_has_no_room_is_not_kept(void **state)
{
	int	k;

	(void)state;
	for (k = 0; k < ROOM + 10; k++)
		put("User", (unsigned char)k);
	for (k = 0; k < ROOM; k++)
		assert_int_equal(take("User"), k % 256);
	assert_int_equal(take("User"), -1);
}

static void
more_are_drawn_than_are_needed(void **state)
{
	const struct table	*users = table_of("User");
	int			 k;

	(void)state;
	assert_true(key_stock_ahead(&stock, users, 20) > 20);
	for (k = 0; k < ROOM; k++)
		put("User", 1);
	assert_int_equal(key_stock_ahead(&stock, users, 20), 20);
	assert_int_equal(key_stock_ahead(&stock, users, 5000), 5000);
}

static void
keys_grow_old(void **state)
{
	(void)state;
	put("User", 1);
	key_stock_age(&stock, 6 * (uint64_t)SECOND);
	put("User", 2);
	assert_int_equal(take("User"), 1);
	key_stock_age(&stock, 6 * (uint64_t)SECOND + 1);
	assert_int_equal(take("User"), -1);
	put("User", 3);			/* is young */
	assert_int_equal(take("User"), 3);
}

static void
all_can_be_forgotten(void **state)
{
	(void)state;
	put("User", 1);
	put("Meditation", 2);
	key_stock_forget(&stock);
	assert_int_equal(take("User"), -1);
	assert_int_equal(take("Meditation"), -1);
}

/* After a reload the same table may have its keys from elsewhere. */
static void
another_key_column_has_other_keys(void **state)
{
	struct table	other = *table_of("User");
	struct column	id = *other.key.v[0], *ids[] = { &id };
	struct cell	key;

	(void)state;
	other.key.v = ids;
	put("User", 1);
	id.name = "number";
	assert_int_equal(key_stock_take(&stock, &other, &kit.arena, &key), 0);
	put("User", 1);
	id.default_sql = "next_id()";
	assert_int_equal(key_stock_take(&stock, &other, &kit.arena, &key), 0);
	assert_int_equal(key_stock_ahead(&stock, &other, 9), 9);
	assert_int_equal(take("User"), 1);
}

static void
memory_may_end(void **state)
{
	struct cell	key;

	(void)state;
	put("User", 1);
	arena_bound(&kit.arena, 1);
	while (arena_raw(&kit.arena, 1) != NULL)
		;
	assert_int_equal(key_stock_take(&stock, table_of("User"), &kit.arena,
	    &key), -1);
	arena_bound(&kit.arena, 0);
	assert_int_equal(take("User"), 1);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(keys_come_out_as_they_went_in),
		TEST(what_has_no_room_is_not_kept),
		TEST(more_are_drawn_than_are_needed),
		TEST(keys_grow_old),
		TEST(all_can_be_forgotten),
		TEST(another_key_column_has_other_keys),
		TEST(memory_may_end),
#undef TEST
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
