/*
 * "access" of a model, and whom attributes are hidden from: what the words
 * mean for each class of callers, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"
#define AUTH	"'auth': {'model': 'User', 'login': 'name', "	\
	"'password': '_hash', 'role': 'role', 'admin': 'root'}"
#define USER(rest)							\
	"'User': {'table': 'u', 'columns': {" ID ", "			\
	"'name': {'type': 'text', 'unique': true}, "			\
	"'role': {'type': 'text'}, '_hash': {'type': 'text'}}, "	\
	"'relationships': {'posts': {'target': 'Post', "		\
	"'back_populates': 'user'}}" rest "}"
#define POST(rest)							\
	"'Post': {'table': 'p', 'columns': {" ID ", "			\
	"'text': {'type': 'text'}, "					\
	"'user_id': {'type': 'integer', 'references': 'u.id'}}, "	\
	"'relationships': {'user': {'target': 'User', "			\
	"'back_populates': 'posts'}, 'notes': {'target': 'Note', "	\
	"'back_populates': 'post'}}" rest "}"
#define NOTE(columns, post, rest)					\
	"'Note': {'table': 'n', 'columns': {" ID ", "			\
	"'post_id': {'type': 'integer', 'references': 'p.id'}" columns	\
	"}, 'relationships': {'post': {'target': 'Post', "		\
	"'back_populates': 'notes'" post "}}" rest "}"
#define MODELS(user, post, columns, relation, note)			\
	"'models': {" USER(user) ", " POST(post) ", "			\
	NOTE(columns, relation, note) "}"
#define FILE(user, post, columns, relation, note)			\
	"{'ormd': 1, " AUTH ", " MODELS(user, post, columns, relation,	\
	note) "}"
#define RULES(access)	", 'access': {" access "}"

static void
assert_rights(const struct registry *r, const char *model,
    enum access_op op, enum access_right user, enum access_right anyone)
{
	const struct access	*a = &registry_model(r, model)->access;

	assert_int_equal(a->rights[CLASS_ADMIN][op], RIGHT_ANY);
	assert_int_equal(a->rights[CLASS_USER][op], user);
	assert_int_equal(a->rights[CLASS_ANYONE][op], anyone);
}

static void
principals_are_rights_of_classes(void **state)
{
	struct registry	*r = kit_load(FILE(RULES("'owner': 'self', "
	    "'read': ['user'], 'create': ['anyone'], "
	    "'update': ['owner', 'admin'], 'delete': ['admin']"), "", "", "",
	    ""));
	const struct access	*a = &registry_model(r, "User")->access;

	(void)state;
	assert_rights(r, "User", ACCESS_READ, RIGHT_ANY, RIGHT_NONE);
	assert_rights(r, "User", ACCESS_CREATE, RIGHT_ANY, RIGHT_ANY);
	assert_rights(r, "User", ACCESS_UPDATE, RIGHT_OWN, RIGHT_NONE);
	assert_rights(r, "User", ACCESS_DELETE, RIGHT_NONE, RIGHT_NONE);
	assert_int_equal(a->principals[ACCESS_UPDATE],
	    PRINCIPAL_OWNER | PRINCIPAL_ADMIN);
	assert_true(a->is_owned);
	assert_int_equal(a->owner.n, 0);
	registry_free(r);
}

static void
without_access_a_model_is_for_admins(void **state)
{
	struct registry	*r = kit_load(FILE("", "", "", "", ""));
	int		 i;

	(void)state;
	for (i = 0; i < ACCESS_OPS; i++)
		assert_rights(r, "Post", (enum access_op)i, RIGHT_NONE,
		    RIGHT_NONE);
	assert_false(registry_model(r, "Post")->access.is_owned);
	registry_free(r);
}

static void
without_users_everybody_is_an_admin(void **state)
{
	struct registry	*r = kit_load("{'ormd': 1, " MODELS("", "", "", "",
			    "") "}");

	(void)state;
	assert_int_equal(registry_model(r, "Post")->access
	    .rights[CLASS_ADMIN][ACCESS_DELETE], RIGHT_ANY);
	registry_free(r);
}

static void
an_owner_is_some_steps_away(void **state)
{
	struct registry	*r = kit_load(FILE("",
	    RULES("'owner': 'user', 'read': ['owner']"), "", "",
	    RULES("'owner': 'post.user', 'read': ['owner', 'anyone'], "
	    "'create': []")));
	const struct access	*a = &registry_model(r, "Note")->access;

	(void)state;
	assert_int_equal(registry_model(r, "Post")->access.owner.n, 1);
	assert_int_equal(a->owner.n, 2);
	assert_ptr_equal(a->owner.v[0], kit_relationship(r, "Note", "post"));
	assert_ptr_equal(a->owner.v[1], kit_relationship(r, "Post", "user"));
	assert_rights(r, "Post", ACCESS_READ, RIGHT_OWN, RIGHT_NONE);
	assert_rights(r, "Note", ACCESS_READ, RIGHT_ANY, RIGHT_ANY);
	assert_rights(r, "Note", ACCESS_CREATE, RIGHT_NONE, RIGHT_NONE);
	registry_free(r);
}

static void
rules_name_what_is_there(void **state)
{
	(void)state;
	kit_refused(FILE("", "", "", "", RULES("'raed': ['user']")),
	    "/models/Note/access/raed", "unknown member",
	    "did you mean read?");
	kit_refused(FILE("", "", "", "", RULES("'read': 'user'")),
	    "/models/Note/access/read", "a list", "[\"user\"]");
	kit_refused(FILE("", "", "", "", RULES("'read': ['user', 'users']")),
	    "/models/Note/access/read/1", "users is no principal",
	    "anyone, user, owner or admin");
	kit_refused(FILE("", "", "", "", RULES("'read': ['owner']")),
	    "/models/Note/access/read", "nothing says who the owner is",
	    "\"self\"");
	kit_refused(FILE("", "", "", "", ", 'access': []"),
	    "/models/Note/access", "an object", NULL);
}

static void
an_owner_is_a_user(void **state)
{
	(void)state;
	kit_refused(FILE("", "", "", "", RULES("'owner': 'self'")),
	    "/models/Note/access/owner", "only a User is its own owner",
	    "relationship");
	kit_refused(FILE("", "", "", "", RULES("'owner': 'pots.user'")),
	    "/models/Note/access/owner", "Note has no attribute pots",
	    "did you mean post?");
	kit_refused(FILE("", "", "", "", RULES("'owner': 'post'")),
	    "/models/Note/access/owner", "leads to a Post and not to a User",
	    "a relationship of Post");
	kit_refused(FILE("", "", "", "", RULES("'owner': 'post_id'")),
	    "/models/Note/access/owner", "does not lead to one object",
	    "many-to-one");
	kit_refused(FILE(RULES("'owner': 'posts.user'"), "", "", "", ""),
	    "/models/User/access/owner", "does not lead to one object",
	    "many-to-one");
}

static void
rules_need_users(void **state)
{
	(void)state;
	kit_refused("{'ormd': 1, " MODELS("", "", "", "",
	    RULES("'read': ['anyone']")) "}", "/models/Note/access",
	    "without users", "\"auth\"");
	kit_refused("{'ormd': 1, " MODELS("", "",
	    ", 'x': {'type': 'text', 'hidden_from': ['user']}", "", "") "}",
	    "/models/Note/columns/x/hidden_from", "without users", "\"auth\"");
	kit_refused("{'ormd': 1, " MODELS("", "",
	    ", 'x': {'type': 'text', 'read_only': ['user']}", "", "") "}",
	    "/models/Note/columns/x/read_only", "without users", "\"auth\"");
}

static void
what_is_not_seen_cannot_be_changed(void **state)
{
	struct registry	*r = kit_load(FILE("", RULES("'owner': 'user', "
	    "'read': ['owner'], 'update': ['owner'], 'delete': ['user']"), "",
	    "", ""));

	(void)state;
	assert_int_equal(r->warnings.n, 1);
	assert_string_equal(r->warnings.v[0]->path,
	    "/models/Post/access/delete");
	assert_non_null(strstr(r->warnings.v[0]->text, "more rows than read"));
	registry_free(r);
}

static void
assert_bits(const struct registry *r, const char *name, unsigned hidden,
    unsigned frozen)
{
	const struct attribute	*a = model_attribute(registry_model(r, "Note"),
				    name);

	assert_non_null(a);
	assert_int_equal(a->hidden_from, hidden);
	assert_int_equal(a->frozen_for, frozen);
}

static void
attributes_are_hidden_from_classes(void **state)
{
	const unsigned	 both = 1 << CLASS_USER | 1 << CLASS_ANYONE;
	struct registry	*r = kit_load(FILE("", "",
	    ", 'a': {'type': 'text', 'hidden_from': ['user']}, "
	    "'b': {'type': 'text', 'hidden_from': ['anyone']}, "
	    "'c': {'type': 'text', 'read_only': ['user', 'anyone']}, "
	    "'d': {'type': 'text', 'read_only': true}",
	    ", 'hidden_from': ['anyone'], 'read_only': ['user']", ""));

	(void)state;
	assert_bits(r, "a", both, 0);
	assert_bits(r, "b", 1 << CLASS_ANYONE, 0);
	assert_bits(r, "c", 0, both);
	assert_bits(r, "d", 0, both | 1 << CLASS_ADMIN);
	assert_bits(r, "post", 1 << CLASS_ANYONE, both);
	assert_bits(r, "post_id", 0, 0);
	registry_free(r);
	kit_refused(FILE("", "", ", 'x': {'type': 'text', "
	    "'hidden_from': ['owner']}", "", ""),
	    "/models/Note/columns/x/hidden_from/0", "cannot name the owner",
	    "anyone or user");
	kit_refused("{'ormd': 1, " AUTH ", 'models': {" USER("") ", "
	    POST("") ", 'Note': {'table': 'n', 'columns': {'id': {'type': "
	    "'integer', 'primary_key': true, 'hidden_from': ['user']}, "
	    "'post_id': {'type': 'integer', 'references': 'p.id'}}, "
	    "'relationships': {'post': {'target': 'Post', 'back_populates': "
	    "'notes'}}}}}", "/models/Note/columns/id/hidden_from",
	    "part of the key", NULL);
}

static void
a_proxy_shows_no_more_than_its_way(void **state)
{
	const unsigned	 both = 1 << CLASS_USER | 1 << CLASS_ANYONE;
	struct registry	*r = kit_load(FILE(", 'association_proxies': {"
	    "'texts': {'through': 'posts', 'attribute': 'text'}, "
	    "'firsts': {'through': 'posts', 'attribute': 'author'}}",
	    ", 'association_proxies': {'author': {'through': 'user', "
	    "'attribute': 'name', 'hidden_from': ['anyone'], "
	    "'read_only': true}}", "", "", ""));
	const struct model	*m = registry_model(r, "User");

	(void)state;
	assert_int_equal(model_attribute(m, "texts")->hidden_from, 0);
	assert_int_equal(model_attribute(m, "firsts")->hidden_from,
	    1 << CLASS_ANYONE);
	assert_int_equal(model_attribute(m, "firsts")->frozen_for,
	    both | 1 << CLASS_ADMIN);
	registry_free(r);
}

static void
users_cannot_write_their_role(void **state)
{
	struct registry	*r = kit_load(FILE("", "", "", "", ""));

	(void)state;
	assert_int_equal(model_attribute(registry_model(r, "User"),
	    "role")->frozen_for, 1 << CLASS_USER | 1 << CLASS_ANYONE);
	assert_int_equal(model_attribute(registry_model(r, "User"),
	    "name")->frozen_for, 0);
	registry_free(r);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(principals_are_rights_of_classes),
		cmocka_unit_test(without_access_a_model_is_for_admins),
		cmocka_unit_test(without_users_everybody_is_an_admin),
		cmocka_unit_test(an_owner_is_some_steps_away),
		cmocka_unit_test(rules_name_what_is_there),
		cmocka_unit_test(an_owner_is_a_user),
		cmocka_unit_test(rules_need_users),
		cmocka_unit_test(what_is_not_seen_cannot_be_changed),
		cmocka_unit_test(attributes_are_hidden_from_classes),
		cmocka_unit_test(a_proxy_shows_no_more_than_its_way),
		cmocka_unit_test(users_cannot_write_their_role),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
