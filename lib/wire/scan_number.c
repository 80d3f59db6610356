/*
 * Numbers: their grammar and their range.  Called by scan.c.  It refuses
 * integers that are no int64, which a JSON library would silently replace by
 * the nearest one, and what would become infinite as a double.  Nothing is
 * converted: digits and exponent tell.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "scan_number.h"

enum {
	INT64_DIGITS = 19,
	DOUBLE_SURE = 308,	/* below 1e308 all fits */
	DOUBLE_DIGITS = 17,
	EXPONENT_MOST = 100000000	/* more makes no difference */
};

static const char int64_largest[] = "9223372036854775807";
static const char int64_smallest[] = "9223372036854775808";
/* The largest double is 1.7976931348623157e308, to as many digits as matter. */
static const char double_largest[] = "17976931348623157";

struct number {
	const unsigned char	*whole, *whole_end;
	const unsigned char	*part, *part_end;	/* behind the point */
	long			 exponent;
	bool			 is_negative;
};

static inline bool
is_digit(const unsigned char *p, const unsigned char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static enum number_found
broken(const char **why, const char *text)
{
	*why = text;
	return NUMBER_BROKEN;
}

static bool
integer_fits(const struct number *n)
{
	ptrdiff_t	digits = n->whole_end - n->whole;

	return digits < INT64_DIGITS || (digits == INT64_DIGITS &&
	    memcmp(n->whole, n->is_negative ? int64_smallest : int64_largest,
	    INT64_DIGITS) <= 0);
}

/*
 * The number is 0.ddd * 10^magnitude with a first digit that is not 0.  Only
 * at the magnitude of the largest double do the digits have to be compared.
 */
static bool
double_fits(const struct number *n)
{
	const unsigned char	*p = n->whole;
	int64_t			 magnitude;
	int			 i;

	if (*p != '0')
		magnitude = n->whole_end - n->whole;
	else {
		for (p = n->part; p < n->part_end && *p == '0'; p++)
			;
		if (p == n->part_end)
			return true;		/* zero */
		magnitude = n->part - p;
	}
	magnitude += n->exponent;
	if (magnitude != DOUBLE_SURE + 1)
		return magnitude <= DOUBLE_SURE;
	for (i = 0; i < DOUBLE_DIGITS; i++, p++) {
		if (p == n->whole_end)
			p = n->part;
		if (p == n->part_end)
			return true;
		if (*p != double_largest[i])
			return *p < double_largest[i];
	}
	return true;
}

static enum number_found
exponent_read(const unsigned char **at, const unsigned char *end,
    struct number *n, const char **why)
{
	const unsigned char	*p = *at;
	bool			 is_negative = false;

	if (p < end && (*p == '+' || *p == '-'))
		is_negative = *p++ == '-';
	*at = p;
	if (!is_digit(p, end))
		return broken(why, "an exponent needs a digit");
	for (; is_digit(p, end); p++)
		if (n->exponent < EXPONENT_MOST)
			n->exponent = n->exponent * 10 + (*p - '0');
	if (is_negative)
		n->exponent = -n->exponent;
	*at = p;
	return NUMBER_FITS;
}

enum number_found
number_check(const unsigned char **at, const unsigned char *end,
    const char **why)
{
	struct number	n = { 0 };
	bool		is_integer = true;

	if (**at == '-') {
		n.is_negative = true;
		++*at;
	}
	n.whole = *at;
	if (!is_digit(*at, end))
		return broken(why, "a minus sign needs a digit behind it");
	while (is_digit(*at, end))
		++*at;
	n.whole_end = n.part = n.part_end = *at;
	if (*n.whole == '0' && n.whole_end - n.whole > 1) {
		*at = n.whole;
		return broken(why, "a number must not begin with 0");
	}
	if (*at < end && **at == '.') {
		is_integer = false;
		n.part = ++*at;
		while (is_digit(*at, end))
			++*at;
		n.part_end = *at;
		if (n.part == n.part_end)
			return broken(why, "a point needs a digit behind it");
	}
	if (*at < end && (**at | 0x20) == 'e') {
		is_integer = false;
		++*at;
		if (exponent_read(at, end, &n, why) == NUMBER_BROKEN)
			return NUMBER_BROKEN;
	}
	if (is_integer && !integer_fits(&n)) {
		*why = "an integer of more than 64 bits";
		return NUMBER_INTEGER_RANGE;
	}
	if (!is_integer && !double_fits(&n)) {
		*why = "a number larger than any double";
		return NUMBER_DOUBLE_RANGE;
	}
	return NUMBER_FITS;
}
