/*
 * The framer.  Called by the session for every read.  It refuses lines over
 * max_line and conversations in HTTP.  Every byte is looked at once: held
 * bytes remember how far they were searched for an LF.
 */
#include <string.h>

#include "frame.h"

enum {
	HTTP_METHOD_LONGEST = 32,
	HTTP_VERSION_SIZE = 7		/* " HTTP/1", the shortest */
};

void
frame_init(struct frame *f, size_t max_line)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->held, 0);
	f->max_line = max_line;
}

void
frame_release(struct frame *f)
{
	buf_free(&f->held);
	frame_init(f, f->max_line);
}

/* Does it begin with a word and a space?  JSON never does. */
static bool
starts_with_word(const char *p, size_t n)
{
	size_t	i = 0;

	while (i < n && i < HTTP_METHOD_LONGEST && ((p[i] >= 'A' &&
	    p[i] <= 'Z') || (p[i] >= 'a' && p[i] <= 'z') || p[i] == '-'))
		i++;
	return i > 0 && i < n && p[i] == ' ';
}

static bool
is_http(const char *p, size_t n)
{
	const char	*at;

	if (n < HTTP_VERSION_SIZE || !starts_with_word(p, n))
		return false;
	at = memmem(p, n - 1, " HTTP/", HTTP_VERSION_SIZE - 1);
	return at != NULL && at[HTTP_VERSION_SIZE - 1] >= '0' &&
	    at[HTTP_VERSION_SIZE - 1] <= '9';
}

static bool
is_blank(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	return true;
}

/* A whole line that may be allowed to be so long. */
static bool
must_wait(const struct frame *f, const char *p, size_t n)
{
	return f->undecided && n > f->max_line &&
	    !(n == f->max_line + 1 && p[n - 1] == '\r');
}

/* The line that begins at p is longer than max_line. */
static enum frame_event
too_long(struct frame *f, const char *p)
{
	f->http = starts_with_word(p, f->max_line + 1);
	return f->http ? FRAME_HTTP : FRAME_TOO_LARGE;
}

/* A whole line, without its LF.  FRAME_MORE means: nothing, look further. */
static enum frame_event
finished(struct frame *f, const char *p, size_t n, const char **line,
    size_t *length)
{
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n > f->max_line)
		return too_long(f, p);
	if (is_blank(p, n))
		return FRAME_MORE;
	if (is_http(p, n)) {
		f->http = true;
		return FRAME_HTTP;
	}
	*line = p;
	*length = n;
	return FRAME_LINE;
}

/* What is held is the beginning of one line, all searched. */
static enum frame_event
unfinished(struct frame *f)
{
	enum frame_event	event;

	buf_drain(&f->held, f->at);
	f->at = 0;
	f->scanned = f->held.n;
	/* One byte more may be the CR of a line that just fits. */
	if (f->held.n <= f->max_line + 1)
		return FRAME_MORE;
	if (f->undecided)
		return FRAME_WAIT;
	event = too_long(f, f->held.p);
	f->skipping = true;
	buf_free(&f->held);
	f->scanned = 0;
	return event;
}

static void
input_advance(const char **p, size_t *n, size_t by)
{
	*p += by;
	*n -= by;
}

/* Discards up to the LF of an over-long line; false: it is not there yet. */
static bool
skip(struct frame *f, const char **p, size_t *n)
{
	const char	*lf = *n == 0 ? NULL : memchr(*p, '\n', *n);

	if (lf == NULL) {
		input_advance(p, n, *n);
		return false;
	}
	input_advance(p, n, (size_t)(lf - *p) + 1);
	f->skipping = false;
	return true;
}

int
frame_keep(struct frame *f, const char *p, size_t n)
{
	if (f->skipping && !skip(f, &p, &n))
		return 0;
	buf_drain(&f->held, f->at);
	f->scanned -= f->at;
	f->at = 0;
	buf_add(&f->held, p, n);
	return f->held.broken ? -1 : 0;
}

/*
 * Something is held.  If a line of it is complete, that one; otherwise the
 * input is added up to its first LF.
 */
static enum frame_event
next_held(struct frame *f, const char **p, size_t *n, const char **line,
    size_t *length)
{
	const char	*lf, *start;
	size_t		 take;

	lf = memchr(f->held.p + f->scanned, '\n', f->held.n - f->scanned);
	if (lf == NULL) {
		if (*n == 0)
			return unfinished(f);
		lf = memchr(*p, '\n', *n);
		take = lf == NULL ? *n : (size_t)(lf - *p) + 1;
		if (frame_keep(f, *p, take) == -1)
			return FRAME_NOMEM;
		input_advance(p, n, take);
		if (lf == NULL)
			return unfinished(f);
		lf = f->held.p + f->held.n - 1;
	}
	start = f->held.p + f->at;
	if (must_wait(f, start, (size_t)(lf - start)))
		return FRAME_WAIT;
	f->at = f->scanned = (size_t)(lf - f->held.p) + 1;
	return finished(f, start, (size_t)(lf - start), line, length);
}

/* Nothing is held: the common case. */
static enum frame_event
next_direct(struct frame *f, const char **p, size_t *n, const char **line,
    size_t *length)
{
	const char	*start = *p, *lf;

	if ((lf = memchr(*p, '\n', *n)) == NULL) {
		if (frame_keep(f, *p, *n) == -1)
			return FRAME_NOMEM;
		input_advance(p, n, *n);
		return unfinished(f);
	}
	if (must_wait(f, start, (size_t)(lf - start)))
		return FRAME_WAIT;
	input_advance(p, n, (size_t)(lf - start) + 1);
	return finished(f, start, (size_t)(lf - start), line, length);
}

enum frame_event
frame_next(struct frame *f, const char **p, size_t *n, const char **line,
    size_t *length)
{
	enum frame_event	event;

	for (;;) {
		if (f->http)
			return FRAME_HTTP;
		if (f->skipping && !skip(f, p, n))
			return FRAME_MORE;
		if (f->held.n == f->at) {
			buf_free(&f->held);
			f->at = f->scanned = 0;
		}
		if (*n == 0 && f->scanned == f->held.n)
			return f->held.n == 0 ? FRAME_MORE : unfinished(f);
		event = f->held.n > 0 ? next_held(f, p, n, line, length) :
		    next_direct(f, p, n, line, length);
		if (event != FRAME_MORE)
			return event;
	}
}
