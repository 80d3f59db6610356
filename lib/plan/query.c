/*
 * Statements of `count', and of `get' by unique columns, and what all queries
 * are made of.  Called by batch.c and query_page.c with a decoded op; it
 * refuses nothing.
 */
#include <string.h>

#include "caller.h"
#include "loader.h"
#include "query_parts.h"
#include "where.h"

static void
param_add(struct query *q, const struct param *p)
{
	if (vec_push(q->arena, &q->params, *p) == -1)
		q->failed = true;
}

int
query_param(struct query *q, const struct column *c, const struct cell *cell)
{
	struct param	p;

	sql_cell_param(c, cell, &p);
	param_add(q, &p);
	return (int)q->params.n;
}

struct statement *
query_end(struct query *q, struct sql_cache *cache)
{
	struct statement	*st = NULL;

	if (q->failed || (st = arena_alloc(q->arena, sizeof(*st))) == NULL) {
		buf_free(&q->sql);
		return NULL;
	}
	/*
	 * One text has one number of parameters: without others, and without a
	 * word about the caller, it is the text of those who have no key.
	 */
	if (q->sight->param != 0 && q->params.n == 1 &&
	    !sql_mentions(&q->sql, q->sight->param))
		q->params.n = 0;
	st->sql = sql_intern_varied(cache, q->arena, &q->sql);
	st->params = q->params.v;
	st->nparams = (int)q->params.n;
	st->by_value = q->by_value;
	return st->sql == NULL ? NULL : st;
}

void
query_begin(struct query *q, struct arena *arena, const struct call *call)
{
	memset(q, 0, sizeof(*q));
	q->arena = arena;
	q->sight = &call->sight;
	buf_init(&q->sql, 0);
	if (q->sight->param != 0)
		query_param(q, q->sight->key, &call->caller->key);
}

struct statement *
query_count(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	struct query	q;
	size_t		i, n = query_choices(op, 1);

	query_begin(&q, arena, call);
	q.by_value = query_by_value(op, false);
	buf_puts(&q.sql, n > 1 ? "SELECT " : "");
	for (i = 0; i < n; i++) {
		buf_puts(&q.sql, i > 0 ? ") + (" : n > 1 ? "(" : "");
		buf_puts(&q.sql, "SELECT count(*) FROM ");
		sql_table(&q.sql, op->model->table, "t0", q.sight);
		query_put_where(&q, op, n, i);
	}
	buf_puts(&q.sql, n > 1 ? ")" : "");
	query_where_params(&q, op);
	return query_end(&q, cache);
}

struct statement *
query_unique(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	const struct unique	*u = op->target->unique;
	struct query		 q;
	size_t			 i;
	int			 n;

	query_begin(&q, arena, call);
	buf_printf(&q.sql, "SELECT %s FROM ", op->load->select_list);
	sql_table(&q.sql, op->model->table, "t0", q.sight);
	buf_puts(&q.sql, " WHERE ");
	for (i = 0; i < u->columns.n; i++) {
		buf_puts(&q.sql, i > 0 ? " AND " : "");
		sql_column(&q.sql, "t0", u->columns.v[i]);
		buf_puts(&q.sql, " = ");
		n = query_param(&q, u->columns.v[i],
		    &op->target->unique_values[i]);
		sql_element(&q.sql, "$", n, u->columns.v[i]);
	}
	return query_end(&q, cache);
}
