/*
 * The stream of a dialog: it runs alone, waits until its lines are taken, and
 * goes on.  Called by dialog_calls.c, and by the request room when a page
 * is there.  It refuses streams where they cannot be.
 *
 * A stream may last for hours.  So before each page its login is looked at as
 * before a request; when that has ended, or has other rights than the stream
 * began with, the stream ends.
 */
#include "dialog_parts.h"

/* Its lines are no part of an array, and they name the request by its id. */
int
stream_allowed(const struct exchange *x, struct error *err)
{
	const struct path	root = { NULL, NULL, 0 };
	const struct path	at = { &root, "stream", 0 };

	if (x->line->is_batch)
		return error_set(err, ERROR_INVALID_PARAMS, &at,
		    "a stream cannot stand in a batch");
	if (!x->call.answered)
		return error_set(err, ERROR_INVALID_PARAMS, &at,
		    "a stream needs an id");
	return 0;
}

void
stream_paused(struct request *request)
{
	struct exchange	*x = request->owner;
	struct dialog	*d = x->line->dialog;

	d->paused = x;
	d->taken = false;
	d->changed(d);
}

/* Its lines have been taken, and most of them have been sent. */
static bool
has_room(const struct dialog *d)
{
	return d->paused != NULL && d->taken &&
	    d->out.n <= request_window(&d->ormd->settings);
}

static void
end(struct dialog *d, enum error_kind why)
{
	struct exchange	*x = d->paused;

	d->paused = NULL;
	request_cancel(&x->request, why);
}

void
stream_go_on(struct dialog *d)
{
	struct exchange	*x = d->paused;

	if (!has_room(d) || !dialog_knows(d))
		return;
	if (!request_is_of(&x->request, &d->client.who)) {
		end(d, ERROR_UNAUTHENTICATED);
		return;
	}
	d->paused = NULL;
	request_resume(&x->request);
}

void
stream_fail_unknown(struct dialog *d, const struct error *err)
{
	if (has_room(d))
		end(d, err->kind);
}
