/*
 * The grammar of numbers.  Called by scan.c.  How large a number may be is not
 * its business: a numeric or a place in JSON holds what no int64 and no double
 * does, and the tree keeps the digits for whoever takes the value.
 */
#include <stdbool.h>
#include <stddef.h>

#include "scan_number.h"

static inline bool
is_digit(const unsigned char *p, const unsigned char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static int
broken(const char **why, const char *text)
{
	*why = text;
	return -1;
}

/* At least one digit. */
static int
digits(const unsigned char **at, const unsigned char *end, const char **why,
    const char *missing)
{
	if (!is_digit(*at, end))
		return broken(why, missing);
	while (is_digit(*at, end))
		++*at;
	return 0;
}

int
number_check(const unsigned char **at, const unsigned char *end,
    const char **why)
{
	const unsigned char	*whole;

	if (**at == '-')
		++*at;
	whole = *at;
	if (digits(at, end, why, "a minus sign needs a digit behind it") == -1)
		return -1;
	if (*whole == '0' && *at - whole > 1) {
		*at = whole;
		return broken(why, "a number must not begin with 0");
	}
	if (*at < end && **at == '.') {
		++*at;
		if (digits(at, end, why,
		    "a point needs a digit behind it") == -1)
			return -1;
	}
	if (*at == end || (**at | 0x20) != 'e')
		return 0;
	++*at;
	if (*at < end && (**at == '+' || **at == '-'))
		++*at;
	return digits(at, end, why, "an exponent needs a digit");
}
