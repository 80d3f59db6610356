/*
 * Streams.  Called by request_steps.c; the objects of each page become lines,
 * and the dialog takes these when there is room for them.
 *
 * The place where the next page starts is the only thing that is kept between
 * two pages.  How many rows a page has follows from how long they were so far,
 * so that a page is about as long as what a client may leave unread.
 */
#include <string.h>

#include "json_out.h"
#include "page.h"
#include "request_parts.h"
#include "stream.h"

enum {
	ROWS_FIRST = 100,
	ROWS_MOST = 1000,
	ROWS_GROW = 4		/* times as many as in the page before */
};

struct stream {
	struct buf	 rows;		/* whole lines */
	struct arena	 places[2];	/* where a page starts, by turns */
	unsigned	 place;
	struct position	 position;
	int64_t		 left;		/* objects still to be sent */
	int64_t		 sent;
	int64_t		 page, most;	/* rows of a page */
};

static void
page_set(struct stream *s, struct op *op)
{
	op->limit = s->page < s->left ? s->page : s->left;
}

int
stream_new(struct request *r, struct error *err)
{
	struct op	*op = r->work->call.ops.v[0];
	struct stream	*s = arena_alloc(r->arena, sizeof(*s));
	size_t		 most = r->ormd->settings.request_memory;

	if (s == NULL)
		return error_nomem(err);
	buf_init(&s->rows, 0);
	arena_init(&s->places[0], most);
	arena_init(&s->places[1], most);
	s->left = op->limit;
	s->page = ROWS_FIRST;
	s->most = ROWS_MOST;
	page_set(s, op);
	r->stream = s;
	return 0;
}

void
stream_free(struct stream *s)
{
	buf_free(&s->rows);
	arena_release(&s->places[0]);
	arena_release(&s->places[1]);
}

void
stream_take(struct stream *s, struct buf *out)
{
	buf_add(out, s->rows.p, s->rows.n);
	buf_free(&s->rows);
}

/* The next page starts behind this one's row i, which soon is gone. */
static int
place_keep(struct stream *s, struct op *op, const struct cell *after,
    struct error *err)
{
	struct arena	*arena = &s->places[s->place ^ 1];
	struct cell	*cells = arena_array(arena, op->order.n,
			    sizeof(*cells));
	size_t		 i;
	char		*p;

	if (cells == NULL)
		return error_nomem(err);
	for (i = 0; i < op->order.n; i++) {
		cells[i].n = after[i].n;
		if (after[i].n < 0)
			continue;
		p = arena_strndup(arena, after[i].p, (size_t)after[i].n);
		if (p == NULL)
			return error_nomem(err);
		cells[i].p = p;
	}
	s->position.cells = cells;
	op->position = &s->position;
	arena_release(&s->places[s->place]);
	s->place ^= 1;
	return 0;
}

static void
page_size(struct stream *s, const struct op *op, size_t n, size_t window)
{
	int64_t	page = (int64_t)(window / (s->rows.n / n + 1));

	/* It was asked for with fewer rows, since they need much memory. */
	if (op->limit < s->page && op->limit < s->left)
		s->most = op->limit;
	if (page > s->page * ROWS_GROW)
		page = s->page * ROWS_GROW;
	if (page > s->most)
		page = s->most;
	s->page = page > 0 ? page : 1;
}

static void
result_put(struct request *r, const struct op *op, const struct result *page,
    size_t n)
{
	buf_puts(&r->result, "{\"count\":");
	json_put_int(&r->result, r->stream->sent);
	if (page->more && n > 0) {
		buf_putc(&r->result, ',');
		page_next(&r->result, op, page, n - 1);
	}
	buf_putc(&r->result, '}');
}

enum stream_next
stream_page(struct request *r, const struct unit *unit, struct error *err)
{
	const struct settings	*settings = &r->ormd->settings;
	const struct result	*page = &unit->results[0];
	struct op		*op = r->work->call.ops.v[0];
	struct stream		*s = r->stream;
	size_t			 n, window = request_window(settings);
	int			 status;
	struct page_lines	 lines = { r->id, settings->stream_line,
				    settings->max_reply, window,
				    (int)settings->max_depth };

	status = page_stream(&s->rows, &lines, op, page, &n, err);
	s->sent += (int64_t)n;
	if (status == -1)
		return STREAM_FAILED;
	if (n == page->rows.n && (!page->more || (int64_t)n == s->left)) {
		result_put(r, op, page, n);
		return STREAM_ENDED;
	}
	page_size(s, op, n, window);
	s->left -= (int64_t)n;
	if (place_keep(s, op, result_terms(page, n - 1), err) == -1)
		return STREAM_FAILED;
	page_set(s, op);
	return STREAM_PAGE;
}
