/*
 * Reads transcripts and plays them.  The answers are in the transcript, so a
 * batch can be turned without a database; whatever it says differently makes
 * the test fail with the line expected and the line said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit.h"
#include "plan_talk.h"

static struct json *
parsed(struct arena *a, const char *text)
{
	struct json	*v;
	struct error	 err;

	if (json_read(a, text, strlen(text), &v, &err) == -1)
		fail_msg("%s: %s", err.message, text);
	return v;
}

/* The next line that is neither blank nor a comment; NULL: none is left. */
static char *
line_take(struct arena *a, const char **at)
{
	const char	*p = *at, *end;

	while (*p == '\n' || *p == '#') {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	if (*p == '\0')
		return NULL;
	end = p + strcspn(p, "\n");
	*at = end + (*end == '\n');
	return arena_strndup(a, p, (size_t)(end - p));
}

/* The line's next word; what follows it is at *rest. */
static const char *
word_take(struct arena *a, const char *line, const char **rest)
{
	size_t	n = strcspn(line, " ");

	*rest = line + n + (line[n] == ' ');
	return arena_strndup(a, line, n);
}

/* "> method {…}", ">key …", ">@caller …", or ">@caller/key …" */
static void
request_read(struct talk_file *f, struct talk *t, const char *line)
{
	const char	*caller;
	size_t		 n;

	assert_in_range(t->ncalls, 0, TALK_CALLS - 1);
	if (line[1] == '@') {
		caller = word_take(&f->arena, line + 2, &line);
		n = strcspn(caller, "/");
		t->callers[t->ncalls] = arena_strndup(&f->arena, caller, n);
		if (caller[n] == '/')
			t->keys[t->ncalls] = caller + n + 1;
	} else if (line[1] != ' ')
		t->keys[t->ncalls] = word_take(&f->arena, line + 1, &line);
	else
		line += 2;
	t->methods[t->ncalls] = word_take(&f->arena, line, &line);
	t->params[t->ncalls++] = parsed(&f->arena, line);
}

static void
talk_read(struct talk_file *f, const char *title, char *text)
{
	struct talk	*t = arena_alloc(&f->arena, sizeof(*t));
	const char	*at = text;
	char		*line;

	t->title = title;
	t->head = t->body = text;
	while ((line = line_take(&f->arena, &at)) != NULL) {
		if (strncmp(line, "model ", 6) == 0)
			t->model = line + 6;
		else if (strncmp(line, "audit ", 6) == 0)
			t->audit = parsed(&f->arena, line + 6);
		else if (line[0] == '>')
			request_read(f, t, line);
		else
			break;
		t->body = at;
	}
	if (t->model == NULL || t->ncalls == 0)
		fail_msg("%s: no model, or no request", title);
	assert_int_equal(vec_push(&f->arena, &f->talks, t), 0);
}

void
talk_open(struct talk_file *f, const char *name)
{
	char		*text = plan_file(name);
	const char	*at, *line, *next;
	size_t		 n;

	memset(f, 0, sizeof(*f));
	at = strncmp(text, "== ", 3) == 0 ? text : strstr(text, "\n== ");
	for (; at != NULL; at = next) {
		at += *at == '\n';
		line = at + strcspn(at, "\n");
		next = strstr(line, "\n== ");
		n = next != NULL ? (size_t)(next - line) : strlen(line);
		talk_read(f, arena_strndup(&f->arena, at + 3,
		    (size_t)(line - at - 3)),
		    arena_strndup(&f->arena, line, n));
	}
	free(text);
	assert_int_not_equal(f->talks.n, 0);
}

void
talk_close(struct talk_file *f)
{
	arena_release(&f->arena);
}

/* A value of an answer, in the binary format that PostgreSQL would send. */
static void
cell_make(struct arena *a, struct json *v, struct cell *cell)
{
	struct buf	b;
	const char	*type = "int4";

	cell->n = -1;
	cell->p = "";
	if (v == NULL)
		return;
	if (json_is_object(v)) {
		type = json_key_at(v, 0);
		v = json_value_at(v, 0);
	}
	buf_init(&b, 0);
	if (json_is_boolean(v))
		buf_putc(&b, (char)json_boolean(v));
	else if (json_is_string(v) &&
	    strcmp(type, "uuid") == 0) {
		const char	*p = json_string(v);
		unsigned	 byte;

		for (; *p != '\0'; p += 2) {
			p += *p == '-';
			assert_int_equal(sscanf(p, "%2x", &byte), 1);
			buf_putc(&b, (char)byte);
		}
	} else if (json_is_string(v))
		buf_puts(&b, json_string(v));
	else if (strcmp(type, "int2") == 0)
		buf_be16(&b, (uint16_t)json_int(v));
	else if (strcmp(type, "int4") == 0)
		buf_be32(&b, (uint32_t)json_int(v));
	else if (strcmp(type, "int8") == 0)
		buf_be64(&b, (uint64_t)json_int(v));
	else
		fail_msg("no cell is made of %s", type);
	cell->n = (int32_t)b.n;
	cell->p = arena_strndup(a, b.n > 0 ? b.p : "", b.n);
	buf_free(&b);
}

static const char *
member_text(struct json *v, const char *name)
{
	const char	*s = json_string_or_null(json_member(v, name));

	return s == NULL ? "" : s;
}

static void
pg_error_read(struct arena *a, const char *text, struct pg_error *pg)
{
	struct json	*v = parsed(a, text);

	memset(pg, 0, sizeof(*pg));
	snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s",
	    member_text(v, "sqlstate"));
	pg->message = member_text(v, "message");
	pg->detail = member_text(v, "detail");
	pg->table = member_text(v, "table");
	pg->column = member_text(v, "column");
	pg->constraint = member_text(v, "constraint");
}

/* The lines of an answer; true: it is an error. */
static bool
answer_read(struct arena *a, const char *text, struct answer *answer,
    struct pg_error *pg)
{
	VEC(struct cell)	 cells = { NULL, 0, 0 };
	struct json	*row;
	struct cell		 cell;
	char			*line;
	size_t			 i;

	memset(answer, 0, sizeof(*answer));
	while ((line = line_take(a, &text)) != NULL) {
		line += strspn(line, " ");
		if (strncmp(line, "failed ", 7) == 0) {
			pg_error_read(a, line + 7, pg);
			return true;
		}
		row = parsed(a, line + 2);
		answer->nrows++;
		answer->ncols = json_length(row);
		for (i = 0; i < answer->ncols; i++) {
			cell_make(a, json_at(row, i), &cell);
			assert_int_equal(vec_push(a, &cells, cell), 0);
		}
	}
	answer->cells = cells.v;
	return false;
}

struct player {
	struct plan_kit		*k;
	struct talk_server	*server;
	struct buf		*out;
	struct batch		 batch;
};

static void
step(const struct player *p, bool begins)
{
	if (p->server->step != NULL)
		p->server->step(begins);
}

static bool
is_nomem(const struct error *err)
{
	struct error	nomem;

	error_nomem(&nomem);
	return err->kind == nomem.kind &&
	    strcmp(err->message, nomem.message) == 0;
}

/* False, when the error is the end of memory; else it is said. */
static bool
error_say(struct player *p, const char *what, const struct error *err)
{
	if (is_nomem(err))
		return false;
	buf_puts(p->out, what);
	plan_error(p->out, err);
	return true;
}

static bool
results_say(struct player *p)
{
	const struct unit	*u;
	size_t			 i, k;

	for (i = 0; i < p->batch.units.n; i++) {
		u = &p->batch.units.v[i];
		if (u->again) {
			buf_puts(p->out, "< again\n");
			continue;
		}
		if (u->failed) {
			/* What they have used up is not the fault of one. */
			assert_true(p->batch.units.n == 1 ||
			    !is_nomem(u->error));
			if (!error_say(p, "< ", u->error))
				return false;
			continue;
		}
		if (u->stored != NULL) {
			buf_printf(p->out, "< stored %s\n", u->stored);
			continue;
		}
		for (k = 0; k < u->call->ops.n; k++) {
			buf_puts(p->out, "< ");
			plan_result(p->out, u->call, u->call->ops.v[k],
			    &u->results[k]);
		}
	}
	return true;
}

/* The reply to keep, as the daemon's result.c would print it. */
static int
reply_render(void *ctx, const struct unit *u, struct buf *b,
    struct error *err)
{
	(void)ctx;
	(void)err;
	plan_result(b, u->call, u->call->ops.v[0], &u->results[0]);
	b->n--;		/* without the line's end */
	return 0;
}

/* What the daemon adds to the call of an exactly-once write. */
static void
key_set(struct call *call, const char *key, const struct json *params)
{
	call->key = key;
	call->request = params->text;
	call->render = reply_render;
}

/* The same of one that is audited; each request has its number for an id. */
static int
audit_set(struct plan_kit *k, struct call *call, const struct talk *t,
    size_t i)
{
	struct audit_source	*s = arena_alloc(&k->arena, sizeof(*s));
	char			*id = arena_printf(&k->arena, "%zu", i + 1);

	if (s == NULL || id == NULL)
		return -1;
	s->caller = json_string_or_null(json_member(t->audit, "caller"));
	s->login = json_string_or_null(json_member(t->audit, "login"));
	s->address = json_string_or_null(json_member(t->audit, "address"));
	s->method = t->methods[i];
	s->request = id;
	s->key = t->keys[i];
	call->audit = s;
	return 0;
}

/* 0: goes on; 1: the batch is over; -1: no memory. */
static int
statement_play(struct player *p, size_t index, const struct statement *st)
{
	struct answer	 answer;
	struct pg_error	 pg;
	struct error	 err;
	struct buf	 b;
	const char	*said, *lines;
	int		 r;

	buf_init(&b, 0);
	buf_printf(&b, "  %s%s\n", st->by_value ? "[by value] " : "",
	    st->sql->text);
	plan_params(&b, "    ", st->params, (size_t)st->nparams);
	said = plan_text(p->k, &b);
	buf_puts(p->out, said);
	if ((lines = p->server->ask(p->server, st, said)) == NULL)
		return 1;
	buf_puts(p->out, lines);
	if (answer_read(&p->k->keep, lines, &answer, &pg)) {
		if (p->server->explaining)
			step(p, true);
		batch_explain(&p->batch, &pg, &err);
		step(p, false);
		return error_say(p, "< ", &err) ? 1 : -1;
	}
	step(p, true);
	r = batch_take(&p->batch, index, &answer, &err);
	step(p, false);
	return r == 0 ? 0 : error_say(p, "< ", &err) ? 1 : -1;
}

static bool
batch_play(struct player *p)
{
	enum batch_status	status;
	struct round		round;
	struct error		err;
	size_t			i;
	int			r, rounds;

	for (rounds = 0; rounds < TALK_ROUNDS; rounds++) {
		step(p, true);
		status = batch_next(&p->batch, &round, &err);
		step(p, false);
		if (status == BATCH_FAILED)
			return error_say(p, "< ", &err);
		if (status == BATCH_SYNC) {
			buf_puts(p->out, "sync\n");
			return results_say(p);
		}
		buf_puts(p->out, round.last ? "round, sync\n" : "round\n");
		for (i = 0; i < round.statements.n; i++)
			if ((r = statement_play(p, i,
			    &round.statements.v[i])) != 0)
				return r == 1;
		if (round.last)
			return results_say(p);
	}
	fail_msg("%d rounds, and no end", rounds);
	return false;
}

bool
talk_play(struct plan_kit *k, const struct talk *t,
    struct talk_server *server, struct buf *out)
{
	struct player	 p = { k, server, out, { 0 } };
	struct call	*call;
	struct error	 err;
	size_t		 i;
	bool		 whole;

	for (i = 0; i < t->ncalls; i++) {
		step(&p, true);
		k->caller = t->callers[i];
		call = plan_try(k, t->methods[i], t->params[i], &err);
		if (call != NULL && t->keys[i] != NULL)
			key_set(call, t->keys[i], t->params[i]);
		whole = call != NULL && (t->audit == NULL ||
		    audit_set(k, call, t, i) == 0) && (i > 0 ||
		    batch_init(&p.batch, &k->arena, &k->sql) == 0) &&
		    batch_add(&p.batch, call, NULL) != NULL;
		step(&p, false);
		if (call == NULL)
			return error_say(&p, "refused ", &err);
		if (!whole)
			return false;
	}
	return batch_play(&p);
}

/* The server of a replay: the transcript itself. */
struct script {
	struct plan_kit	*k;
	const char	*title;
	const char	*at;
	bool		 strict;
};

static const char *
script_ask(struct talk_server *server, const struct statement *st,
    const char *text)
{
	struct script	*s = server->ctx;
	struct buf	 b;
	const char	*at, *said = text;
	char		*line, *want;

	(void)st;
	for (at = s->at; *said != '\0'; s->at = at) {
		want = line_take(&s->k->keep, &said);
		do
			line = line_take(&s->k->keep, &at);
		while (line != NULL && line[0] != ' ');
		if (line != NULL && strcmp(line, want) == 0)
			continue;
		if (!s->strict)
			return NULL;
		fail_msg("%s:\n expected%s\n but was %s", s->title,
		    line == NULL ? " the end" : line, want);
	}
	buf_init(&b, 0);
	while ((line = line_take(&s->k->keep, &at)) != NULL &&
	    strncmp(line, "    ", 4) == 0) {
		buf_printf(&b, "%s\n", line);
		s->at = at;
	}
	return b.n == 0 ? "" : plan_text(s->k, &b);
}

/* Without blank lines and comments. */
static const char *
bare(struct plan_kit *k, const char *text)
{
	struct buf	 b;
	char		*line;

	buf_init(&b, 0);
	while ((line = line_take(&k->keep, &text)) != NULL)
		buf_printf(&b, "%s\n", line);
	return plan_text(k, &b);
}

bool
talk_replay(struct plan_kit *k, const struct talk *t,
    void (*each_step)(bool begins), bool strict)
{
	struct script		s = { k, t->title, t->body, strict };
	struct talk_server	server = { script_ask, each_step, !strict, &s };
	struct buf		out;
	bool			whole;

	buf_init(&out, 0);
	whole = talk_play(k, t, &server, &out);
	if (whole && strict)
		assert_string_equal(plan_text(k, &out), bare(k, t->body));
	buf_free(&out);
	return whole;
}

static void
talk_case(void **state)
{
	const struct talk	*t = *state;
	struct plan_kit		 k;

	plan_open_named(&k, t->model);
	assert_true(talk_replay(&k, t, NULL, true));
	plan_close(&k);
}

int
talk_main(const char *const *names, const struct CMUnitTest *more,
    size_t nmore)
{
	struct talk_file	 files[8];
	struct CMUnitTest	*tests;
	size_t			 i, k, n = nmore, at = 0;
	int			 failed;

	for (i = 0; names[i] != NULL; i++) {
		talk_open(&files[i], names[i]);
		n += files[i].talks.n;
	}
	if ((tests = calloc(n, sizeof(*tests))) == NULL)
		return 1;
	for (i = 0; names[i] != NULL; i++)
		for (k = 0; k < files[i].talks.n; k++) {
			tests[at].name = files[i].talks.v[k]->title;
			tests[at].test_func = talk_case;
			tests[at++].initial_state = files[i].talks.v[k];
		}
	if (nmore > 0)
		memcpy(&tests[at], more, nmore * sizeof(*tests));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("plan", tests, n, NULL, NULL);
	free(tests);
	for (i = 0; names[i] != NULL; i++)
		talk_close(&files[i]);
	return failed;
}
