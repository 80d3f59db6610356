/*
 * The loop: hooks run once after a turn, by rank, however busy the sockets
 * are; time stands still within a turn; timeouts fire by age.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop.h"
#include "patience.h"

struct note {
	struct loop		*loop;
	struct loop_hook	 hook;
	struct loop_hook	*arms;
	enum loop_rank		 rank;		/* of `arms' */
	char			 letter;
	char			*text;
	int			 stop_after;
};

static void
note_run(void *arg)
{
	struct note	*n = arg;
	size_t		 at = strlen(n->text);

	n->text[at] = n->letter;
	n->text[at + 1] = '\0';
	if (n->arms != NULL)
		loop_after_turn(n->loop, n->arms, n->rank);
	if (--n->stop_after == 0)
		loop_stop(n->loop);
}

static void
note_init(struct note *n, struct loop *loop, char letter, char *text)
{
	memset(n, 0, sizeof(*n));
	n->loop = loop;
	n->letter = letter;
	n->text = text;
	n->hook.run = note_run;
	n->hook.arg = n;
}

static void
hooks_run_once_by_rank(void **state)
{
	struct loop	loop;
	struct note	a, b, c;
	char		text[16] = "";

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	note_init(&a, &loop, 'a', text);
	note_init(&b, &loop, 'b', text);
	note_init(&c, &loop, 'c', text);
	c.stop_after = 1;
	loop_after_turn(&loop, &c.hook, LOOP_BURY);
	loop_after_turn(&loop, &a.hook, LOOP_DISPATCH);
	loop_after_turn(&loop, &b.hook, LOOP_FLUSH);
	loop_after_turn(&loop, &a.hook, LOOP_DISPATCH);
	loop_run(&loop);
	assert_string_equal(text, "abc");
	loop_release(&loop);
}

/* b (flush) arms a (dispatch): that is for the next turn, which comes. */
static void
a_hook_that_is_armed_from_above_waits_a_turn(void **state)
{
	struct loop	loop;
	struct note	a, b, c;
	char		text[16] = "";

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	note_init(&a, &loop, 'a', text);
	note_init(&b, &loop, 'b', text);
	note_init(&c, &loop, 'c', text);
	b.arms = &a.hook;
	b.rank = LOOP_DISPATCH;
	a.stop_after = 1;
	loop_after_turn(&loop, &b.hook, LOOP_FLUSH);
	loop_after_turn(&loop, &c.hook, LOOP_BURY);
	loop_run(&loop);
	assert_string_equal(text, "bca");
	loop_release(&loop);
}

static void
a_hook_can_be_disarmed(void **state)
{
	struct loop	loop;
	struct note	a, b, c;
	char		text[16] = "";

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	note_init(&a, &loop, 'a', text);
	note_init(&b, &loop, 'b', text);
	note_init(&c, &loop, 'c', text);
	c.stop_after = 1;
	loop_after_turn(&loop, &a.hook, LOOP_DONE);
	loop_after_turn(&loop, &b.hook, LOOP_DONE);
	loop_disarm(&loop, &b.hook, LOOP_DONE);
	loop_after_turn(&loop, &c.hook, LOOP_DONE);
	loop_disarm(&loop, &a.hook, LOOP_DONE);
	loop_disarm(&loop, &a.hook, LOOP_DONE);
	loop_run(&loop);
	assert_string_equal(text, "c");
	loop_release(&loop);
}

/* A pipe that is always readable, and a hook that arms itself. */
static void
always(evutil_socket_t fd, short what, void *arg)
{
	unsigned	*turns = arg;

	(void)fd;
	(void)what;
	(*turns)++;
}

static void
busy_sockets_do_not_keep_hooks_from_running(void **state)
{
	struct loop	loop;
	struct note	a;
	struct event	event;
	unsigned	turns = 0;
	char		text[16] = "";
	int		fds[2];

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	event_assign(&event, loop.base, fds[0], EV_READ | EV_PERSIST, always,
	    &turns);
	event_add(&event, NULL);
	note_init(&a, &loop, 'a', text);
	a.arms = &a.hook;
	a.rank = LOOP_DISPATCH;
	a.stop_after = 5;
	loop_after_turn(&loop, &a.hook, LOOP_DISPATCH);
	loop_run(&loop);
	assert_string_equal(text, "aaaaa");
	assert_int_equal(turns, 5);
	event_del(&event);
	close(fds[0]);
	close(fds[1]);
	loop_release(&loop);
}

static void
time_stands_still_within_a_turn(void **state)
{
	struct loop	loop;
	uint64_t	first;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	first = loop_now(&loop);
	assert_true(first > 0);
	usleep(2000);
	assert_true(loop_now(&loop) == first);
	assert_true(loop_clock(&loop) >= first + 2000);
	assert_true(loop_now(&loop) > first);
	loop_release(&loop);
}

struct waiter {
	struct patience_wait	 wait;		/* first */
	struct loop		*loop;
	char			*text;
	char			 letter;
	bool			 last;
};

static void
waiter_late(struct patience_wait *w)
{
	struct waiter	*waiter = (struct waiter *)w;
	size_t		 at = strlen(waiter->text);

	waiter->text[at] = waiter->letter;
	waiter->text[at + 1] = '\0';
	if (waiter->last)
		loop_stop(waiter->loop);
}

static void
those_who_wait_too_long_are_told_in_order(void **state)
{
	const uint64_t	timeout = 20000;
	struct patience	p;
	struct loop	loop;
	struct waiter	w[3];
	char		text[16] = "";
	uint64_t	began;
	int		i;

	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	patience_init(&p, &loop, &timeout, waiter_late);
	began = loop_now(&loop);
	for (i = 0; i < 3; i++) {
		memset(&w[i], 0, sizeof(w[i]));
		w[i].loop = &loop;
		w[i].text = text;
		w[i].letter = (char)('a' + i);
		patience_begin(&p, &w[i].wait);
	}
	w[2].last = true;
	patience_begin(&p, &w[0].wait);		/* waits already */
	patience_end(&w[1].wait);
	patience_end(&w[1].wait);
	loop_run(&loop);
	assert_string_equal(text, "ac");
	assert_true(loop_clock(&loop) - began >= timeout);
	assert_true(w[0].wait.since_us == 0);
	patience_release(&p);
	loop_release(&loop);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(hooks_run_once_by_rank),
		cmocka_unit_test(a_hook_that_is_armed_from_above_waits_a_turn),
		cmocka_unit_test(a_hook_can_be_disarmed),
		cmocka_unit_test(busy_sockets_do_not_keep_hooks_from_running),
		cmocka_unit_test(time_stands_still_within_a_turn),
		cmocka_unit_test(those_who_wait_too_long_are_told_in_order)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
