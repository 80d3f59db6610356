/*
 * Types by all their names, their modifiers, and arrays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "types.h"

static void
is(const char *name, enum type_id id)
{
	if (type_find(name)->id != id)
		fail_msg("%s is %s", name, type_find(name)->name);
}

static void
every_type_is_found_by_its_own_name(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < TYPE_OTHER; i++) {
		is(types[i].name, (enum type_id)i);
		assert_int_equal(types[i].id, i);
		assert_int_not_equal(types[i].oid, 0);
	}
}

static void
other_spellings_are_known(void **state)
{
	(void)state;
	is("int", TYPE_INTEGER);
	is("INT4", TYPE_INTEGER);
	is("serial", TYPE_INTEGER);
	is("bigserial", TYPE_BIGINT);
	is("int2", TYPE_SMALLINT);
	is("int8", TYPE_BIGINT);
	is("varchar(30)", TYPE_VARCHAR);
	is("character varying (30)", TYPE_VARCHAR);
	is("char", TYPE_CHAR);
	is("bpchar", TYPE_CHAR);
	is("decimal(10, 2)", TYPE_NUMERIC);
	is("bool", TYPE_BOOLEAN);
	is("float", TYPE_DOUBLE);
	is("float(24)", TYPE_REAL);
	is("float(25)", TYPE_DOUBLE);
	is("double  precision", TYPE_DOUBLE);
	is("timestamptz", TYPE_TIMESTAMPTZ);
	is("timestamp(3) with time zone", TYPE_TIMESTAMPTZ);
	is(" timestamp ", TYPE_TIMESTAMP);
	is("time(0)", TYPE_TIME);
	is("interval day to second(3)", TYPE_INTERVAL);
	is("pg_catalog.int4", TYPE_INTEGER);
}

static void
what_is_not_known_is_other(void **state)
{
	char	name[300];

	(void)state;
	is("", TYPE_OTHER);
	is("citext", TYPE_OTHER);
	is("text[]", TYPE_OTHER);
	is("integer array", TYPE_OTHER);
	is("\"char\"", TYPE_OTHER);
	is("interval fortnight", TYPE_OTHER);
	is("varchar(30", TYPE_OTHER);
	is("public.text", TYPE_OTHER);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	is(name, TYPE_OTHER);
}

static void
modifiers_are_numbers(void **state)
{
	long	mods[TYPE_MODIFIERS];

	(void)state;
	assert_int_equal(type_modifiers("text", mods), 0);
	assert_int_equal(type_modifiers("varchar( 30 )", mods), 1);
	assert_int_equal(mods[0], 30);
	assert_int_equal(type_modifiers("numeric(10, 2)[]", mods), 2);
	assert_int_equal(mods[0], 10);
	assert_int_equal(mods[1], 2);
	assert_int_equal(type_modifiers("varchar()", mods), -1);
	assert_int_equal(type_modifiers("varchar(x)", mods), -1);
	assert_int_equal(type_modifiers("varchar(3", mods), -1);
	assert_int_equal(type_modifiers("numeric(1,2,3)", mods), -1);
}

static void
arrays_have_elements(void **state)
{
	char	to[20];

	(void)state;
	assert_int_equal(type_element("integer[]", to, sizeof(to))->id,
	    TYPE_INTEGER);
	assert_string_equal(to, "integer");
	assert_int_equal(type_element("varchar(3) [3][4]", to,
	    sizeof(to))->id, TYPE_VARCHAR);
	assert_string_equal(to, "varchar(3)");
	assert_int_equal(type_element("uuid ARRAY", to, sizeof(to))->id,
	    TYPE_UUID);
	assert_int_equal(type_element("mood[]", to, sizeof(to))->id,
	    TYPE_OTHER);
	assert_string_equal(to, "mood");
	assert_null(type_element("integer", to, sizeof(to)));
	assert_null(type_element("disarray", to, sizeof(to)));
	assert_null(type_element("[]", to, sizeof(to)));
	assert_null(type_element("", to, sizeof(to)));
	assert_null(type_element("a_name_longer_than_that[]", to,
	    sizeof(to)));
}

static void
serials_are_told_from_integers(void **state)
{
	(void)state;
	assert_true(type_is_serial("serial"));
	assert_true(type_is_serial("BigSerial"));
	assert_true(type_is_serial("serial2"));
	assert_false(type_is_serial("integer"));
	assert_false(type_is_serial("serialized"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_found_by_its_own_name),
		cmocka_unit_test(other_spellings_are_known),
		cmocka_unit_test(what_is_not_known_is_other),
		cmocka_unit_test(modifiers_are_numbers),
		cmocka_unit_test(arrays_have_elements),
		cmocka_unit_test(serials_are_told_from_integers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
