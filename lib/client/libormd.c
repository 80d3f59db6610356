/*
 * One connection to ormd: calls go out, replies come in.  Programs call this
 * through libormd.h.  The waiting is done in channel.c; here calls get their
 * ids, and replies find the call that waits for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "reach.h"
#include "reply.h"
#include "secure.h"

enum { DEPTH_MOST = 512 };			/* of a reply's JSON */

struct ormd_client {
	struct ormd_channel	 channel;
	int64_t			 last_id;
	struct ormd_reply	*first, **last;	/* kept for later */
	struct json_tokener	*tokener;
};

struct ormd_client *
ormd_connect(const char *where, int timeout_ms, struct ormd_error *err)
{
	struct ormd_client	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->tokener = json_tokener_new_ex(DEPTH_MOST)) == NULL) {
		free(c);
		ormd_fail(err, "memory", "out of memory");
		return NULL;
	}
	json_tokener_set_flags(c->tokener, JSON_TOKENER_STRICT);
	c->last = &c->first;
	c->channel.fd = ormd_reach(where, ormd_deadline(timeout_ms), err);
	if (c->channel.fd == -1) {
		ormd_close(c);
		return NULL;
	}
	return c;
}

struct ormd_client *
ormd_connect_tls(const char *where, const struct ormd_tls *tls, int timeout_ms,
    struct ormd_error *err)
{
	struct ormd_client	*c;
	int64_t			 deadline = ormd_deadline(timeout_ms);
	char			 host[ORMD_HOST_SIZE];

	if ((c = ormd_connect(where, timeout_ms, err)) == NULL)
		return NULL;
	ormd_reach_host(where, host);
	c->channel.secure = ormd_secure_new(c->channel.fd, tls, host, deadline,
	    err);
	if (c->channel.secure != NULL)
		return c;
	ormd_close(c);
	return NULL;
}

void
ormd_close(struct ormd_client *c)
{
	struct ormd_reply	*r;

	if (c == NULL)
		return;
	while ((r = c->first) != NULL) {
		c->first = r->next;
		ormd_reply_free(r);
	}
	json_tokener_free(c->tokener);
	ormd_channel_release(&c->channel);
	free(c);
}

/* id 0: a notification. */
static int
queue_call(struct ormd_client *c, int64_t id, const char *method,
    const char *params, int64_t deadline, struct ormd_error *err)
{
	struct json_object	*name = json_object_new_string(method);
	char			*line, head[48] = "";
	int			 n, r;

	if (id > 0)
		snprintf(head, sizeof(head), "\"id\":%lld,", (long long)id);
	n = name == NULL ? -1 : asprintf(&line,
	    "{\"jsonrpc\":\"2.0\",%s\"method\":%s%s%s}", head,
	    json_object_to_json_string_ext(name, JSON_C_TO_STRING_PLAIN),
	    params == NULL ? "" : ",\"params\":", params == NULL ? "" : params);
	json_object_put(name);
	if (n == -1)
		return ormd_fail(err, "memory", "out of memory");
	r = ormd_channel_queue(&c->channel, line, (size_t)n, deadline, err);
	free(line);
	return r;
}

int64_t
ormd_send_text(struct ormd_client *c, const char *method, const char *params,
    int timeout_ms, struct ormd_error *err)
{
	if (queue_call(c, c->last_id + 1, method, params,
	    ormd_deadline(timeout_ms), err) == -1)
		return -1;
	return ++c->last_id;
}

/* -1 when memory ends: a call must not go without its params. */
static int
params_text(struct json_object *params, const char **text,
    struct ormd_error *err)
{
	*text = NULL;
	if (params == NULL)
		return 0;
	*text = json_object_to_json_string_ext(params,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return *text != NULL ? 0 : ormd_fail(err, "memory", "out of memory");
}

int64_t
ormd_send(struct ormd_client *c, const char *method,
    struct json_object *params, int timeout_ms, struct ormd_error *err)
{
	const char	*text;

	if (params_text(params, &text, err) == -1)
		return -1;
	return ormd_send_text(c, method, text, timeout_ms, err);
}

int
ormd_notify(struct ormd_client *c, const char *method,
    struct json_object *params, int timeout_ms, struct ormd_error *err)
{
	const char	*text;

	if (params_text(params, &text, err) == -1)
		return -1;
	return queue_call(c, 0, method, text, ormd_deadline(timeout_ms), err);
}

int
ormd_send_line(struct ormd_client *c, const char *line, size_t n,
    int timeout_ms, struct ormd_error *err)
{
	return ormd_channel_queue(&c->channel, line, n,
	    ormd_deadline(timeout_ms), err);
}

int
ormd_flush(struct ormd_client *c, int timeout_ms, struct ormd_error *err)
{
	return ormd_channel_flush(&c->channel, ormd_deadline(timeout_ms), err);
}

int
ormd_finish(struct ormd_client *c, int timeout_ms, struct ormd_error *err)
{
	return ormd_channel_finish(&c->channel, ormd_deadline(timeout_ms), err);
}

/*
 * The server could not tell whose call it refuses: a line that is too long, or
 * all of this client.  It is the one that is waited for, or more is wrong.
 */
static bool
is_for_anybody(const struct ormd_reply *r)
{
	struct json_object	*id;

	return r->error != NULL &&
	    json_object_object_get_ex(r->message, "id", &id) && id == NULL;
}

static bool
is_answer(const struct ormd_reply *r, int64_t id)
{
	return id == 0 || r->id == id || is_for_anybody(r);
}

static struct ormd_reply *
kept_take(struct ormd_client *c, int64_t id)
{
	struct ormd_reply	**at, *r;

	for (at = &c->first; (r = *at) != NULL; at = &r->next) {
		if (!is_answer(r, id))
			continue;
		if ((*at = r->next) == NULL)
			c->last = at;
		r->next = NULL;
		c->channel.held -= r->size;
		return r;
	}
	return NULL;
}

/* The reply, if it is here already; all others that are become kept. */
static struct ormd_reply *
reply_take(struct ormd_client *c, int64_t id)
{
	struct ormd_reply	*r;
	const char		*line;
	size_t			 n;

	if ((r = kept_take(c, id)) != NULL)
		return r;
	while (ormd_channel_line(&c->channel, &line, &n)) {
		r = ormd_reply_new(line, n, c->tokener, &c->channel.broken);
		if (r == NULL || is_answer(r, id))
			return r;
		*c->last = r;
		c->last = &r->next;
		c->channel.held += r->size;
	}
	return NULL;
}

struct ormd_reply *
ormd_receive(struct ormd_client *c, int64_t id, int timeout_ms,
    struct ormd_error *err)
{
	struct ormd_reply	*r;
	int64_t			 deadline = ormd_deadline(timeout_ms);
	bool			 last = false;

	ormd_channel_write(&c->channel);
	while ((r = reply_take(c, id)) == NULL) {
		if (ormd_channel_readable(&c->channel, err) == -1)
			return NULL;
		/* One look after the deadline, not as many as there is to
		   read. */
		if (last || !ormd_channel_turn(&c->channel, deadline)) {
			ormd_fail(err, "timeout", "no reply in time");
			return NULL;
		}
		last = ormd_left(deadline) == 0;
	}
	return r;
}

int
ormd_call(struct ormd_client *c, const char *method,
    struct json_object *params, struct json_object **result, int timeout_ms,
    struct ormd_error *err)
{
	struct ormd_reply	*r;
	int64_t			 deadline = ormd_deadline(timeout_ms), id;
	int			 code = 0;

	if ((id = ormd_send(c, method, params, timeout_ms, err)) == -1)
		return -1;
	while ((r = ormd_receive(c, id, ormd_left(deadline), err)) != NULL &&
	    r->method != NULL)
		ormd_reply_free(r);
	if (r == NULL)
		return -1;
	if (r->error != NULL) {
		code = -1;
		if (err != NULL)
			*err = *r->error;
	} else if (result != NULL)
		*result = json_object_get(r->result);
	ormd_reply_free(r);
	return code;
}

int
ormd_fd(const struct ormd_client *c)
{
	return c->channel.fd;
}

short
ormd_events(const struct ormd_client *c)
{
	return ormd_channel_events(&c->channel);
}
