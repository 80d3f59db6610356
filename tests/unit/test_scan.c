/*
 * The checker in front of the JSON library.  Each line of json/accept.tsv and
 * json/reject.tsv is a case of its own; what passes is also given to json-c,
 * which has to find the same number of values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "arena.h"
#include "buf.h"
#include "json_in.h"
#include "scan.h"

enum {
	DEPTH = 32,
	VALUES = 1000,
	CASES_MOST = 600,
	LINE_MOST = 4096,
	MUTATIONS = 40000
};

static const uint64_t seed = 0x0123456789abcdef;

struct scan_case {
	char		 name[80];
	char		 expected[32];	/* number of values, or kind */
	char		*text;
	size_t		 n;
};

struct cases {
	struct scan_case	v[CASES_MOST];
	size_t			n;
};

static struct scanner *
scanner_new(unsigned depth, size_t values)
{
	struct scanner	*s = malloc(sizeof(*s));

	assert_non_null(s);
	scan_init(s, depth, values, seed);
	return s;
}

/* Nothing of the last line is left in the working space. */
static void
assert_clean(const struct scanner *s)
{
	size_t	i;

	assert_int_equal(s->keys.n, 0);
	for (i = 0; i < SCAN_SLOTS; i++)
		assert_int_equal(s->keys.slot[i], 0);
}

static enum scan_verdict
scan_text(struct scanner *s, const char *text, size_t *values,
    struct error *err)
{
	return scan_line(s, text, strlen(text), values, err);
}

/* The first n bytes alone, so that a sanitizer sees a read behind them. */
static enum scan_verdict
scan_exactly(struct scanner *s, const char *p, size_t n, size_t *values,
    struct error *err)
{
	char			*copy = malloc(n > 0 ? n : 1);
	enum scan_verdict	 verdict;

	assert_non_null(copy);
	memcpy(copy, p, n);
	verdict = scan_line(s, copy, n, values, err);
	free(copy);
	return verdict;
}

static size_t
count(struct json_object *v)
{
	size_t	n = 1, i;

	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, member) {
			(void)key;
			n += count(member);
		}
	} else if (json_object_is_type(v, json_type_array))
		for (i = 0; i < json_object_array_length(v); i++)
			n += count(json_object_array_get_idx(v, i));
	return n;
}

/* Another reader and our own find as many values in it. */
static void
assert_readers_agree(const char *p, size_t n, size_t values)
{
	struct json_tokener	*tokener = json_tokener_new_ex(DEPTH + 2);
	struct json_object	*other;
	struct json		*tree;
	struct arena		 a;
	struct error		 err;

	assert_non_null(tokener);
	other = json_tokener_parse_ex(tokener, p, (int)n);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		other = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail_msg("json-c refuses: %.*s", (int)n, p);
	assert_int_equal(count(other), values);
	json_object_put(other);
	json_tokener_free(tokener);
	arena_init(&a, 0);
	if (json_read(&a, p, n, &tree, &err) == -1)
		fail_msg("%s: %.*s", err.message, (int)n, p);
	assert_int_equal(json_count(tree), values);
	arena_release(&a);
}

static void
a_line_is_taken(void **state)
{
	const struct scan_case	*c = *state;
	struct scanner		*s = scanner_new(DEPTH, VALUES);
	struct error		 err;
	size_t			 values, i;

	if (scan_exactly(s, c->text, c->n, &values, &err) != SCAN_OK)
		fail_msg("%s (%s)", err.message, err.detail);
	assert_int_equal(values, strtoul(c->expected, NULL, 10));
	assert_readers_agree(c->text, c->n, values);
	/* Cut off anywhere, no array, object or string is whole. */
	for (i = 0; i < c->n && strchr("[{\"", c->text[0]) != NULL; i++) {
		if (c->text[i] == ' ' || c->text[i] == '\t' ||
		    c->text[i] == '\r')
			continue;
		assert_int_equal(scan_exactly(s, c->text, i, &values, &err),
		    SCAN_REFUSED);
		assert_int_equal(err.kind, ERROR_PARSE);
	}
	assert_clean(s);
	free(s);
}

static void
a_line_is_refused(void **state)
{
	const struct scan_case	*c = *state;
	struct scanner		*s = scanner_new(DEPTH, VALUES);
	struct error		 err;
	enum scan_verdict	 verdict;
	size_t			 values;

	verdict = scan_exactly(s, c->text, c->n, &values, &err);
	assert_int_not_equal(verdict, SCAN_OK);
	assert_string_equal(error_rows[err.kind].kind, c->expected);
	assert_memory_equal(err.detail, "at byte ", 8);
	assert_true(strtoul(err.detail + 8, NULL, 10) <= c->n);
	assert_true(err.message[0] != '\0');
	assert_clean(s);
	free(s);
}

/* -- what a table cannot hold --------------------------------------------- */

static void
the_place_of_an_error_is_told(void **state)
{
	static const struct { const char *text; int at; } cases[] = {
		{ "", 0 }, { "[1,]", 3 }, { "{\"a\":1,\"a\":2}", 7 },
		{ "\"a\\q\"", 2 }, { "\"\\u12x4\"", 1 }, { "[\"\t\"]", 2 },
		{ "{} {}", 3 }, { "[\"\xff\"]", 2 }, { "[1.x]", 3 },
		{ "[1", 2 }, { "\"ab\\ud800x\"", 3 }, { "[01]", 1 },
	};
	struct scanner	*s = scanner_new(DEPTH, VALUES);
	struct error	 err;
	size_t		 values, i;
	char		 wanted[32];

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(scan_text(s, cases[i].text, &values, &err),
		    SCAN_REFUSED);
		snprintf(wanted, sizeof(wanted), "at byte %d", cases[i].at);
		assert_string_equal(err.detail, wanted);
	}
	free(s);
}

static void
nest(struct buf *b, int depth)
{
	int	i;

	buf_reset(b);
	for (i = 0; i < depth; i++)
		buf_puts(b, i % 2 == 0 ? "[" : "{\"a\":");
	buf_puts(b, "0");
	while (i-- > 0)
		buf_putc(b, i % 2 == 0 ? ']' : '}');
}

static void
max_depth_is_exact(void **state)
{
	static const int	 limits[] = { 1, 2, 32, SCAN_DEPTH_MOST };
	struct scanner		*s;
	struct error		 err;
	struct buf		 b;
	size_t			 values, i;

	(void)state;
	buf_init(&b, 0);
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		s = scanner_new((unsigned)limits[i], VALUES);
		nest(&b, limits[i]);
		assert_int_equal(scan_line(s, b.p, b.n, &values, &err),
		    SCAN_OK);
		assert_int_equal(values, limits[i] + 1);
		nest(&b, limits[i] + 1);
		assert_int_equal(scan_line(s, b.p, b.n, &values, &err),
		    SCAN_REFUSED);
		assert_int_equal(err.kind, ERROR_LIMIT);
		assert_non_null(strstr(err.message, "max_depth"));
		free(s);
	}
	/* What no setting can ask for. */
	s = scanner_new(SCAN_DEPTH_MOST * 2, VALUES);
	nest(&b, SCAN_DEPTH_MOST + 1);
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_REFUSED);
	free(s);
	buf_free(&b);
}

static void
max_values_is_exact(void **state)
{
	struct scanner	*s = scanner_new(DEPTH, 5);
	struct error	 err;
	size_t		 values;

	(void)state;
	assert_int_equal(scan_text(s, "[1,{\"a\":[]},3]", &values, &err),
	    SCAN_OK);
	assert_int_equal(values, 5);
	assert_int_equal(scan_text(s, "[1,{\"a\":[]},3,4]", &values, &err),
	    SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "max_values"));
	free(s);
}

static void
a_line_of_two_gigabytes_is_not_looked_at(void **state)
{
	struct scanner	*s = scanner_new(DEPTH, VALUES);
	struct error	 err;
	size_t		 values;

	(void)state;
	assert_int_equal(scan_line(s, "1", (size_t)INT32_MAX + 1, &values,
	    &err), SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	free(s);
}

static void
many_keys(struct buf *b, int n, const char *last)
{
	int	i;

	buf_reset(b);
	buf_putc(b, '{');
	for (i = 0; i < n; i++)
		buf_printf(b, "\"k%d\":%d,", i, i);
	buf_printf(b, "\"%s\":0}", last);
}

static void
thousands_of_keys_are_told_apart(void **state)
{
	struct scanner	*s = scanner_new(DEPTH, SCAN_KEYS_MOST + 2);
	struct error	 err;
	struct buf	 b;
	size_t		 values;

	(void)state;
	buf_init(&b, 0);
	many_keys(&b, SCAN_KEYS_MOST - 1, "last");
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_OK);
	assert_int_equal(values, SCAN_KEYS_MOST + 1);
	many_keys(&b, SCAN_KEYS_MOST - 1, "k0");
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_PARSE);
	many_keys(&b, SCAN_KEYS_MOST - 1, "k1638\\u0032");
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_PARSE);
	many_keys(&b, SCAN_KEYS_MOST, "last");
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_clean(s);
	buf_free(&b);
	free(s);
}

static void
keys_count_only_while_their_object_is_open(void **state)
{
	struct scanner	*s = scanner_new(DEPTH, 1000000);
	struct error	 err;
	struct buf	 b;
	size_t		 values;
	int		 i;

	(void)state;
	buf_init(&b, 0);
	buf_putc(&b, '[');
	for (i = 0; i < SCAN_KEYS_MOST; i++)
		buf_puts(&b, "{\"a\":1,\"b\":2},");
	buf_puts(&b, "0]");
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_OK);
	assert_clean(s);
	buf_free(&b);
	free(s);
}

static void
large_objects_inside_each_other_keep_their_keys_apart(void **state)
{
	struct scanner	*s = scanner_new(DEPTH, 100000);
	struct error	 err;
	struct buf	 b;
	size_t		 values;
	int		 i, k;

	(void)state;
	buf_init(&b, 0);
	for (i = 0; i < DEPTH; i++) {
		buf_putc(&b, '{');
		for (k = 0; k < 40; k++)
			buf_printf(&b, "\"k%d\":0,", k);
		buf_puts(&b, "\"in\":");
	}
	buf_puts(&b, "0");
	for (i = 0; i < DEPTH; i++) {
		/* The outermost one gets a key that it has. */
		if (i == DEPTH - 1) {
			buf_putc(&b, '}');
			assert_int_equal(scan_line(s, b.p, b.n, &values, &err),
			    SCAN_OK);
			b.n--;
		}
		buf_printf(&b, ",\"%s\":0}", i == DEPTH - 1 ? "k7" : "new");
	}
	assert_int_equal(scan_line(s, b.p, b.n, &values, &err), SCAN_REFUSED);
	assert_int_equal(err.kind, ERROR_PARSE);
	assert_non_null(strstr(err.message, "twice"));
	assert_clean(s);
	buf_free(&b);
	free(s);
}

static uint32_t
random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/*
 * Changed at random, most lines are refused; whatever still passes has to be
 * the same to json-c.
 */
static void
what_passes_json_c_reads_the_same_way(void **state)
{
	static const char	 bytes[] = "{}[]\",:\\u0019.-+eE/tfn\x80\xc3 ";
	const struct cases	*cases = *state;
	struct scanner		*s = scanner_new(DEPTH, VALUES);
	const struct scan_case	*c;
	struct error		 err;
	char			 text[LINE_MOST];
	size_t			 values, n, at, passed = 0;
	uint64_t		 dice = 42;
	int			 i, changes;

	for (i = 0; i < MUTATIONS; i++) {
		c = &cases->v[random_next(&dice) % cases->n];
		memcpy(text, c->text, n = c->n);
		for (changes = (int)(random_next(&dice) % 3) + 1;
		    changes > 0 && n > 1; changes--) {
			at = random_next(&dice) % n;
			if (random_next(&dice) % 3 == 0) {
				memmove(text + at, text + at + 1,
				    --n - at);
				continue;
			}
			text[at] = bytes[random_next(&dice) %
			    (sizeof(bytes) - 1)];
		}
		if (scan_line(s, text, n, &values, &err) != SCAN_OK)
			continue;
		assert_readers_agree(text, n, values);
		passed++;
	}
	/* Or the test would say nothing. */
	assert_true(passed > MUTATIONS / 20);
	assert_clean(s);
	free(s);
}

/* -- the tables ------------------------------------------------------------ */

static int
hex(int c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static int
case_read(struct scan_case *c, char *line)
{
	char	*expected = strchr(line, '\t'), *text;
	size_t	 i;

	if (expected == NULL || (text = strchr(expected + 1, '\t')) == NULL)
		return -1;
	*expected++ = *text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	snprintf(c->name, sizeof(c->name), "%.*s", (int)sizeof(c->name) - 1,
	    line);
	snprintf(c->expected, sizeof(c->expected), "%.*s",
	    (int)sizeof(c->expected) - 1, expected);
	if ((c->text = malloc(strlen(text) + 1)) == NULL)
		return -1;
	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] == '%') {
			c->text[c->n++] = (char)(hex(text[i + 1]) << 4 |
			    hex(text[i + 2]));
			i += 2;
		} else
			c->text[c->n++] = text[i];
	}
	return 0;
}

static struct cases *
cases_read(const char *name)
{
	const char	*top = getenv("top_srcdir");
	struct cases	*cases = calloc(1, sizeof(*cases));
	char		 path[1024], line[LINE_MOST];
	FILE		*f;

	snprintf(path, sizeof(path), "%s/tests/unit/json/%s",
	    top != NULL ? top : ".", name);
	if (cases == NULL || (f = fopen(path, "r")) == NULL) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f) != NULL)
		if (line[0] != '#' && (cases->n == CASES_MOST ||
		    case_read(&cases->v[cases->n++], line) == -1)) {
			fprintf(stderr, "%s: not understood: %s", path, line);
			exit(1);
		}
	fclose(f);
	return cases;
}

static void
cases_free(struct cases *cases)
{
	size_t	i;

	for (i = 0; i < cases->n; i++)
		free(cases->v[i].text);
	free(cases);
}

static struct CMUnitTest *
add_cases(struct CMUnitTest *t, struct cases *cases, CMUnitTestFunction run)
{
	size_t	i;

	for (i = 0; i < cases->n; i++, t++) {
		t->name = cases->v[i].name;
		t->test_func = run;
		t->initial_state = &cases->v[i];
	}
	return t;
}

int
main(void)
{
	struct cases			*accept = cases_read("accept.tsv");
	struct cases			*reject = cases_read("reject.tsv");
	const struct CMUnitTest		 own[] = {
		cmocka_unit_test(the_place_of_an_error_is_told),
		cmocka_unit_test(max_depth_is_exact),
		cmocka_unit_test(max_values_is_exact),
		cmocka_unit_test(a_line_of_two_gigabytes_is_not_looked_at),
		cmocka_unit_test(thousands_of_keys_are_told_apart),
		cmocka_unit_test(keys_count_only_while_their_object_is_open),
		cmocka_unit_test(
		    large_objects_inside_each_other_keep_their_keys_apart),
		cmocka_unit_test_prestate(
		    what_passes_json_c_reads_the_same_way, accept),
	};
	static struct CMUnitTest	 all[2 * CASES_MOST];
	struct CMUnitTest		*t = all;
	int				 failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	memcpy(t, own, sizeof(own));
	t = add_cases(t + sizeof(own) / sizeof(own[0]), accept,
	    a_line_is_taken);
	t = add_cases(t, reject, a_line_is_refused);
	failed = _cmocka_run_group_tests("scan", all, (size_t)(t - all), NULL,
	    NULL);
	cases_free(accept);
	cases_free(reject);
	return failed;
}
