/*
 * JSON-RPC 2.0, the reading half.  Called by the session for each line.  It
 * refuses what is not a request, each member of a batch by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_out.h"
#include "rpc.h"

enum {
	TEXT_KEPT	= 4096,		/* of rpc->text, from line to line */
	ID_MOST		= 1024		/* bytes of an id, as JSON text */
};

static const char id_null[] = "null";

int
rpc_init(struct rpc *rpc, const struct rpc_limits *limits, uint64_t seed)
{
	scan_init(&rpc->scanner, limits->max_depth, limits->max_values, seed);
	rpc->max_batch = limits->max_batch;
	buf_init(&rpc->text, 0);
	return 0;
}

void
rpc_release(struct rpc *rpc)
{
	buf_free(&rpc->text);
}

const char *
rpc_id(struct rpc *rpc, struct arena *a, struct json *id,
    struct error *err)
{
	const char	*text;

	if (id == NULL)
		return id_null;
	buf_reset(&rpc->text);
	if (json_is_string(id))
		json_put_string(&rpc->text, json_string(id),
		    (size_t)json_length(id));
	else if (json_is_integer(id))
		json_put_int(&rpc->text, json_int(id));
	else {
		error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "id must be a string, an integer or null");
		return NULL;
	}
	if (rpc->text.n > ID_MOST) {
		error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "an id has at most %d bytes", ID_MOST);
		buf_free(&rpc->text);
		return NULL;
	}
	text = rpc->text.broken ? NULL :
	    arena_strndup(a, rpc->text.p, rpc->text.n);
	if (rpc->text.broken || rpc->text.cap > TEXT_KEPT)
		buf_free(&rpc->text);
	if (text == NULL)
		error_nomem(err);
	return text;
}

/* The shape of a request, but for its id. */
static int
request_check(struct json *v, struct rpc_call *call, struct error *err)
{
	static const char *const	 members[] = { "jsonrpc", "method",
					    "params", "id", NULL };
	struct json		*version, *method;
	const char			*near;
	const char *const		*m;

	json_each(v, key, value) {
		(void)value;
		for (m = members; *m != NULL && strcmp(*m, key) != 0; m++)
			;
		if (*m != NULL)
			continue;
		error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "a request has no member %s", key);
		if ((near = error_nearest(key, members)) != NULL)
			error_hint(err, "did you mean %s?", near);
		return -1;
	}
	version = json_member(v, "jsonrpc");
	if (json_has(v, "jsonrpc") &&
	    (!json_is_string(version) ||
	    strcmp(json_string(version), "2.0") != 0))
		return error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "jsonrpc must be \"2.0\"");
	method = json_member(v, "method");
	if (!json_is_string(method))
		return error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "method must be a string, not %s",
		    json_has(v, "method") ? json_kind(method) : "absent");
	call->method = json_string(method);
	return 0;
}

static int
params_check(struct json *v, struct rpc_call *call, struct error *err)
{
	struct json	*params = json_member(v, "params");

	if (params == NULL)
		return 0;
	if (json_is_object(params)) {
		call->params = params;
		return 0;
	}
	if (json_is_list(params) &&
	    json_length(params) == 0)
		return 0;
	error_set(err, ERROR_INVALID_PARAMS, NULL,
	    "params must be an object, not %s", json_kind(params));
	return error_hint(err, "parameters go by name here");
}

/* One request; -1 with *err is for its error. */
static int
call_check(struct rpc *rpc, struct arena *a, struct json *v,
    struct rpc_call *call, struct error *err)
{
	const char	*id;

	call->id = id_null;
	call->answered = true;
	if (!json_is_object(v))
		return error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "a request must be an object, not %s", json_kind(v));
	if ((id = rpc_id(rpc, a, json_member(v, "id"), err)) == NULL)
		return -1;
	call->id = id;
	if (request_check(v, call, err) == -1)
		return -1;
	call->answered = json_has(v, "id");
	return params_check(v, call, err);
}

/* Puts a copy of *err into the call; -1 when memory ends. */
static int
call_refuse(struct arena *a, struct rpc_call *call, struct error *err)
{
	struct error	*copy = arena_raw(a, sizeof(*copy));

	if (copy == NULL)
		return error_nomem(err);
	*copy = *err;
	call->error = copy;
	return 0;
}

static int
call_read(struct rpc *rpc, struct arena *a, struct json *v,
    struct rpc_call *call, struct error *err)
{
	if (call_check(rpc, a, v, call, err) == 0)
		return 0;
	return call_refuse(a, call, err);
}

static int
batch_read(struct rpc *rpc, struct arena *a, struct json *tree,
    struct rpc_message *message, struct error *err)
{
	size_t	i, n = json_length(tree);

	if (n == 0)
		return error_set(err, ERROR_INVALID_REQUEST, NULL,
		    "an empty batch");
	if (n > rpc->max_batch)
		return error_set(err, ERROR_LIMIT, NULL,
		    "a batch of %zu requests; %zu are allowed (max_batch)", n,
		    rpc->max_batch);
	message->is_batch = true;
	message->n = n;
	if ((message->calls = arena_array(a, n, sizeof(*message->calls))) ==
	    NULL)
		return error_nomem(err);
	for (i = 0; i < n; i++)
		if (call_read(rpc, a, json_at(tree, i),
		    &message->calls[i], err) == -1)
			return -1;
	return 0;
}

int
rpc_read(struct rpc *rpc, struct arena *a, const char *p, size_t n,
    struct rpc_message *message, struct error *err)
{
	struct json	*tree;
	size_t		 values;

	memset(message, 0, sizeof(*message));
	if (scan_line(&rpc->scanner, p, n, &values, err) != SCAN_OK)
		return -1;
	if (json_read(a, p, n, &tree, err) == -1)
		return -1;
	if (json_is_list(tree))
		return batch_read(rpc, a, tree, message, err);
	message->n = 1;
	message->calls = arena_alloc(a, sizeof(*message->calls));
	if (message->calls == NULL)
		return error_nomem(err);
	return call_read(rpc, a, tree, message->calls, err);
}
