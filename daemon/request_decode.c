/*
 * What a request means, before anything runs: its method, whose it is, its
 * deadline and key, the plan of it or the login.  Called by dialog.c; it
 * refuses unknown methods and whatever the decoders refuse, before any SQL.
 */
#include <string.h>

#include "audit.h"
#include "bounds.h"
#include "json_out.h"
#include "rates.h"
#include "request_parts.h"
#include "sealing.h"
#include "secret.h"
#include "shapes.h"
#include "stream.h"

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
	l->place = r->client->place;
	l->arena = r->arena;
	l->deadline_us = work->job.deadline_us;
	l->out = strcmp(r->method, "logout") == 0;
	l->owner = r;
	if (r->ormd->settings.audit && (l->audit = audit_make(r)) == NULL)
		return error_nomem(err);
	work->login = l;
	r->turns = true;
	return login_decode(l, r->params, r->client->is_private, err);
}

/*
 * The plan of a lone delete is for the delete, which may ask for the same in
 * other words.  Others are only good for asking again, and are of the request.
 */
static int
seal_make(struct request *r)
{
	struct call	*call = &r->work->call;
	struct buf	 asked;

	buf_init(&asked, 0);
	if (call->is_preview && (call->ops.n != 1 ||
	    call->ops.v[0]->kind != OP_DELETE))
		json_print(&asked, r->params);
	if (!asked.broken)
		call->seal = sealing_call(r->ormd->sealing, r->arena,
		    call->caller, asked.p, asked.n);
	secret_wipe(asked.p, asked.n);	/* there may be passwords */
	buf_free(&asked);
	return call->seal == NULL ? -1 : 0;
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
	if (work->call.wants_seal && seal_make(r) == -1)
		return error_nomem(err);
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
	    r->client->failures[work->job.lane] >= REQUEST_FAILURES_ALONE;
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
	near = method_meant(r->method);
	if (near == NULL)
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
