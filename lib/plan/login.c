/*
 * The statements of logins.  Called by batch.c for a call that is one, and by
 * nobody else.  Tables and columns of users come from the model; what a client
 * sent travels as parameters.  It refuses nothing: what is not found is not
 * found.
 */
#include <string.h>

#include "audit.h"
#include "login.h"
#include "sql.h"
#include "value.h"

enum {
	OID_BYTEA = 17,
	OID_TEXT = 25,
	PARAMS_MOST = 5 + AUDIT_FIELDS,
	/* Of what a user's row is read as; see put_user(). */
	USER_KEY = 0, USER_TEXT, USER_LOGIN, USER_PASSWORD, USER_ROLE,
	USER_EXPIRES
};

#define DIGEST(password) \
	"sha256(convert_to(" password ",'UTF8'))"
#define EXPIRES(token) \
	"to_char(" token "expires AT TIME ZONE 'UTC'," \
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* A statement that is being written. */
struct writer {
	struct batch	*batch;
	struct buf	 sql;
	struct param	 params[PARAMS_MOST];
	int		 n;
};

static const struct auth *
auth_of(const struct batch *b)
{
	return b->units.v[0].call->registry->auth;
}

static void
writer_init(struct writer *w, struct batch *b)
{
	memset(w, 0, sizeof(*w));
	w->batch = b;
	buf_init(&w->sql, 0);
}

static void
put_param(struct writer *w, uint32_t oid, const void *p, size_t n)
{
	w->params[w->n++] = (struct param){ .oid = oid, .p = p,
	    .n = (int32_t)n };
}

static void
put_text(struct writer *w, const char *text)
{
	put_param(w, OID_TEXT, text, strlen(text));
}

static int
writer_send(struct writer *w, struct round *round)
{
	struct arena		*a = w->batch->arena;
	struct statement	 st = { .nparams = w->n };

	st.params = arena_array(a, (size_t)w->n, sizeof(*st.params));
	st.sql = sql_intern(w->batch->sql, &w->sql);
	if (st.params == NULL || st.sql == NULL)
		return -1;
	memcpy(st.params, w->params, (size_t)w->n * sizeof(*st.params));
	return vec_push(a, &round->statements, st);
}

/* $n, the text of a key, as a value of this column. */
static void
put_value(struct writer *w, const struct column *c, int n)
{
	buf_printf(&w->sql, "CAST($%d AS %s)", n, c->sql_type);
}

/* Before a statement whose doing the audit will tell of, if there is one. */
static void
audit_begin(struct writer *w)
{
	if (w->batch->units.v[0].call->audit != NULL)
		buf_puts(&w->sql, "WITH done AS (");
}

/*
 * Behind the statement: what it has done is written down, unless it did
 * nothing.  -1: no memory.
 */
static int
audit_end(struct writer *w, const char *action, const struct column *written)
{
	const struct call		*call = w->batch->units.v[0].call;
	const struct audit_event	 e = { call->audit, action,
					    auth_of(w->batch)->key,
					    &call->login->key, written };
	struct cell			 fields[AUDIT_FIELDS];
	int				 i;

	if (audit_event_fields(w->batch->arena, &e, fields) == -1)
		return -1;
	audit_event_sql(&w->sql, w->n + 1);
	for (i = 0; i < AUDIT_FIELDS; i++)
		w->params[w->n++] = (struct param){ .oid = OID_TEXT,
		    .p = fields[i].p, .n = fields[i].n };
	buf_puts(&w->sql, " WHERE EXISTS (SELECT FROM done)");
	return 0;
}

/* The statement, and what the audit says of it. */
static int
audited_send(struct writer *w, struct round *round, const char *action,
    const struct column *written)
{
	if (w->batch->units.v[0].call->audit != NULL) {
		buf_puts(&w->sql, " RETURNING 1) ");
		if (audit_end(w, action, written) == -1) {
			buf_free(&w->sql);
			return -1;
		}
	}
	return writer_send(w, round);
}

/* Rules are for callers, and who is the caller is only being found out. */
static void
put_table(struct writer *w, const char *before)
{
	buf_puts(&w->sql, before);
	sql_table(&w->sql, auth_of(w->batch)->model->table, "u", NULL);
}

static void
put_user(struct writer *w)
{
	const struct auth	*auth = auth_of(w->batch);

	buf_puts(&w->sql, "SELECT ");
	sql_select(&w->sql, "u", auth->key);
	buf_puts(&w->sql, ",");
	sql_column(&w->sql, "u", auth->key);
	buf_puts(&w->sql, "::text,");
	sql_select(&w->sql, "u", auth->login);
	buf_puts(&w->sql, ",");
	sql_select(&w->sql, "u", auth->password);
	buf_puts(&w->sql, ",");
	if (auth->role != NULL)
		sql_select(&w->sql, "u", auth->role);
	else
		buf_puts(&w->sql, "NULL::text");
}

static int
send_name(struct batch *b, struct round *round, const struct login_call *call)
{
	const struct auth	*auth = auth_of(b);
	struct writer		 w;

	writer_init(&w, b);
	put_user(&w);
	put_table(&w, " FROM ");
	buf_puts(&w.sql, " WHERE ");
	sql_column(&w.sql, "u", auth->login);
	buf_puts(&w.sql, " = ");
	put_text(&w, call->name);
	/* No cast to varchar(n), which would cut what is longer. */
	sql_element(&w.sql, "$", w.n, auth->login);
	return writer_send(&w, round);
}

/*
 * Only a token of this model has a user that can be read as its key.  Read as
 * one before the join: row-level security lets no cast of a row's text choose
 * by which index users are looked for, and would have all of them read.
 */
static int
send_token(struct batch *b, struct round *round, const struct login_call *call)
{
	const struct auth	*auth = auth_of(b);
	struct writer		 w;

	writer_init(&w, b);
	buf_printf(&w.sql, "WITH t AS MATERIALIZED (SELECT CAST(\"user\" "
	    "AS %s) AS id, password, expires FROM ormd.token WHERE hash = $1 "
	    "AND model = $2 AND expires > now()) ", auth->key->sql_type);
	put_param(&w, OID_BYTEA, call->digest, LOGIN_DIGEST);
	put_text(&w, auth->model->table->quoted);
	put_user(&w);
	put_table(&w, "," EXPIRES("t.") " FROM t JOIN ");
	buf_puts(&w.sql, " ON ");
	sql_column(&w.sql, "u", auth->key);
	buf_printf(&w.sql, " = t.id AND " DIGEST("u.%s") " = t.password",
	    auth->password->quoted);
	return writer_send(&w, round);
}

/* A better hash of the same password: tokens made under the old one stay. */
static int
send_fresh(struct batch *b, struct round *round, const struct login_call *call)
{
	const struct auth	*auth = auth_of(b);
	struct writer		 w;

	writer_init(&w, b);
	audit_begin(&w);
	put_table(&w, "UPDATE ");
	buf_printf(&w.sql, " SET %s = $3 WHERE ", auth->password->quoted);
	sql_column(&w.sql, "u", auth->key);
	buf_puts(&w.sql, " = ");
	put_text(&w, call->user);
	put_value(&w, auth->key, w.n);
	buf_printf(&w.sql, " AND u.%s = $2", auth->password->quoted);
	put_text(&w, call->password);
	put_text(&w, call->fresh);
	if (audited_send(&w, round, "update", auth->password) == -1)
		return -1;
	writer_init(&w, b);
	buf_puts(&w.sql, "UPDATE ormd.token SET password = " DIGEST("$4")
	    " WHERE \"user\" = $1 AND model = $2 AND password = "
	    DIGEST("$3"));
	put_text(&w, call->user);
	put_text(&w, auth->model->table->quoted);
	put_text(&w, call->password);
	put_text(&w, call->fresh);
	return writer_send(&w, round);
}

/* What has expired goes, faster than it comes and beside nobody's way. */
static int
send_sweep(struct batch *b, struct round *round)
{
	struct writer	w;

	writer_init(&w, b);
	buf_puts(&w.sql, "DELETE FROM ormd.token WHERE hash IN (SELECT hash "
	    "FROM ormd.token WHERE expires < now() LIMIT 10 "
	    "FOR UPDATE SKIP LOCKED)");
	return writer_send(&w, round);
}

/* ", … RETURNING when the token expires", of the token just inserted. */
static int
keep_end(struct writer *w)
{
	if (w->batch->units.v[0].call->audit == NULL) {
		buf_puts(&w->sql, " RETURNING " EXPIRES(""));
		return 0;
	}
	buf_puts(&w->sql, " RETURNING expires), noted AS (");
	if (audit_end(w, "login", NULL) == -1)
		return -1;
	buf_puts(&w->sql, ") SELECT " EXPIRES("") " FROM done");
	return 0;
}

static int
send_keep(struct batch *b, struct round *round, const struct login_call *call)
{
	const struct auth	*auth = auth_of(b);
	struct writer		 w;

	if (call->fresh != NULL && send_fresh(b, round, call) == -1)
		return -1;
	if (send_sweep(b, round) == -1)
		return -1;
	writer_init(&w, b);
	audit_begin(&w);
	buf_puts(&w.sql, "INSERT INTO ormd.token(hash, model, \"user\", "
	    "password, expires) SELECT $2, $3, $1, " DIGEST("$4")
	    ", now() + $5 * interval '1 second' ");
	put_text(&w, call->user);
	put_param(&w, OID_BYTEA, call->digest, LOGIN_DIGEST);
	put_text(&w, auth->model->table->quoted);
	put_text(&w, call->fresh != NULL ? call->fresh : call->password);
	if (sql_bigint_param(b->arena, call->lifetime, &w.params[w.n++]) ==
	    -1) {
		buf_free(&w.sql);
		return -1;
	}
	put_table(&w, "FROM ");
	buf_puts(&w.sql, " WHERE ");
	sql_column(&w.sql, "u", auth->key);
	buf_puts(&w.sql, " = ");
	put_value(&w, auth->key, 1);
	buf_printf(&w.sql, " AND u.%s = $4", auth->password->quoted);
	if (keep_end(&w) == -1) {
		buf_free(&w.sql);
		return -1;
	}
	return writer_send(&w, round);
}

static int
send_drop(struct batch *b, struct round *round, const struct login_call *call)
{
	struct writer	w;

	writer_init(&w, b);
	audit_begin(&w);
	if (call->kind == LOGIN_DROP) {
		buf_puts(&w.sql, "DELETE FROM ormd.token WHERE hash = $1");
		put_param(&w, OID_BYTEA, call->digest, LOGIN_DIGEST);
	} else {
		buf_puts(&w.sql, "DELETE FROM ormd.token WHERE \"user\" = $1 "
		    "AND model = $2");
		put_text(&w, call->user);
		put_text(&w, auth_of(b)->model->table->quoted);
	}
	return audited_send(&w, round, "logout", NULL);
}

int
login_send(struct batch *b, struct round *round)
{
	const struct login_call	*call = b->units.v[0].call->login;

	switch (call->kind) {
	case LOGIN_NAME:
		return send_name(b, round, call);
	case LOGIN_TOKEN:
		return send_token(b, round, call);
	case LOGIN_KEEP:
		return send_keep(b, round, call);
	case LOGIN_DROP:
	case LOGIN_DROP_ALL:
		return send_drop(b, round, call);
	}
	return -1;
}

static int
text_keep(struct arena *a, const struct cell *cell, const char **to)
{
	*to = NULL;
	if (cell->n < 0)
		return 0;
	*to = arena_strndup(a, cell->p, (size_t)cell->n);
	return *to == NULL ? -1 : 0;
}

static int
take_user(struct batch *b, const struct answer *answer,
    struct login_answer *to)
{
	const struct auth	*auth = auth_of(b);
	const struct cell	*line = answer->cells;

	to->found = true;
	to->key = line[USER_KEY];
	to->login = line[USER_LOGIN];
	to->admin = auth->role != NULL && cell_equal(&line[USER_ROLE],
	    auth->admin);
	if (text_keep(b->arena, &line[USER_TEXT], &to->user) == -1 ||
	    text_keep(b->arena, &line[USER_PASSWORD], &to->password) == -1)
		return -1;
	return answer->ncols <= USER_EXPIRES ? 0 :
	    text_keep(b->arena, &line[USER_EXPIRES], &to->expires);
}

int
login_take(struct batch *b, const struct answer *answer)
{
	const struct login_call	*call = b->units.v[0].call->login;
	struct login_answer	*to;

	/* Of several statements only the last may return rows. */
	if ((to = arena_alloc(b->arena, sizeof(*to))) == NULL)
		return -1;
	b->units.v[0].login = to;
	if (answer->nrows == 0)
		return 0;
	switch (call->kind) {
	case LOGIN_NAME:
	case LOGIN_TOKEN:
		return take_user(b, answer, to);
	case LOGIN_KEEP:
		to->found = true;
		return text_keep(b->arena, &answer->cells[0], &to->expires);
	case LOGIN_DROP:
	case LOGIN_DROP_ALL:
		break;
	}
	return 0;
}
