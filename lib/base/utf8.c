/*
 * UTF-8, checked as the Unicode Standard's table 3-7 has it.
 */
#include "utf8.h"

static int
continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

int
utf8_length(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < 2 || !continues(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	if (n < 3 || !continues(p[2]))
		return 0;
	if (p[0] < 0xf0)
		return 3;
	return n >= 4 && continues(p[3]) ? 4 : 0;
}

size_t
utf8_check(const char *p, size_t n)
{
	size_t	at = 0;
	int	length;

	while (at < n) {
		if ((unsigned char)p[at] < 0x80) {
			at++;
			continue;
		}
		if ((length = utf8_length(p + at, n - at)) == 0)
			return at;
		at += (size_t)length;
	}
	return n;
}
