/*
 * The order of one connection.  The request room is played here: it writes
 * down when a request begins and lets each test say when it is done.
 *
 *	r a read, w a write, p and c out of turn, x refused by decode,
 *	l a login, s a stream
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialog.h"
#include "line.h"

enum { REQUESTS_MOST = 64, SEED = 12345 };


/* What the request room played here has seen; reached through the client. */
struct stage {
	struct ormd	 ormd;
	struct dialog	 dialog;	/* see stage_of() */
	struct request	*running[REQUESTS_MOST];
	int		 begun;		/* running[] is by order of begin */
	int		 living;
	char		 decoded[256];	/* methods, in order */
	char		 began[256];
	char		 ended[256];	/* cancelled ones */
	char		 lines[256];	/* a stream has ready */
	int		 changes;
	bool		 stale;		/* the login has to be looked at */
	bool		 another;	/* … and is not that of before */
	struct who_check *check;
};

static struct stage *
stage_of(struct request_client *client)
{
	return (struct stage *)((char *)client -
	    offsetof(struct stage, dialog) - offsetof(struct dialog, client));
}

void
request_init(struct request *r, struct ormd *ormd,
    struct request_client *client, struct arena *arena)
{
	memset(r, 0, sizeof(*r));
	r->ormd = ormd;
	r->client = client;
	r->arena = arena;
	buf_init(&r->result, 0);
	stage_of(client)->living++;
}

bool
request_is_early(const char *method)
{
	return *method == 'p' || *method == 'c';
}

bool
who_is_stale(const struct who *who, struct ormd *ormd)
{
	(void)who;
	return ((struct stage *)ormd)->stale;	/* it begins with ormd */
}

bool
request_is_of(const struct request *r, const struct who *who)
{
	(void)who;
	return !stage_of(r->client)->another;
}

void
who_check(struct who_check *check)
{
	((struct stage *)check->ormd)->check = check;
}

void
who_check_cancel(struct who_check *check, enum error_kind why)
{
	(void)why;
	strcat(((struct stage *)check->ormd)->ended, "?");
}

void
who_release(struct who *who)
{
	(void)who;
}

int
request_decode(struct request *r)
{
	strcat(stage_of(r->client)->decoded, r->method);
	if (*r->method == 'x')
		return error_set(&r->error, ERROR_METHOD_NOT_FOUND, NULL,
		    "no such method");
	r->is_read = *r->method == 'r';
	r->out_of_turn = *r->method == 'p' || *r->method == 'c';
	r->turns = *r->method == 'l';
	if (*r->method == 's') {
		r->is_read = true;
		r->stream = (struct stream *)r;
	}
	return 0;
}

void
request_run(struct request *r)
{
	struct stage	*stage = stage_of(r->client);

	strcat(stage->began, r->method);
	assert_true(stage->begun < REQUESTS_MOST);
	stage->running[stage->begun++] = r;
	if (*r->method == 'c')
		buf_printf(&r->result, "%s", r->client->cancel(
		    r->client->session, json_member(r->params, "id")) ?
		    "true" : "false");
}

void
request_cancel(struct request *r, enum error_kind why)
{
	strcat(stage_of(r->client)->ended, r->method);
	error_set(&r->error, why, NULL, "ended early");
	r->failed = true;
}

/* A method that begins with s is a stream, of the lines that it is given. */
void
request_take(struct request *r, struct buf *out)
{
	struct stage	*stage;

	if (r->stream == NULL)
		return;
	stage = stage_of(r->client);
	buf_puts(out, stage->lines);
	stage->lines[0] = '\0';
}

void
request_resume(struct request *r)
{
	strcat(stage_of(r->client)->began, "+");
}

void
request_release(struct request *r)
{
	stage_of(r->client)->living--;
	buf_free(&r->result);
}

static void
changed(struct dialog *d)
{
	stage_of(&d->client)->changes++;
}

/* The n-th that began is done, with its number as the result. */
static void
done(struct stage *stage, int n)
{
	struct request	*r = stage->running[n];

	assert_non_null(r);
	stage->running[n] = NULL;
	if (!r->failed && r->result.n == 0)
		buf_printf(&r->result, "%d", n);
	r->done(r);
	dialog_settle(&stage->dialog);
}

static void
line(struct stage *stage, const char *text)
{
	dialog_line(&stage->dialog, text, strlen(text));
	dialog_settle(&stage->dialog);
}

/* A request with an id, which is written as it is in JSON. */
static void
ask(struct stage *stage, const char *method, const char *id)
{
	char	text[128];

	snprintf(text, sizeof(text), "{\"method\":\"%s\",\"id\":%s}", method,
	    id);
	line(stage, text);
}

static void
assert_out(struct stage *stage, const char *wanted)
{
	buf_putc(&stage->dialog.out, '\0');
	assert_string_equal(stage->dialog.out.p, wanted);
	buf_reset(&stage->dialog.out);
}

#define RESULT(id, value) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" value "}\n"

static int
setup(void **state)
{
	const struct rpc_limits	 limits = { 32, 1000, 8 };
	struct stage		*stage = calloc(1, sizeof(*stage));

	if (stage == NULL || settings_init(&stage->ormd.settings) == -1 ||
	    rpc_init(&stage->ormd.rpc, &limits, SEED) == -1)
		return -1;
	dialog_init(&stage->dialog, &stage->ormd, changed);
	*state = stage;
	return 0;
}

/* Whatever a test did, nothing of it may remain. */
static int
teardown(void **state)
{
	struct stage	*stage = *state;
	int		 left;

	dialog_release(&stage->dialog);
	left = stage->living + (int)stage->ormd.in_flight;
	rpc_release(&stage->ormd.rpc);
	arena_spares_free(&stage->ormd.spares);
	settings_release(&stage->ormd.settings);
	free(stage);
	return left == 0 ? 0 : -1;
}

static void
neighbouring_reads_run_together_and_are_answered_in_order(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "r", "1");
	ask(stage, "r", "2");
	ask(stage, "r", "3");
	assert_string_equal(stage->began, "rrr");
	done(stage, 2);
	done(stage, 1);
	assert_out(stage, "");
	done(stage, 0);
	assert_out(stage, RESULT("1", "0") RESULT("2", "1") RESULT("3", "2"));
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_write_runs_alone_between_what_was_sent_before_and_after(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "r", "1");
	ask(stage, "r", "2");
	ask(stage, "w", "3");
	ask(stage, "r", "4");
	ask(stage, "w", "5");
	assert_string_equal(stage->began, "rr");
	done(stage, 1);
	assert_string_equal(stage->began, "rr");
	done(stage, 0);
	assert_string_equal(stage->began, "rrw");
	done(stage, 2);
	assert_string_equal(stage->began, "rrwr");
	done(stage, 3);
	assert_string_equal(stage->began, "rrwrw");
	done(stage, 4);
	assert_out(stage, RESULT("1", "0") RESULT("2", "1") RESULT("3", "2")
	    RESULT("4", "3") RESULT("5", "4"));
}

static void
streams(struct stage *stage, int n, const char *lines)
{
	strcat(stage->lines, lines);
	stage->running[n]->paused(stage->running[n]);
}

/* Its rows are there; true when it may make its reply, of n bytes. */
static bool
reply_made(struct stage *stage, int i, size_t n)
{
	struct request	*r = stage->running[i];

	assert_non_null(r);
	if (!r->fits(r)) {
		stage->running[i] = NULL;
		return false;
	}
	stage->running[i] = NULL;
	buf_printf(&r->result, "%0*d", (int)n, i);
	r->done(r);
	return true;
}

static void
replies_that_find_no_room_are_made_later(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;
	int		 i;

	stage->ormd.settings.output_limit = 1000;
	for (i = 0; i < 5; i++)
		ask(stage, "r", "7");
	ask(stage, "w", "8");
	ask(stage, "r", "9");
	assert_string_equal(stage->began, "rrrrr");
	/* Nobody waits for 3 and 1 yet; the first has to be made always. */
	assert_true(reply_made(stage, 3, 1200));
	assert_false(reply_made(stage, 1, 1200));
	assert_false(reply_made(stage, 4, 1200));
	assert_true(reply_made(stage, 0, 1200));
	assert_true(d->held < 8000);
	assert_string_equal(stage->began, "rrrrr");
	dialog_settle(d);
	assert_int_equal(d->out.n, 1200 + 35);
	buf_reset(&d->out);
	/* Number 1 is the first now, and comes before what was behind it. */
	dialog_start(d);
	assert_string_equal(stage->began, "rrrrr");
	assert_false(reply_made(stage, 2, 1200));
	dialog_start(d);
	assert_string_equal(stage->began, "rrrrrr");
	assert_ptr_equal(stage->running[5], &d->first->exchanges->request);
	/* Replies are long here, so that one is made after the other. */
	for (i = 5; i < 8; i++) {
		assert_int_equal(stage->begun, i + 1);
		assert_true(reply_made(stage, i, 1200));
		dialog_settle(d);
		buf_reset(&d->out);
		dialog_start(d);
	}
	assert_string_equal(stage->began, "rrrrrrrrw");
	done(stage, 8);
	done(stage, 9);
	assert_string_equal(stage->began, "rrrrrrrrwr");
	assert_true(dialog_idle(d));
	buf_reset(&d->out);
}

/* Whoever holds more than his part makes no more replies than he must. */
static void
nothing_begins_beside_others_when_memory_is_used_up(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "r", "1");
	ask(stage, "r", "2");
	stage->ormd.memory = stage->ormd.settings.total_memory + 1;
	stage->ormd.clients = 200000;
	assert_false(stage->running[1]->fits(stage->running[1]));
	assert_true(stage->running[0]->fits(stage->running[0]));
	dialog_settle(&stage->dialog);
	dialog_start(&stage->dialog);
	assert_string_equal(stage->began, "rr");
	done(stage, 0);
	assert_string_equal(stage->began, "rrr");
	done(stage, 2);
	assert_out(stage, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":0}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":2}\n");
}

static void
what_replies_take_is_learned_and_forgotten(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;
	int		 i, n;

	stage->ormd.settings.output_limit = 1000;
	ask(stage, "r", "1");
	assert_true(reply_made(stage, 0, 400));
	dialog_settle(d);
	buf_reset(&d->out);
	for (i = 0; i < 40; i++)
		ask(stage, "r", "2");
	/* Two of 400 bytes are as many as fit. */
	assert_int_equal(stage->begun, 3);
	for (i = 1; i < stage->begun; i++) {
		assert_true(reply_made(stage, i, 10));
		dialog_settle(d);
		buf_reset(&d->out);
		dialog_start(d);
		if (i == 20)
			n = stage->begun - i;
	}
	assert_true(n > 4);
	assert_int_equal(stage->begun, 41);
}

static void
a_batch_holds_no_more_than_it_may_answer(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;
	int		 i;

	stage->ormd.settings.max_reply = 4096;
	line(stage, "[{\"method\":\"r\",\"id\":1},{\"method\":\"r\",\"id\":2},"
	    "{\"method\":\"r\",\"id\":3}]");
	for (i = 0; i < 3; i++)
		assert_true(reply_made(stage, i, 3000));
	assert_true(d->held < 6000);
	dialog_settle(d);
	assert_true(d->out.n < 4096);
	buf_putc(&d->out, '\0');
	assert_non_null(strstr(d->out.p,
	    "\"id\":3,\"error\":{\"code\":-32008"));
	buf_reset(&d->out);
}

static void
a_stream_runs_alone_and_goes_on_when_its_lines_are_sent(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	ask(stage, "r", "1");
	ask(stage, "s", "2");
	ask(stage, "r", "3");
	assert_string_equal(stage->began, "r");
	done(stage, 0);
	assert_string_equal(stage->began, "rs");
	assert_out(stage, RESULT("1", "0"));
	streams(stage, 1, "a\n");
	/* A line that comes meanwhile does not let it go on. */
	ask(stage, "p", "4");
	dialog_start(d);
	assert_string_equal(stage->began, "rsp+");
	assert_out(stage, "a\n");
	done(stage, 2);
	assert_out(stage, RESULT("4", "2"));
	streams(stage, 1, "b\n");
	dialog_start(d);
	assert_string_equal(stage->began, "rsp+");
	dialog_settle(d);
	dialog_start(d);
	assert_string_equal(stage->began, "rsp++");
	streams(stage, 1, "c\n");
	done(stage, 1);
	assert_string_equal(stage->began, "rsp++r");
	done(stage, 3);
	assert_out(stage, "b\nc\n" RESULT("2", "1") RESULT("3", "3"));
	assert_true(dialog_idle(d));
}

static void
a_stream_waits_for_a_slow_reader(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	stage->ormd.settings.output_limit = 400;
	buf_printf(&d->out, "%0100d", 0);
	ask(stage, "s", "1");
	streams(stage, 0, "a");
	dialog_settle(d);
	dialog_start(d);
	assert_string_equal(stage->began, "s");
	buf_drain(&d->out, 1);
	dialog_start(d);
	assert_string_equal(stage->began, "s+");
	done(stage, 0);
	buf_reset(&d->out);
}

static void
a_stream_can_be_cancelled_while_it_waits(void **state)
{
	struct stage	*stage = *state;

	stage->ormd.settings.output_limit = 4;
	ask(stage, "s", "1");
	streams(stage, 0, "rows\n");
	dialog_settle(&stage->dialog);
	dialog_start(&stage->dialog);
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":1},\"id\":2}");
	assert_string_equal(stage->ended, "s");
	done(stage, 0);
	dialog_start(&stage->dialog);
	assert_string_equal(stage->began, "sc");
	done(stage, 1);
	buf_reset(&stage->dialog.out);
}

/* A stream has sent its lines; before it goes on, its login is looked at. */
static void
stream_asks(struct stage *stage)
{
	ask(stage, "s", "1");
	streams(stage, 0, "a\n");
	stage->stale = true;
	dialog_settle(&stage->dialog);
	dialog_start(&stage->dialog);
	assert_non_null(stage->check);
	assert_string_equal(stage->began, "s");
	/* It is asked once, and a login that waits its turn changes nothing. */
	ask(stage, "l", "2");
	dialog_start(&stage->dialog);
	assert_int_equal(stage->ormd.in_flight, 3);
}

static void
a_stream_goes_on_while_its_login_holds(void **state)
{
	struct stage	*stage = *state;

	stream_asks(stage);
	stage->stale = false;
	stage->check->done(stage->check, NULL);
	assert_string_equal(stage->began, "s+");
	assert_string_equal(stage->ended, "");
	done(stage, 0);
	assert_string_equal(stage->began, "s+l");
	done(stage, 1);
	buf_reset(&stage->dialog.out);
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_stream_ends_with_its_login(void **state)
{
	struct stage	*stage = *state;

	stream_asks(stage);
	stage->stale = false;
	stage->another = true;
	stage->check->done(stage->check, NULL);
	assert_string_equal(stage->began, "s");
	assert_string_equal(stage->ended, "s");
	dialog_start(&stage->dialog);
	assert_string_equal(stage->ended, "s");
	done(stage, 0);
	assert_string_equal(stage->began, "sl");
	done(stage, 1);
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "\"unauthenticated\""));
	buf_reset(&stage->dialog.out);
}

static void
a_stream_ends_when_nobody_knows_its_login(void **state)
{
	struct stage	*stage = *state;
	struct error	 err;

	stream_asks(stage);
	error_set(&err, ERROR_DATABASE_DOWN, NULL, "away");
	stage->check->done(stage->check, &err);
	assert_string_equal(stage->ended, "s");
	done(stage, 0);
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "\"database_down\""));
	buf_reset(&stage->dialog.out);
}

static void
a_stream_is_neither_in_a_batch_nor_a_notification(void **state)
{
	struct stage	*stage = *state;

	line(stage, "[{\"method\":\"s\",\"id\":1}]");
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "/stream"));
	buf_reset(&stage->dialog.out);
	line(stage, "{\"method\":\"s\"}");
	assert_out(stage, "");
	assert_string_equal(stage->began, "");
}

static void
a_refused_call_is_answered_in_its_turn(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "w", "1");
	ask(stage, "x", "2");
	line(stage, "{");
	assert_out(stage, "");
	done(stage, 0);
	buf_putc(&stage->dialog.out, '\0');
	assert_ptr_equal(strstr(stage->dialog.out.p, RESULT("1", "0")),
	    stage->dialog.out.p);
	assert_non_null(strstr(stage->dialog.out.p, "method_not_found"));
	assert_true(strstr(stage->dialog.out.p, "method_not_found") <
	    strstr(stage->dialog.out.p, "\"parse\""));
	buf_reset(&stage->dialog.out);
}

static void
pings_do_not_wait(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "w", "1");
	ask(stage, "r", "2");
	ask(stage, "p", "\"p\"");
	assert_string_equal(stage->began, "wp");
	done(stage, 1);
	assert_out(stage, RESULT("\"p\"", "1"));
	done(stage, 0);
	assert_string_equal(stage->began, "wpr");
	done(stage, 2);
	assert_out(stage, RESULT("1", "0") RESULT("2", "2"));
}

static void
cancel_ends_what_runs_and_what_waits(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "w", "1");
	ask(stage, "w", "\"1\"");
	ask(stage, "w", "3");
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":\"1\"}}");
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":1},\"id\":7}");
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":9},\"id\":8}");
	assert_string_equal(stage->began, "wccc");
	assert_string_equal(stage->ended, "w");
	done(stage, 1);
	done(stage, 2);
	done(stage, 3);
	assert_out(stage, RESULT("7", "true") RESULT("8", "false"));
	done(stage, 0);
	assert_string_equal(stage->began, "wcccw");
	done(stage, 4);
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p,
	    "\"id\":1,\"error\":{\"code\":-32005,\"message\":\"ended early\""));
	assert_non_null(strstr(stage->dialog.out.p,
	    "\"id\":\"1\",\"error\":{\"code\":-32005"));
	assert_non_null(strstr(stage->dialog.out.p, "\"committed\":\"no\""));
	assert_non_null(strstr(stage->dialog.out.p, RESULT("3", "4")));
	buf_reset(&stage->dialog.out);
}

static void
a_batch_keeps_the_order_and_is_answered_by_one_array(void **state)
{
	struct stage	*stage = *state;

	line(stage, "[{\"method\":\"w\",\"id\":1},{\"method\":\"r\"},"
	    "{\"method\":\"p\",\"id\":3},{\"method\":\"r\",\"id\":4}]");
	ask(stage, "r", "5");
	assert_string_equal(stage->began, "pw");
	done(stage, 0);
	done(stage, 1);
	assert_string_equal(stage->began, "pwrrr");
	done(stage, 4);
	done(stage, 2);
	assert_out(stage, "");
	done(stage, 3);
	assert_out(stage, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1},"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":0},"
	    "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":3}]\n"
	    RESULT("5", "4"));
}

static void
notifications_run_in_turn_and_are_not_answered(void **state)
{
	struct stage	*stage = *state;

	line(stage, "{\"method\":\"w\"}");
	line(stage, "[{\"method\":\"w\"},{\"method\":\"x\"}]");
	ask(stage, "r", "1");
	done(stage, 0);
	done(stage, 1);
	assert_string_equal(stage->began, "wwr");
	done(stage, 2);
	assert_out(stage, RESULT("1", "2"));
}

static void
a_reply_above_max_reply_is_the_error_limit(void **state)
{
	struct stage	*stage = *state;
	int		 i;

	stage->ormd.settings.max_reply = 100;
	line(stage, "[{\"method\":\"r\",\"id\":1},"
	    "{\"method\":\"r\",\"id\":2}]");
	ask(stage, "w", "3");
	for (i = 0; i < 90; i++)
		buf_putc(&stage->running[0]->result, '1');
	done(stage, 0);
	done(stage, 1);
	buf_printf(&stage->running[2]->result, "%0101d", 0);
	done(stage, 2);
	buf_putc(&stage->dialog.out, '\0');
	assert_ptr_equal(strstr(stage->dialog.out.p,
	    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32008"),
	    stage->dialog.out.p);
	/* The write has happened all the same. */
	assert_non_null(strstr(strstr(stage->dialog.out.p, "\"id\":3"),
	    "\"committed\":\"yes\""));
	buf_reset(&stage->dialog.out);
}

static void
nothing_begins_while_replies_lie_unread(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	stage->ormd.settings.output_limit = 10;
	ask(stage, "r", "1");
	done(stage, 0);
	assert_true(d->out.n > 10);
	assert_true(dialog_full(d, d->out.n));
	ask(stage, "r", "2");
	assert_string_equal(stage->began, "r");
	buf_reset(&d->out);
	dialog_start(d);
	assert_string_equal(stage->began, "rr");
	assert_true(dialog_has_room(d, 0));
	done(stage, 1);
	buf_reset(&d->out);
}

/* Members wait for the last one: the limit must not keep it from running. */
static void
a_batch_above_the_output_limit_still_ends(void **state)
{
	struct stage	*stage = *state;

	stage->ormd.settings.output_limit = 1;
	line(stage, "[{\"method\":\"w\",\"id\":1},{\"method\":\"w\",\"id\":2},"
	    "{\"method\":\"w\",\"id\":3}]");
	done(stage, 0);
	done(stage, 1);
	done(stage, 2);
	assert_true(dialog_idle(&stage->dialog));
	assert_true(stage->dialog.out.n > 0);
	buf_reset(&stage->dialog.out);
}

static void
too_many_under_way_stop_the_reading(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	stage->ormd.settings.max_in_flight = 3;
	ask(stage, "w", "1");
	ask(stage, "w", "2");
	assert_false(dialog_full(d, 0));
	ask(stage, "w", "3");
	assert_true(dialog_full(d, 0));
	assert_false(dialog_has_room(d, 0));
	done(stage, 0);
	assert_false(dialog_has_room(d, 0));
	done(stage, 1);
	assert_true(dialog_has_room(d, 0));
	done(stage, 2);
	buf_reset(&d->out);
}

static void
what_comes_behind_a_login_is_decoded_when_it_is_done(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "r", "1");
	ask(stage, "l", "2");
	ask(stage, "r", "3");
	ask(stage, "w", "4");
	ask(stage, "l", "5");
	ask(stage, "x", "6");
	ask(stage, "p", "7");
	assert_string_equal(stage->decoded, "rlp");
	assert_string_equal(stage->began, "rp");
	done(stage, 1);
	done(stage, 0);
	assert_string_equal(stage->began, "rpl");
	/* All that may run now is decoded, and no login is overtaken. */
	done(stage, 2);
	assert_string_equal(stage->decoded, "rlprw");
	ask(stage, "r", "8");
	assert_string_equal(stage->decoded, "rlprw");
	assert_string_equal(stage->began, "rplr");
	done(stage, 3);
	assert_string_equal(stage->began, "rplrw");
	ask(stage, "r", "9");
	done(stage, 4);
	assert_string_equal(stage->decoded, "rlprwl");
	assert_string_equal(stage->began, "rplrwl");
	done(stage, 5);
	assert_string_equal(stage->decoded, "rlprwlxrr");
	assert_string_equal(stage->began, "rplrwlrr");
	done(stage, 6);
	done(stage, 7);
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "{\"jsonrpc\":\"2.0\","
	    "\"id\":6,\"error\":{\"code\":-32601"));
	assert_non_null(strstr(stage->dialog.out.p, RESULT("8", "6")
	    RESULT("9", "7")));
	buf_reset(&stage->dialog.out);
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_login_in_a_batch_is_for_the_members_behind_it(void **state)
{
	struct stage	*stage = *state;

	line(stage, "[{\"method\":\"r\",\"id\":1},{\"method\":\"l\"},"
	    "{\"method\":\"r\",\"id\":2},{\"method\":\"p\",\"id\":3}]");
	assert_string_equal(stage->decoded, "rlp");
	done(stage, 0);
	done(stage, 1);
	done(stage, 2);
	assert_string_equal(stage->decoded, "rlpr");
	done(stage, 3);
	buf_reset(&stage->dialog.out);
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_login_that_is_cancelled_holds_nothing_up(void **state)
{
	struct stage	*stage = *state;

	ask(stage, "w", "1");
	ask(stage, "l", "2");
	ask(stage, "r", "3");
	ask(stage, "r", "4");
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":3}}");
	line(stage, "{\"method\":\"c\",\"params\":{\"id\":2}}");
	done(stage, 1);
	done(stage, 2);
	assert_string_equal(stage->decoded, "wlccr");
	done(stage, 0);
	assert_string_equal(stage->began, "wccr");
	done(stage, 3);
	buf_reset(&stage->dialog.out);
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_stale_login_is_looked_at_before_anything_is_decoded(void **state)
{
	struct stage	*stage = *state;
	struct error	 err;

	stage->stale = true;
	ask(stage, "r", "1");
	ask(stage, "p", "2");
	ask(stage, "r", "3");
	assert_string_equal(stage->decoded, "p");
	assert_non_null(stage->check);
	assert_int_equal(stage->ormd.in_flight, 4);
	stage->stale = false;
	stage->check->done(stage->check, NULL);
	assert_string_equal(stage->began, "prr");
	done(stage, 0);
	done(stage, 1);
	done(stage, 2);
	buf_reset(&stage->dialog.out);
	/* Nobody knows: what waited for it is told so, and not run. */
	stage->stale = true;
	ask(stage, "r", "4");
	error_set(&err, ERROR_DATABASE_DOWN, NULL, "away");
	stage->check->done(stage->check, &err);
	dialog_settle(&stage->dialog);
	assert_string_equal(stage->began, "prr");
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "\"database_down\""));
	buf_reset(&stage->dialog.out);
	assert_true(dialog_idle(&stage->dialog));
	/* A client that goes meanwhile is not buried before that is over. */
	ask(stage, "r", "5");
	dialog_close(&stage->dialog);
	dialog_settle(&stage->dialog);
	assert_string_equal(stage->ended, "?");
	assert_false(dialog_idle(&stage->dialog));
	stage->check->done(stage->check, &err);
	assert_true(dialog_idle(&stage->dialog));
}

static void
a_client_that_goes_takes_its_requests_with_it(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	ask(stage, "r", "1");
	ask(stage, "r", "2");
	ask(stage, "w", "3");
	dialog_close(d);
	assert_string_equal(stage->ended, "rr");
	dialog_settle(d);
	assert_false(dialog_idle(d));
	done(stage, 1);
	done(stage, 0);
	assert_true(dialog_idle(d));
	assert_string_equal(stage->began, "rr");
	assert_int_equal(d->out.n, 0);
}

static void
a_drain_refuses_what_waits_and_what_comes(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	ask(stage, "w", "1");
	ask(stage, "w", "2");
	stage->ormd.draining = true;
	dialog_refuse_waiting(d, ERROR_DRAINING);
	ask(stage, "r", "3");
	done(stage, 0);
	assert_string_equal(stage->began, "w");
	assert_true(dialog_idle(d));
	buf_putc(&d->out, '\0');
	assert_ptr_equal(strstr(d->out.p, RESULT("1", "0")), d->out.p);
	assert_non_null(strstr(d->out.p,
	    "\"id\":2,\"error\":{\"code\":-32004"));
	assert_non_null(strstr(d->out.p,
	    "\"id\":3,\"error\":{\"code\":-32004"));
	buf_reset(&d->out);
}

static void
lines_are_refused_when_all_clients_hold_too_much(void **state)
{
	struct stage	*stage = *state;
	struct dialog	*d = &stage->dialog;

	stage->ormd.memory = stage->ormd.settings.total_memory + 1;
	stage->ormd.clients = 50000;
	/* But not those of one that holds nothing. */
	ask(stage, "r", "1");
	assert_string_equal(stage->began, "r");
	ask(stage, "r", "2");
	assert_string_equal(stage->began, "r");
	done(stage, 0);
	buf_putc(&d->out, '\0');
	assert_non_null(strstr(d->out.p, "\"id\":1,\"result\""));
	assert_non_null(strstr(d->out.p, "\"id\":null,\"error\""));
	assert_non_null(strstr(d->out.p, "overloaded"));
	buf_reset(&d->out);
	assert_false(dialog_overruns(d, 5000));
	assert_true(dialog_overruns(d, 6000));
	stage->ormd.memory--;
	assert_false(dialog_overruns(d, 6000));
}

static void
a_batch_beyond_request_memory_is_refused(void **state)
{
	struct stage	*stage = *state;

	/* Enough for one request, which has to carry the error. */
	stage->ormd.settings.request_memory = 4096;
	line(stage, "[{\"method\":\"r\",\"id\":1},{\"method\":\"r\",\"id\":2},"
	    "{\"method\":\"r\",\"id\":3},{\"method\":\"r\",\"id\":4}]");
	buf_putc(&stage->dialog.out, '\0');
	assert_non_null(strstr(stage->dialog.out.p, "request_memory"));
	assert_string_equal(stage->began, "");
	buf_reset(&stage->dialog.out);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(neighbouring_reads_run_together_and_are_answered_in_order),
		CASE(a_write_runs_alone_between_what_was_sent_before_and_after),
		CASE(replies_that_find_no_room_are_made_later),
		CASE(nothing_begins_beside_others_when_memory_is_used_up),
		CASE(what_replies_take_is_learned_and_forgotten),
		CASE(a_batch_holds_no_more_than_it_may_answer),
		CASE(a_stream_runs_alone_and_goes_on_when_its_lines_are_sent),
		CASE(a_stream_waits_for_a_slow_reader),
		CASE(a_stream_can_be_cancelled_while_it_waits),
		CASE(a_stream_goes_on_while_its_login_holds),
		CASE(a_stream_ends_with_its_login),
		CASE(a_stream_ends_when_nobody_knows_its_login),
		CASE(a_stream_is_neither_in_a_batch_nor_a_notification),
		CASE(a_refused_call_is_answered_in_its_turn),
		CASE(pings_do_not_wait),
		CASE(cancel_ends_what_runs_and_what_waits),
		CASE(a_batch_keeps_the_order_and_is_answered_by_one_array),
		CASE(notifications_run_in_turn_and_are_not_answered),
		CASE(a_reply_above_max_reply_is_the_error_limit),
		CASE(nothing_begins_while_replies_lie_unread),
		CASE(a_batch_above_the_output_limit_still_ends),
		CASE(too_many_under_way_stop_the_reading),
		CASE(what_comes_behind_a_login_is_decoded_when_it_is_done),
		CASE(a_login_in_a_batch_is_for_the_members_behind_it),
		CASE(a_login_that_is_cancelled_holds_nothing_up),
		CASE(a_stale_login_is_looked_at_before_anything_is_decoded),
		CASE(a_client_that_goes_takes_its_requests_with_it),
		CASE(a_drain_refuses_what_waits_and_what_comes),
		CASE(lines_are_refused_when_all_clients_hold_too_much),
		CASE(a_batch_beyond_request_memory_is_refused)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
