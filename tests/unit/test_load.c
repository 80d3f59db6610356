/*
 * Model files that are refused while tables, columns and keys are made of
 * them: each at its place, with a hint where one can be given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "model_kit.h"

#define ID	"'id': {'type': 'integer', 'primary_key': true}"
#define A(columns)							\
	"'A': {'table': 'a', 'columns': {" ID columns "}}"
#define A_B(column)							\
	A("") ", 'B': {'table': 'b', 'columns': {" ID ", " column "}}"

static void
text_that_is_no_object_is_refused(void **state)
{
	struct error	err;

	(void)state;
	kit_refused("", "", "the text ends before", NULL);
	kit_refused("{'ormd': 1", "", "the text ends before", NULL);
	kit_refused("{'ormd': 1}}", "", "", NULL);
	kit_refused("{'ormd': 1, }", "", "at byte", NULL);
	kit_refused("[]", "", "an object, not a list", NULL);
	kit_refused("null", "", "an object, not null", NULL);
	assert_null(registry_load("{}\0", 3, &err));
	assert_int_equal(err.kind, ERROR_PARSE);
	assert_null(registry_load("{\"a\": \"\xff\"}", 10, &err));
	assert_int_equal(err.kind, ERROR_PARSE);
}

static void
nesting_and_size_have_limits(void **state)
{
	char		 deep[100];
	struct error	 err;

	(void)state;
	memset(deep, '[', sizeof(deep));
	assert_null(registry_load(deep, sizeof(deep), &err));
	assert_int_equal(err.kind, ERROR_PARSE);
	assert_null(registry_load(deep, (size_t)1 << 30, &err));
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
the_first_level_is_checked(void **state)
{
	(void)state;
	kit_refused("{'models': {}}", "/ormd", "which format",
	    "\"ormd\": 1");
	kit_refused("{'ormd': 2, 'models': {}}", "/ormd", "from 1 to 1",
	    NULL);
	kit_refused("{'ormd': '1', 'models': {}}", "/ormd", "an integer",
	    "without the quotes");
	kit_refused("{'ormd': 1}", "/models", "has models", NULL);
	kit_refused("{'ormd': 1, 'models': []}", "/models", "an object",
	    "for each");
	kit_refused("{'ormd': 1, 'models': {}, 'enum': {}}", "/enum",
	    "unknown member enum", "did you mean enums?");
	kit_refused("{'ormd': 1, 'models': {}, 'tables': 3}", "/tables",
	    "an object", "for each");
}

static void
enums_are_lists_of_words(void **state)
{
	(void)state;
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'e': 'a'}}",
	    "/enums/e", "a list of its values, not a string", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'e': []}}",
	    "/enums/e", "a list of its values", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'e': ['a', 1]}}",
	    "/enums/e/1", "is a string, not a number", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'e': ['a', 'a']}}",
	    "/enums/e/1", "named twice", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'e': ['']}}",
	    "/enums/e/0", "1 to 63 bytes", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'date': ['a']}}",
	    "/enums/date", "is a type of PostgreSQL", "public.date");
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'a.': ['a']}}",
	    "/enums/a.", "1 to 63 bytes", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'.a': ['a']}}",
	    "/enums/.a", "1 to 63 bytes", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'enums': {'': ['a']}}",
	    "/enums/", "1 to 63 bytes", NULL);
}

static void
models_have_tables_columns_and_keys(void **state)
{
	(void)state;
	kit_models_refused("'A': 1", "/models/A", "an object, not a number",
	    NULL);
	kit_models_refused("'A': {}", "/models/A/table", "has no table",
	    NULL);
	kit_models_refused("'A': {'table': ''}", "/models/A/table",
	    "not empty", NULL);
	kit_models_refused("'A': {'table': 'a'}", "/models/A/columns",
	    "has no columns", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {}}",
	    "/models/A/columns", "1 to 1600 columns", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': "
	    "{'x': {'type': 'text'}}}", "/models/A/primary_key",
	    "has no primary key", "\"primary_key\": true");
	kit_models_refused("'A': {'table': 'a', 'colums': {}}",
	    "/models/A/colums", "unknown member", "did you mean columns?");
	kit_models_refused(A("") ", 'B': {'table': 'a', 'columns': {" ID "}}",
	    "/models/B/table", "the table a is there twice", NULL);
	kit_models_refused("'': {'table': 'a'}", "/models/", "not empty",
	    NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'tables': {'t': {'columns': "
	    "{'x': {'type': 'text'}}, 'relationships': {}}}}",
	    "/tables/t/relationships", "unknown member", NULL);
	kit_refused("{'ormd': 1, 'models': {" A("") "}, 'tables': {'a': "
	    "{'columns': {'x': {'type': 'text'}}}}}", "/tables/a",
	    "there twice", NULL);
	kit_refused("{'ormd': 1, 'models': {}, 'tables': {'t': 1}}",
	    "/tables/t", "an object", NULL);
}

static void
columns_say_what_they_are(void **state)
{
	(void)state;
	kit_models_refused(A(", 'x': 'text'"), "/models/A/columns/x",
	    "an object, not a string", "{\"type\": \"text\"}");
	kit_models_refused(A(", 'x': {}"), "/models/A/columns/x/type",
	    "has no type", NULL);
	kit_models_refused(A(", 'x': {'type': 3}"),
	    "/models/A/columns/x/type", "a string", NULL);
	kit_models_refused(A(", 'x': {'type': 'text; drop table a'}"),
	    "/models/A/columns/x/type", "not the name of a type", NULL);
	kit_models_refused(A(", 'x': {'type': '\\\"open'}"),
	    "/models/A/columns/x/type", "not the name of a type", NULL);
	kit_models_refused(A(", 'x': {'type': 'varchar(0)'}"),
	    "/models/A/columns/x/type", "not a number above 0", NULL);
	kit_models_refused(A(", 'x': {'type': 'varchar(a)'}"),
	    "/models/A/columns/x/type", "not a number above 0", NULL);
	kit_models_refused(A(", 'x': {'type': 'numeric(1001)'}"),
	    "/models/A/columns/x/type", "1 to 1000 digits", NULL);
	kit_models_refused(A(", 'x': {'type': 'numeric(2,-1001)'}"),
	    "/models/A/columns/x/type", "1 to 1000 digits", NULL);
	kit_models_refused(A(", 'x': {'type': 'timestamptz(7)'}"),
	    "/models/A/columns/x/type", "0 to 6 digits", NULL);
	kit_models_refused(A(", 'x': {'type': 'text', 'nulable': true}"),
	    "/models/A/columns/x/nulable", "unknown member",
	    "did you mean nullable?");
	kit_models_refused(A(", 'x': {'type': 'text', 'nullable': 1}"),
	    "/models/A/columns/x/nullable", "true or false", NULL);
	kit_models_refused(A(", 'x': {'type': 'text', 'default': 1}"),
	    "/models/A/columns/x/default", "a string", "SQL, in quotes");
	kit_models_refused("'A': {'table': 'a', 'columns': {'id': {'type': "
	    "'integer', 'primary_key': true, 'nullable': true}}}",
	    "/models/A/columns/id/nullable", "cannot be null", NULL);
	kit_models_refused(A(", 'x': {'type': 'text', 'read_only': true, "
	    "'write_only': true}"), "/models/A/columns/x", "both", NULL);
	kit_models_refused(A(", 'x': {'type': 'serial'}"),
	    "/models/A/columns/x/type", "is for a primary key",
	    "make it integer");
}

static void
what_fills_a_column_is_said_once(void **state)
{
	(void)state;
	kit_models_refused(A(", 'x': {'type': 'integer', 'autoincrement': "
	    "'often'}"), "/models/A/columns/x/autoincrement",
	    "true, false or \"always\"", NULL);
	kit_models_refused(A(", 'x': {'type': 'text', 'autoincrement': "
	    "true}"), "/models/A/columns/x/autoincrement",
	    "for an integer column", "leave it out");
	kit_models_refused(A(", 'x': {'type': 'integer', 'autoincrement': "
	    "true, 'default': '1'}"), "/models/A/columns/x/autoincrement",
	    "has no default", "leave it out");
	kit_models_refused(A(", 'x': {'type': 'integer', 'autoincrement': "
	    "'always', 'references': 'a.id'}"),
	    "/models/A/columns/x/autoincrement", "refers to nothing",
	    "leave it out");
	kit_models_refused(A(", 'x': {'type': 'integer', 'computed': 3}"),
	    "/models/A/columns/x/computed", "a string", "SQL, in quotes");
	kit_models_refused(A(", 'x': {'type': 'integer', 'computed': 'id', "
	    "'default': '1'}"), "/models/A/columns/x/computed",
	    "has no default", "read_only by itself");
	kit_models_refused(A(", 'x': {'type': 'integer', 'computed': 'id', "
	    "'write_only': true}"), "/models/A/columns/x/computed",
	    "is not written", "read_only by itself");
	kit_models_refused(A(", 'x': {'type': 'integer', 'comment': 3}"),
	    "/models/A/columns/x/comment", "a string", NULL);
}

static void
names_are_ones_that_clients_can_write(void **state)
{
	static const char	long_name[] =
	    "'12345678901234567890123456789012345678901234567890"
	    "12345678901234'";
	char			text[300];

	(void)state;
	kit_models_refused(A(", 'a.b': {'type': 'text'}"),
	    "/models/A/columns/a.b", "cannot be called a.b", "no dot");
	kit_models_refused(A(", '$x': {'type': 'text'}"),
	    "/models/A/columns/$x", "cannot be called", "no $ or -");
	kit_models_refused(A(", '-x': {'type': 'text'}"),
	    "/models/A/columns/-x", "cannot be called", "no $ or -");
	kit_models_refused(A(", 'or': {'type': 'text'}"),
	    "/models/A/columns/or", "a word of where", NULL);
	kit_models_refused(A(", '': {'type': 'text'}"),
	    "/models/A/columns/", "not empty", NULL);
	snprintf(text, sizeof(text), "'A': {'table': 'a', 'columns': {" ID
	    ", %s: {'type': 'text'}}}", long_name);
	kit_models_refused(text, "/models/A/columns/12345678901234567890"
	    "12345678901234567890123456789012345678901234",
	    "at most 63 bytes", "PostgreSQL would cut it");
	/* A name with a slash has its pointer escaped. */
	kit_models_refused(A(", 'a/b~': {'type': 3}"),
	    "/models/A/columns/a~1b~0/type", "a string", NULL);
	/* Private columns have no name for clients. */
	registry_free(kit_models(A(", 'x.y': {'type': 'text', "
	    "'private': true}")));
}

static void
primary_keys_name_columns_once(void **state)
{
	(void)state;
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'primary_key': ['id']}", "/models/A/primary_key",
	    "named twice", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {'x': {'type': "
	    "'text'}}, 'primary_key': ['x', 'x']}", "/models/A/primary_key/1",
	    "named twice", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {'code': {'type': "
	    "'text'}}, 'primary_key': ['kode']}", "/models/A/primary_key/0",
	    "has no column kode", "did you mean code?");
	kit_models_refused("'A': {'table': 'a', 'columns': {'x': {'type': "
	    "'text'}}, 'primary_key': 'x'}", "/models/A/primary_key",
	    "a list", "[\"x\"]");
	kit_models_refused("'A': {'table': 'a', 'columns': {'x': {'type': "
	    "'text'}}, 'primary_key': [1]}", "/models/A/primary_key/0",
	    "a list of strings", NULL);
}

static void
words_of_others_are_understood(void **state)
{
	(void)state;
	kit_models_refused(A_B("'x': {'type': 'text', 'not_null': true}"),
	    "/models/B/columns/x/not_null", "unknown member",
	    "\"nullable\": false");
	kit_models_refused(A_B("'x': {'type': 'text'}}, 'pk': ['x'], 'z': {"),
	    "/models/B/pk", "unknown member", "\"primary_key\"");
	kit_models_refused(A_B("'x': {'type': 'integer', 'default': 5}"),
	    "/models/B/columns/x/default", "a string", "SQL, in quotes");
	kit_models_refused(A_B("'x': {'type': 'integer', 'references': "
	    "'zzz.id'}"), "/models/B/columns/x/references", "no table zzz",
	    "stands in \"tables\"");
}

static void
types_that_are_slips_are_warned_of(void **state)
{
	static const struct {
		const char	*type, *near;
	} cases[] = {
		{ "datee", "date" }, { "string", "text" },
		{ "DateTime", "timestamptz" }, { "integr", "integer" },
		/* These there are, or a database may have. */
		{ "inet", NULL }, { "citext", NULL }, { "money", NULL },
		{ "mood", NULL }, { "shop.datee", NULL }, { "tsvector", NULL },
		{ "point", NULL }, { "name", NULL }, { "box", NULL },
		{ "hstore", NULL }, { "int4", NULL }, { "bit", NULL }
	};
	struct registry		*r;
	char			 text[256];
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), A_B("'x': {'type': '%s'}"),
		    cases[i].type);
		r = kit_models(text);
		assert_int_equal(r->warnings.n, cases[i].near != NULL);
		if (cases[i].near != NULL)
			assert_non_null(strstr(r->warnings.v[0]->hint,
			    cases[i].near));
		registry_free(r);
	}
}

static void
foreign_keys_lead_to_keys(void **state)
{
	(void)state;
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'as.id'}"), "/models/B/columns/a_id/references",
	    "no table as", "did you mean a?");
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a.idd'}"), "/models/B/columns/a_id/references",
	    "has no column idd", "did you mean id?");
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a'}"), "/models/B/columns/a_id/references",
	    "does not say of which table", "table.column");
	kit_models_refused(A_B("'a_id': {'type': 'text', 'references': "
	    "'a.id'}"), "/models/B/columns/a_id/references",
	    "a_id is text, but a.id is integer", "the same type");
	kit_models_refused(A_B("'a_id': {'type': 'bigint[]', 'references': "
	    "'a.id'}"), "/models/B/columns/a_id/references", "is bigint[]",
	    "the same type");
	kit_models_refused(A_B("'x': {'type': 'integer'}, 'y': {'type': "
	    "'integer', 'references': 'b.x'}"),
	    "/models/B/columns/y/references", "no key of its table",
	    "unique columns");
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a.id', 'on_delete': 'casacde'}"),
	    "/models/B/columns/a_id/on_delete", "cannot be casacde",
	    "did you mean cascade?");
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a.id', 'on_update': 'explode violently'}"),
	    "/models/B/columns/a_id/on_update", "cannot be",
	    "cascade, set null");
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'on_delete': "
	    "'cascade'}"), "/models/B/columns/a_id/on_delete",
	    "needs references", NULL);
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a.id', 'initially': 'later'}"),
	    "/models/B/columns/a_id/initially", "deferred or immediate",
	    NULL);
	kit_models_refused(A_B("'a_id': {'type': 'integer', 'references': "
	    "'a.id', 'deferrable': false, 'initially': 'deferred'}"),
	    "/models/B/columns/a_id/initially", "not deferrable", NULL);
}

#define COMPOSITE(fks)							\
	"'P': {'table': 'p', 'columns': {'x': {'type': 'integer'}, "	\
	"'y': {'type': 'integer'}}, 'primary_key': ['x', 'y']}, "	\
	"'C': {'table': 'c', 'columns': {" ID ", 'px': {'type': "	\
	"'integer'}, 'py': {'type': 'integer'}}, 'foreign_keys': " fks "}"

static void
composite_foreign_keys_are_checked_as_a_whole(void **state)
{
	(void)state;
	kit_models_refused(COMPOSITE("{}"), "/models/C/foreign_keys",
	    "a list", "[{}]");
	kit_models_refused(COMPOSITE("[1]"), "/models/C/foreign_keys/0",
	    "an object", NULL);
	kit_models_refused(COMPOSITE("[{'references': ['p.x']}]"),
	    "/models/C/foreign_keys/0/columns", "is missing", NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px', 'py'], "
	    "'references': ['p.x']}]"),
	    "/models/C/foreign_keys/0/references", "2 columns cannot refer",
	    NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px'], 'references': "
	    "['p.x']}]"), "/models/C/foreign_keys/0/references",
	    "p.x is no key", "unique columns");
	kit_models_refused(COMPOSITE("[{'columns': [], 'references': []}]"),
	    "/models/C/foreign_keys/0/columns", "at least one", NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px', 'px'], "
	    "'references': ['p.x', 'p.y']}]"),
	    "/models/C/foreign_keys/0/columns/1", "named twice", NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px', 'py'], "
	    "'references': ['p.x', 'c.id']}]"),
	    "/models/C/foreign_keys/0/references", "leads to one table",
	    NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px', 'p.y'], "
	    "'references': ['p.x', 'p.y']}]"),
	    "/models/C/foreign_keys/0/columns/1", "not a column of c", NULL);
	kit_models_refused(COMPOSITE("[{'columns': ['px', 'py'], "
	    "'references': ['p.x', 'p.y'], 'ondelete': 'cascade'}]"),
	    "/models/C/foreign_keys/0/ondelete", "unknown member",
	    "did you mean on_delete?");
}

static void
uniques_name_columns(void **state)
{
	(void)state;
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'unique': [['it']]}", "/models/A/unique/0/0",
	    "has no column it", "did you mean id?");
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'unique': ['id']}", "/models/A/unique/0",
	    "a list of columns or an object", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'unique': [{'columns': ['id'], 'name': 'x'}]}",
	    "/models/A/unique/0/name", "unknown member", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'unique': [{}]}", "/models/A/unique/0/columns",
	    "is missing", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'checks': 'id > 0'}", "/models/A/checks", "a list",
	    "[\"id > 0\"]");
}

static void
options_of_a_model_are_checked(void **state)
{
	(void)state;
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'orphan': 'some'}", "/models/A/orphan", "any or all",
	    "any: let go by one");
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'version': 'v'}", "/models/A/version", "has no column v",
	    NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'version': 'id'}", "/models/A/version", "not its key", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID ", "
	    "'v': {'type': 'text'}}, 'version': 'v'}", "/models/A/version",
	    "an integer column", NULL);
	kit_models_refused("'A': {'table': 'a', 'columns': {" ID
	    "}, 'serialize_proxies': 1}", "/models/A/serialize_proxies",
	    "true or false", NULL);
}

static void
a_name_in_two_schemas_needs_its_schema(void **state)
{
	struct registry	*r;

	(void)state;
	kit_models_refused("'A': {'table': 't', 'schema': 's', 'columns': {"
	    ID "}}, 'B': {'table': 't', 'schema': 'z', 'columns': {" ID
	    "}}, 'C': {'table': 'c', 'columns': {" ID ", 't_id': {'type': "
	    "'integer', 'references': 't.id'}}}",
	    "/models/C/columns/t_id/references", "several tables called t",
	    "write s.t or z.t");
	r = kit_models("'A': {'table': 't', 'schema': 's', 'columns': {"
	    ID "}}, 'B': {'table': 't', 'schema': 'z', 'columns': {" ID
	    "}}, 'C': {'table': 'c', 'columns': {" ID ", 't_id': {'type': "
	    "'integer', 'references': 'z.t.id'}}}");
	assert_ptr_equal(kit_column(r, "C", "t_id")->fk->target,
	    registry_model(r, "B")->table);
	assert_string_equal(registry_model(r, "B")->table->quoted,
	    "\"z\".\"t\"");
	registry_free(r);
}

/* The pointers of what is refused, one a line. */
static void
tell(void *arg, const struct error *err)
{
	struct buf	*told = arg;

	assert_int_not_equal(err->message[0], '\0');
	buf_printf(told, "%s\n", err->path);
}

static void
all_are_told(const char *text, const char *want)
{
	struct buf	 told, json;
	const char	*p;

	buf_init(&told, 0);
	buf_init(&json, 0);
	for (p = text; *p != '\0'; p++)
		buf_putc(&json, *p == '\'' ? '"' : *p);
	assert_null(registry_load_all(json.p, json.n, tell, &told));
	buf_putc(&told, '\0');
	assert_string_equal(told.p, want);
	buf_free(&told);
	buf_free(&json);
}

static void
each_refusal_is_told_once_and_without_what_follows(void **state)
{
	(void)state;
	all_are_told("[]", "\n");
	all_are_told("{'ormd': 1, 'models': {'A': {'table': 'a', 'columns': {"
	    ID ", 'x': {'tpe': 'text'}, 'y': {'type': 'text', 'nullable': 3}}"
	    ", 'primary_key': ['z']}, 'B': {'table': 'b', 'columns': {'id': "
	    "{'type': 'text'}}}, 'C': 3}}",
	    "/models/A/columns/x/tpe\n/models/A/columns/y/nullable\n"
	    "/models/B/primary_key\n/models/C\n");
	/* The next pass is only run over what is whole. */
	all_are_told("{'ormd': 1, 'models': {'A': {'table': 'a', 'columns': {"
	    ID ", 'x': {'type': 'integer', 'references': 'b.id'}, 'y': "
	    "{'type': 'integer', 'references': 'c.id'}}, 'foreign_keys': [1, "
	    "{'columns': ['q']}], 'relationships': {'r': {'target': 'X'}}}}}",
	    "/models/A/columns/x/references\n"
	    "/models/A/columns/y/references\n/models/A/foreign_keys/0\n"
	    "/models/A/foreign_keys/1/columns/0\n");
	all_are_told("{'ormd': 1, 'models': {'A': {'table': 'a', 'columns': {"
	    ID ", 'up': {'type': 'integer', 'references': 'a.id'}}, "
	    "'relationships': {'r': {'target': 'X'}, 's': {'target': 'A', "
	    "'cascade': 'al'}, 't': {'target': 'A'}}}}}",
	    "/models/A/relationships/r/target\n"
	    "/models/A/relationships/s/cascade\n");
	all_are_told("{'ormd': 1, 'models': {'A': {'table': 'a', 'columns': {"
	    ID "}, 'serialize_rules': ['-x', '-id', 'y']}}}",
	    "/models/A/serialize_rules/0\n/models/A/serialize_rules/2\n");
}

static void
what_is_whole_is_loaded_all_the_same(void **state)
{
	struct buf	 told;
	struct registry	*r;
	static const char	text[] = "{\"ormd\": 1, \"models\": {}}";

	(void)state;
	buf_init(&told, 0);
	r = registry_load_all(text, strlen(text), tell, &told);
	assert_non_null(r);
	assert_int_equal(told.n, 0);
	registry_free(r);
}

static void
a_key_that_can_be_written_in_two_ways_is_a_warning(void **state)
{
	(void)state;
	kit_models_warned("'A': {'table': 'a', 'columns': {'k': {'type': "
	    "'numeric', 'primary_key': true}, 'n': {'type': 'numeric'}}}",
	    "/models/A/columns/k/type", "1.0 and 1.00 are equal keys");
	kit_models_warned("'A': {'table': 'a', 'columns': {'k': {'type': "
	    "'citext', 'primary_key': true}, 'n': {'type': 'citext'}}}",
	    "/models/A/columns/k/type", "which are citext");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_no_object_is_refused),
		cmocka_unit_test(nesting_and_size_have_limits),
		cmocka_unit_test(the_first_level_is_checked),
		cmocka_unit_test(enums_are_lists_of_words),
		cmocka_unit_test(models_have_tables_columns_and_keys),
		cmocka_unit_test(columns_say_what_they_are),
		cmocka_unit_test(
		    a_key_that_can_be_written_in_two_ways_is_a_warning),
		cmocka_unit_test(what_fills_a_column_is_said_once),
		cmocka_unit_test(names_are_ones_that_clients_can_write),
		cmocka_unit_test(primary_keys_name_columns_once),
		cmocka_unit_test(words_of_others_are_understood),
		cmocka_unit_test(types_that_are_slips_are_warned_of),
		cmocka_unit_test(foreign_keys_lead_to_keys),
		cmocka_unit_test(composite_foreign_keys_are_checked_as_a_whole),
		cmocka_unit_test(uniques_name_columns),
		cmocka_unit_test(options_of_a_model_are_checked),
		cmocka_unit_test(a_name_in_two_schemas_needs_its_schema),
		cmocka_unit_test(
		    each_refusal_is_told_once_and_without_what_follows),
		cmocka_unit_test(what_is_whole_is_loaded_all_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
