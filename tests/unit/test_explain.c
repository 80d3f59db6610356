/*
 * What PostgreSQL refuses, in the words of the model and of the request: its
 * own errors in transcripts, and each SQLSTATE that has a kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_talk.h"

/* What becomes of an error that names nothing but its SQLSTATE. */
static void
explained(const char *sqlstate, enum error_kind kind, const char *theirs,
    const char *message)
{
	struct plan_kit	k;
	struct batch	b;
	struct pg_error	pg = { "", theirs, "", "", "", "" };
	struct error	err;

	plan_open_named(&k, "seed");
	assert_int_equal(batch_init(&b, &k.arena, &k.sql), 0);
	assert_non_null(batch_add(&b, plan_call(&k, "create",
	    "{'model': 'User', 'values': {'username': 'ann'}}"), NULL));
	snprintf(pg.sqlstate, sizeof(pg.sqlstate), "%s", sqlstate);
	batch_explain(&b, &pg, &err);
	if (err.kind != kind || strcmp(err.message, message) != 0 ||
	    strcmp(err.sqlstate, sqlstate) != 0 || err.path[0] != '\0')
		fail_msg("%s is %s: %s", sqlstate, error_rows[err.kind].kind,
		    err.message);
	plan_close(&k);
}

static void
a_kind(const char *sqlstate, enum error_kind kind)
{
	explained(sqlstate, kind, "their words", error_rows[kind].message);
}

/* A value may be a stored one: only what the request gave is told back. */
static void
values_are_told_to_who_gave_them(void **state)
{
	(void)state;
	explained("22P02", ERROR_INVALID_VALUE,
	    "invalid input syntax for type date: \"ann\"",
	    "invalid input syntax for type date: \"ann\"");
	explained("22P02", ERROR_INVALID_VALUE,
	    "invalid input syntax for type date: \"bob\"",
	    "invalid input syntax for type date: \"...\"");
	explained("22003", ERROR_INVALID_VALUE,
	    "value \"7\" is out of range for type \"a\"",
	    "value \"...\"");
	explained("22003", ERROR_INVALID_VALUE, "integer out of range",
	    "integer out of range");
	explained("22P02", ERROR_INVALID_VALUE,
	    "ung\303\274ltige Eingabe: \302\273bob\302\253",
	    error_rows[ERROR_INVALID_VALUE].message);
	explained("22P02", ERROR_INVALID_VALUE,
	    "\"ann\" \302\253bob\302\273",
	    error_rows[ERROR_INVALID_VALUE].message);
	/* What a trigger has raised is meant for clients. */
	explained("P0001", ERROR_CHECK, "no \"bob\"", "no \"bob\"");
}

static void
every_class_of_sqlstate_has_a_kind(void **state)
{
	(void)state;
	a_kind("23505", ERROR_UNIQUE);
	a_kind("23503", ERROR_FOREIGN_KEY);
	a_kind("23502", ERROR_NOT_NULL);
	a_kind("23514", ERROR_CHECK);
	a_kind("23P01", ERROR_EXCLUSION);
	a_kind("23001", ERROR_CHECK);
	a_kind("40001", ERROR_SERIALIZATION);
	a_kind("40P01", ERROR_DEADLOCK);
	a_kind("40003", ERROR_SERIALIZATION);
	a_kind("57014", ERROR_TIMEOUT);
	a_kind("55P03", ERROR_TIMEOUT);
	a_kind("57P01", ERROR_DATABASE_DOWN);
	a_kind("57P03", ERROR_DATABASE_DOWN);
	a_kind("08006", ERROR_DATABASE_DOWN);
	a_kind("25006", ERROR_DATABASE_DOWN);
	a_kind("53300", ERROR_OVERLOADED);
	a_kind("53200", ERROR_OVERLOADED);
	a_kind("54000", ERROR_LIMIT);
	explained("42501", ERROR_FORBIDDEN, "their words",
	    "PostgreSQL does not allow this to ormd's database role");
	a_kind("42601", ERROR_INTERNAL);
	a_kind("XX000", ERROR_INTERNAL);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/explain.talk",
					    NULL };
	const struct CMUnitTest		tests[] = {
		cmocka_unit_test(every_class_of_sqlstate_has_a_kind),
		cmocka_unit_test(values_are_told_to_who_gave_them),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
