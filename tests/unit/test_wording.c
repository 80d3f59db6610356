/*
 * Names that inspect makes: models, relationships, and which columns are
 * nobody's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wording.h"

static void
models_are_singular_and_camel_case(void **state)
{
	static const char *const	pairs[][2] = {
		{ "users", "User" }, { "order_details", "OrderDetail" },
		{ "Order Details", "OrderDetail" },
		{ "OrderDetails", "OrderDetail" },
		{ "film_actor", "FilmActor" },
		{ "AUDIT_LOGS", "AuditLog" }, { "people", "Person" },
		{ "auth_user", "AuthUser" }, { "äpfel", "Äpfel" },
		{ "über_größen", "ÜberGrößen" }, { "ÄMTER", "Ämter" },
		{ "2fa_tokens", "2faToken" }, { "--", "Table" },
		{ "_users", "User" }, { "users.old", "UsersOld" },
		{ "a", "A" }, { "t_x_y", "TXY" }
	};
	struct arena	a;
	size_t		i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(wording_model(&a, pairs[i][0]),
		    pairs[i][1]);
	arena_release(&a);
}

static void
attributes_have_no_odd_characters(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(wording_attribute(&a, "Order Details"),
	    "Order_Details");
	assert_string_equal(wording_attribute(&a, "$x.y-z"), "_x_y_z");
	assert_string_equal(wording_attribute(&a, "USERS"), "users");
	assert_string_equal(wording_attribute(&a, "Größe"), "Größe");
	assert_string_equal(wording_attribute(&a, ""), "table");
	arena_release(&a);
}

static void
references_drop_what_says_key(void **state)
{
	/* Column, key, table, name. */
	static const char *const	rows[][4] = {
		{ "author_id", "id", "authors", "author" },
		{ "authorId", "id", "authors", "author" },
		{ "AuthorID", "AuthorID", "Authors", "Author" },
		{ "id_author", "id", "authors", "author" },
		{ "fk_author", "id", "authors", "author" },
		{ "author_uuid", "id", "authors", "author" },
		{ "author_isbn", "isbn", "authors", "author" },
		{ "original_language_id", "language_id", "language",
		    "original_language" },
		{ "birth_country_code", "country_code", "countries",
		    "birth_country" },
		{ "country_code", "country_code", "countries", "country" },
		{ "customerid", "customerid", "customers", "customer" },
		{ "paid", "id", "customers", "paid" },
		{ "templateid", "hostid", "hosts", "template" },
		{ "hostid", "hostid", "hosts", "host" },
		{ "userid", "id", "users", "user" },
		{ "owner_uid", "id", "users", "owner" },
		{ "id", "id", "users", "" },
		{ "ID", "ID", "Users", "" },
		{ "owner", "id", "users", "owner" },
		{ "isbn", "isbn", "books", "isbn" }
	};
	struct arena	a;
	size_t		i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(wording_reference(&a, rows[i][0],
		    rows[i][1], rows[i][2]), rows[i][3]);
	arena_release(&a);
}

static void
secrets_are_known_by_name(void **state)
{
	static const char *const	secret[] = { "password", "Password",
	    "password_hash", "userPassword", "userpassword", "pwd",
	    "reset_token", "apiToken", "api_key", "APIKey", "private_key",
	    "salt", "_hash", "totp_secret", "recovery_codes", "pin", "CVV",
	    "db_passwd", "token2", NULL };
	static const char *const	open[] = { "name", "compass", "pinned",
	    "passport_no", "hashtag", "key", "access_level", "token_type",
	    "token_id", "secretary", "hash_algorithm", "saltwater", "spin",
	    "", NULL };
	size_t				i;

	(void)state;
	for (i = 0; secret[i] != NULL; i++)
		if (!wording_is_secret(secret[i]))
			fail_msg("%s is not secret", secret[i]);
	for (i = 0; open[i] != NULL; i++)
		if (wording_is_secret(open[i]))
			fail_msg("%s is secret", open[i]);
}

static void
names_are_compared_by_their_letters(void **state)
{
	(void)state;
	assert_true(wording_same("OrderDetail", "order_detail"));
	assert_true(wording_same("", "_"));
	assert_false(wording_same("order", "orders"));
	assert_true(wording_is_attribute("x y"));
	assert_false(wording_is_attribute("x.y"));
	assert_false(wording_is_attribute("$x"));
	assert_false(wording_is_attribute("-x"));
	assert_false(wording_is_attribute("not"));
	assert_false(wording_is_attribute(""));
}

static void
names_are_cut_between_characters(void **state)
{
	struct arena	a;
	const char	*cut;

	(void)state;
	arena_init(&a, 0);
	cut = wording_clip(&a, "äääääääääääääääääääääääääääääääääääää");
	assert_int_equal(strlen(cut), 62);
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(models_are_singular_and_camel_case),
		cmocka_unit_test(attributes_have_no_odd_characters),
		cmocka_unit_test(references_drop_what_says_key),
		cmocka_unit_test(secrets_are_known_by_name),
		cmocka_unit_test(names_are_compared_by_their_letters),
		cmocka_unit_test(names_are_cut_between_characters),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
