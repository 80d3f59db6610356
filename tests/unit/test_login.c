/*
 * Passwords in the values of objects, and the statements of logins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit.h"
#include "login.h"
#include "plan_kit.h"

#define OPEN	"'access': {'read': ['anyone'], 'create': ['anyone'], "	\
		"'update': ['anyone']}"

static const char	model[] =
"{'ormd': 1, 'auth': {'model': 'User', 'login': 'name', 'password': '_hash', "
"'role': 'boss'}, 'models': {"
"'User': {'table': 'users', 'schema': 's', " OPEN ", 'columns': {"
"'id': {'type': 'bigint', 'primary_key': true}, "
"'name': {'type': 'varchar(30)', 'unique': true}, "
"'_hash': {'type': 'text'}, 'boss': {'type': 'boolean'}}, "
"'relationships': {'notes': {'target': 'Note', 'back_populates': 'user'}}, "
"'serialize_rules': ['-notes.user']}, "
"'Note': {'table': 'notes', " OPEN ", 'columns': {"
"'id': {'type': 'integer', 'primary_key': true}, "
"'user_id': {'type': 'bigint', 'references': 's.users.id'}}, "
"'relationships': {'user': {'target': 'User', 'back_populates': 'notes'}}, "
"'serialize_rules': ['-user.notes']}}}";

static int
setup(void **state)
{
	static struct plan_kit	k;

	plan_open(&k, model);
	k.caller = "anyone";
	*state = &k;
	return 0;
}

static int
teardown(void **state)
{
	plan_close(*state);
	return 0;
}

/* The cell that the n-th password of the call was assigned to. */
static const struct cell *
cell_of(const struct call *call, size_t n)
{
	const struct secret	*s = &call->secrets.v[n];

	return &s->spec->assignments.v[s->assignment].cell;
}

static void
passwords_are_noted_and_nowhere_else(void **state)
{
	struct call	*call;

	call = plan_call(*state, "create", "{'model': 'Note', 'values': ["
	    "{'user': {'password': 'first', 'name': 'a'}}, "
	    "{'user': {'name': 'b', 'password': 'second'}}, "
	    "{'user': {'name': 'c', 'password': null}}]}");
	assert_int_equal(call->secrets.n, 2);
	assert_string_equal(json_string(call->secrets.v[0].value), "first");
	assert_string_equal(json_string(call->secrets.v[1].value), "second");
	assert_int_equal(cell_of(call, 0)->n, 1);
	assert_memory_equal(cell_of(call, 0)->p, "*", 1);
	secret_keep(&call->secrets.v[0], "$hash$");
	assert_int_equal(cell_of(call, 0)->n, 6);
	assert_memory_equal(cell_of(call, 0)->p, "$hash$", 6);
	assert_int_equal(cell_of(call, 1)->n, 1);
	call = plan_call(*state, "preview", "{'method': 'update', 'params': "
	    "{'model': 'User', 'id': 1, 'values': {'password': 'x'}}}");
	assert_int_equal(call->secrets.n, 0);
}

static void
passwords_are_refused_where_others_listen(void **state)
{
	struct plan_kit	*k = *state;

	k->refuse_passwords = true;
	assert_true(plan_refused(k, "create", "{'model': 'Note', 'values': "
	    "{'user': {'password': 'x'}}}", ERROR_FORBIDDEN,
	    "/values/user/password", "TLS"));
	assert_true(plan_refused(k, "preview", "{'method': 'create', "
	    "'params': {'model': 'User', 'values': {'password': 'x'}}}",
	    ERROR_FORBIDDEN, "/params/values/password", "TLS"));
	plan_call(k, "create", "{'model': 'User', 'values': {'name': 'a', "
	    "'password': null}}");
	k->refuse_passwords = false;
}

static void
a_password_is_written_and_nothing_else(void **state)
{
	static const char *const	 params[] = {
	    "{'model': 'User', 'where': {'password': 'x'}}",
	    "{'model': 'User', 'where': {'_hash': 'x'}}",
	    "{'model': 'Note', 'where': {'user': {'has': {'password': 'x'}}}}",
	};
	size_t				 i;

	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		struct error	err;

		assert_null(plan_try(*state, "find", plan_json(*state,
		    params[i]), &err));
		assert_int_equal(err.kind, ERROR_UNKNOWN_FIELD);
	}
	assert_true(plan_refused(*state, "create", "{'model': 'User', "
	    "'values': {'_hash': '$2b$'}}", ERROR_UNKNOWN_FIELD,
	    "/values/_hash", NULL));
	assert_true(plan_refused(*state, "update", "{'model': 'User', 'id': "
	    "1, 'values': {'boss': true}}", ERROR_FORBIDDEN, "/values/boss",
	    NULL));
}

/* The statements of a login, each with how many parameters. */
static void
assert_audited(struct plan_kit *k, const struct login_call *login,
    const struct audit_source *audit, const char *wanted)
{
	struct call	call;
	struct batch	batch;
	struct round	round;
	struct error	err;
	struct buf	b;
	size_t		i;

	memset(&call, 0, sizeof(call));
	call.registry = k->registry;
	call.login = login;
	call.audit = audit;
	assert_int_equal(batch_init(&batch, &k->arena, &k->sql), 0);
	assert_non_null(batch_add(&batch, &call, NULL));
	assert_int_equal(batch_next(&batch, &round, &err), BATCH_SEND);
	assert_true(round.last);
	buf_init(&b, 0);
	for (i = 0; i < round.statements.n; i++) {
		buf_printf(&b, "%d %s\n", round.statements.v[i].nparams,
		    round.statements.v[i].sql->text);
	}
	assert_string_equal(plan_text(k, &b), wanted);
}

static void
assert_statements(struct plan_kit *k, const struct login_call *login,
    const char *wanted)
{
	assert_audited(k, login, NULL, wanted);
}

#define COLUMNS	"SELECT u.\"id\",u.\"id\"::text,u.\"name\",u.\"_hash\"," \
		"u.\"boss\""
#define EXPIRES(token)							\
	"to_char(" token "expires AT TIME ZONE 'UTC',"			\
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
#define SWEEP								\
	"0 DELETE FROM ormd.token WHERE hash IN (SELECT hash FROM "	\
	"ormd.token WHERE expires < now() LIMIT 10 FOR UPDATE SKIP LOCKED)\n"
#define KEEP								\
	"5 INSERT INTO ormd.token(hash, model, \"user\", password, "	\
	"expires) SELECT $2, $3, $1, sha256(convert_to($4,'UTF8')), "	\
	"now() + $5 * interval '1 second' FROM \"s\".\"users\" AS u "	\
	"WHERE u.\"id\" = CAST($1 AS bigint) AND u.\"_hash\" = $4 "	\
	"RETURNING " EXPIRES("") "\n"

static void
statements_name_only_what_the_model_names(void **state)
{
	static const unsigned char	digest[LOGIN_DIGEST];
	struct login_call		l = { .kind = LOGIN_NAME,
					    .name = "'; DROP TABLE users" };

	/* Not CAST($1 AS varchar(30)): that would cut a longer name. */
	assert_statements(*state, &l, "1 " COLUMNS " FROM \"s\".\"users\" "
	    "AS u WHERE u.\"name\" = $1\n");
	l = (struct login_call){ .kind = LOGIN_TOKEN, .digest = digest };
	assert_statements(*state, &l, "2 WITH t AS MATERIALIZED (SELECT "
	    "CAST(\"user\" AS bigint) AS id, password, expires FROM ormd.token "
	    "WHERE hash = $1 AND model = $2 AND expires > now()) " COLUMNS ","
	    EXPIRES("t.") " FROM t JOIN \"s\".\"users\" AS u ON u.\"id\" = "
	    "t.id AND sha256(convert_to(u.\"_hash\",'UTF8')) = "
	    "t.password\n");
	l = (struct login_call){ .kind = LOGIN_KEEP, .digest = digest,
	    .user = "7", .password = "$hash$", .lifetime = 60 };
	assert_statements(*state, &l, SWEEP KEEP);
	l.fresh = "$better$";
	assert_statements(*state, &l, "3 UPDATE \"s\".\"users\" AS u SET "
	    "\"_hash\" = $3 WHERE u.\"id\" = CAST($1 AS bigint) AND "
	    "u.\"_hash\" = $2\n"
	    "4 UPDATE ormd.token SET password = sha256(convert_to($4,'UTF8')) "
	    "WHERE \"user\" = $1 AND model = $2 AND password = "
	    "sha256(convert_to($3,'UTF8'))\n" SWEEP KEEP);
	l = (struct login_call){ .kind = LOGIN_DROP, .digest = digest };
	assert_statements(*state, &l,
	    "1 DELETE FROM ormd.token WHERE hash = $1\n");
	l = (struct login_call){ .kind = LOGIN_DROP_ALL, .user = "7" };
	assert_statements(*state, &l, "2 DELETE FROM ormd.token WHERE "
	    "\"user\" = $1 AND model = $2\n");
}

#define AUDIT								\
	"INSERT INTO ormd.audit(caller,login,address,method,request,"	\
	"idempotency_key,action,model,key,rule,columns,new_values) SELECT "
#define IF_DONE	" WHERE EXISTS (SELECT FROM done)"

static const struct audit_source	ann = { "7", "ann", "192.0.2.1",
					    "login", "3", NULL };

/* What has been done is told of, and only what has been done. */
static void
logins_are_audited(void **state)
{
	static const unsigned char	digest[LOGIN_DIGEST];
	struct login_call		l = { .kind = LOGIN_KEEP,
	    .digest = digest, .user = "7", .password = "$hash$",
	    .lifetime = 60, .key = { "\0\0\0\0\0\0\0\7", 8 } };

	assert_audited(*state, &l, &ann, SWEEP
	    "17 WITH done AS (INSERT INTO ormd.token(hash, model, \"user\", "
	    "password, expires) SELECT $2, $3, $1, sha256(convert_to($4,"
	    "'UTF8')), now() + $5 * interval '1 second' FROM \"s\".\"users\" "
	    "AS u WHERE u.\"id\" = CAST($1 AS bigint) AND u.\"_hash\" = $4 "
	    "RETURNING expires), noted AS (" AUDIT "$6,$7,$8,$9,$10,$11,$12,"
	    "$13,$14::jsonb,$15,$16::text[],$17::json" IF_DONE ") SELECT "
	    EXPIRES("") " FROM done\n");
	l = (struct login_call){ .kind = LOGIN_DROP, .digest = digest,
	    .key = l.key };
	assert_audited(*state, &l, &ann, "13 WITH done AS (DELETE FROM "
	    "ormd.token WHERE hash = $1 RETURNING 1) " AUDIT "$2,$3,$4,$5,$6,"
	    "$7,$8,$9,$10::jsonb,$11,$12::text[],$13::json" IF_DONE "\n");
	/* It changes nothing. */
	l = (struct login_call){ .kind = LOGIN_NAME, .name = "ann" };
	assert_audited(*state, &l, &ann, "1 " COLUMNS " FROM \"s\".\"users\" "
	    "AS u WHERE u.\"name\" = $1\n");
}

/* Of a new hash there is the column's name. */
static void
an_audit_has_no_hash(void **state)
{
	struct plan_kit			*k = *state;
	const struct column		*hash = k->registry->auth->password;
	const struct cell		 key = { "\0\0\0\0\0\0\0\7", 8 };
	const struct audit_event	 e = { &ann, "update",
					    hash->table->key.v[0], &key,
					    hash };
	static const char *const	 wanted[AUDIT_FIELDS] = { "7", "ann",
	    "192.0.2.1", "login", "3", NULL, "update", "User", "{\"id\":7}",
	    NULL, "{\"_hash\"}", NULL };
	struct cell			 f[AUDIT_FIELDS];
	int				 i;

	assert_int_equal(audit_event_fields(&k->arena, &e, f), 0);
	for (i = 0; i < AUDIT_FIELDS; i++) {
		if (wanted[i] == NULL) {
			assert_int_equal(f[i].n, -1);
			continue;
		}
		assert_int_equal(f[i].n, strlen(wanted[i]));
		assert_memory_equal(f[i].p, wanted[i], strlen(wanted[i]));
	}
}

/* Rows as PostgreSQL sends them. */
static const struct login_answer *
answered(struct plan_kit *k, const struct login_call *login,
    struct cell *cells, size_t ncols, size_t nrows)
{
	struct answer	answer = { nrows, ncols, cells };
	struct call	call;
	struct batch	batch;
	struct round	round;
	struct error	err;

	memset(&call, 0, sizeof(call));
	call.registry = k->registry;
	call.login = login;
	assert_int_equal(batch_init(&batch, &k->arena, &k->sql), 0);
	assert_non_null(batch_add(&batch, &call, NULL));
	assert_int_equal(batch_next(&batch, &round, &err), BATCH_SEND);
	assert_int_equal(batch_take(&batch, 0, &answer, &err), 0);
	assert_non_null(batch.units.v[0].login);
	return batch.units.v[0].login;
}

static void
answers_tell_who_it_is(void **state)
{
	struct login_call		 l = { .kind = LOGIN_NAME,
					    .name = "riko" };
	struct cell			 cells[] = {
	    { "\0\0\0\0\0\0\0\7", 8 }, { "7", 1 }, { "riko", 4 },
	    { "$hash$", 6 }, { "\1", 1 } };
	const struct login_answer	*a;

	a = answered(*state, &l, cells, 5, 1);
	assert_true(a->found);
	assert_true(a->admin);
	assert_string_equal(a->user, "7");
	assert_string_equal(a->password, "$hash$");
	assert_int_equal(a->key.n, 8);
	cells[3].n = cells[4].n = -1;
	a = answered(*state, &l, cells, 5, 1);
	assert_true(a->found);
	assert_false(a->admin);
	assert_null(a->password);
	cells[4] = (struct cell){ "\0", 1 };
	assert_false(answered(*state, &l, cells, 5, 1)->admin);
	assert_false(answered(*state, &l, cells, 5, 0)->found);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(passwords_are_noted_and_nowhere_else),
		CASE(passwords_are_refused_where_others_listen),
		CASE(a_password_is_written_and_nothing_else),
		CASE(statements_name_only_what_the_model_names),
		CASE(logins_are_audited),
		CASE(an_audit_has_no_hash),
		CASE(answers_tell_who_it_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
