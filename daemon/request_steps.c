/*
 * A request, from its name to the text of its result.  The session (dialog.c)
 * calls this room and decides when a request may run; what touches objects
 * goes through lib/plan and the pool, the rest is answered here.  It refuses
 * unknown methods and whatever the decoders refuse, before any SQL.
 */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "bounds.h"
#include "json_out.h"
#include "methods.h"
#include "large.h"
#include "rates.h"
#include "request_parts.h"
#include "stream.h"
#include "result.h"
#include "shapes.h"

enum {
	FAILURES_ALONE = 3		/* more than went well: unmerged */
};

static void	login_done(struct login *, const struct error *);
static void	passwords_done(struct passwords *);

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
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	struct request	*r = ctx;

	return shapes_load(r->ormd, r->work->model, a, &r->work->call.sight,
	    model, shaping, path, err);
}

static bool
is_write(const char *method)
{
	enum op_kind	kind;

	return strcmp(method, "transaction") == 0 ||
	    (op_kind_find(method, &kind) && !op_is_read(kind));
}

static int
passwords_make(struct request *r)
{
	struct passwords	*p = arena_alloc(r->arena, sizeof(*p));

	if (p == NULL)
		return -1;
	p->call = &r->work->call;
	p->arena = r->arena;
	p->owner = r;
	p->done = passwords_done;
	r->work->passwords = p;
	return 0;
}

static bool
is_login(const char *method)
{
	return strcmp(method, "login") == 0 || strcmp(method, "logout") == 0;
}

/* Where the request comes from, for the audit of what it changes. */
static struct audit_source *
audit_make(struct request *r)
{
	struct audit_source	*s;

	s = who_audited(&r->client->who, r->work->model->registry, r->arena,
	    r->client->address[0] != '\0' ? r->client->address : NULL);
	if (s == NULL)
		return NULL;
	s->method = r->method;
	s->request = r->id;
	return s;
}

static int
login_make(struct request *r, struct error *err)
{
	struct request_work	*work = r->work;
	struct login		*l = arena_alloc(r->arena, sizeof(*l));

	if (l == NULL)
		return error_nomem(err);
	l->ormd = r->ormd;
	l->registry = work->model->registry;
	l->who = &r->client->who;
	l->origin = &r->client->origin;
	l->arena = r->arena;
	l->deadline_us = work->job.deadline_us;
	l->out = strcmp(r->method, "logout") == 0;
	l->done = login_done;
	l->owner = r;
	if (r->ormd->settings.audit && (l->audit = audit_make(r)) == NULL)
		return error_nomem(err);
	work->login = l;
	r->turns = true;
	return login_decode(l, r->params, r->client->is_private, err);
}

static int
call_make(struct request *r, struct error *err)
{
	struct request_work	*work = r->work;
	struct audit_source	*audit = NULL;
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
	d.refuse_passwords = !r->client->is_private;
	work->call.rls = r->ormd->settings.rls;
	work->call.rls_alone = !r->ormd->settings.predicates;
	if (who_caller(&r->client->who, d.registry, r->arena,
	    &work->call.caller, err) == -1)
		return -1;
	if (is_write(r->method)) {
		if (r->ormd->settings.audit && (work->call.audit = audit =
		    audit_make(r)) == NULL)
			return error_nomem(err);
		if (request_key(r, audit, err) == -1)
			return -1;
	}
	if (call_decode(&d, r->method, r->params, err) == -1)
		return -1;
	if (work->call.secrets.n > 0) {
		if (passwords_make(r) == -1)
			return error_nomem(err);
	} else if (work->call.key != NULL &&
	    (work->call.request = request_text(r)) == NULL)
		return error_nomem(err);
	r->is_read = work->call.is_read;
	/*
	 * A reply that is to be kept is kept by a writer; a reader may be a
	 * standby, which knows no serializable.
	 */
	work->job.lane = r->is_read && work->call.key == NULL &&
	    work->call.isolation != ISOLATION_SERIALIZABLE ? LANE_READ :
	    LANE_WRITE;
	work->job.call = &work->call;
	work->job.item.client = &r->client->waiting[work->job.lane];
	work->job.owner = r;
	work->job.alone = work->call.is_transaction || work->call.alone ||
	    r->client->failures >= FAILURES_ALONE;
	return work->call.ops.n == 1 && work->call.ops.v[0]->stream ?
	    stream_new(r, err) : 0;
}

static int
unknown_method(const struct request *r, struct error *err)
{
	const char		**names, *near;
	struct call_method	 m;
	size_t			 i, n = 0;

	while (method_at(n, &m))
		n++;
	if ((names = arena_array(r->arena, n + 1, sizeof(*names))) == NULL)
		return error_nomem(err);
	for (i = 0; method_at(i, &m); i++)
		names[i] = m.name;
	near = error_nearest(r->method, names);
	error_set(err, ERROR_METHOD_NOT_FOUND, NULL, "there is no method %s",
	    r->method);
	return near == NULL ? -1 : error_hint(err, "did you mean %s?", near);
}

/* It takes work away, and is never one too many. */
static bool
is_cancel(const char *method)
{
	return strcmp(method, "cancel") == 0;
}

static int
decode(struct request *r, struct error *err)
{
	const struct path		 root = { NULL, NULL, 0 };
	struct request_work		*work;
	enum op_kind			 kind;

	if ((work = arena_alloc(r->arena, sizeof(*work))) == NULL)
		return error_nomem(err);
	r->work = work;
	work->request = r;
	work->model = ormd_model_hold(r->ormd->model);
	if (r->ormd->settings.request_rate > 0 && !is_cancel(r->method) &&
	    rates_take(r->ormd->rates, r->client, err) == -1)
		return -1;
	if (request_deadline(r, err) == -1)
		return -1;
	if ((work->method = method_find(r->method)) != NULL) {
		r->is_read = work->method->run != NULL;
		r->out_of_turn = work->method->out_of_turn;
		if (is_login(r->method))
			return login_make(r, err);
		if (work->method->run == NULL && !json_has(r->params, "id"))
			return error_set(err, ERROR_REQUIRED, &root,
			    "cancel needs the id of a request");
		return r->params == NULL ? 0 : json_allow(r->params,
		    work->method->params, &root, err);
	}
	if (!op_kind_find(r->method, &kind) &&
	    strcmp(r->method, "transaction") != 0 &&
	    strcmp(r->method, "preview") != 0)
		return unknown_method(r, err);
	return call_make(r, err);
}

bool
request_is_early(const char *method)
{
	const struct method	*found = method_find(method);

	return found != NULL ? found->out_of_turn :
	    strcmp(method, "cancel") == 0;
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
 * Whose writes keep failing writes alone, or all that are merged with it would
 * be run again each time.  What the server could not do is not the client's.
 */
static void
failure_count(struct request_client *client, const struct error *err)
{
	if (error_rows[err->kind].code != error_rows[ERROR_OVERLOADED].code &&
	    err->kind != ERROR_UNCERTAIN && client->failures < FAILURES_ALONE)
		client->failures++;
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
		/* What PostgreSQL forbids is ours to mend, not the client's. */
		if (err->kind == ERROR_INTERNAL ||
		    (err->kind == ERROR_FORBIDDEN && err->sqlstate[0] != '\0'))
			log_error(&r->ormd->log, "%s: %s, SQLSTATE %s: %s",
			    r->method, error_rows[err->kind].kind,
			    err->sqlstate, err->hint);
		if (!r->is_read)
			failure_count(r->client, err);
	} else {
		if (!r->is_read && r->client->failures > 0)
			r->client->failures--;
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

	work->passwords->cost = logins_cost(s);
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
