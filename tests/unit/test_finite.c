/*
 * Rules without end, found in the shapes; and the warnings about models.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serialize_kit.h"

#define RULES_OF(text)	",\"serialize_rules\":[" text "]"

/* The article's models, each with the rules that a test gives. */
#define ARTICLE(user, session, subject)					\
    "{\"ormd\":1,\"models\":{"						\
    "\"Meditation\":{\"table\":\"meditations\",\"columns\":{"		\
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"		\
    "\"title\":{\"type\":\"text\"}},"					\
    "\"relationships\":{\"meditation_sessions\":{"			\
    "\"target\":\"MeditationSession\","				\
    "\"back_populates\":\"meditation\"}},"				\
    "\"association_proxies\":{\"users\":{"				\
    "\"through\":\"meditation_sessions\",\"attribute\":\"user\"}}"	\
    subject "},"							\
    "\"User\":{\"table\":\"users\",\"columns\":{"			\
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"		\
    "\"username\":{\"type\":\"text\"}},"				\
    "\"relationships\":{\"meditation_sessions\":{"			\
    "\"target\":\"MeditationSession\",\"back_populates\":\"user\"}},"	\
    "\"association_proxies\":{\"meditations\":{"			\
    "\"through\":\"meditation_sessions\","				\
    "\"attribute\":\"meditation\"},"					\
    "\"selves\":{\"through\":\"meditation_sessions\","			\
    "\"attribute\":\"user\"}}" user "},"				\
    "\"MeditationSession\":{\"table\":\"meditation_sessions\","	\
    "\"columns\":{\"id\":{\"type\":\"integer\",\"primary_key\":true},"	\
    "\"rating\":{\"type\":\"integer\"},"				\
    "\"user_id\":{\"type\":\"integer\",\"references\":\"users.id\"},"	\
    "\"meditation_id\":{\"type\":\"integer\","				\
    "\"references\":\"meditations.id\"}},"				\
    "\"relationships\":{\"user\":{\"target\":\"User\","		\
    "\"back_populates\":\"meditation_sessions\"},"			\
    "\"meditation\":{\"target\":\"Meditation\","			\
    "\"back_populates\":\"meditation_sessions\"}}" session "}}}"

#define USER_RULES							\
    RULES_OF("\"-meditations.users\",\"-meditation_sessions.user\"")
#define SESSION_RULES							\
    RULES_OF("\"-meditation.meditation_sessions\","			\
    "\"-user.meditation_sessions\"")
#define SUBJECT_RULES							\
    RULES_OF("\"-users.meditations\",\"-meditation_sessions.meditation\"")

static const char article[] = ARTICLE(USER_RULES, SESSION_RULES,
    SUBJECT_RULES);
static const char bare[] = ARTICLE("", "", "");

static void
prints(const char *model, const char *name, const char *const *rules,
    const char *const *only)
{
	struct kit	k;
	struct error	err;

	kit_open(&k, model, NULL);
	if (kit_shape(&k, name, rules, only, &err) == NULL)
		fail_msg("%s: %s", err.message, err.detail);
	kit_close(&k);
}

static void
is_endless(const char *model, const char *name, const char *const *rules,
    const char *const *only, const char *cycle, const char *hint)
{
	struct kit	k;
	struct error	err;

	kit_open(&k, model, NULL);
	assert_null(kit_shape(&k, name, rules, only, &err));
	assert_int_equal(err.kind, ERROR_ENDLESS_RULES);
	assert_string_equal(err.detail, cycle);
	assert_string_equal(err.hint, hint);
	assert_non_null(strstr(err.message, err.model));
	kit_close(&k);
}

static void
the_articles_rules_end(void **state)
{
	(void)state;
	prints(article, "User", NULL, NULL);
	prints(article, "Meditation", NULL, NULL);
	prints(article, "MeditationSession", NULL, NULL);
	/* The proxies' objects bring their own sessions. */
	prints(article, "User", RULES("meditations"), NULL);
}

static void
there_and_back_is_endless(void **state)
{
	(void)state;
	is_endless(bare, "User", NULL, NULL,
	    "User.meditation_sessions -> MeditationSession.user -> User",
	    "it would end with the rules \"-meditation_sessions.user\", "
	    "\"-meditation_sessions.meditation.meditation_sessions\"");
}

static void
rules_or_only_make_it_end(void **state)
{
	(void)state;
	prints(bare, "User", RULES("-meditation_sessions"), NULL);
	prints(bare, "User", NULL, RULES("meditation_sessions.user.username"));
	prints(bare, "User", RULES("-meditation_sessions.user",
	    "-meditation_sessions.meditation"), NULL);
}

static void
a_request_can_make_it_endless(void **state)
{
	static const char	text[] =
	    ARTICLE(RULES_OF("\"-meditation_sessions\""), "", "");

	(void)state;
	prints(text, "User", NULL, NULL);
	is_endless(text, "User", RULES("meditation_sessions"), NULL,
	    "MeditationSession.meditation -> Meditation.meditation_sessions "
	    "-> MeditationSession",
	    "it would end with the rules "
	    "\"-meditation_sessions.meditation.meditation_sessions\"");
	/* The rules of the objects on the way still hold. */
	prints(article, "User", RULES("meditation_sessions.user"), NULL);
}

static void
proxies_are_followed(void **state)
{
	(void)state;
	/* The proxy of one model, then the proxy of the other, for ever. */
	is_endless(ARTICLE(RULES_OF("\"meditations\","
	    "\"-meditation_sessions\""), "", RULES_OF("\"users\","
	    "\"-meditation_sessions\"")), "User", NULL, NULL,
	    "User.meditations -> Meditation.users -> User",
	    "it would end with the rules \"-meditations.users\"");
	/* A proxy that comes back to its owner in one hop. */
	is_endless(ARTICLE(RULES_OF("\"selves\",\"-meditation_sessions\""),
	    "", ""), "User", NULL, NULL, "User.selves -> User",
	    "it would end with the rules \"-selves\"");
}

#define NODE(relationships, rules)					\
    "{\"ormd\":1,\"models\":{\"Node\":{\"table\":\"nodes\",\"columns\":{" \
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"		\
    "\"parent_id\":{\"type\":\"integer\",\"references\":\"nodes.id\"}}," \
    "\"relationships\":{" relationships "}" rules "}}}"

static void
a_tree_one_way_ends_with_the_data(void **state)
{
	static const char	one[] = NODE("\"children\":{\"target\":"
				    "\"Node\"}", "");
	struct kit		k;
	struct error		err;
	const struct shape	*shape;

	(void)state;
	kit_open(&k, one, NULL);
	shape = kit_shape(&k, "Node", NULL, NULL, &err);
	assert_non_null(shape);
	assert_true(shape->recursive);
	kit_close(&k);
}

#define CHILDREN	"\"children\":{\"target\":\"Node\","		\
			"\"back_populates\":\"parent\"},"
#define PARENT		"\"parent\":{\"target\":\"Node\","		\
			"\"back_populates\":\"children\","		\
			"\"remote_side\":[\"id\"]}"

static void
a_tree_both_ways_is_endless(void **state)
{
	(void)state;
	is_endless(NODE(CHILDREN PARENT, ""), "Node", NULL, NULL,
	    "Node.children -> Node.parent -> Node",
	    "add \"-children.parent\" to the serialize_rules of Node, or ask "
	    "with only");
	prints(NODE(CHILDREN PARENT, RULES_OF("\"-children.parent\","
	    "\"-parent.children\"")), "Node", NULL, NULL);
}

static void
partners_that_are_not_named_are_partners(void **state)
{
	(void)state;
	is_endless(NODE("\"children\":{\"target\":\"Node\"},"
	    "\"parent\":{\"target\":\"Node\",\"remote_side\":[\"id\"]}", ""),
	    "Node", NULL, NULL,
	    "Node.children -> Node.parent -> Node",
	    "add \"-children.parent\" to the serialize_rules of Node, or ask "
	    "with only");
}

static void
models_without_end_are_warned_of(void **state)
{
	struct kit	k;
	struct error	err;
	size_t		before;

	(void)state;
	kit_open(&k, article, NULL);
	before = k.registry->warnings.n;
	assert_int_equal(registry_check_rules(k.registry, &err), 0);
	assert_int_equal(k.registry->warnings.n, before);
	kit_close(&k);

	kit_open(&k, ARTICLE("", "", SUBJECT_RULES), NULL);
	before = k.registry->warnings.n;
	assert_int_equal(registry_check_rules(k.registry, &err), 0);
	assert_true(k.registry->warnings.n > before);
	kit_close(&k);

	kit_open(&k, bare, NULL);
	before = k.registry->warnings.n;
	assert_int_equal(registry_check_rules(k.registry, &err), 0);
	assert_int_equal(k.registry->warnings.n, before + 3);
	assert_string_equal(k.registry->warnings.v[before + 1]->path,
	    "/models/User/serialize_rules");
	assert_string_equal(k.registry->warnings.v[before + 1]->text,
	    "User would print without end: User.meditation_sessions -> "
	    "MeditationSession.user -> User");
	assert_string_equal(k.registry->warnings.v[before + 1]->hint,
	    "add \"-meditation_sessions.user\" to the serialize_rules of "
	    "User");
	kit_close(&k);
}

static void
a_models_positive_rule_must_name_something(void **state)
{
	struct registry	*r;
	struct error	 err;
	static const char text[] = ARTICLE(USER_RULES, SESSION_RULES,
	    RULES_OF("\"title\",\"users.nam\""));

	(void)state;
	/* Whoever looks first: the loader or registry_check_rules(). */
	r = registry_load(text, strlen(text), &err);
	if (r != NULL) {
		assert_int_equal(registry_check_rules(r, &err), -1);
		registry_free(r);
	}
	assert_string_equal(err.path, "/models/Meditation/serialize_rules/1");
}

/* ------------------------------------------ hints, on the random rules */

static size_t
add_strings(const char **to, size_t n, struct json_object *params,
    const char *name)
{
	struct json_object	*list = json_object_object_get(params, name);
	size_t			 i;

	for (i = 0; i < json_object_array_length(list); i++)
		to[n++] = json_object_get_string(json_object_array_get_idx(
		    list, i));
	to[n] = NULL;
	return n;
}

/* Whether the hint's rules are there; if so they have to work. */
static bool
try_hint(struct kit *k, struct json_object *params)
{
	static const char	 opening[] = "it would end with the rules ";
	const char		*rules[64], *only[64], *model;
	char			*word, *rest;
	struct error		 err;
	size_t			 n;

	n = add_strings(rules, 0, params, "rules");
	add_strings(only, 0, params, "only");
	model = json_object_get_string(json_object_object_get(params,
	    "model"));
	if (kit_shape(k, model, rules, only, &err) != NULL)
		return false;
	assert_int_equal(err.kind, ERROR_ENDLESS_RULES);
	if (strncmp(err.hint, opening, strlen(opening)) != 0)
		return false;
	rest = err.hint + strlen(opening);
	while ((word = strtok_r(rest, "\", ", &rest)) != NULL)
		rules[n++] = arena_strdup(&k->arena, word);
	rules[n] = NULL;
	if (kit_shape(k, model, rules, only, &err) == NULL)
		fail_msg("%s with rules of the hint: %s", model, err.detail);
	return true;
}

static void
the_rules_of_a_hint_work(void **state)
{
	char			*text = kit_file("conformance/serializer.json");
	struct json_object	*file = json_tokener_parse(text), *groups;
	struct json_object	*group, *cases;
	struct kit		 k;
	size_t			 g, i, tried = 0;

	(void)state;
	groups = json_object_object_get(file, "groups");
	for (g = 0; g < json_object_array_length(groups); g++) {
		group = json_object_array_get_idx(groups, g);
		kit_open(&k, json_object_to_json_string(json_object_object_get(
		    group, "model")), NULL);
		cases = json_object_object_get(group, "cases");
		for (i = 0; i < json_object_array_length(cases); i++)
			tried += try_hint(&k, json_object_object_get(
			    json_object_array_get_idx(cases, i), "params"));
		kit_close(&k);
	}
	assert_true(tried > 50);
	json_object_put(file);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(the_articles_rules_end),
		cmocka_unit_test(there_and_back_is_endless),
		cmocka_unit_test(rules_or_only_make_it_end),
		cmocka_unit_test(a_request_can_make_it_endless),
		cmocka_unit_test(proxies_are_followed),
		cmocka_unit_test(a_tree_one_way_ends_with_the_data),
		cmocka_unit_test(a_tree_both_ways_is_endless),
		cmocka_unit_test(partners_that_are_not_named_are_partners),
		cmocka_unit_test(models_without_end_are_warned_of),
		cmocka_unit_test(a_models_positive_rule_must_name_something),
		cmocka_unit_test(the_rules_of_a_hint_work),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("finite", tests, NULL, NULL);
}
