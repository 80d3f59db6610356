/*
 * Cursors as text, and back.  Called by the daemon when it writes a page, and
 * while a request is decoded.  It refuses what it has not written for the same
 * query.
 *
 * In base64url: eight bytes that all others and the query add up to, one that
 * says whether the row itself is meant, then each value with its length before
 * it, in the form in which parameters are sent.
 */
#include <endian.h>
#include <string.h>

#include "cursor.h"
#include "utf8.h"
#include "where.h"

enum {
	CHECK_SIZE = 8,
	BEHIND = 'b',
	AT = 'a'
};

static const char	digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789-_";

static uint64_t
mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char	*p = bytes;
	const uint64_t		 k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t		 word;

	for (h = (h ^ n) * k; n > 0; n -= n < 8 ? n : 8, p += 8) {
		word = 0;
		memcpy(&word, p, n < 8 ? n : 8);
		h = (h ^ le64toh(word)) * k;
		h ^= h >> 32;
	}
	return h;
}

static uint64_t
mix_text(uint64_t h, const char *text)
{
	return mix(h, text, strlen(text));
}

/* What tells a query from others: its model, order and condition. */
static uint64_t
query_sum(const struct op *op)
{
	const struct order_join	*join;
	const struct order	*o;
	uint64_t		 h = mix_text(0, op->model->name);
	size_t			 i;

	for (i = 0; i < op->joins.n; i++) {
		join = &op->joins.v[i];
		h = mix_text(h, join->relationship->name);
		h = mix(h, &(uint64_t){ htole64((uint64_t)join->from) }, 8);
	}
	for (i = 0; i < op->order.n; i++) {
		o = &op->order.v[i];
		h = mix_text(h, o->column->quoted);
		h = mix_text(h, o->column->sql_type);
		h = mix(h, &(uint64_t){ htole64((uint64_t)(o->join * 2 +
		    o->descending)) }, 8);
	}
	/* {} asks for no more than nothing does. */
	if (op->where == NULL || strcmp(op->where->sql, "(true)") == 0)
		return h;
	h = mix_text(h, op->where->sql);
	for (i = 0; i < op->where->params.n; i++)
		h = mix(h, op->where->params.v[i].p,
		    op->where->params.v[i].n < 0 ? 0 :
		    (size_t)op->where->params.v[i].n);
	return h;
}

static uint64_t
check_sum(const struct op *op, const char *p, size_t n)
{
	return htole64(mix(query_sum(op), p, n));
}

static void
put_base64(struct buf *b, const struct buf *bytes)
{
	const unsigned char	*p = (const unsigned char *)bytes->p;
	uint32_t		 word = 0;
	int			 bits = 0;
	size_t			 i;

	for (i = 0; i < bytes->n; i++) {
		word = word << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			buf_putc(b, digits[word >> (bits - 6) & 63]);
	}
	if (bits > 0)
		buf_putc(b, digits[word << (6 - bits) & 63]);
}

void
cursor_write(struct buf *b, const struct op *op, const struct cell *cells,
    bool inclusive)
{
	struct buf	bytes;
	uint64_t	check = 0;
	size_t		i;

	buf_init(&bytes, 0);
	buf_add(&bytes, &check, CHECK_SIZE);
	buf_putc(&bytes, inclusive ? AT : BEHIND);
	for (i = 0; i < op->order.n; i++) {
		buf_be32(&bytes, (uint32_t)cells[i].n);
		if (cells[i].n > 0)
			buf_add(&bytes, cells[i].p, (size_t)cells[i].n);
	}
	if (bytes.broken)
		b->broken = true;
	else {
		check = check_sum(op, bytes.p + CHECK_SIZE,
		    bytes.n - CHECK_SIZE);
		memcpy(bytes.p, &check, CHECK_SIZE);
		buf_putc(b, '"');
		put_base64(b, &bytes);
		buf_putc(b, '"');
	}
	buf_free(&bytes);
}

/* How many bytes the text stands for; 0: it is no base64url. */
static size_t
take_base64(const char *text, char *bytes)
{
	const char	*digit;
	uint32_t	 word = 0;
	size_t		 n = 0;
	int		 bits = 0;

	for (; *text != '\0'; text++) {
		if ((digit = strchr(digits, *text)) == NULL)
			return 0;
		word = word << 6 | (uint32_t)(digit - digits);
		if ((bits += 6) >= 8) {
			bits -= 8;
			bytes[n++] = (char)(word >> bits);
		}
	}
	return n;
}

/* Has the value the form of one of this column? */
static bool
is_value(const struct order *o, const struct cell *cell)
{
	static const int32_t	 sizes[] = {
		[CELL_INT2] = 2, [CELL_INT4] = 4, [CELL_INT8] = 8,
		[CELL_FLOAT4] = 4, [CELL_FLOAT8] = 8, [CELL_BOOL] = 1,
		[CELL_UUID] = 16, [CELL_TEXT] = 0
	};
	enum cell_form		 form = o->column->type->cell;

	if (cell->n < 0)
		return o->nullable;
	if (form != CELL_TEXT)
		return cell->n == sizes[form];
	return memchr(cell->p, '\0', (size_t)cell->n) == NULL &&
	    utf8_check(cell->p, (size_t)cell->n) == (size_t)cell->n;
}

/* The values behind the first byte; false: they are not those of the order. */
static bool
take_values(const struct op *op, const char *p, size_t n,
    struct cell *cells)
{
	uint32_t	size;
	size_t		i;

	for (i = 0; i < op->order.n; i++) {
		if (n < sizeof(size))
			return false;
		memcpy(&size, p, sizeof(size));
		p += sizeof(size);
		n -= sizeof(size);
		cells[i].n = (int32_t)be32toh(size);
		cells[i].p = p;
		if (cells[i].n < -1 ||
		    (cells[i].n > 0 && (size_t)cells[i].n > n) ||
		    !is_value(&op->order.v[i], &cells[i]))
			return false;
		if (cells[i].n > 0) {
			p += cells[i].n;
			n -= (size_t)cells[i].n;
		}
	}
	return n == 0;
}

int
cursor_read(struct arena *a, const struct op *op, const char *text,
    struct position *position, const struct path *path, struct error *err)
{
	struct cell	*cells;
	uint64_t	 check;
	size_t		 n;
	char		*p;

	cells = arena_array(a, op->order.n, sizeof(*cells));
	if (cells == NULL || (p = arena_raw(a, strlen(text) + 1)) == NULL)
		return error_nomem(err);
	if ((n = take_base64(text, p)) > CHECK_SIZE) {
		check = check_sum(op, p + CHECK_SIZE, n - CHECK_SIZE);
		n -= CHECK_SIZE + 1;
		if (memcmp(p, &check, CHECK_SIZE) == 0 &&
		    (p[CHECK_SIZE] == AT || p[CHECK_SIZE] == BEHIND) &&
		    take_values(op, p + CHECK_SIZE + 1, n, cells)) {
			position->cells = cells;
			position->inclusive = p[CHECK_SIZE] == AT;
			return 0;
		}
	}
	error_set(err, ERROR_INVALID_VALUE, path,
	    "this is not the next or prev of a page of this query");
	return error_hint(err, "it goes with the same model, where and "
	    "order_by");
}

int
position_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct path	 after = { op->path, "after", 0 };
	struct path	 before = { op->path, "before", 0 };
	struct position	*position;
	const char	*text = NULL, *end = NULL;

	if (json_take_string(params, "after", &text, op->path, err) == -1 ||
	    json_take_string(params, "before", &end, op->path, err) == -1)
		return -1;
	if (text == NULL && end == NULL)
		return 0;
	if (op->unpaged)
		return error_set(err, ERROR_INVALID_PARAMS,
		    text != NULL ? &after : &before,
		    "the key of %s is private, and nothing else tells where "
		    "a page ends", op->model->name);
	if (text != NULL && end != NULL)
		return error_set(err, ERROR_INVALID_PARAMS, &before,
		    "a page is after or before, not both");
	if ((position = arena_alloc(d->arena, sizeof(*position))) == NULL)
		return error_nomem(err);
	position->backward = end != NULL;
	op->position = position;
	return cursor_read(d->arena, op, text != NULL ? text : end, position,
	    text != NULL ? &after : &before, err);
}
