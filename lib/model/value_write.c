/*
 * A cell, as PostgreSQL sent it, becomes JSON text.  Called for every value of
 * every reply, so integers and text come first and nothing is allocated.  It
 * refuses nothing: cells are in the form that types.def names.  Where a table
 * is not as the model says, a cell may be no value of the column's type: then
 * it is null, so that a reply is JSON all the same.
 */
#include <endian.h>
#include <string.h>

#include "json_out.h"
#include "value.h"
#include "value_text.h"

enum { UUID_SIZE = 16 };

static void
write_null(struct buf *b)
{
	buf_add(b, "null", 4);
}

static void
write_integer(struct buf *b, const struct cell *cell)
{
	uint16_t	two;
	uint32_t	four;
	uint64_t	eight;

	switch (cell->n) {
	case sizeof(two):
		memcpy(&two, cell->p, sizeof(two));
		json_put_int(b, (int16_t)be16toh(two));
		break;
	case sizeof(four):
		memcpy(&four, cell->p, sizeof(four));
		json_put_int(b, (int32_t)be32toh(four));
		break;
	case sizeof(eight):
		memcpy(&eight, cell->p, sizeof(eight));
		json_put_int(b, (int64_t)be64toh(eight));
		break;
	default:
		write_null(b);
		break;
	}
}

static void
write_float(struct buf *b, const struct cell *cell)
{
	uint32_t	four;
	uint64_t	eight;
	float		f;
	double		d;

	if (cell->n == sizeof(four)) {
		memcpy(&four, cell->p, sizeof(four));
		four = be32toh(four);
		memcpy(&f, &four, sizeof(f));
		json_put_float(b, f);
	} else if (cell->n == sizeof(eight)) {
		memcpy(&eight, cell->p, sizeof(eight));
		eight = be64toh(eight);
		memcpy(&d, &eight, sizeof(d));
		json_put_double(b, d);
	} else
		write_null(b);
}

static void
write_uuid(struct buf *b, const struct cell *cell)
{
	static const char	hex[] = "0123456789abcdef";
	unsigned char		byte;
	int			i;

	if (cell->n != UUID_SIZE) {
		write_null(b);
		return;
	}
	buf_putc(b, '"');
	for (i = 0; i < UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_putc(b, '-');
		byte = (unsigned char)cell->p[i];
		buf_putc(b, hex[byte >> 4]);
		buf_putc(b, hex[byte & 15]);
	}
	buf_putc(b, '"');
}

/*
 * "2024-01-31 12:00:00+00" is "2024-01-31T12:00:00Z" in JSON.  Before the
 * common era " BC" follows; "infinity" stays what it is.
 */
static void
write_datetime(struct buf *b, const struct cell *cell)
{
	static const char	 era[] = " BC";
	size_t			 n = (size_t)cell->n, tail = 0;
	const char		*p = cell->p, *blank;

	if (n > 3 && memcmp(p + n - 3, era, 3) == 0)
		tail = 3;
	n -= tail;
	buf_putc(b, '"');
	if ((blank = memchr(p, ' ', n)) != NULL) {
		buf_add(b, p, (size_t)(blank - p));
		buf_putc(b, 'T');
		n -= (size_t)(blank + 1 - p);
		p = blank + 1;
	}
	if (n > 3 && memcmp(p + n - 3, "+00", 3) == 0) {
		buf_add(b, p, n - 3);
		buf_putc(b, 'Z');
	} else
		buf_add(b, p, n);
	buf_add(b, era, tail);
	buf_putc(b, '"');
}

/* PostgreSQL's \x616263. */
static void
write_bytes(struct buf *b, const struct cell *cell)
{
	enum { AT_ONCE = 3 * 256 };	/* a multiple of 3 */
	unsigned char	bytes[AT_ONCE], byte = 0;
	size_t		n = 0;
	int32_t		i;
	char		c;

	buf_putc(b, '"');
	for (i = 2; i < cell->n; i++) {
		c = cell->p[i];
		byte = (unsigned char)(byte << 4 |
		    (c <= '9' ? c - '0' : c - 'a' + 10));
		if (i % 2 == 1)
			bytes[n++] = byte;
		if (n == AT_ONCE) {
			value_base64(b, bytes, n);
			n = 0;
		}
	}
	value_base64(b, bytes, n);
	buf_putc(b, '"');
}

/* json keeps its layout; it has line ends only between tokens. */
static void
write_line(struct buf *b, const char *p, size_t n)
{
	const char	*end = p + n, *stop;

	while (p < end) {
		for (stop = p; stop < end && *stop != '\n' && *stop != '\r';
		    stop++)
			;
		buf_add(b, p, (size_t)(stop - p));
		p = stop < end ? stop + 1 : end;
	}
}

static void
write_text(struct buf *b, const struct column *c, const struct cell *cell)
{
	size_t	n = (size_t)cell->n;

	switch (c->type->json) {
	case JSON_RAW:
		if (memchr(cell->p, '\n', n) != NULL ||
		    memchr(cell->p, '\r', n) != NULL)
			write_line(b, cell->p, n);
		else
			buf_add(b, cell->p, n);
		break;
	case JSON_DATETIME:
		write_datetime(b, cell);
		break;
	case JSON_BASE64:
		write_bytes(b, cell);
		break;
	case JSON_INTEGER:
	case JSON_FLOAT:
	case JSON_BOOLEAN:
	case JSON_STRING:
		if (c->element != NULL)
			value_write_array(b, c, cell);
		else
			json_put_string(b, cell->p, n);
		break;
	}
}

void
value_write(struct buf *b, const struct column *c, const struct cell *cell)
{
	if (cell->n < 0) {
		write_null(b);
		return;
	}
	switch (c->type->cell) {
	case CELL_INT2:
	case CELL_INT4:
	case CELL_INT8:
		write_integer(b, cell);
		break;
	case CELL_FLOAT4:
	case CELL_FLOAT8:
		write_float(b, cell);
		break;
	case CELL_BOOL:
		buf_puts(b, cell->n != 1 ? "null" : cell->p[0] != 0 ? "true" :
		    "false");
		break;
	case CELL_UUID:
		write_uuid(b, cell);
		break;
	case CELL_TEXT:
		write_text(b, c, cell);
		break;
	}
}
