/*
 * numeric, and bytea: from what a client wrote to what PostgreSQL prints.
 * Called by value_from_json().  All digits are kept; a column with a scale
 * rounds as PostgreSQL does (half away from zero), so that equal numbers are
 * equal bytes.  It refuses what is no number and what has too many digits.
 */
#include <limits.h>
#include <string.h>

#include "value_text.h"

enum {
	EXPONENT_MOST = 200000,		/* beyond all limits below */
	WHOLE_MOST = 131072,		/* PostgreSQL's limits of a numeric */
	FRACTION_MOST = 16383
};

/* A number as written: digits without the point, and where that stands. */
struct decimal {
	const char	*digits;	/* as written, the point inside */
	long		 ndigits;
	long		 whole;		/* digits before the point as written */
	long		 point;		/* the same after the exponent */
	long		 fraction;	/* digits after the point */
	bool		 negative;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
parse_decimal(const char *p, const char *end, struct decimal *d)
{
	long	exponent = 0;
	bool	negative = false;

	memset(d, 0, sizeof(*d));
	if (p < end && (*p == '-' || *p == '+'))
		d->negative = *p++ == '-';
	d->digits = p;
	for (; p < end && is_digit(*p); p++)
		d->whole++;
	d->ndigits = d->whole;
	if (p < end && *p == '.')
		for (p++; p < end && is_digit(*p); p++)
			d->ndigits++;
	if (d->ndigits == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '-' || *p == '+'))
			negative = *p++ == '-';
		if (p == end)
			return false;
		for (; p < end && is_digit(*p); p++)
			if (exponent < EXPONENT_MOST)
				exponent = exponent * 10 + (*p - '0');
		if (negative)
			exponent = -exponent;
	}
	d->point = d->whole + exponent;
	d->fraction = d->ndigits > d->point ? d->ndigits - d->point : 0;
	return p == end;
}

/* The digit with that weight: 0 before the point, -1 after it, and so on. */
static char
digit_at(const struct decimal *d, long weight)
{
	long	i = d->point - 1 - weight;

	if (i < 0 || i >= d->ndigits)
		return '0';
	return d->digits[i < d->whole ? i : i + 1];
}

/* Adds one to the last digit; true when it carries out of the first. */
static bool
round_up(char *first, char *end)
{
	while (end-- > first) {
		if (*end == '.')
			continue;
		if (*end != '9') {
			++*end;
			return false;
		}
		*end = '0';
	}
	return true;
}

/*
 * Writes the digits of d with weights from `top' down to 0, or to `keep' where
 * that is lower; what is below `keep' is rounded away, and zeros stand for it
 * before the point.  Begins at to + 2, or before it if there is a carry or a
 * sign; returns the start.
 */
static char *
write_decimal(const struct decimal *d, long top, long keep, char *to,
    char **end)
{
	char	*start = to + 2, *p = start, *kept = start;
	bool	 zero;
	long	 weight;

	for (weight = top; weight >= (keep < 0 ? keep : 0); weight--) {
		if (weight == -1)
			*p++ = '.';
		*p++ = weight < keep ? '0' : digit_at(d, weight);
		if (weight == keep)
			kept = p;
	}
	if (digit_at(d, keep - 1) >= '5' && round_up(start, kept))
		*--start = '1';
	while (p - start > 1 && *start == '0' && start[1] != '.')
		start++;
	zero = strspn(start, "0.") >= (size_t)(p - start);
	if (d->negative && !zero)
		*--start = '-';
	*end = p;
	return start;
}

/* How many digits it has before the point; below 0: zeros behind it. */
static long
whole_digits(const char *p, const char *end)
{
	const char	*point, *first;

	p += *p == '-';
	if ((point = memchr(p, '.', (size_t)(end - p))) == NULL)
		point = end;
	for (first = p; first < end && (*first == '0' || *first == '.');
	    first++)
		;
	if (first == end)
		return LONG_MIN;
	return first < point ? point - first : point - first + 1;
}

static int
write_numeric(struct arena *a, const struct column *c,
    const struct decimal *d, struct cell *out, const struct path *path,
    struct error *err)
{
	long	top, keep = c->length > 0 ? -c->scale : -d->fraction;
	char	*to, *start, *end;

	/* Leading zeros go, but for one before the point. */
	for (top = d->point - 1; top > 0 && digit_at(d, top) == '0'; top--)
		;
	if (top < 0)
		top = 0;
	if (top < keep)
		top = keep;
	if (top >= WHOLE_MOST || -keep > FRACTION_MOST)
		return value_refuse(c, path, err,
		    "%s has more digits than a numeric can hold", c->name);
	to = arena_alloc(a, (size_t)(top + (keep < 0 ? -keep : 0)) + 5);
	if (to == NULL)
		return error_nomem(err);
	start = write_decimal(d, top, keep, to, &end);
	out->p = start;
	out->n = (int32_t)(end - start);
	if (c->length == 0 || whole_digits(start, end) <= c->length - c->scale)
		return 0;
	return value_refuse(c, path, err, c->scale > c->length ?
	    "%s is below 10^%ld" : "%s has at most %ld digits before the point",
	    c->name, c->length - c->scale);
}

/* Of a place in jsonb, which holds numerics. */
bool
value_fits_numeric(const char *p, size_t n)
{
	struct decimal	d;
	long		top;

	if (!parse_decimal(p, p + n, &d))
		return false;
	for (top = d.point - 1; top > 0 && digit_at(&d, top) == '0'; top--)
		;
	return top < WHOLE_MOST && d.fraction <= FRACTION_MOST;
}

int
value_numeric(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	struct decimal	 d;
	const char	*p = json_is_string(v) ? json_string(v) : v->text;
	size_t		 n = json_is_string(v) ? json_length(v) : v->ntext;

	if (json_is_string(v) &&
	    (strcmp(p, "NaN") == 0 || (c->length == 0 &&
	    (strcmp(p, "Infinity") == 0 || strcmp(p, "-Infinity") == 0)))) {
		out->p = p;
		out->n = (int32_t)n;
		return 0;
	}
	if (parse_decimal(p, p + n, &d))
		return write_numeric(a, c, &d, out, path, err);
	value_refuse(c, path, err, "%s must be a number", c->name);
	return error_hint(err, "like 12.50 or \"12.50\"");
}

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
value_bytea(struct arena *a, const struct column *c, const char *p, size_t n,
    struct cell *out, const struct path *path, struct error *err)
{
	static const char	 hex[] = "0123456789abcdef";
	unsigned		 bits = 0, nbits = 0;
	size_t			 i, pad = 0;
	char			*to, *q;
	int			 six;

	if ((to = q = arena_raw(a, n / 2 * 3 + 3)) == NULL)
		return error_nomem(err);
	*q++ = '\\';
	*q++ = 'x';
	while (pad < 2 && pad < n && p[n - 1 - pad] == '=')
		pad++;
	for (i = 0; n % 4 == 0 && i < n - pad; i++) {
		if ((six = sextet(p[i])) == -1)
			break;
		bits = bits << 6 | (unsigned)six;
		if ((nbits += 6) >= 8) {
			nbits -= 8;
			*q++ = hex[bits >> (nbits + 4) & 15];
			*q++ = hex[bits >> nbits & 15];
		}
	}
	if (n % 4 != 0 || i < n - pad || (bits & ((1u << nbits) - 1)) != 0) {
		value_refuse(c, path, err, "%s must be base64", c->name);
		return error_hint(err, "with = at its end to a length that 4 "
		    "divides");
	}
	out->p = to;
	out->n = (int32_t)(q - to);
	return 0;
}

void
value_base64(struct buf *b, const unsigned char *p, size_t n)
{
	static const char	set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned		bits;
	size_t			left;

	for (; n > 0; p += left, n -= left) {
		left = n < 3 ? n : 3;
		bits = (unsigned)p[0] << 16 |
		    (left > 1 ? (unsigned)p[1] << 8 : 0) |
		    (left > 2 ? p[2] : 0u);
		buf_putc(b, set[bits >> 18]);
		buf_putc(b, set[bits >> 12 & 63]);
		buf_putc(b, left > 1 ? set[bits >> 6 & 63] : '=');
		buf_putc(b, left > 2 ? set[bits & 63] : '=');
	}
}
