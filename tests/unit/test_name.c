/*
 * Names: quoting, and what PostgreSQL calls constraints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "name.h"

static void
quotes_are_doubled(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(name_quote(&a, "a"), "\"a\"");
	assert_string_equal(name_quote(&a, ""), "\"\"");
	assert_string_equal(name_quote(&a, "a\"b\""), "\"a\"\"b\"\"\"");
	arena_release(&a);
}

static void
only_what_needs_quotes_gets_them(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(name_plain(&a, "users"), "users");
	assert_string_equal(name_plain(&a, "_x9"), "_x9");
	assert_string_equal(name_plain(&a, "user"), "\"user\"");
	assert_string_equal(name_plain(&a, "order"), "\"order\"");
	assert_string_equal(name_plain(&a, "values"), "\"values\"");
	assert_string_equal(name_plain(&a, "Users"), "\"Users\"");
	assert_string_equal(name_plain(&a, "9x"), "\"9x\"");
	assert_string_equal(name_plain(&a, "a b"), "\"a b\"");
	assert_string_equal(name_plain(&a, ""), "\"\"");
	assert_string_equal(name_plain(&a, "caf\xc3\xa9"),
	    "\"caf\xc3\xa9\"");
	arena_release(&a);
}

/* Seen in PostgreSQL 15. */
static void
constraints_are_called_as_postgresql_calls_them(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(name_constraint(&a, "t", NULL, "pkey"), "t_pkey");
	assert_string_equal(name_constraint(&a, "t", "a_b", "key"),
	    "t_a_b_key");
	assert_string_equal(name_constraint(&a,
	    "a_table_with_a_name_that_is_long_enough_to_be_cut",
	    "a_column_with_a_name_that_is_long_enough_to_be_cut", "fkey"),
	    "a_table_with_a_name_that_is_l_a_column_with_a_name_that_is_"
	    "fkey");
	assert_string_equal(name_constraint(&a,
	    "a_table_with_a_name_that_is_long_enough_to_be_cut",
	    "a_column_with_a_name_that_is_long_enough_to_be_cut", "key"),
	    "a_table_with_a_name_that_is_l_a_column_with_a_name_that_is_"
	    "_key");
	assert_string_equal(name_constraint(&a,
	    "a_table_with_a_name_that_is_long_enough_to_be_cut", "id", "key"),
	    "a_table_with_a_name_that_is_long_enough_to_be_cut_id_key");
	arena_release(&a);
}

static void
no_name_is_cut_inside_a_character(void **state)
{
	static const char	eur[] = "\xe2\x82\xac";
	struct arena		a;
	char			table[100] = "", columns[100] = "";
	const char		*name;
	size_t			i, n;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < 21; i++)
		strcat(table, eur);
	for (i = 0; i < 30; i++) {
		name = name_constraint(&a, table, columns, "fkey");
		n = strlen(name);
		assert_true(n <= NAME_MOST);
		assert_string_equal(name + n - 5, "_fkey");
		/* Nothing but whole signs before the first underscore. */
		assert_int_equal((strchr(name, '_') - name) % 3, 0);
		strcat(columns, eur);
	}
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_doubled),
		cmocka_unit_test(only_what_needs_quotes_gets_them),
		cmocka_unit_test(
		    constraints_are_called_as_postgresql_calls_them),
		cmocka_unit_test(no_name_is_cut_inside_a_character),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
