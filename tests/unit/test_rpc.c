/*
 * Lines to calls: each refusal of a request, batches, and the examples of the
 * JSON-RPC 2.0 specification, read and answered.  (Its methods do not exist
 * here: `answer' below plays a server that knows them.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reply.h"
#include "rpc.h"

enum { DEPTH = 32, VALUES = 1000, BATCH = 4 };

struct room {
	struct rpc		rpc;
	struct arena		arena;
	struct rpc_message	message;
	struct error		err;
};

static int
room_open(void **state)
{
	static const struct rpc_limits	 limits = { DEPTH, VALUES, BATCH };
	struct room			*r = malloc(sizeof(*r));

	if (r == NULL || rpc_init(&r->rpc, &limits, 12345) == -1)
		return -1;
	arena_init(&r->arena, 0);
	*state = r;
	return 0;
}

static int
room_close(void **state)
{
	struct room	*r = *state;

	arena_release(&r->arena);
	rpc_release(&r->rpc);
	free(r);
	return 0;
}

static int
read_line(struct room *r, const char *line)
{
	arena_release(&r->arena);
	return rpc_read(&r->rpc, &r->arena, line, strlen(line), &r->message,
	    &r->err);
}

/* The only call of a line that is no batch. */
static const struct rpc_call *
read_call(struct room *r, const char *line)
{
	if (read_line(r, line) == -1)
		fail_msg("%s: %s", line, r->err.message);
	assert_false(r->message.is_batch);
	assert_int_equal(r->message.n, 1);
	return &r->message.calls[0];
}

static const struct rpc_call *
read_refused(struct room *r, const char *line, enum error_kind kind)
{
	const struct rpc_call	*call = read_call(r, line);

	if (call->error == NULL)
		fail_msg("taken: %s", line);
	assert_string_equal(error_rows[call->error->kind].kind,
	    error_rows[kind].kind);
	return call;
}

static void
a_full_request(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;

	call = read_call(r, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"get\","
	    "\"params\":{\"model\":\"User\",\"id\":1}}");
	assert_null(call->error);
	assert_true(call->answered);
	assert_string_equal(call->id, "7");
	assert_string_equal(call->method, "get");
	assert_string_equal(json_string(json_member(call->params,
	    "model")), "User");
}

static void
jsonrpc_may_be_left_out_but_not_be_wrong(void **state)
{
	struct room	*r = *state;

	assert_null(read_call(r, "{\"id\":1,\"method\":\"ping\"}")->error);
	assert_string_equal(read_refused(r,
	    "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
	    ERROR_INVALID_REQUEST)->id, "1");
	read_refused(r, "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
	    ERROR_INVALID_REQUEST);
	read_refused(r, "{\"jsonrpc\":2,\"id\":1,\"method\":\"ping\"}",
	    ERROR_INVALID_REQUEST);
	read_refused(r, "{\"jsonrpc\":null,\"id\":1,\"method\":\"ping\"}",
	    ERROR_INVALID_REQUEST);
	read_refused(r, "{\"jsonrpc\":\"\",\"id\":1,\"method\":\"ping\"}",
	    ERROR_INVALID_REQUEST);
}

static void
ids_are_echoed(void **state)
{
	static const char *const	 ids[][2] = {
		{ "0", "0" }, { "1", "1" }, { "-5", "-5" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "null", "null" }, { "\"\"", "\"\"" },
		{ "\"abc\"", "\"abc\"" }, { "\"1\"", "\"1\"" },
		{ "\"null\"", "\"null\"" },
		{ "\"\\u00e9\\/\\n\\\"\"", "\"\xc3\xa9/\\n\\\"\"" },
		{ "\"\\u0001\"", "\"\\u0001\"" },
		{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
	};
	struct room			*r = *state;
	const struct rpc_call		*call;
	char				 line[200];
	size_t				 i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(line, sizeof(line), "{\"method\":\"ping\",\"id\":%s}",
		    ids[i][0]);
		call = read_call(r, line);
		assert_null(call->error);
		assert_true(call->answered);
		assert_string_equal(call->id, ids[i][1]);
	}
}

static void
an_id_is_not_too_long(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;
	char			 line[2100];

	snprintf(line, sizeof(line), "{\"id\":\"%01022d\",\"method\":\"m\"}",
	    7);
	call = read_call(r, line);
	assert_null(call->error);
	assert_int_equal(strlen(call->id), 1024);
	snprintf(line, sizeof(line), "{\"id\":\"%01023d\",\"method\":\"m\"}",
	    7);
	assert_string_equal(read_refused(r, line, ERROR_INVALID_REQUEST)->id,
	    "null");
	read_call(r, "{\"id\":\"short\",\"method\":\"m\"}");
}

static void
other_ids_are_refused(void **state)
{
	static const char *const	 ids[] = {
		"1.5", "1.0", "1e2", "true", "false", "[]", "[1]", "{}",
		"{\"a\":1}", "-0.5"
	};
	struct room			*r = *state;
	const struct rpc_call		*call;
	char				 line[200];
	size_t				 i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(line, sizeof(line), "{\"method\":\"ping\",\"id\":%s}",
		    ids[i]);
		call = read_refused(r, line, ERROR_INVALID_REQUEST);
		assert_string_equal(call->id, "null");
		assert_true(call->answered);
	}
}

static void
a_long_id_is_echoed_and_an_overlong_one_refused(void **state)
{
	enum { LENGTH = 100000, ID_MOST = 1024 };
	static const char	 head[] = "{\"method\":\"ping\",\"id\":\"";
	struct room		*r = *state;
	const struct rpc_call	*call;
	char			*line = malloc(sizeof(head) + LENGTH + 2);

	assert_non_null(line);
	memcpy(line, head, sizeof(head) - 1);
	memset(line + sizeof(head) - 1, 'x', LENGTH);
	strcpy(line + sizeof(head) - 1 + ID_MOST - 2, "\"}");
	call = read_call(r, line);
	assert_null(call->error);
	assert_int_equal(strlen(call->id), ID_MOST);
	strcpy(line + sizeof(head) - 1 + ID_MOST - 2, "x\"}");
	assert_string_equal(read_refused(r, line, ERROR_INVALID_REQUEST)->id,
	    "null");
	memset(line + sizeof(head) - 1, 'x', LENGTH);
	strcpy(line + sizeof(head) - 1 + LENGTH - 2, "\"}");
	read_refused(r, line, ERROR_INVALID_REQUEST);
	/* Its space is given back. */
	assert_null(r->rpc.text.p);
	assert_string_equal(read_call(r, "{\"method\":\"a\",\"id\":\"b\"}")->id,
	    "\"b\"");
	free(line);
}

static void
without_id_it_is_a_notification(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;

	call = read_call(r, "{\"method\":\"cancel\",\"params\":{\"id\":1}}");
	assert_null(call->error);
	assert_false(call->answered);
	/* Its mistakes are not answered either; */
	call = read_refused(r, "{\"method\":\"cancel\",\"params\":[1]}",
	    ERROR_INVALID_PARAMS);
	assert_false(call->answered);
	/* but what is no request cannot be a notification. */
	call = read_refused(r, "{\"method\":1}", ERROR_INVALID_REQUEST);
	assert_true(call->answered);
	assert_string_equal(call->id, "null");
}

static void
params_go_by_name(void **state)
{
	static const char *const	 none[] = {
		"{\"id\":1,\"method\":\"ping\"}",
		"{\"id\":1,\"method\":\"ping\",\"params\":[]}",
		"{\"id\":1,\"method\":\"ping\",\"params\":null}",
	};
	static const char *const	 refused[] = {
		"[1]", "[{}]", "[[]]", "[null]", "1", "\"a\"", "true", "1.5"
	};
	struct room			*r = *state;
	const struct rpc_call		*call;
	char				 line[200];
	size_t				 i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		call = read_call(r, none[i]);
		assert_null(call->error);
		assert_null(call->params);
	}
	call = read_call(r, "{\"id\":1,\"method\":\"ping\",\"params\":{}}");
	assert_null(call->error);
	assert_non_null(call->params);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(line, sizeof(line),
		    "{\"id\":3,\"method\":\"ping\",\"params\":%s}",
		    refused[i]);
		call = read_refused(r, line, ERROR_INVALID_PARAMS);
		assert_string_equal(call->id, "3");
		assert_true(call->answered);
	}
}

static void
the_method_must_be_a_string(void **state)
{
	static const char *const	 lines[] = {
		"{\"id\":1}", "{\"id\":1,\"method\":null}",
		"{\"id\":1,\"method\":1}", "{\"id\":1,\"method\":[\"a\"]}",
		"{\"id\":1,\"method\":{}}", "{\"id\":1,\"method\":true}",
		"{\"id\":1,\"params\":{}}"
	};
	struct room			*r = *state;
	size_t				 i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(read_refused(r, lines[i],
		    ERROR_INVALID_REQUEST)->id, "1");
}

static void
an_unknown_member_is_refused_by_name(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;

	call = read_refused(r, "{\"id\":1,\"method\":\"get\",\"parms\":{}}",
	    ERROR_INVALID_REQUEST);
	assert_string_equal(call->id, "1");
	assert_non_null(strstr(call->error->message, "parms"));
	assert_string_equal(call->error->hint, "did you mean params?");
	call = read_refused(r, "{\"ID\":1,\"method\":\"get\"}",
	    ERROR_INVALID_REQUEST);
	assert_true(call->answered);
	read_refused(r, "{\"id\":1,\"method\":\"get\",\"traceparent\":\"0\"}",
	    ERROR_INVALID_REQUEST);
	read_refused(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
	    ERROR_INVALID_REQUEST);
}

static void
only_objects_are_requests(void **state)
{
	static const char *const	 lines[] = {
		"1", "null", "\"ping\"", "true", "1.5", "-0"
	};
	struct room			*r = *state;
	const struct rpc_call		*call;
	size_t				 i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		call = read_refused(r, lines[i], ERROR_INVALID_REQUEST);
		assert_string_equal(call->id, "null");
		assert_true(call->answered);
	}
	read_refused(r, "{}", ERROR_INVALID_REQUEST);
}

static void
what_the_scanner_refuses_is_refused_whole(void **state)
{
	struct room	*r = *state;

	assert_int_equal(read_line(r, "{\"id\":1,\"method\":\"ping\""), -1);
	assert_int_equal(r->err.kind, ERROR_PARSE);
	assert_int_equal(read_line(r, "{\"id\":1,\"id\":2}"), -1);
	assert_int_equal(r->err.kind, ERROR_PARSE);
	assert_int_equal(read_line(r, "{\"id\":1,\"method\":\"a\\u0000\"}"),
	    -1);
	assert_int_equal(r->err.kind, ERROR_PARSE);
	assert_int_equal(read_line(r, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), -1);
	assert_int_equal(r->err.kind, ERROR_LIMIT);
}

static void
nesting_up_to_max_depth_is_parsed(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;

	/* The request and params are levels too. */
	call = read_call(r, "{\"method\":\"a\",\"params\":{\"x\":"
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}");
	assert_null(call->error);
	assert_int_equal(read_line(r, "{\"method\":\"a\",\"params\":{\"x\":"
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
	    "}}"), -1);
	assert_int_equal(r->err.kind, ERROR_LIMIT);
}

/* What takes a number knows what it can hold; an id holds an int64. */
static void
numbers_may_be_of_any_size_but_not_ids(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;
	struct json		*v;

	assert_int_equal(read_line(r, "{\"method\":\"a\",\"params\":{\"n\":"
	    "[9223372036854775808,1e999]},\"id\":\"x\"}"), 0);
	call = &r->message.calls[0];
	assert_null(call->error);
	v = json_member(call->params, "n");
	assert_true(json_is_fraction(json_at(v, 0)));
	assert_int_equal(json_at(v, 0)->ntext, 19);
	assert_memory_equal(json_at(v, 0)->text, "9223372036854775808", 19);
	assert_true(json_is_fraction(json_at(v, 1)));
	call = read_refused(r, "{\"method\":\"a\",\"id\":9223372036854775808}",
	    ERROR_INVALID_REQUEST);
	assert_string_equal(call->id, "null");
	assert_true(call->answered);
	call = read_refused(r, "{\"method\":\"a\",\"id\":1e999}",
	    ERROR_INVALID_REQUEST);
	assert_string_equal(call->id, "null");
}

static void
a_batch_has_members_with_errors_of_their_own(void **state)
{
	struct room	*r = *state;

	assert_int_equal(read_line(r, "[{\"method\":\"a\",\"id\":1},"
	    "{\"method\":\"b\"},5,{\"method\":\"c\",\"params\":[1],"
	    "\"id\":\"x\"}]"), 0);
	assert_true(r->message.is_batch);
	assert_int_equal(r->message.n, 4);
	assert_null(r->message.calls[0].error);
	assert_string_equal(r->message.calls[0].id, "1");
	assert_null(r->message.calls[1].error);
	assert_false(r->message.calls[1].answered);
	assert_int_equal(r->message.calls[2].error->kind,
	    ERROR_INVALID_REQUEST);
	assert_string_equal(r->message.calls[2].id, "null");
	assert_int_equal(r->message.calls[3].error->kind,
	    ERROR_INVALID_PARAMS);
	assert_string_equal(r->message.calls[3].id, "\"x\"");
}

static void
max_batch_is_exact(void **state)
{
	struct room	*r = *state;

	assert_int_equal(read_line(r, "[1,2,3,4]"), 0);
	assert_int_equal(read_line(r, "[1,2,3,4,5]"), -1);
	assert_int_equal(r->err.kind, ERROR_LIMIT);
	assert_non_null(strstr(r->err.message, "max_batch"));
}

static void
an_empty_batch_and_a_nested_one(void **state)
{
	struct room	*r = *state;

	assert_int_equal(read_line(r, "[]"), -1);
	assert_int_equal(r->err.kind, ERROR_INVALID_REQUEST);
	assert_int_equal(read_line(r, "[[{\"method\":\"a\",\"id\":1}]]"), 0);
	assert_int_equal(r->message.calls[0].error->kind,
	    ERROR_INVALID_REQUEST);
}

static void
equal_ids_have_equal_texts(void **state)
{
	struct room		*r = *state;
	const struct rpc_call	*call;
	const char		*id;

	call = read_call(r, "{\"method\":\"cancel\",\"id\":\"a/b\","
	    "\"params\":{\"id\":\"\\u0061\\/b\",\"no\":[1]}}");
	id = rpc_id(&r->rpc, &r->arena, json_member(call->params, "id"),
	    &r->err);
	assert_string_equal(id, call->id);
	assert_string_equal(rpc_id(&r->rpc, &r->arena, NULL, &r->err), "null");
	assert_null(rpc_id(&r->rpc, &r->arena, json_member(call->params, "no"),
	    &r->err));
	assert_int_equal(r->err.kind, ERROR_INVALID_REQUEST);
}

/* However little memory a request may take: an error or the call, whole. */
static void
when_memory_ends_it_is_said(void **state)
{
	static const char	 line[] = "[{\"method\":\"a\",\"id\":1},"
				    "{\"method\":\"b\",\"id\":\"x\"},7]";
	struct room		*r = *state;
	size_t			 limit;
	int			 refused = 0;

	for (limit = 1; limit < 6000; limit += 7) {
		arena_release(&r->arena);
		arena_init(&r->arena, limit);
		if (rpc_read(&r->rpc, &r->arena, line, sizeof(line) - 1,
		    &r->message, &r->err) == -1) {
			assert_int_equal(r->err.kind, ERROR_LIMIT);
			refused++;
			continue;
		}
		assert_int_equal(r->message.n, 3);
		assert_string_equal(r->message.calls[1].id, "\"x\"");
		assert_non_null(r->message.calls[2].error);
	}
	assert_true(refused > 0 && refused < 6000 / 7);
}

static void
the_reader_can_be_used_again_after_each_line(void **state)
{
	struct room	*r = *state;
	int		 i;

	for (i = 0; i < 100; i++) {
		read_line(r, i % 2 == 0 ? "{\"id\":1,\"method\":" :
		    "{\"id\":1e999}");
		assert_null(read_call(r, "{\"id\":1,\"method\":\"a\"}")->error);
	}
}

/* -- the specification's examples ------------------------------------------ */

/* What the specification's server would answer; NULL: it has no such method. */
static const char *
example_result(const struct rpc_call *call)
{
	static const char	*by_name[] = { "minuend", "subtrahend" };
	static char		 text[32];

	if (strcmp(call->method, "subtract") == 0) {
		snprintf(text, sizeof(text), "%d", (int)(
		    json_int(json_member(call->params, by_name[0])) -
		    json_int(json_member(call->params, by_name[1]))));
		return text;
	}
	return strcmp(call->method, "get_data") == 0 ? "[\"hello\",5]" : NULL;
}

static void
answer_call(struct buf *out, const struct rpc_call *call,
    enum reply_place place)
{
	const char	*result;
	struct error	 unknown;

	if (call->error != NULL) {
		reply_error(out, call->id, call->error, place);
		return;
	}
	if ((result = example_result(call)) == NULL) {
		error_set(&unknown, ERROR_METHOD_NOT_FOUND, NULL,
		    "no such method");
		reply_error(out, call->id, &unknown, place);
		return;
	}
	reply_begin(out, call->id, place);
	buf_puts(out, result);
	reply_end(out, place);
}

static void
answer(struct room *r, const char *line, struct buf *out)
{
	size_t	i, answers = 0;

	if (read_line(r, line) == -1) {
		reply_error(out, "null", &r->err, REPLY_LINE);
		return;
	}
	for (i = 0; i < r->message.n; i++) {
		if (!r->message.calls[i].answered)
			continue;
		if (r->message.is_batch && answers++ == 0)
			reply_batch_begin(out);
		answer_call(out, &r->message.calls[i], r->message.is_batch ?
		    REPLY_MEMBER : REPLY_LINE);
	}
	if (answers > 0)
		reply_batch_end(out);
}

static void
put_value(struct buf *to, const struct json *v)
{
	if (v == NULL)
		buf_puts(to, "null");
	else
		buf_add(to, v->text, v->ntext);
}

/* As the specification shows answers: of an error only code and id. */
static void
summarize(struct json *v, struct buf *to)
{
	struct json	*error = json_member(v, "error");

	assert_string_equal(json_string(json_member(v, "jsonrpc")),
	    "2.0");
	assert_true(json_has(v, "id"));
	assert_int_not_equal(json_has(v, "error"), json_has(v, "result"));
	assert_int_equal(json_length(v), 3);
	if (error != NULL) {
		assert_true(json_is_string(json_member(error, "message")));
		put_value(to, json_member(error, "code"));
	} else
		put_value(to, json_member(v, "result"));
	buf_putc(to, '@');
	put_value(to, json_member(v, "id"));
}

static void
assert_answer(struct room *r, const char *line, const char *wanted)
{
	struct buf		 out, summary;
	struct json	*tree;
	struct arena		 arena;
	struct error		 err;
	size_t			 i;

	arena_init(&arena, 0);
	buf_init(&out, 0);
	buf_init(&summary, 0);
	answer(r, line, &out);
	if (out.n > 0) {
		assert_int_equal(out.p[out.n - 1], '\n');
		assert_null(memchr(out.p, '\n', out.n - 1));
		assert_int_equal(json_read(&arena, out.p, out.n - 1, &tree,
		    &err), 0);
		if (json_is_list(tree)) {
			buf_putc(&summary, '[');
			for (i = 0; i < json_length(tree); i++) {
				buf_puts(&summary, i > 0 ? " " : "");
				summarize(json_at(tree, i),
				    &summary);
			}
			buf_putc(&summary, ']');
		} else
			summarize(tree, &summary);
	}
	buf_putc(&summary, '\0');
	assert_string_equal(summary.p, wanted);
	arena_release(&arena);
	buf_free(&out);
	buf_free(&summary);
}

static void
the_specifications_named_parameters(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": "
	    "\"subtract\", \"params\": {\"subtrahend\": 23, \"minuend\": 42}, "
	    "\"id\": 3}", "19@3");
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": "
	    "\"subtract\", \"params\": {\"minuend\": 42, \"subtrahend\": 23}, "
	    "\"id\": 4}", "19@4");
}

static void
the_specifications_positional_parameters_are_refused_here(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": "
	    "\"subtract\", \"params\": [42, 23], \"id\": 1}", "-32602@1");
}

static void
the_specifications_notifications(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": \"update\", "
	    "\"params\": [1,2,3,4,5]}", "");
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}",
	    "");
}

static void
the_specifications_unknown_method(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", "
	    "\"id\": \"1\"}", "-32601@\"1\"");
}

static void
the_specifications_invalid_json(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar, "
	    "\"params\": \"bar\", \"baz]", "-32700@null");
}

static void
the_specifications_invalid_request(void **state)
{
	assert_answer(*state, "{\"jsonrpc\": \"2.0\", \"method\": 1, "
	    "\"params\": \"bar\"}", "-32600@null");
}

static void
the_specifications_invalid_batch(void **state)
{
	assert_answer(*state, "[ {\"jsonrpc\": \"2.0\", \"method\": \"sum\", "
	    "\"params\": [1,2,4], \"id\": \"1\"}, {\"jsonrpc\": \"2.0\", "
	    "\"method\" ]", "-32700@null");
}

static void
the_specifications_empty_batch(void **state)
{
	assert_answer(*state, "[]", "-32600@null");
}

static void
the_specifications_batch_of_garbage(void **state)
{
	assert_answer(*state, "[1]", "[-32600@null]");
	assert_answer(*state, "[1,2,3]",
	    "[-32600@null -32600@null -32600@null]");
}

static void
the_specifications_batch(void **state)
{
	/* Its "sum" goes by position, which is refused here. */
	assert_answer(*state, "[ {\"jsonrpc\": \"2.0\", \"method\": \"sum\", "
	    "\"params\": [1,2,4], \"id\": \"1\"}, {\"jsonrpc\": \"2.0\", "
	    "\"method\": \"notify_hello\", \"params\": [7]}, "
	    "{\"foo\": \"boo\"}, {\"jsonrpc\": \"2.0\", \"method\": "
	    "\"foo.get\", \"params\": {\"name\": \"myself\"}, \"id\": "
	    "\"5\"} ]",
	    "[-32602@\"1\" -32600@null -32601@\"5\"]");
	assert_answer(*state, "[ {\"jsonrpc\": \"2.0\", \"method\": "
	    "\"subtract\", \"params\": {\"minuend\": 42, \"subtrahend\": 23}, "
	    "\"id\": \"2\"}, {\"jsonrpc\": \"2.0\", \"method\": "
	    "\"get_data\", \"id\": \"9\"} ]",
	    "[19@\"2\" [\"hello\",5]@\"9\"]");
}

static void
the_specifications_batch_of_notifications(void **state)
{
	assert_answer(*state, "[ {\"jsonrpc\": \"2.0\", \"method\": "
	    "\"notify_sum\", \"params\": [1,2,4]}, {\"jsonrpc\": \"2.0\", "
	    "\"method\": \"notify_hello\", \"params\": [7]} ]", "");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, room_open, room_close)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(a_full_request),
		TEST(jsonrpc_may_be_left_out_but_not_be_wrong),
		TEST(ids_are_echoed),
		TEST(an_id_is_not_too_long),
		TEST(other_ids_are_refused),
		TEST(a_long_id_is_echoed_and_an_overlong_one_refused),
		TEST(without_id_it_is_a_notification),
		TEST(params_go_by_name),
		TEST(the_method_must_be_a_string),
		TEST(an_unknown_member_is_refused_by_name),
		TEST(only_objects_are_requests),
		TEST(what_the_scanner_refuses_is_refused_whole),
		TEST(nesting_up_to_max_depth_is_parsed),
		TEST(numbers_may_be_of_any_size_but_not_ids),
		TEST(a_batch_has_members_with_errors_of_their_own),
		TEST(max_batch_is_exact),
		TEST(an_empty_batch_and_a_nested_one),
		TEST(equal_ids_have_equal_texts),
		TEST(when_memory_ends_it_is_said),
		TEST(the_reader_can_be_used_again_after_each_line),
		TEST(the_specifications_named_parameters),
		TEST(the_specifications_positional_parameters_are_refused_here),
		TEST(the_specifications_notifications),
		TEST(the_specifications_unknown_method),
		TEST(the_specifications_invalid_json),
		TEST(the_specifications_invalid_request),
		TEST(the_specifications_invalid_batch),
		TEST(the_specifications_empty_batch),
		TEST(the_specifications_batch_of_garbage),
		TEST(the_specifications_batch),
		TEST(the_specifications_batch_of_notifications),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
