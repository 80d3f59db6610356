/*
 * Errors: the table agrees with itself, paths are JSON Pointers, and what is
 * too long is cut without harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "error.h"
#include "utf8.h"

static void
every_row_is_filled_and_kinds_are_unique(void **state)
{
	const struct error_row	*row, *other;

	(void)state;
	for (row = error_rows; row < error_rows + ERROR_KINDS; row++) {
		assert_non_null(row->name);
		assert_true(row->code <= -32001);
		assert_true(strlen(row->kind) > 0);
		assert_true(strlen(row->message) > 0);
		assert_true(strlen(row->sqlstate) == 0 ||
		    strlen(row->sqlstate) == 5);
		for (other = error_rows; other < row; other++)
			assert_string_not_equal(other->kind, row->kind);
	}
}

static void
sqlstates_find_their_kind(void **state)
{
	(void)state;
	assert_int_equal(error_from_sqlstate("23505"), ERROR_UNIQUE);
	assert_int_equal(error_from_sqlstate("23503"), ERROR_FOREIGN_KEY);
	assert_int_equal(error_from_sqlstate("40P01"), ERROR_DEADLOCK);
	assert_int_equal(error_from_sqlstate("57014"), ERROR_TIMEOUT);
	assert_int_equal(error_from_sqlstate("XX000"), ERROR_INTERNAL);
	assert_int_equal(error_from_sqlstate("ZZZZZ"), ERROR_INTERNAL);
	/* Not the first of the many rows without one. */
	assert_int_equal(error_from_sqlstate(""), ERROR_INTERNAL);
}

static void
set_fills_all_of_it(void **state)
{
	struct path	root = { NULL, NULL, 0 };
	struct path	values = { &root, "values", 0 };
	struct path	name = { &values, "username", 0 };
	struct error	err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(error_set(&err, ERROR_UNIQUE, &name, "%s is taken",
	    "it"), -1);
	assert_int_equal(err.kind, ERROR_UNIQUE);
	assert_int_equal(err.committed, ERROR_COMMITTED_UNSAID);
	assert_string_equal(err.path, "/values/username");
	assert_string_equal(err.message, "it is taken");
	assert_string_equal(err.detail, "");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.model, "");
	assert_string_equal(err.attribute, "");
	assert_string_equal(err.constraint, "");
	assert_string_equal(err.sqlstate, "");
}

static void
more_is_added_to_what_is_set(void **state)
{
	struct error	err;

	(void)state;
	error_set(&err, ERROR_UNKNOWN_FIELD, NULL, "no");
	assert_int_equal(error_hint(&err, "did you mean %s?", "id"), -1);
	assert_int_equal(error_detail(&err, "of %d", 3), -1);
	assert_int_equal(error_about(&err, "User", NULL), -1);
	assert_int_equal(error_about(&err, NULL, "idd"), -1);
	assert_string_equal(err.message, "no");
	assert_string_equal(err.hint, "did you mean id?");
	assert_string_equal(err.detail, "of 3");
	assert_string_equal(err.model, "User");
	assert_string_equal(err.attribute, "idd");
	assert_string_equal(err.path, "");
}

static void
out_of_memory_is_a_limit(void **state)
{
	struct error	err;

	(void)state;
	assert_int_equal(error_nomem(&err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_true(strlen(err.message) > 0);
	/* Which is told from other limits. */
	assert_true(err.nomem);
	error_set(&err, ERROR_LIMIT, NULL, "too many");
	assert_false(err.nomem);
}

static void
paths_are_json_pointers(void **state)
{
	struct path	root = { NULL, NULL, 0 };
	struct path	list = { &root, "a/b~c", 0 };
	struct path	element = { &list, NULL, 12 };
	struct path	empty = { &element, "", 0 };
	struct path	leaf = { &empty, "id", 0 };
	char		text[64];

	(void)state;
	path_write(&leaf, text, sizeof(text));
	assert_string_equal(text, "/a~1b~0c/12//id");
	path_write(&root, text, sizeof(text));
	assert_string_equal(text, "");
	path_write(NULL, text, sizeof(text));
	assert_string_equal(text, "");
}

static void
a_long_path_is_cut_where_it_must(void **state)
{
	struct path	root = { NULL, NULL, 0 };
	struct path	one = { &root, "abc~", 0 };
	struct path	two = { &one, NULL, 1234567 };
	char		text[32];
	int		size;

	(void)state;
	for (size = 1; size < (int)sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		path_write(&two, text, size);
		assert_true((int)strlen(text) < size);
		assert_int_equal(text[size], '#');
		/* A half escape would be another pointer. */
		assert_true(strlen(text) == 0 ||
		    text[strlen(text) - 1] != '~');
	}
}

static void
a_path_deeper_than_any_request_is_survived(void **state)
{
	enum { DEEP = 300 };
	struct path	steps[DEEP] = { { NULL, NULL, 0 } };
	struct error	err;
	int		i;

	(void)state;
	for (i = 1; i < DEEP; i++) {
		steps[i].up = &steps[i - 1];
		steps[i].key = "values";
	}
	error_set(&err, ERROR_INVALID_VALUE, &steps[DEEP - 1], "deep");
	assert_true(strlen(err.path) < sizeof(err.path));
	assert_memory_equal(err.path, "/values/values", 14);
}

/* A reply that carried half a character would not be JSON. */
static void
a_cut_text_is_still_utf8(void **state)
{
	enum { LONG = 300 };
	struct path	root = { NULL, NULL, 0 };
	struct path	step = { &root, NULL, 0 };
	struct error	err;
	char		text[2 * LONG + 2];
	int		shift, i;

	(void)state;
	for (shift = 0; shift < 2; shift++) {
		memset(text, 'a', sizeof(text));
		for (i = 0; i < LONG; i++)
			memcpy(text + shift + 2 * i, "\xc3\xa9", 2);
		text[shift + 2 * LONG] = '\0';
		step.key = text;
		error_set(&err, ERROR_UNKNOWN_FIELD, &step, "%s", text);
		error_hint(&err, "%s", text);
		error_detail(&err, "%s", text);
		error_about(&err, text, text);
		assert_true(strlen(err.message) > 250);
		assert_int_equal(utf8_check(err.message, strlen(err.message)),
		    strlen(err.message));
		assert_true(strlen(err.path) > 250);
		assert_int_equal(utf8_check(err.path, strlen(err.path)),
		    strlen(err.path));
		assert_int_equal(utf8_check(err.hint, strlen(err.hint)),
		    strlen(err.hint));
		assert_int_equal(utf8_check(err.detail, strlen(err.detail)),
		    strlen(err.detail));
		assert_int_equal(utf8_check(err.model, strlen(err.model)),
		    strlen(err.model));
		assert_int_equal(utf8_check(err.attribute,
		    strlen(err.attribute)), strlen(err.attribute));
	}
}

static void
the_nearest_word_is_suggested(void **state)
{
	static const char *const	names[] = { "title", "duration",
					    "instructions", "id", NULL };
	static const char *const	none[] = { NULL };
	char				longer[200];

	(void)state;
	assert_string_equal(error_nearest("titel", names), "title");
	assert_string_equal(error_nearest("instruction", names),
	    "instructions");
	assert_string_equal(error_nearest("duration", names), "duration");
	assert_null(error_nearest("password", names));
	assert_null(error_nearest("title", none));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(error_nearest(longer, names));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(every_row_is_filled_and_kinds_are_unique),
		cmocka_unit_test(sqlstates_find_their_kind),
		cmocka_unit_test(set_fills_all_of_it),
		cmocka_unit_test(more_is_added_to_what_is_set),
		cmocka_unit_test(out_of_memory_is_a_limit),
		cmocka_unit_test(paths_are_json_pointers),
		cmocka_unit_test(a_long_path_is_cut_where_it_must),
		cmocka_unit_test(a_path_deeper_than_any_request_is_survived),
		cmocka_unit_test(a_cut_text_is_still_utf8),
		cmocka_unit_test(the_nearest_word_is_suggested),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
