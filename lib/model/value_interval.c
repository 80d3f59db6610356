/*
 * Intervals: ISO 8601 durations (P1Y2M3DT4H5M6.5S, weeks too, each part with
 * its own sign, as PostgreSQL prints them with IntervalStyle iso_8601).
 * Called by value_time().  It refuses parts that are out of order and sums
 * that an interval cannot hold.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

enum { INTERVAL_LONGEST = 100, MONTHS_OF_YEAR = 12, DAYS_OF_WEEK = 7 };

/* What PostgreSQL's interval holds: months, days, and microseconds. */
static const double MONTHS_MOST = 2147483647.0;
static const double DAYS_MOST = 2147483647.0;
static const double SECONDS_MOST = 9223372036854.0;

static const struct {
	char	letter;
	bool	of_time;	/* stands after the T */
	int	months, days, seconds;
} parts[] = {
	{ 'Y', false, MONTHS_OF_YEAR, 0, 0 },
	{ 'M', false, 1, 0, 0 },
	{ 'W', false, 0, DAYS_OF_WEEK, 0 },
	{ 'D', false, 0, 1, 0 },
	{ 'H', true, 0, 0, 3600 },
	{ 'M', true, 0, 0, 60 },
	{ 'S', true, 0, 0, 1 }
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/*
 * Takes a signed number at *p.  Only digits and a point: strtod would take
 * more.  False when there is none.
 */
static bool
take_number(const char **p, const char *end, double *n)
{
	const char	*q = *p, *digits;

	if (q < end && *q == '-')
		q++;
	digits = q;
	while (q < end && *q >= '0' && *q <= '9')
		q++;
	if (q == digits)
		return false;
	if (q < end && *q == '.')
		for (q++; q < end && *q >= '0' && *q <= '9'; q++)
			;
	if (q[-1] == '.')
		return false;
	*n = strtod(*p, NULL);
	*p = q;
	return true;
}

static bool
is_interval(const char *p, const char *end)
{
	double	months = 0, days = 0, seconds = 0, n;
	bool	time = false;
	size_t	i = 0;
	int	taken = 0;

	if (p == end || *p++ != 'P')
		return false;
	while (p < end) {
		if (*p == 'T' && !time) {
			time = true;
			if (++p == end)
				return false;
		}
		if (!take_number(&p, end, &n) || p == end)
			return false;
		while (i < PARTS && (parts[i].letter != *p ||
		    parts[i].of_time != time))
			i++;
		if (i == PARTS)
			return false;
		months += n * parts[i].months;
		days += n * parts[i].days;
		seconds += n * parts[i].seconds;
		i++;
		p++;
		taken++;
	}
	return taken > 0 && fabs(months) <= MONTHS_MOST &&
	    fabs(days) <= DAYS_MOST && fabs(seconds) <= SECONDS_MOST;
}

int
value_interval(struct arena *a, const struct column *c, const char *p,
    size_t n, struct cell *out, const struct path *path, struct error *err)
{
	(void)a;
	if (n > INTERVAL_LONGEST || !is_interval(p, p + n)) {
		value_refuse(c, path, err, "%s must be an interval", c->name);
		return error_hint(err, "like P1DT2H30M");
	}
	out->p = p;
	out->n = (int32_t)n;
	return 0;
}
