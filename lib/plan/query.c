/*
 * Pages: `find' as one statement by keyset, so that a page is found by index
 * however far it is, and stays right while rows come and go.  Called by
 * batch.c with a decoded op; it refuses nothing.
 */
#include <string.h>

#include "caller.h"
#include "loader.h"
#include "query.h"
#include "where.h"

struct query {
	struct arena		*arena;
	const struct sight	*sight;
	struct buf		 sql;
	VEC(struct param)	 params;
	bool			 failed;
};

static void
put_value(struct query *q, const struct column *c, const struct cell *cell)
{
	struct param	p;

	sql_cell_param(c, cell, &p);
	if (vec_push(q->arena, &q->params, p) == -1)
		q->failed = true;
	sql_element(&q->sql, "$", (int)q->params.n, c);
}

/* Rows whose term equals that of the last row of the page before. */
static void
put_same(struct query *q, const struct order *o, const struct cell *cell)
{
	sql_column(&q->sql, "t0", o->column);
	if (cell->n < 0) {
		buf_puts(&q->sql, " IS NULL");
		return;
	}
	buf_puts(&q->sql, " = ");
	put_value(q, o->column, cell);
}

/* Rows whose term comes behind it: nulls are last, and first in descending. */
static void
put_behind(struct query *q, const struct order *o, const struct cell *cell)
{
	if (cell->n < 0) {
		if (!o->descending)
			buf_puts(&q->sql, "false");
		else {
			sql_column(&q->sql, "t0", o->column);
			buf_puts(&q->sql, " IS NOT NULL");
		}
		return;
	}
	buf_putc(&q->sql, '(');
	sql_column(&q->sql, "t0", o->column);
	buf_puts(&q->sql, o->descending ? " < " : " > ");
	put_value(q, o->column, cell);
	if (!o->descending && o->column->nullable) {
		buf_puts(&q->sql, " OR ");
		sql_column(&q->sql, "t0", o->column);
		buf_puts(&q->sql, " IS NULL");
	}
	buf_putc(&q->sql, ')');
}

static void
put_after(struct query *q, const struct op *op)
{
	size_t	i, k;

	buf_puts(&q->sql, " AND (");
	for (i = 0; i < op->order.n; i++) {
		buf_puts(&q->sql, i > 0 ? " OR " : "");
		for (k = 0; k < i; k++) {
			put_same(q, &op->order.v[k], &op->after[k]);
			buf_puts(&q->sql, " AND ");
		}
		put_behind(q, &op->order.v[i], &op->after[i]);
	}
	buf_putc(&q->sql, ')');
}

static void
put_from(struct query *q, const struct op *op)
{
	size_t	i;

	buf_puts(&q->sql, " FROM ");
	sql_table(&q->sql, op->model->table, "t0", q->sight);
	buf_puts(&q->sql, " WHERE ");
	buf_puts(&q->sql, op->where != NULL ? op->where->sql : "true");
	for (i = 0; op->where != NULL && i < op->where->params.n; i++)
		if (vec_push(q->arena, &q->params,
		    op->where->params.v[i]) == -1)
			q->failed = true;
}

static struct statement *
finish(struct query *q, struct sql_cache *cache)
{
	struct statement	*st = arena_alloc(q->arena, sizeof(*st));
	const struct sql	*sql = sql_intern(cache, &q->sql);

	if (st == NULL || sql == NULL || q->failed)
		return NULL;
	st->sql = sql;
	st->params = q->params.v;
	st->nparams = (int)q->params.n;
	return st;
}

static void
begin(struct query *q, struct arena *arena, const struct call *call)
{
	struct param	p;

	memset(q, 0, sizeof(*q));
	q->arena = arena;
	q->sight = &call->sight;
	buf_init(&q->sql, 0);
	if (q->sight->param == 0)
		return;
	sql_cell_param(q->sight->key, &call->caller->key, &p);
	if (vec_push(q->arena, &q->params, p) == -1)
		q->failed = true;
}

struct statement *
query_page(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	struct query	q;
	struct param	limit;
	size_t		i;

	begin(&q, arena, call);
	buf_printf(&q.sql, "SELECT %s", op->load->select_list);
	/* What `next' will say; the load may not have these columns. */
	for (i = 0; i < op->order.n; i++) {
		buf_putc(&q.sql, ',');
		sql_select(&q.sql, "t0", op->order.v[i].column);
	}
	put_from(&q, op);
	if (op->after != NULL)
		put_after(&q, op);
	buf_puts(&q.sql, " ORDER BY ");
	for (i = 0; i < op->order.n; i++) {
		buf_puts(&q.sql, i > 0 ? "," : "");
		sql_column(&q.sql, "t0", op->order.v[i].column);
		buf_puts(&q.sql, op->order.v[i].descending ? " DESC" : "");
	}
	if (sql_bigint_param(arena, op->limit + 1, &limit) == -1 ||
	    vec_push(arena, &q.params, limit) == -1)
		q.failed = true;
	buf_printf(&q.sql, " LIMIT $%zu", q.params.n);
	return finish(&q, cache);
}

struct statement *
query_count(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	struct query	q;

	begin(&q, arena, call);
	buf_puts(&q.sql, "SELECT count(*)");
	put_from(&q, op);
	return finish(&q, cache);
}

struct statement *
query_unique(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	const struct unique	*u = op->target->unique;
	struct query		 q;
	size_t			 i;

	begin(&q, arena, call);
	buf_printf(&q.sql, "SELECT %s FROM ", op->load->select_list);
	sql_table(&q.sql, op->model->table, "t0", q.sight);
	buf_puts(&q.sql, " WHERE ");
	for (i = 0; i < u->columns.n; i++) {
		buf_puts(&q.sql, i > 0 ? " AND " : "");
		sql_column(&q.sql, "t0", u->columns.v[i]);
		buf_puts(&q.sql, " = ");
		put_value(&q, u->columns.v[i], &op->target->unique_values[i]);
	}
	return finish(&q, cache);
}
