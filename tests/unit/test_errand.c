/*
 * Errands: run in another thread, done on the loop, each exactly once.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "errand.h"

enum { ERRANDS = 50, MOST = 8 };

struct trip {
	struct errand	 errand;	/* first */
	pthread_t	 thread;
	int		 order;
	unsigned	 done;
};

static struct loop	 loop;
static struct errands	*errands;
static struct trip	 trips[ERRANDS];
static int		 runs;
static unsigned		 left;
static pthread_mutex_t	 gate = PTHREAD_MUTEX_INITIALIZER;

static void
trip_run(struct errand *errand)
{
	struct trip	*trip = (struct trip *)errand;

	pthread_mutex_lock(&gate);
	trip->thread = pthread_self();
	trip->order = runs++;
	pthread_mutex_unlock(&gate);
}

static void
trip_done(struct errand *errand)
{
	struct trip	*trip = (struct trip *)errand;

	trip->done++;
	if (--left == 0)
		loop_stop(&loop);
}

static int
setup(void **state)
{
	int	i;

	(void)state;
	runs = 0;
	for (i = 0; i < ERRANDS; i++)
		trips[i] = (struct trip){ .errand = { .run = trip_run,
		    .done = trip_done } };
	assert_int_equal(loop_init(&loop), 0);
	assert_non_null(errands = errands_new(&loop, MOST));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_release(&loop);
	return 0;
}

static void
they_run_elsewhere_and_end_here(void **state)
{
	int	sent = 0, i;

	(void)state;
	while (sent < ERRANDS) {
		left = 0;
		while (sent < ERRANDS &&
		    errands_send(errands, &trips[sent].errand) == 0) {
			sent++;
			left++;
		}
		/* done() comes only on the loop. */
		assert_int_equal(trips[sent - 1].done, 0);
		loop_run(&loop);
	}
	for (i = 0; i < ERRANDS; i++) {
		assert_int_equal(trips[i].done, 1);
		assert_int_equal(trips[i].order, i);
		assert_true(trips[i].errand.ran);
		assert_false(pthread_equal(trips[i].thread, pthread_self()));
	}
	assert_int_equal(errands_free(errands), 0);
}

static void
the_queue_is_bounded(void **state)
{
	unsigned	n = 0;

	(void)state;
	/* The first may be under way, held at the gate. */
	pthread_mutex_lock(&gate);
	while (n < ERRANDS && errands_send(errands, &trips[n].errand) == 0)
		n++;
	pthread_mutex_unlock(&gate);
	assert_in_range(n, MOST, MOST + 1);
	left = n;
	loop_run(&loop);
	assert_int_equal(errands_free(errands), 0);
}

static void
those_that_did_not_run_are_given_back(void **state)
{
	unsigned	n, i, ran = 0;

	(void)state;
	pthread_mutex_lock(&gate);
	for (n = 0; n < MOST; n++)
		assert_int_equal(errands_send(errands, &trips[n].errand), 0);
	left = MOST + 1;
	pthread_mutex_unlock(&gate);
	assert_int_equal(errands_free(errands), 0);
	for (i = 0; i < MOST; i++) {
		assert_int_equal(trips[i].done, 1);
		ran += trips[i].errand.ran;
	}
	assert_int_equal(ran, runs);
}

static void
linger(struct errand *errand)
{
	(void)errand;
	sleep(4);
}

static void
one_that_does_not_come_back_is_left(void **state)
{
	(void)state;
	trips[0].errand.run = linger;
	left = 1;
	assert_int_equal(errands_send(errands, &trips[0].errand), 0);
	/* The thread has to have begun it. */
	usleep(200 * 1000);
	assert_int_equal(errands_free(errands), -1);
	assert_int_equal(trips[0].done, 0);
	/* Until it has ended by itself: it uses what this process has. */
	sleep(3);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(
		    they_run_elsewhere_and_end_here, setup, teardown),
		cmocka_unit_test_setup_teardown(the_queue_is_bounded, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    those_that_did_not_run_are_given_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    one_that_does_not_come_back_is_left, setup, teardown)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
