/*
 * ormctl as a filter: lines of standard input go out as they come, replies are
 * printed as they come, and when the input ends, what is owed is waited for.
 * main() calls this where standard input is no terminal.  It refuses lines that
 * are longer than any server takes, and goes on after those that make no call.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ormctl_talk.h"

enum {
	INPUT_MOST = 64 << 20,	/* one line */
	INPUT_SIZE = 64 << 10,
	LINES_KNOWN = 4096	/* calls whose line number is remembered */
};

struct pipe {
	struct talk	*talk;
	char		*text;		/* input that is not sent yet */
	size_t		 n, cap;
	size_t		 line;		/* number of the last */
	bool		 ended;
	size_t		 owed;		/* replies that must still come */
	bool		 unsure;	/* or may: only the end tells */
	bool		 raw_ids;	/* there were raw lines, with any id */
	int64_t		 last_id;
	size_t		 lines[LINES_KNOWN];	/* of call id, modulo */
};

static bool
has_id(struct json_object *v)
{
	return json_object_is_type(v, json_type_object) &&
	    json_object_object_get_ex(v, "id", NULL);
}

/*
 * Is there certainly a reply to this raw line?  To a call and to what is not
 * JSON there is, to a notification not.
 */
static bool
is_answered(const char *text)
{
	struct json_object	*v = json_tokener_parse(text);
	bool			 answered = v == NULL || has_id(v);
	size_t			 i;

	if (json_object_is_type(v, json_type_array))
		for (i = 0; i < json_object_array_length(v); i++)
			answered = answered ||
			    has_id(json_object_array_get_idx(v, i));
	json_object_put(v);
	return answered;
}

/* One line, NUL-terminated, without its newline. */
static void
line_take(struct pipe *p, char *text, size_t n)
{
	int64_t	id;
	bool	raw, answered = true;

	p->line++;
	while (n > 0 && strchr(" \t\r", *text) != NULL) {
		text++;
		n--;
	}
	if (n == 0 || *text == '#')
		return;
	if ((raw = *text == '{' || *text == '[')) {
		answered = is_answered(text);
		p->raw_ids = true;
	}
	if ((id = talk_send(p->talk, text, n, p->line)) == -1)
		return;
	if (!raw)
		p->lines[(p->last_id = id) % LINES_KNOWN] = p->line;
	p->owed += answered;
	p->unsure = p->unsure || !answered;
}

/* Sends all whole lines that are there, and at the end the last one. */
static void
lines_take(struct pipe *p)
{
	char	*start = p->text, *lf;
	size_t	 left = p->n;

	while (p->talk->client != NULL &&
	    (lf = memchr(start, '\n', left)) != NULL) {
		*lf = '\0';
		line_take(p, start, (size_t)(lf - start));
		left -= (size_t)(lf + 1 - start);
		start = lf + 1;
	}
	if (p->ended && left > 0 && p->talk->client != NULL) {
		start[left] = '\0';
		line_take(p, start, left);
		left = 0;
	}
	memmove(p->text, start, left);
	p->n = left;
}

/* -1 when a line has no end in sight, or memory has. */
static int
input_room(struct pipe *p)
{
	size_t	 cap = p->n * 2 + INPUT_SIZE + 1;
	char	*text;

	/* One more for a NUL behind a last line without a newline. */
	if (p->cap - p->n > INPUT_SIZE)
		return 0;
	if (p->n > INPUT_MOST || (text = realloc(p->text, cap)) == NULL)
		return -1;
	p->text = text;
	p->cap = cap;
	return 0;
}

static int
input_read(struct pipe *p)
{
	struct ormd_error	err = { .kind = "usage" };
	ssize_t			n = 0;

	if (input_room(p) == -1)
		snprintf(err.message, sizeof(err.message),
		    "line %zu of the input is too long", p->line + 1);
	else if ((n = read(STDIN_FILENO, p->text + p->n, INPUT_SIZE)) == -1) {
		if (errno == EINTR || errno == EAGAIN)
			return 0;
		snprintf(err.message, sizeof(err.message),
		    "standard input: %s", strerror(errno));
	}
	if (err.message[0] != '\0') {
		talk_fail(p->talk, &err, TALK_USAGE, 0);
		return -1;
	}
	p->n += (size_t)n;
	p->ended = n == 0;
	lines_take(p);
	return 0;
}

/* The line that call came from; 0: not known. */
static size_t
line_of(const struct pipe *p, int64_t id)
{
	if (p->raw_ids || id <= 0 || id > p->last_id ||
	    p->last_id - id >= LINES_KNOWN)
		return 0;
	return p->lines[id % LINES_KNOWN];
}

/* Shows all that has come; false when no more will. */
static bool
replies_show(struct pipe *p)
{
	struct ormd_reply	*r;
	struct ormd_error	 err;

	while ((r = ormd_receive(p->talk->client, 0, 0, &err)) != NULL) {
		talk_show(p->talk, r, line_of(p, r->id));
		if (r->method == NULL && p->owed > 0)
			p->owed--;
		ormd_reply_free(r);
	}
	if (strcmp(err.kind, "timeout") == 0)
		return true;
	/* The end is no failure when it was the input that ended first. */
	if (!p->ended || p->owed > 0 || strcmp(err.kind, "closed") != 0)
		talk_fail(p->talk, &err, TALK_NO_ANSWER, 0);
	return false;
}

/* Once around the loop; false at the end. */
static bool
pipe_turn(struct pipe *p)
{
	struct talk		*t = p->talk;
	struct ormd_error	 err = { .kind = "timeout",
				    .message = "no reply in time" };
	struct pollfd		 fd[2] = {
		{ .fd = p->ended ? -1 : STDIN_FILENO, .events = POLLIN },
		{ .fd = ormd_fd(t->client), .events = ormd_events(t->client) }
	};

	if (poll(fd, 2, p->ended ? t->timeout_ms : -1) == 0) {
		if (p->owed > 0)
			talk_fail(t, &err, TALK_NO_ANSWER, 0);
		return false;
	}
	if (fd[0].revents != 0) {
		if (input_read(p) == -1 || t->client == NULL)
			return false;
		/* If this fails, the replies, or their lack, say so. */
		if (p->ended)
			ormd_finish(t->client, t->timeout_ms, NULL);
	}
	if (!replies_show(p))
		return false;
	return !p->ended || p->owed > 0 || p->unsure;
}

enum talk_status
talk_pipe(struct talk *t)
{
	struct pipe	*p;

	talk_start(t);
	if (talk_connect(t) == -1)
		return t->status;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return TALK_USAGE;
	p->talk = t;
	while (pipe_turn(p))
		;
	free(p->text);
	free(p);
	return t->status;
}
