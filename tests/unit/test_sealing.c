/*
 * Plan tokens: the same for the same rows, caller and key, in any order and
 * anywhere, and another one as soon as one of them is another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sealing.h"
#include "secret.h"

static const unsigned char	key[SEALING_KEY] =
	"a key of thirty-two bytes, said";

struct world {
	struct arena	 arena;
	struct sealing	*sealing;
};

static void
world_open(struct world *w, bool stored)
{
	arena_init(&w->arena, 0);
	w->sealing = sealing_new();
	assert_non_null(w->sealing);
	if (stored)
		sealing_store(w->sealing, key);
}

static void
world_close(struct world *w)
{
	sealing_free(w->sealing);
	arena_release(&w->arena);
}

/* The token of rows that are single letters. */
static const char *
token(struct world *w, const struct caller *caller, const char *asked,
    const char *rows)
{
	const struct plan_seal	*seal;
	struct plan_sum		 sum = { 0, 0 };
	char			 out[PLAN_TOKEN_SIZE];

	seal = sealing_call(w->sealing, &w->arena, caller, asked,
	    strlen(asked));
	assert_non_null(seal);
	for (; *rows != '\0'; rows++)
		seal->row(seal, rows, 1, &sum);
	seal->token(seal, &sum, out);
	assert_int_equal(strlen(out), PLAN_TOKEN_SIZE - 1);
	assert_int_equal(strspn(out, "0123456789abcdef"), strlen(out));
	return arena_strdup(&w->arena, out);
}

static void
one_key_gives_one_token_everywhere(void **state)
{
	struct world	a, b;

	(void)state;
	world_open(&a, true);
	world_open(&b, true);
	assert_string_equal(token(&a, NULL, "", "xyz"),
	    token(&b, NULL, "", "zxy"));
	assert_string_not_equal(token(&a, NULL, "", "xyz"),
	    token(&a, NULL, "", "xy"));
	/* Not a set: twice is not once. */
	assert_string_not_equal(token(&a, NULL, "", "x"),
	    token(&a, NULL, "", "xxx"));
	/*
	 * Those of another version of ormd on the same database: who changes
	 * this ends the tokens that clients have.
	 */
	assert_string_equal(token(&a, NULL, "", "xyz"),
	    "9ad10de61b5aea944b8e5f9a49c045c0");
	assert_string_equal(token(&a, NULL, "", ""),
	    "b476a1d03a4a37ef829ff0a1cf67571a");
	world_close(&a);
	world_close(&b);
}

static void
without_a_stored_key_each_has_its_own(void **state)
{
	struct world	a, b;
	const char	*before;

	(void)state;
	world_open(&a, false);
	world_open(&b, false);
	assert_int_equal(sealing_source(a.sealing), SEALING_UNKNOWN);
	before = token(&a, NULL, "", "x");
	assert_string_not_equal(before, token(&b, NULL, "", "x"));
	sealing_lack(a.sealing);
	assert_int_equal(sealing_source(a.sealing), SEALING_OWN);
	assert_string_equal(before, token(&a, NULL, "", "x"));
	sealing_store(a.sealing, key);
	assert_int_equal(sealing_source(a.sealing), SEALING_STORED);
	assert_string_not_equal(before, token(&a, NULL, "", "x"));
	/* A key that is there does not go while the database is away. */
	before = token(&a, NULL, "", "x");
	sealing_lack(a.sealing);
	assert_int_equal(sealing_source(a.sealing), SEALING_STORED);
	assert_string_equal(before, token(&a, NULL, "", "x"));
	world_close(&a);
	world_close(&b);
}

static void
every_caller_has_his_own(void **state)
{
	static const struct caller	callers[] = {
		{ .logged_in = false, .key = { NULL, -1 } },
		{ .logged_in = true, .key = { "", 0 } },
		{ .logged_in = true, .key = { "\0\0\0\1", 4 } },
		{ .logged_in = true, .key = { "\0\0\0\2", 4 } },
		{ .logged_in = true, .key = { "\0\0\0\2\0", 5 } }
	};
	enum { CALLERS = sizeof(callers) / sizeof(callers[0]) };
	struct caller			admin = callers[2];
	struct world			w;
	const char			*seen[CALLERS + 1];
	size_t				i, k;

	(void)state;
	world_open(&w, true);
	for (i = 0; i < CALLERS; i++)
		seen[i] = token(&w, &callers[i], "", "x");
	seen[CALLERS] = token(&w, NULL, "", "x");
	for (i = 0; i <= CALLERS; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	/* He is the same when he gets another role. */
	admin.admin = true;
	assert_string_equal(seen[2], token(&w, &admin, "", "x"));
	world_close(&w);
}

static void
what_was_asked_is_part_of_it(void **state)
{
	struct world	w;

	(void)state;
	world_open(&w, true);
	assert_string_equal(token(&w, NULL, "one", "x"),
	    token(&w, NULL, "one", "x"));
	assert_string_not_equal(token(&w, NULL, "one", "x"),
	    token(&w, NULL, "two", "x"));
	assert_string_not_equal(token(&w, NULL, "one", "x"),
	    token(&w, NULL, "", "x"));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(one_key_gives_one_token_everywhere),
		cmocka_unit_test(without_a_stored_key_each_has_its_own),
		cmocka_unit_test(every_caller_has_his_own),
		cmocka_unit_test(what_was_asked_is_part_of_it),
	};

	if (secret_init() == -1)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
