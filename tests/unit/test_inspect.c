/*
 * From rows of pg_catalog to a model file: names, both ends of relationships,
 * cascades, what is printed, what is left out and noted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "found_kit.h"
#include "inspect.h"
#include "model_kit.h"

/* A model file and its notes, "table text\n" each; the caller frees both. */
struct written {
	char		*file;
	char		*notes;
	struct registry	*r;
};

static void
inspect(struct written *w, const char *const *rows)
{
	struct found		 f;
	struct inspect_notes	 notes;
	struct buf		 file, text;
	struct error		 err;
	size_t			 i;

	found_kit(&f, rows);
	buf_init(&file, 0);
	buf_init(&text, 0);
	assert_int_equal(inspect_write(&f, &file, &notes), 0);
	for (i = 0; i < notes.notes.n; i++)
		buf_printf(&text, "%s %s\n", notes.notes.v[i]->path,
		    notes.notes.v[i]->text);
	found_release(&f);
	if ((w->r = registry_load(file.p, file.n, &err)) == NULL)
		fail_msg("%s: %s\n%.*s", err.path, err.message, (int)file.n,
		    file.p);
	buf_putc(&file, '\0');
	buf_putc(&text, '\0');
	w->file = file.p;
	w->notes = text.p;
}

static void
written_free(struct written *w)
{
	registry_free(w->r);
	free(w->file);
	free(w->notes);
}

static void
has(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("no %s in\n%s", words, text);
}

static void
has_not(const char *text, const char *words)
{
	if (strstr(text, words) != NULL)
		fail_msg("%s in\n%s", words, text);
}

static void
a_file_is_laid_out_for_people(void **state)
{
	static const char *const	rows[] = {
		"E|50|public|mood|ok|t", "E|50|public|mood|so so|t",
		TABLE("1", "authors"), TABLE("2", "books"),
		ID("1"), TEXT("1", "name"),
		"C|1|mood|public.mood|~|50|f|f|||'ok'::public.mood|f|~|~",
		"C|1|password|character varying(40)|~|1043|f|f|||~|~|~|~",
		ID("2"), "C|2|title|text|~|25|f|t|||~|~|as printed|~",
		"C|2|author_id|integer|~|23|f|t|||~|~|~|~",
		"C|2|price|numeric(6,2)|~|1700|f|f|||0|f|~|~",
		"C|2|made|timestamp without time zone|~|1114|f|f|||~|~|~|~",
		"C|2|slug|text|~|25|f|f||s|lower(title)|~|~|~",
		"K|1|31|u|u|name|f|f", "K|2|32|v|u|title|f|f",
		"K|2|32|v|u|author_id|f|f",
		FK("2", "40", "x", "author_id", "1", "c"),
		"F|2|41|c|c|~|0|~|~| | | |f|f|t|f|(price > 0)",
		"X|2|60|i|author_id|f|t|t", NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_string_equal(w.file,
	    "{\n"
	    "  \"ormd\": 1,\n"
	    "  \"enums\": {\n"
	    "    \"mood\": [\"ok\", \"so so\"]\n"
	    "  },\n"
	    "  \"models\": {\n"
	    "    \"Author\": {\n"
	    "      \"table\": \"authors\",\n"
	    "      \"columns\": {\n"
	    "        \"id\":       {\"type\": \"integer\", "
	    "\"primary_key\": true},\n"
	    "        \"name\":     {\"type\": \"text\", \"unique\": true},\n"
	    "        \"mood\":     {\"type\": \"mood\", "
	    "\"default\": \"'ok'::public.mood\"},\n"
	    "        \"password\": {\"type\": \"varchar(40)\", "
	    "\"private\": true}\n"
	    "      },\n"
	    "      \"relationships\": {\n"
	    "        \"books\": {\"target\": \"Book\", "
	    "\"back_populates\": \"author\", "
	    "\"cascade\": \"all, delete-orphan\"}\n"
	    "      },\n"
	    "      \"serialize_rules\": [\"-books\"]\n"
	    "    },\n"
	    "    \"Book\": {\n"
	    "      \"table\": \"books\",\n"
	    "      \"columns\": {\n"
	    "        \"id\":        {\"type\": \"integer\", "
	    "\"primary_key\": true},\n"
	    "        \"title\":     {\"type\": \"text\", \"nullable\": false, "
	    "\"comment\": \"as printed\"},\n"
	    "        \"author_id\": {\"type\": \"integer\", "
	    "\"nullable\": false, \"references\": \"authors.id\", "
	    "\"on_delete\": \"cascade\"},\n"
	    "        \"price\":     {\"type\": \"numeric(6,2)\", "
	    "\"default\": \"0\"},\n"
	    "        \"made\":      {\"type\": \"timestamp\"},\n"
	    "        \"slug\":      {\"type\": \"text\", "
	    "\"computed\": \"lower(title)\"}\n"
	    "      },\n"
	    "      \"unique\": [\n"
	    "        [\"title\", \"author_id\"]\n"
	    "      ],\n"
	    "      \"checks\": [\n"
	    "        \"(price > 0)\"\n"
	    "      ],\n"
	    "      \"relationships\": {\n"
	    "        \"author\": {\"target\": \"Author\", "
	    "\"back_populates\": \"books\"}\n"
	    "      }\n"
	    "    }\n"
	    "  }\n"
	    "}\n");
	assert_string_equal(w.notes, "authors.password is private: its name "
	    "says that it is a secret\n");
	assert_int_equal(w.r->warnings.n, 0);
	written_free(&w);
}

/* The cascades of P.cs, when c.p_id says this ON DELETE. */
static void
cascades(const char *column, const char *fk, const char *want)
{
	const char *const	rows[] = {
		TABLE("1", "ps"), TABLE("2", "cs"), ID("1"), ID("2"), column,
		fk, "X|2|60|i|p_id|f|t|t", NULL
	};
	struct written		w;

	inspect(&w, rows);
	has(w.file, want);
	assert_int_equal(w.r->warnings.n, 0);
	written_free(&w);
}

static void
cascades_follow_on_delete(void **state)
{
	(void)state;
	cascades(NEEDED("2", "p_id"), FK("2", "40", "f", "p_id", "1", "c"),
	    "\"back_populates\": \"p\", \"cascade\": \"all, delete-orphan\"}");
	cascades(INT("2", "p_id"), FK("2", "40", "f", "p_id", "1", "c"),
	    "\"back_populates\": \"p\", \"cascade\": \"all\"}");
	cascades(INT("2", "p_id"), FK("2", "40", "f", "p_id", "1", "n"),
	    "\"back_populates\": \"p\"}");
	cascades(INT("2", "p_id"), FK("2", "40", "f", "p_id", "1", "d"),
	    "\"back_populates\": \"p\", \"passive_deletes\": true}");
	cascades(INT("2", "p_id"), FK("2", "40", "f", "p_id", "1", "a"),
	    "\"back_populates\": \"p\", \"passive_deletes\": \"all\"}");
	cascades(NEEDED("2", "p_id"), FK("2", "40", "f", "p_id", "1", "r"),
	    "\"back_populates\": \"p\", \"passive_deletes\": \"all\"}");
}

static void
several_foreign_keys_are_named_apart(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "matches"), TABLE("2", "teams"),
		ID("1"), INT("1", "home_id"), INT("1", "away_id"),
		INT("1", "team_id"), ID("2"),
		FK("1", "40", "a", "home_id", "2", "a"),
		FK("1", "41", "b", "away_id", "2", "a"),
		FK("1", "42", "c", "team_id", "2", "a"), NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_string_equal(kit_relationship(w.r, "Match",
	    "home")->back->name, "home_matches");
	assert_string_equal(kit_relationship(w.r, "Match",
	    "away")->back->name, "away_matches");
	assert_string_equal(kit_relationship(w.r, "Match",
	    "team")->back->name, "matches");
	assert_string_equal(kit_relationship(w.r, "Team",
	    "away_matches")->fk->columns.v[0]->name, "away_id");
	written_free(&w);
}

static void
trees_have_parents_and_children(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "categories"), TABLE("2", "employees"),
		ID("1"), INT("1", "parent_id"), ID("2"),
		INT("2", "manager_id"), INT("2", "mentor_id"),
		FK("1", "40", "a", "parent_id", "1", "c"),
		FK("2", "41", "b", "manager_id", "2", "n"),
		FK("2", "42", "c", "mentor_id", "2", "n"), NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_int_equal(kit_relationship(w.r, "Category",
	    "parent")->direction, MANY_TO_ONE);
	assert_string_equal(kit_relationship(w.r, "Category",
	    "parent")->back->name, "children");
	has(w.file, "\"serialize_rules\": [\"-parent.parent\", "
	    "\"-children\"]");
	assert_string_equal(kit_relationship(w.r, "Employee",
	    "mentor")->back->name, "mentor_employees");
	written_free(&w);
}

static void
unique_foreign_keys_are_one_to_one(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "profiles"), TABLE("2", "users"),
		TABLE("3", "logins"),
		ID("1"), INT("1", "user_id"), "K|1|31|u|u|user_id|f|f",
		ID("2"), "C|3|id|integer|~|23|f|t|||~|~|~|~",
		"K|3|93|pk|p|id|f|f",
		FK("1", "40", "a", "user_id", "2", "a"),
		FK("3", "41", "b", "id", "2", "c"), NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_false(kit_relationship(w.r, "User", "profile")->uselist);
	assert_false(kit_relationship(w.r, "User", "login")->uselist);
	/* The key "id" says nothing of what it leads to. */
	assert_string_equal(kit_relationship(w.r, "Login",
	    "user")->back->name, "login");
	assert_false(kit_column(w.r, "Login", "id")->generated);
	written_free(&w);
}

static void
a_table_of_links_is_a_secondary(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "follows"), TABLE("2", "posts"),
		TABLE("3", "posts_tags"), TABLE("4", "tags"),
		TABLE("5", "users"),
		NEEDED("1", "follower_id"), NEEDED("1", "followed_id"),
		"K|1|91|pk|p|follower_id|f|f", "K|1|91|pk|p|followed_id|f|f",
		ID("2"), INT("3", "post_id"), INT("3", "tag_id"), ID("4"),
		ID("5"), FK("1", "40", "a", "follower_id", "5", "c"),
		FK("1", "41", "b", "followed_id", "5", "c"),
		FK("3", "42", "c", "post_id", "2", "c"),
		FK("3", "43", "d", "tag_id", "4", "a"), NULL
	};
	struct written		 w;
	struct relationship	*r;

	(void)state;
	inspect(&w, rows);
	r = kit_relationship(w.r, "Post", "tags");
	assert_int_equal(r->direction, MANY_TO_MANY);
	assert_string_equal(r->back->name, "posts");
	assert_int_equal(r->passive_deletes, PASSIVE_NO);
	assert_int_equal(r->back->passive_deletes, PASSIVE_ALL);
	r = kit_relationship(w.r, "User", "followed");
	assert_string_equal(r->near_columns.v[0]->name, "follower_id");
	assert_string_equal(r->back->name, "followers");
	has(w.notes, "posts_tags has no key: the same link may be there "
	    "twice\n");
	assert_int_equal(w.r->models.n, 3);
	written_free(&w);
}

static void
more_than_links_is_an_association_object(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "courses"), TABLE("2", "grades"),
		TABLE("3", "students"), TABLE("4", "visits"),
		ID("1"), NEEDED("2", "student_id"), NEEDED("2", "course_id"),
		TEXT("2", "mark"), "K|2|92|pk|p|student_id|f|f",
		"K|2|92|pk|p|course_id|f|f", ID("3"), ID("4"),
		INT("4", "student_id"), INT("4", "course_id"),
		FK("2", "40", "a", "student_id", "3", "r"),
		FK("2", "41", "b", "course_id", "1", "r"),
		FK("4", "42", "c", "student_id", "3", "c"),
		FK("4", "43", "d", "course_id", "1", "c"), NULL
	};
	struct written		 w;
	struct relationship	*r;

	(void)state;
	inspect(&w, rows);
	assert_string_equal(kit_proxy(w.r, "Student",
	    "courses")->through->name, "grades");
	assert_string_equal(kit_proxy(w.r, "Course",
	    "students")->through->name, "grades");
	/* Removed with the link; but not deleted with the student. */
	r = kit_relationship(w.r, "Student", "grades");
	assert_int_equal(r->cascade, CASCADE_SAVE_UPDATE | CASCADE_MERGE |
	    CASCADE_DELETE_ORPHAN);
	assert_int_equal(r->passive_deletes, PASSIVE_YES);
	/* The second pair of proxies has to give way. */
	assert_string_equal(kit_proxy(w.r, "Student",
	    "visits_courses")->through->name, "visits");
	r = kit_relationship(w.r, "Student", "visits");
	assert_int_equal(r->cascade, CASCADE_ALL | CASCADE_DELETE_ORPHAN);
	has(w.file, "\"-grades.course.grades\"");
	written_free(&w);
}

static void
a_private_key_names_nothing(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "rooms"), NEEDED("1", "_id"), TEXT("1", "name"),
		"K|1|91|pk|p|_id|f|f", NULL
	};
	struct written			w;

	(void)state;
	inspect(&w, rows);
	has(w.notes, "rooms._id is private: its name begins with _; it is of "
	    "the key, so objects are only named by a unique set of other "
	    "columns\n");
	written_free(&w);
}

static void
names_give_way_to_each_other(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "customers"), TABLE("2", "orders"),
		TABLE("3", "user"), TABLE("4", "users"),
		"T|5|shop|orders|r|f|t|~|~|0|~|f",
		ID("1"), TEXT("1", "orders"), ID("2"),
		INT("2", "customer"), INT("2", "or"), ID("3"), ID("4"),
		ID("5"), INT("5", "order"),
		FK("2", "40", "a", "customer", "1", "a"),
		FK("2", "41", "b", "or", "3", "a"),
		FK("5", "42", "c", "order", "2", "n"), NULL
	};
	struct written		 w;
	struct relationship	*r;

	(void)state;
	inspect(&w, rows);
	r = kit_relationship(w.r, "Order", "customer_object");
	assert_string_equal(r->back->name, "customer_orders");
	assert_non_null(kit_relationship(w.r, "Order", "user"));
	assert_non_null(registry_model(w.r, "Users"));
	r = kit_relationship(w.r, "ShopOrder", "order_object");
	assert_string_equal(r->back->name, "orders");
	has(w.notes, "users is the model Users, for User is another one\n");
	has(w.notes, "shop.orders is the model ShopOrder, ");
	has(w.notes, "orders.or is private: clients cannot write its name\n");
	has(w.file, "\"references\": \"orders.id\"");
	written_free(&w);
}

/* What is left of "uid" without its end is nothing. */
static void
a_column_may_say_no_more_than_key(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "users"), TABLE("2", "logs"), TABLE("3", "links"),
		ID("1"), ID("2"), INT("2", "uid"), NEEDED("3", "uid"),
		NEEDED("3", "log_id"), "K|3|93|pk|p|uid|f|f",
		"K|3|93|pk|p|log_id|f|f",
		FK("2", "40", "a", "uid", "1", "a"),
		FK("3", "41", "b", "uid", "1", "a"),
		FK("3", "42", "c", "log_id", "2", "a"), NULL
	};
	struct written			w;

	(void)state;
	inspect(&w, rows);
	assert_non_null(kit_relationship(w.r, "Log", "user"));
	assert_non_null(kit_relationship(w.r, "Log", "users"));
	written_free(&w);
}

static void
what_is_left_out_is_noted(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "log"), "T|2|public|report|v|f|t|~|~|0|~|f",
		"T|3|public|far|f|f|t|~|~|0|~|f",
		"T|4|public|parts|p|f|t|~|~|2|~|f",
		"T|5|public|parts_1|r|t|t|~|public.parts|0|~|f",
		"T|6|public|spatial|r|f|t|~|~|0|postgis|f",
		"T|7|public|base|r|f|t|~|~|1|~|f",
		"T|8|public|more|r|f|t|~|public.base|0|~|f",
		"T|9|other|alone|r|t|f|~|gone.parts|0|~|f",
		TABLE("10", "typed"),
		TEXT("1", "line"), INT("1", "typed_id"), TEXT("1", "secret"),
		"C|1|ip|inet|~|869|f|f|||~|~|~|~", ID("4"), ID("7"),
		ID("8"), ID("10"),
		"C|10|at|tsvector|~|3614|f|t|||~|~|~|~",
		"C|10|ip|inet|~|869|f|f|||~|~|~|~",
		"C|10|ip2|inet|~|869|f|f|||~|~|~|~",
		"C|10|year|public.year|smallint|21|f|f|||~|~|~|~",
		"C|10|n|numeric(3,5)|~|1700|f|f|||~|~|~|~",
		"C|10|big_id|bigint|~|20|f|f|||~|~|~|~",
		FK("1", "40", "a", "typed_id", "10", "a"),
		FK("10", "41", "b", "ip", "4", "a"),
		FK("10", "44", "c", "big_id", "4", "a"),
		"F|10|42|away|f|big_id|77|gone.t|id|a|a|s|f|f|t|f|~",
		"F|10|43|ex|x|~|0|~|~| | | |f|f|t|f|~",
		"X|10|60|odd_idx|~|f|t|t", NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	has(w.notes, "log has no primary key, nor another over columns that "
	    "have values, and is left out\n");
	has_not(w.notes, "log.secret");
	has(w.notes, "report is a view and left out\n");
	has(w.notes, "far is a foreign table and left out\n");
	has(w.notes, "parts is partitioned: the model is the whole, its 2 "
	    "partitions are left out\n");
	has_not(w.notes, "parts_1");
	has(w.notes, "other.alone is a partition and left out\n");
	has(w.notes, "spatial belongs to an extension and is left out\n");
	has(w.notes, "base rows of the 1 table that inherits from it are seen "
	    "in it too\n");
	has(w.notes, "more inherits from public.base: the model is on its "
	    "own\n");
	has(w.notes, "typed.at is left out: a search vector");
	has(w.notes, "typed.ip is of the type inet, which ormd does not know:"
	    " its values are text, as PostgreSQL writes it (and 1 more "
	    "column)\n");
	has(w.notes, "typed.year is of the domain public.year: the model has "
	    "what that is over\n");
	has(w.notes, "typed.n is numeric(3,5), which a model file cannot "
	    "say");
	has(w.notes, "typed has the foreign key b, left out: it leads to "
	    "public.x, by a column of another type");
	has(w.notes, "typed has the foreign key away, left out: it leads to "
	    "gone.t, which is not in the model\n");
	has(w.notes, "typed has the constraint ex, which stays");
	has(w.notes, "typed has an index that the model does not say: "
	    "odd_idx\n");
	has(w.file, "\"year\":   {\"type\": \"smallint\"}");
	has(w.file, "\"big_id\": {\"type\": \"bigint\", \"references\": "
	    "\"parts.id\"");
	assert_int_equal(w.r->tables.n, 4);
	written_free(&w);
}

static void
a_unique_stands_in_for_a_primary_key(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "codes"), "C|1|code|text|~|25|f|t|||~|~|~|~",
		TEXT("1", "name"), "X|1|60|codes_idx|code|t|t|t", NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_true(kit_column(w.r, "Code", "code")->primary_key);
	has(w.notes, "codes has no primary key: the model has codes_idx in "
	    "its place\n");
	written_free(&w);
}

static void
keys_say_what_fills_them(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "a"), TABLE("2", "b"), TABLE("3", "c"),
		TABLE("4", "d"),
		"C|1|id|bigint|~|20|f|t|a||~|~|~|~", "K|1|91|pk|p|id|f|f",
		"C|1|n|integer|~|23|f|t|d||~|~|~|~",
		NEEDED("2", "id"), "K|2|92|pk|p|id|f|f",
		"C|3|id|integer|~|23|f|t|||nextval('public.s'::regclass)|f|~|~",
		"K|3|93|pk|p|id|f|f",
		"C|4|id|integer|~|23|f|t|||nextval('public.t'::regclass)|t|~|~",
		NEEDED("4", "x"), "K|4|94|pk|p|x|f|f", "K|4|94|pk|p|id|f|f",
		NULL
	};
	struct written	w;

	(void)state;
	inspect(&w, rows);
	assert_true(kit_column(w.r, "A", "id")->always);
	assert_true(kit_column(w.r, "A", "n")->generated);
	assert_false(kit_column(w.r, "B", "id")->generated);
	assert_string_equal(kit_column(w.r, "C", "id")->default_sql,
	    "nextval('public.s'::regclass)");
	assert_true(kit_column(w.r, "D", "id")->generated);
	assert_null(kit_column(w.r, "D", "id")->default_sql);
	assert_string_equal(registry_model(w.r, "D")->table->key.v[0]->name,
	    "x");
	written_free(&w);
}

/* More relationships than lib/serialize takes rules. */
static void
a_hub_prints_its_columns(void **state)
{
	enum { TABLES = 300, OF_ONE = 4 };
	const char	**rows = calloc(TABLES * OF_ONE + 4, sizeof(*rows));
	struct arena	  a;
	struct written	  w;
	size_t		  n = 0;
	int		  i;

	(void)state;
	assert_non_null(rows);
	arena_init(&a, 0);
	rows[n++] = TABLE("1", "hubs");
	rows[n++] = "C|1|id|integer|~|23|f|t|d||~|~|~|~";
	rows[n++] = "K|1|91|pk|p|id|f|f";
	for (i = 2; i < TABLES; i++) {
		rows[n++] = arena_printf(&a,
		    "T|%d|public|t%d|r|f|t|~|~|0|~|f", i, i);
		rows[n++] = arena_printf(&a,
		    "C|%d|hub_id|integer|~|23|f|t|||~|~|~|~", i);
		rows[n++] = arena_printf(&a, "K|%d|9%d|pk|p|hub_id|f|f", i, i);
		rows[n++] = arena_printf(&a, "F|%d|8%d|f|f|hub_id|1|public.x|"
		    "id|c|a|s|f|f|t|f|~", i, i);
	}
	inspect(&w, rows);
	has(w.file, "\"serialize_only\": [\"id\"]\n");
	has(w.notes, "hubs is the model Hub, which prints its columns only: "
	    "it has 298 relationships\n");
	written_free(&w);
	arena_release(&a);
	free(rows);
}

/* Wherever memory ends, inspect says so and nothing else happens. */
static void
memory_may_end_anywhere(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "a"), TABLE("2", "b"), ID("1"), ID("2"),
		INT("2", "a_id"), "C|2|ip|inet|~|869|f|f|||~|~|~|~",
		FK("2", "40", "f", "a_id", "1", "c"), NULL
	};
	struct inspect_notes	 notes;
	struct found		 f;
	struct buf		 b;
	size_t			 used, more;
	int			 result = -1;

	(void)state;
	for (more = 0; result == -1; more += 64) {
		found_kit(&f, rows);
		used = f.arena.used;
		arena_bound(&f.arena, used + more);
		buf_init(&b, 0);
		result = inspect_write(&f, &b, &notes);
		buf_free(&b);
		found_release(&f);
		assert_true(more < 1 << 20);
	}
	assert_true(more > 1024);
}

static void
rows_that_cannot_be_are_refused(void **state)
{
	static const char *const	start[] = {
		TABLE("1", "a"), ID("1"), NULL
	};
	static const char *const	key[] = { "1", "5", "k", "u", "gone",
					    "f", "f" };
	static const char *const	far[] = { "7", "5", "k", "u", "x",
					    "f", "f" };
	struct found			f;

	(void)state;
	found_kit(&f, start);
	assert_int_equal(found_take(&f, FOUND_KEYS, key), -1);
	/* Of a table that is not looked at: nothing. */
	assert_int_equal(found_take(&f, FOUND_KEYS, far), 0);
	assert_int_equal(found_take(&f, FOUND_PATH, NULL), -1);
	found_release(&f);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_file_is_laid_out_for_people),
		cmocka_unit_test(cascades_follow_on_delete),
		cmocka_unit_test(several_foreign_keys_are_named_apart),
		cmocka_unit_test(trees_have_parents_and_children),
		cmocka_unit_test(unique_foreign_keys_are_one_to_one),
		cmocka_unit_test(a_table_of_links_is_a_secondary),
		cmocka_unit_test(more_than_links_is_an_association_object),
		cmocka_unit_test(a_private_key_names_nothing),
		cmocka_unit_test(a_column_may_say_no_more_than_key),
		cmocka_unit_test(names_give_way_to_each_other),
		cmocka_unit_test(what_is_left_out_is_noted),
		cmocka_unit_test(a_unique_stands_in_for_a_primary_key),
		cmocka_unit_test(keys_say_what_fills_them),
		cmocka_unit_test(a_hub_prints_its_columns),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(rows_that_cannot_be_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
