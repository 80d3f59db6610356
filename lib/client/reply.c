/*
 * What the server said.  libormd.c calls this for every line that came.  It
 * refuses what is not a JSON-RPC reply, notification or batch: such a peer is
 * not ormd.
 */
#include <stdlib.h>
#include <string.h>

#include "reach.h"
#include "reply.h"

/* Copies text, cut before a character that does not fit whole. */
static void
text_copy(char *to, size_t size, const char *from)
{
	size_t	n = strlen(from);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, from, n);
	to[n] = '\0';
}

static void
member_copy(char *to, size_t size, struct json_object *object,
    const char *name)
{
	struct json_object	*v;

	if (json_object_object_get_ex(object, name, &v) &&
	    json_object_is_type(v, json_type_string))
		text_copy(to, size, json_object_get_string(v));
}

static int
error_read(struct json_object *from, struct ormd_error *to)
{
	struct json_object	*v, *data;

	if (!json_object_is_type(from, json_type_object) ||
	    !json_object_object_get_ex(from, "code", &v) ||
	    !json_object_is_type(v, json_type_int))
		return -1;
	to->code = json_object_get_int(v);
	member_copy(to->message, sizeof(to->message), from, "message");
	if (!json_object_object_get_ex(from, "data", &data) ||
	    !json_object_is_type(data, json_type_object))
		return 0;
#define COPY(name) member_copy(to->name, sizeof(to->name), data, #name)
	COPY(kind);
	COPY(path);
	COPY(hint);
	COPY(detail);
	COPY(model);
	COPY(attribute);
	COPY(constraint);
	COPY(sqlstate);
	COPY(committed);
#undef COPY
	if (json_object_object_get_ex(data, "retryable", &v))
		to->retryable = json_object_get_boolean(v);
	return 0;
}

static int64_t
id_read(struct json_object *object)
{
	struct json_object	*v;

	return json_object_object_get_ex(object, "id", &v) &&
	    json_object_is_type(v, json_type_int) ? json_object_get_int64(v) :
	    0;
}

/* Rows of a stream come under the id of its call. */
static void
rows_read(struct ormd_reply *r)
{
	struct json_object	*params;

	if (strcmp(r->method, "rows") == 0 &&
	    json_object_object_get_ex(r->message, "params", &params) &&
	    json_object_is_type(params, json_type_object))
		r->id = id_read(params);
}

static int
reply_fill(struct ormd_reply *r)
{
	struct json_object	*v;
	int			 parts = 0;

	/* The answer to a batch; its members are for the caller to read. */
	if (json_object_is_type(r->message, json_type_array))
		return 0;
	if (!json_object_is_type(r->message, json_type_object))
		return -1;
	r->id = id_read(r->message);
	if (json_object_object_get_ex(r->message, "method", &v)) {
		if (!json_object_is_type(v, json_type_string))
			return -1;
		r->method = json_object_get_string(v);
		rows_read(r);
		parts++;
	}
	if (json_object_object_get_ex(r->message, "result", &r->result))
		parts++;
	if (json_object_object_get_ex(r->message, "error", &v)) {
		if ((r->error = calloc(1, sizeof(*r->error))) == NULL ||
		    error_read(v, r->error) == -1)
			return -1;
		parts++;
	}
	return parts == 1 ? 0 : -1;
}

struct ormd_reply *
ormd_reply_new(const char *line, size_t n, struct json_tokener *tokener,
    struct ormd_error *err)
{
	struct ormd_reply	*r;
	char			*copy;

	/* One block: the reply and its line. */
	if ((r = calloc(1, sizeof(*r) + n + 1)) == NULL) {
		ormd_fail(err, "memory", "out of memory");
		return NULL;
	}
	copy = (char *)(r + 1);
	memcpy(copy, line, n);
	r->line = copy;
	r->size = n;
	json_tokener_reset(tokener);
	r->message = json_tokener_parse_ex(tokener, copy, (int)n);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    reply_fill(r) == -1) {
		ormd_fail(err, "protocol",
		    "the server does not speak ormd's protocol: %.60s%s", copy,
		    n > 60 ? "..." : "");
		ormd_reply_free(r);
		return NULL;
	}
	return r;
}

void
ormd_reply_free(struct ormd_reply *r)
{
	if (r == NULL)
		return;
	json_object_put(r->message);
	free(r->error);
	free(r);
}
