/*
 * UTF-8: what RFC 3629 allows is taken, everything else is refused at its
 * first byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

/* The encoding of a code point, done naively: the tests compare with it. */
static int
encode(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void
every_code_point_is_taken_but_no_surrogate(void **state)
{
	char		text[4];
	uint32_t	c;
	int		n, want;

	(void)state;
	for (c = 0; c < 0x120000; c++) {
		n = encode(c, text);
		want = (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : n;
		if (utf8_length(text, (size_t)n) != want)
			fail_msg("U+%04X", (unsigned)c);
	}
}

static void
a_cut_sequence_is_refused(void **state)
{
	static const uint32_t	points[] = { 0xe9, 0x20ac, 0x1f9d8 };
	char			text[4];
	size_t			i;
	int			n, have;

	(void)state;
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		n = encode(points[i], text);
		for (have = 0; have < n; have++)
			assert_int_equal(utf8_length(text, (size_t)have), 0);
		assert_int_equal(utf8_length(text, (size_t)n), n);
	}
}

static void
overlong_forms_are_refused(void **state)
{
	(void)state;
	assert_int_equal(utf8_length("\xc0\x80", 2), 0);
	assert_int_equal(utf8_length("\xc1\xbf", 2), 0);
	assert_int_equal(utf8_length("\xe0\x80\x80", 3), 0);
	assert_int_equal(utf8_length("\xe0\x9f\xbf", 3), 0);
	assert_int_equal(utf8_length("\xf0\x80\x80\x80", 4), 0);
	assert_int_equal(utf8_length("\xf0\x8f\xbf\xbf", 4), 0);
}

static void
stray_bytes_are_refused(void **state)
{
	int	c;
	char	text[4];

	(void)state;
	for (c = 0x80; c < 0xc2; c++) {
		memset(text, 0x80, sizeof(text));
		text[0] = (char)c;
		assert_int_equal(utf8_length(text, 4), 0);
	}
	for (c = 0xf5; c <= 0xff; c++) {
		memset(text, 0x80, sizeof(text));
		text[0] = (char)c;
		assert_int_equal(utf8_length(text, 4), 0);
	}
	/* A lead byte that is followed by a letter. */
	assert_int_equal(utf8_length("\xc3z", 2), 0);
	assert_int_equal(utf8_length("\xe2\x82z", 3), 0);
	assert_int_equal(utf8_length("\xf0\x9f\xa7z", 4), 0);
}

static void
check_finds_the_first_bad_byte(void **state)
{
	static const char	good[] = "a\xc3\xa9\xe2\x82\xac"
				    "\xf0\x9f\xa7\x98";

	(void)state;
	assert_int_equal(utf8_check("", 0), 0);
	assert_int_equal(utf8_check(good, sizeof(good) - 1), sizeof(good) - 1);
	assert_int_equal(utf8_check(good, sizeof(good) - 2), 6);
	assert_int_equal(utf8_check("ab\xff" "cd", 5), 2);
	assert_int_equal(utf8_check("\0\0", 2), 2);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(every_code_point_is_taken_but_no_surrogate),
		cmocka_unit_test(a_cut_sequence_is_refused),
		cmocka_unit_test(overlong_forms_are_refused),
		cmocka_unit_test(stray_bytes_are_refused),
		cmocka_unit_test(check_finds_the_first_bad_byte),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
