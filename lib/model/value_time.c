/*
 * Dates, times and intervals: ISO 8601 from a client to what PostgreSQL prints
 * with DateStyle ISO.  Called by value_from_json().  It refuses days that are
 * not in the calendar, hours that are not in a day, and a time zone where the
 * column would drop it.  What is printed is taken again: years above 9999,
 * " BC", and the infinities.
 */
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

enum {
	TIME_LONGEST = 64,
	YEAR_DIGITS_MOST = 7,
	YEAR_MOST_DATE = 5874896,	/* PostgreSQL's last whole years */
	YEAR_MOST_TIMESTAMP = 294275,
	YEAR_MOST_BC = 4712,
	OFFSET_HOURS_MOST = 15,
	FRACTION_MOST = 9
};

/* Text that is read at p and written, in PostgreSQL's form, at to. */
struct scribe {
	const char	*p, *end;
	char		*to;
	char		 text[TIME_LONGEST];
};

static bool
is_digit(const struct scribe *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

/* Takes c, if it is next. */
static bool
take(struct scribe *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static void
put(struct scribe *s, const char *text, size_t n)
{
	memcpy(s->to, text, n);
	s->to += n;
}

/* Takes exactly two digits of at most `most'; -1 if they are not there. */
static int
take_two(struct scribe *s, int most)
{
	int	n;

	if (!is_digit(s))
		return -1;
	n = *s->p++ - '0';
	if (!is_digit(s))
		return -1;
	n = n * 10 + (*s->p++ - '0');
	return n <= most ? n : -1;
}

static int
days_of(int month, int year)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 ||
	    year % 400 == 0)))
		return 29;
	return days[month - 1];
}

/* YYYY-MM-DD. */
static bool
take_date(struct scribe *s, int year_most)
{
	const char	*start = s->p;
	bool		 bc;
	int		 year = 0, month, day;

	while (is_digit(s) && s->p - start < YEAR_DIGITS_MOST)
		year = year * 10 + (*s->p++ - '0');
	/* Four digits, more only where they are needed. */
	if (s->p - start < 4 || (s->p - start > 4 && *start == '0') ||
	    year == 0 || !take(s, '-'))
		return false;
	/* The era is told at the very end. */
	bc = s->end - s->p > 3 && memcmp(s->end - 3, " BC", 3) == 0;
	if (year > (bc ? YEAR_MOST_BC : year_most))
		return false;
	if ((month = take_two(s, 12)) < 1 || !take(s, '-') ||
	    (day = take_two(s, 31)) < 1 ||
	    day > days_of(month, bc ? year - 1 : year))
		return false;
	put(s, start, (size_t)(s->p - start));
	return true;
}

/* HH:MM, seconds and their fraction if they are there; 24:00:00 is a time. */
static bool
take_time(struct scribe *s)
{
	const char	*start = s->p;
	int		 hour, minute, second = 0;

	hour = take_two(s, 24);
	if (hour == -1 || !take(s, ':') || (minute = take_two(s, 59)) == -1)
		return false;
	put(s, start, 5);
	put(s, ":00", 3);
	if (!take(s, ':'))
		return hour < 24 || minute == 0;
	start = s->p;
	if ((second = take_two(s, 59)) == -1)
		return false;
	memcpy(s->to - 2, start, 2);
	if (!take(s, '.'))
		return hour < 24 || minute + second == 0;
	start = s->p;
	while (is_digit(s))
		s->p++;
	if (s->p == start || s->p - start > FRACTION_MOST || hour == 24)
		return false;
	put(s, start - 1, (size_t)(s->p - start) + 1);
	while (s->to[-1] == '0')
		s->to--;
	if (s->to[-1] == '.')
		s->to--;
	return true;
}

/* Z, +HH, +HH:MM or +HHMM; PostgreSQL writes no minutes if there are none. */
static bool
take_offset(struct scribe *s)
{
	const char	*sign = s->p;
	int		 hours, minutes = 0;

	if (take(s, 'Z') || take(s, 'z')) {
		put(s, "+00", 3);
		return true;
	}
	if ((!take(s, '+') && !take(s, '-')) ||
	    (hours = take_two(s, OFFSET_HOURS_MOST)) == -1)
		return false;
	if ((take(s, ':') || is_digit(s)) &&
	    (minutes = take_two(s, 59)) == -1)
		return false;
	put(s, hours + minutes == 0 ? "+" : sign, 1);
	put(s, sign + 1, 2);
	if (minutes != 0) {
		*s->to++ = ':';
		put(s, s->p - 2, 2);
	}
	return true;
}

static bool
take_era(struct scribe *s)
{
	if (s->end - s->p != 3 || memcmp(s->p, " BC", 3) != 0)
		return false;
	put(s, s->p, 3);
	s->p = s->end;
	return true;
}

static bool
take_timestamp(struct scribe *s, bool zoned)
{
	if (!take_date(s, YEAR_MOST_TIMESTAMP) ||
	    (!take(s, 'T') && !take(s, ' ') && !take(s, 't')))
		return false;
	put(s, " ", 1);
	if (!take_time(s))
		return false;
	if (zoned) {
		/* The session's time zone is UTC. */
		if (s->p == s->end || *s->p == ' ')
			put(s, "+00", 3);
		else if (!take_offset(s))
			return false;
	} else if (s->p < s->end && *s->p != ' ')
		return take(s, 'Z') && s->p == s->end;	/* loses nothing */
	return s->p == s->end || take_era(s);
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

static int
refuse_time(const struct column *c, const char *example,
    const struct path *path, struct error *err)
{
	value_refuse(c, path, err, "%s must be a %s", c->name, c->type->name);
	return error_hint(err, "like %s", example);
}

int
value_time(struct arena *a, const struct column *c, const char *p, size_t n,
    struct cell *out, const struct path *path, struct error *err)
{
	struct scribe	 s = { .p = p, .end = p + n };
	const char	*example = "2024-01-31T12:30:00";
	enum type_id	 id = c->type->id;
	bool		 fits = n < TIME_LONGEST / 2;

	s.to = s.text;
	if (id == TYPE_INTERVAL)
		return value_interval(a, c, p, n, out, path, err);
	if (id == TYPE_DATE) {
		example = "2024-01-31";
		fits = fits && ((take_date(&s, YEAR_MOST_DATE) &&
		    (s.p == s.end || take_era(&s))) || is_infinity(p, n));
	} else if (id == TYPE_TIME || id == TYPE_TIMETZ) {
		example = id == TYPE_TIME ? "12:30:00" : "12:30:00+02";
		fits = fits && take_time(&s) && (id == TYPE_TIME ||
		    take_offset(&s)) && s.p == s.end;
	} else {
		if (id == TYPE_TIMESTAMPTZ)
			example = "2024-01-31T12:30:00Z";
		fits = fits && (take_timestamp(&s, id == TYPE_TIMESTAMPTZ) ||
		    is_infinity(p, n));
	}
	if (!fits)
		return refuse_time(c, example, path, err);
	if (is_infinity(p, n)) {
		out->p = p;
		out->n = (int32_t)n;
		return 0;
	}
	out->n = (int32_t)(s.to - s.text);
	out->p = arena_strndup(a, s.text, (size_t)out->n);
	return out->p == NULL ? error_nomem(err) : 0;
}
