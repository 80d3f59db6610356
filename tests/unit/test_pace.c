/*
 * Who is slow, and when the slow leave the last backend to the quick.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "pace.h"

enum { QUICK = 1, SLOW = 2, SLOWER = 3 };

static struct paces	paces;

static int
setup(void **state)
{
	(void)state;
	memset(&paces, 0, sizeof(paces));
	return 0;
}

static void
nobody_is_slow_until_it_is_known(void **state)
{
	(void)state;
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	pace_note(&paces, QUICK, 50, 1, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	/* What has no shape is not known at all. */
	pace_note(&paces, 0, 1000 * 1000, 1, 1000);
	assert_true(pace_may_fill(&paces, 0, 1000));
}

static void
a_slow_one_waits_for_longer_the_slower_it_is(void **state)
{
	const uint64_t	now = 1000 * 1000;

	(void)state;
	pace_note(&paces, SLOW, 2000, 1, now);
	/* There is nobody to wait for. */
	assert_true(pace_may_fill(&paces, SLOW, now));
	pace_note(&paces, SLOWER, 20 * 1000, 1, now);
	assert_true(pace_may_fill(&paces, SLOW, now));
	assert_false(pace_may_fill(&paces, SLOWER, now));
	pace_note(&paces, QUICK, 50, 1, now);
	assert_true(pace_may_fill(&paces, QUICK, now));
	assert_false(pace_may_fill(&paces, SLOW, now));
	assert_false(pace_may_fill(&paces, SLOW,
	    now + PACE_PATIENCE * 2000 - 1));
	assert_true(pace_may_fill(&paces, SLOW, now + PACE_PATIENCE * 2000));
	assert_false(pace_may_fill(&paces, SLOWER,
	    now + PACE_PATIENCE * 2000));
}

static void
for_what_is_hardly_quicker_nobody_waits(void **state)
{
	(void)state;
	pace_note(&paces, QUICK, 5001, 1, 1000);
	pace_note(&paces, SLOW, PACE_QUICKER * 5000, 1, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	pace_note(&paces, QUICK, 5000, 1, 1000);
	assert_false(pace_may_fill(&paces, SLOW, 1000));
}

/* Who was quickest is forgotten when others would no longer wait for it. */
static void
the_quickest_of_late_is_what_counts(void **state)
{
	uint64_t	now = 1000;

	(void)state;
	pace_note(&paces, QUICK, 50, 1, now);
	pace_note(&paces, SLOW, 2000, 1, now += PACE_PATIENCE * 2000 - 1);
	pace_note(&paces, SLOWER, 20 * 1000, 1, now);
	assert_int_equal(paces.quick_took_us, 50);
	pace_note(&paces, SLOW, 2000, 1, ++now);
	assert_int_equal(paces.quick_took_us, 2000);
	assert_false(pace_may_fill(&paces, SLOWER, now));
	pace_note(&paces, QUICK, 50, 1, now);
	assert_int_equal(paces.quick_took_us, 50);
}

static void
a_merged_request_counts_its_share(void **state)
{
	(void)state;
	pace_note(&paces, QUICK, 50, 1, 1000);
	pace_note(&paces, SLOW, 8 * PACE_SLOW_US, 8, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	pace_note(&paces, SLOWER, 8 * (PACE_SLOW_US + 1), 8, 1000);
	assert_false(pace_may_fill(&paces, SLOWER, 1000));
}

/* One that had to wait for a processor is not slow for that. */
static void
the_least_counts_and_rises_slowly(void **state)
{
	int	i;

	(void)state;
	pace_note(&paces, QUICK, 50, 1, 1000);
	pace_note(&paces, SLOW, 100, 1, 1000);
	pace_note(&paces, SLOW, 20 * 1000, 1, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	for (i = 0; i < 10; i++)
		pace_note(&paces, SLOW, 20 * 1000, 1, 1000);
	assert_false(pace_may_fill(&paces, SLOW, 1000));
	pace_note(&paces, SLOW, 100, 1, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
}

static void
another_shape_may_take_the_place(void **state)
{
	(void)state;
	pace_note(&paces, QUICK, 50, 1, 1000);
	pace_note(&paces, SLOW, 20 * 1000, 1, 1000);
	pace_note(&paces, SLOW + PACE_SHAPES, 30 * 1000, 1, 1000);
	assert_true(pace_may_fill(&paces, SLOW, 1000));
	assert_false(pace_may_fill(&paces, SLOW + PACE_SHAPES, 1000));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup(nobody_is_slow_until_it_is_known,
		    setup),
		cmocka_unit_test_setup(
		    a_slow_one_waits_for_longer_the_slower_it_is, setup),
		cmocka_unit_test_setup(for_what_is_hardly_quicker_nobody_waits,
		    setup),
		cmocka_unit_test_setup(the_quickest_of_late_is_what_counts,
		    setup),
		cmocka_unit_test_setup(a_merged_request_counts_its_share,
		    setup),
		cmocka_unit_test_setup(the_least_counts_and_rises_slowly,
		    setup),
		cmocka_unit_test_setup(another_shape_may_take_the_place,
		    setup)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
