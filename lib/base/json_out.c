/*
 * JSON, written.  The hot path of every reply: runs of plain characters are
 * copied whole, integers are written without printf.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_in.h"
#include "json_out.h"

/* What follows the backslash; 'u' for \u00XX; 0 for characters that stand. */
static const char escapes[256] = {
	['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',
	['\r'] = 'r', ['\t'] = 't', [0] = 'u', [1] = 'u', [2] = 'u', [3] = 'u',
	[4] = 'u', [5] = 'u', [6] = 'u', [7] = 'u', [11] = 'u', [14] = 'u',
	[15] = 'u', [16] = 'u', [17] = 'u', [18] = 'u', [19] = 'u', [20] = 'u',
	[21] = 'u', [22] = 'u', [23] = 'u', [24] = 'u', [25] = 'u', [26] = 'u',
	[27] = 'u', [28] = 'u', [29] = 'u', [30] = 'u', [31] = 'u',
};

/* Each byte of a word the same. */
#define EACH(byte)	(0x0101010101010101ULL * (byte))

/* Do eight bytes stand as they are? */
static inline bool
plain(const unsigned char *s)
{
	uint64_t	w, quote, slash;

	memcpy(&w, s, sizeof(w));
	quote = w ^ EACH('"');
	slash = w ^ EACH('\\');
	return (((w - EACH(0x20)) & ~w) | ((quote - EACH(1)) & ~quote) |
	    ((slash - EACH(1)) & ~slash)) & EACH(0x80) ? false : true;
}

/* From the first character on that does not stand as it is. */
static void
put_escaped(struct buf *b, const char *p, size_t n)
{
	const unsigned char	*s = (const unsigned char *)p;
	size_t			 start = 0, i;
	char			 six[8];

	for (i = 0; i < n; i++) {
		while (i + 8 <= n && plain(s + i))
			i += 8;
		if (i == n)
			break;
		if (escapes[s[i]] == 0)
			continue;
		buf_add(b, p + start, i - start);
		if (escapes[s[i]] == 'u') {
			snprintf(six, sizeof(six), "\\u%04x", s[i]);
			buf_puts(b, six);
		} else {
			buf_putc(b, '\\');
			buf_putc(b, escapes[s[i]]);
		}
		start = i + 1;
	}
	buf_add(b, p + start, n - start);
	buf_putc(b, '"');
}

void
json_put_string(struct buf *b, const char *p, size_t n)
{
	const unsigned char	*s = (const unsigned char *)p;
	size_t			 i;
	char			*to;

	if (b->cap - b->n < n + 2 && !buf_reserve(b, n + 2))
		return;
	to = b->p + b->n;
	*to++ = '"';
	/* Looked at and copied in one go; nearly all of them are plain. */
	for (i = 0; i + 8 <= n && plain(s + i); i += 8)
		memcpy(to + i, s + i, 8);
	if (n >= 8 && n - i < 8 && plain(s + n - 8)) {
		memcpy(to + n - 8, s + n - 8, 8);
		i = n;
	}
	for (; i < n && escapes[s[i]] == 0; i++)
		to[i] = p[i];
	b->n += 1 + i;
	if (i == n)
		b->p[b->n++] = '"';
	else
		put_escaped(b, p + i, n - i);
}

void
json_put_text(struct buf *b, const char *s)
{
	json_put_string(b, s, strlen(s));
}

/* 00 to 99. */
static const char	pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

/* Writes the digits of u before `end'; where they begin. */
static char *
put_digits(char *end, uint64_t u)
{
	uint32_t	small;

	for (; u > UINT32_MAX; u /= 100)
		memcpy(end -= 2, pairs + u % 100 * 2, 2);
	/* Division by a constant is cheaper by half in 32 bits. */
	for (small = (uint32_t)u; small >= 100; small /= 100)
		memcpy(end -= 2, pairs + small % 100 * 2, 2);
	if (small >= 10)
		memcpy(end -= 2, pairs + small * 2, 2);
	else
		*--end = (char)('0' + small);
	return end;
}

void
json_put_int(struct buf *b, int64_t v)
{
	char	 digits[24], *end = digits + sizeof(digits);
	char	*d = put_digits(end, v < 0 ? -(uint64_t)v : (uint64_t)v);

	if (v < 0)
		*--d = '-';
	buf_add(b, d, (size_t)(end - d));
}

/* Some readers would make an integer of -0, and lose the sign. */
static bool
put_zero(struct buf *b, double v)
{
	if (v != 0 || !signbit(v))
		return false;
	buf_puts(b, "-0.0");
	return true;
}

static void
put_special(struct buf *b, double v)
{
	buf_puts(b, isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" :
	    "\"-Infinity\"");
}

void
json_put_double(struct buf *b, double v)
{
	char	text[32];
	int	digits;

	if (!isfinite(v)) {
		put_special(b, v);
		return;
	}
	if (put_zero(b, v))
		return;
	/* Below the smallest normal number fewer digits are enough. */
	for (digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (digits == 17 || strtod(text, NULL) == v)
			break;
	}
	buf_puts(b, text);
}

void
json_put_float(struct buf *b, float v)
{
	char	text[32];
	int	digits;

	if (!isfinite(v)) {
		put_special(b, v);
		return;
	}
	if (put_zero(b, (double)v))
		return;
	for (digits = fabsf(v) < FLT_MIN ? 1 : 6; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (digits == 9 || strtof(text, NULL) == v)
			break;
	}
	buf_puts(b, text);
}

void
json_put_comma(struct buf *b)
{
	if (b->n > 0 && b->p[b->n - 1] != '{' && b->p[b->n - 1] != '[')
		buf_putc(b, ',');
}

void
json_put_key(struct buf *b, const char *key)
{
	json_put_comma(b);
	json_put_text(b, key);
	buf_putc(b, ':');
}

void
json_put_member_text(struct buf *b, const char *key, const char *s)
{
	json_put_key(b, key);
	json_put_text(b, s);
}

void
json_put_member_int(struct buf *b, const char *key, int64_t v)
{
	json_put_key(b, key);
	json_put_int(b, v);
}

void
json_put_member_bool(struct buf *b, const char *key, bool v)
{
	json_put_key(b, key);
	buf_puts(b, v ? "true" : "false");
}

void
json_print(struct buf *b, const struct json *v)
{
	size_t	i;

	if (v == NULL) {
		buf_puts(b, "null");
		return;
	}
	switch (v->sort) {
	case JSON_SORT_BOOLEAN:
	case JSON_SORT_INTEGER:
	case JSON_SORT_FRACTION:
		buf_add(b, v->text, v->ntext);
		break;
	case JSON_SORT_STRING:
		json_put_string(b, v->string, v->n);
		break;
	case JSON_SORT_LIST:
		buf_putc(b, '[');
		for (i = 0; i < v->n; i++) {
			if (i > 0)
				buf_putc(b, ',');
			json_print(b, v->items[i]);
		}
		buf_putc(b, ']');
		break;
	case JSON_SORT_OBJECT:
		buf_putc(b, '{');
		for (i = 0; i < v->n; i++) {
			if (i > 0)
				buf_putc(b, ',');
			json_put_text(b, v->pairs[i].key);
			buf_putc(b, ':');
			json_print(b, v->pairs[i].value);
		}
		buf_putc(b, '}');
		break;
	}
}
