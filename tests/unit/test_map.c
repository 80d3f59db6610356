/*
 * Hash maps: found again, in order, and only once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "map.h"

static void
an_empty_map_finds_nothing(void **state)
{
	struct map		 m = { 0 };
	struct map_entry	*e;

	(void)state;
	assert_null(map_find(&m, "id"));
	assert_null(map_get(&m, "", 0));
	map_each(e, &m)
		fail_msg("an entry in an empty map");
}

static void
what_was_put_is_found(void **state)
{
	enum { MANY = 5000 };
	struct arena	 a;
	struct map	 m = { 0 };
	char		*names[MANY];
	int		 values[MANY], i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < MANY; i++) {
		names[i] = arena_printf(&a, "name_%d", i);
		assert_int_equal(map_name(&a, &m, names[i], &values[i]), 0);
	}
	assert_int_equal(m.n, MANY);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(map_find(&m, names[i]), &values[i]);
	assert_null(map_find(&m, "name_"));
	assert_null(map_find(&m, "name_5000"));
	arena_release(&a);
}

static void
a_second_put_changes_nothing(void **state)
{
	struct arena	a;
	struct map	m = { 0 };
	int		first, second;

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(map_name(&a, &m, "id", &first), 0);
	assert_int_equal(map_name(&a, &m, "id", &second), 1);
	assert_ptr_equal(map_find(&m, "id"), &first);
	assert_int_equal(m.n, 1);
	arena_release(&a);
}

static void
keys_are_bytes_of_any_length(void **state)
{
	struct arena	a;
	struct map	m = { 0 };
	char		bytes[40];
	int		values[41];
	size_t		n;

	(void)state;
	/* All-zero keys differ only in their length. */
	memset(bytes, 0, sizeof(bytes));
	arena_init(&a, 0);
	for (n = 0; n <= sizeof(bytes); n++)
		assert_int_equal(map_put(&a, &m, bytes, n, &values[n]), 0);
	for (n = 0; n <= sizeof(bytes); n++)
		assert_ptr_equal(map_get(&m, bytes, n), &values[n]);
	arena_release(&a);
}

static void
a_key_that_differs_in_one_bit_is_another(void **state)
{
	struct arena	a;
	char		key[16] = "0123456789abcde", other[16];
	int		value;
	size_t		bit, n;

	(void)state;
	arena_init(&a, 0);
	for (n = 1; n <= sizeof(key); n++) {
		struct map	m = { 0 };

		assert_int_equal(map_put(&a, &m, key, n, &value), 0);
		for (bit = 0; bit < n * 8; bit++) {
			memcpy(other, key, n);
			other[bit / 8] = (char)(other[bit / 8] ^ 1 << bit % 8);
			assert_null(map_get(&m, other, n));
		}
		assert_ptr_equal(map_get(&m, key, n), &value);
	}
	arena_release(&a);
}

static void
each_goes_in_insertion_order(void **state)
{
	static const char *const	names[] = { "zazen", "metta", "anapana",
					    "vipassana", "nidra" };
	enum { NAMES = sizeof(names) / sizeof(names[0]), FILLER = 200 };
	struct arena			a;
	struct map			m = { 0 };
	struct map_entry		*e;
	int				value;
	size_t				i = 0;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < NAMES; i++)
		map_name(&a, &m, names[i], &value);
	/* Enough to move the buckets. */
	for (i = 0; i < FILLER; i++)
		map_name(&a, &m, arena_printf(&a, "%zu", i), &value);
	i = 0;
	map_each(e, &m) {
		if (i < NAMES)
			assert_string_equal(e->key, names[i]);
		i++;
	}
	assert_int_equal(i, NAMES + FILLER);
	arena_release(&a);
}

static void
without_memory_it_stays_as_it_was(void **state)
{
	struct arena	a, names;
	struct map	m = { 0 };
	char		*name;
	int		value, r;
	size_t		n = 0;

	(void)state;
	arena_init(&a, 4096);
	arena_init(&names, 0);
	do {
		name = arena_printf(&names, "name_%zu", n);
		r = map_name(&a, &m, name, &value);
		n += r == 0;
	} while (r == 0);
	assert_int_equal(r, -1);
	assert_int_equal(m.n, n);
	assert_null(map_find(&m, name));
	assert_ptr_equal(map_find(&m, "name_0"), &value);
	arena_release(&names);
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(an_empty_map_finds_nothing),
		cmocka_unit_test(what_was_put_is_found),
		cmocka_unit_test(a_second_put_changes_nothing),
		cmocka_unit_test(keys_are_bytes_of_any_length),
		cmocka_unit_test(a_key_that_differs_in_one_bit_is_another),
		cmocka_unit_test(each_goes_in_insertion_order),
		cmocka_unit_test(without_memory_it_stays_as_it_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
