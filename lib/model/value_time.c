/*
 * Dates and times: ISO 8601 from a client to what PostgreSQL prints with
 * DateStyle ISO and TimeZone UTC, so that equal times are equal bytes.  Called
 * by value_from_json().
 *
 * It refuses days that are not in the calendar, hours that are not in a day, a
 * time zone where the column would drop it, and what lies outside of what the
 * type holds.  A fraction is rounded as PostgreSQL does it: to microseconds,
 * and to the precision of the column.  A leap second is refused: PostgreSQL
 * would store the next minute.  What is printed is taken again: years above
 * 9999, " BC", and the infinities.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

enum {
	TIME_LONGEST = 64,
	YEAR_DIGITS_MOST = 7,
	FRACTION_LONGEST = 20,		/* more digits make no difference */
	OFFSET_HOURS_MOST = 15,
	PRECISION_MOST = 6,
	SECONDS_OF_DAY = 86400
};

#define SECOND		INT64_C(1000000)
#define DAY		(SECONDS_OF_DAY * SECOND)

/*
 * What PostgreSQL holds, in days from 1970-01-01: 4714-11-24 BC to
 * 5874897-12-31 for dates, to 294276-12-31 for timestamps.
 */
#define DAYS_FIRST		INT64_C(-2440588)
#define DAYS_LAST_DATE		INT64_C(2145042905)
#define DAYS_LAST_TIMESTAMP	INT64_C(106762939)

/* What is read, from p on. */
struct reader {
	const char	*p, *end;
	int64_t		 days;		/* from 1970-01-01 */
	int64_t		 micros;	/* of the day; DAY is 24:00 */
	int		 offset;	/* seconds east of UTC */
};

static bool
is_digit(const struct reader *r)
{
	return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* Takes c, if it is next. */
static bool
take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Takes exactly two digits of at most `most'; -1 if they are not there. */
static int
take_two(struct reader *r, int most)
{
	int	n;

	if (!is_digit(r))
		return -1;
	n = *r->p++ - '0';
	if (!is_digit(r))
		return -1;
	n = n * 10 + (*r->p++ - '0');
	return n <= most ? n : -1;
}

static int
days_of(int month, int year)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 ||
	    year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Years count from March here, so that the odd day is the last one. */
static int64_t
days_from(int year, int month, int day)
{
	int64_t	y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t	of_era = y - era * 400;
	int64_t	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
		    day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static void
days_to(int64_t days, int *year, int *month, int *day)
{
	int64_t	z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t	of_era = z - era * 146097;
	int64_t	y = (of_era - of_era / 1460 + of_era / 36524 -
		    of_era / 146096) / 365;
	int64_t	of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t	m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

/* YYYY-MM-DD; the era is told at the very end, and taken here. */
static bool
take_date(struct reader *r)
{
	static const char	 era[] = " BC";
	const char		*start = r->p;
	int			 year = 0, month, day;

	while (is_digit(r) && r->p - start < YEAR_DIGITS_MOST)
		year = year * 10 + (*r->p++ - '0');
	/* Four digits, more only where they are needed. */
	if (r->p - start < 4 || (r->p - start > 4 && *start == '0') ||
	    year == 0 || !take(r, '-'))
		return false;
	if (r->end - r->p > 3 && memcmp(r->end - 3, era, 3) == 0) {
		r->end -= 3;
		year = 1 - year;
	}
	if ((month = take_two(r, 12)) < 1 || !take(r, '-') ||
	    (day = take_two(r, 31)) < 1 || day > days_of(month, year))
		return false;
	r->days = days_from(year, month, day);
	return true;
}

/* Digits behind a point, as PostgreSQL reads them. */
static bool
take_fraction(struct reader *r, int64_t *micros)
{
	char	text[FRACTION_LONGEST + 3] = "0.";
	size_t	n = 2;

	if (!is_digit(r))
		return false;
	for (; is_digit(r); r->p++)
		if (n < FRACTION_LONGEST + 2)
			text[n++] = *r->p;
	*micros = (int64_t)rint(strtod(text, NULL) * (double)SECOND);
	return true;
}

/* HH:MM, seconds and their fraction if they are there; 24:00:00 is a time. */
static bool
take_time(struct reader *r)
{
	int64_t	fraction = 0;
	int	hour, minute, second = 0;

	if ((hour = take_two(r, 24)) == -1 || !take(r, ':') ||
	    (minute = take_two(r, 59)) == -1)
		return false;
	if (take(r, ':')) {
		if ((second = take_two(r, 59)) == -1 ||
		    (take(r, '.') && !take_fraction(r, &fraction)))
			return false;
	}
	r->micros = ((hour * 60 + minute) * 60 + second) * SECOND + fraction;
	return r->micros <= DAY;
}

/* Z, +HH, +HH:MM, +HHMM or +HH:MM:SS. */
static bool
take_offset(struct reader *r)
{
	bool	west, colon;
	int	hours, minutes = 0, seconds = 0;

	if (take(r, 'Z') || take(r, 'z'))
		return true;
	west = take(r, '-');
	if ((!west && !take(r, '+')) ||
	    (hours = take_two(r, OFFSET_HOURS_MOST)) == -1)
		return false;
	colon = take(r, ':');
	if ((colon || is_digit(r)) && (minutes = take_two(r, 59)) == -1)
		return false;
	if (colon && take(r, ':') && (seconds = take_two(r, 59)) == -1)
		return false;
	r->offset = (hours * 60 + minutes) * 60 + seconds;
	if (west)
		r->offset = -r->offset;
	return true;
}

/* Rounds to the digits that the column keeps: half away from zero. */
static int64_t
to_precision(const struct column *c, int64_t micros)
{
	int64_t	scale = 1;
	int	i;

	if (c->precision == 0)
		return micros;
	for (i = c->precision - 1; i < PRECISION_MOST; i++)
		scale *= 10;
	return (micros >= 0 ? micros + scale / 2 : micros - scale / 2) /
	    scale * scale;
}

/*
 * PostgreSQL counts from 2000-01-01, and rounds away from there; so does
 * this.
 */
static bool
take_timestamp(struct reader *r, const struct column *c, bool zoned)
{
	static const int64_t	epoch = 10957;	/* 2000-01-01 */
	int64_t			micros;

	if (!take_date(r) || (!take(r, 'T') && !take(r, ' ') && !take(r, 't')))
		return false;
	if (!take_time(r))
		return false;
	if (zoned && r->p < r->end && !take_offset(r))
		return false;
	if (!zoned)
		(void)take(r, 'Z');		/* loses nothing */
	if (r->p != r->end || r->days < DAYS_FIRST - 1 ||
	    r->days > DAYS_LAST_TIMESTAMP + 1)
		return false;
	micros = (r->days - epoch) * DAY + r->micros -
	    r->offset * SECOND;
	if (micros < (DAYS_FIRST - epoch) * DAY ||
	    micros >= (DAYS_LAST_TIMESTAMP + 1 - epoch) * DAY)
		return false;
	micros = to_precision(c, micros);
	r->days = micros / DAY;
	r->micros = micros % DAY;
	if (r->micros < 0) {
		r->days--;
		r->micros += DAY;
	}
	r->days += epoch;
	return r->days <= DAYS_LAST_TIMESTAMP;
}

/* "2024-01-31", without the era. */
static int
put_date(char *to, size_t size, int64_t days, bool *bc)
{
	int	year, month, day;

	days_to(days, &year, &month, &day);
	*bc = year <= 0;
	return snprintf(to, size, "%04d-%02d-%02d", *bc ? 1 - year : year,
	    month, day);
}

/* "12:30:00.5": the fraction without zeros at its end. */
static int
put_time(char *to, size_t size, int64_t micros)
{
	int	seconds = (int)(micros / SECOND);
	int	fraction = (int)(micros % SECOND), n;

	n = snprintf(to, size, "%02d:%02d:%02d", seconds / 3600,
	    seconds / 60 % 60, seconds % 60);
	if (fraction == 0)
		return n;
	n += snprintf(to + n, size - (size_t)n, ".%06d", fraction);
	while (to[n - 1] == '0')
		n--;
	return n;
}

/* PostgreSQL writes no minutes, and no seconds, if there are none. */
static int
put_offset(char *to, size_t size, int offset)
{
	int	east = abs(offset), n;

	n = snprintf(to, size, "%c%02d", offset < 0 ? '-' : '+', east / 3600);
	if (east % 3600 != 0)
		n += snprintf(to + n, size - (size_t)n, ":%02d",
		    east / 60 % 60);
	if (east % 60 != 0)
		n += snprintf(to + n, size - (size_t)n, ":%02d", east % 60);
	return n;
}

static bool
is_infinity(const char *p, size_t n)
{
	if (n > 0 && *p == '-') {
		p++;
		n--;
	}
	return n == 8 && memcmp(p, "infinity", 8) == 0;
}

/* One of the types as PostgreSQL prints it; -1: it is none. */
static int
convert(struct reader *r, const struct column *c, enum type_id id, char *to,
    size_t size)
{
	bool	bc = false, zoned = id == TYPE_TIMESTAMPTZ;
	int	n;

	if (id == TYPE_DATE) {
		if (!take_date(r) || r->p != r->end || r->days < DAYS_FIRST ||
		    r->days > DAYS_LAST_DATE)
			return -1;
		n = put_date(to, size, r->days, &bc);
	} else if (id == TYPE_TIME || id == TYPE_TIMETZ) {
		if (!take_time(r) || (id == TYPE_TIMETZ && !take_offset(r)) ||
		    r->p != r->end)
			return -1;
		n = put_time(to, size, to_precision(c, r->micros));
		if (id == TYPE_TIMETZ)
			n += put_offset(to + n, size - (size_t)n, r->offset);
	} else {
		if (!take_timestamp(r, c, zoned))
			return -1;
		n = put_date(to, size, r->days, &bc);
		to[n++] = ' ';
		n += put_time(to + n, size - (size_t)n, r->micros);
		if (zoned)
			n += put_offset(to + n, size - (size_t)n, 0);
	}
	if (bc)
		n += snprintf(to + n, size - (size_t)n, " BC");
	return n;
}

static int
refuse_time(const struct column *c, enum type_id id, const char *p, size_t n,
    const struct path *path, struct error *err)
{
	value_refuse(c, path, err, "%s must be a %s", c->name, types[id].name);
	if (memmem(p, n, ":60", 3) != NULL)
		return error_hint(err, "there is no room for leap seconds");
	return value_example(c, err);
}

int
value_time(struct arena *a, const struct column *c, const char *p, size_t n,
    struct cell *out, const struct path *path, struct error *err)
{
	struct reader	 r = { .p = p, .end = p + n };
	enum type_id	 id = c->type->id;
	char		 text[TIME_LONGEST];
	int		 length;

	if (id == TYPE_INTERVAL)
		return value_interval(a, c, p, n, out, path, err);
	if (is_infinity(p, n) && id != TYPE_TIME && id != TYPE_TIMETZ) {
		out->p = p;
		out->n = (int32_t)n;
		return 0;
	}
	if (n >= TIME_LONGEST ||
	    (length = convert(&r, c, id, text, sizeof(text))) == -1)
		return refuse_time(c, id, p, n, path, err);
	out->n = length;
	out->p = arena_strndup(a, text, (size_t)length);
	return out->p == NULL ? error_nomem(err) : 0;
}
