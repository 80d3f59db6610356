/*
 * plan_record CONNINFO FILE [TITLE]
 *
 * Prints a file of transcripts with the answers of a PostgreSQL, for when what
 * lib/plan says has changed for a reason: read what is different before you
 * keep it.  FILE is below tests, like unit/plan/uow.talk; with TITLE only the
 * cases with these words are said anew.  Each case makes its tables and fills
 * them (`# given') in a transaction of a superuser that is rolled back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "ddl.h"
#include "json_out.h"
#include "plan_talk.h"

enum { PARAMS_MOST = 64, SERIAL_START = 10 };

struct recorder {
	PGconn		*conn;
	struct plan_kit	*kit;
	bool		 failed;
};

struct errand {
	const char	*conninfo, *file, *title;
};

static void
sql(PGconn *conn, const char *text)
{
	PGresult	*r = PQexec(conn, text);
	ExecStatusType	 status = PQresultStatus(r);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQresultErrorMessage(r));
	PQclear(r);
}

static void
sql_buf(PGconn *conn, struct buf *b)
{
	buf_putc(b, '\0');
	sql(conn, b->p);
	buf_free(b);
}

static void
put_member(struct buf *b, const PGresult *r, const char *name, int field)
{
	const char	*v = PQresultErrorField(r, field);

	if (v != NULL)
		json_put_member_text(b, name, v);
}

static void
put_failure(struct buf *b, const PGresult *r)
{
	buf_puts(b, "    failed {");
	put_member(b, r, "sqlstate", PG_DIAG_SQLSTATE);
	put_member(b, r, "message", PG_DIAG_MESSAGE_PRIMARY);
	put_member(b, r, "detail", PG_DIAG_MESSAGE_DETAIL);
	put_member(b, r, "table", PG_DIAG_TABLE_NAME);
	put_member(b, r, "column", PG_DIAG_COLUMN_NAME);
	put_member(b, r, "constraint", PG_DIAG_CONSTRAINT_NAME);
	buf_puts(b, "}\n");
}

/* The sizes of a uuid's parts, in bytes of the value. */
static void
put_uuid(struct buf *b, const char *p)
{
	int	i;

	buf_puts(b, "{\"uuid\": \"");
	for (i = 0; i < 16; i++)
		buf_printf(b, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ?
		    "-" : "", (unsigned char)p[i]);
	buf_puts(b, "\"}");
}

/* What no reply prints: pages are merged by it. */
static void
put_hex(struct buf *b, const char *p, int size)
{
	int	i;

	buf_puts(b, "{\"hex\": \"");
	for (i = 0; i < size; i++)
		buf_printf(b, "%02x", (unsigned char)p[i]);
	buf_puts(b, "\"}");
}

static void
put_integer(struct buf *b, const char *p, int size)
{
	int64_t	v = (signed char)p[0];
	int	i;

	for (i = 1; i < size; i++)
		v = (int64_t)((uint64_t)v << 8 | (unsigned char)p[i]);
	if (size == 4)
		buf_printf(b, "%lld", (long long)v);
	else
		buf_printf(b, "{\"int%d\": %lld}", size, (long long)v);
}

static void
put_value(struct buf *b, uint32_t oid, const char *p, int size)
{
	size_t	i;

	for (i = 0; i < TYPES && types[i].oid != oid; i++)
		;
	if (i == TYPES)
		fail_msg("a value of the unknown type %u", oid);
	switch (types[i].cell) {
	case CELL_INT2:
	case CELL_INT4:
	case CELL_INT8:
		put_integer(b, p, size);
		break;
	case CELL_BOOL:
		buf_puts(b, p[0] ? "true" : "false");
		break;
	case CELL_UUID:
		put_uuid(b, p);
		break;
	case CELL_TEXT:
		if (i == TYPE_TEXT || i == TYPE_VARCHAR)
			json_put_string(b, p, (size_t)size);
		else
			put_hex(b, p, size);
		break;
	case CELL_FLOAT4:
	case CELL_FLOAT8:
		fail_msg("transcripts have no floats");
	}
}

static void
put_rows(struct buf *b, const PGresult *r)
{
	int	i, k;

	for (i = 0; i < PQntuples(r); i++) {
		buf_puts(b, "    = [");
		for (k = 0; k < PQnfields(r); k++) {
			buf_puts(b, k > 0 ? ", " : "");
			if (PQgetisnull(r, i, k))
				buf_puts(b, "null");
			else
				put_value(b, PQftype(r, k),
				    PQgetvalue(r, i, k),
				    PQgetlength(r, i, k));
		}
		buf_puts(b, "]\n");
	}
}

static const char *
ask(struct talk_server *server, const struct statement *st, const char *text)
{
	struct recorder	*rec = server->ctx;
	Oid		 oids[PARAMS_MOST];
	const char	*values[PARAMS_MOST];
	int		 sizes[PARAMS_MOST], formats[PARAMS_MOST], i;
	struct buf	 b;
	PGresult	*r;

	(void)text;
	assert_in_range(st->nparams, 0, PARAMS_MOST);
	for (i = 0; i < st->nparams; i++) {
		oids[i] = st->params[i].oid;
		values[i] = st->params[i].n < 0 ? NULL : st->params[i].p;
		sizes[i] = st->params[i].n;
		formats[i] = 1;
	}
	r = PQexecParams(rec->conn, st->sql->text, st->nparams, oids, values,
	    sizes, formats, 1);
	buf_init(&b, 0);
	rec->failed = PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK;
	if (rec->failed)
		put_failure(&b, r);
	else
		put_rows(&b, r);
	PQclear(r);
	return b.n == 0 ? "" : plan_text(rec->kit, &b);
}

static void
table_fill(const struct recorder *rec, const char *name,
    const struct json *rows)
{
	const struct table	*t = map_find(
				    &rec->kit->registry->tables_by_name, name);
	struct buf		 b;
	size_t			 i;

	buf_init(&b, 0);
	buf_printf(&b, "INSERT INTO %s SELECT * FROM json_populate_recordset("
	    "NULL::%s, $given$%.*s$given$)", name, name, (int)rows->ntext,
	    rows->text);
	sql_buf(rec->conn, &b);
	for (i = 0; t != NULL && i < t->key.n; i++) {
		if (!t->key.v[i]->generated)
			continue;
		buf_printf(&b, "SELECT setval(pg_get_serial_sequence('%s', "
		    "'%s'), %d)", name, t->key.v[i]->name, SERIAL_START);
		sql_buf(rec->conn, &b);
	}
}

static void
tables_make(const struct recorder *rec, const struct talk *t)
{
	const char	*given = strstr(t->head, "# given ");
	struct json	*rows;
	struct buf	 b;

	sql(rec->conn, "BEGIN");
	sql(rec->conn, "CREATE SCHEMA plan_record");
	sql(rec->conn, "SET LOCAL search_path = plan_record");
	buf_init(&b, 0);
	ddl_write(rec->kit->registry, &b);
	sql_buf(rec->conn, &b);
	if (given == NULL)
		return;
	given += strlen("# given ");
	buf_add(&b, given, strcspn(given, "\n"));
	rows = plan_json(rec->kit, plan_text(rec->kit, &b));
	/* Rows in any order: the given ones are content at the end. */
	sql(rec->conn, "SET LOCAL session_replication_role = replica");
	json_each(rows, name, list)
		table_fill(rec, name, list);
	sql(rec->conn, "SET LOCAL session_replication_role = origin");
}

static void
talk_record(PGconn *conn, const struct talk *t)
{
	struct plan_kit		 kit;
	struct recorder		 rec = { conn, &kit, false };
	struct talk_server	 server = { ask, NULL, false, &rec };
	struct buf		 out;
	PGresult		*r;

	plan_open_named(&kit, t->model);
	tables_make(&rec, t);
	buf_init(&out, 0);
	talk_play(&kit, t, &server, &out);
	printf("%s", plan_text(&kit, &out));
	if (!rec.failed) {
		r = PQexec(conn, "SET CONSTRAINTS ALL IMMEDIATE");
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			fprintf(stderr, "%s: %s", t->title,
			    PQresultErrorMessage(r));
		PQclear(r);
	}
	sql(conn, "ROLLBACK");
	plan_close(&kit);
}

static void
record(void **state)
{
	const struct errand	*e = *state;
	PGconn			*conn = PQconnectdb(e->conninfo);
	struct talk_file	 f;
	const struct talk	*t;
	const char		*first;
	char			*text = plan_file(e->file);
	size_t			 i;

	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	sql(conn, "SET client_min_messages = error; SET timezone = UTC");
	talk_open(&f, e->file);
	first = strncmp(text, "== ", 3) == 0 ? text : strstr(text, "\n== ");
	printf("%.*s", (int)(first - text), text);
	for (i = 0; i < f.talks.n; i++) {
		t = f.talks.v[i];
		printf("%s== %s", i > 0 || first > text ? "\n" : "", t->title);
		if (e->title != NULL && strstr(t->title, e->title) == NULL) {
			printf("%s", t->head);
			continue;
		}
		printf("%.*s", (int)(t->body - t->head), t->head);
		talk_record(conn, t);
	}
	talk_close(&f);
	free(text);
	PQfinish(conn);
}

int
main(int argc, char **argv)
{
	struct errand		e;
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_prestate(record, &e),
	};

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: plan_record CONNINFO FILE [TITLE]\n");
		return 2;
	}
	e.conninfo = argv[1];
	e.file = argv[2];
	e.title = argv[3];
	/* What the tests themselves have to say must not get between. */
	cmocka_set_message_output(CM_OUTPUT_SUBUNIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
