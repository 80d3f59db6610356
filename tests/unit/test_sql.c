/*
 * SQL texts and parameters: interning, how columns of each kind are selected
 * and compared, arrays in PostgreSQL's binary format, and keys as bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_kit.h"
#include "value.h"

static const struct sql *
interned(struct sql_cache *cache, const char *text)
{
	struct buf	b;

	buf_init(&b, 0);
	buf_puts(&b, text);
	return sql_intern(cache, &b);
}

static void
equal_texts_are_one(void **state)
{
	struct sql_cache	 cache;
	const struct sql	*a, *b;

	(void)state;
	sql_cache_init(&cache);
	a = interned(&cache, "SELECT 1");
	b = interned(&cache, "SELECT 2");
	assert_ptr_equal(interned(&cache, "SELECT 1"), a);
	assert_ptr_not_equal(a, b);
	assert_int_equal(a->id, SQL_FIRST);
	assert_int_equal(b->id, SQL_FIRST + 1);
	assert_int_equal(a->n, strlen("SELECT 1"));
	assert_string_equal(b->text, "SELECT 2");
	assert_int_equal(cache.n, SQL_FIRST + 2);
	sql_cache_release(&cache);
}

/* Does the text speak of $1? */
static bool
mentions(const char *text)
{
	struct buf	b;
	bool		r;

	buf_init(&b, 0);
	buf_puts(&b, text);
	r = sql_mentions(&b, 1);
	buf_free(&b);
	return r;
}

static void
parameters_stand_outside_names_and_literals(void **state)
{
	(void)state;
	assert_true(mentions("SELECT $1"));
	assert_true(mentions("SELECT $1::int"));
	assert_true(mentions("SELECT 'it''s $2' || \"$1\" || $1 FROM t"));
	assert_false(mentions(""));
	assert_false(mentions("SELECT $2, $10, $12"));
	assert_false(mentions("SELECT \"a$1\", '$1', \"\"\"$1\""));
}

static void
a_broken_text_is_none(void **state)
{
	struct sql_cache	cache;
	struct buf		b;

	(void)state;
	sql_cache_init(&cache);
	buf_init(&b, 4);
	buf_puts(&b, "SELECT 1");
	assert_true(b.broken);
	assert_null(sql_intern(&cache, &b));
	assert_int_equal(cache.n, SQL_FIRST);
	sql_cache_release(&cache);
}

static const struct sql *
varied(struct sql_cache *cache, struct arena *a, const char *text)
{
	struct buf	b;

	buf_init(&b, 0);
	buf_puts(&b, text);
	return sql_intern_varied(cache, a, &b);
}

static void
varied_texts_are_kept_when_they_come_again(void **state)
{
	struct sql_cache	 cache;
	struct arena		 a;
	const struct sql	*once, *kept;

	(void)state;
	sql_cache_init(&cache);
	arena_init(&a, 0);
	once = varied(&cache, &a, "SELECT 1");
	assert_int_equal(once->id, SQL_ONCE);
	assert_string_equal(once->text, "SELECT 1");
	assert_int_equal(once->n, 8);
	assert_int_equal(cache.n, SQL_FIRST);
	kept = varied(&cache, &a, "SELECT 1");
	assert_int_equal(kept->id, SQL_FIRST);
	assert_ptr_equal(varied(&cache, &a, "SELECT 1"), kept);
	assert_ptr_equal(interned(&cache, "SELECT 1"), kept);
	/* What is kept anyway needs not come twice. */
	kept = interned(&cache, "SELECT 2");
	assert_ptr_equal(varied(&cache, &a, "SELECT 2"), kept);
	assert_int_equal(cache.varied, 1);
	arena_release(&a);
	sql_cache_release(&cache);
}

static void
varied_texts_have_an_end(void **state)
{
	struct sql_cache	 cache;
	struct arena		 a;
	char			 text[64];
	char			*large;
	int			 i;

	(void)state;
	sql_cache_init(&cache);
	arena_init(&a, 0);
	for (i = 0; i < 3 * SQL_VARIED_MOST; i++) {
		snprintf(text, sizeof(text), "SELECT %d", i);
		varied(&cache, &a, text);
		varied(&cache, &a, text);
	}
	assert_int_equal(cache.n, SQL_FIRST + SQL_VARIED_MOST);
	assert_int_equal(varied(&cache, &a, "SELECT 7")->id, SQL_FIRST + 7);
	assert_int_equal(varied(&cache, &a, text)->id, SQL_ONCE);
	/* Others go on. */
	assert_int_equal(interned(&cache, "SELECT a")->id,
	    SQL_FIRST + SQL_VARIED_MOST);
	sql_cache_release(&cache);
	/* And so it is with few large ones. */
	sql_cache_init(&cache);
	large = arena_raw(&a, SQL_VARIED_BYTES / 4 + 2);
	memset(large, 'x', SQL_VARIED_BYTES / 4 + 1);
	large[SQL_VARIED_BYTES / 4 + 1] = '\0';
	for (i = 0; i < 6; i++) {
		large[0] = (char)('a' + i);
		varied(&cache, &a, large);
		varied(&cache, &a, large);
	}
	assert_int_equal(cache.n, SQL_FIRST + 3);
	arena_release(&a);
	sql_cache_release(&cache);
}

/* What one of the functions appends to an empty text. */
#define APPENDS(call, expected) do {					\
	struct buf	b_;						\
	struct buf	*b = &b_;					\
	buf_init(b, 0);							\
	call;								\
	buf_putc(b, '\0');						\
	assert_string_equal(b->p, (expected));				\
	buf_free(b);							\
} while (0)

static void
columns_are_selected_as_they_travel(void **state)
{
	static const char *const	rows[][3] = {
		{ "i", "t0.\"i\"", "$1" },
		{ "f", "t0.\"f\"", "$1" },
		{ "s", "t0.\"s\"", "$1" },
		{ "u", "t0.\"u\"", "$1" },
		{ "b", "t0.\"b\"", "$1" },
		{ "n", "t0.\"n\"::text", "$1::numeric(10,2)[]" },
		{ "d", "t0.\"d\"::text", "$1::date[]" },
		{ "tz", "t0.\"tz\"::text", "$1::timestamptz[]" },
		{ "by", "t0.\"by\"::text",
		    "$1::bytea[]" },
		{ "j", "t0.\"j\"::text", "$1::jsonb[]" },
		{ "e", "t0.\"e\"::text", "$1::color[]" },
		{ "iv", "t0.\"iv\"::text", "$1::interval[]" },
	};
	const struct column		*c;
	struct plan_kit			 k;
	size_t				 i;

	(void)state;
	plan_open_named(&k, "types");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = plan_column(&k, "things", rows[i][0]);
		APPENDS(sql_select(b, "t0", c), rows[i][1]);
		APPENDS(sql_array(b, c, 1), rows[i][2]);
	}
	c = plan_column(&k, "things", "arr");
	APPENDS(sql_select(b, "t0", c), "t0.\"arr\"::text");
	APPENDS(sql_element(b, "v.c", 3, c), "v.c3::integer[]");
	APPENDS(sql_element(b, "$", 2, plan_column(&k, "things", "i")),
	    "$2");
	plan_close(&k);
}

static void
keys_of_one_and_of_several_columns(void **state)
{
	const struct table	*t;
	struct plan_kit		 k;

	(void)state;
	plan_open_named(&k, "orders");
	t = map_find(&k.registry->tables_by_name, "line_items");
	APPENDS(sql_key_in(b, "t0", t->key.v, 1, 2),
	    "t0.\"order_id\" = ANY($2)");
	APPENDS(sql_key_in(b, "s", t->key.v, 2, 3),
	    "(s.\"order_id\",s.\"line_no\") IN (SELECT k.c1,k.c2 FROM "
	    "unnest($3,$4) AS k(c1,c2))");
	APPENDS(sql_order(b, "t", t->key.v, 2),
	    "t.\"order_id\",t.\"line_no\"");
	APPENDS(sql_unnest(b, "v", 2, false), "unnest($1,$2) AS v(c1,c2)");
	APPENDS(sql_unnest(b, "v", 1, true),
	    "unnest($1) WITH ORDINALITY AS v(c1,n)");
	plan_close(&k);
}

static void
array_is(struct plan_kit *k, const struct column *c, const char *list,
    const char *expected)
{
	const struct json	*v = plan_json(k, list);
	const struct cell	**at;
	struct cell		*cells;
	struct param		 p;
	struct error		 err;
	struct buf		 b;
	size_t			 i, n = json_length(v);

	cells = arena_array(&k->arena, n, sizeof(*cells));
	at = arena_array(&k->arena, n, sizeof(*at));
	for (i = 0; i < n; i++) {
		at[i] = &cells[i];
		assert_int_equal(value_from_json(&k->arena, c, json_at(v, i),
		    &cells[i], NULL, &err), 0);
	}
	assert_int_equal(sql_array_param(&k->arena, c, at, n, &p), 0);
	assert_int_equal(p.oid, sql_array_oid(c));
	buf_init(&b, 0);
	plan_params(&b, "", &p, 1);
	assert_string_equal(plan_text(k, &b), expected);
}

static void
arrays_in_binary(void **state)
{
	struct plan_kit	k;

	(void)state;
	plan_open_named(&k, "types");
	array_is(&k, plan_column(&k, "things", "id"), "[]", "$1 {}\n");
	array_is(&k, plan_column(&k, "things", "id"),
	    "[1, null, -2147483648]", "$1 {1,NULL,-2147483648}\n");
	array_is(&k, plan_column(&k, "things", "i"),
	    "[9223372036854775807]", "$1 {9223372036854775807}\n");
	array_is(&k, plan_column(&k, "things", "s"), "['', null, 'a']",
	    "$1 {\"\",NULL,\"a\"}\n");
	array_is(&k, plan_column(&k, "things", "b"), "[true, false]",
	    "$1 {true,false}\n");
	array_is(&k, plan_column(&k, "things", "n"), "['1.50']",
	    "$1 {\"1.50\"}\n");
	/* What travels as text is an array of text. */
	assert_int_equal(sql_array_oid(plan_column(&k, "things", "n")), 1009);
	assert_int_equal(sql_array_oid(plan_column(&k, "things", "d")), 1009);
	assert_int_equal(sql_array_oid(plan_column(&k, "things", "u")), 2951);
	plan_close(&k);
}

static void
an_array_as_postgresql_writes_it(void **state)
{
	static const unsigned char	bytes[] = {
		0, 0, 0, 1,  0, 0, 0, 1,  0, 0, 0, 23,	/* dims, nulls, oid */
		0, 0, 0, 2,  0, 0, 0, 1,		/* size, lower bound */
		0, 0, 0, 4,  0, 0, 1, 0,
		255, 255, 255, 255,
	};
	const struct cell		 cells[] = { { "\0\0\1\0", 4 },
					    { NULL, -1 } };
	const struct cell *const	 at[] = { &cells[0], &cells[1] };
	struct plan_kit			 k;
	struct param			 p;

	(void)state;
	plan_open_named(&k, "types");
	assert_int_equal(sql_array_param(&k.arena, plan_column(&k, "things",
	    "id"), at, 2, &p), 0);
	assert_int_equal(p.oid, 1007);
	assert_int_equal(p.n, sizeof(bytes));
	assert_memory_equal(p.p, bytes, sizeof(bytes));
	plan_close(&k);
}

static void
a_bigint_parameter(void **state)
{
	struct arena	a;
	struct param	p;

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(sql_bigint_param(&a, -2, &p), 0);
	assert_int_equal(p.oid, 20);
	assert_int_equal(p.n, 8);
	assert_memory_equal(p.p, "\377\377\377\377\377\377\377\376", 8);
	arena_release(&a);
}

/* Different keys have different bytes, wherever their parts end. */
static void
keys_as_bytes(void **state)
{
	static const struct cell	keys[][2] = {
		{ { "ab", 2 }, { "c", 1 } }, { { "a", 1 }, { "bc", 2 } },
		{ { "", 0 }, { "abc", 3 } }, { { NULL, -1 }, { "abc", 3 } },
		{ { "abc", 3 }, { NULL, -1 } }, { { "abc", 3 }, { "", 0 } },
	};
	enum { KEYS = sizeof(keys) / sizeof(keys[0]) };
	struct key_bytes		bytes[KEYS], one;
	struct arena			a;
	size_t				i, k;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < KEYS; i++) {
		assert_int_equal(key_bytes(&a, keys[i], 2, &bytes[i]), 0);
		for (k = 0; k < i; k++)
			assert_false(bytes[i].n == bytes[k].n &&
			    memcmp(bytes[i].p, bytes[k].p, bytes[i].n) == 0);
	}
	assert_int_equal(key_bytes(&a, keys[0], 1, &one), 0);
	assert_int_equal(one.n, 2);
	assert_memory_equal(one.p, "ab", 2);
	assert_true(key_has_null(keys[3], 2));
	assert_true(key_has_null(keys[4], 2));
	assert_false(key_has_null(keys[5], 2));
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(equal_texts_are_one),
		cmocka_unit_test(parameters_stand_outside_names_and_literals),
		cmocka_unit_test(a_broken_text_is_none),
		cmocka_unit_test(varied_texts_are_kept_when_they_come_again),
		cmocka_unit_test(varied_texts_have_an_end),
		cmocka_unit_test(columns_are_selected_as_they_travel),
		cmocka_unit_test(keys_of_one_and_of_several_columns),
		cmocka_unit_test(arrays_in_binary),
		cmocka_unit_test(an_array_as_postgresql_writes_it),
		cmocka_unit_test(a_bigint_parameter),
		cmocka_unit_test(keys_as_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
