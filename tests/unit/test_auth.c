/*
 * "auth" and "password" of a model file: who the users are, and passwords that
 * clients write and nobody sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"
#include "rows.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"
#define NAME	"'name': {'type': 'text', 'unique': true}"
#define HASH	"'_hash': {'type': 'text'}"
#define FILE(auth, columns, rest)					\
	"{'ormd': 1, 'auth': " auth ", 'models': {'User': {'table': 'u', " \
	"'columns': {" columns "}" rest "}}}"
#define USERS(auth)							\
	FILE(auth, ID ", " NAME ", " HASH ", 'role': {'type': 'text'}, " \
	"'boss': {'type': 'boolean'}", "")
#define PLAIN	"'model': 'User', 'login': 'name', 'password': '_hash'"

static void
users_are_rows_of_a_model(void **state)
{
	struct registry	*r = kit_load(USERS("{" PLAIN "}"));
	struct model	*m = registry_model(r, "User");
	struct attribute *a = model_attribute(m, "password");

	(void)state;
	assert_non_null(r->auth);
	assert_ptr_equal(r->auth->model, m);
	assert_ptr_equal(r->auth->key, kit_column(r, "User", "id"));
	assert_ptr_equal(r->auth->login, kit_column(r, "User", "name"));
	assert_ptr_equal(r->auth->password, kit_column(r, "User", "_hash"));
	assert_null(r->auth->role);
	assert_null(r->auth->admin);
	assert_non_null(a);
	assert_ptr_equal(m->password, a);
	assert_true(a->is_password);
	assert_int_equal(a->kind, ATTRIBUTE_COLUMN);
	assert_ptr_equal(a->column, r->auth->password);
	assert_true(a->column->is_private);
	assert_true(a->column->write_only);
	assert_null(model_attribute(m, "_hash"));
	registry_free(r);
}

static void
without_auth_there_are_no_users(void **state)
{
	struct registry	*r = kit_models("'User': {'table': 'u', 'columns': {"
			    ID ", " NAME ", " HASH "}}");

	(void)state;
	assert_null(r->auth);
	assert_null(registry_model(r, "User")->password);
	registry_free(r);
}

/* Whose role is admins', in the form in which rows come. */
static void
assert_admins(const char *auth, const char *role, const char *p, int32_t n)
{
	struct registry	*r = kit_load(auth);

	assert_ptr_equal(r->auth->role, kit_column(r, "User", role));
	assert_non_null(r->auth->admin);
	assert_int_equal(r->auth->admin->n, n);
	assert_memory_equal(r->auth->admin->p, p, n);
	registry_free(r);
}

static void
a_role_says_who_is_admin(void **state)
{
	(void)state;
	assert_admins(USERS("{" PLAIN ", 'role': 'role', 'admin': 'root'}"),
	    "role", "root", 4);
	assert_admins(USERS("{" PLAIN ", 'role': 'boss'}"), "boss", "\1", 1);
	assert_admins(USERS("{" PLAIN ", 'role': 'boss', 'admin': false}"),
	    "boss", "\0", 1);
}

static void
a_model_names_its_password(void **state)
{
	const char	*file = FILE("{'model': 'User', 'login': 'name'}",
			    ID ", " NAME ", " HASH,
			    ", 'password': {'attribute': 'pin', "
			    "'column': '_hash'}");
	struct registry	*r = kit_load(file);
	struct model	*m = registry_model(r, "User");

	(void)state;
	assert_string_equal(m->password->name, "pin");
	assert_ptr_equal(r->auth->password, m->password->column);
	assert_null(model_attribute(m, "password"));
	registry_free(r);
	/* Also without users: it is stored as a hash all the same. */
	r = kit_models("'Door': {'table': 'd', 'columns': {" ID ", " HASH
	    "}, 'password': {'column': '_hash'}}");
	assert_true(model_attribute(registry_model(r, "Door"),
	    "password")->is_password);
	assert_null(r->auth);
	registry_free(r);
}

static void
auth_names_what_is_there(void **state)
{
	(void)state;
	kit_refused(USERS("[]"), "/auth", "an object", NULL);
	kit_refused(USERS("{}"), "/auth/model", "is missing", NULL);
	kit_refused(USERS("{" PLAIN ", 'rolle': 'role'}"), "/auth/rolle",
	    "unknown member", "did you mean role?");
	kit_refused(USERS("{'model': 'Usr', 'login': 'name', 'password': "
	    "'_hash'}"), "/auth/model", "no model Usr", "did you mean User?");
	kit_refused(USERS("{'model': 'User', 'password': '_hash'}"),
	    "/auth/login", "is missing", NULL);
	kit_refused(USERS("{'model': 'User', 'login': 'nam', 'password': "
	    "'_hash'}"), "/auth/login", "no column nam", "did you mean name?");
	kit_refused(USERS("{'model': 'User', 'login': 'name'}"),
	    "/auth/password", "is missing", NULL);
	kit_refused(USERS("{'model': 'User', 'login': 'name', 'password': "
	    "7}"), "/auth/password", "a string", NULL);
}

static void
logins_tell_users_apart(void **state)
{
	(void)state;
	kit_refused(USERS("{'model': 'User', 'login': 'role', 'password': "
	    "'_hash'}"), "/auth/login", "the same role", "unique");
	kit_refused(USERS("{'model': 'User', 'login': 'id', 'password': "
	    "'_hash'}"), "/auth/login", "no text", NULL);
	kit_refused(USERS("{'model': 'User', 'login': '_hash', 'password': "
	    "'_hash'}"), "/auth/login", "no text", NULL);
	kit_refused(FILE("{" PLAIN "}", "'a': {'type': 'integer'}, 'b': "
	    "{'type': 'integer'}, " NAME ", " HASH,
	    ", 'primary_key': ['a', 'b']"), "/auth/model",
	    "a key of one column", NULL);
}

static void
hashes_are_kept_where_nobody_sees_them(void **state)
{
	(void)state;
	kit_refused(USERS("{'model': 'User', 'login': 'name', 'password': "
	    "'role'}"), "/auth/password", "not private", "_role");
	kit_refused(FILE("{" PLAIN "}", ID ", " NAME
	    ", '_hash': {'type': 'varchar(60)'}", ""), "/auth/password",
	    "no room", "text");
	kit_refused(FILE("{" PLAIN "}", ID ", " NAME
	    ", '_hash': {'type': 'text', 'default': '`x`'}", ""),
	    "/auth/password", "no default", NULL);
	kit_refused(FILE("{" PLAIN "}", ID ", " NAME ", " HASH
	    ", '_other': {'type': 'text'}",
	    ", 'password': {'column': '_other'}"), "/auth/password",
	    "is in _other", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID ", " HASH
	    "}, 'password': {'attribute': 'id', 'column': '_hash'}}",
	    "/models/A/password/attribute", "two attributes called id", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID ", " HASH
	    "}, 'password': {'colum': '_hash'}}",
	    "/models/A/password/colum", "unknown member", "column");
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID ", " HASH
	    "}, 'password': {}}", "/models/A/password/column", "is missing",
	    NULL);
	/* A table without a model has no attributes to write. */
	kit_refused("{'ormd': 1, 'models': {}, 'tables': {'a': {'columns': {"
	    HASH "}, 'password': {'column': '_hash'}}}}",
	    "/tables/a/password", "unknown member", NULL);
}

static void
roles_are_plain_values(void **state)
{
	(void)state;
	kit_refused(USERS("{" PLAIN ", 'admin': 'x'}"), "/auth/role",
	    "role is missing", NULL);
	kit_refused(USERS("{" PLAIN ", 'role': 'role'}"), "/auth/admin",
	    "which role admins have", "admin");
	kit_refused(USERS("{" PLAIN ", 'role': 'role', 'admin': null}"),
	    "/auth/admin", "not null", NULL);
	kit_refused(USERS("{" PLAIN ", 'role': 'boss', 'admin': 'yes'}"),
	    "/auth/admin", "", NULL);
	kit_refused(USERS("{" PLAIN ", 'role': 'name', 'admin': 'root'}"),
	    "/auth/role", "cannot be the role", NULL);
	kit_refused(USERS("{" PLAIN ", 'role': '_hash', 'admin': 'root'}"),
	    "/auth/role", "cannot be the role", NULL);
	kit_refused(FILE("{" PLAIN ", 'role': 'role_id', 'admin': 1}",
	    ID ", " NAME ", " HASH ", 'role_id': {'type': 'integer', "
	    "'references': 'u.id'}", ""), "/auth/role", "a foreign key", NULL);
	kit_refused(FILE("{" PLAIN ", 'role': 'roles', 'admin': ['root']}",
	    ID ", " NAME ", " HASH ", 'roles': {'type': 'text[]'}", ""),
	    "/auth/role", "no", NULL);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(users_are_rows_of_a_model),
		cmocka_unit_test(without_auth_there_are_no_users),
		cmocka_unit_test(a_role_says_who_is_admin),
		cmocka_unit_test(a_model_names_its_password),
		cmocka_unit_test(auth_names_what_is_there),
		cmocka_unit_test(logins_tell_users_apart),
		cmocka_unit_test(hashes_are_kept_where_nobody_sees_them),
		cmocka_unit_test(roles_are_plain_values),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
