/*
 * As whom statements run.  Called by batch*.c, where the calls say that
 * row-level security is on.  The user's key is a parameter; PostgreSQL makes
 * the text of it that a policy casts back.
 */
#include <string.h>

#include "caller.h"
#include "rls.h"
#include "sql.h"

static const char	rules_sql[] =
    "SELECT set_config('ormd.class', 'rules', true)";

static const char	admin_sql[] =
    "SELECT set_config('ormd.class', 'admin', true)";

static const char	anyone_sql[] =
    "SELECT set_config('ormd.class', 'anyone', true), "
    "set_config('ormd.user', '', true)";

static void
put_user(struct buf *b, const struct column *key)
{
	buf_puts(b, "SELECT set_config('ormd.class', 'user', true), "
	    "set_config('ormd.user', CAST(");
	sql_element(b, "$", 1, key);
	buf_puts(b, " AS text), true)");
}

static int
statement_make(struct batch *b, enum rls_as as, struct statement *st)
{
	const struct call	*call = b->units.v[0].call;
	const struct sight	*sight = &call->sight;
	struct buf		 sql;

	memset(st, 0, sizeof(*st));
	buf_init(&sql, 0);
	if (as == RLS_RULES)
		buf_puts(&sql, rules_sql);
	else if (as == RLS_ADMIN || sight->class == CLASS_ADMIN)
		buf_puts(&sql, admin_sql);
	else if (sight->class == CLASS_ANYONE)
		buf_puts(&sql, anyone_sql);
	else {
		put_user(&sql, sight->key);
		st->nparams = 1;
		if ((st->params = arena_alloc(b->arena,
		    sizeof(*st->params))) == NULL) {
			buf_free(&sql);
			return -1;
		}
		sql_cell_param(sight->key, &call->caller->key, st->params);
	}
	st->sql = sql_intern(b->sql, &sql);
	return st->sql == NULL ? -1 : 0;
}

int
rls_run_as(struct batch *b, struct rls *rls, struct round *round, size_t from,
    enum rls_as as)
{
	const struct call	*call = b->units.v[0].call;
	struct statement	 st, *v;

	/* An admin may do what rules look at, too. */
	if (as == RLS_RULES && call->login == NULL &&
	    call->sight.class == CLASS_ADMIN)
		as = RLS_CALLER;
	if (!call->rls || round->statements.n == from || rls->as == as)
		return 0;
	if (statement_make(b, as, &st) == -1 ||
	    vec_push(b->arena, &round->statements, st) == -1 ||
	    vec_push(b->arena, &rls->places, from) == -1)
		return -1;
	v = round->statements.v;
	memmove(&v[from + 1], &v[from],
	    (round->statements.n - from - 1) * sizeof(*v));
	v[from] = st;
	rls->as = as;
	return 0;
}

size_t
rls_statements(const struct rls *rls, const struct round *round)
{
	return round->statements.n - rls->places.n;
}

bool
rls_statement(const struct rls *rls, size_t i, size_t *number)
{
	size_t	k;

	*number = i;
	for (k = 0; k < rls->places.n; k++) {
		if (rls->places.v[k] == i)
			return false;
		*number -= rls->places.v[k] < i;
	}
	return true;
}
