/*
 * Growing buffers: what goes in comes out, and a broken one takes no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void
assert_text(const struct buf *b, const char *want)
{
	assert_int_equal(b->n, strlen(want));
	assert_memory_equal(b->p, want, b->n);
}

static void
an_untouched_buf_is_empty_and_free(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_add(&b, NULL, 0);
	buf_puts(&b, "");
	assert_int_equal(b.n, 0);
	assert_null(b.p);
	assert_false(b.broken);
	buf_free(&b);
}

static void
pieces_join(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "sit");
	buf_putc(&b, ',');
	buf_add(&b, " breathe", 8);
	buf_printf(&b, " %d%s", 10, "x");
	assert_text(&b, "sit, breathe 10x");
	buf_free(&b);
}

static void
it_grows_byte_by_byte(void **state)
{
	enum { MANY = 100000 };
	struct buf	b;
	size_t		i;

	(void)state;
	buf_init(&b, 0);
	for (i = 0; i < MANY; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, MANY);
	assert_true(b.cap >= b.n);
	for (i = 0; i < MANY; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	buf_free(&b);
	assert_null(b.p);
	assert_int_equal(b.n, 0);
}

static void
printf_grows_to_any_length(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, ":");
	buf_printf(&b, "%5000d", 7);
	assert_int_equal(b.n, 5001);
	assert_int_equal(b.p[0], ':');
	assert_int_equal(b.p[1], ' ');
	assert_int_equal(b.p[5000], '7');
	buf_free(&b);
}

static void
past_the_limit_it_breaks_and_keeps_its_text(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "12345678");
	assert_false(b.broken);
	buf_puts(&b, "90x");
	assert_true(b.broken);
	assert_text(&b, "12345678");
	/* Even what would fit is refused now: no holes in the text. */
	buf_putc(&b, '9');
	buf_puts(&b, "9");
	buf_printf(&b, "9");
	buf_be16(&b, 9);
	assert_false(buf_reserve(&b, 1));
	assert_text(&b, "12345678");
	buf_free(&b);
}

static void
the_limit_itself_is_reached(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "1234567890");
	assert_false(b.broken);
	assert_text(&b, "1234567890");
	buf_putc(&b, 'x');
	assert_true(b.broken);
	assert_text(&b, "1234567890");
	buf_free(&b);
}

static void
an_absurd_size_breaks_it(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "x");
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_true(b.broken);
	assert_text(&b, "x");
	buf_free(&b);
}

static void
reset_makes_it_whole(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "12345");
	assert_true(b.broken);
	buf_reset(&b);
	assert_false(b.broken);
	buf_puts(&b, "1234");
	assert_text(&b, "1234");
	assert_false(b.broken);
	buf_free(&b);
}

static void
drain_takes_from_the_front(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "one two");
	buf_drain(&b, 0);
	assert_text(&b, "one two");
	buf_drain(&b, 4);
	assert_text(&b, "two");
	buf_puts(&b, " three");
	assert_text(&b, "two three");
	buf_drain(&b, 1000);
	assert_text(&b, "");
	buf_free(&b);
}

static void
a_drained_broken_buf_still_takes_nothing(void **state)
{
	struct buf	b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "12345678");
	buf_puts(&b, "9");
	assert_true(b.broken);
	buf_drain(&b, 6);
	buf_puts(&b, "x");
	buf_putc(&b, 'x');
	assert_text(&b, "78");
	buf_drain(&b, 2);
	buf_putc(&b, 'x');
	assert_text(&b, "");
	buf_free(&b);
}

static void
numbers_go_out_in_network_order(void **state)
{
	static const unsigned char	want[] = {
		0x12, 0x34,
		0x12, 0x34, 0x56, 0x78,
		0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
		0xff, 0xff, 0xff, 0xfe,
	};
	struct buf			b;

	(void)state;
	buf_init(&b, 0);
	buf_be16(&b, 0x1234);
	buf_be32(&b, 0x12345678);
	buf_be64(&b, 0x123456789abcdef0);
	buf_be32(&b, (uint32_t)-2);
	assert_int_equal(b.n, sizeof(want));
	assert_memory_equal(b.p, want, sizeof(want));
	buf_free(&b);
}

/* Short pieces are copied in other ways than long ones. */
static void
pieces_of_each_length_are_whole(void **state)
{
	enum { LONGEST = 70 };
	char		piece[LONGEST];
	struct buf	b;
	size_t		n, i;

	(void)state;
	for (i = 0; i < LONGEST; i++)
		piece[i] = (char)('0' + i);
	buf_init(&b, 0);
	for (n = 0; n <= LONGEST; n++) {
		buf_reset(&b);
		buf_putc(&b, '<');
		buf_add(&b, piece, n);
		buf_putc(&b, '>');
		assert_int_equal(b.n, n + 2);
		assert_int_equal(b.p[0], '<');
		assert_memory_equal(b.p + 1, piece, n);
		assert_int_equal(b.p[n + 1], '>');
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(pieces_of_each_length_are_whole),
		cmocka_unit_test(an_untouched_buf_is_empty_and_free),
		cmocka_unit_test(pieces_join),
		cmocka_unit_test(it_grows_byte_by_byte),
		cmocka_unit_test(printf_grows_to_any_length),
		cmocka_unit_test(past_the_limit_it_breaks_and_keeps_its_text),
		cmocka_unit_test(the_limit_itself_is_reached),
		cmocka_unit_test(an_absurd_size_breaks_it),
		cmocka_unit_test(reset_makes_it_whole),
		cmocka_unit_test(drain_takes_from_the_front),
		cmocka_unit_test(a_drained_broken_buf_still_takes_nothing),
		cmocka_unit_test(numbers_go_out_in_network_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
