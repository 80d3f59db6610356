/*
 * Places by address: each has its share, and nothing is kept of those that have
 * gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "places.h"
#include "secret.h"

static void
give(struct place *p)
{
	place_leave(p);
	place_drop(p);
}

enum { ADDRESSES = 3000, EACH = 3 };

static void
each_address_has_its_share(void **state)
{
	struct places	*all = places_new();
	struct place	*a, *b, *c;

	(void)state;
	assert_non_null(all);
	a = place_take(all, "\1\2\3", 3, 2);
	b = place_take(all, "\1\2\3", 3, 2);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_null(place_take(all, "\1\2\3", 3, 2));
	/* Another one, and one that begins alike. */
	c = place_take(all, "\1\2\4", 3, 2);
	assert_ptr_not_equal(a, c);
	give(c);
	c = place_take(all, "\1\2", 2, 2);
	assert_ptr_not_equal(a, c);
	give(c);
	give(b);
	assert_ptr_equal(place_take(all, "\1\2\3", 3, 2), a);
	/* The share may have become less meanwhile. */
	assert_null(place_take(all, "\1\2\3", 3, 1));
	give(a);
	give(a);
	assert_null(place_take(all, "\1\2\3", 3, 0));
	place_drop(NULL);
	places_free(all);
}

/* One that has gone may have left work behind. */
static void
a_place_is_there_as_long_as_it_is_held(void **state)
{
	struct places	*all = places_new();
	struct place	*a = place_take(all, "x", 1, 1), *b;

	(void)state;
	place_leave(a);
	b = place_take(all, "x", 1, 1);
	assert_ptr_equal(a, b);
	assert_null(place_take(all, "x", 1, 1));
	place_drop(a);
	assert_int_equal(b->n, 1);
	give(b);
	places_free(all);
}

/* More addresses than buckets, in any order; leaks are told by sanitizers. */
static void
many_come_and_go(void **state)
{
	static struct place	*held[ADDRESSES][EACH];
	struct places		*all = places_new();
	struct place		*p;
	int			 step, i, n;

	(void)state;
	srand(3);
	for (step = 0; step < 100000; step++) {
		i = rand() % ADDRESSES;
		for (n = 0; n < EACH && held[i][n] != NULL; n++)
			;
		if (rand() % 2 == 0) {
			p = place_take(all, &i, sizeof(i), EACH);
			assert_true((p == NULL) == (n == EACH));
			if (p == NULL)
				continue;
			held[i][n] = p;
			assert_int_equal(p->n, n + 1);
			assert_memory_equal(p->name, &i, sizeof(i));
			assert_true(n == 0 || p == held[i][0]);
		} else if (n > 0) {
			give(held[i][n - 1]);
			held[i][n - 1] = NULL;
		}
	}
	for (i = 0; i < ADDRESSES; i++)
		for (n = 0; n < EACH; n++)
			if (held[i][n] != NULL)
				give(held[i][n]);
	places_free(all);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(each_address_has_its_share),
		cmocka_unit_test(a_place_is_there_as_long_as_it_is_held),
		cmocka_unit_test(many_come_and_go)
	};

	if (secret_init() == -1)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
