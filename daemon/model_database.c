/*
 * The database at the other end of ormd-model inspect and check.  It only
 * reads.  Servers that are not there, and statements that fail, it tells in
 * PostgreSQL's words.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "model_database.h"

/* libpq's and PostgreSQL's messages end their lines themselves. */
static void
complain(const char *message)
{
	size_t	n = strlen(message);

	while (n > 0 && message[n - 1] == '\n')
		n--;
	fprintf(stderr, "ormd-model: %.*s\n", (int)n, message);
}

bool
database_is_conninfo(const char *word)
{
	return (strchr(word, '=') != NULL && access(word, F_OK) == -1) ||
	    strncmp(word, "postgres://", strlen("postgres://")) == 0 ||
	    strncmp(word, "postgresql://", strlen("postgresql://")) == 0;
}

PGconn *
database_open(const char *conninfo)
{
	static const char *const	keys[] = { "dbname",
					    "fallback_application_name",
					    "client_encoding", NULL };
	const char			*values[] = { conninfo, "ormd-model",
					    "UTF8", NULL };
	PGconn				*conn;
	PGresult			*begun;

	conn = PQconnectdbParams(keys, values, 1);
	if (PQstatus(conn) == CONNECTION_OK) {
		begun = PQexec(conn,
		    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
		PQclear(begun);
		if (PQtransactionStatus(conn) == PQTRANS_INTRANS)
			return conn;
	}
	complain(PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

/* A statement with so many parameters (0 or 1); NULL when it has said why. */
static PGresult *
ask(PGconn *conn, const char *sql, int nparams, const char *param)
{
	const char	*values[] = { param };
	PGresult	*r;

	r = PQexecParams(conn, sql, nparams, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(r) == PGRES_TUPLES_OK ||
	    PQresultStatus(r) == PGRES_COMMAND_OK)
		return r;
	complain(PQerrorMessage(conn));
	PQclear(r);
	return NULL;
}

/* A statement that returns nothing. */
static int
run(PGconn *conn, const char *sql)
{
	PGresult	*r = ask(conn, sql, 0, NULL);

	PQclear(r);
	return r == NULL ? -1 : 0;
}

PGresult *
database_try(PGconn *conn, const char *sql, char why[DATABASE_WHY])
{
	PGresult	*r;

	*why = '\0';
	if (run(conn, "SAVEPOINT probe") == -1)
		return NULL;
	r = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
		return r;
	snprintf(why, DATABASE_WHY, "%.*s",
	    (int)strcspn(PQerrorMessage(conn), "\n"), PQerrorMessage(conn));
	PQclear(r);
	if (run(conn, "ROLLBACK TO probe") == -1)
		*why = '\0';
	return NULL;
}

/* {"a","b"}: a text[] as PostgreSQL reads it. */
static void
put_array(struct buf *b, char *const *words, size_t n)
{
	const char	*p;
	size_t		 i;

	buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		buf_puts(b, i == 0 ? "\"" : ",\"");
		for (p = words[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_putc(b, '\\');
			buf_putc(b, *p);
		}
		buf_putc(b, '"');
	}
	buf_puts(b, "}");
	buf_putc(b, '\0');
}

static int
take_rows(struct found *f, enum found_query query, const PGresult *r)
{
	const char	*row[FOUND_COLUMNS_MOST];
	int		 i, j;

	for (i = 0; i < PQntuples(r); i++) {
		for (j = 0; j < found_queries[query].ncolumns; j++)
			row[j] = PQgetisnull(r, i, j) ? NULL :
			    PQgetvalue(r, i, j);
		if (found_take(f, query, row) == -1)
			return -1;
	}
	return 0;
}

int
database_look(PGconn *conn, struct found *f, char *const *schemas,
    size_t nschemas)
{
	struct buf	 array;
	PGresult	*r;
	int		 query, failed = 0;

	buf_init(&array, 0);
	put_array(&array, schemas, nschemas);
	for (query = 0; query < FOUND_QUERIES && failed == 0; query++) {
		r = array.broken ? NULL : ask(conn, found_queries[query].sql,
		    found_queries[query].takes_schemas,
		    nschemas == 0 ? NULL : array.p);
		if (r == NULL) {
			failed = -1;
		} else if (take_rows(f, (enum found_query)query, r) == -1) {
			complain("the catalog says what cannot be, or is too "
			    "large for the memory");
			failed = -1;
		}
		PQclear(r);
	}
	buf_free(&array);
	return failed == 0 ? found_finish(f) : -1;
}
