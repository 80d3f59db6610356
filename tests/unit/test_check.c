/*
 * Relationships, proxies, cascades and rules that are refused or warned of:
 * each at its place in the file, with a hint where one can be given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"

/* A parent and its children, with what each says beside its columns. */
#define FAMILY_FK(fk, parent, child)					\
	"'P': {'table': 'p', 'columns': {" ID ", '_pin': {'type': 'text'}, " \
	"'data': {'type': 'jsonb'}}" parent "}, "			\
	"'C': {'table': 'c', 'columns': {" ID ", 'note': {'type': 'text'}, " \
	"'p_id': {'type': 'integer', 'references': 'p.id'" fk "}}" child "}"
#define FAMILY(parent, child)	FAMILY_FK("", parent, child)
#define CHILDREN(options)						\
	", 'relationships': {'cs': {'target': 'C'" options "}}"
#define PARENT(options)							\
	", 'relationships': {'p': {'target': 'P'" options "}}"

/* Two sides of an association table. */
#define LINKED(secondary, options)					\
	"{'ormd': 1, 'tables': {'ab': {'columns': {'a_id': {'type': "	\
	"'integer', 'references': 'a.id'}, 'b_id': {'type': 'integer', " \
	"'references': 'b.id'}}}}, 'models': {'A': {'table': 'a', "	\
	"'columns': {" ID "}, 'relationships': {'bs': {'target': 'B', "	\
	"'secondary': " secondary options "}}}, 'B': {'table': 'b', "	\
	"'columns': {" ID "}}}}"
#define AB	"{'table': 'ab', 'local': ['a_id'], 'remote': ['b_id']}"

static void
relationships_lead_to_models(void **state)
{
	(void)state;
	kit_models_refused(FAMILY(", 'relationships': []", ""),
	    "/models/P/relationships", "an object", "for each");
	kit_models_refused(FAMILY(", 'relationships': {'cs': 'C'}", ""),
	    "/models/P/relationships/cs", "an object, not a string",
	    "{\"target\": \"C\"}");
	kit_models_refused(FAMILY(", 'relationships': {'cs': {}}", ""),
	    "/models/P/relationships/cs/target", "has no target", NULL);
	kit_models_refused(FAMILY(", 'relationships': {'cs': {'target': "
	    "'c'}}", ""), "/models/P/relationships/cs/target",
	    "no model c in this file", "did you mean");
	kit_models_refused(FAMILY(CHILDREN(", 'backpopulates': 'p'"), ""),
	    "/models/P/relationships/cs/backpopulates", "unknown member",
	    "did you mean back_populates?");
	kit_models_refused(FAMILY(", 'relationships': {'id': {'target': "
	    "'C'}}", ""), "/models/P/relationships/id",
	    "two attributes called id", NULL);
	kit_models_refused(FAMILY(", 'relationships': {'c.s': {'target': "
	    "'C'}}", ""), "/models/P/relationships/c.s", "cannot be called",
	    "no dot");
	kit_models_refused(FAMILY(CHILDREN(", 'collection': 'dict'"), ""),
	    "/models/P/relationships/cs/collection", "a list or a set",
	    NULL);
	kit_models_refused(FAMILY("", PARENT(", 'uselist': true")),
	    "/models/C/relationships/p/uselist", "many-to-one", NULL);
	kit_models_refused(FAMILY("", PARENT(", 'collection': 'set'")),
	    "/models/C/relationships/p/collection", "no collection", NULL);
	kit_models_refused(FAMILY(CHILDREN(", 'passive_deletes': 'some'"),
	    ""), "/models/P/relationships/cs/passive_deletes",
	    "true, false or", NULL);
	kit_models_refused(FAMILY(CHILDREN(", 'viewonly': 'yes'"), ""),
	    "/models/P/relationships/cs/viewonly", "true or false", NULL);
}

static void
a_foreign_key_is_needed_and_only_one(void **state)
{
	(void)state;
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID "}, "
	    "'relationships': {'bs': {'target': 'B'}}}, 'B': {'table': 'b', "
	    "'columns': {" ID "}}", "/models/A/relationships/bs",
	    "no foreign key leads from a to b or back",
	    "\"references\": \"b.id\"");
	kit_models_refused("'U': {'table': 'u', 'columns': {" ID "}, "
	    "'relationships': {'ms': {'target': 'M'}}}, 'M': {'table': 'm', "
	    "'columns': {" ID ", 'from_id': {'type': 'integer', 'references':"
	    " 'u.id'}, 'to_id': {'type': 'integer', 'references': 'u.id'}}}",
	    "/models/U/relationships/ms", "several foreign keys",
	    "\"foreign_keys\": [\"m.from_id\"] or [\"m.to_id\"]");
	kit_models_refused(FAMILY(CHILDREN(", 'foreign_keys': ['c.id']"), ""),
	    "/models/P/relationships/cs/foreign_keys", "no such foreign key",
	    "references");
	kit_models_refused(FAMILY(CHILDREN(", 'foreign_keys': ['c.p_idd']"),
	    ""), "/models/P/relationships/cs/foreign_keys/0",
	    "has no column p_idd", "did you mean p_id?");
	kit_models_refused(FAMILY(CHILDREN(", 'foreign_keys': [1]"), ""),
	    "/models/P/relationships/cs/foreign_keys/0", "by a string", NULL);
	kit_models_refused(FAMILY(CHILDREN(", 'remote_side': ['id']"), ""),
	    "/models/P/relationships/cs/remote_side", "no such foreign key",
	    "references");
	/* A circle of two tables: both keys could be meant. */
	kit_models_refused("'T': {'table': 't', 'columns': {" ID ", 'm_id': "
	    "{'type': 'integer', 'references': 'm.id'}}, 'relationships': "
	    "{'ms': {'target': 'M'}}}, 'M': {'table': 'm', 'columns': {" ID
	    ", 't_id': {'type': 'integer', 'references': 't.id'}}}",
	    "/models/T/relationships/ms", "several foreign keys",
	    "[\"m.t_id\"] or [\"t.m_id\"]");
}

static void
both_ends_name_each_other(void **state)
{
	(void)state;
	kit_models_refused(FAMILY(CHILDREN(", 'back_populates': 'pp'"),
	    PARENT(", 'back_populates': 'cs'")),
	    "/models/P/relationships/cs/back_populates",
	    "C has no relationship pp", "did you mean p?");
	kit_models_refused(FAMILY(CHILDREN(", 'back_populates': 'note'"), ""),
	    "/models/P/relationships/cs/back_populates",
	    "C has no relationship note", NULL);
	kit_models_refused(FAMILY(CHILDREN(", 'back_populates': 'p'"),
	    PARENT("")), "/models/P/relationships/cs/back_populates",
	    "C.p does not name cs in return",
	    "\"back_populates\": \"cs\"");
	kit_models_refused(FAMILY(CHILDREN(", 'back_populates': 'p'"),
	    PARENT(", 'back_populates': 'id'")),
	    "/models/P/relationships/cs/back_populates", "in return",
	    "\"back_populates\": \"cs\"");
	kit_models_refused("'N': {'table': 'n', 'columns': {" ID ", 'up_id': "
	    "{'type': 'integer', 'references': 'n.id'}}, 'relationships': "
	    "{'down': {'target': 'N', 'back_populates': 'up'}, 'up': "
	    "{'target': 'N', 'back_populates': 'down'}}}",
	    "/models/N/relationships/down/back_populates", "go the same way",
	    "\"remote_side\": [\"id\"]");
	kit_models_refused("'N': {'table': 'n', 'columns': {" ID ", 'up_id': "
	    "{'type': 'integer', 'references': 'n.id'}}, 'relationships': "
	    "{'down': {'target': 'N', 'back_populates': 'down'}}}",
	    "/models/N/relationships/down/back_populates",
	    "not its own other end", NULL);
	kit_models_refused("'U': {'table': 'u', 'columns': {" ID "}, "
	    "'relationships': {'ms': {'target': 'M', 'back_populates': 'u', "
	    "'foreign_keys': ['m.from_id']}}}, 'M': {'table': 'm', 'columns':"
	    " {" ID ", 'from_id': {'type': 'integer', 'references': 'u.id'}, "
	    "'to_id': {'type': 'integer', 'references': 'u.id'}}, "
	    "'relationships': {'u': {'target': 'U', 'back_populates': 'ms', "
	    "'foreign_keys': ['m.to_id']}}}",
	    "/models/U/relationships/ms/back_populates",
	    "not use the same foreign key", "the same \"foreign_keys\"");
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID "}, "
	    "'relationships': {'bs': {'target': 'B', 'back_populates': 'c'}}"
	    "}, 'B': {'table': 'b', 'columns': {" ID ", 'a_id': {'type': "
	    "'integer', 'references': 'a.id'}, 'c_id': {'type': 'integer', "
	    "'references': 'c.id'}}, 'relationships': {'c': {'target': 'C', "
	    "'back_populates': 'bs'}}}, 'C': {'table': 'c', 'columns': {" ID
	    "}}", "/models/A/relationships/bs/back_populates",
	    "B.c leads to C, not to A", NULL);
}

static void
a_secondary_joins_both_tables(void **state)
{
	(void)state;
	kit_refused(LINKED("'ab'", ""),
	    "/models/A/relationships/bs/secondary", "an object",
	    "{\"table\": \"ab\"");
	kit_refused(LINKED("{'local': ['a_id'], 'remote': ['b_id']}", ""),
	    "/models/A/relationships/bs/secondary/table", "is missing", NULL);
	kit_refused(LINKED("{'table': 'abc', 'local': ['a_id'], 'remote': "
	    "['b_id']}", ""), "/models/A/relationships/bs/secondary/table",
	    "no table abc", "did you mean ab?");
	kit_refused(LINKED("{'table': 'ab', 'remote': ['b_id']}", ""),
	    "/models/A/relationships/bs/secondary/local", "is missing", NULL);
	kit_refused(LINKED("{'table': 'ab', 'local': ['b_id'], 'remote': "
	    "['a_id']}", ""), "/models/A/relationships/bs/secondary/local",
	    "no foreign key from ab to a", "\"references\": \"a.id\"");
	kit_refused(LINKED("{'table': 'ab', 'local': ['a_id'], 'remote': "
	    "['x']}", ""), "/models/A/relationships/bs/secondary/remote/0",
	    "has no column x", NULL);
	kit_refused(LINKED("{'table': 'ab', 'local': [], 'remote': ['x']}",
	    ""), "/models/A/relationships/bs/secondary/local",
	    "at least one", NULL);
	kit_refused(LINKED("{'table': 'ab', 'near': ['a_id']}", ""),
	    "/models/A/relationships/bs/secondary/near", "unknown member",
	    NULL);
	kit_models_refused("'N': {'table': 'n', 'columns': {" ID "}, "
	    "'relationships': {'ns': {'target': 'N', 'secondary': {'table': "
	    "'l', 'local': ['n_id'], 'remote': ['n_id']}}}}, 'L': {'table': "
	    "'l', 'columns': {" ID ", 'n_id': {'type': 'integer', "
	    "'references': 'n.id'}}}", "/models/N/relationships/ns/secondary",
	    "the same foreign key", NULL);
}

static void
cascades_have_to_make_sense(void **state)
{
	(void)state;
	kit_models_refused(FAMILY(CHILDREN(", 'cascade': 'all, "
	    "delete-orphans'"), ""), "/models/P/relationships/cs/cascade",
	    "no cascade delete-orphans", "did you mean delete-orphan?");
	kit_models_refused(FAMILY(CHILDREN(", 'cascade': ['all']"), ""),
	    "/models/P/relationships/cs/cascade", "a string",
	    "words in one string");
	kit_models_refused(FAMILY("", PARENT(", 'cascade': 'all, "
	    "delete-orphan'")), "/models/C/relationships/p/cascade",
	    "many-to-one needs single_parent", "single_parent");
	kit_refused(LINKED(AB, ", 'cascade': 'all, delete-orphan'"),
	    "/models/A/relationships/bs/cascade",
	    "many-to-many needs single_parent", "single_parent");
	kit_models_refused(FAMILY(CHILDREN(", 'cascade': 'all', "
	    "'passive_deletes': 'all'"), ""),
	    "/models/P/relationships/cs/passive_deletes", "does not go with",
	    "true leaves");
	kit_models_refused(FAMILY(CHILDREN(", 'cascade': 'delete', "
	    "'viewonly': true"), ""), "/models/P/relationships/cs/cascade",
	    "writes nothing", NULL);
	registry_free(kit_models(FAMILY("", PARENT(", 'cascade': 'all, "
	    "delete-orphan', 'single_parent': true"))));
	registry_free(kit_load(LINKED(AB, ", 'cascade': 'all, delete-orphan',"
	    " 'single_parent': true")));
}

static void
cascades_are_words_with_commas(void **state)
{
	struct registry	*r;

	(void)state;
	r = kit_models(FAMILY(CHILDREN(", 'cascade': ' save-update ,merge'"),
	    PARENT(", 'cascade': ''")));
	assert_int_equal(kit_relationship(r, "P", "cs")->cascade,
	    CASCADE_SAVE_UPDATE | CASCADE_MERGE);
	assert_int_equal(kit_relationship(r, "C", "p")->cascade, 0);
	registry_free(r);
	r = kit_models(FAMILY(CHILDREN(", 'cascade': 'all'"), ""));
	assert_int_equal(kit_relationship(r, "P", "cs")->cascade,
	    CASCADE_ALL);
	registry_free(r);
}

static void
cascades_that_disagree_with_the_database_are_warned_of(void **state)
{
	(void)state;
	kit_models_warned(FAMILY_FK(", 'on_delete': 'set null'",
	    CHILDREN(", 'cascade': 'all'"), ""),
	    "/models/P/relationships/cs/cascade", "ON DELETE SET NULL");
	kit_models_warned(FAMILY_FK(", 'on_delete': 'cascade'",
	    CHILDREN(""), ""), "/models/P/relationships/cs/cascade",
	    "lets children live on");
	kit_models_warned(FAMILY(CHILDREN(", 'cascade': 'all', "
	    "'passive_deletes': true"), ""),
	    "/models/P/relationships/cs/passive_deletes",
	    "does not say ON DELETE CASCADE");
	kit_models_warned(FAMILY(CHILDREN(", 'cascade': 'save-update, "
	    "delete-orphan'"), ""), "/models/P/relationships/cs/cascade",
	    "but not when its parent is deleted");
	kit_models_warned(FAMILY_FK(", 'nullable': false, 'on_delete': "
	    "'set null'", "", ""), "/models/C/columns/p_id/references",
	    "cannot be set null");
	kit_models_warned(FAMILY_FK(", 'index': false", "", ""),
	    "/models/C/columns/p_id/index", "has no index");
}

static void
cascades_that_agree_are_not_warned_of(void **state)
{
	static const char *const	models[] = {
		FAMILY_FK(", 'on_delete': 'cascade'",
		    CHILDREN(", 'cascade': 'all, delete-orphan'"), PARENT("")),
		FAMILY_FK(", 'on_delete': 'cascade'",
		    CHILDREN(", 'cascade': 'all', 'passive_deletes': true"),
		    ""),
		FAMILY_FK(", 'on_delete': 'set null'", CHILDREN(""), ""),
		FAMILY_FK(", 'on_delete': 'cascade'",
		    CHILDREN(", 'viewonly': true"), ""),
		FAMILY_FK(", 'on_delete': 'cascade'",
		    CHILDREN(", 'passive_deletes': 'all'"), ""),
		FAMILY_FK(", 'index': false, 'unique': true", "", ""),
	};
	struct registry			*r;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		r = kit_models(models[i]);
		if (r->warnings.n != 0)
			fail_msg("%s: %s", models[i],
			    r->warnings.v[0]->text);
		registry_free(r);
	}
}

static void
links_left_to_the_database_are_warned_of(void **state)
{
	struct registry	*r = kit_load(LINKED(AB,
			    ", 'passive_deletes': true"));

	(void)state;
	assert_int_equal(r->warnings.n, 1);
	assert_string_equal(r->warnings.v[0]->path,
	    "/models/A/relationships/bs/passive_deletes");
	assert_non_null(strstr(r->warnings.v[0]->text, "ab_a_id_fkey"));
	registry_free(r);
}

#define PROXIES(proxies)						\
	FAMILY(CHILDREN("") ", 'association_proxies': " proxies, PARENT(""))

static void
proxies_show_something(void **state)
{
	(void)state;
	kit_models_refused(PROXIES("{'x': 1}"),
	    "/models/P/association_proxies/x", "an object, not a number",
	    "{\"through\": ");
	kit_models_refused(PROXIES("{'x': {'attribute': 'note'}}"),
	    "/models/P/association_proxies/x/through", "through nothing",
	    NULL);
	kit_models_refused(PROXIES("{'x': {'through': 'css', 'attribute': "
	    "'note'}}"), "/models/P/association_proxies/x/through",
	    "has no relationship css", "did you mean cs?");
	kit_models_refused(PROXIES("{'x': {'through': 'id', 'attribute': "
	    "'note'}}"), "/models/P/association_proxies/x/through",
	    "has no relationship id", NULL);
	kit_models_refused(PROXIES("{'x': {'through': 'cs'}}"),
	    "/models/P/association_proxies/x/attribute", "shows nothing",
	    NULL);
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'nota'}}"), "/models/P/association_proxies/x/attribute",
	    "C has no attribute nota", "did you mean note?");
	kit_models_refused(PROXIES("{'cs': {'through': 'cs', 'attribute': "
	    "'note'}}"), "/models/P/association_proxies/cs",
	    "two attributes called cs", NULL);
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creater': {}}}"),
	    "/models/P/association_proxies/x/creater", "unknown member",
	    "did you mean creator?");
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'cascade_scalar_deletes': true}}"),
	    "/models/P/association_proxies/x/cascade_scalar_deletes",
	    "is a list", NULL);
	kit_models_refused(FAMILY(CHILDREN(""), PARENT("") ", "
	    "'association_proxies': {'x': {'through': 'p', 'attribute': "
	    "'cs'}}"), "/models/C/association_proxies/x/attribute",
	    "P.cs is a list", NULL);
	kit_models_refused(FAMILY("", PARENT("") ", 'association_proxies': "
	    "{'x': {'through': 'p', 'attribute': '_pin'}}"),
	    "/models/C/association_proxies/x/attribute",
	    "P has no attribute _pin", NULL);
}

static void
creators_make_the_association_object(void **state)
{
	(void)state;
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creator': '$item'}}"),
	    "/models/P/association_proxies/x/creator", "an object", NULL);
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creator': {'note': 'x'}}}"),
	    "/models/P/association_proxies/x/creator", "once, not 0 times",
	    "{\"note\": \"$item\"}");
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creator': {'note': '$item', 'id': '$item'}}}"),
	    "/models/P/association_proxies/x/creator", "once, not 2 times",
	    "$item");
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creator': {'notte': '$item'}}}"),
	    "/models/P/association_proxies/x/creator/notte",
	    "C has no attribute notte", "did you mean note?");
	kit_models_refused(PROXIES("{'x': {'through': 'cs', 'attribute': "
	    "'note', 'creator': {'p': {'_pin': '$item'}}}}"),
	    "/models/P/association_proxies/x/creator/p/_pin",
	    "P has no attribute _pin", NULL);
	registry_free(kit_models(PROXIES("{'x': {'through': 'cs', "
	    "'attribute': 'note', 'creator': {'note': 'x', 'p': {'data': "
	    "'$item'}}}}")));
}

static void
proxies_in_a_circle_are_refused(void **state)
{
	(void)state;
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID ", 'b_id': "
	    "{'type': 'integer', 'references': 'b.id'}}, 'relationships': "
	    "{'b': {'target': 'B', 'foreign_keys': ['a.b_id']}}, "
	    "'association_proxies': {'x': {'through': 'b', 'attribute': 'y'}}"
	    "}, 'B': {'table': 'b', 'columns': {" ID ", 'a_id': {'type': "
	    "'integer', 'references': 'a.id'}}, 'relationships': {'a': "
	    "{'target': 'A', 'foreign_keys': ['b.a_id']}}, "
	    "'association_proxies': {'y': {'through': 'a', 'attribute': 'x'}}"
	    "}", "/models/A/association_proxies/x/attribute", "in a circle",
	    NULL);
}

#define RULES(rules)							\
	FAMILY(CHILDREN("") ", 'association_proxies': {'notes': "	\
	"{'through': 'cs', 'attribute': 'note'}}, 'serialize_rules': "	\
	rules, PARENT(""))

static void
rules_name_what_is_there(void **state)
{
	(void)state;
	kit_models_refused(RULES("'-cs'"), "/models/P/serialize_rules",
	    "a list", "[\"-cs\"]");
	kit_models_refused(RULES("['-cs.p', '-css']"),
	    "/models/P/serialize_rules/1", "P has no attribute css",
	    "did you mean cs?");
	kit_models_refused(RULES("['cs.note.x']"),
	    "/models/P/serialize_rules/0", "nothing called x below a value",
	    "after a relationship");
	kit_models_refused(RULES("['-cs.p.idd']"),
	    "/models/P/serialize_rules/0", "P has no attribute idd",
	    "did you mean id?");
	kit_models_refused(RULES("['-notes.x']"),
	    "/models/P/serialize_rules/0", "nothing called x below a value",
	    "after a relationship");
	kit_models_refused(RULES("['_pin']"), "/models/P/serialize_rules/0",
	    "P._pin is private", NULL);
	kit_models_refused(RULES("['']"), "/models/P/serialize_rules/0",
	    "a name is missing", NULL);
	kit_models_refused(RULES("['cs.']"), "/models/P/serialize_rules/0",
	    "a name is missing", NULL);
	kit_models_refused(RULES("['--cs']"), "/models/P/serialize_rules/0",
	    "a name is missing", NULL);
	kit_models_refused(FAMILY(", 'serialize_only': ['nope']", ""),
	    "/models/P/serialize_only/0", "P has no attribute nope", NULL);
	registry_free(kit_models(RULES("['-cs.p.cs', 'notes', '-_pin', "
	    "'data.a.b.c', '-data.x']")));
}

static void
order_by_names_columns_of_the_target(void **state)
{
	(void)state;
	kit_models_refused(FAMILY(CHILDREN(", 'order_by': 'id'"), ""),
	    "/models/P/relationships/cs/order_by", "a list", "[\"id\"]");
	kit_models_refused(FAMILY(CHILDREN(", 'order_by': ['-nota']"), ""),
	    "/models/P/relationships/cs/order_by/0", "has no column nota",
	    "did you mean note?");
	kit_models_refused(FAMILY(CHILDREN(", 'order_by': ['p.id']"), ""),
	    "/models/P/relationships/cs/order_by/0", "not a column of c",
	    NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relationships_lead_to_models),
		cmocka_unit_test(a_foreign_key_is_needed_and_only_one),
		cmocka_unit_test(both_ends_name_each_other),
		cmocka_unit_test(a_secondary_joins_both_tables),
		cmocka_unit_test(cascades_have_to_make_sense),
		cmocka_unit_test(cascades_are_words_with_commas),
		cmocka_unit_test(
		    cascades_that_disagree_with_the_database_are_warned_of),
		cmocka_unit_test(cascades_that_agree_are_not_warned_of),
		cmocka_unit_test(links_left_to_the_database_are_warned_of),
		cmocka_unit_test(proxies_show_something),
		cmocka_unit_test(creators_make_the_association_object),
		cmocka_unit_test(proxies_in_a_circle_are_refused),
		cmocka_unit_test(rules_name_what_is_there),
		cmocka_unit_test(order_by_names_columns_of_the_target),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
