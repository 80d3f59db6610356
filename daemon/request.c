/*
 * A request, from its name to the text of its result.  The session (dialog.c)
 * calls this room and decides when a request may run; what touches objects
 * goes through lib/plan and the pool, the rest is answered here.  It refuses
 * unknown methods and whatever the decoders refuse, before any SQL.
 */
#include <stdlib.h>
#include <string.h>

#include "json_out.h"
#include "large.h"
#include "request_parts.h"
#include "result.h"
#include "shapes.h"

enum {
	PAGE_DEFAULT = 100,		/* rows of a page without `limit' */
	PAGE_MOST = 1000,
	KEY_MOST = 200,			/* bytes of an idempotency key */
	SWEEP_EVERY_US = 60 * 1000 * 1000,
	DEADLINE_MOST_MS = 24 * 3600 * 1000,
	FAILURES_ALONE = 3		/* in a row: goes unmerged from then */
};

void
request_init(struct request *r, struct ormd *ormd,
    struct request_client *client, struct arena *arena)
{
	memset(r, 0, sizeof(*r));
	r->ormd = ormd;
	r->client = client;
	r->arena = arena;
	buf_init(&r->result, ormd->settings.max_reply);
}

static const struct load *
load_compiled(void *ctx, struct arena *a, const struct model *model,
    struct json *rules, struct json *only,
    const struct path *path, struct error *err)
{
	struct request	*r = ctx;

	return shapes_load(r->ormd, r->work->model, a, &r->work->call.sight,
	    model, rules, only, path, err);
}

/* The request as text, by which a repeat is known: what it asks, not how. */
static const char *
request_text(struct request *r)
{
	struct buf	 b;
	const char	*text = NULL;

	buf_init(&b, 0);
	buf_puts(&b, r->method);
	buf_putc(&b, ' ');
	json_print(&b, r->params);
	if (!b.broken)
		text = arena_strndup(r->arena, b.p, b.n);
	buf_free(&b);
	return text;
}

static int
reply_render(void *ctx, const struct unit *unit, struct buf *b,
    struct error *err)
{
	const struct request	*r = ctx;

	b->limit = r->result.limit;
	if (result_write(b, unit, (int)r->ormd->settings.max_depth, err) == -1)
		return -1;
	return b->broken ? error_set(err, ERROR_LIMIT, NULL,
	    "the reply is longer than max_reply") : 0;
}

/* Now and then a request with a key takes old keys away. */
static int64_t
sweep_due(struct ormd *ormd)
{
	uint64_t	now = loop_now(&ormd->loop);

	if (now < ormd->sweep_us)
		return 0;
	ormd->sweep_us = now + SWEEP_EVERY_US;
	return (int64_t)(ormd->settings.key_retention / 1000000);
}

/* `key' stands beside the parameters of every write. */
static int
key_take(struct request *r, struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	const struct path	 at = { &root, "key", 0 };
	struct call		*call = &r->work->call;
	int			 given;

	given = json_take_string(r->params, "key", &call->key, &root, err);
	if (given != 1)
		return given;
	if (call->key[0] == '\0' || strlen(call->key) > KEY_MOST)
		return error_set(err, ERROR_INVALID_VALUE, &at,
		    "a key has 1 to %d bytes", KEY_MOST);
	json_remove(r->params, "key");
	if ((call->request = request_text(r)) == NULL)
		return error_nomem(err);
	call->render = reply_render;
	call->render_ctx = r;
	call->sweep = sweep_due(r->ormd);
	return 0;
}

/* deadline_ms stands beside the parameters of every method. */
static int
deadline_take(struct request *r, struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	int64_t			 ms;

	if (!json_has(r->params, "deadline_ms"))
		return 0;
	switch (json_take_int(r->params, "deadline_ms", &ms, 1,
	    DEADLINE_MOST_MS, &root, err)) {
	case -1:
		return -1;
	case 1:
		r->work->job.deadline_us = loop_now(&r->ormd->loop) +
		    (uint64_t)ms * 1000;
		break;
	}
	json_remove(r->params, "deadline_ms");
	return 0;
}

static bool
is_write(const char *method)
{
	enum op_kind	kind;

	return strcmp(method, "transaction") == 0 ||
	    (op_kind_find(method, &kind) && !op_is_read(kind));
}

static int
call_make(struct request *r, struct error *err)
{
	struct request_work	*work = r->work;
	struct decoder		 d;

	memset(&d, 0, sizeof(d));
	d.arena = r->arena;
	d.registry = work->model->registry;
	d.call = &work->call;
	d.limit_default = PAGE_DEFAULT;
	d.limit_most = PAGE_MOST;
	d.in_most = r->ormd->settings.max_in;
	d.preview_limit = r->ormd->settings.preview_limit;
	d.max_deleted = r->ormd->settings.max_deleted;
	d.load = load_compiled;
	d.ctx = r;
	if (is_write(r->method) && key_take(r, err) == -1)
		return -1;
	if (call_decode(&d, r->method, r->params, err) == -1)
		return -1;
	r->is_read = work->call.is_read;
	/* A reply that is to be kept is kept by a writer. */
	work->job.lane = r->is_read && work->call.key == NULL ? LANE_READ :
	    LANE_WRITE;
	work->job.call = &work->call;
	work->job.owner = r;
	work->job.alone = work->call.is_transaction || work->call.alone ||
	    r->client->failures >= FAILURES_ALONE;
	return 0;
}

static int
unknown_method(const struct request *r, struct error *err)
{
	const char	*near = error_nearest(r->method, method_names());

	error_set(err, ERROR_METHOD_NOT_FOUND, NULL, "there is no method %s",
	    r->method);
	return near == NULL ? -1 : error_hint(err, "did you mean %s?", near);
}

static int
decode(struct request *r, struct error *err)
{
	static const char *const	 cancel_params[] = { "id", NULL };
	const struct path		 root = { NULL, NULL, 0 };
	struct request_work		*work;
	enum op_kind			 kind;

	if ((work = arena_alloc(r->arena, sizeof(*work))) == NULL)
		return error_nomem(err);
	r->work = work;
	work->request = r;
	work->model = ormd_model_hold(r->ormd->model);
	if (deadline_take(r, err) == -1)
		return -1;
	if ((work->method = method_find(r->method)) != NULL) {
		r->is_read = true;
		r->out_of_turn = work->method->out_of_turn;
		return r->params == NULL ? 0 : json_allow(r->params,
		    work->method->params, &root, err);
	}
	if (strcmp(r->method, "cancel") == 0) {
		r->out_of_turn = true;
		if (!json_has(r->params, "id"))
			return error_set(err, ERROR_REQUIRED, &root,
			    "cancel needs the id of a request");
		return json_allow(r->params, cancel_params, &root, err);
	}
	if (!op_kind_find(r->method, &kind) &&
	    strcmp(r->method, "transaction") != 0 &&
	    strcmp(r->method, "preview") != 0)
		return unknown_method(r, err);
	return call_make(r, err);
}

int
request_decode(struct request *r)
{
	r->failed = decode(r, &r->error) == -1;
	return r->failed ? -1 : 0;
}

static void
finish(struct request *r, int status)
{
	r->failed = status == -1;
	if (!r->failed && r->result.broken) {
		r->failed = true;
		error_set(&r->error, ERROR_LIMIT, NULL,
		    "the reply is longer than max_reply");
		error_hint(&r->error, "ask for less: only, rules, limit");
		if (!r->is_read)
			r->error.committed = ERROR_COMMITTED_YES;
	}
	if (r->failed)
		buf_free(&r->result);
	r->done(r);
}

static void
submit(struct request *r)
{
	r->work->submitted = true;
	pool_submit(r->ormd->pool, &r->work->job);
}

/* The pool is done with the job: write the result while its rows are there. */
static void
job_done(struct job *job, const struct unit *unit, const struct error *err)
{
	struct request	*r = job->owner;
	int		 status = -1;

	r->work->submitted = false;
	if (err != NULL) {
		r->error = *err;
		if (large_again(r, &r->error)) {
			submit(r);
			return;
		}
		if (err->kind == ERROR_INTERNAL || err->kind == ERROR_FORBIDDEN)
			log_error(&r->ormd->log, "%s: %s, SQLSTATE %s: %s",
			    r->method, error_rows[err->kind].kind,
			    err->sqlstate, err->hint);
		if (r->client->failures < FAILURES_ALONE && !r->is_read)
			r->client->failures++;
	} else {
		r->client->failures = 0;
		if (unit->stored != NULL) {
			buf_puts(&r->result, unit->stored);
			finish(r, 0);
			return;
		}
		status = r->work->naming ? large_told(unit, &r->error) :
		    result_write(&r->result, unit,
		    (int)r->ormd->settings.max_depth, &r->error);
		/* A write that cannot be printed is stored all the same. */
		if (status == -1 && !r->is_read)
			r->error.committed = ERROR_COMMITTED_YES;
	}
	finish(r, status);
}

/* The methods that need no backend, once this turn's events are over. */
static void
answer(void *arg)
{
	struct request		*r = arg;
	struct request_work	*work = r->work;
	int			 status = 0;

	if (work->method != NULL)
		status = work->method->run(r->ormd, work->model->registry,
		    r->params, &r->result, &r->error);
	else if (r->client->cancel(r->client->session,
	    json_member(r->params, "id")))
		buf_puts(&r->result, "{}");
	else
		status = error_set(&r->error, ERROR_NOT_FOUND, NULL,
		    "no request of this connection has that id");
	finish(r, status);
}

void
request_run(struct request *r)
{
	struct request_work	*work = r->work;

	if (work->job.call == NULL) {
		work->hook.run = answer;
		work->hook.arg = r;
		loop_after_turn(&r->ormd->loop, &work->hook, LOOP_DONE);
		return;
	}
	work->job.done = job_done;
	submit(r);
}

void
request_cancel(struct request *r, enum error_kind why)
{
	/* Those without a job answer in this turn anyway. */
	if (r->work != NULL && r->work->submitted)
		pool_cancel(r->ormd->pool, &r->work->job, why);
}

void
request_release(struct request *r)
{
	if (r->work != NULL)
		ormd_model_drop(r->work->model);
	r->work = NULL;
	buf_free(&r->result);
}
