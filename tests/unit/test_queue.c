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

enum { ITEMS = 64, CLIENTS = 5 };

static struct queue		q;
static struct queue_item	items[ITEMS];
static struct queue_client	clients[CLIENTS];

static int
setup(void **state)
{
	int	i;

	(void)state;
	queue_init(&q, 12345);
	memset(items, 0, sizeof(items));
	memset(clients, 0, sizeof(clients));
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

static struct queue_item *
item_of(int i, const char *shape, int client)
{
	items[i].client = &clients[client];
	return item(i, shape);
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
	struct queue_item	*list = queue_take(&q, most, most, &n), *i;

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

/* One sends twenty, then others one each. */
static void
a_flood_takes_turns_with_the_others(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < 20; i++)
		queue_push(&q, item_of(i, "a", 0));
	for (i = 20; i < 24; i++)
		queue_push(&q, item_of(i, "a", i - 19));
	assert_int_equal(q.n, 24);
	assert_string_equal(take(8), "0 1 2 3 20 21 22 23");
	assert_string_equal(take(3), "4 5 6");
	queue_push(&q, item_of(24, "a", 1));
	/* What the others leave it has. */
	assert_string_equal(take(9), "7 8 9 10 24 11 12 13 14");
	assert_string_equal(take(9), "15 16 17 18 19");
	assert_int_equal(q.n, 0);
	assert_int_equal(clients[0].entered, 0);
}

static void
neither_do_many_shapes_help_a_flood(void **state)
{
	static const char *const	shapes[] = { "a", "b", "c", "d", "e",
	    "f", "g", "h" };
	int				i;

	(void)state;
	for (i = 0; i < 8; i++)
		queue_push(&q, item_of(i, shapes[i], 0));
	queue_push(&q, item_of(8, "z", 1));
	for (i = 0; i < QUEUE_SHARE; i++)
		assert_int_equal(atoi(take(9)), i);
	assert_string_equal(take(9), "8");
	for (; i < 8; i++)
		assert_int_equal(atoi(take(9)), i);
	assert_int_equal(q.n, 0);
}

static void
backlogs_fill_a_batch_in_turns(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < 10; i++)
		queue_push(&q, item_of(i, i % 2 ? "a" : "b", 0));
	for (i = 10; i < 20; i++)
		queue_push(&q, item_of(i, "b", 1));
	assert_string_equal(take(12), "0 2 10 11 12 13 4 6 14 15 16 17");
	assert_string_equal(take(12), "1 3 5 7 9");
	assert_string_equal(take(12), "18 19 8");
	assert_int_equal(q.n, 0);
}

/* What is in the group is taken all the same. */
static void
backlogs_fill_no_more_than_they_may(void **state)
{
	unsigned	 n;
	int		 i;

	(void)state;
	for (i = 0; i < 10; i++)
		queue_push(&q, item_of(i, "a", 0));
	queue_push(&q, item_of(10, "a", 1));
	assert_string_equal(numbers(queue_take(&q, 32, 7, &n)),
	    "0 1 2 3 10 4 5");
	assert_int_equal(n, 7);
	assert_string_equal(numbers(queue_take(&q, 32, 2, &n)), "6 7 8 9");
	assert_int_equal(n, 4);
	assert_int_equal(q.n, 0);
}

/* Also from the middle of a backlog; the next one comes forward. */
static void
what_leaves_makes_room_for_the_backlog(void **state)
{
	static const int	left[] = { 0, 2, 3, 6 };
	int			i;

	(void)state;
	for (i = 0; i < 8; i++)
		queue_push(&q, item_of(i, NULL, 0));
	assert_int_equal(clients[0].entered, QUEUE_SHARE);
	queue_remove(&q, &items[5]);
	queue_remove(&q, &items[4]);
	assert_int_equal(clients[0].entered, QUEUE_SHARE);
	queue_remove(&q, &items[1]);
	assert_int_equal(clients[0].entered, QUEUE_SHARE);
	for (i = 0; i < 4; i++)
		assert_int_equal(atoi(take(9)), left[i]);
	assert_string_equal(take(9), "7");
	assert_int_equal(q.n, 0);
	assert_null(clients[0].backlog);
}

static void
a_backlog_expires_too(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < 10; i++) {
		items[i].due_us = 100;
		queue_push(&q, item_of(i, "a", 0));
	}
	items[10].due_us = 20;
	queue_push(&q, item_of(10, "b", 0));
	items[11].due_us = 60;
	queue_push(&q, item_of(11, "a", 0));
	assert_int_equal(q.due_us, 20);
	assert_string_equal(numbers(queue_expired(&q, 20)), "10");
	assert_int_equal(q.due_us, 60);
	assert_string_equal(numbers(queue_expired(&q, 70)), "11");
	assert_int_equal(q.due_us, 100);
	assert_string_equal(take(2), "0 1");
	(void)queue_expired(&q, 100);
	assert_int_equal(q.n, 0);
	assert_int_equal(clients[0].entered, 0);
	assert_null(clients[0].backlog);
}

static bool
fits_all(const struct queue_item *i, const void *arg)
{
	(void)i;
	(void)arg;
	return true;
}

static bool
fits_shape(const struct queue_item *i, const void *arg)
{
	return strcmp(i->shape, arg) == 0;
}

static void
only_what_fits_is_brought_forward(void **state)
{
	(void)state;
	queue_push(&q, item_of(0, "a", 0));
	queue_push(&q, item_of(1, "b", 1));
	assert_false(queue_prefer_new(&q, fits_shape, "c"));
	assert_true(queue_prefer_new(&q, fits_shape, "b"));
	assert_string_equal(take(9), "1");
	/* Both are asked: it has to be new, too. */
	clients[0].running = 1;
	assert_false(queue_prefer_new(&q, fits_shape, "a"));
}

static void
those_of_whom_nothing_runs_are_brought_forward(void **state)
{
	(void)state;
	assert_false(queue_prefer_new(&q, fits_all, NULL));
	queue_push(&q, item_of(0, "a", 0));
	queue_push(&q, item_of(1, "b", 0));
	queue_push(&q, item_of(2, "c", 1));
	queue_push(&q, item_of(3, "b", 2));
	queue_push(&q, item_of(4, "d", 0));
	clients[0].running = 1;
	/* One behind others in its group brings them along. */
	assert_true(queue_prefer_new(&q, fits_all, NULL));
	assert_string_equal(take(9), "1 3");
	clients[2].running = 1;
	assert_true(queue_prefer_new(&q, fits_all, NULL));
	assert_string_equal(take(9), "2");
	assert_false(queue_prefer_new(&q, fits_all, NULL));
	queue_push(&q, item_of(5, "a", 2));
	assert_false(queue_prefer_new(&q, fits_all, NULL));
	/* What is nobody's need not wait for anybody. */
	queue_push(&q, item(6, NULL));
	assert_true(queue_prefer_new(&q, fits_all, NULL));
	assert_string_equal(take(9), "6");
	clients[0].running = 0;
	assert_true(queue_prefer_new(&q, fits_all, NULL));
	assert_string_equal(take(9), "0 5");
	assert_string_equal(take(9), "4");
}

/* Nobody has more in groups than he may, nor less than he could. */
static void
check_shares(const bool *in)
{
	unsigned	behind[CLIENTS] = { 0 }, c;
	int		i;

	for (i = 0; i < ITEMS; i++)
		if (in[i] && items[i].behind)
			behind[items[i].client - clients]++;
	for (c = 0; c < CLIENTS; c++)
		if (behind[c] > 0)
			assert_true(clients[c].entered >= QUEUE_SHARE);
		else
			assert_null(clients[c].backlog);
}

/* Does somebody in the batch wait with more of its shape? */
static bool
left_over(const struct queue_item *list, const bool *in)
{
	const struct queue_item	*l;
	bool			 taken;
	int			 i;

	for (i = 0; i < ITEMS; i++) {
		taken = false;
		for (l = list; l != NULL; l = l->next)
			taken = taken || l == &items[i];
		for (l = list; l != NULL; l = l->next)
			if (in[i] && !taken && l->client != NULL &&
			    items[i].client == l->client &&
			    items[i].shape == l->shape)
				return true;
	}
	return false;
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
			items[i].client = rand() % 3 == 0 ? NULL :
			    &clients[rand() % CLIENTS];
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
			list = queue_take(&q, most, most, &n);
			check_shares(in);
			/* All of a shape is near enough, and so it is found if
			   anybody who has it is in the batch. */
			if (waiting == 0 || shape == NULL)
				assert_int_equal(n, waiting == 0 ? 0 : 1);
			else {
				assert_in_range(n, 1, left < most ? left :
				    most);
				if (n < most)
					assert_false(left_over(list, in));
			}
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
		cmocka_unit_test_setup(a_flood_takes_turns_with_the_others,
		    setup),
		cmocka_unit_test_setup(neither_do_many_shapes_help_a_flood,
		    setup),
		cmocka_unit_test_setup(backlogs_fill_a_batch_in_turns, setup),
		cmocka_unit_test_setup(backlogs_fill_no_more_than_they_may,
		    setup),
		cmocka_unit_test_setup(what_leaves_makes_room_for_the_backlog,
		    setup),
		cmocka_unit_test_setup(a_backlog_expires_too, setup),
		cmocka_unit_test_setup(
		    those_of_whom_nothing_runs_are_brought_forward, setup),
		cmocka_unit_test_setup(only_what_fits_is_brought_forward,
		    setup),
		cmocka_unit_test_setup(it_agrees_with_a_simple_model, setup)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
