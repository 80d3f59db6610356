/*
 * What stands beside the parameters of a request: the idempotency key of a
 * write, and how long a request may take.  Called by request_steps.c while it
 * decodes.  It refuses keys that are empty or too long, and times that are no
 * times.
 */
#include <string.h>

#include "audit.h"
#include "bounds.h"
#include "json_out.h"
#include "request_parts.h"
#include "result.h"

enum { SWEEP_EVERY_US = 60 * 1000 * 1000 };

const char *
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

/* A user's keys are his own, and nobody else's repeat gets his replies. */
static const char *
key_own(struct request *r)
{
	const struct who	*who = &r->client->who;
	const char		*user = who->user != NULL ? who->user : "";

	return arena_printf(r->arena, "%zu:%s %s", strlen(user), user,
	    r->work->call.key);
}

int
request_key(struct request *r, struct audit_source *audit, struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	const struct path	 at = { &root, "key", 0 };
	struct call		*call = &r->work->call;
	int			 given;

	given = json_take_string(r->params, "key", &call->key, &root, err);
	/* Who has lost his key should not write without one. */
	if (given == 0 && json_has(r->params, "key"))
		return error_set(err, ERROR_INVALID_VALUE, &at,
		    "key must be a string, not null");
	if (given != 1)
		return given;
	if (call->key[0] == '\0' || strlen(call->key) > KEY_MOST)
		return error_set(err, ERROR_INVALID_VALUE, &at,
		    "a key has 1 to %d bytes", KEY_MOST);
	json_remove(r->params, "key");
	if (audit != NULL)
		audit->key = call->key;
	if (call->caller != NULL && (call->key = key_own(r)) == NULL)
		return error_nomem(err);
	call->render = reply_render;
	call->render_ctx = r;
	call->sweep = sweep_due(r->ormd);
	return 0;
}

int
request_deadline(struct request *r, struct error *err)
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
