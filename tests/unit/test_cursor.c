/*
 * Cursors: what one says comes back, and whatever was done to it, or to the
 * query that it is given with, is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cursor.h"
#include "plan_kit.h"

enum { TERMS = 3, FORGERIES = 20000 };

static const struct path	at_after = { &(struct path){ NULL, NULL, 0 },
				    "after", 0 };

static const struct op *
find(struct plan_kit *k, const char *params)
{
	return plan_call(k, "find", params)->ops.v[0];
}

/* The cursor without its quotes. */
static char *
written(struct plan_kit *k, const struct op *op, const struct cell *cells,
    bool inclusive)
{
	struct buf	 b;
	char		*text;

	buf_init(&b, 0);
	cursor_write(&b, op, cells, inclusive);
	assert_false(b.broken);
	assert_in_range(b.n, 3, 1000);
	assert_int_equal(b.p[0], '"');
	text = arena_strndup(&k->keep, b.p + 1, b.n - 2);
	buf_free(&b);
	return text;
}

static bool
is_taken(struct plan_kit *k, const struct op *op, const char *text)
{
	struct position	position;
	struct error	err;

	memset(&position, 0, sizeof(position));
	if (cursor_read(&k->arena, op, text, &position, &at_after,
	    &err) == 0)
		return true;
	assert_int_equal(err.kind, ERROR_INVALID_VALUE);
	assert_string_equal(err.path, "/after");
	return false;
}

static const struct cell	row[TERMS] = {
	{ "a\303\251\n\"", 5 }, { "\0\0\0\0\0\0\0\5", 8 }, { "x", 1 }
};
static const char		books[] = "{'model': 'Book', 'order_by': "
				    "['title', '-pages']}";

static void
what_is_said_comes_back(void **state)
{
	struct plan_kit		 k;
	const struct op		*op;
	struct cell		 cells[TERMS];
	struct position		 p;
	struct error		 err;
	int			 i, inclusive;

	(void)state;
	plan_open_named(&k, "shelf");
	op = find(&k, books);
	memcpy(cells, row, sizeof(cells));
	for (inclusive = 0; inclusive < 2; inclusive++) {
		memset(&p, 0, sizeof(p));
		assert_int_equal(cursor_read(&k.arena, op, written(&k, op,
		    cells, inclusive), &p, &at_after, &err), 0);
		assert_int_equal(p.inclusive, inclusive);
		for (i = 0; i < TERMS; i++) {
			assert_int_equal(p.cells[i].n, cells[i].n);
			if (cells[i].n > 0)
				assert_memory_equal(p.cells[i].p, cells[i].p,
				    (size_t)cells[i].n);
		}
		/* Next time with a null, and with nothing in the text. */
		cells[1].n = -1;
		cells[0].n = 0;
	}
	plan_close(&k);
}

static void
other_queries_refuse_it(void **state)
{
	static const char *const	others[] = {
		"{'model': 'Book', 'order_by': ['title', 'pages']}",
		"{'model': 'Book', 'order_by': ['-title', '-pages']}",
		"{'model': 'Book', 'order_by': ['pages', '-title']}",
		"{'model': 'Book', 'order_by': ['title']}",
		"{'model': 'Book', 'order_by': ['room', '-pages']}",
		"{'model': 'Shelf', 'order_by': ['room', '-place']}",
		"{'model': 'Book', 'order_by': ['title', '-pages'], 'where': "
		    "{'isbn': 'x'}}",
		"{'model': 'Book', 'order_by': ['title', '-pages'], 'where': "
		    "{'lent': true}}",
		"{'model': 'Book', 'order_by': ['title', '-pages'], 'where': "
		    "{'lent': false}}",
	};
	static const size_t		 n = sizeof(others) / sizeof(others[0]);
	struct plan_kit			 k;
	const char			*text;
	size_t				 i, j;

	(void)state;
	plan_open_named(&k, "shelf");
	text = written(&k, find(&k, books), row, false);
	assert_true(is_taken(&k, find(&k, books), text));
	for (i = 0; i < n; i++)
		assert_false(is_taken(&k, find(&k, others[i]), text));
	/* And each other's. */
	for (i = 6; i < n; i++) {
		text = written(&k, find(&k, others[i]), row, false);
		for (j = 0; j < n; j++)
			assert_int_equal(is_taken(&k, find(&k, others[j]),
			    text), i == j);
	}
	/* Only what is printed, and how much, may change. */
	assert_true(is_taken(&k, find(&k, "{'model': 'Book', 'order_by': "
	    "['title', '-pages', 'title'], 'limit': 3, 'count': true, 'where': "
	    "{}, 'only': ['isbn']}"), written(&k, find(&k, books), row, true)));
	plan_close(&k);
}

static void
changed_ones_are_found_out(void **state)
{
	struct plan_kit		 k;
	const struct op		*op;
	char			*text, *copy;
	size_t			 i, n;
	int			 bit;

	(void)state;
	plan_open_named(&k, "shelf");
	op = find(&k, books);
	text = written(&k, op, row, false);
	n = strlen(text);
	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			copy = arena_strdup(&k.keep, text);
			copy[i] ^= (char)(1 << bit);
			/* The last digit has bits that nobody reads. */
			if (i + 1 < n || strspn(copy, "ABCDEFGHIJKLMNOPQRSTUV"
			    "WXYZabcdefghijklmnopqrstuvwxyz0123456789-_") < n)
				assert_false(is_taken(&k, op, copy));
		}
		copy = arena_strdup(&k.keep, text);
		copy[i] = '\0';
		assert_false(is_taken(&k, op, copy));
		assert_false(is_taken(&k, op, text + i + 1));
	}
	assert_false(is_taken(&k, op, arena_printf(&k.keep, "%sAAAA", text)));
	assert_false(is_taken(&k, op, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_false(is_taken(&k, op, "\303\251"));
	plan_close(&k);
}

/*
 * Who knows the rules can make one up; it still has to have values of the
 * order's types.
 */
static void
made_up_ones_have_values_of_the_order(void **state)
{
	static const struct cell	bad[][TERMS] = {
		/* title is never null. */
		{ { NULL, -1 }, { "12345678", 8 }, { "x", 1 } },
		{ { "a", 1 }, { "1234", 4 }, { "x", 1 } },
		{ { "a", 1 }, { "", 0 }, { "x", 1 } },
		{ { "a", 1 }, { "12345678", 8 }, { NULL, -1 } },
		{ { "a", 1 }, { "12345678", 8 }, { "\377", 1 } },
		{ { "a\0b", 3 }, { "12345678", 8 }, { "x", 1 } },
	};
	struct plan_kit			 k;
	const struct op			*op;
	size_t				 i;

	(void)state;
	plan_open_named(&k, "shelf");
	op = find(&k, books);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(is_taken(&k, op, written(&k, op, bad[i],
		    false)));
	plan_close(&k);
}

static void
random_texts_do_no_harm(void **state)
{
	static const char	 letters[] = "Aa0-_b9Z=+/ ";
	struct plan_kit		 k;
	const struct op		*op;
	char			*text, copy[256];
	size_t			 n, i;
	int			 forgery;

	(void)state;
	srandom(17);
	plan_open_named(&k, "shelf");
	op = find(&k, books);
	text = written(&k, op, row, false);
	n = strlen(text);
	assert_in_range(n, 1, sizeof(copy) - 1);
	for (forgery = 0; forgery < FORGERIES; forgery++) {
		memcpy(copy, text, n + 1);
		i = (size_t)random() % n;
		for (; i < n && random() % 3 > 0; i++)
			copy[i] = letters[(size_t)random() %
			    (sizeof(letters) - 1)];
		if (random() % 4 == 0)
			copy[(size_t)random() % n] = '\0';
		if (strncmp(copy, text, n - 1) != 0)
			assert_false(is_taken(&k, op, copy));
	}
	plan_close(&k);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_is_said_comes_back),
		cmocka_unit_test(other_queries_refuse_it),
		cmocka_unit_test(changed_ones_are_found_out),
		cmocka_unit_test(made_up_ones_have_values_of_the_order),
		cmocka_unit_test(random_texts_do_no_harm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
