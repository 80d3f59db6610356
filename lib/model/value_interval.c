/*
 * Intervals: ISO 8601 durations (P1Y2M3DT4H5M6.5S, weeks too, each part with
 * its own sign) to what PostgreSQL prints with IntervalStyle iso_8601, so that
 * what it says is exact to the microsecond however it is written.  Called by
 * value_time().
 *
 * An interval is months, days and microseconds; a part goes into one of them,
 * and a fraction of a part into the next ones, as PostgreSQL 15 has it.  It
 * refuses parts that are out of order, and sums that an interval cannot hold.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

enum {
	INTERVAL_LONGEST = 100,
	FRACTION_LONGEST = 20,		/* more digits make no difference */
	DAYS_OF_MONTH = 30
};

#define SECOND	INT64_C(1000000)
#define DAY	(INT64_C(86400) * SECOND)

struct interval {
	int64_t	months, days, micros;
};

/* Where the whole of a part goes, and what a fraction is of. */
enum unit { UNIT_MONTHS, UNIT_DAYS, UNIT_MICROS };

static const struct part {
	char		letter;
	bool		of_time;	/* stands after the T */
	enum unit	unit;
	int64_t		size;		/* in units */
} parts[] = {
	{ 'Y', false, UNIT_MONTHS, 12 },
	{ 'M', false, UNIT_MONTHS, 1 },
	{ 'W', false, UNIT_DAYS, 7 },
	{ 'D', false, UNIT_DAYS, 1 },
	{ 'H', true, UNIT_MICROS, 3600 * SECOND },
	{ 'M', true, UNIT_MICROS, 60 * SECOND },
	{ 'S', true, UNIT_MICROS, SECOND }
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/*
 * Takes a signed number at *p: digits, and perhaps a point and digits.  The
 * fraction has the sign of the whole.  False: there is none, or too large.
 */
static bool
take_number(const char **p, const char *end, int64_t *whole, double *fraction)
{
	char		 text[FRACTION_LONGEST + 3] = "0.";
	const char	*q = *p, *digits;
	size_t		 n = 2;
	bool		 negative = q < end && *q == '-';

	q += negative;
	*whole = 0;
	for (digits = q; q < end && *q >= '0' && *q <= '9'; q++)
		if (__builtin_mul_overflow(*whole, 10, whole) ||
		    __builtin_sub_overflow(*whole, *q - '0', whole))
			return false;
	if (q == digits)
		return false;
	/* Downwards, since there is one more below zero than above. */
	if (!negative && __builtin_sub_overflow(0, *whole, whole))
		return false;
	*fraction = 0;
	if (q < end && *q == '.') {
		for (q++; q < end && *q >= '0' && *q <= '9'; q++)
			if (n < FRACTION_LONGEST + 2)
				text[n++] = *q;
		if (n == 2)
			return false;
		*fraction = strtod(text, NULL);
		if (negative)
			*fraction = -*fraction;
	}
	*p = q;
	return true;
}

static bool
add(int64_t *sum, int64_t n, int64_t size)
{
	return !__builtin_mul_overflow(n, size, &n) &&
	    !__builtin_add_overflow(*sum, n, sum);
}

/* A fraction of so many microseconds: to the nearest, half towards zero. */
static bool
add_micros(struct interval *v, double fraction)
{
	int64_t	whole = (int64_t)fraction;

	fraction -= (double)whole;
	if (fraction > 0.5)
		whole++;
	else if (fraction < -0.5)
		whole--;
	return add(&v->micros, whole, 1);
}

static bool
add_days(struct interval *v, double fraction)
{
	int64_t	whole = (int64_t)fraction;

	return add(&v->days, whole, 1) &&
	    add_micros(v, (fraction - (double)whole) * (double)DAY);
}

static bool
add_part(struct interval *v, const struct part *part, int64_t whole,
    double fraction)
{
	double	size = (double)part->size;

	switch (part->unit) {
	case UNIT_MONTHS:
		if (!add(&v->months, whole, part->size))
			return false;
		if (part->size == 1)
			return add_days(v, fraction * DAYS_OF_MONTH);
		return add(&v->months, (int64_t)rint(fraction * size), 1);
	case UNIT_DAYS:
		if (!add(&v->days, whole, part->size))
			return false;
		if (part->size == 1)
			return add_micros(v, fraction * (double)DAY);
		return add_days(v, fraction * size);
	case UNIT_MICROS:
		return add(&v->micros, whole, part->size) &&
		    add_micros(v, fraction * size);
	}
	return false;
}

static bool
parse(const char *p, const char *end, struct interval *v)
{
	int64_t	whole;
	double	fraction;
	bool	time = false;
	size_t	i = 0;
	int	taken = 0;

	memset(v, 0, sizeof(*v));
	if (p == end || *p++ != 'P')
		return false;
	for (; p < end; p++, i++, taken++) {
		if (*p == 'T' && !time) {
			time = true;
			p++;
		}
		if (!take_number(&p, end, &whole, &fraction) || p == end)
			return false;
		while (i < PARTS && (parts[i].letter != *p ||
		    parts[i].of_time != time))
			i++;
		if (i == PARTS || !add_part(v, &parts[i], whole, fraction))
			return false;
	}
	return taken > 0 && v->months >= INT32_MIN &&
	    v->months <= INT32_MAX && v->days >= INT32_MIN &&
	    v->days <= INT32_MAX;
}

static void
put_part(struct buf *b, int64_t n, char letter)
{
	if (n != 0)
		buf_printf(b, "%lld%c", (long long)n, letter);
}

static void
put_seconds(struct buf *b, int64_t micros)
{
	int64_t	fraction = llabs(micros % SECOND);

	if (micros == 0)
		return;
	buf_printf(b, "%s%lld", micros < 0 ? "-" : "",
	    llabs(micros / SECOND));
	if (fraction != 0) {
		buf_printf(b, ".%06lld", (long long)fraction);
		while (b->p[b->n - 1] == '0')
			b->n--;
	}
	buf_putc(b, 'S');
}

static void
print(struct buf *b, const struct interval *v)
{
	if (v->months == 0 && v->days == 0 && v->micros == 0) {
		buf_puts(b, "PT0S");
		return;
	}
	buf_putc(b, 'P');
	put_part(b, v->months / 12, 'Y');
	put_part(b, v->months % 12, 'M');
	put_part(b, v->days, 'D');
	if (v->micros == 0)
		return;
	buf_putc(b, 'T');
	put_part(b, v->micros / (3600 * SECOND), 'H');
	put_part(b, v->micros / (60 * SECOND) % 60, 'M');
	put_seconds(b, v->micros % (60 * SECOND));
}

int
value_interval(struct arena *a, const struct column *c, const char *p,
    size_t n, struct cell *out, const struct path *path, struct error *err)
{
	struct interval	v;
	struct buf	b;

	if (n > INTERVAL_LONGEST || !parse(p, p + n, &v)) {
		value_refuse(c, path, err, "%s must be an interval", c->name);
		return value_example(c, err);
	}
	buf_init(&b, 0);
	print(&b, &v);
	out->p = b.broken ? NULL : arena_strndup(a, b.p, b.n);
	out->n = (int32_t)b.n;
	buf_free(&b);
	return out->p == NULL ? error_nomem(err) : 0;
}
