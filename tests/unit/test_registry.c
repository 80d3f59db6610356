/*
 * What a registry has in it: directions, both ends, composite and several
 * keys, self-reference, proxies, ranks, and the lookups.  Also whole files: the
 * sample model, the one of the man page, and all of the conformance vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"

static const char authors_and_books[] =
    "'Author': {'table': 'authors', 'columns': {" ID ", '_pin': {'type': "
    "'text'}}, 'relationships': {'books': {'target': 'Book', "
    "'back_populates': 'author', 'cascade': 'all, delete-orphan', "
    "'order_by': ['-year', 'id']}}}, "
    "'Book': {'table': 'books', 'columns': {" ID ", 'year': {'type': 'int2'},"
    "'author_id': {'type': 'integer', 'references': 'authors.id'}}, "
    "'relationships': {'author': {'target': 'Author', 'back_populates': "
    "'books'}}}";

static void
one_foreign_key_makes_both_ends(void **state)
{
	struct registry		*r = kit_models(authors_and_books);
	struct relationship	*books = kit_relationship(r, "Author",
				    "books");
	struct relationship	*author = kit_relationship(r, "Book",
				    "author");

	(void)state;
	assert_int_equal(books->direction, ONE_TO_MANY);
	assert_int_equal(author->direction, MANY_TO_ONE);
	assert_true(books->uselist);
	assert_false(author->uselist);
	assert_ptr_equal(books->back, author);
	assert_ptr_equal(author->back, books);
	assert_ptr_equal(books->fk, author->fk);
	assert_int_equal(books->local.n, 1);
	assert_ptr_equal(books->local.v[0], kit_column(r, "Author", "id"));
	assert_ptr_equal(books->remote.v[0],
	    kit_column(r, "Book", "author_id"));
	assert_ptr_equal(author->local.v[0],
	    kit_column(r, "Book", "author_id"));
	assert_ptr_equal(author->remote.v[0], kit_column(r, "Author", "id"));
	assert_int_equal(books->cascade, CASCADE_ALL | CASCADE_DELETE_ORPHAN);
	assert_int_equal(author->cascade,
	    CASCADE_SAVE_UPDATE | CASCADE_MERGE);
	assert_int_equal(books->order_by.n, 2);
	assert_ptr_equal(books->order_by.v[0].column,
	    kit_column(r, "Book", "year"));
	assert_true(books->order_by.v[0].descending);
	assert_false(books->order_by.v[1].descending);
	assert_true(books->passive_updates);
	assert_int_equal(books->passive_deletes, PASSIVE_NO);
	assert_int_equal(r->warnings.n, 0);
	registry_free(r);
}

static void
columns_know_their_part(void **state)
{
	struct registry	*r = kit_models(authors_and_books);
	struct column	*c = kit_column(r, "Book", "author_id");
	struct table	*books = registry_model(r, "Book")->table;

	(void)state;
	assert_string_equal(c->quoted, "\"author_id\"");
	assert_int_equal(c->index, 2);
	assert_ptr_equal(c->table, books);
	assert_ptr_equal(c->fk, books->fks.v[0]);
	assert_string_equal(c->fk->name, "books_author_id_fkey");
	assert_true(c->nullable);
	assert_true(fk_is_nullable(c->fk));
	assert_true(c->indexed);
	assert_false(c->generated);
	assert_true(kit_column(r, "Book", "id")->generated);
	assert_false(kit_column(r, "Book", "id")->nullable);
	assert_false(kit_column(r, "Book", "id")->indexed);
	assert_true(kit_column(r, "Author", "_pin")->is_private);
	assert_string_equal(books->key_name, "books_pkey");
	assert_ptr_equal(books->model, registry_model(r, "Book"));
	assert_int_equal(registry_model(r, "Author")->table->referrers.n, 1);
	assert_ptr_equal(registry_model(r, "Author")->table->referrers.v[0],
	    books->fks.v[0]);
	registry_free(r);
}

static void
clients_can_name_all_but_private_columns(void **state)
{
	struct registry		*r = kit_models(authors_and_books);
	struct model		*m = registry_model(r, "Author");
	const char *const	*names;
	struct arena		 a;

	(void)state;
	arena_init(&a, 0);
	names = model_attribute_names(&a, m, CLASS_ADMIN);
	assert_string_equal(names[0], "id");
	assert_string_equal(names[1], "books");
	assert_null(names[2]);
	assert_null(model_attribute(m, "_pin"));
	assert_null(model_attribute(m, "nothing"));
	assert_null(registry_model(r, "author"));
	assert_int_equal(model_attribute(m, "id")->kind, ATTRIBUTE_COLUMN);
	arena_release(&a);
	arena_init(&a, 1);
	assert_null(model_attribute_names(&a, m,
	    CLASS_ADMIN)[0]);
	arena_release(&a);
	registry_free(r);
	registry_free(NULL);
}

static void
one_to_one_is_a_list_of_one(void **state)
{
	struct registry	*r = kit_models("'A': {'table': 'a', 'columns': {" ID
	    "}, 'relationships': {'b': {'target': 'B', 'uselist': false, "
	    "'back_populates': 'a'}}}, 'B': {'table': 'b', 'columns': {" ID
	    ", 'a_id': {'type': 'integer', 'references': 'a.id', 'unique': "
	    "true}}, 'relationships': {'a': {'target': 'A', "
	    "'back_populates': 'b'}}}");

	(void)state;
	assert_int_equal(kit_relationship(r, "A", "b")->direction,
	    ONE_TO_MANY);
	assert_false(kit_relationship(r, "A", "b")->uselist);
	assert_string_equal(registry_model(r, "B")->table->uniques.v[0]->name,
	    "b_a_id_key");
	/* The unique constraint serves as the index. */
	assert_false(kit_column(r, "B", "a_id")->indexed);
	registry_free(r);
}

static void
a_secondary_makes_many_to_many(void **state)
{
	struct registry	*r = kit_load("{'ormd': 1, 'tables': {'ab': "
	    "{'columns': {'a_id': {'type': 'integer', 'references': 'a.id'}, "
	    "'b_id': {'type': 'integer', 'references': 'b.id'}}, "
	    "'primary_key': ['a_id', 'b_id']}}, 'models': {"
	    "'A': {'table': 'a', 'columns': {" ID "}, 'relationships': {'bs': "
	    "{'target': 'B', 'back_populates': 'as', 'collection': 'set', "
	    "'secondary': {'table': 'ab', 'local': ['a_id'], 'remote': "
	    "['b_id']}}}}, 'B': {'table': 'b', 'columns': {" ID
	    "}, 'relationships': {'as': {'target': 'A', 'back_populates': "
	    "'bs', 'secondary': {'table': 'ab', 'local': ['b_id'], 'remote': "
	    "['a_id']}}}}}}");
	struct relationship	*bs = kit_relationship(r, "A", "bs");
	struct table		*ab = bs->secondary;

	(void)state;
	assert_int_equal(bs->direction, MANY_TO_MANY);
	assert_true(bs->uselist);
	assert_true(bs->is_set);
	assert_string_equal(ab->name, "ab");
	assert_null(ab->model);
	assert_null(bs->fk);
	assert_string_equal(bs->near_columns.v[0]->name, "a_id");
	assert_string_equal(bs->far_columns.v[0]->name, "b_id");
	assert_ptr_equal(bs->local.v[0], kit_column(r, "A", "id"));
	assert_ptr_equal(bs->remote.v[0], kit_column(r, "B", "id"));
	assert_ptr_equal(bs->back, kit_relationship(r, "B", "as"));
	/* The primary key begins with a_id and not with b_id. */
	assert_false(ab->columns.v[0]->indexed);
	assert_true(ab->columns.v[1]->indexed);
	assert_int_equal(ab->index, 2);
	assert_true(ab->rank > registry_model(r, "A")->table->rank);
	registry_free(r);
}

static void
remote_side_turns_a_self_reference(void **state)
{
	struct registry	*r = kit_models("'N': {'table': 'n', 'columns': {" ID
	    ", 'up_id': {'type': 'integer', 'references': 'n.id'}}, "
	    "'relationships': {'down': {'target': 'N', 'back_populates': "
	    "'up'}, 'up': {'target': 'N', 'back_populates': 'down', "
	    "'remote_side': ['n.id']}, 'alone': {'target': 'N', "
	    "'remote_side': ['up_id']}}}");
	struct relationship	*up = kit_relationship(r, "N", "up");

	(void)state;
	assert_int_equal(kit_relationship(r, "N", "down")->direction,
	    ONE_TO_MANY);
	assert_int_equal(kit_relationship(r, "N", "alone")->direction,
	    ONE_TO_MANY);
	assert_int_equal(up->direction, MANY_TO_ONE);
	assert_ptr_equal(up->local.v[0], kit_column(r, "N", "up_id"));
	assert_ptr_equal(up->remote.v[0], kit_column(r, "N", "id"));
	assert_ptr_equal(up->back, kit_relationship(r, "N", "down"));
	registry_free(r);
}

static void
foreign_keys_choose_among_several(void **state)
{
	struct registry	*r = kit_models("'U': {'table': 'u', 'columns': {" ID
	    "}, 'relationships': {'sent': {'target': 'M', 'foreign_keys': "
	    "['m.from_id']}, 'got': {'target': 'M', 'foreign_keys': "
	    "['m.to_id']}}}, 'M': {'table': 'm', 'columns': {" ID
	    ", 'from_id': {'type': 'integer', 'references': 'u.id'}, 'to_id':"
	    " {'type': 'integer', 'references': 'u.id'}}, 'relationships': "
	    "{'to': {'target': 'U', 'foreign_keys': ['m.to_id']}}}");

	(void)state;
	assert_string_equal(kit_relationship(r, "U", "sent")->fk->name,
	    "m_from_id_fkey");
	assert_string_equal(kit_relationship(r, "U", "got")->fk->name,
	    "m_to_id_fkey");
	assert_string_equal(kit_relationship(r, "M", "to")->fk->name,
	    "m_to_id_fkey");
	assert_null(kit_relationship(r, "M", "to")->back);
	registry_free(r);
}

static void
composite_keys_go_together(void **state)
{
	struct registry	*r = kit_models("'P': {'table': 'p', 'columns': {"
	    "'x': {'type': 'text'}, 'y': {'type': 'integer'}}, 'primary_key':"
	    " ['y', 'x'], 'relationships': {'cs': {'target': 'C'}}}, "
	    "'C': {'table': 'c', 'columns': {" ID ", 'px': {'type': 'text'},"
	    " 'py': {'type': 'integer', 'nullable': false}}, 'foreign_keys': "
	    "[{'columns': ['px', 'py'], 'references': ['p.x', 'p.y'], "
	    "'on_delete': 'RESTRICT', 'deferrable': true}]}");
	struct relationship	*cs = kit_relationship(r, "P", "cs");

	(void)state;
	assert_int_equal(cs->local.n, 2);
	assert_string_equal(cs->local.v[0]->name, "x");
	assert_string_equal(cs->remote.v[0]->name, "px");
	assert_string_equal(cs->local.v[1]->name, "y");
	assert_string_equal(cs->remote.v[1]->name, "py");
	assert_string_equal(cs->fk->name, "c_px_py_fkey");
	assert_int_equal(cs->fk->on_delete, FK_RESTRICT);
	assert_false(fk_is_nullable(cs->fk));
	assert_true(cs->fk->deferrable);
	assert_false(cs->fk->initially_deferred);
	assert_null(kit_column(r, "C", "px")->fk);
	assert_string_equal(registry_model(r, "P")->table->key.v[0]->name,
	    "y");
	assert_false(kit_column(r, "P", "y")->generated);
	registry_free(r);
}

static void
sequences_fill_integer_keys_only(void **state)
{
	struct registry	*r = kit_models("'A': {'table': 'a', 'columns': {"
	    "'k': {'type': 'bigserial', 'primary_key': true}}}, "
	    "'B': {'table': 'b', 'columns': {'k': {'type': 'integer', "
	    "'primary_key': true, 'default': '7'}}}, "
	    "'C': {'table': 'c', 'columns': {'k': {'type': 'bigint', "
	    "'primary_key': true, 'references': 'a.k'}}}, "
	    "'D': {'table': 'd', 'columns': {'k': {'type': 'uuid', "
	    "'primary_key': true, 'default': 'gen_random_uuid()'}}}, "
	    "'E': {'table': 'e', 'columns': {'n': {'type': 'serial'}, 'm': "
	    "{'type': 'integer'}}, 'primary_key': ['m', 'n']}");

	(void)state;
	assert_true(kit_column(r, "A", "k")->generated);
	assert_string_equal(kit_column(r, "A", "k")->sql_type, "bigint");
	assert_false(kit_column(r, "B", "k")->generated);
	assert_false(kit_column(r, "C", "k")->generated);
	assert_false(kit_column(r, "D", "k")->generated);
	assert_string_equal(kit_column(r, "D", "k")->default_sql,
	    "gen_random_uuid()");
	assert_true(kit_column(r, "E", "n")->generated);
	assert_false(kit_column(r, "E", "m")->generated);
	registry_free(r);
}

static void
what_fills_a_column_is_known(void **state)
{
	struct registry	*r = kit_models("'A': {'table': 'a', 'columns': {"
	    "'k': {'type': 'integer', 'autoincrement': true}, 'm': {'type': "
	    "'integer'}, 'c': {'type': 'text', 'computed': 'm::text'}}, "
	    "'primary_key': ['m', 'k']}, 'B': {'table': 'b', 'columns': {'k':"
	    " {'type': 'integer', 'primary_key': true, 'autoincrement': "
	    "false}}}, 'C': {'table': 'c', 'columns': {'k': {'type': "
	    "'smallint', 'primary_key': true, 'autoincrement': 'always'}}}");

	(void)state;
	assert_true(kit_column(r, "A", "k")->generated);
	assert_false(kit_column(r, "A", "k")->always);
	assert_false(kit_column(r, "A", "m")->generated);
	assert_string_equal(kit_column(r, "A", "c")->computed_sql, "m::text");
	assert_true(kit_column(r, "A", "c")->generated);
	assert_true(kit_column(r, "A", "c")->read_only);
	assert_int_equal(model_attribute(registry_model(r, "A"),
	    "c")->frozen_for, (1u << CLASSES) - 1);
	assert_false(kit_column(r, "B", "k")->generated);
	assert_true(kit_column(r, "C", "k")->generated);
	assert_true(kit_column(r, "C", "k")->always);
	registry_free(r);
}

/* As they stand in a database that was not made for ormd. */
static void
integers_of_two_widths_travel_as_the_wider(void **state)
{
	static const struct {
		const char	*model, *column;
		enum type_id	 travels, own;
	} of[] = {
		{ "A", "id", TYPE_BIGINT, TYPE_INTEGER },
		{ "B", "id", TYPE_INTEGER, TYPE_INTEGER },
		{ "B", "a_id", TYPE_BIGINT, TYPE_SMALLINT },
		{ "C", "a_id", TYPE_BIGINT, TYPE_BIGINT },
		{ "C", "b_id", TYPE_INTEGER, TYPE_INTEGER }
	};
	struct registry		*r = kit_models(
	    "'A': {'table': 'a', 'columns': {'id': {'type': 'integer', "
	    "'primary_key': true}}}, 'B': {'table': 'b', 'columns': {'id': "
	    "{'type': 'serial', 'primary_key': true}, 'a_id': {'type': "
	    "'smallint', 'references': 'a.id'}}}, 'C': {'table': 'c', "
	    "'columns': {'id': {'type': 'text', 'primary_key': true}, 'a_id': "
	    "{'type': 'bigint', 'references': 'a.id'}, 'b_id': {'type': "
	    "'integer', 'references': 'b.id'}}}");
	const struct column	*c;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		c = kit_column(r, of[i].model, of[i].column);
		assert_int_equal(c->type->id, of[i].travels);
		if (of[i].own == of[i].travels)
			assert_null(c->narrow);
		else
			assert_int_equal(c->narrow->id, of[i].own);
		assert_string_equal(c->sql_type, types[of[i].own].name);
	}
	registry_free(r);
}

static void
odd_names_are_found(void **state)
{
	struct registry	*r = kit_load("{'ormd': 1, 'enums': {'Größe.x': "
	    "['a']}, 'models': {'A': {'table': 'a.b', 'schema': 's', "
	    "'columns': {'c.d': {'type': 'integer', 'primary_key': true, "
	    "'private': true}, 't': {'type': '\\\"Größe\\\".\\\"o; dd\\\"[]'}, "
	    "'e': {'type': 'Größe.x'}}}, 'B': {'table': 'b', 'columns': {'k':"
	    " {'type': 'integer', 'primary_key': true, 'references': "
	    "'s.a.b.c.d'}}}}}");
	const struct column	*t = kit_column(r, "A", "t");

	(void)state;
	assert_ptr_equal(kit_column(r, "B", "k")->fk->target,
	    registry_model(r, "A")->table);
	assert_string_equal(t->sql_type, "\"Größe\".\"o; dd\"[]");
	assert_non_null(t->element);
	assert_string_equal(kit_column(r, "A", "e")->sql_type,
	    "\"Größe\".x");
	registry_free(r);
}

static void
proxies_find_what_they_show(void **state)
{
	struct registry	*r = kit_models("'U': {'table': 'u', 'columns': {" ID
	    "}, 'relationships': {'uks': {'target': 'UK'}}, "
	    "'association_proxies': {'words': {'through': 'uks', 'attribute':"
	    " 'word'}, 'keywords': {'through': 'uks', 'attribute': 'k', "
	    "'creator': {'k': '$item', 'note': 'x'}}}}, "
	    "'UK': {'table': 'uk', 'columns': {" ID ", 'note': {'type': "
	    "'text'}, 'u_id': {'type': 'integer', 'references': 'u.id'}, "
	    "'k_id': {'type': 'integer', 'references': 'k.id'}}, "
	    "'relationships': {'k': {'target': 'K'}}, "
	    "'association_proxies': {'word': {'through': 'k', 'attribute': "
	    "'word', 'cascade_scalar_deletes': true}}}, "
	    "'K': {'table': 'k', 'columns': {" ID
	    ", 'word': {'type': 'text'}}}");
	struct model	*u = registry_model(r, "U");
	struct proxy	*words = kit_proxy(r, "U", "words");
	struct proxy	*word = kit_proxy(r, "UK", "word");
	struct proxy	*keywords = kit_proxy(r, "U", "keywords");

	(void)state;
	assert_null(words->target);
	assert_true(words->uselist);
	assert_ptr_equal(words->attribute->proxy, word);
	assert_ptr_equal(attribute_end(model_attribute(u, "words")),
	    word->attribute);
	assert_null(attribute_target(model_attribute(u, "words")));
	assert_int_equal(json_length(words->creator), 1);
	assert_string_equal(json_string(json_member(words->creator, "word")),
	    "$item");
	assert_false(word->uselist);
	assert_true(word->cascade_scalar_deletes);
	assert_null(word->target);
	assert_ptr_equal(keywords->target, registry_model(r, "K"));
	assert_ptr_equal(attribute_target(model_attribute(u, "keywords")),
	    keywords->target);
	assert_ptr_equal(keywords->through, kit_relationship(r, "U", "uks"));
	assert_int_equal(keywords->index, 1);
	assert_string_equal(json_string(json_member(
	    keywords->creator, "note")), "x");
	registry_free(r);
}

/* Every foreign key leads down or stays within a circle. */
static void
ranks_hold(const struct registry *r)
{
	const struct table	*t;
	size_t			 i, j;

	for (i = 0; i < r->tables.n; i++) {
		t = r->tables.v[i];
		assert_int_equal(t->index, i);
		assert_true(t->rank >= 0);
		for (j = 0; j < t->fks.n; j++)
			assert_true(t->fks.v[j]->target->rank <= t->rank);
	}
}

static void
tables_rank_above_those_they_refer_to(void **state)
{
	struct registry	*r = kit_models(
	    "'C': {'table': 'c', 'columns': {" ID ", 'x': {'type': 'integer',"
	    " 'references': 'b.id'}}}, "
	    "'B': {'table': 'b', 'columns': {" ID ", 'x': {'type': 'integer',"
	    " 'references': 'a.id'}, 'y': {'type': 'integer', 'references': "
	    "'z.id'}}}, "
	    "'Z': {'table': 'z', 'columns': {" ID ", 'x': {'type': 'integer',"
	    " 'references': 'b.id'}, 'self': {'type': 'integer', "
	    "'references': 'z.id'}}}, "
	    "'A': {'table': 'a', 'columns': {" ID "}}");

	(void)state;
	ranks_hold(r);
	assert_int_equal(registry_model(r, "B")->table->rank,
	    registry_model(r, "Z")->table->rank);
	assert_true(registry_model(r, "A")->table->rank <
	    registry_model(r, "B")->table->rank);
	assert_true(registry_model(r, "B")->table->rank <
	    registry_model(r, "C")->table->rank);
	registry_free(r);
}

static void
options_are_kept(void **state)
{
	struct registry	*r = kit_models("'A': {'table': 'a', 'columns': {" ID
	    ", 'v': {'type': 'integer', 'nullable': false}, 'w': {'type': "
	    "'varchar(20)', 'write_only': true}, 'r': {'type': "
	    "'numeric(8,3)', 'read_only': true}, '_shown': {'type': 'text', "
	    "'private': false}}, 'version': 'v', 'orphan': 'all', "
	    "'serialize_proxies': true, 'serialize_only': ['id'], 'checks': "
	    "['v > 0'], 'relationships': {'bs': {'target': 'B', 'viewonly': "
	    "true, 'passive_deletes': true, 'passive_updates': false, "
	    "'post_update': true, 'crosses_owners': true}, 'cs': {'target': "
	    "'B', 'passive_deletes': 'all'}}}, 'B': {'table': 'b', 'columns':"
	    " {" ID ", 'a_id': {'type': 'integer', 'references': 'a.id'}}}");
	struct model		*m = registry_model(r, "A");
	struct relationship	*bs = kit_relationship(r, "A", "bs");

	(void)state;
	assert_ptr_equal(m->version, kit_column(r, "A", "v"));
	assert_true(m->orphan_all);
	assert_true(m->serialize_proxies);
	assert_int_equal(m->only.n, 1);
	assert_string_equal(m->only.v[0], "id");
	assert_int_equal(m->rules.n, 0);
	assert_string_equal(m->table->checks.v[0], "v > 0");
	assert_int_equal(kit_column(r, "A", "w")->length, 20);
	assert_true(kit_column(r, "A", "w")->write_only);
	assert_true(kit_column(r, "A", "r")->read_only);
	assert_int_equal(kit_column(r, "A", "r")->length, 8);
	assert_int_equal(kit_column(r, "A", "r")->scale, 3);
	assert_non_null(model_attribute(m, "_shown"));
	assert_true(bs->viewonly);
	assert_int_equal(bs->cascade, 0);
	assert_int_equal(bs->passive_deletes, PASSIVE_YES);
	assert_false(bs->passive_updates);
	assert_true(bs->post_update);
	assert_true(bs->crosses_owners);
	assert_int_equal(kit_relationship(r, "A", "cs")->passive_deletes,
	    PASSIVE_ALL);
	registry_free(r);
}

static void
constraint_names_do_not_clash(void **state)
{
	struct registry	*r = kit_models("'A': {'table': 'a', 'columns': {" ID
	    ", 'b_c': {'type': 'text', 'unique': true}}}, 'B': {'table': "
	    "'a_b', 'columns': {" ID ", 'c': {'type': 'text', 'unique': true}"
	    "}}");

	(void)state;
	assert_string_equal(registry_model(r, "A")->table->uniques.v[0]->name,
	    "a_b_c_key");
	assert_string_equal(registry_model(r, "B")->table->uniques.v[0]->name,
	    "a_b_c_key1");
	registry_free(r);
}

static void
load_or_fail(const char *name, const char *text, size_t n, size_t warnings)
{
	struct error	 err;
	struct registry	*r = registry_load(text, n, &err);

	if (r == NULL)
		fail_msg("%s: %s: %s", name, err.path, err.message);
	if (r->warnings.n != warnings)
		fail_msg("%s: %zu warnings", name, r->warnings.n);
	ranks_hold(r);
	registry_free(r);
}

static void
the_sample_model_loads_without_a_warning(void **state)
{
	size_t	 n;
	char	*text = kit_file("sql/meditation.model.json", &n);

	(void)state;
	load_or_fail("the sample", text, n, 0);
	free(text);
}

static void
the_model_of_the_man_page_loads_without_a_warning(void **state)
{
	size_t	 n;
	char	*text = kit_file("lib/model/ormd-model.5", &n);
	char	*start = strstr(text, "\n.Bd -literal\n{"), *end;

	(void)state;
	assert_non_null(start);
	start = strchr(start, '{');
	end = strstr(start, "\n.Ed");
	assert_non_null(end);
	load_or_fail("the man page", start, (size_t)(end - start), 0);
	free(text);
}

static void
every_model_of_the_vectors_loads(void **state)
{
	size_t			 n, count = 0;
	char			*text = kit_file(
				    "tests/conformance/vectors.json", &n);
	struct arena		 arena;
	struct json		*file, *models, *model;
	struct error		 err;
	struct registry		*r;

	(void)state;
	arena_init(&arena, 0);
	assert_int_equal(json_read(&arena, text, n, &file, &err), 0);
	models = json_member(file, "models");
	json_each(models, name, value) {
		model = json_member(value, "file");
		r = registry_load(model->text, model->ntext, &err);
		if (r == NULL)
			fail_msg("%s: %s: %s", name, err.path, err.message);
		ranks_hold(r);
		registry_free(r);
		count++;
	}
	assert_int_equal(count, json_length(models));
	assert_true(count > 0);
	arena_release(&arena);
	free(text);
}

/* Cut anywhere, a file is refused, and nothing is lost or touched twice. */
static void
a_file_that_is_cut_anywhere_is_refused(void **state)
{
	size_t		 n, i;
	char		*text = kit_file("sql/meditation.model.json", &n), *cut;
	struct error	 err;

	(void)state;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	for (i = 0; i < n; i++) {
		/* A copy of its own, so that reading past the end is seen. */
		cut = malloc(i == 0 ? 1 : i);
		assert_non_null(cut);
		memcpy(cut, text, i);
		assert_null(registry_load(cut, i, &err));
		assert_int_equal(err.kind, ERROR_PARSE);
		free(cut);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_foreign_key_makes_both_ends),
		cmocka_unit_test(columns_know_their_part),
		cmocka_unit_test(clients_can_name_all_but_private_columns),
		cmocka_unit_test(one_to_one_is_a_list_of_one),
		cmocka_unit_test(a_secondary_makes_many_to_many),
		cmocka_unit_test(remote_side_turns_a_self_reference),
		cmocka_unit_test(foreign_keys_choose_among_several),
		cmocka_unit_test(composite_keys_go_together),
		cmocka_unit_test(sequences_fill_integer_keys_only),
		cmocka_unit_test(what_fills_a_column_is_known),
		cmocka_unit_test(integers_of_two_widths_travel_as_the_wider),
		cmocka_unit_test(odd_names_are_found),
		cmocka_unit_test(proxies_find_what_they_show),
		cmocka_unit_test(tables_rank_above_those_they_refer_to),
		cmocka_unit_test(options_are_kept),
		cmocka_unit_test(constraint_names_do_not_clash),
		cmocka_unit_test(the_sample_model_loads_without_a_warning),
		cmocka_unit_test(
		    the_model_of_the_man_page_loads_without_a_warning),
		cmocka_unit_test(every_model_of_the_vectors_loads),
		cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
