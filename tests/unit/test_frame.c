/*
 * The framer: lines come out the same however the bytes were cut into reads,
 * over-long ones once and no more, and an idle connection holds nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "frame.h"

enum {
	MAX_LINE = 20,
	CONVERSATIONS = 3000,
	CONVERSATION_MOST = 400
};

static uint32_t
random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/* Writes what happened: lines as <line>, T for too large, H for HTTP. */
static enum frame_event
take_all(struct frame *f, const char **p, size_t *n, struct buf *told,
    int most)
{
	enum frame_event	 event = FRAME_MORE;
	const char		*line;
	size_t			 length;

	while (most-- > 0) {
		switch (event = frame_next(f, p, n, &line, &length)) {
		case FRAME_MORE:
			assert_int_equal(*n, 0);
			return event;
		case FRAME_LINE:
			buf_putc(told, '<');
			buf_add(told, line, length);
			buf_putc(told, '>');
			break;
		case FRAME_TOO_LARGE:
			buf_putc(told, 'T');
			break;
		case FRAME_WAIT:
			buf_putc(told, 'W');
			return event;
		case FRAME_HTTP:
			buf_putc(told, 'H');
			return event;
		case FRAME_NOMEM:
			fail();
		}
	}
	return event;
}

/* One read: a copy of exactly these bytes, gone afterwards. */
static enum frame_event
feed(struct frame *f, const char *p, size_t n, struct buf *told)
{
	char			*copy = malloc(n > 0 ? n : 1);
	const char		*at = copy;
	enum frame_event	 event;

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, p, n);
	event = take_all(f, &at, &n, told, 1 << 20);
	free(copy);
	return event;
}

static void
assert_told(const char *input, const char *wanted)
{
	struct frame	f;
	struct buf	told;

	frame_init(&f, MAX_LINE);
	buf_init(&told, 0);
	feed(&f, input, strlen(input), &told);
	buf_putc(&told, '\0');
	assert_string_equal(told.p, wanted);
	buf_free(&told);
	frame_release(&f);
}

static void
lines_end_with_lf_or_cr_lf(void **state)
{
	(void)state;
	assert_told("a\nb\r\nc\n", "<a><b><c>");
	/* Only one CR is not part of the line, and only before the LF. */
	assert_told("a\rb\r\r\n", "<a\rb\r>");
}

static void
blank_lines_are_ignored(void **state)
{
	(void)state;
	assert_told("\n\n\r\n \t \n  a\n\r\n", "<  a>");
}

static void
a_line_without_end_is_none(void **state)
{
	(void)state;
	assert_told("a\nb", "<a>");
	assert_told("", "");
}

static void
max_line_is_exact(void **state)
{
	(void)state;
	assert_told("12345678901234567890\nx\n", "<12345678901234567890><x>");
	assert_told("12345678901234567890\r\nx\n",
	    "<12345678901234567890><x>");
	assert_told("123456789012345678901\nx\n", "T<x>");
	assert_told("123456789012345678901\r\nx\n", "T<x>");
	assert_told("                     \nx\n", "T<x>");
}

static void
an_over_long_line_is_told_at_once_and_once(void **state)
{
	struct frame	f;
	struct buf	told;
	int		i;

	(void)state;
	frame_init(&f, MAX_LINE);
	buf_init(&told, 0);
	for (i = 0; i < MAX_LINE + 1; i++)
		feed(&f, "x", 1, &told);
	assert_int_equal(told.n, 0);
	assert_true(frame_unfinished(&f));
	for (i = 0; i < 100000; i++)
		feed(&f, "x", 1, &told);
	assert_int_equal(told.n, 1);
	/* It is not over, but nothing of it is held. */
	assert_true(frame_unfinished(&f));
	assert_null(f.held.p);
	feed(&f, "xx\nb\n", 5, &told);
	assert_int_equal(told.n, 4);
	assert_memory_equal(told.p, "T<b>", 4);
	assert_false(frame_unfinished(&f));
	buf_free(&told);
	frame_release(&f);
}

static void
a_whole_line_is_not_copied(void **state)
{
	static const char	 input[] = "one\ntwo\nthr";
	struct frame		 f;
	const char		*p = input, *line;
	size_t			 n = sizeof(input) - 1, length;

	(void)state;
	frame_init(&f, MAX_LINE);
	assert_int_equal(frame_next(&f, &p, &n, &line, &length), FRAME_LINE);
	assert_ptr_equal(line, input);
	assert_int_equal(frame_next(&f, &p, &n, &line, &length), FRAME_LINE);
	assert_ptr_equal(line, input + 4);
	assert_null(f.held.p);
	assert_int_equal(frame_next(&f, &p, &n, &line, &length), FRAME_MORE);
	assert_int_equal(f.held.n, 3);
	frame_release(&f);
}

static void
an_idle_connection_holds_nothing(void **state)
{
	struct frame	f;
	struct buf	told;

	(void)state;
	frame_init(&f, MAX_LINE);
	buf_init(&told, 0);
	assert_false(frame_unfinished(&f));
	feed(&f, "unfini", 6, &told);
	assert_true(frame_unfinished(&f));
	assert_non_null(f.held.p);
	feed(&f, "shed\n", 5, &told);
	assert_false(frame_unfinished(&f));
	assert_null(f.held.p);
	assert_int_equal(f.held.cap, 0);
	buf_free(&told);
	frame_release(&f);
}

static void
what_is_held_is_bounded(void **state)
{
	struct frame	f;
	struct buf	told;
	char		many[300];

	(void)state;
	frame_init(&f, MAX_LINE);
	buf_init(&told, 0);
	memset(many, 'x', sizeof(many));
	feed(&f, many, MAX_LINE - 1, &told);
	assert_int_equal(f.held.n, MAX_LINE - 1);
	feed(&f, many, sizeof(many), &told);
	assert_null(f.held.p);
	feed(&f, many, sizeof(many), &told);
	assert_null(f.held.p);
	assert_int_equal(told.n, 1);
	buf_free(&told);
	frame_release(&f);
}

static void
a_session_can_stop_in_the_middle(void **state)
{
	static const char	 input[] = "a\nb\nc\nd";
	struct frame		 f;
	struct buf		 told;
	const char		*p = input;
	size_t			 n = sizeof(input) - 1;

	(void)state;
	frame_init(&f, MAX_LINE);
	buf_init(&told, 0);
	take_all(&f, &p, &n, &told, 1);
	assert_int_equal(frame_keep(&f, p, n), 0);
	n = 0;
	take_all(&f, &p, &n, &told, 1);
	assert_int_equal(told.n, 6);
	/* Stops again, with something held already. */
	assert_int_equal(frame_keep(&f, "e\nf", 3), 0);
	feed(&f, "g\n", 2, &told);
	assert_int_equal(told.n, strlen("<a><b><c><de><fg>"));
	assert_memory_equal(told.p, "<a><b><c><de><fg>", told.n);
	assert_null(f.held.p);
	buf_free(&told);
	frame_release(&f);
}

/* Reads `input' in two pieces, and decides for or against long lines then. */
static void
assert_decided(const char *input, size_t cut, bool allow, const char *wanted)
{
	struct frame	 f;
	struct buf	 told;
	const char	*p = input;
	size_t		 n = cut;

	frame_init(&f, MAX_LINE);
	f.undecided = true;
	buf_init(&told, 0);
	if (take_all(&f, &p, &n, &told, 99) != FRAME_WAIT) {
		n = strlen(p);
		take_all(&f, &p, &n, &told, 99);
	} else
		n = strlen(p);
	assert_int_equal(frame_keep(&f, p, n), 0);
	/* Nothing has changed yet. */
	n = 0;
	take_all(&f, &p, &n, &told, 99);
	f.undecided = false;
	if (allow)
		f.max_line = 2 * MAX_LINE;
	take_all(&f, &p, &n, &told, 99);
	buf_putc(&told, '\0');
	assert_string_equal(told.p, wanted);
	assert_false(frame_unfinished(&f) && f.held.n > f.max_line + 1);
	buf_free(&told);
	frame_release(&f);
}

static void
a_long_line_waits_for_a_decision(void **state)
{
	static const char	whole[] = "a\n1234567890123456789012345\nb\n";
	static const char	part[] = "a\n1234567890123456789012345";
	size_t			cut;

	(void)state;
	for (cut = 0; cut < sizeof(whole); cut++) {
		assert_decided(whole, cut, true,
		    "<a>WW<1234567890123456789012345><b>");
		assert_decided(whole, cut, false, "<a>WWT<b>");
	}
	for (cut = 0; cut < sizeof(part); cut++) {
		assert_decided(part, cut, true, "<a>WW");
		assert_decided(part, cut, false, "<a>WWT");
	}
	/* What just fits does not wait. */
	for (cut = 0; cut < 23; cut++)
		assert_decided("12345678901234567890\r\n", cut, false,
		    "<12345678901234567890>");
}

static void
http_ends_the_conversation(void **state)
{
	static const char *const	 requests[] = {
		"GET / HTTP/1.1", "GET / HTTP/1.0", "POST /x HTTP/1.1",
		"PRI * HTTP/2.0", "OPTIONS * HTTP/1.1", "HEAD /a?b HTTP/1.1",
		"M-SEARCH * HTTP/1.1", "get / http/1 HTTP/1.1",
		"CONNECT localhost:7432 HTTP/1.1", "PUT / HTTP/3",
		"PROPFIND / HTTP/1.1\r"
	};
	struct frame			 f;
	struct buf			 told;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		frame_init(&f, 1000);
		buf_init(&told, 0);
		feed(&f, requests[i], strlen(requests[i]), &told);
		assert_int_equal(told.n, 0);
		/* Nothing of the body is ever a line. */
		feed(&f, "\n{\"method\":\"ping\"}\n", 19, &told);
		feed(&f, "{\"method\":\"ping\"}\n", 18, &told);
		assert_int_equal(told.n, 2);
		assert_memory_equal(told.p, "HH", 2);
		buf_free(&told);
		frame_release(&f);
	}
}

static void
a_long_address_does_not_hide_http(void **state)
{
	(void)state;
	assert_told("POST /aaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\n{}\n", "H");
	assert_told("POST /aaaaaaaaaaaaaaaaaaaaaaaaaa", "H");
	assert_told("POST/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{}\n", "T<{}>");
	assert_told(" POST /aaaaaaaaaaaaaaaaaaaaaaaaaaa\n{}\n", "T<{}>");
}

static void
what_only_resembles_http_is_a_line(void **state)
{
	(void)state;
	assert_told("GET / HTTP\n", "<GET / HTTP>");
	assert_told("GET / HTTP/\n", "<GET / HTTP/>");
	assert_told("GET / HTTP/x\n", "<GET / HTTP/x>");
	assert_told("\"GET / HTTP/1.1\"\n", "<\"GET / HTTP/1.1\">");
	assert_told("{\"a\":\" HTTP/1.1\"}\n", "<{\"a\":\" HTTP/1.1\"}>");
	assert_told("hello there\n", "<hello there>");
	assert_told("HTTP/1.1\n", "<HTTP/1.1>");
	assert_told("GET/ HTTP/1\n", "<GET/ HTTP/1>");
}

/* Bytes that make the rules meet each other. */
static size_t
conversation_write(char *to, uint64_t *dice)
{
	static const char *const	 words[] = {
		"\n", "\r\n", "\r", " ", "a", "{\"id\":1}", "xxxxxxxx",
		"12345678901234567890", "\n\n", "\t", "GET ", " HTTP/1.1",
		"b\n", "{}\r\n"
	};
	size_t				 n = 0, k, words_n;

	words_n = sizeof(words) / sizeof(words[0]);
	while (n < CONVERSATION_MOST - 32) {
		/* HTTP ends it all, so it is rare. */
		k = random_next(dice) % words_n;
		if ((k == 10 || k == 11) && random_next(dice) % 8 != 0)
			continue;
		if (random_next(dice) % 40 == 0)
			break;
		memcpy(to + n, words[k], strlen(words[k]));
		n += strlen(words[k]);
	}
	return n;
}

/* The same bytes in reads of random length, with stops in between. */
static void
feed_in_pieces(const char *p, size_t n, size_t longest, uint64_t *dice,
    struct buf *told)
{
	struct frame		 f;
	enum frame_event	 event = FRAME_MORE;
	size_t			 piece, none;
	const char		*at;
	char			*copy;

	frame_init(&f, MAX_LINE);
	for (; n > 0 && event != FRAME_HTTP; p += piece, n -= piece) {
		piece = 1 + random_next(dice) % longest;
		if (piece > n)
			piece = n;
		copy = malloc(piece);
		assert_non_null(copy);
		memcpy(copy, p, piece);
		at = copy;
		none = piece;
		event = take_all(&f, &at, &none, told,
		    (int)(random_next(dice) % 3));
		if (event != FRAME_HTTP)
			assert_int_equal(frame_keep(&f, at, none), 0);
		free(copy);
		none = 0;
		if (event != FRAME_HTTP)
			event = take_all(&f, &at, &none, told, 1 << 20);
		assert_true(f.held.n <= MAX_LINE + 1 || event == FRAME_HTTP);
	}
	frame_release(&f);
}

static void
however_it_is_cut_the_same_comes_out(void **state)
{
	char		 text[CONVERSATION_MOST];
	struct buf	 whole, pieces;
	struct frame	 f;
	uint64_t	 dice = 7;
	size_t		 n, longest, lines = 0, kinds = 0;
	int		 i;

	(void)state;
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	for (i = 0; i < CONVERSATIONS; i++) {
		n = conversation_write(text, &dice);
		buf_reset(&whole);
		frame_init(&f, MAX_LINE);
		feed(&f, text, n, &whole);
		frame_release(&f);
		lines += whole.n > 0 && memchr(whole.p, '<', whole.n) != NULL;
		kinds |= (size_t)(whole.n > 0 && memchr(whole.p, 'T',
		    whole.n) != NULL) | (size_t)(whole.n > 0 &&
		    whole.p[whole.n - 1] == 'H') << 1;
		for (longest = 1; longest <= 64; longest *= 4) {
			buf_reset(&pieces);
			feed_in_pieces(text, n, longest, &dice, &pieces);
			assert_int_equal(pieces.n, whole.n);
			if (whole.n > 0)
				assert_memory_equal(pieces.p, whole.p,
				    whole.n);
		}
	}
	/* Or the test would say nothing. */
	assert_true(lines > CONVERSATIONS / 4);
	assert_int_equal(kinds, 3);
	buf_free(&whole);
	buf_free(&pieces);
}

static void
when_memory_ends_the_session_is_told(void **state)
{
	struct frame	 f;
	const char	*p = "abc\n", *line;
	size_t		 n = 3, length;

	(void)state;
	frame_init(&f, MAX_LINE);
	/* A buffer that may not grow acts as one that cannot. */
	f.held.limit = 2;
	assert_int_equal(frame_next(&f, &p, &n, &line, &length), FRAME_NOMEM);
	frame_release(&f);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(lines_end_with_lf_or_cr_lf),
		cmocka_unit_test(blank_lines_are_ignored),
		cmocka_unit_test(a_line_without_end_is_none),
		cmocka_unit_test(max_line_is_exact),
		cmocka_unit_test(an_over_long_line_is_told_at_once_and_once),
		cmocka_unit_test(a_whole_line_is_not_copied),
		cmocka_unit_test(an_idle_connection_holds_nothing),
		cmocka_unit_test(what_is_held_is_bounded),
		cmocka_unit_test(a_session_can_stop_in_the_middle),
		cmocka_unit_test(a_long_line_waits_for_a_decision),
		cmocka_unit_test(http_ends_the_conversation),
		cmocka_unit_test(a_long_address_does_not_hide_http),
		cmocka_unit_test(what_only_resembles_http_is_a_line),
		cmocka_unit_test(however_it_is_cut_the_same_comes_out),
		cmocka_unit_test(when_memory_ends_the_session_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
