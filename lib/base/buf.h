#ifndef ORMD_BUF_H
#define ORMD_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Growing text or bytes.  When memory ends, or more than `limit' bytes (0: no
 * limit) are added, the buffer becomes broken: it keeps what it has and takes
 * no more, so that a writer tests `broken' once, at its end.  A buf owns its
 * bytes (malloc); buf_free() gives them back and leaves an empty buf.
 */
struct buf {
	char	*p;
	size_t	 n;
	size_t	 cap;
	size_t	 limit;
	bool	 broken;
};

void	buf_init(struct buf *, size_t limit);
void	buf_free(struct buf *);
void	buf_reset(struct buf *);	/* empty and whole, keeps its space */
/* Makes room for n more bytes; false when broken. */
bool	buf_reserve(struct buf *, size_t n);
void	buf_printf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* Removes the first n bytes. */
void	buf_drain(struct buf *, size_t n);
/* Network byte order, as PostgreSQL's binary formats want it. */
void	buf_be16(struct buf *, uint16_t);
void	buf_be32(struct buf *, uint32_t);
void	buf_be64(struct buf *, uint64_t);

/* Most pieces are short: two copies that overlap do without a call. */
static inline void
buf_copy(char *to, const char *from, size_t n)
{
	if (n > 32)
		memcpy(to, from, n);
	else if (n >= 16) {
		memcpy(to, from, 16);
		memcpy(to + n - 16, from + n - 16, 16);
	} else if (n >= 8) {
		memcpy(to, from, 8);
		memcpy(to + n - 8, from + n - 8, 8);
	} else if (n >= 4) {
		memcpy(to, from, 4);
		memcpy(to + n - 4, from + n - 4, 4);
	} else if (n > 0) {
		to[0] = from[0];
		to[n - 1] = from[n - 1];
		to[n / 2] = from[n / 2];
	}
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || (b->cap - b->n < n && !buf_reserve(b, n)))
		return;
	buf_copy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_putc(struct buf *b, char c)
{
	if (b->n == b->cap && !buf_reserve(b, 1))
		return;
	b->p[b->n++] = c;
}

#endif
