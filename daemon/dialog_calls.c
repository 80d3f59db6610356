/*
 * The calls of one client: what they mean, whose turn it is, and what follows
 * when one is done.  Called by dialog.c with each line, and by the request room
 * when one of its requests is done.  What is wrong in a call is refused by
 * request_decode().
 */
#include <stdlib.h>

#include "dialog_parts.h"

enum { EXPECTED_FADES = 16 };

static void	dialog_checked(struct who_check *, const struct error *);

void
line_charge(struct line *line)
{
	size_t	cost = line_cost(line);

	line->dialog->charge += cost - line->charge;
	line->charge = cost;
}

/* It is answered, or will not be asked any more. */
void
exchange_end(struct exchange *x)
{
	struct dialog	*d = x->line->dialog;

	if (x->state == EXCHANGE_WAITS && !x->made)
		d->unmet--;
	x->state = EXCHANGE_DONE;
	if (d->turning == x)
		d->turning = NULL;
}

/* What a batch may answer is used up, and would only be held for nothing. */
static void
batch_bound(struct line *line, struct request *r)
{
	line->length += r->result.n;
	if (!line->is_batch || r->failed ||
	    line->length <= line->ormd->settings.max_reply)
		return;
	line->length -= r->result.n;
	buf_free(&r->result);
	r->failed = true;
	error_set(&r->error, ERROR_LIMIT, NULL,
	    "the reply to this batch is longer than max_reply");
	r->error.committed = r->is_read ? ERROR_COMMITTED_UNSAID :
	    ERROR_COMMITTED_YES;
}

/* A long reply counts at once, and is forgotten slowly. */
static void
expect(struct dialog *d, size_t n)
{
	if (n > d->expected)
		d->expected = n;
	else
		d->expected -= (d->expected - n) / EXPECTED_FADES;
}

static void
exchange_done(struct request *request)
{
	struct exchange	*x = request->owner;
	struct line	*line = x->line;
	struct dialog	*d = line->dialog;

	exchange_end(x);
	batch_bound(line, request);
	expect(d, request->result.n);
	line->held += request->result.cap;
	d->held += request->result.cap;
	d->ormd->stats.failed += request->failed;
	if (!request->out_of_turn && --d->running == 0)
		d->alone = false;
	if (d->paused == x)
		d->paused = NULL;
	if (--line->undone == 0 && line->early)
		d->early++;
	dialog_start(d);
	d->changed(d);
}

/* Takes it off those that run; it waits in the place that it had. */
static void
exchange_put_off(struct exchange *x)
{
	struct dialog	*d = x->line->dialog;
	struct exchange	**at;

	x->state = EXCHANGE_WAITS;
	if (--d->running == 0)
		d->alone = false;
	for (at = &d->waiting; *at != NULL && (*at)->number < x->number;
	    at = &(*at)->next)
		;
	if ((x->next = *at) == NULL)
		d->waiting_last = x;
	*at = x;
}

/*
 * The rows of a read are there, and its reply is to be made.  Where too much is
 * held for this client already it is rather run again, once there is room: how
 * long replies are is known only when it is too late.  The reply that others
 * wait for is made whatever is held of theirs, but not on top of too much that
 * the client could read.
 */
static bool
exchange_fits(struct request *request)
{
	struct exchange	*x = request->owner;
	struct dialog	*d = x->line->dialog;
	size_t		 most = d->ormd->settings.output_limit;

	if (d->closed || (x->line == d->first ? d->out.n <= most :
	    d->out.n + d->held <= most && !dialog_overruns(d, 0)))
		return true;
	exchange_put_off(x);
	d->changed(d);
	return false;
}

/* True when the request is there to be run. */
static bool
exchange_decode(struct exchange *x, struct dialog *d)
{
	struct request	*r = &x->request;

	if (x->call.error != NULL) {
		r->error = *x->call.error;
		r->failed = true;
		return false;
	}
	request_init(r, d->ormd, &d->client, &x->line->arena);
	x->made = true;
	r->result.limit = line_room(x);
	r->method = x->call.method;
	r->params = x->call.params;
	r->done = exchange_done;
	r->paused = stream_paused;
	r->fits = exchange_fits;
	r->owner = x;
	r->id = x->call.id;
	if (d->ormd->draining) {
		error_set(&r->error, ERROR_DRAINING, NULL, "%s",
		    error_rows[ERROR_DRAINING].message);
		r->failed = true;
	} else if (request_decode(r) == -1 || (r->stream != NULL &&
	    stream_allowed(x, &r->error) == -1))
		r->failed = true;
	if (!r->failed && r->turns)
		d->turning = x;
	return !r->failed;
}

bool
dialog_knows(struct dialog *d)
{
	struct who_check	*check;

	if (d->check != NULL)
		return false;
	if (d->ormd->draining || !who_is_stale(&d->client.who, d->ormd))
		return true;
	if ((check = calloc(1, sizeof(*check))) == NULL) {
		d->out.broken = true;	/* the session closes */
		d->changed(d);
		return false;
	}
	d->ormd->in_flight++;	/* a drain waits for it, too */
	check->ormd = d->ormd;
	check->who = &d->client.who;
	check->done = dialog_checked;
	check->owner = d;
	d->check = check;
	who_check(check);
	return false;
}

/* Who is asking is known, or is being found out: then not yet. */
static bool
is_known(struct dialog *d)
{
	return d->turning == NULL && dialog_knows(d);
}

/* Whether it need not know who asks, and could not wait to know. */
static bool
is_early(const struct exchange *x)
{
	return x->call.error != NULL || request_is_early(x->call.method);
}

/* What could not be decoded for want of a caller is answered by this error. */
static void
dialog_fail_unknown(struct dialog *d, const struct error *err)
{
	struct exchange	*x;

	for (x = d->waiting; x != NULL; x = x->next) {
		if (x->state != EXCHANGE_WAITS || x->made)
			continue;
		x->request.error = *err;
		x->request.failed = true;
		d->ormd->stats.failed++;
		exchange_end(x);
		x->line->undone--;
	}
}

static void
dialog_checked(struct who_check *check, const struct error *err)
{
	struct dialog	*d = check->owner;

	d->check = NULL;
	free(check);
	d->ormd->in_flight--;
	if (err != NULL) {
		dialog_fail_unknown(d, err);
		stream_fail_unknown(d, err);
	}
	dialog_start(d);
	d->changed(d);
}

static void
exchange_wait(struct exchange *x, struct dialog *d)
{
	x->number = d->numbered++;
	if (d->waiting_last != NULL)
		d->waiting_last->next = x;
	else
		d->waiting = x;
	d->waiting_last = x;
}

static void
exchange_run(struct exchange *x)
{
	x->state = EXCHANGE_RUNS;
	request_run(&x->request);
}

void
line_decode(struct line *line, const struct rpc_message *message)
{
	struct dialog	*d = line->dialog;
	struct exchange	*x;
	size_t		 i;

	line->is_batch = message->is_batch;
	line->early = true;
	for (i = 0; i < line->n; i++) {
		x = &line->exchanges[i];
		x->line = line;
		x->call = message->calls[i];
		d->ormd->stats.requests++;
		if (!is_early(x) && (d->unmet > 0 || !is_known(d))) {
			line->early = false;
			d->unmet++;
			exchange_wait(x, d);
		} else if (!exchange_decode(x, d)) {
			d->ormd->stats.failed++;
			x->state = EXCHANGE_DONE;
			line->early = false;
			line->undone--;
		} else if (x->request.out_of_turn)
			exchange_run(x);
		else {
			line->early = false;
			exchange_wait(x, d);
		}
	}
	line_charge(line);
}

/*
 * Whether so much lies here unread, or will with the replies that are being
 * made, that nothing new should run.  Something has to run all the same when
 * nothing else would make it less: the members of one batch are held until the
 * last of them is done.
 */
static bool
output_is_full(const struct dialog *d)
{
	size_t	most = d->ormd->settings.output_limit;
	size_t	now = d->out.n + d->held;

	if (d->running == 0)
		return d->out.n > 0 && now > most;
	if (dialog_overruns(d, 0))
		return true;
	return now + (d->running + 1) * d->expected > most;
}

/* Its turn may have come; who asks has to be known first.  False: not yet. */
static bool
exchange_meet(struct exchange *x, struct dialog *d)
{
	if (!is_known(d))
		return false;
	d->unmet--;
	if (exchange_decode(x, d)) {
		line_charge(x->line);
		return true;
	}
	d->ormd->stats.failed++;
	exchange_end(x);
	if (--x->line->undone == 0)
		d->changed(d);
	return true;
}

static bool
runs_alone(const struct request *r)
{
	return !r->is_read || r->stream != NULL;
}

void
dialog_start(struct dialog *d)
{
	struct exchange	*x;

	stream_go_on(d);
	while ((x = d->waiting) != NULL) {
		if (x->state == EXCHANGE_WAITS && !x->made &&
		    !exchange_meet(x, d))
			return;
		if (x->state == EXCHANGE_WAITS) {
			if (d->running > 0 &&
			    (d->alone || runs_alone(&x->request)))
				return;
			if (output_is_full(d))
				return;
		}
		if ((d->waiting = x->next) == NULL)
			d->waiting_last = NULL;
		if (x->state == EXCHANGE_WAITS) {
			d->running++;
			d->alone = runs_alone(&x->request);
			exchange_run(x);
		}
	}
}
