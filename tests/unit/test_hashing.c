/*
 * Hashes in threads: addresses take turns, one address has half of the room at
 * most, what is given up is not done, and done() comes once for each.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hashing.h"
#include "loop.h"

enum { MOST = 40, MANY = 8 };

struct task {
	struct hashing	 hashing;	/* comes first */
	struct stage	*stage;
	char		 name;
	unsigned	 worked, ended;
};

struct stage {
	struct loop	 loop;
	struct hashers	*hashers;
	pthread_mutex_t	 mutex;
	char		 order[64];	/* names, as they were worked at */
	size_t		 n;
	unsigned	 left;		/* tasks to be done */
	struct place	 a, b;
	struct task	 tasks[MANY + 2];
};

static int
setup(void **state)
{
	struct stage	*stage = calloc(1, sizeof(*stage));

	if (stage == NULL || loop_init(&stage->loop) == -1 ||
	    (stage->hashers = hashers_new(&stage->loop)) == NULL)
		return -1;
	pthread_mutex_init(&stage->mutex, NULL);
	*state = stage;
	return 0;
}

static int
teardown(void **state)
{
	struct stage	*stage = *state;

	if (stage->hashers != NULL)
		assert_int_equal(hashers_free(stage->hashers), 0);
	loop_release(&stage->loop);
	pthread_mutex_destroy(&stage->mutex);
	free(stage);
	return 0;
}

static void
work(struct hashing *h)
{
	struct task		*task = (struct task *)h;
	struct stage		*stage = task->stage;
	const struct timespec	 pause = { 0, 5000000 };

	pthread_mutex_lock(&stage->mutex);
	stage->order[stage->n++] = task->name;
	pthread_mutex_unlock(&stage->mutex);
	task->worked++;
	nanosleep(&pause, NULL);
}

static void
done(struct hashing *h)
{
	struct task	*task = (struct task *)h;

	task->ended++;
	if (--task->stage->left == 0)
		loop_stop(&task->stage->loop);
}

static int
send_task(struct stage *stage, int i, char name, struct place *place,
    unsigned n)
{
	struct task	*task = &stage->tasks[i];

	task->stage = stage;
	task->name = name;
	task->hashing.work = work;
	task->hashing.done = done;
	task->hashing.place = place;
	task->hashing.n = n;
	if (hashers_send(stage->hashers, &task->hashing, MOST) == -1)
		return -1;
	stage->left++;
	assert_int_equal(task->ended, 0);
	return 0;
}

static void
addresses_take_turns(void **state)
{
	struct stage	*stage = *state;
	const char	*b;
	int		 i;

	for (i = 0; i < MANY; i++)
		assert_int_equal(send_task(stage, i, 'a', &stage->a, 2), 0);
	assert_int_equal(send_task(stage, MANY, 'b', &stage->b, 2), 0);
	loop_run(&stage->loop);
	assert_int_equal(stage->n, 2 * MANY + 2);
	/* Two run, a few stand before it; then it has every other turn. */
	b = strchr(stage->order, 'b');
	assert_non_null(b);
	assert_in_range(b - stage->order, 2, 2 + QUEUE_SHARE + 1);
	assert_in_range(strrchr(stage->order, 'b') - b, 1, QUEUE_SHARE + 3);
	for (i = 0; i <= MANY; i++) {
		assert_int_equal(stage->tasks[i].worked, 2);
		assert_int_equal(stage->tasks[i].ended, 1);
		assert_true(stage->tasks[i].hashing.ran);
	}
	assert_int_equal(stage->a.hashes + stage->b.hashes, 0);
	assert_int_equal(stage->a.hashing.entered, 0);
}

static void
an_address_has_half_of_the_room(void **state)
{
	struct stage	*stage = *state;

	assert_int_equal(send_task(stage, 0, 'a', &stage->a, MOST / 2 - 1), 0);
	assert_int_equal(send_task(stage, 1, 'a', &stage->a, 1), 0);
	assert_int_equal(send_task(stage, 2, 'a', &stage->a, 1), -1);
	assert_int_equal(send_task(stage, 2, 'b', &stage->b, MOST / 2), 0);
	/* And now there is none for anybody. */
	assert_int_equal(send_task(stage, 3, 'c', NULL, 1), -1);
	stage->tasks[0].hashing.stop = stage->tasks[2].hashing.stop = true;
	loop_run(&stage->loop);
	assert_in_range(stage->tasks[0].worked, 1, 2);
	assert_in_range(stage->tasks[2].worked, 0, 1);
	assert_int_equal(stage->tasks[1].worked, 1);
	assert_int_equal(stage->a.hashes + stage->b.hashes, 0);
	assert_int_equal(send_task(stage, 3, 'c', NULL, 1), 0);
	loop_run(&stage->loop);
	assert_int_equal(stage->tasks[3].worked, 1);
}

static void
at_the_end_all_are_told(void **state)
{
	struct stage	*stage = *state;
	int		 i;

	for (i = 0; i < MANY; i++)
		assert_int_equal(send_task(stage, i, 'a', i % 2 ? &stage->a :
		    NULL, 3), 0);
	assert_int_equal(hashers_free(stage->hashers), 0);
	stage->hashers = NULL;
	for (i = 0; i < MANY; i++) {
		assert_int_equal(stage->tasks[i].ended, 1);
		assert_true(stage->tasks[i].worked <= 1);
		/* None was finished. */
		assert_false(stage->tasks[i].hashing.ran);
	}
	assert_int_equal(stage->a.hashes, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(addresses_take_turns, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(an_address_has_half_of_the_room,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(at_the_end_all_are_told, setup,
		    teardown)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
