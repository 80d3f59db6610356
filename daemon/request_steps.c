/*
 * A request, from what it means (request_decode.c) to the text of its result.
 * The session (dialog.c) calls this room and decides when a request may run;
 * what touches objects goes through lib/plan and the pool, the rest is answered
 * here.
 */
#include <string.h>

#include "json_out.h"
#include "methods.h"
#include "large.h"
#include "request_parts.h"
#include "stream.h"
#include "result.h"

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

/* It was cancelled, and a page or more had gone well. */
static int
stream_stop(struct request *r)
{
	if (r->work->why == ERROR_UNAUTHENTICATED) {
		error_set(&r->error, ERROR_UNAUTHENTICATED, NULL,
		    "the login that this stream began with has ended");
		return error_hint(&r->error,
		    "log in again, and go on after the last row");
	}
	return error_set(&r->error, r->work->why, NULL, "%s",
	    error_rows[r->work->why].message);
}

/* False: it has been put off.  A stream asks for room itself. */
static bool
may_print(struct request *r)
{
	return !r->is_read || r->out_of_turn || r->stream != NULL ||
	    r->work->cancelled || r->work->naming || r->fits(r);
}

/* 0: the result is there.  1: more will come.  -1: it has failed. */
static int
unit_print(struct request *r, const struct unit *unit)
{
	if (r->work->naming)
		return large_told(unit, &r->error);
	if (r->stream == NULL)
		return result_write(&r->result, unit,
		    (int)r->ormd->settings.max_depth, &r->error);
	switch (stream_page(r, unit, &r->error)) {
	case STREAM_FAILED:
		break;
	case STREAM_PAGE:
		return 1;
	case STREAM_ENDED:
		return 0;
	}
	return -1;
}

/*
 * Does it fail so that a whole batch fails?  What the server could not do is
 * not the client's; for a read, that is the case with a deadline, too.
 */
static bool
is_failure(const struct request *r, const struct error *err)
{
	if (r->is_read)
		return err->kind == ERROR_LIMIT || err->kind == ERROR_CANCELLED;
	return error_rows[err->kind].code !=
	    error_rows[ERROR_OVERLOADED].code && err->kind != ERROR_UNCERTAIN;
}

/*
 * Whose requests keep failing asks alone, or all that are merged with it would
 * be run again each time.
 */
static void
failure_count(struct request *r, const struct error *err)
{
	unsigned	*failures = &r->client->failures[r->work->job.lane];

	if (err == NULL && *failures > 0)
		--*failures;
	else if (err != NULL && is_failure(r, err) &&
	    *failures < REQUEST_FAILURES_ALONE)
		++*failures;
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
		failure_count(r, err);
		if (large_again(r, &r->error)) {
			job->alone = true;
			submit(r);
			return;
		}
		/* What PostgreSQL forbids is ours to mend, not the client's. */
		if (err->kind == ERROR_INTERNAL ||
		    (err->kind == ERROR_FORBIDDEN && err->sqlstate[0] != '\0'))
			log_error(&r->ormd->log, "%s: %s, SQLSTATE %s: %s",
			    r->method, error_rows[err->kind].kind,
			    err->sqlstate, err->hint);
	} else {
		failure_count(r, NULL);
		if (unit->stored != NULL) {
			buf_puts(&r->result, unit->stored);
			finish(r, 0);
			return;
		}
		if (!may_print(r))
			return;
		status = unit_print(r, unit);
		if (status == 1 && !r->work->cancelled) {
			r->work->paused = true;
			r->paused(r);
			return;
		}
		if (status == 1)
			status = stream_stop(r);
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

	if (!may_print(r))
		return;
	if (work->method->run != NULL)
		status = work->method->run(r->ormd, work->model,
		    &r->client->who, r->params, &r->result, &r->error);
	else if (r->client->cancel(r->client->session,
	    json_member(r->params, "id")))
		buf_puts(&r->result, "{}");
	else
		status = error_set(&r->error, ERROR_NOT_FOUND, NULL,
		    "no request of this connection has that id");
	finish(r, status);
}

static void
login_done(struct login *l, const struct error *err)
{
	struct request	*r = l->owner;

	if (err != NULL)
		r->error = *err;
	else
		login_print(&r->result, l);
	finish(r, err != NULL ? -1 : 0);
}

/* Whether something else has ended the request while they were hashed. */
static bool
is_over(struct request *r, bool ran)
{
	struct request_work	*work = r->work;
	uint64_t		 deadline = work->job.deadline_us;

	if (!ran)
		work->why = ERROR_DRAINING;
	else if (!work->cancelled) {
		if (deadline == 0 || loop_now(&r->ormd->loop) < deadline)
			return false;
		work->why = ERROR_TIMEOUT;
	}
	error_set(&r->error, work->why, NULL, "%s",
	    error_rows[work->why].message);
	return true;
}

/* Those of the request are hashes now. */
static void
passwords_done(struct passwords *p)
{
	struct request		*r = p->owner;
	struct request_work	*work = r->work;

	work->passwords = NULL;
	if (is_over(r, p->ran)) {
		r->error.committed = ERROR_COMMITTED_NO;
		finish(r, -1);
		return;
	}
	if (p->failed || (work->call.key != NULL &&
	    (work->call.request = request_text(r)) == NULL))
		error_nomem(&r->error);
	else {
		submit(r);
		return;
	}
	r->error.committed = ERROR_COMMITTED_NO;
	finish(r, -1);
}

static void
refused(void *arg)
{
	finish(arg, -1);
}

static void
hash(struct request *r)
{
	struct request_work	*work = r->work;
	const struct settings	*s = &r->ormd->settings;

	work->passwords->done = passwords_done;
	work->passwords->cost = logins_cost(s);
	work->passwords->place = r->client->place;
	if (passwords_begin(work->passwords,
	    logins_hashers(r->ormd->logins), (unsigned)s->max_hashing,
	    &r->error) == 0)
		return;
	r->error.committed = ERROR_COMMITTED_NO;
	work->hook.run = refused;
	work->hook.arg = r;
	loop_after_turn(&r->ormd->loop, &work->hook, LOOP_DONE);
}

void
request_run(struct request *r)
{
	struct request_work	*work = r->work;

	if (work->login != NULL) {
		work->login->done = login_done;
		login_run(work->login);
		return;
	}
	if (work->job.call == NULL) {
		work->hook.run = answer;
		work->hook.arg = r;
		loop_after_turn(&r->ormd->loop, &work->hook, LOOP_DONE);
		return;
	}
	work->job.done = job_done;
	if (work->passwords != NULL)
		hash(r);
	else
		submit(r);
}

/* A stream that was cancelled while it waited. */
static void
stream_end(void *arg)
{
	finish(arg, stream_stop(arg));
}

void
request_cancel(struct request *r, enum error_kind why)
{
	struct request_work	*work = r->work;

	if (work == NULL)
		return;
	work->cancelled = true;
	work->why = why;
	/* Those with nothing to wait for answer in this turn anyway. */
	if (work->login != NULL)
		login_cancel(work->login, why);
	else if (work->passwords != NULL)
		passwords_stop(work->passwords);
	else if (work->submitted)
		pool_cancel(r->ormd->pool, &work->job, why);
	else if (work->paused) {
		work->paused = false;
		work->hook.run = stream_end;
		work->hook.arg = r;
		loop_after_turn(&r->ormd->loop, &work->hook, LOOP_DONE);
	}
}

bool
request_is_of(const struct request *r, const struct who *who)
{
	return who_is(who, r->work->call.caller);
}

void
request_resume(struct request *r)
{
	/* It may have been cancelled in this turn, and is about to end. */
	if (!r->work->paused)
		return;
	r->work->paused = false;
	submit(r);
}

void
request_take(struct request *r, struct buf *out)
{
	if (r->stream != NULL)
		stream_take(r->stream, out);
}

void
request_release(struct request *r)
{
	if (r->work != NULL)
		ormd_model_drop(r->work->model);
	r->work = NULL;
	if (r->stream != NULL)
		stream_free(r->stream);
	r->stream = NULL;
	buf_free(&r->result);
}
