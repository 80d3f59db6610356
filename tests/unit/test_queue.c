/*
 * The queue of waiting jobs: who is taken, in which order, and what is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "queue.h"

enum { ITEMS = 64 };

static struct queue		q;
static struct queue_item	items[ITEMS];

static int
setup(void **state)
{
	int	i;

	(void)state;
	queue_init(&q, 12345);
	memset(items, 0, sizeof(items));
	for (i = 0; i < ITEMS; i++)
		items[i].due_us = UINT64_MAX;
	return 0;
}

static struct queue_item *
item(int i, const char *shape)
{
	items[i].shape = shape;
	return &items[i];
}

/* Writes the numbers of a list of items, "3 1 2". */
static const char *
numbers(const struct queue_item *list)
{
	static char	 text[ITEMS * 4];
	size_t		 n = 0;

	text[0] = '\0';
	for (; list != NULL; list = list->next)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d",
		    n == 0 ? "" : " ", (int)(list - items));
	return text;
}

static const char *
take(unsigned most)
{
	unsigned	 n, count = 0;
	struct queue_item	*list = queue_take(&q, most, &n), *i;

	for (i = list; i != NULL; i = i->next)
		count++;
	assert_int_equal(n, count);
	return numbers(list);
}

static void
an_empty_queue_gives_nothing(void **state)
{
	(void)state;
	assert_null(queue_first(&q));
	assert_string_equal(take(10), "");
	assert_int_equal(q.n, 0);
}

static void
equal_shapes_are_taken_together(void **state)
{
	char	copy[] = "get users";

	(void)state;
	queue_push(&q, item(0, "get users"));
	queue_push(&q, item(1, "get sessions"));
	queue_push(&q, item(2, copy));
	assert_ptr_equal(queue_first(&q), &items[0]);
	assert_string_equal(take(10), "0 2");
	assert_string_equal(take(10), "1");
	assert_int_equal(q.n, 0);
}

static void
shapes_that_begin_alike_are_not_equal(void **state)
{
	(void)state;
	queue_push(&q, item(0, "create users(username)"));
	queue_push(&q, item(1, "create users(username, id)"));
	queue_push(&q, item(2, "create users(usernam"));
	queue_push(&q, item(3, ""));
	assert_string_equal(take(10), "0");
	assert_string_equal(take(10), "1");
	assert_string_equal(take(10), "2");
	assert_string_equal(take(10), "3");
}

static void
no_shape_is_alone(void **state)
{
	(void)state;
	queue_push(&q, item(0, NULL));
	queue_push(&q, item(1, NULL));
	assert_string_equal(take(10), "0");
	assert_string_equal(take(10), "1");
}

static void
the_rest_of_a_group_waits_for_its_turn(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < 5; i++)
		queue_push(&q, item(i, "a"));
	queue_push(&q, item(5, "b"));
	queue_push(&q, item(6, NULL));
	assert_string_equal(take(2), "0 1");
	assert_string_equal(take(2), "5");
	assert_string_equal(take(2), "6");
	assert_string_equal(take(2), "2 3");
	queue_push(&q, item(7, "a"));
	assert_string_equal(take(9), "4 7");
	assert_int_equal(q.n, 0);
}

static void
the_front_is_served_first_and_still_merges(void **state)
{
	(void)state;
	queue_push(&q, item(0, "a"));
	queue_push(&q, item(1, "b"));
	queue_push(&q, item(2, "b"));
	queue_push_front(&q, item(3, "b"));
	queue_push_front(&q, item(4, NULL));
	assert_string_equal(take(9), "4");
	assert_string_equal(take(9), "3 1 2");
	assert_string_equal(take(9), "0");
}

static void
any_item_can_leave(void **state)
{
	int	leaving, i;
	char	want[16];

	(void)state;
	for (leaving = 0; leaving < 3; leaving++) {
		(void)setup(NULL);
		for (i = 0; i < 3; i++)
			queue_push(&q, item(i, "a"));
		queue_push(&q, item(3, "b"));
		queue_remove(&q, &items[leaving]);
		assert_int_equal(q.n, 3);
		snprintf(want, sizeof(want), "%d %d", leaving == 0 ? 1 : 0,
		    leaving == 2 ? 1 : 2);
		assert_string_equal(take(9), want);
		queue_remove(&q, &items[3]);
		assert_null(queue_first(&q));
		/* The shape can come again. */
		queue_push(&q, item(leaving, "a"));
		assert_int_equal(q.n, 1);
		assert_ptr_equal(queue_first(&q), &items[leaving]);
	}
}

static void
items_expire_by_their_own_time(void **state)
{
	static const uint64_t	due[] = { 50, 10, 30, 10, 90, 20 };
	int			i;

	(void)state;
	for (i = 0; i < 6; i++) {
		items[i].due_us = due[i];
		queue_push(&q, item(i, i < 4 ? "a" : NULL));
	}
	assert_int_equal(q.due_us, 10);
	assert_null(queue_expired(&q, 9));
	assert_string_equal(numbers(queue_expired(&q, 20)), "1 3 5");
	assert_int_equal(q.due_us, 30);
	assert_string_equal(numbers(queue_expired(&q, 60)), "0 2");
	assert_int_equal(q.n, 1);
	assert_string_equal(take(9), "4");
	assert_true(q.due_us == UINT64_MAX);
}

/* Held against a plain array that does the same slowly. */
static void
it_agrees_with_a_simple_model(void **state)
{
	static const char *const	shapes[] = { "a", "bb", "ccccccccc",
	    NULL };
	bool				in[ITEMS] = { false };
	struct queue_item		*list, *next;
	unsigned			n, waiting = 0, step, i, most, left;
	const char			*shape;

	(void)state;
	srand(7);
	for (step = 0; step < 20000; step++) {
		i = (unsigned)rand() % ITEMS;
		switch (rand() % 4) {
		case 0:
		case 1:
			if (in[i])
				break;
			item((int)i, shapes[rand() % 4]);
			items[i].due_us = step + (unsigned)rand() % 200;
			if (rand() % 5 == 0)
				queue_push_front(&q, &items[i]);
			else
				queue_push(&q, &items[i]);
			in[i] = true;
			waiting++;
			break;
		case 2:
			most = 1 + (unsigned)rand() % 8;
			shape = q.first != NULL ? q.first->shape : NULL;
			left = 0;
			for (i = 0; i < ITEMS; i++)
				left += in[i] && shape != NULL &&
				    items[i].shape == shape;
			list = queue_take(&q, most, &n);
			assert_int_equal(n, waiting == 0 ? 0 :
			    shape == NULL ? 1 : left < most ? left : most);
			for (; list != NULL; list = next) {
				next = list->next;
				assert_true(in[list - items]);
				assert_ptr_equal(list->shape, shape);
				in[list - items] = false;
				waiting--;
			}
			break;
		case 3:
			if (in[i] && rand() % 2 == 0) {
				queue_remove(&q, &items[i]);
				in[i] = false;
				waiting--;
				break;
			}
			for (list = queue_expired(&q, step); list != NULL;
			    list = next) {
				next = list->next;
				assert_true(in[list - items]);
				assert_true(list->due_us <= step);
				in[list - items] = false;
				waiting--;
			}
			for (i = 0; i < ITEMS; i++)
				assert_true(!in[i] || items[i].due_us > step);
			break;
		}
		assert_int_equal(q.n, waiting);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup(an_empty_queue_gives_nothing, setup),
		cmocka_unit_test_setup(equal_shapes_are_taken_together, setup),
		cmocka_unit_test_setup(shapes_that_begin_alike_are_not_equal,
		    setup),
		cmocka_unit_test_setup(no_shape_is_alone, setup),
		cmocka_unit_test_setup(the_rest_of_a_group_waits_for_its_turn,
		    setup),
		cmocka_unit_test_setup(
		    the_front_is_served_first_and_still_merges, setup),
		cmocka_unit_test_setup(any_item_can_leave, setup),
		cmocka_unit_test_setup(items_expire_by_their_own_time, setup),
		cmocka_unit_test_setup(it_agrees_with_a_simple_model, setup)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
