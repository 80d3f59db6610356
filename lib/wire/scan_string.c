/*
 * Strings.  Called by scan.c for every string and key.  It refuses what is not
 * UTF-8, control characters, NUL, unknown escapes and halves of surrogate
 * pairs.
 */
#include <stdbool.h>

#include "scan_string.h"
#include "utf8.h"

/* Bytes of a string that need no look. */
#define PLAIN4	1, 1, 1, 1
#define PLAIN16	PLAIN4, PLAIN4, PLAIN4, PLAIN4
static const bool plain[256] = {
	[0x20] = 1, 1, [0x23] = 1, [0x24] = PLAIN4, PLAIN4, PLAIN4,
	[0x30] = PLAIN16, PLAIN16,
	[0x50] = PLAIN4, PLAIN4, PLAIN4, [0x5d] = 1, 1, 1,
	[0x60] = PLAIN16, PLAIN16
};

static int
refused(const unsigned char **p, const unsigned char *at, const char **why,
    const char *text)
{
	*p = at;
	*why = text;
	return -1;
}

/* The four hexadecimal digits of \u, or -1. */
static long
hex4(const unsigned char *p, const unsigned char *end)
{
	long	v = 0;
	int	i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (p[i] - '0');
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			v = v << 4 | ((p[i] | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* *p is behind the `u'. */
static int
check_unicode(const unsigned char **p, const unsigned char *end,
    const char **why)
{
	const unsigned char	*at = *p - 2;
	long			 c = hex4(*p, end);

	if (c == -1)
		return refused(p, at, why, "\\u needs four hexadecimal digits");
	if (c == 0)
		return refused(p, at, why,
		    "a string must not contain NUL (\\u0000)");
	*p += 4;
	if (c < 0xd800 || c > 0xdfff)
		return 0;
	if (c <= 0xdbff && end - *p >= 2 && (*p)[0] == '\\' &&
	    (*p)[1] == 'u' && (c = hex4(*p + 2, end)) >= 0xdc00 &&
	    c <= 0xdfff) {
		*p += 6;
		return 0;
	}
	return refused(p, at, why,
	    "a surrogate (\\ud800 to \\udfff) without its other half");
}

/* *p is behind a backslash. */
static int
check_escape(const unsigned char **p, const unsigned char *end,
    const char **why)
{
	if (*p == end)
		return refused(p, end, why, "the line ends inside a string");
	switch (*(*p)++) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return 0;
	case 'u':
		return check_unicode(p, end, why);
	default:
		return refused(p, *p - 2, why, "no such escape in JSON");
	}
}

int
string_check(const unsigned char **at, const unsigned char *end,
    const char **why)
{
	const unsigned char	*p = *at;
	int			 n;

	for (;;) {
		while (p < end && plain[*p])
			p++;
		if (p == end)
			return refused(at, p, why,
			    "the line ends inside a string");
		if (*p == '"') {
			*at = p + 1;
			return 0;
		}
		if (*p == '\\') {
			*at = p + 1;
			if (check_escape(at, end, why) == -1)
				return -1;
			p = *at;
		} else if (*p == '\0')
			return refused(at, p, why,
			    "a string must not contain NUL");
		else if (*p < 0x20)
			return refused(at, p, why,
			    "a control character in a string must be escaped");
		else {
			n = utf8_length((const char *)p, (size_t)(end - p));
			if (n == 0)
				return refused(at, p, why,
				    "the line is not valid UTF-8");
			p += n;
		}
	}
}

static int
utf8_put(unsigned char *to, long c)
{
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (unsigned char)(0xc0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (unsigned char)(0xe0 | c >> 12);
		to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (unsigned char)(0xf0 | c >> 18);
	to[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

void
string_reader_init(struct string_reader *r, const char *text)
{
	r->p = (const unsigned char *)text;
	r->n = r->next = 0;
}

/* r->p is at a backslash.  Returns the first byte of what it means. */
int
string_reader_escape(struct string_reader *r)
{
	long	c = r->p[1];

	r->p += 2;
	switch (c) {
	case 'b':
		c = '\b';
		break;
	case 'f':
		c = '\f';
		break;
	case 'n':
		c = '\n';
		break;
	case 'r':
		c = '\r';
		break;
	case 't':
		c = '\t';
		break;
	case 'u':
		c = hex4(r->p, r->p + 4);
		r->p += 4;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (hex4(r->p + 2, r->p + 6) - 0xdc00);
			r->p += 6;
		}
		break;
	default:	/* stands for itself */
		break;
	}
	r->n = utf8_put(r->bytes, c);
	r->next = 1;
	return r->bytes[0];
}
