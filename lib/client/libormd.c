/*
 * One connection to ormd: calls go out, replies come in.  Programs call this
 * through libormd.h.  All waiting happens in turn(), which reads while it
 * writes; a connection that has failed once says the same ever after.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reach.h"
#include "reply.h"

enum {
	UNSENT_MOST = 1 << 20,		/* more waits in ormd_send() */
	HELD_MOST = 64 << 20,		/* of lines that nobody took yet */
	READ_SIZE = 64 << 10,
	DEPTH_MOST = 512		/* of a reply's JSON */
};

/* Bytes from `at' to `n' are there. */
struct bytes {
	char	*p;
	size_t	 at, n, cap;
};

struct ormd_client {
	int			 fd;
	int64_t			 last_id;
	struct bytes		 in, out;
	size_t			 scanned;	/* from in.at: no LF in these */
	struct ormd_reply	*first, **last;	/* kept for later */
	size_t			 kept;		/* their bytes */
	struct json_tokener	*tokener;
	bool			 ended;		/* the server says no more */
	bool			 finished;	/* nor do we */
	int			 unsendable;	/* errno of a failed write */
	struct ormd_error	 broken;	/* kind "": it is not */
};

/* Room for n more bytes. */
static int
bytes_reserve(struct bytes *b, size_t n)
{
	size_t	 cap = b->cap;
	char	*p;

	if (b->at > 0 && (b->at == b->n || b->at > b->cap / 2)) {
		memmove(b->p, b->p + b->at, b->n - b->at);
		b->n -= b->at;
		b->at = 0;
	}
	if (cap - b->n >= n)
		return 0;
	while (cap - b->n < n)
		cap = cap == 0 ? READ_SIZE : cap * 2;
	if ((p = realloc(b->p, cap)) == NULL)
		return -1;
	b->p = p;
	b->cap = cap;
	return 0;
}

static size_t
bytes_left(const struct bytes *b)
{
	return b->n - b->at;
}

static int
closed(struct ormd_error *err, const char *why)
{
	ormd_fail(err, "closed", "the connection is lost: %s", why);
	if (err != NULL)
		err->retryable = true;
	return -1;
}

static bool
is_broken(const struct ormd_client *c)
{
	return c->broken.kind[0] != '\0';
}

/* Says what broke it, and goes on saying it. */
static int
broken(const struct ormd_client *c, struct ormd_error *err)
{
	if (err != NULL)
		*err = c->broken;
	return -1;
}

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
	c->fd = ormd_reach(where, ormd_deadline(timeout_ms), err);
	if (c->fd == -1) {
		ormd_close(c);
		return NULL;
	}
	return c;
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
	if (c->fd != -1)
		close(c->fd);
	free(c->in.p);
	free(c->out.p);
	free(c);
}

/*
 * Writes what the socket takes.  After a failure there may still be replies to
 * read, so only writing ends.
 */
static void
write_some(struct ormd_client *c)
{
	ssize_t	n;

	while (bytes_left(&c->out) > 0 && c->unsendable == 0) {
		n = send(c->fd, c->out.p + c->out.at, bytes_left(&c->out),
		    MSG_NOSIGNAL);
		if (n >= 0)
			c->out.at += (size_t)n;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			c->unsendable = errno;
	}
	c->out.at = c->out.n = 0;
}

static bool
may_read(const struct ormd_client *c)
{
	return !c->ended && c->kept + bytes_left(&c->in) < HELD_MOST;
}

static void
read_some(struct ormd_client *c)
{
	ssize_t	n;

	if (bytes_reserve(&c->in, READ_SIZE) == -1) {
		ormd_fail(&c->broken, "memory", "out of memory");
		return;
	}
	do
		n = recv(c->fd, c->in.p + c->in.n, c->in.cap - c->in.n, 0);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		c->in.n += (size_t)n;
	else if (n == 0)
		c->ended = true;
	else if (errno != EAGAIN)
		closed(&c->broken, strerror(errno));
}

/*
 * Waits for the socket once and does what it is ready for.  False when the
 * deadline came instead.
 */
static bool
turn(struct ormd_client *c, int64_t deadline)
{
	struct pollfd	p = { .fd = c->fd, .events = ormd_events(c) };
	int		n;

	if (p.events == 0)	/* poll() would still report a hang-up */
		p.fd = -1;
	if ((n = poll(&p, 1, ormd_left(deadline))) <= 0)
		return n == -1 && errno == EINTR;
	if ((p.events & POLLIN) && (p.revents & ~POLLOUT))
		read_some(c);
	if ((p.events & POLLOUT) && (p.revents & ~POLLIN))
		write_some(c);
	return true;
}

/* Waits until at most `most' bytes are unsent. */
static int
drain(struct ormd_client *c, size_t most, int64_t deadline,
    struct ormd_error *err)
{
	bool	last = false;

	write_some(c);
	while (bytes_left(&c->out) > most && !is_broken(c)) {
		if (last || !turn(c, deadline))
			return ormd_fail(err, "timeout",
			    "the server does not take more calls");
		last = ormd_left(deadline) == 0;
	}
	if (is_broken(c))
		return broken(c, err);
	return c->unsendable == 0 ? 0 : closed(err, strerror(c->unsendable));
}

static int
queue(struct ormd_client *c, const char *line, size_t n, int64_t deadline,
    struct ormd_error *err)
{
	if (c->finished)
		return ormd_fail(err, "usage", "a call after ormd_finish()");
	if (memchr(line, '\n', n) != NULL)
		return ormd_fail(err, "usage",
		    "a line must not contain a newline");
	if (drain(c, UNSENT_MOST, deadline, err) == -1)
		return -1;
	if (bytes_reserve(&c->out, n + 1) == -1)
		return ormd_fail(err, "memory", "out of memory");
	memcpy(c->out.p + c->out.n, line, n);
	c->out.n += n;
	c->out.p[c->out.n++] = '\n';
	/* It is queued: what breaks now shows where the reply is awaited. */
	write_some(c);
	return 0;
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
	r = queue(c, line, (size_t)n, deadline, err);
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

static const char *
params_text(struct json_object *params)
{
	return params == NULL ? NULL : json_object_to_json_string_ext(params,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

int64_t
ormd_send(struct ormd_client *c, const char *method,
    struct json_object *params, int timeout_ms, struct ormd_error *err)
{
	return ormd_send_text(c, method, params_text(params), timeout_ms, err);
}

int
ormd_notify(struct ormd_client *c, const char *method,
    struct json_object *params, int timeout_ms, struct ormd_error *err)
{
	return queue_call(c, 0, method, params_text(params),
	    ormd_deadline(timeout_ms), err);
}

int
ormd_send_line(struct ormd_client *c, const char *line, size_t n,
    int timeout_ms, struct ormd_error *err)
{
	return queue(c, line, n, ormd_deadline(timeout_ms), err);
}

int
ormd_flush(struct ormd_client *c, int timeout_ms, struct ormd_error *err)
{
	return drain(c, 0, ormd_deadline(timeout_ms), err);
}

int
ormd_finish(struct ormd_client *c, int timeout_ms, struct ormd_error *err)
{
	if (ormd_flush(c, timeout_ms, err) == -1)
		return -1;
	c->finished = true;
	if (shutdown(c->fd, SHUT_WR) == -1 && !c->ended)
		return closed(err, strerror(errno));
	return 0;
}

/* The next line that is there whole, as a reply; NULL: none, or broken. */
static struct ormd_reply *
line_next(struct ormd_client *c)
{
	struct ormd_reply	*r;
	const char		*line, *lf;
	size_t			 n;

	while ((n = bytes_left(&c->in)) > c->scanned && !is_broken(c)) {
		line = c->in.p + c->in.at;
		lf = memchr(line + c->scanned, '\n', n - c->scanned);
		if (lf == NULL) {
			c->scanned = n;
			break;
		}
		n = (size_t)(lf - line);
		c->in.at += n + 1;
		c->scanned = 0;
		if (n > 0 && line[n - 1] == '\r')
			n--;
		if (n == 0)
			continue;
		r = ormd_reply_new(line, n, c->tokener, &c->broken);
		if (r != NULL)
			return r;
	}
	return NULL;
}

static bool
is_answer(const struct ormd_reply *r, int64_t id)
{
	return id == 0 || (r->method == NULL && r->id == id);
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
		c->kept -= r->size;
		return r;
	}
	return NULL;
}

static struct ormd_reply *
reply_take(struct ormd_client *c, int64_t id)
{
	struct ormd_reply	*r;

	if ((r = kept_take(c, id)) != NULL)
		return r;
	while ((r = line_next(c)) != NULL) {
		if (is_answer(r, id))
			return r;
		*c->last = r;
		c->last = &r->next;
		c->kept += r->size;
	}
	return NULL;
}

/* Why no more can be read: 0, or -1 with *err. */
static int
readable(struct ormd_client *c, struct ormd_error *err)
{
	if (is_broken(c))
		return broken(c, err);
	if (c->ended)
		return closed(err, bytes_left(&c->in) > 0 ?
		    "the server went away in the middle of a line" :
		    "the server has closed it");
	if (may_read(c))
		return 0;
	if (c->kept > 0)
		return ormd_fail(err, "usage",
		    "too many replies wait to be received");
	ormd_fail(&c->broken, "protocol", "a line of the server is too long");
	return broken(c, err);
}

struct ormd_reply *
ormd_receive(struct ormd_client *c, int64_t id, int timeout_ms,
    struct ormd_error *err)
{
	struct ormd_reply	*r;
	int64_t			 deadline = ormd_deadline(timeout_ms);
	bool			 last = false;

	write_some(c);
	while ((r = reply_take(c, id)) == NULL) {
		if (readable(c, err) == -1)
			return NULL;
		/* One look after the deadline, not as many as there is to
		   read. */
		if (last || !turn(c, deadline)) {
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

	id = ormd_send(c, method, params, timeout_ms, err);
	if (id == -1 ||
	    (r = ormd_receive(c, id, ormd_left(deadline), err)) == NULL)
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
	return c->fd;
}

short
ormd_events(const struct ormd_client *c)
{
	return (short)((may_read(c) ? POLLIN : 0) |
	    (bytes_left(&c->out) > 0 ? POLLOUT : 0));
}
