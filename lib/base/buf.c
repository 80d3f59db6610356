/*
 * The slow half of buf.h.  Broken buffers follow libpq's PQExpBuffer: one test
 * at the end instead of one at each call.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { BUF_FIRST = 256, BUF_LARGE = 4096 };

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->limit);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->broken = false;
}

bool
buf_reserve(struct buf *b, size_t n)
{
	size_t	 cap;
	char	*p;

	if (!b->broken && n <= b->cap - b->n)
		return true;
	if (b->broken || n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4 ||
	    (b->limit != 0 && n > b->limit - b->n)) {
		b->broken = true;
		/* cap == n makes the inline fast paths come here again. */
		b->cap = b->n;
		return false;
	}
	cap = b->cap < BUF_FIRST ? BUF_FIRST :
	    b->cap * (b->cap < BUF_LARGE ? 4 : 2);
	while (cap < b->n + n)
		cap *= 2;
	if (b->limit != 0 && cap > b->limit)
		cap = b->limit;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->broken = true;
		b->cap = b->n;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list	ap;
	int	n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	/* vsnprintf wants room for its NUL; a limit must allow for it. */
	if (n < 0 || !buf_reserve(b, (size_t)n + 1))
		return;
	va_start(ap, format);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_drain(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	if (n < b->n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	if (b->broken)
		b->cap = b->n;		/* or the fast paths would go on */
}

void
buf_be16(struct buf *b, uint16_t v)
{
	unsigned char	c[2] = { v >> 8, v & 0xff };

	buf_add(b, c, sizeof(c));
}

void
buf_be32(struct buf *b, uint32_t v)
{
	unsigned char	c[4] = { v >> 24, v >> 16 & 0xff, v >> 8 & 0xff,
			    v & 0xff };

	buf_add(b, c, sizeof(c));
}

void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be32(b, (uint32_t)(v >> 32));
	buf_be32(b, (uint32_t)v);
}
