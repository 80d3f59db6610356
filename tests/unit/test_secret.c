/*
 * Hashes of passwords, tokens, and how often somebody may try.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attempts.h"
#include "secret.h"

static const struct secret_cost	least = { 19456 * 1024, 2 };

static void
a_hash_knows_its_password_and_no_other(void **state)
{
	char	one[SECRET_HASH_SIZE], two[SECRET_HASH_SIZE];

	(void)state;
	assert_int_equal(secret_hash(one, "correct horse", &least), 0);
	assert_int_equal(secret_hash(two, "correct horse", &least), 0);
	assert_string_not_equal(one, two);
	assert_memory_equal(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_int_equal(secret_verify(one, "correct horse"), SECRET_RIGHT);
	assert_int_equal(secret_verify(one, "correct horsf"), SECRET_WRONG);
	assert_int_equal(secret_verify(one, ""), SECRET_WRONG);
	one[strlen(one) - 1] ^= 1;
	assert_int_equal(secret_verify(one, "correct horse"), SECRET_WRONG);
}

/* The right one is from the tests of bcrypt itself. */
static void
older_forms_are_known_and_weak_ones_are_not(void **state)
{
	(void)state;
	assert_int_equal(secret_verify("$2b$04$abcdefghijklmnopqrstuu"
	    "wJkFgCOkX2ghsdBxtLcO3xXOOTCfPwe", "no"), SECRET_WRONG);
	assert_int_equal(secret_verify("$2b$05$CCCCCCCCCCCCCCCCCCCCC."
	    "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"), SECRET_RIGHT);
	assert_int_equal(secret_verify("$2b$05$CCCCCCCCCCCCCCCCCCCCC."
	    "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V"), SECRET_WRONG);
	assert_int_equal(secret_verify("$2b$xx$", "secret"), SECRET_STRANGE);
	assert_int_equal(secret_verify("$1$abcdefgh$irWbblnpmw.5z7wgBnprh0",
	    "secret"), SECRET_STRANGE);
	assert_int_equal(secret_verify("secret", "secret"), SECRET_STRANGE);
	assert_int_equal(secret_verify("", ""), SECRET_STRANGE);
	assert_int_equal(secret_verify("$argon2id$", ""), SECRET_WRONG);
}

static void
a_hash_of_another_cost_is_old(void **state)
{
	static const struct secret_cost	more = { 20480 * 1024, 2 },
					longer = { 19456 * 1024, 3 };
	char				hash[SECRET_HASH_SIZE];

	(void)state;
	assert_int_equal(secret_hash(hash, "x", &least), 0);
	assert_false(secret_is_old(hash, &least));
	assert_true(secret_is_old(hash, &more));
	assert_true(secret_is_old(hash, &longer));
	assert_true(secret_is_old("$2b$05$CCCCCCCCCCCCCCCCCCCCC."
	    "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", &least));
	assert_true(secret_is_old("$argon2id$junk", &least));
}

static void
what_is_derived_is_the_same_again_for_the_same_purpose(void **state)
{
	char	one[SECRET_DERIVED_SIZE], two[SECRET_DERIVED_SIZE];

	(void)state;
	assert_int_equal(secret_derive(one, "horse", "key 1"), 0);
	assert_int_equal(secret_derive(two, "horse", "key 1"), 0);
	assert_int_equal(strlen(one), SECRET_DERIVED_SIZE - 1);
	assert_string_equal(one, two);
	assert_int_equal(secret_derive(two, "horse", "key 2"), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(secret_derive(two, "hors", "key 1"), 0);
	assert_string_not_equal(one, two);
}

static void
tokens_are_read_back_as_their_digest(void **state)
{
	static const char *const	bad[] = { "", "A", "++++", " ",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB" };
	char				text[SECRET_TOKEN_SIZE],
					other[SECRET_TOKEN_SIZE];
	unsigned char			made[SECRET_DIGEST],
					read[SECRET_DIGEST];
	size_t				i;

	(void)state;
	secret_token_make(text, made);
	assert_int_equal(strlen(text), SECRET_TOKEN_SIZE - 1);
	assert_int_equal(secret_token_read(text, read), 0);
	assert_memory_equal(made, read, sizeof(made));
	secret_token_make(other, read);
	assert_string_not_equal(text, other);
	assert_memory_not_equal(made, read, sizeof(made));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(secret_token_read(bad[i], read), -1);
}

static void
a_budget_is_used_up_and_fills_again(void **state)
{
	struct attempts		*a = attempts_new();
	struct attempts_limit	 l = { 4, 40, 1000 };
	int			 i;

	(void)state;
	assert_non_null(a);
	for (i = 0; i < 4; i++)
		assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_equal(attempts_take(a, "riko", 4, &l), 10);
	assert_int_equal(attempts_take(a, "mira", 4, &l), 0);
	l.now_us += 9;
	assert_int_equal(attempts_take(a, "riko", 4, &l), 1);
	l.now_us += 1;
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_not_equal(attempts_take(a, "riko", 4, &l), 0);
	l.now_us += 1000;
	for (i = 0; i < 4; i++)
		assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_not_equal(attempts_take(a, "riko", 4, &l), 0);
	attempts_free(a);
}

static void
what_was_right_is_given_back(void **state)
{
	struct attempts		*a = attempts_new();
	struct attempts_limit	 l = { 2, 40, 1000 };
	int			 i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
		attempts_give(a, "riko", 4, &l, 0);
	}
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	attempts_give(a, "riko", 4, &l, 0);
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_not_equal(attempts_take(a, "riko", 4, &l), 0);
	attempts_give(a, "riko", 4, &l, 1);
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	attempts_free(a);
}

/* Nobody who tries a hundred thousand names makes it forget one that waits. */
static void
many_names_do_not_push_out_one_that_has_tried_often(void **state)
{
	struct attempts		*a = attempts_new();
	struct attempts_limit	 l = { 100, 1000000, 1000 };
	char			 name[32];
	int			 i, n;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_int_equal(attempts_take(a, "riko", 4, &l), 0);
	for (i = 0; i < 100000; i++) {
		n = snprintf(name, sizeof(name), "name %d", i);
		assert_int_equal(attempts_take(a, name, (size_t)n, &l), 0);
	}
	assert_int_not_equal(attempts_take(a, "riko", 4, &l), 0);
	attempts_free(a);
}

static int
begin(void **state)
{
	(void)state;
	return secret_init();
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_hash_knows_its_password_and_no_other),
		cmocka_unit_test(older_forms_are_known_and_weak_ones_are_not),
		cmocka_unit_test(a_hash_of_another_cost_is_old),
		cmocka_unit_test(
		    what_is_derived_is_the_same_again_for_the_same_purpose),
		cmocka_unit_test(tokens_are_read_back_as_their_digest),
		cmocka_unit_test(a_budget_is_used_up_and_fills_again),
		cmocka_unit_test(what_was_right_is_given_back),
		cmocka_unit_test(
		    many_names_do_not_push_out_one_that_has_tried_often),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, NULL);
}
