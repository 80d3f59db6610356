/*
 * Rule trees by themselves, and what shapes rules make of a model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter.h"
#include "serialize_kit.h"
#include "tree.h"

/* A shop with items with parts and owners, and something to hide. */
static const char shop_model[] =
    "{\"ormd\":1,\"models\":{"
    "\"Shop\":{\"table\":\"shops\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"name\":{\"type\":\"text\"},"
    "\"_secret\":{\"type\":\"text\"},"
    "\"key\":{\"type\":\"text\",\"write_only\":true}},"
    "\"relationships\":{\"items\":{\"target\":\"Item\","
    "\"back_populates\":\"shop\"}},"
    "\"association_proxies\":{"
    "\"item_names\":{\"through\":\"items\",\"attribute\":\"name\"},"
    "\"item_keys\":{\"through\":\"items\",\"attribute\":\"key\"},"
    "\"shop_names\":{\"through\":\"items\",\"attribute\":\"shop_name\"},"
    "\"owners\":{\"through\":\"items\",\"attribute\":\"owner\"}},"
    "\"serialize_rules\":[\"-items.shop\"]},"
    "\"Item\":{\"table\":\"items\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"name\":{\"type\":\"text\"},"
    "\"key\":{\"type\":\"text\",\"write_only\":true},"
    "\"meta\":{\"type\":\"jsonb\"},"
    "\"shop_id\":{\"type\":\"integer\",\"references\":\"shops.id\"},"
    "\"owner_id\":{\"type\":\"integer\",\"references\":\"owners.id\"}},"
    "\"relationships\":{\"owner\":{\"target\":\"Owner\"},"
    "\"shop\":{\"target\":\"Shop\",\"back_populates\":\"items\"},"
    "\"parts\":{\"target\":\"Part\",\"back_populates\":\"item\"}},"
    "\"association_proxies\":{"
    "\"shop_name\":{\"through\":\"shop\",\"attribute\":\"name\"}},"
    "\"serialize_rules\":[\"-shop.items\",\"-parts.item\"]},"
    "\"Owner\":{\"table\":\"owners\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"name\":{\"type\":\"text\"}}},"
    "\"Part\":{\"table\":\"parts\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"name\":{\"type\":\"text\"},"
    "\"item_id\":{\"type\":\"integer\",\"references\":\"items.id\"}},"
    "\"relationships\":{"
    "\"item\":{\"target\":\"Item\",\"back_populates\":\"parts\"}},"
    "\"serialize_proxies\":true,"
    "\"association_proxies\":{"
    "\"shop\":{\"through\":\"item\",\"attribute\":\"shop\"}},"
    "\"serialize_rules\":[\"-item.parts\",\"-shop.items\"]}}}";

static const char node_model[] =
    "{\"ormd\":1,\"models\":{\"Node\":{\"table\":\"nodes\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"parent_id\":{\"type\":\"integer\",\"references\":\"nodes.id\"}},"
    "\"relationships\":{\"children\":{\"target\":\"Node\","
    "\"back_populates\":\"parent\"},\"parent\":{\"target\":\"Node\","
    "\"back_populates\":\"children\",\"remote_side\":[\"id\"]}},"
    "\"serialize_rules\":[\"-children.parent\",\"-parent.children\"]}}}";

/* ------------------------------------------------------ trees alone */

/* A tree in words: key, + included, - excluded, ! strict, (children). */
static void
tree_words(struct buf *b, const struct rule_node *node)
{
	const struct rule_node	*child;

	if (node->key != NULL)
		buf_puts(b, node->key);
	if (node->include)
		buf_putc(b, '+');
	if (node->exclude)
		buf_putc(b, '-');
	if (!node->greedy)
		buf_putc(b, '!');
	if (node->children == NULL)
		return;
	buf_putc(b, '(');
	for (child = node->children; child != NULL; child = child->next) {
		if (child != node->children)
			buf_putc(b, ' ');
		tree_words(b, child);
	}
	buf_putc(b, ')');
}

/* Applies up to three batches; a batch that begins with "only" is strict. */
static void
tree_is(const char *const *one, const char *const *two,
    const char *const *three, const char *expected)
{
	const char *const	*batches[] = { one, two, three };
	struct arena		 a;
	struct rule_node	*tree;
	struct buf		 b;
	size_t			 i, n;
	bool			 strict;

	arena_init(&a, 0);
	buf_init(&b, 0);
	assert_non_null(tree = tree_make(&a));
	for (i = 0; i < 3 && batches[i] != NULL; i++) {
		strict = strcmp(batches[i][0], "only") == 0;
		for (n = 0; batches[i][n] != NULL; n++)
			;
		assert_int_equal(tree_apply(&a, tree, batches[i] + strict,
		    n - strict, strict), 0);
	}
	tree_words(&b, tree);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, expected);
	buf_free(&b);
	arena_release(&a);
}

static void
every_key_of_a_rule_is_marked(void **state)
{
	(void)state;
	tree_is(RULES("a.b.c"), NULL, NULL, "(a+(b+(c+)))");
	tree_is(RULES("-a.b"), NULL, NULL, "(a-(b-))");
	tree_is(RULES("b", "-a"), NULL, NULL, "(a- b+)");
}

static void
dashes_are_dropped(void **state)
{
	(void)state;
	tree_is(RULES("--a.-b", "c-d"), NULL, NULL, "(a-(b-) cd+)");
}

static void
only_makes_the_way_strict(void **state)
{
	(void)state;
	tree_is(RULES("only", "a.b", "c"), NULL, NULL, "!(a+!(b+) c+)");
	tree_is(RULES("only", "-a.b"), NULL, NULL, "!(a-(b-))");
}

static void
strictness_reaches_what_only_does_not_name(void **state)
{
	(void)state;
	tree_is(RULES("a.b.c", "d"), RULES("only", "e"), NULL,
	    "!(a+!(b+!(c+)) d+ e+)");
	tree_is(RULES("a.b"), RULES("only", "a.c"), NULL, "!(a+!(b+ c+))");
}

static void
the_first_word_wins(void **state)
{
	(void)state;
	/* Included: a later negative rule is dropped, at any depth. */
	tree_is(RULES("a"), RULES("-a"), NULL, "(a+)");
	/* Excluded: later rules through it or for it are dropped. */
	tree_is(RULES("-a"), RULES("a", "a.b", "-a.c"), NULL, "(a-)");
	/* Strict: takes nothing more, but its greedy children do. */
	tree_is(RULES("only", "a"), RULES("b", "c.d"), NULL,
	    "!(a+ c+(d+))");
}

static void
rules_of_one_batch_do_not_see_each_other(void **state)
{
	(void)state;
	tree_is(RULES("a", "-a"), NULL, NULL, "(a+-)");
	tree_is(RULES("-a", "a.b"), NULL, NULL, "(a+-(b+))");
}

static void
applying_a_batch_again_changes_nothing(void **state)
{
	const char *const	*batch = RULES("a.b", "-a", "-c.d", "c", "-e");
	const char *const	*only = RULES("only", "a.b", "f.g", "-h.i");

	(void)state;
	tree_is(batch, NULL, NULL, "(a+-(b+) c+-(d-) e-)");
	tree_is(batch, batch, batch, "(a+-(b+) c+-(d-) e-)");
	tree_is(only, only, NULL, "!(a+!(b+) f+!(g+) h-(i-))");
}

/* ------------------------------------------------------ json columns */

static void
filter_is(const char *const *only, const char *text, const char *expected)
{
	struct arena		 a;
	struct rule_node	*tree;
	struct buf		 b;
	size_t			 n = 0;

	arena_init(&a, 0);
	buf_init(&b, 0);
	tree = tree_make(&a);
	while (only[n] != NULL)
		n++;
	assert_int_equal(tree_apply(&a, tree, only, n, only[0][0] != '-'), 0);
	assert_int_equal(filter_write(&b, tree, text, strlen(text)),
	    expected == NULL ? -1 : 0);
	buf_putc(&b, '\0');
	if (expected != NULL)
		assert_string_equal(b.p, expected);
	buf_free(&b);
	arena_release(&a);
}

static void
rules_reach_into_json(void **state)
{
	static const char	text[] = "{\"a\": 1, \"b\": {\"c\": [2, "
				    "{\"d\": \"x, y\"}], \"e\": null}}";

	(void)state;
	filter_is(RULES("a"), text, "{\"a\":1}");
	filter_is(RULES("b.c"), text,
	    "{\"b\":{\"c\":[2,{\"d\":\"x, y\"}]}}");
	filter_is(RULES("b.c.z"), text, "{\"b\":{\"c\":[2,{}]}}");
	filter_is(RULES("-a", "-b.c"), text, "{\"b\":{\"e\":null}}");
	filter_is(RULES("z"), text, "{}");
	filter_is(RULES("a.x"), "[1, {\"a\": {\"x\":-1.50e+3,\"y\":2}}, [ ]]",
	    "[1,{\"a\":{\"x\":-1.50e+3}},[]]");
	filter_is(RULES("a"), " \"plain\" ", "\"plain\"");
}

static void
escaped_json_keys_are_read(void **state)
{
	(void)state;
	filter_is(RULES("a\"b"), "{\"a\\\"b\":1,\"a\\\\b\":2}",
	    "{\"a\\\"b\":1}");
	filter_is(RULES("\xc3\xa9", "\xf0\x9f\x98\x80"),
	    "{\"\\u00e9\":1,\"\\ud83d\\ude00\":2,\"\\u00ea\":3,"
	    "\"\xc3\xa9\":4}",
	    "{\"\\u00e9\":1,\"\\ud83d\\ude00\":2,\"\xc3\xa9\":4}");
	filter_is(RULES("-a"), "{\"\\u0061\":1,\"a\\u0000\":2,\"\\n\":3}",
	    "{\"a\\u0000\":2,\"\\n\":3}");
}

static void
broken_json_is_refused(void **state)
{
	static const char *const	texts[] = { "", "{", "{\"a\"",
	    "{\"a\":", "{\"a\":1", "{\"a\":\"", "{\"a\":\"\\", "[", "[1",
	    "{\"b\":[1}",
	    "{\"b\":}", "{a:1}", "}" };
	char				deep[4 * FILTER_DEPTH];
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		filter_is(RULES("a"), texts[i], NULL);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	filter_is(RULES("a"), deep, NULL);
}

/* ------------------------------------------------------ shapes */

/* The members of a shape: names, in order. */
static void
members_are(const struct shape *shape, const char *const *names)
{
	size_t	i;

	assert_non_null(shape);
	for (i = 0; i < shape->members.n && names[i] != NULL; i++)
		assert_string_equal(shape->members.v[i].attribute->name,
		    names[i]);
	assert_null(names[i]);
	assert_int_equal(i, shape->members.n);
}

static const struct shape_member *
member(const struct shape *shape, const char *name)
{
	size_t	i;

	for (i = 0; i < shape->members.n; i++)
		if (strcmp(shape->members.v[i].attribute->name, name) == 0)
			return &shape->members.v[i];
	fail_msg("no member %s", name);
	return NULL;
}

static void
compiled(const char *model, const char *const *rules, const char *const *only,
    const char *const *names)
{
	struct kit		 k;
	struct error		 err;
	const struct shape	*shape;

	kit_open(&k, shop_model, NULL);
	if ((shape = kit_shape(&k, model, rules, only, &err)) == NULL)
		fail_msg("%s: %s", err.message, err.detail);
	members_are(shape, names);
	kit_close(&k);
}

static void
the_default_is_columns_then_relationships(void **state)
{
	(void)state;
	compiled("Shop", NULL, NULL, RULES("id", "name", "items"));
	compiled("Item", NULL, NULL, RULES("id", "name", "meta", "shop_id",
	    "owner_id", "owner", "shop", "parts"));
}

static void
private_and_write_only_columns_are_in_no_shape(void **state)
{
	struct kit	k;
	struct error	err;

	(void)state;
	compiled("Shop", RULES("key", "item_keys"), NULL,
	    RULES("id", "name", "items"));
	compiled("Shop", NULL, RULES("key", "name", "item_keys"),
	    RULES("name"));
	kit_open(&k, shop_model, NULL);
	assert_null(kit_shape(&k, "Shop", NULL, RULES("_secret"), &err));
	assert_int_equal(err.kind, ERROR_UNKNOWN_FIELD);
	kit_close(&k);
}

static void
proxies_are_printed_when_named(void **state)
{
	(void)state;
	compiled("Shop", RULES("item_names", "-items"), NULL,
	    RULES("id", "name", "item_names"));
	compiled("Shop", NULL, RULES("owners.name"), RULES("owners"));
	compiled("Shop", RULES("-item_names.x"), NULL,
	    RULES("id", "name", "items"));
}

static void
serialize_proxies_prints_them_by_default(void **state)
{
	(void)state;
	compiled("Part", NULL, NULL, RULES("id", "name", "item_id", "item",
	    "shop"));
	compiled("Part", RULES("-shop"), NULL, RULES("id", "name", "item_id",
	    "item"));
}

static void
a_proxy_goes_by_its_association(void **state)
{
	struct kit			 k;
	struct error			 err;
	const struct shape		*shape;
	const struct shape_member	*m, *inner;

	(void)state;
	kit_open(&k, shop_model, NULL);
	shape = kit_shape(&k, "Shop", NULL, RULES("owners.name",
	    "shop_names"), &err);
	assert_non_null(shape);
	m = member(shape, "owners");
	assert_ptr_equal(m->via->model, kit_model(&k, "Item"));
	members_are(m->via, RULES("owner"));
	assert_ptr_equal(m->via->members.v[0].shape, m->shape);
	members_are(m->shape, RULES("name"));
	m = member(shape, "shop_names");
	assert_null(m->shape);
	members_are(m->via, RULES("shop_name"));
	inner = &m->via->members.v[0];
	assert_ptr_equal(inner->via->model, kit_model(&k, "Shop"));
	members_are(inner->via, RULES("name"));
	kit_close(&k);
}

static void
labels_hold_what_stands_before_the_value(void **state)
{
	struct kit		 k;
	struct error		 err;
	const struct shape	*shape;

	(void)state;
	kit_open(&k, shop_model, NULL);
	shape = kit_shape(&k, "Shop", NULL, RULES("id", "name"), &err);
	assert_non_null(shape);
	assert_int_equal(shape->members.v[0].nlabel, 6);
	assert_memory_equal(shape->members.v[0].label, "{\"id\":", 6);
	assert_int_equal(shape->members.v[1].nlabel, 8);
	assert_memory_equal(shape->members.v[1].label, ",\"name\":", 8);
	kit_close(&k);
}

static void
rules_into_json_become_a_filter(void **state)
{
	struct kit		 k;
	struct error		 err;
	const struct shape	*shape;

	(void)state;
	kit_open(&k, shop_model, NULL);
	shape = kit_shape(&k, "Item", RULES("meta.b", "name.x"), NULL, &err);
	assert_non_null(shape);
	assert_non_null(member(shape, "meta")->filter);
	assert_null(member(shape, "name")->filter);
	shape = kit_shape(&k, "Item", RULES("meta"), NULL, &err);
	assert_non_null(shape);
	assert_null(member(shape, "meta")->filter);
	kit_close(&k);
}

static void
equal_states_share_a_shape(void **state)
{
	struct kit		 k;
	struct error		 err;
	const struct shape	*shape, *owner;

	(void)state;
	kit_open(&k, shop_model, NULL);
	shape = kit_shape(&k, "Shop", NULL, RULES("items.owner.name",
	    "owners.name"), &err);
	assert_non_null(shape);
	owner = member(shape, "owners")->shape;
	assert_ptr_equal(member(member(shape, "items")->shape,
	    "owner")->shape, owner);
	assert_false(shape->recursive);
	kit_close(&k);
}

static void
a_tree_is_a_shape_that_leads_to_itself(void **state)
{
	struct kit		 k;
	struct error		 err;
	const struct shape	*shape, *below;

	(void)state;
	kit_open(&k, node_model, NULL);
	shape = kit_shape(&k, "Node", NULL, NULL, &err);
	assert_non_null(shape);
	members_are(shape, RULES("id", "parent_id", "children", "parent"));
	assert_false(shape->recursive);
	below = member(shape, "children")->shape;
	members_are(below, RULES("id", "parent_id", "children"));
	assert_true(below->recursive);
	assert_ptr_equal(member(below, "children")->shape, below);
	kit_close(&k);
}

static void
refused(const char *const *rules, const char *const *only,
    enum error_kind kind, const char *path, const char *hint)
{
	struct kit	k;
	struct error	err;

	kit_open(&k, shop_model, NULL);
	assert_null(kit_shape(&k, "Shop", rules, only, &err));
	assert_int_equal(err.kind, kind);
	assert_string_equal(err.path, path);
	if (hint != NULL)
		assert_string_equal(err.hint, hint);
	kit_close(&k);
}

static void
an_unknown_name_is_refused_where_it_stands(void **state)
{
	(void)state;
	refused(RULES("name", "naem"), NULL, ERROR_UNKNOWN_FIELD, "/rules/1",
	    "did you mean name?");
	refused(NULL, RULES("items.shop_ids"), ERROR_UNKNOWN_FIELD, "/only/0",
	    "did you mean shop_id?");
	refused(NULL, RULES("owners.nam"), ERROR_UNKNOWN_FIELD, "/only/0",
	    "did you mean name?");
	refused(RULES(""), NULL, ERROR_UNKNOWN_FIELD, "/rules/0", NULL);
	refused(RULES("items..name"), NULL, ERROR_UNKNOWN_FIELD, "/rules/0",
	    NULL);
	/* Also where an earlier rule has taken the way away. */
	refused(RULES("-items", "items.x"), NULL, ERROR_UNKNOWN_FIELD,
	    "/rules/1", NULL);
}

static void
an_unknown_name_in_a_negative_rule_is_ignored(void **state)
{
	(void)state;
	compiled("Shop", RULES("-nosuch", "-items.nosuch.x", "-"), NULL,
	    RULES("id", "name", "items"));
}

static void
what_follows_a_column_is_not_judged(void **state)
{
	(void)state;
	compiled("Shop", NULL, RULES("name.x.y"), RULES("name"));
	compiled("Shop", NULL, RULES("item_names.x"), RULES("item_names"));
	compiled("Item", NULL, RULES("meta.a.b"), RULES("meta"));
}

static void
too_many_rules_or_keys_are_refused(void **state)
{
	const char	*rules[RULES_MAX + 2];
	char		 rule[5 * (RULE_KEYS_MAX + 1) + 1] = "";
	size_t		 i;

	(void)state;
	for (i = 0; i <= RULES_MAX; i++)
		rules[i] = "name";
	rules[i] = NULL;
	refused(rules, NULL, ERROR_LIMIT, "/rules", NULL);
	refused(NULL, rules, ERROR_LIMIT, "/only", NULL);
	for (i = 0; i <= RULE_KEYS_MAX; i++)
		strcat(rule, i == 0 ? "-meta" : ".meta");
	refused(RULES(rule), NULL, ERROR_LIMIT, "/rules/0", NULL);
}

static void
too_many_shapes_are_refused(void **state)
{
	static char	 text[RULES_MAX][9 * RULE_KEYS_MAX + 1];
	const char	*rules[RULES_MAX + 1] = { 0 };
	struct kit	 k;
	struct error	 err;
	uint32_t	 bits = 1;
	int		 i, j;

	(void)state;
	for (i = 0; i < RULES_MAX; i++) {
		rules[i] = text[i];
		for (j = 0; j < RULE_KEYS_MAX; j++) {
			bits = bits * 1664525 + 1013904223;
			if (j > 0)
				strcat(text[i], ".");
			strcat(text[i], bits >> 31 ? "children" : "parent");
		}
	}
	kit_open(&k, node_model, NULL);
	assert_null(kit_shape(&k, "Node", NULL, rules, &err));
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "shapes"));
	kit_close(&k);
}

static void
little_memory_is_an_error(void **state)
{
	struct kit	k;
	struct error	err;
	size_t		limit;
	int		refusals = 0;

	(void)state;
	for (limit = 16; limit < 65536; limit += 64) {
		kit_open(&k, shop_model, NULL);
		arena_bound(&k.arena, limit);
		if (kit_shape(&k, "Shop", NULL, NULL, &err) != NULL) {
			kit_close(&k);
			break;
		}
		assert_int_equal(err.kind, ERROR_LIMIT);
		refusals++;
		kit_close(&k);
	}
	assert_true(refusals > 1);
	assert_true(limit < 65536);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(every_key_of_a_rule_is_marked),
		cmocka_unit_test(dashes_are_dropped),
		cmocka_unit_test(only_makes_the_way_strict),
		cmocka_unit_test(strictness_reaches_what_only_does_not_name),
		cmocka_unit_test(the_first_word_wins),
		cmocka_unit_test(rules_of_one_batch_do_not_see_each_other),
		cmocka_unit_test(applying_a_batch_again_changes_nothing),
		cmocka_unit_test(rules_reach_into_json),
		cmocka_unit_test(escaped_json_keys_are_read),
		cmocka_unit_test(broken_json_is_refused),
		cmocka_unit_test(the_default_is_columns_then_relationships),
		cmocka_unit_test(
		    private_and_write_only_columns_are_in_no_shape),
		cmocka_unit_test(proxies_are_printed_when_named),
		cmocka_unit_test(serialize_proxies_prints_them_by_default),
		cmocka_unit_test(a_proxy_goes_by_its_association),
		cmocka_unit_test(labels_hold_what_stands_before_the_value),
		cmocka_unit_test(rules_into_json_become_a_filter),
		cmocka_unit_test(equal_states_share_a_shape),
		cmocka_unit_test(a_tree_is_a_shape_that_leads_to_itself),
		cmocka_unit_test(an_unknown_name_is_refused_where_it_stands),
		cmocka_unit_test(
		    an_unknown_name_in_a_negative_rule_is_ignored),
		cmocka_unit_test(what_follows_a_column_is_not_judged),
		cmocka_unit_test(too_many_rules_or_keys_are_refused),
		cmocka_unit_test(too_many_shapes_are_refused),
		cmocka_unit_test(little_memory_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
