/*
 * A model held against a database that is made up: what differs, where in the
 * model file, and what is asked of the rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "drift.h"
#include "found_kit.h"
#include "model_kit.h"

#define MODEL_ID	"'id': {'type': 'integer', 'primary_key': true}"
#define SERIAL(oid)	"C|" oid "|id|integer|~|23|f|t|d||~|~|~|public.s", \
			"K|" oid "|9" oid "|pk|p|id|f|f"

/* "error /path: text" or "warning ...", a line each; the caller frees. */
static char *
findings_text(const struct findings *f)
{
	const struct finding	*found;
	struct buf		 b;
	size_t			 i;

	buf_init(&b, 0);
	for (i = 0; i < f->v.n; i++) {
		found = f->v.v[i];
		buf_printf(&b, "%s %s: %s\n",
		    found->is_error ? "error" : "warning", found->note.path,
		    found->note.text);
	}
	buf_putc(&b, '\0');
	return b.p;
}

/* These models, each 'Name': {...}, held against these rows. */
static void
drifts(const char *models, const char *const *rows, const char *want)
{
	struct registry	*r = kit_models(models);
	struct findings	 f;
	struct found	 database;
	char		*text;

	found_kit(&database, rows);
	findings_init(&f);
	drift_find(r, &database, &f);
	text = findings_text(&f);
	assert_false(f.broken);
	assert_string_equal(text, want);
	free(text);
	findings_release(&f);
	found_release(&database);
	registry_free(r);
}

static void
what_fits_has_no_findings(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), TABLE("2", "bs"), SERIAL("1"),
		"C|1|s|character varying(5)|~|1043|f|t|||~|~|~|~",
		"C|1|n|public.year|smallint|21|f|f|||7|f|~|~",
		"C|1|c|public.citext|~|99|f|f|||~|~|~|~",
		"C|1|t|timestamp(3) with time zone|~|1184|f|f|||~|~|~|~",
		"C|1|l|character(1)|~|1042|f|f|||~|~|~|~",
		SERIAL("2"), INT("2", "a_id"),
		FK("2", "40", "f", "a_id", "1", "c"),
		"X|2|60|i|a_id|f|t|t", NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {" MODEL_ID ", 's': {'type': "
	    "'varchar(5)', 'nullable': false}, 'n': {'type': 'int2', "
	    "'default': '7'}, 'c': {'type': 'citext'}, 't': {'type': "
	    "'timestamptz(3)'}, 'l': {'type': 'char'}}}, 'B': {'table': 'bs',"
	    " 'columns': {" MODEL_ID ", 'a_id': {'type': 'int', 'references':"
	    " 'as.id', 'on_delete': 'cascade'}}}", rows, "");
}

static void
tables_and_columns_that_are_not_there(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), SERIAL("1"), TEXT("1", "extra"),
		"C|1|must|text|~|25|f|t|||~|~|~|~", TEXT("1", "nmae"), NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {" MODEL_ID ", 'name': "
	    "{'type': 'text'}}}, 'B': {'table': 'bs', 'schema': 'x', "
	    "'columns': {" MODEL_ID "}}", rows,
	    "error /models/A/columns/name: the database's table as has no "
	    "column name\n"
	    "warning /models/A: the database's column as.extra is not in the "
	    "model\n"
	    "error /models/A: the database's column as.must is not in the "
	    "model, and no row can be made without it\n"
	    "warning /models/A: the database's column as.nmae is not in the "
	    "model\n"
	    "error /models/B/table: there is no table x.bs in the database\n");
}

static void
types_nulls_and_defaults(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), "E|50|public|mood|ok|t",
		"E|50|public|mood|sad|t",
		NEEDED("1", "id"), "K|1|91|pk|p|id|f|f",
		"C|1|a|bigint|~|20|f|f|||~|~|~|~",
		"C|1|b|character varying(9)|~|1043|f|t|||~|~|~|~",
		"C|1|c|text[]|~|25|t|f|||~|~|~|~",
		"C|1|d|text|~|25|f|f||s|lower(b)|~|~|~",
		"C|1|e|integer|~|23|f|t|a||~|~|~|public.s",
		"C|1|f|integer|~|23|f|f|||3|f|~|~",
		"C|1|g|integer|~|23|f|f|||~|~|~|~",
		"C|1|m|public.mood|~|50|f|f|||~|~|~|~", NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {" MODEL_ID ", 'a': {'type': "
	    "'integer'}, 'b': {'type': 'varchar(7)'}, 'c': {'type': 'text'}, "
	    "'d': {'type': 'text'}, 'e': {'type': 'integer', 'nullable': "
	    "false}, 'f': {'type': 'integer'}, 'g': {'type': 'integer', "
	    "'default': '3', 'nullable': false}, 'm': {'type': 'text'}}}",
	    rows,
	    "error /models/A/columns/id: no sequence of its own fills id\n"
	    "error /models/A/columns/a/type: a is integer in the model, bigint"
	    " in the database\n"
	    "warning /models/A/columns/b/type: b is varchar(7) in the model, "
	    "character varying(9) in the database\n"
	    "warning /models/A/columns/b/nullable: b is NOT NULL in the "
	    "database\n"
	    "error /models/A/columns/c/type: c is text in the model, text[] in"
	    " the database\n"
	    "error /models/A/columns/d: d is computed by the database\n"
	    "error /models/A/columns/e: e is GENERATED ALWAYS: a value that is"
	    " given is refused\n"
	    "warning /models/A/columns/f: f has a default in the database\n"
	    "warning /models/A/columns/g/nullable: g can be null in the "
	    "database\n"
	    "error /models/A/columns/g: g has no default in the database\n"
	    "error /models/A/columns/m/type: m is text in the model, "
	    "public.mood in the database\n");
}

static void
enums_by_their_values(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), "E|50|public|mood|ok|t",
		"E|50|public|mood|sad|t", SERIAL("1"),
		"C|1|m|public.mood|~|50|f|f|||~|~|~|~",
		"C|1|n|public.mood[]|~|50|t|f|||~|~|~|~", NULL
	};
	struct registry	*r = kit_load("{'ormd': 1, 'enums': {'mood': ['ok', "
			    "'glad']}, 'models': {'A': {'table': 'as', "
			    "'columns': {" MODEL_ID ", 'm': {'type': 'mood'},"
			    " 'n': {'type': 'mood'}}}}}");
	struct findings	 f;
	struct found	 database;
	char		*text;

	(void)state;
	found_kit(&database, rows);
	findings_init(&f);
	drift_find(r, &database, &f);
	text = findings_text(&f);
	assert_string_equal(text,
	    "error /models/A/columns/m/type: the database's mood has no value "
	    "glad\n"
	    "warning /models/A/columns/m/type: the database's mood has a value"
	    " sad that the model has not\n"
	    "error /models/A/columns/n/type: n is mood in the model, "
	    "public.mood[] in the database\n");
	assert_int_equal(f.errors, 2);
	free(text);
	findings_release(&f);
	found_release(&database);
	registry_free(r);
}

static void
keys_and_uniques(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), INT("1", "x"), INT("1", "y"),
		INT("1", "z"), "K|1|31|zu|u|z|f|f", NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {'x': {'type': 'integer', "
	    "'unique': true}, 'y': {'type': 'integer'}, 'z': {'type': "
	    "'integer'}}, 'primary_key': ['x', 'y'], 'unique': [['y', 'z']]}",
	    rows,
	    "warning /models/A/columns/x/nullable: x can be null in the "
	    "database\n"
	    "warning /models/A/columns/y/nullable: y can be null in the "
	    "database\n"
	    "error /models/A/primary_key: the database does not keep (x, y) "
	    "unique in as\n"
	    "error /models/A/columns/x/unique: the database does not keep (x) "
	    "unique in as\n"
	    "error /models/A/unique/0: the database does not keep (y, z) "
	    "unique in as\n"
	    "warning /models/A: the database's unique zu of as is not in the "
	    "model\n");
}

static void
foreign_keys_and_their_indexes(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), TABLE("2", "bs"), TABLE("3", "cs"),
		SERIAL("1"), SERIAL("2"), SERIAL("3"), INT("2", "a_id"),
		INT("2", "a2_id"), INT("2", "a3_id"), INT("3", "a_id"),
		FK("2", "40", "f", "a_id", "1", "a"),
		"F|2|41|g|f|a3_id|1|public.as|id|c|a|s|t|f|f|f|~",
		FK("3", "42", "h", "a_id", "1", "r"), NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {" MODEL_ID "}}, 'B': "
	    "{'table': 'bs', 'columns': {" MODEL_ID ", 'a_id': {'type': "
	    "'integer', 'references': 'as.id', 'on_delete': 'cascade', "
	    "'on_update': 'cascade'}, 'a2_id': {'type': 'integer', "
	    "'references': 'as.id', 'index': false}, 'a3_id': {'type': "
	    "'integer'}}, 'foreign_keys': [{'columns': ['a3_id'], "
	    "'references': ['as.id'], 'on_delete': 'cascade'}]}", rows,
	    "error /models/B/columns/a_id/on_delete: the foreign key of a_id "
	    "to as is ON DELETE CASCADE in the model, NO ACTION in the "
	    "database\n"
	    "error /models/B/columns/a_id/on_update: the foreign key of a_id "
	    "to as is ON UPDATE CASCADE in the model, NO ACTION in the "
	    "database\n"
	    "warning /models/B/columns/a_id/references: each delete in as "
	    "reads all of bs, since the database has no index of a_id\n"
	    "error /models/B/columns/a2_id/references: the database has no "
	    "foreign key of a2_id to as\n"
	    "warning /models/B/foreign_keys/0/deferrable: the foreign key of "
	    "a3_id to as is deferrable in the database, or at another time\n"
	    "warning /models/B/foreign_keys/0/references: the foreign key of "
	    "a3_id to as is NOT VALID in the database\n"
	    "warning /models/B/foreign_keys/0/references: each delete in as "
	    "reads all of bs, since the database has no index of a3_id\n"
	    "warning /models/A: public.cs, which is not in the model, refers "
	    "to as, ON DELETE RESTRICT\n");
}

static void
views_keep_nothing(void **state)
{
	static const char *const	rows[] = {
		"T|1|public|as|v|f|t|~|~|0|~|f", INT("1", "id"),
		TEXT("1", "t"), NULL
	};

	(void)state;
	drifts("'A': {'table': 'as', 'columns': {" MODEL_ID ", 't': {'type': "
	    "'text', 'nullable': false}}}", rows,
	    "warning /models/A/columns/id/primary_key: the database does not "
	    "keep (id) unique in as\n");
}

/* The statements that are made, by where they point. */
static void
probes_are(const char *models, const char *const *rows, unsigned kinds,
    const char *want)
{
	struct registry	*r = kit_models(models);
	struct findings	 f;
	struct found	 database;
	struct probes	 probes;
	struct buf	 b;
	size_t		 i;

	found_kit(&database, rows);
	findings_init(&f);
	buf_init(&b, 0);
	probes_make(r, &database, kinds, &probes, &f);
	assert_false(f.broken);
	for (i = 0; i < probes.v.n; i++)
		buf_printf(&b, "%s: %ss %s\n", probes.v.v[i]->path,
		    probes.v.v[i]->unit, probes.v.v[i]->text);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, want);
	buf_free(&b);
	findings_release(&f);
	found_release(&database);
	registry_free(r);
}

static void
rows_are_asked_for_what_the_database_does_not_keep(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), TABLE("2", "bs"), SERIAL("1"), SERIAL("2"),
		INT("2", "a_id"), TEXT("2", "s"), NULL
	};
	static const char	models[] = "'A': {'table': 'as', 'columns': {"
	    MODEL_ID "}, 'relationships': {'bs': {'target': 'B', 'uselist': "
	    "false, 'cascade': 'all, delete-orphan'}}}, 'B': {'table': 'bs', "
	    "'columns': {" MODEL_ID ", 'a_id': {'type': 'integer', "
	    "'references': 'as.id'}, 's': {'type': 'text', 'nullable': false,"
	    " 'unique': true}}}, 'C': {'table': 'gone', 'columns': {" MODEL_ID
	    "}}";

	(void)state;
	probes_are(models, rows, PROBE_SEQUENCE,
	    "/models/A/columns/id: sequences behind as.id\n"
	    "/models/B/columns/id: sequences behind bs.id\n");
	probes_are(models, rows, PROBE_DATA,
	    "/models/A/relationships/bs: values of (a_id) in more than one "
	    "row of bs, which is one-to-one\n"
	    "/models/B/columns/s/nullable: rows of bs without s\n"
	    "/models/B/columns/a_id/references: rows of bs with (a_id) that "
	    "is not in as\n"
	    "/models/B/columns/s/unique: values of (s) in more than one row "
	    "of bs\n"
	    "/models/B: rows of bs that nothing owns\n");
}

static void
what_a_probe_finds_is_counted(void **state)
{
	struct probe	 p = { .is_error = true, .path = "/models/A",
			    .sql = "", .unit = "row", .text = "of a without b",
			    .hint = "" };
	struct findings	 f;
	char		*text;

	(void)state;
	findings_init(&f);
	probe_take(&f, &p, "0", NULL);
	probe_take(&f, &p, "1", "7");
	p.is_error = false;
	probe_take(&f, &p, "12", "1, 2, 3, 4, 5");
	probe_fail(&f, &p, "ERROR: no");
	text = findings_text(&f);
	assert_string_equal(text,
	    "error /models/A: 1 row of a without b: 7\n"
	    "warning /models/A: 12 rows of a without b: 1, 2, 3, 4, 5, ...\n"
	    "error /models/A: not looked for rows of a without b: ERROR: "
	    "no\n");
	assert_int_equal(f.errors, 2);
	free(text);
	findings_release(&f);
}

static void
memory_may_end_anywhere(void **state)
{
	static const char *const	rows[] = {
		TABLE("1", "as"), TABLE("2", "bs"), INT("1", "id"),
		INT("2", "id"), INT("2", "a_id"), NULL
	};
	struct registry	*r = kit_models("'A': {'table': 'as', 'columns': {"
			    MODEL_ID "}}, 'B': {'table': 'bs', 'columns': {"
			    MODEL_ID ", 'a_id': {'type': 'text', 'unique': "
			    "true}, 'x': {'type': 'text'}}}");
	struct findings	 f;
	struct found	 database;
	struct probes	 probes;
	size_t		 limit;
	bool		 broken = true;

	(void)state;
	found_kit(&database, rows);
	for (limit = 1; broken; limit += 64) {
		findings_init(&f);
		arena_bound(&f.arena, limit);
		drift_find(r, &database, &f);
		probes_make(r, &database, PROBE_SEQUENCE | PROBE_DATA,
		    &probes, &f);
		broken = f.broken;
		findings_release(&f);
		assert_true(limit < 1 << 20);
	}
	assert_true(limit > 1024);
	found_release(&database);
	registry_free(r);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_fits_has_no_findings),
		cmocka_unit_test(tables_and_columns_that_are_not_there),
		cmocka_unit_test(types_nulls_and_defaults),
		cmocka_unit_test(enums_by_their_values),
		cmocka_unit_test(keys_and_uniques),
		cmocka_unit_test(foreign_keys_and_their_indexes),
		cmocka_unit_test(views_keep_nothing),
		cmocka_unit_test(
		    rows_are_asked_for_what_the_database_does_not_keep),
		cmocka_unit_test(what_a_probe_finds_is_counted),
		cmocka_unit_test(memory_may_end_anywhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
