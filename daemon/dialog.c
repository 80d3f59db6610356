/*
 * One client's lines on their way to answers.  Called by the session with each
 * line; the calls in them are dialog_calls.c's.  It refuses lines when all
 * clients together hold too much; what is wrong in a line is refused by rpc.
 */
#include <string.h>

#include "dialog_parts.h"

/*
 * Of total_memory, for those who hold little when it is used up: they should
 * not suffer from others.
 */
enum { OVERRUN_SHARE = 4 };

static bool
dialog_cancel_id(void *arg, struct json *id)
{
	struct dialog		*d = arg;
	struct exchange		*x, *found = NULL;
	struct arena		 arena;
	struct error		 err;
	struct line		*line;
	const char		*text;

	arena_init(&arena, 0);
	text = id == NULL ? NULL : rpc_id(&d->ormd->rpc, &arena, id, &err);
	for (line = d->first; text != NULL && line != NULL && found == NULL;
	    line = line->next)
		for (x = line->exchanges; x < line->exchanges + line->n; x++)
			if (x->state != EXCHANGE_DONE &&
			    !x->request.out_of_turn &&
			    strcmp(x->call.id, text) == 0) {
				found = x;
				break;
			}
	arena_release(&arena);
	if (found == NULL)
		return false;
	d->ormd->stats.cancelled++;
	if (found->state == EXCHANGE_RUNS) {
		request_cancel(&found->request, ERROR_CANCELLED);
		return true;
	}
	error_set(&found->request.error, ERROR_CANCELLED, NULL, "%s",
	    error_rows[ERROR_CANCELLED].message);
	found->request.error.committed = ERROR_COMMITTED_NO;
	found->request.failed = true;
	exchange_end(found);
	found->line->undone--;
	dialog_start(d);
	d->changed(d);
	return true;
}

void
dialog_init(struct dialog *d, struct ormd *ormd,
    void (*changed)(struct dialog *))
{
	memset(d, 0, sizeof(*d));
	d->ormd = ormd;
	d->changed = changed;
	d->client.ormd = ormd;
	d->client.session = d;
	d->client.cancel = dialog_cancel_id;
	buf_init(&d->out, 0);
}

static void
line_append(struct dialog *d, struct line *line)
{
	line->dialog = d;
	if (d->last != NULL)
		d->last->next = line;
	else
		d->first = line;
	d->last = line;
	line->undone = line->n;
	d->in_flight += (unsigned)line->n;
	d->ormd->in_flight += (unsigned)line->n;
	line_charge(line);
}

static void
line_unlink(struct line *line, struct line *before)
{
	struct dialog	*d = line->dialog;

	if (before != NULL)
		before->next = line->next;
	else
		d->first = line->next;
	if (d->last == line)
		d->last = before;
	d->in_flight -= (unsigned)line->n;
	d->ormd->in_flight -= (unsigned)line->n;
	d->charge -= line->charge;
}

/* A line that is nothing but its error. */
static void
refuse(struct dialog *d, const struct error *err)
{
	struct line	*line = line_new(d->ormd);

	d->changed(d);
	if (line == NULL) {
		d->out.broken = true;	/* the session closes */
		return;
	}
	if (line_exchanges(line, 1) == -1) {
		line_free(line);
		d->out.broken = true;
		return;
	}
	line->exchanges->call.id = "null";
	line->exchanges->call.answered = true;
	line->exchanges->line = line;
	line->exchanges->state = EXCHANGE_DONE;
	line->exchanges->request.failed = true;
	line->exchanges->request.error = *err;
	d->ormd->stats.refused++;
	line_append(d, line);
	line->undone = 0;
}

void
dialog_refuse(struct dialog *d, enum error_kind kind, const char *message,
    const char *hint)
{
	struct error	err;

	error_set(&err, kind, NULL, "%s", message);
	error_hint(&err, "%s", hint);
	refuse(d, &err);
}

bool
dialog_overruns(const struct dialog *d, size_t unfinished)
{
	const struct ormd	*ormd = d->ormd;
	uint64_t		 most = ormd->settings.total_memory;

	return ormd->memory > most && d->out.n + d->held + d->charge +
	    unfinished > most / OVERRUN_SHARE / (ormd->clients + 1);
}

void
dialog_line(struct dialog *d, const char *p, size_t n)
{
	struct ormd		*ormd = d->ormd;
	struct rpc_message	 message;
	struct error		 err;
	struct line		*line;

	ormd->stats.lines++;
	d->lines++;
	if (dialog_overruns(d, n)) {
		dialog_refuse(d, ERROR_OVERLOADED,
		    "the clients together hold more than total_memory",
		    "read the replies; try again later");
		return;
	}
	if ((line = line_new(ormd)) == NULL) {
		d->out.broken = true;
		d->changed(d);
		return;
	}
	if (rpc_read(&ormd->rpc, &line->arena, p, n, &message, &err) == -1 ||
	    (line_exchanges(line, message.n) == -1 &&
	    error_nomem(&err) == -1)) {
		line_free(line);
		refuse(d, &err);
		return;
	}
	line_append(d, line);
	line_decode(line, &message);
	dialog_start(d);
	if (line->undone == 0)
		d->changed(d);
}

static void
line_finish(struct line *line, struct line *before)
{
	struct dialog	*d = line->dialog;

	line_unlink(line, before);
	if (!d->closed)
		line_answer(line, &d->out);
	d->held -= line->held;
	line_free(line);
}

/* Pings and cancels that are done, wherever they stand. */
static void
settle_early(struct dialog *d)
{
	struct line	*line, *next, *before = NULL;

	for (line = d->first; line != NULL && d->early > 0; line = next) {
		next = line->next;
		if (line->early && line->undone == 0) {
			d->early--;
			line_finish(line, before);
		} else
			before = line;
	}
}

void
dialog_settle(struct dialog *d)
{
	struct line	*line;

	if (d->early > 0)
		settle_early(d);
	while ((line = d->first) != NULL && line->undone == 0)
		line_finish(line, NULL);
	/* All that was sent before it is answered, since it runs alone. */
	if (d->paused != NULL && !d->taken) {
		request_take(&d->paused->request, &d->out);
		d->taken = true;
	}
}

bool
dialog_full(const struct dialog *d, size_t unsent)
{
	const struct settings	*settings = &d->ormd->settings;

	return d->in_flight >= (unsigned)settings->max_in_flight ||
	    unsent + d->held > settings->output_limit ||
	    unsent + d->held + d->charge > settings->client_memory;
}

/* Half of the limits, so that reading does not stop and go by single lines. */
bool
dialog_has_room(const struct dialog *d, size_t unsent)
{
	const struct settings	*settings = &d->ormd->settings;

	return d->in_flight <= (unsigned)settings->max_in_flight / 2 &&
	    unsent + d->held <= settings->output_limit / 2 &&
	    unsent + d->held + d->charge <= settings->client_memory / 2;
}

void
dialog_refuse_waiting(struct dialog *d, enum error_kind kind)
{
	struct exchange	*x;

	for (x = d->waiting; x != NULL; x = x->next) {
		if (x->state != EXCHANGE_WAITS)
			continue;
		error_set(&x->request.error, kind, NULL, "%s",
		    error_rows[kind].message);
		x->request.error.committed = ERROR_COMMITTED_NO;
		x->request.failed = true;
		exchange_end(x);
		x->line->undone--;
	}
	d->waiting = d->waiting_last = NULL;
	d->changed(d);
}

void
dialog_cancel(struct dialog *d, enum error_kind kind)
{
	struct exchange	*x;
	struct line	*line;

	dialog_refuse_waiting(d, kind);
	if (d->check != NULL)
		who_check_cancel(d->check, kind);
	for (line = d->first; line != NULL; line = line->next)
		for (x = line->exchanges; x < line->exchanges + line->n; x++)
			if (x->state == EXCHANGE_RUNS) {
				d->ormd->stats.cancelled++;
				request_cancel(&x->request, kind);
			}
}

void
dialog_close(struct dialog *d)
{
	d->closed = true;
	dialog_cancel(d, ERROR_CANCELLED);
}

void
dialog_release(struct dialog *d)
{
	struct line	*line;

	while ((line = d->first) != NULL) {
		line_unlink(line, NULL);
		line_free(line);
	}
	who_release(&d->client.who);
	buf_free(&d->out);
}
