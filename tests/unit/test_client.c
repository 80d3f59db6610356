/*
 * libormd against a server in a thread of this program that says, keeps for
 * itself, or breaks what each case wants.
 */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "client_kit.h"
#include "libormd.h"

enum {
	LONG_MS = 20000,	/* never reached when all is well */
	SHORT_MS = 150,
	SLACK_MS = 5000		/* a busy machine */
};

static int64_t
now_ms(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct ormd_client *
client_open(const struct kit *k)
{
	struct ormd_error	 err;
	struct ormd_client	*c = ormd_connect(kit_where(k), LONG_MS, &err);

	if (c == NULL)
		fail_msg("%s: %s", err.kind, err.message);
	return c;
}

static void
client_end(struct ormd_client *c, struct kit *k)
{
	ormd_close(c);
	kit_stop(k);
}

static void
call_gives_the_result(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct json_object	*params, *result = NULL;

	(void)state;
	params = json_tokener_parse("{\"a\":[1,\"\\u00e4/\"]}");
	assert_int_equal(ormd_call(c, "echo", params, &result, LONG_MS, NULL),
	    0);
	assert_true(json_object_equal(params, result));
	json_object_put(result);
	/* The caller's params are still the caller's. */
	assert_int_equal(ormd_call(c, "echo", params, NULL, LONG_MS, NULL), 0);
	json_object_put(params);
	client_end(c, k);
}

static void
error_reply_fills_the_struct(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct json_object	*result = NULL;
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_call(c, "nothing", NULL, &result, LONG_MS, &err),
	    -1);
	assert_null(result);
	assert_int_equal(err.code, -32601);
	assert_string_equal(err.kind, "method_not_found");
	assert_string_equal(err.message, "no such method");
	assert_string_equal(err.path, "/method");
	assert_string_equal(err.hint, "did you mean ping?");
	assert_string_equal(err.committed, "");
	assert_false(err.retryable);
	assert_int_equal(ormd_call(c, "ping", NULL, NULL, LONG_MS, &err), 0);
	client_end(c, k);
}

static void
method_is_escaped(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_call(c, "a\"b\n", NULL, NULL, LONG_MS, &err),
	    -1);
	assert_int_equal(err.code, -32601);
	client_end(c, k);
}

static void
unix_socket_and_names_work(void **state)
{
	char			 path[] = "/tmp/ormd-client-XXXXXX", where[64];
	struct kit		*k;
	struct ormd_client	*c;
	struct ormd_error	 err;
	int			 fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	close(fd);
	k = kit_start(path, kit_answer, NULL);
	c = client_open(k);
	assert_int_equal(ormd_call(c, "ping", NULL, NULL, LONG_MS, NULL), 0);
	client_end(c, k);

	k = kit_start(NULL, kit_answer, NULL);
	snprintf(where, sizeof(where), "localhost%s",
	    strchr(kit_where(k), ':'));
	if ((c = ormd_connect(where, LONG_MS, &err)) == NULL)
		fail_msg("%s: %s", err.kind, err.message);
	assert_int_equal(ormd_call(c, "ping", NULL, NULL, LONG_MS, NULL), 0);
	client_end(c, k);
}

static void
wrong_addresses_are_refused(void **state)
{
	static const char *const	wrong[] = {
		"127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
		"127.0.0.1:12a", "[::1", "[::1]7432", "host:1234567890123"
	};
	char				long_path[300];
	struct ormd_error		err;
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(ormd_connect(wrong[i], LONG_MS, &err));
		assert_string_equal(err.kind, "address");
		assert_int_equal(err.code, 0);
		assert_non_null(strstr(err.message, wrong[i]));
	}
	memset(long_path, '/', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_null(ormd_connect(long_path, LONG_MS, &err));
	assert_string_equal(err.kind, "address");
}

static void
nobody_there_is_unreachable(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	char			 where[64];
	struct ormd_error	 err;

	(void)state;
	/* A port that was free a moment ago. */
	snprintf(where, sizeof(where), "%s", kit_where(k));
	kit_stop(k);
	assert_null(ormd_connect(where, LONG_MS, &err));
	assert_string_equal(err.kind, "unreachable");
	assert_true(err.retryable);
	assert_null(ormd_connect("/nowhere/at/all", LONG_MS, &err));
	assert_string_equal(err.kind, "unreachable");
}

/* Reads three calls, answers the last first, with a notification between. */
static void
serve_backwards(FILE *in, FILE *out, void *arg)
{
	char	*line = NULL;
	size_t	 size = 0;
	int	 i;

	(void)arg;
	for (i = 0; i < 3; i++)
		if (getline(&line, &size, in) <= 0)
			break;
	free(line);
	fputs("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"three\"}\n"
	    "\r\n\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"changed\",\"params\":{}}\r\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"one\"}\n", out);
	fflush(out);
	getc(in);
}

static void
replies_are_received_by_id(void **state)
{
	struct kit		*k = kit_start(NULL, serve_backwards, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	int64_t			 i;

	(void)state;
	for (i = 1; i <= 3; i++)
		assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, NULL), i);
	r = ormd_receive(c, 1, LONG_MS, NULL);
	assert_non_null(r);
	assert_int_equal(r->id, 1);
	assert_null(r->error);
	assert_string_equal(json_object_get_string(r->result), "one");
	ormd_reply_free(r);
	r = ormd_receive(c, 2, LONG_MS, NULL);
	assert_non_null(r);
	assert_null(r->result);
	ormd_reply_free(r);
	/* What is left comes in the order in which it came. */
	r = ormd_receive(c, 0, LONG_MS, NULL);
	assert_non_null(r);
	assert_string_equal(r->line,
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"three\"}");
	assert_int_equal(r->size, strlen(r->line));
	ormd_reply_free(r);
	r = ormd_receive(c, 0, LONG_MS, NULL);
	assert_non_null(r);
	assert_string_equal(r->method, "changed");
	ormd_reply_free(r);
	client_end(c, k);
}

/* A line that is too long has no id for the server. */
static void
serve_unread(FILE *in, FILE *out, void *arg)
{
	char	*line = NULL;
	size_t	 size = 0;

	(void)arg;
	if (getline(&line, &size, in) > 0)
		fputs("{\"id\":\"x\",\"result\":1}\n"
		    "{\"id\":null,\"error\":{\"code\":-32600,"
		    "\"message\":\"long\",\"data\":"
		    "{\"kind\":\"too_large\"}}}\n", out);
	fflush(out);
	free(line);
	getc(in);
}

static void
error_without_id_is_for_who_waits(void **state)
{
	struct kit		*k = kit_start(NULL, serve_unread, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_call(c, "x", NULL, NULL, LONG_MS, &err), -1);
	assert_int_equal(err.code, -32600);
	assert_string_equal(err.kind, "too_large");
	client_end(c, k);
}

/* The rows of call 2 in two lines, and among them what is of others. */
static void
serve_rows(FILE *in, FILE *out, void *arg)
{
	char	*line = NULL;
	size_t	 size = 0;

	(void)arg;
	if (getline(&line, &size, in) > 0 && getline(&line, &size, in) > 0)
		fputs("{\"method\":\"rows\",\"params\":{\"id\":2,"
		    "\"items\":[1,2]}}\n"
		    "{\"method\":\"rows\",\"params\":{\"id\":\"2\","
		    "\"items\":[9]}}\n"
		    "{\"id\":1,\"result\":true}\n"
		    "{\"method\":\"rows\",\"params\":[2]}\n"
		    "{\"method\":\"rows\",\"params\":{\"id\":2,"
		    "\"items\":[3]}}\n"
		    "{\"id\":2,\"result\":{\"count\":3}}\n"
		    "{\"method\":\"rows\",\"params\":{\"id\":3,"
		    "\"items\":[4]}}\n"
		    "{\"id\":3,\"result\":{\"count\":1}}\n", out);
	free(line);
	fflush(out);
	getc(in);
}

static void
rows_of_a_stream_come_before_its_reply(void **state)
{
	static const char *const	 items[] = { "[1,2]", "[3]" };
	struct kit			*k = kit_start(NULL, serve_rows, NULL);
	struct ormd_client		*c = client_open(k);
	struct json_object		*v;
	struct ormd_reply		*r;
	int				 i;

	(void)state;
	assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, NULL), 1);
	assert_int_equal(ormd_send(c, "find", NULL, LONG_MS, NULL), 2);
	for (i = 0; i < 2; i++) {
		r = ormd_receive(c, 2, LONG_MS, NULL);
		assert_non_null(r);
		assert_string_equal(r->method, "rows");
		assert_true(json_object_object_get_ex(r->message, "params",
		    &v) && json_object_object_get_ex(v, "items", &v));
		assert_string_equal(json_object_to_json_string_ext(v,
		    JSON_C_TO_STRING_PLAIN), items[i]);
		ormd_reply_free(r);
	}
	r = ormd_receive(c, 2, LONG_MS, NULL);
	assert_non_null(r);
	assert_null(r->method);
	assert_non_null(r->result);
	ormd_reply_free(r);
	/* A call that does not want them does without. */
	assert_int_equal(ormd_call(c, "find", NULL, &v, LONG_MS, NULL), 0);
	assert_string_equal(json_object_to_json_string_ext(v,
	    JSON_C_TO_STRING_PLAIN), "{\"count\":1}");
	json_object_put(v);
	r = ormd_receive(c, 1, 0, NULL);
	assert_non_null(r);
	ormd_reply_free(r);
	client_end(c, k);
}

/* Takes its time, byte by byte. */
static void
serve_slowly(FILE *in, FILE *out, void *arg)
{
	const char	*p = "{\"id\":1,\"result\":[true]}\n";
	char		*line = NULL;
	size_t		 size = 0;

	(void)arg;
	if (getline(&line, &size, in) > 0) {
		usleep(2 * SHORT_MS * 1000);
		for (; *p != '\0'; p++) {
			putc(*p, out);
			fflush(out);
			usleep(1000);
		}
	}
	free(line);
	getc(in);
}

static void
deadline_is_kept_and_the_reply_still_comes(void **state)
{
	struct kit		*k = kit_start(NULL, serve_slowly, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	struct ormd_error	 err;
	int64_t			 start, id;

	(void)state;
	id = ormd_send(c, "x", NULL, LONG_MS, NULL);
	start = now_ms();
	assert_null(ormd_receive(c, id, SHORT_MS, &err));
	assert_string_equal(err.kind, "timeout");
	assert_in_range(now_ms() - start, SHORT_MS - 10, SHORT_MS + SLACK_MS);
	start = now_ms();
	assert_null(ormd_receive(c, id, 0, &err));
	assert_string_equal(err.kind, "timeout");
	r = ormd_receive(c, id, LONG_MS, &err);
	assert_non_null(r);
	assert_int_equal(json_object_array_length(r->result), 1);
	ormd_reply_free(r);
	client_end(c, k);
}

/* Takes nothing, until the test closes its end of a pipe. */
static void
serve_nothing(FILE *in, FILE *out, void *arg)
{
	char	c;

	(void)in;
	(void)out;
	assert_int_equal(read(*(int *)arg, &c, 1), 0);
}

static void
send_waits_no_longer_than_told(void **state)
{
	struct kit		*k;
	struct ormd_client	*c;
	struct ormd_error	 err;
	int64_t			 start, id, last = 0;
	char			*params = malloc(100001);
	int			 ends[2];

	(void)state;
	assert_non_null(params);
	assert_int_equal(pipe(ends), 0);
	k = kit_start(NULL, serve_nothing, &ends[0]);
	c = client_open(k);
	memset(params, 'x', 100000);
	memcpy(params, "{\"a\":\"", 6);
	memcpy(params + 99998, "\"}", 3);
	start = now_ms();
	while ((id = ormd_send_text(c, "x", params, SHORT_MS, &err)) != -1) {
		assert_int_equal(id, last + 1);
		last = id;
		assert_true(id < 1000);	/* 100 MB: somebody has to stop it */
	}
	assert_string_equal(err.kind, "timeout");
	assert_in_range(now_ms() - start, SHORT_MS - 10, SHORT_MS + SLACK_MS);
	assert_int_equal(ormd_flush(c, 0, &err), -1);
	assert_string_equal(err.kind, "timeout");
	free(params);
	close(ends[1]);
	client_end(c, k);
	close(ends[0]);
}

static void
neither_side_waits_for_the_other(void **state)
{
	enum { CALLS = 20000 };
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	char			 params[1024];
	int64_t			 i;

	(void)state;
	memset(params, 'x', sizeof(params));
	memcpy(params, "{\"a\":\"", 6);
	memcpy(params + sizeof(params) - 3, "\"}", 3);
	/* Replies fill all buffers between, unless they are read meanwhile. */
	for (i = 1; i <= CALLS; i++)
		assert_int_equal(ormd_send_text(c, "echo", params, LONG_MS,
		    NULL), i);
	for (i = 1; i <= CALLS; i++) {
		r = ormd_receive(c, 0, LONG_MS, NULL);
		assert_non_null(r);
		assert_int_equal(r->id, i);
		ormd_reply_free(r);
	}
	client_end(c, k);
}

static void
serve_half_a_line(FILE *in, FILE *out, void *arg)
{
	char	*line = NULL;
	size_t	 size = 0;

	if (getline(&line, &size, in) > 0)
		fputs(arg, out);
	free(line);
}

static void
lost_connection_is_closed(void **state)
{
	char			 text[] = "{\"id\":2,\"result\":1}\n"
				    "{\"id\":1,\"re";
	struct kit		*k = kit_start(NULL, serve_half_a_line, text);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, NULL), 1);
	assert_null(ormd_receive(c, 1, LONG_MS, &err));
	assert_string_equal(err.kind, "closed");
	assert_true(err.retryable);
	/* What came before can still be had, and then no more. */
	r = ormd_receive(c, 2, LONG_MS, &err);
	assert_non_null(r);
	ormd_reply_free(r);
	assert_null(ormd_receive(c, 0, LONG_MS, &err));
	assert_string_equal(err.kind, "closed");
	client_end(c, k);
}

static void
strangers_are_a_protocol_error(void **state)
{
	char		 said[][80] = {
		"HTTP/1.1 400 Bad Request\r\n", "{\"id\":1}\n",
		"{\"id\":1,\"result\":1,\"error\":{}}\n",
		"{\"id\":1,\"error\":{\"message\":\"x\"}}\n", "3\n",
		"{\"id\":1,\"result\":1} x\n"
	};
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct kit		*k = kit_start(NULL, serve_half_a_line,
					    said[i]);
		struct ormd_client	*c = client_open(k);
		struct ormd_error	 err;

		assert_int_equal(ormd_call(c, "x", NULL, NULL, LONG_MS, &err),
		    -1);
		assert_string_equal(err.kind, "protocol");
		assert_null(ormd_receive(c, 0, LONG_MS, &err));
		assert_string_equal(err.kind, "protocol");
		assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, &err), -1);
		client_end(c, k);
	}
}

static void
newline_in_a_line_is_refused(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_send_text(c, "echo", "{\n}", LONG_MS, &err), -1);
	assert_string_equal(err.kind, "usage");
	assert_int_equal(ormd_send_line(c, "{}\n{}", 5, LONG_MS, &err), -1);
	assert_string_equal(err.kind, "usage");
	assert_int_equal(ormd_call(c, "ping", NULL, NULL, LONG_MS, &err), 0);
	client_end(c, k);
}

/* Answers only when its client has said that it is done. */
static void
serve_at_the_end(FILE *in, FILE *out, void *arg)
{
	char	*line = NULL;
	size_t	 size = 0;
	int	 n = 0;

	(void)arg;
	while (getline(&line, &size, in) > 0)
		n++;
	fprintf(out, "{\"id\":1,\"result\":%d}\n", n);
	free(line);
}

static void
finish_lets_replies_come(void **state)
{
	struct kit		*k = kit_start(NULL, serve_at_the_end, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	struct ormd_error	 err;

	(void)state;
	assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, NULL), 1);
	assert_int_equal(ormd_notify(c, "x", NULL, LONG_MS, NULL), 0);
	assert_int_equal(ormd_send_line(c, "{}", 2, LONG_MS, NULL), 0);
	assert_int_equal(ormd_finish(c, LONG_MS, NULL), 0);
	r = ormd_receive(c, 1, LONG_MS, NULL);
	assert_non_null(r);
	assert_int_equal(json_object_get_int(r->result), 3);
	ormd_reply_free(r);
	assert_int_equal(ormd_send(c, "x", NULL, LONG_MS, &err), -1);
	assert_string_equal(err.kind, "usage");
	client_end(c, k);
}

static void
poll_loop_gets_all_replies(void **state)
{
	struct kit		*k = kit_start(NULL, kit_answer, NULL);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;
	int			 i, got = 0;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_true(ormd_send(c, "ping", NULL, 0, NULL) > 0);
	while (got < 5) {
		struct pollfd	p = { .fd = ormd_fd(c),
				    .events = ormd_events(c) };

		assert_int_equal(poll(&p, 1, LONG_MS), 1);
		while ((r = ormd_receive(c, 0, 0, NULL)) != NULL) {
			assert_int_equal(r->id, ++got);
			ormd_reply_free(r);
		}
	}
	client_end(c, k);
}

static void
batch_is_for_the_caller_to_read(void **state)
{
	char			 text[] = "[{\"id\":1,\"result\":1}]\n";
	struct kit		*k = kit_start(NULL, serve_half_a_line, text);
	struct ormd_client	*c = client_open(k);
	struct ormd_reply	*r;

	(void)state;
	assert_int_equal(ormd_send_line(c, "[{}]", 4, LONG_MS, NULL), 0);
	r = ormd_receive(c, 0, LONG_MS, NULL);
	assert_non_null(r);
	assert_int_equal(r->id, 0);
	assert_null(r->result);
	assert_int_equal(json_object_array_length(r->message), 1);
	ormd_close(c);
	/* A reply outlives its client. */
	assert_string_equal(r->line, "[{\"id\":1,\"result\":1}]");
	ormd_reply_free(r);
	kit_stop(k);
}

static void
long_errors_are_cut_between_characters(void **state)
{
	char			 text[2000] = "{\"id\":1,\"error\":{\"code\":1,"
				    "\"message\":\"x";
	struct kit		*k;
	struct ormd_client	*c;
	struct ormd_error	 err;
	int			 i;

	(void)state;
	for (i = 0; i < 400; i++)
		strcat(text, "\xc3\xa4");
	strcat(text, "\"}}\n");
	k = kit_start(NULL, serve_half_a_line, text);
	c = client_open(k);
	assert_int_equal(ormd_call(c, "x", NULL, NULL, LONG_MS, &err), -1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_int_equal((unsigned char)err.message[sizeof(err.message) - 2],
	    0xa4);
	client_end(c, k);
}

/* The program that libormd(3) shows, as it stands there. */
static void
example_of_the_man_page_runs(void **state)
{
	const char	*build = getenv("top_builddir");
	struct kit	*k = kit_start(NULL, kit_answer, NULL);
	char		 command[512], said[512] = "";
	FILE		*f;
	size_t		 n;

	(void)state;
	snprintf(command, sizeof(command),
	    "%s/tests/unit/libormd_example %s 2>&1",
	    build == NULL ? "." : build, kit_where(k));
	assert_non_null(f = popen(command, "r"));
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_non_null(strstr(said,
	    "method_not_found at /method: no such method\n"));
	assert_non_null(strstr(said, "{\"jsonrpc\":\"2.0\",\"id\":1,"));
	kit_stop(k);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(call_gives_the_result),
		cmocka_unit_test(error_reply_fills_the_struct),
		cmocka_unit_test(method_is_escaped),
		cmocka_unit_test(unix_socket_and_names_work),
		cmocka_unit_test(wrong_addresses_are_refused),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(replies_are_received_by_id),
		cmocka_unit_test(rows_of_a_stream_come_before_its_reply),
		cmocka_unit_test(error_without_id_is_for_who_waits),
		cmocka_unit_test(deadline_is_kept_and_the_reply_still_comes),
		cmocka_unit_test(send_waits_no_longer_than_told),
		cmocka_unit_test(neither_side_waits_for_the_other),
		cmocka_unit_test(lost_connection_is_closed),
		cmocka_unit_test(strangers_are_a_protocol_error),
		cmocka_unit_test(newline_in_a_line_is_refused),
		cmocka_unit_test(finish_lets_replies_come),
		cmocka_unit_test(poll_loop_gets_all_replies),
		cmocka_unit_test(batch_is_for_the_caller_to_read),
		cmocka_unit_test(long_errors_are_cut_between_characters),
		cmocka_unit_test(example_of_the_man_page_runs),
	};

	/* The stand-in writes to clients that have gone. */
	signal(SIGPIPE, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
