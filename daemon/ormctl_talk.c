/*
 * What the one call, the pipe and the prompt have in common: connecting,
 * sending a line of words or of JSON, showing what comes back.  Each calls
 * this; it refuses words that make no call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ormctl_print.h"
#include "ormctl_talk.h"
#include "ormctl_words.h"

enum { WHY_SIZE = 256 };

void
talk_start(struct talk *t)
{
	t->colours = !t->raw && print_colours(stdout);
	t->error_colours = print_colours(stderr);
}

void
talk_release(struct talk *t)
{
	ormd_close(t->client);
	t->client = NULL;
	login_release(&t->login);
	json_object_put(t->described);
	t->described = NULL;
}

static enum talk_status
failure_status(const struct ormd_error *err)
{
	if (err->code != 0)
		return TALK_ERROR;
	return strcmp(err->kind, "address") == 0 ||
	    strcmp(err->kind, "usage") == 0 ? TALK_USAGE : TALK_NO_ANSWER;
}

int
talk_connect(struct talk *t)
{
	struct ormd_error	err;

	if (t->client != NULL)
		return 0;
	json_object_put(t->described);
	t->described = NULL;
	t->client = t->secure ? ormd_connect_tls(t->where, &t->tls,
	    t->timeout_ms, &err) : ormd_connect(t->where, t->timeout_ms, &err);
	if (t->client != NULL && (!login_wanted(&t->login) ||
	    login_now(&t->login, t->client, t->timeout_ms, &err) == 0))
		return 0;
	/* A person at a prompt may try again. */
	ormd_close(t->client);
	t->client = NULL;
	talk_fail(t, &err, failure_status(&err), 0);
	return -1;
}

static void
worsen(struct talk *t, enum talk_status status)
{
	if (status > t->status)
		t->status = status;
}

void
talk_fail(struct talk *t, const struct ormd_error *err,
    enum talk_status status, size_t line)
{
	/* Results and errors keep their order where both go to one place. */
	fflush(stdout);
	print_failure(stderr, err, line, t->error_colours);
	worsen(t, status);
}

/* Is there an error among the replies to a batch? */
static bool
batch_failed(struct json_object *list)
{
	size_t	i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_object_get_ex(
		    json_object_array_get_idx(list, i), "error", NULL))
			return true;
	return false;
}

void
talk_show(struct talk *t, const struct ormd_reply *r, size_t line)
{
	if (json_object_is_type(r->message, json_type_array) &&
	    batch_failed(r->message))
		worsen(t, TALK_ERROR);
	if (t->raw) {
		fwrite(r->line, 1, r->size, stdout);
		fputc('\n', stdout);
		if (r->error != NULL)
			worsen(t, TALK_ERROR);
	} else if (r->error != NULL)
		talk_fail(t, r->error, TALK_ERROR, line);
	else if (r->method != NULL ? !print_rows(stdout, r->line, r->size,
	    t->colours) : !print_member(stdout, r->line, r->size,
	    "result", t->colours))
		print_json(stdout, r->line, r->size, t->colours);
	fflush(stdout);
}

static int
usage(struct talk *t, const char *why, size_t line)
{
	struct ormd_error	err = { .kind = "usage" };

	snprintf(err.message, sizeof(err.message), "%s", why);
	talk_fail(t, &err, TALK_USAGE, line);
	return -1;
}

/* A call that could not be queued: after `usage' the connection is good. */
static int
unsent(struct talk *t, const struct ormd_error *err, size_t line)
{
	if (strcmp(err->kind, "usage") == 0)
		return usage(t, err->message, line);
	talk_fail(t, err, TALK_NO_ANSWER, line);
	ormd_close(t->client);
	t->client = NULL;
	return -1;
}

/* By its text: values of words are kept as they were written. */
static bool
is_true(struct json_object *params, const char *name)
{
	struct json_object	*v;

	return json_object_object_get_ex(params, name, &v) &&
	    strcmp(json_object_to_json_string(v), "true") == 0;
}

static int64_t
send_words(struct talk *t, const char *method, int n, const char *const *words,
    size_t line)
{
	struct json_object	*params;
	struct ormd_error	 err;
	char			 why[WHY_SIZE];
	int64_t			 id;

	if (words_params(method, n, words, &params, why, sizeof(why)) == -1)
		return usage(t, why, line);
	if (talk_connect(t) == -1) {
		json_object_put(params);
		return -1;
	}
	t->streams = is_true(params, "stream");
	id = ormd_send(t->client, method, params, t->timeout_ms, &err);
	json_object_put(params);
	return id != -1 ? id : unsent(t, &err, line);
}

int64_t
talk_send(struct talk *t, char *text, size_t n, size_t line)
{
	const char		*words[WORDS_MOST];
	struct ormd_error	 err;
	char			 why[WHY_SIZE];
	int			 count;

	if (*text == '{' || *text == '[') {
		if (talk_connect(t) == -1)
			return -1;
		if (ormd_send_line(t->client, text, n, t->timeout_ms, &err) ==
		    -1)
			return unsent(t, &err, line);
		return 0;
	}
	if (memchr(text, '\0', n) != NULL)
		return usage(t, "a line of words cannot hold a NUL", line);
	count = words_split(text, words, why, sizeof(why));
	if (count == -1)
		return usage(t, why, line);
	return send_words(t, words[0], count - 1, words + 1, line);
}

/*
 * How many rows a stream had is no row: it does not go where these go, which
 * may be another program.
 */
static void
count_show(struct talk *t, const struct ormd_reply *r)
{
	fflush(stdout);
	print_member(stderr, r->line, r->size, "result", t->error_colours);
}

enum talk_status
talk_call(struct talk *t, const char *method, int n, const char *const *words)
{
	struct ormd_reply	*r;
	struct ormd_error	 err;
	int64_t			 id;
	bool			 more = true;

	talk_start(t);
	if ((id = send_words(t, method, n, words, 0)) == -1)
		return t->status;
	while (more) {
		r = ormd_receive(t->client, id, t->timeout_ms, &err);
		more = r != NULL && r->method != NULL;
		if (r == NULL)
			talk_fail(t, &err, TALK_NO_ANSWER, 0);
		else if (!more && t->streams && r->error == NULL && !t->raw)
			count_show(t, r);
		else
			talk_show(t, r, 0);
		ormd_reply_free(r);
	}
	return t->status;
}
