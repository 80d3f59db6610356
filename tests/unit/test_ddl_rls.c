/*
 * Rules as row-level security: what policies say of each right, how an owner
 * some steps away is found, and whom it is all for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ddl.h"
#include "model_kit.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"
#define USER	"'user_id': {'type': 'integer', 'references': 'users.id'}"
#define CLASS	"(SELECT current_setting('ormd.class', true))"
#define CALLER	"(SELECT nullif(current_setting('ormd.user', true), "	\
		"'')::integer)"

/* Users, posts that are theirs, notes that are the posts' owners', links. */
static const char	forum[] =
    "{'ormd': 1, 'auth': {'model': 'User', 'login': 'name', 'password': "
    "'_hash'}, 'models': {"
    "'User': {'table': 'users', 'columns': {" ID ", 'name': {'type': 'text', "
    "'unique': true}, '_hash': {'type': 'text'}}, 'relationships': {'starred': "
    "{'target': 'Post', 'secondary': {'table': 'stars', 'local': ['user_id'], "
    "'remote': ['post_id']}, 'crosses_owners': true}}, 'access': {'owner': "
    "'self', 'read': ['anyone'], 'create': ['anyone'], 'update': ['owner']}},"
    "'Post': {'table': 'posts', 'columns': {" ID ", " USER "}, "
    "'relationships': {'user': {'target': 'User'}, 'tags': {'target': 'Tag', "
    "'secondary': {'table': 'post_tags', 'local': ['post_id'], 'remote': "
    "['tag_id']}}}, 'access': {'owner': 'user', 'read': ['user'], 'create': "
    "['owner'], 'update': ['owner'], 'delete': ['owner', 'admin']}},"
    "'Note': {'table': 'notes', 'columns': {" ID ", 'post_id': {'type': "
    "'integer', 'references': 'posts.id'}}, 'relationships': {'post': "
    "{'target': 'Post'}}, 'access': {'owner': 'post.user', 'read': "
    "['owner']}},"
    "'Tag': {'table': 'tags', 'columns': {" ID "}, 'access': {'read': "
    "['anyone'], 'update': ['user']}}}, 'tables': {'stars': {'columns': {"
    "'user_id': {'type': 'integer', 'references': 'users.id', 'primary_key': "
    "true}, 'post_id': {'type': 'integer', 'references': 'posts.id', "
    "'primary_key': true}}}, "
    "'post_tags': {'columns': {'post_id': {'type': "
    "'integer', 'references': 'posts.id', 'primary_key': true}, 'tag_id': "
    "{'type': 'integer', 'references': 'tags.id', 'primary_key': true}}}}}";

/* The caller frees the text. */
static char *
rls(const char *role)
{
	struct registry	*r = kit_load(forum);
	struct buf	 b;

	buf_init(&b, 0);
	ddl_rls_write(r, role, &b);
	buf_putc(&b, '\0');
	assert_false(b.broken);
	registry_free(r);
	return b.p;
}

static void
has(const char *sql, const char *words)
{
	if (strstr(sql, words) == NULL)
		fail_msg("no %s in\n%s", words, sql);
}

static void
each_right_has_its_policy(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "ALTER TABLE users ENABLE ROW LEVEL SECURITY;\n");
	has(sql, "CREATE POLICY ormd_read ON users FOR SELECT TO ormd\n"
	    "    USING (" CLASS " <> '');\n");
	has(sql, "CREATE POLICY ormd_delete ON users FOR DELETE TO ormd\n"
	    "    USING (" CLASS " IN ('admin'));\n");
	has(sql, "CREATE POLICY ormd_read ON posts FOR SELECT TO ormd\n"
	    "    USING (" CLASS " IN ('admin', 'rules', 'user'));\n");
	has(sql, "CREATE POLICY ormd_delete ON posts FOR DELETE TO ormd\n"
	    "    USING (" CLASS " IN ('admin')\n        OR user_id = " CALLER
	    ");\n");
	/* What rules look at may be locked, and nothing else. */
	has(sql, "CREATE POLICY ormd_update ON users FOR UPDATE TO ormd\n"
	    "    USING (" CLASS " IN ('admin', 'rules')\n        OR id = "
	    CALLER ")\n    WITH CHECK (" CLASS " IS DISTINCT FROM 'rules' AND ("
	    CLASS " IN ('admin')\n        OR id = " CALLER "));\n");
	free(sql);
}

static void
ormds_own_tables_are_nobodys(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "ALTER TABLE ormd.idempotency ENABLE ROW LEVEL SECURITY;\n");
	has(sql, "CREATE POLICY ormd_all ON ormd.token TO ormd\n"
	    "    USING (" CLASS " = 'admin');\n");
	has(sql, "CREATE POLICY ormd_all ON ormd.seal TO ormd\n"
	    "    USING (" CLASS " = 'admin');\n");
	has(sql, "GRANT SELECT ON ormd.seal TO ormd;\n");
	free(sql);
}

static void
a_new_row_is_its_makers(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "CREATE POLICY ormd_create ON posts FOR INSERT TO ormd\n"
	    "    WITH CHECK ((" CLASS " IN ('admin')\n        OR user_id = "
	    CALLER ")\n        AND (" CLASS " = 'admin' OR user_id IS NOT "
	    "DISTINCT FROM\n            " CALLER "));\n");
	free(sql);
}

static void
an_owner_some_steps_away_is_asked_of_a_function(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "CREATE OR REPLACE FUNCTION ormd.owner_2_notes(integer) "
	    "RETURNS integer\n    LANGUAGE sql STABLE SECURITY DEFINER SET "
	    "search_path FROM CURRENT\nAS $ormd$\n    SELECT o1.user_id\n"
	    "        FROM posts AS o1\n        WHERE o1.id = $1\n$ormd$;\n"
	    "REVOKE ALL ON FUNCTION ormd.owner_2_notes(integer) "
	    "FROM PUBLIC;\n");
	has(sql, "ON notes FOR SELECT TO ormd\n    USING (" CLASS " IN "
	    "('admin', 'rules')\n        OR ormd.owner_2_notes(post_id) = "
	    CALLER ");\n");
	free(sql);
}

static void
links_are_seen_with_both_ends(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "CREATE POLICY ormd_read ON post_tags FOR SELECT TO ormd\n"
	    "    USING (" CLASS " IN ('admin', 'rules')\n        OR (" CLASS
	    " <> ''\n        AND EXISTS (SELECT FROM posts AS e WHERE e.id = "
	    "post_tags.post_id)));\n");
	free(sql);
}

static void
links_are_made_by_who_may_update_both_ends(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "CREATE OR REPLACE FUNCTION ormd.end_5_0_post_tags(integer) "
	    "RETURNS integer\n    LANGUAGE sql STABLE SECURITY DEFINER SET "
	    "search_path FROM CURRENT\nAS $ormd$\n    SELECT user_id\n"
	    "        FROM posts WHERE id = $1\n$ormd$;\n");
	has(sql, "CREATE POLICY ormd_create ON post_tags FOR INSERT TO ormd\n"
	    "    WITH CHECK (" CLASS " = 'admin'\n        OR (" CLASS
	    " IN ('admin', 'anyone', 'user')\n"
	    "        AND (ormd.end_5_0_post_tags(post_id) = " CALLER ")\n"
	    "        AND (" CLASS " = 'user')));\n");
	free(sql);
}

static void
one_end_is_enough_where_links_cross_owners(void **state)
{
	char	*sql = rls("ormd");

	(void)state;
	has(sql, "CREATE POLICY ormd_delete ON stars FOR DELETE TO ormd\n"
	    "    USING (" CLASS " = 'admin'\n        OR (" CLASS
	    " IN ('admin', 'anyone', 'user')\n"
	    "        AND (ormd.end_4_0_stars(user_id) = " CALLER ")\n"
	    "        AND (ormd.end_4_1_stars(post_id) = " CALLER "))\n"
	    "        OR ormd.end_4_0_stars(user_id) = " CALLER ");\n");
	free(sql);
}

static void
the_role_has_a_name_of_any_kind(void **state)
{
	char	*sql = rls("the \"'role'\"");

	(void)state;
	has(sql, "WHERE rolname = 'the \"''role''\"') THEN\n"
	    "        CREATE ROLE \"the \"\"'role'\"\"\" LOGIN NOSUPERUSER ");
	has(sql, "GRANT SELECT, INSERT, UPDATE, DELETE ON posts TO "
	    "\"the \"\"'role'\"\"\";\n");
	has(sql, "            '\"the \"\"''role''\"\"\"');\n");
	free(sql);
}

static void
a_full_buffer_is_broken(void **state)
{
	struct registry	*r = kit_load(forum);
	struct buf	 b;

	(void)state;
	buf_init(&b, 80);
	ddl_rls_write(r, "ormd", &b);
	assert_true(b.broken);
	buf_free(&b);
	registry_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_right_has_its_policy),
		cmocka_unit_test(ormds_own_tables_are_nobodys),
		cmocka_unit_test(a_new_row_is_its_makers),
		cmocka_unit_test(
		    an_owner_some_steps_away_is_asked_of_a_function),
		cmocka_unit_test(links_are_seen_with_both_ends),
		cmocka_unit_test(links_are_made_by_who_may_update_both_ends),
		cmocka_unit_test(one_end_is_enough_where_links_cross_owners),
		cmocka_unit_test(the_role_has_a_name_of_any_kind),
		cmocka_unit_test(a_full_buffer_is_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
