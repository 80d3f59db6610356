/*
 * Pages of `find', as many objects as fit, and the names of those that do not.
 * Called by result.c and the request rooms.  It refuses a page of which not
 * even the first object fits.
 */
#include "cursor.h"
#include "json_out.h"
#include "page.h"
#include "reply.h"
#include "value.h"
#include "write.h"

enum {
	KEY_COLUMNS_MOST = 32,	/* as PostgreSQL has it of an index */
	ROOM_AFTER = 8,		/* objects that tell how long others are */
	ROOM_SLACK = 64		/* bytes that those may be longer */
};

void
cells_write(struct buf *b, struct column *const *columns, size_t n,
    const struct cell *cells)
{
	size_t	i;

	if (n != 1)
		buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		value_write(b, columns[i], &cells[i]);
	}
	if (n != 1)
		buf_putc(b, ']');
}

void
object_name(const struct model *model, const struct cell *key,
    struct error *err)
{
	const struct table	*t = model->table;
	struct buf		 text;
	size_t			 i;

	error_about(err, model->name, NULL);
	for (i = 0; i < t->key.n; i++)
		if (t->key.v[i]->is_private || t->key.v[i]->write_only ||
		    key[i].n == -1)
			return;
	buf_init(&text, sizeof(err->detail));
	buf_puts(&text, "{\"$get\":");
	cells_write(&text, t->key.v, t->key.n, key);
	buf_puts(&text, "}");
	buf_putc(&text, '\0');
	/* Cut, it would name another object. */
	if (!text.broken)
		error_detail(err, "%s", text.p);
	buf_free(&text);
}

void
row_name(const struct row *row, struct error *err)
{
	const struct table	*t = row->shape->model->table;
	struct cell		 key[KEY_COLUMNS_MOST];
	size_t			 i;

	error_about(err, row->shape->model->name, NULL);
	if (t->key.n > KEY_COLUMNS_MOST)
		return;
	for (i = 0; i < t->key.n; i++)
		key[i] = row->cells[t->key.v[i]->index];
	object_name(row->shape->model, key, err);
}

int
object_too_long(const struct row *row, struct error *err)
{
	error_set(err, ERROR_LIMIT, NULL, "with this %s the reply is longer "
	    "than max_reply", row->shape->model->name);
	row_name(row, err);
	return error_hint(err, "ask for less of it: only, rules");
}

static size_t
end_of(const struct buf *ends, size_t i)
{
	size_t	end;

	memcpy(&end, ends->p + i * sizeof(end), sizeof(end));
	return end;
}

/*
 * Room for all objects, by the length of the first few: a page that grows by
 * doubling is copied as often.
 */
static void
room_make(struct buf *b, size_t few, size_t first, size_t n)
{
	size_t	most = b->limit == 0 ? SIZE_MAX : b->limit - b->n;
	size_t	each = (b->n - first) / few + ROOM_SLACK;

	n -= few;
	if (n <= most / each)
		buf_reserve(b, each * n);
}

/*
 * Prints objects until one does not fit, and notes where each ends.  -1 with
 * err when one cannot be printed.
 */
static int
items_write(struct buf *b, struct buf *ends, const struct result *r,
    int max_depth, struct error *err)
{
	size_t	i, end, first = b->n;

	for (i = 0; i < r->rows.n; i++) {
		end = b->n;
		if (i == ROOM_AFTER && !b->broken)
			room_make(b, i, first, r->rows.n);
		if (i > 0)
			buf_putc(b, ',');
		if (shape_write(b, r->rows.v[i], max_depth, err) == -1) {
			if (!b->broken)
				return -1;
			reply_cut(b, end);
			return 0;
		}
		buf_add(ends, &b->n, sizeof(b->n));
		if (ends->broken)
			return error_nomem(err);
	}
	return 0;
}

/* Nothing that the client may not be told is in a cursor. */
static void
place_write(struct buf *b, const struct op *op, const struct cell *cells,
    bool inclusive)
{
	if (op->unpaged)
		buf_puts(b, "null");
	else
		cursor_write(b, op, cells, inclusive);
}

/*
 * `next' and `prev': one leads on behind the last of the n rows written, the
 * other back to where the page began.
 */
static void
cursors_write(struct buf *b, const struct op *op, const struct result *r,
    size_t n)
{
	static const char *const	 names[] = { "next", "prev" };
	const struct position		*from = op->position;
	bool				 backward = from != NULL &&
					    from->backward;

	if (n > 0 && (r->more || n < r->rows.n)) {
		json_put_key(b, names[backward]);
		place_write(b, op, result_terms(r, n - 1), false);
	}
	if (from == NULL)
		return;
	json_put_key(b, names[!backward]);
	if (n > 0)
		place_write(b, op, result_terms(r, 0), false);
	else
		/* What is not behind it is at it. */
		place_write(b, op, from->cells, !from->inclusive);
}

void
page_next(struct buf *b, const struct op *op, const struct result *r, size_t i)
{
	buf_puts(b, "\"next\":");
	place_write(b, op, result_terms(r, i), false);
}

/* What stands behind the n first objects of a page. */
static void
tail_write(struct buf *b, const struct op *op, const struct result *r,
    size_t n)
{
	buf_putc(b, ']');
	cursors_write(b, op, r, n);
	if (r->counted) {
		buf_puts(b, ",\"count\":");
		json_put_int(b, r->count);
	}
	buf_putc(b, '}');
}

static void
bytes_reverse(char *p, size_t n)
{
	size_t	i;
	char	c;

	for (i = 0; i < n / 2; i++) {
		c = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = c;
	}
}

/*
 * The objects in [first, last) the other way round: all of their bytes, and
 * then those of each.
 */
static void
items_reverse(struct buf *b, size_t first, const struct buf *ends, size_t n)
{
	size_t	i, end, last = end_of(ends, n - 1), start = first, size;

	bytes_reverse(b->p + first, last - first);
	for (i = 0; i < n; i++) {
		end = end_of(ends, i);
		size = end - start;
		/* What began at `start' ends where as much is left before. */
		bytes_reverse(b->p + first + (last - end), size);
		start = end + 1;	/* behind a comma */
	}
}

/* With fewer objects, until the tail fits, too. */
static int
page_end(struct buf *b, size_t first, const struct buf *ends,
    const struct op *op, const struct result *r, struct error *err)
{
	size_t	n = ends->n / sizeof(size_t);

	for (; n > 0 || r->rows.n == 0; n--) {
		if (n > 0)
			reply_cut(b, end_of(ends, n - 1));
		tail_write(b, op, r, n);
		if (b->broken && n > 0)
			continue;
		if (op->position != NULL && op->position->backward && n > 1)
			items_reverse(b, first, ends, n);
		return 0;
	}
	return object_too_long(r->rows.v[0], err);
}

int
page_write(struct buf *b, const struct op *op, const struct result *r,
    int max_depth, struct error *err)
{
	struct buf	ends;
	size_t		first;
	int		status;

	buf_init(&ends, 0);
	buf_puts(b, "{\"items\":[");
	first = b->n;
	status = items_write(b, &ends, r, max_depth, err);
	if (status == 0)
		status = page_end(b, first, &ends, op, r, err);
	buf_free(&ends);
	return status;
}

/*
 * One line, with objects from `first' on, at most `most' of them; how many they
 * are.  0: not even one fits.  -1 with err: one cannot be printed.
 */
static int
line_write(struct buf *b, const struct page_lines *lines, const struct op *op,
    const struct result *r, size_t first, size_t most, struct error *err)
{
	size_t	i, end, start = b->n;

	b->limit = start + lines->longest;
	reply_notify_begin(b, "rows");
	buf_puts(b, "{\"id\":");
	buf_puts(b, lines->id);
	buf_puts(b, ",\"items\":[");
	for (i = first; i < r->rows.n && i - first < most; i++) {
		end = b->n;
		if (i > first)
			buf_putc(b, ',');
		if (shape_write(b, r->rows.v[i], lines->max_depth, err) ==
		    -1 && !b->broken)
			return -1;
		if (i > first && (b->broken || b->n - start > lines->line)) {
			reply_cut(b, end);
			break;
		}
	}
	buf_putc(b, ']');
	if (r->more || i < r->rows.n) {
		buf_putc(b, ',');
		page_next(b, op, r, i - 1);
	}
	buf_putc(b, '}');
	reply_end(b, REPLY_LINE);
	return b->broken ? 0 : (int)(i - first);
}

int
page_stream(struct buf *b, const struct page_lines *lines,
    const struct op *op, const struct result *r, size_t *n, struct error *err)
{
	size_t	start = b->n;
	int	written = 1;

	for (*n = 0; *n < r->rows.n && b->n < lines->most; *n += written) {
		start = b->n;
		written = line_write(b, lines, op, r, *n, SIZE_MAX, err);
		/* What tells where to go on may be longer than the objects. */
		if (written == 0) {
			reply_cut(b, start);
			written = line_write(b, lines, op, r, *n, 1, err);
		}
		if (written == 0)
			written = object_too_long(r->rows.v[*n], err);
		if (written == -1) {
			reply_cut(b, start);
			return -1;
		}
	}
	return 0;
}
