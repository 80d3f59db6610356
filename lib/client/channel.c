/*
 * Lines over a socket that never blocks.  libormd.c calls this.  It reads while
 * it writes, so that client and server cannot wait for each other, and refuses
 * to hold more than it has room for.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "reach.h"
#include "secure.h"

enum {
	UNSENT_MOST = 1 << 20,		/* more waits in ormd_channel_queue() */
	HELD_MOST = 64 << 20,		/* of lines that nobody took yet */
	READ_SIZE = 64 << 10
};

/* Room for n more bytes. */
static int
bytes_reserve(struct ormd_bytes *b, size_t n)
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
bytes_left(const struct ormd_bytes *b)
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
is_broken(const struct ormd_channel *c)
{
	return c->broken.kind[0] != '\0';
}

/* Says what broke it, and goes on saying it. */
static int
broken(const struct ormd_channel *c, struct ormd_error *err)
{
	if (err != NULL)
		*err = c->broken;
	return -1;
}

void
ormd_channel_release(struct ormd_channel *c)
{
	ormd_secure_free(c->secure);
	if (c->fd != -1)
		close(c->fd);
	free(c->in.p);
	free(c->out.p);
}

/*
 * Writes what the socket takes.  After a failure there may still be replies to
 * read, so only writing ends.
 */
void
ormd_channel_write(struct ormd_channel *c)
{
	ssize_t	n;

	while (bytes_left(&c->out) > 0 && c->unsendable == 0) {
		n = c->secure != NULL ? ormd_secure_send(c->secure,
		    c->out.p + c->out.at, bytes_left(&c->out)) :
		    send(c->fd, c->out.p + c->out.at, bytes_left(&c->out),
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
may_read(const struct ormd_channel *c)
{
	return !c->ended && c->held + bytes_left(&c->in) < HELD_MOST;
}

static void
read_some(struct ormd_channel *c)
{
	ssize_t	n;

	if (bytes_reserve(&c->in, READ_SIZE) == -1) {
		ormd_fail(&c->broken, "memory", "out of memory");
		return;
	}
	do
		n = c->secure != NULL ? ormd_secure_recv(c->secure,
		    c->in.p + c->in.n, c->in.cap - c->in.n) :
		    recv(c->fd, c->in.p + c->in.n, c->in.cap - c->in.n, 0);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		c->in.n += (size_t)n;
	else if (n == 0)
		c->ended = true;
	else if (errno != EAGAIN)
		closed(&c->broken, strerror(errno));
}

bool
ormd_channel_turn(struct ormd_channel *c, int64_t deadline)
{
	struct pollfd	p = { .fd = c->fd,
			    .events = ormd_channel_events(c) };
	int		n;

	if (p.events == 0)	/* poll() would still report a hang-up */
		p.fd = -1;
	if ((n = poll(&p, 1, ormd_left(deadline))) <= 0)
		return n == -1 && errno == EINTR;
	if ((p.events & POLLIN) && (p.revents & ~POLLOUT))
		read_some(c);
	if ((p.events & POLLOUT) && (p.revents & ~POLLIN))
		ormd_channel_write(c);
	return true;
}

/* Waits until at most `most' bytes are unsent. */
static int
drain(struct ormd_channel *c, size_t most, int64_t deadline,
    struct ormd_error *err)
{
	bool	last = false;

	ormd_channel_write(c);
	while (bytes_left(&c->out) > most && !is_broken(c)) {
		if (last || !ormd_channel_turn(c, deadline))
			return ormd_fail(err, "timeout",
			    "the server does not take more calls");
		last = ormd_left(deadline) == 0;
	}
	if (is_broken(c))
		return broken(c, err);
	return c->unsendable == 0 ? 0 : closed(err, strerror(c->unsendable));
}

int
ormd_channel_queue(struct ormd_channel *c, const char *line, size_t n,
    int64_t deadline, struct ormd_error *err)
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
	ormd_channel_write(c);
	return 0;
}

int
ormd_channel_flush(struct ormd_channel *c, int64_t deadline,
    struct ormd_error *err)
{
	return drain(c, 0, deadline, err);
}

int
ormd_channel_finish(struct ormd_channel *c, int64_t deadline,
    struct ormd_error *err)
{
	if (drain(c, 0, deadline, err) == -1)
		return -1;
	c->finished = true;
	if (c->secure != NULL) {
		/* The other end would take the end of TCP for a cut. */
		ormd_secure_finish(c->secure);
		return 0;
	}
	if (shutdown(c->fd, SHUT_WR) == -1 && !c->ended)
		return closed(err, strerror(errno));
	return 0;
}

bool
ormd_channel_line(struct ormd_channel *c, const char **line, size_t *n)
{
	const char	*start, *lf;
	size_t		 left;

	while ((left = bytes_left(&c->in)) > c->scanned && !is_broken(c)) {
		start = c->in.p + c->in.at;
		lf = memchr(start + c->scanned, '\n', left - c->scanned);
		if (lf == NULL) {
			c->scanned = left;
			break;
		}
		c->in.at += (size_t)(lf - start) + 1;
		c->scanned = 0;
		/* The server asks with blanks whether we are still there. */
		while (*start == ' ')
			start++;
		*line = start;
		*n = (size_t)(lf - start);
		if (*n > 0 && start[*n - 1] == '\r')
			(*n)--;
		if (*n > 0)
			return true;
	}
	return false;
}

int
ormd_channel_readable(struct ormd_channel *c, struct ormd_error *err)
{
	if (is_broken(c))
		return broken(c, err);
	if (c->ended)
		return closed(err, bytes_left(&c->in) > 0 ?
		    "the server went away in the middle of a line" :
		    "the server has closed it");
	if (may_read(c))
		return 0;
	if (c->held > 0)
		return ormd_fail(err, "usage",
		    "too many replies wait to be received");
	ormd_fail(&c->broken, "protocol", "a line of the server is too long");
	return broken(c, err);
}

short
ormd_channel_events(const struct ormd_channel *c)
{
	return (short)((may_read(c) ? POLLIN : 0) |
	    (bytes_left(&c->out) > 0 ? POLLOUT : 0));
}
