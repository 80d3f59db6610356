/*
 * Keys of exactly-once writes, in SQL.  Called by batch.c around the work of a
 * batch.  An INSERT … ON CONFLICT DO NOTHING waits for a claim of the same key
 * that is not committed yet, so the SELECT after it sees the reply of whoever
 * was first.  It refuses a key that another request has used.
 */
#include <string.h>

#include "once.h"
#include "sql.h"

static const char claim_sql[] =
    "INSERT INTO ormd.idempotency(key, request) "
    "SELECT v.c1, sha256(convert_to(v.c2, 'UTF8')) "
    "FROM unnest($1,$2) AS v(c1,c2) ORDER BY v.c1 "
    "ON CONFLICT (key) DO NOTHING RETURNING key";

static const char look_sql[] =
    "SELECT i.key, i.request = sha256(convert_to(v.c2, 'UTF8')), i.reply "
    "FROM unnest($1,$2) AS v(c1,c2) JOIN ormd.idempotency AS i "
    "ON i.key = v.c1";

static const char store_sql[] =
    "UPDATE ormd.idempotency AS i SET reply = v.c2 "
    "FROM unnest($1,$2) AS v(c1,c2) WHERE i.key = v.c1";

/*
 * The reply that is found may be that of a commit whose wait for a synchronous
 * standby was cut short: it is seen, and not yet where it has to be.  Whoever
 * tells of it waits for the standby as well, which PostgreSQL does for those
 * who have written something.
 */
static const char repeat_sql[] =
    "SELECT FROM ormd.idempotency AS i WHERE i.key = ANY($1) "
    "AND current_setting('synchronous_standby_names') <> '' "
    "ORDER BY i.key FOR KEY SHARE";

static const char withdraw_sql[] =
    "DELETE FROM ormd.idempotency AS i WHERE i.key = ANY($1)";

/* What is past its time goes, a little at once and beside nobody's way. */
static const char sweep_sql[] =
    "DELETE FROM ormd.idempotency AS i WHERE i.key IN (SELECT key "
    "FROM ormd.idempotency WHERE made < now() - $1 * interval '1 second' "
    "LIMIT 1000 FOR UPDATE SKIP LOCKED)";

/* Pairs of texts on their way to a statement. */
struct texts {
	VEC(struct cell)	 first;
	VEC(struct cell)	 second;
};

static struct cell
text_cell(const char *s)
{
	struct cell	c = { s, (int32_t)strlen(s) };

	return c;
}

static int
text_array(struct arena *a, const struct cell *cells, size_t n,
    struct param *param)
{
	const struct cell	**at;
	size_t			 i;

	if ((at = arena_array(a, n, sizeof(*at))) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		at[i] = &cells[i];
	return sql_texts_param(a, at, n, param);
}

static int
statement_add(struct batch *b, struct round *round, const char *text,
    const struct param *params, int n)
{
	struct statement	 st = { .nparams = n };
	struct buf		 sql;

	buf_init(&sql, 0);
	buf_puts(&sql, text);
	st.params = arena_array(b->arena, (size_t)n, sizeof(*params));
	if ((st.sql = sql_intern(b->sql, &sql)) == NULL || st.params == NULL)
		return -1;
	memcpy(st.params, params, (size_t)n * sizeof(*params));
	return vec_push(b->arena, &round->statements, st);
}

static int
texts_add(struct batch *b, struct round *round, const char *text,
    const struct texts *t)
{
	struct param	params[2];

	if (text_array(b->arena, t->first.v, t->first.n, &params[0]) == -1)
		return -1;
	if (t->second.n == 0)
		return statement_add(b, round, text, params, 1);
	if (text_array(b->arena, t->second.v, t->second.n, &params[1]) == -1)
		return -1;
	return statement_add(b, round, text, params, 2);
}

bool
once_wanted(const struct batch *b)
{
	size_t	i;

	for (i = 0; i < b->units.n; i++)
		if (b->units.v[i].call->key != NULL)
			return true;
	return false;
}

static bool
runs(const struct unit *u)
{
	return u->call->key != NULL && !u->failed && !u->again &&
	    u->stored == NULL;
}

int
once_claim(struct batch *b, struct round *round)
{
	struct texts	 t;
	struct map	 seen;
	struct param	 age;
	struct unit	*u;
	int64_t		 sweep = 0;
	size_t		 i;

	memset(&t, 0, sizeof(t));
	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (u->call->key == NULL)
			continue;
		switch (map_name(b->arena, &seen, u->call->key, u)) {
		case -1:
			return -1;
		case 1:
			u->again = true;
			continue;
		}
		if (u->call->sweep > 0)
			sweep = u->call->sweep;
		if (vec_push(b->arena, &t.first, text_cell(u->call->key)) ==
		    -1 || vec_push(b->arena, &t.second,
		    text_cell(u->call->request)) == -1)
			return -1;
	}
	if (texts_add(b, round, claim_sql, &t) == -1 ||
	    texts_add(b, round, look_sql, &t) == -1)
		return -1;
	if (sweep == 0)
		return 0;
	if (sql_bigint_param(b->arena, sweep, &age) == -1)
		return -1;
	return statement_add(b, round, sweep_sql, &age, 1);
}

static struct unit *
unit_of(struct batch *b, const struct cell *key)
{
	struct unit	*u;
	size_t		 i;

	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (runs(u) && strlen(u->call->key) == (size_t)key->n &&
		    memcmp(u->call->key, key->p, (size_t)key->n) == 0)
			return u;
	}
	return NULL;
}

static int
reused(struct batch *b, struct unit *u)
{
	if ((u->error = arena_alloc(b->arena, sizeof(*u->error))) == NULL)
		return -1;
	error_set(u->error, ERROR_KEY_REUSED, NULL,
	    "another request has used this key");
	error_hint(u->error, "a key belongs to one request and its repeats");
	u->failed = true;
	return 0;
}

static int
look_take(struct batch *b, const struct answer *answer)
{
	const struct cell	*line;
	struct unit		*u;
	size_t			 i;

	for (i = 0; i < answer->nrows; i++) {
		line = answer->cells + i * answer->ncols;
		if ((u = unit_of(b, &line[0])) == NULL || u->claimed)
			continue;
		if (line[1].n != 1 || line[1].p[0] == 0) {
			if (reused(b, u) == -1)
				return -1;
		} else if (line[2].n >= 0 && (u->stored = arena_strndup(
		    b->arena, line[2].p, (size_t)line[2].n)) == NULL)
			return -1;
	}
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		/* Neither claimed nor there: swept away meanwhile. */
		if (runs(u) && !u->claimed)
			u->again = true;
	}
	return 0;
}

int
once_take(struct batch *b, size_t i, const struct answer *answer)
{
	struct unit	*u;
	size_t		 k;

	if (i >= ONCE_ANSWERS)
		return 0;
	if (i == 1)
		return look_take(b, answer);
	for (k = 0; k < answer->nrows; k++)
		if ((u = unit_of(b, &answer->cells[k * answer->ncols])) !=
		    NULL)
			u->claimed = true;
	return 0;
}

static int
reply_render(struct batch *b, struct unit *u, struct error *err)
{
	struct buf	text;
	int		r;

	buf_init(&text, 0);
	r = u->call->render(u->call->render_ctx, u, &text, err);
	if (r == 0 && (text.broken || (u->stored = arena_strndup(b->arena,
	    text.p, text.n)) == NULL))
		r = error_nomem(err);
	buf_free(&text);
	return r;
}

int
once_store(struct batch *b, struct round *round, struct error *err)
{
	struct texts	 kept, gone, told;
	struct unit	*u;
	size_t		 i;

	memset(&kept, 0, sizeof(kept));
	memset(&gone, 0, sizeof(gone));
	memset(&told, 0, sizeof(told));
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (!u->claimed) {
			if (u->stored != NULL && vec_push(b->arena,
			    &told.first, text_cell(u->call->key)) == -1)
				return error_nomem(err);
			continue;
		}
		if (runs(u)) {
			if (reply_render(b, u, err) == -1)
				return -1;
			if (vec_push(b->arena, &kept.first,
			    text_cell(u->call->key)) == -1 ||
			    vec_push(b->arena, &kept.second,
			    text_cell(u->stored)) == -1)
				return error_nomem(err);
		} else if (vec_push(b->arena, &gone.first,
		    text_cell(u->call->key)) == -1)
			return error_nomem(err);
	}
	if ((told.first.n > 0 &&
	    texts_add(b, round, repeat_sql, &told) == -1) ||
	    (kept.first.n > 0 &&
	    texts_add(b, round, store_sql, &kept) == -1) ||
	    (gone.first.n > 0 &&
	    texts_add(b, round, withdraw_sql, &gone) == -1))
		return error_nomem(err);
	return told.first.n + kept.first.n + gone.first.n > 0;
}
