/*
 * Facts for units of work.  Called by batch_write.c between runs of uow_run().
 * Rows are locked in the order of their keys, parents before children, so that
 * batches that meet wait for each other instead of dead-locking.
 */
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "reach.h"
#include "stock.h"

/* A question: the same text, asked for the keys of several facts. */
struct question {
	const struct sql	*sql;
	const struct table	*table;
	struct column *const	*columns;
	size_t			 n;
	enum fact_kind		 kind;
	enum lock		 lock;
	struct reach		*reach;		/* bounds the answer, or NULL */
	VEC(struct fact *)	 facts;
	struct map		 by_key;	/* struct same: facts */
};

/* Several units may ask for one key. */
struct same {
	VEC(struct fact *)	 facts;
};

/* New keys of a table, for those who want some. */
struct draw {
	const struct table	*table;
	int64_t			 n;
	VEC(struct key_supply *) supplies;
	VEC(size_t)		 shares;
};

struct gather {
	struct arena		*arena;
	struct sql_cache	*sql;
	struct key_stock	*stock;
	VEC(struct question *)	 questions;
	VEC(struct draw *)	 draws;
};

struct gather *
gather_new(struct arena *arena, struct sql_cache *sql,
    struct key_stock *stock)
{
	struct gather	*g = arena_alloc(arena, sizeof(*g));

	if (g != NULL) {
		g->arena = arena;
		g->sql = sql;
		g->stock = stock;
	}
	return g;
}

static struct question *
question_for(struct gather *g, const struct fact *f, struct reach *reach)
{
	struct question	*q;
	size_t		 i;

	for (i = 0; i < g->questions.n; i++) {
		q = g->questions.v[i];
		if (q->table == f->table && q->columns == f->columns &&
		    q->kind == f->kind && q->lock == f->lock &&
		    q->reach == reach)
			return q;
	}
	if ((q = arena_alloc(g->arena, sizeof(*q))) == NULL ||
	    vec_push(g->arena, &g->questions, q) == -1)
		return NULL;
	q->table = f->table;
	q->columns = f->columns;
	q->n = f->n;
	q->kind = f->kind;
	q->lock = f->lock;
	q->reach = reach;
	return q;
}

static int
fact_add(struct gather *g, struct fact *f, struct reach *reach)
{
	struct question		*q = question_for(g, f, reach);
	struct key_bytes	 bytes;
	struct same		*same;

	if (q == NULL || key_bytes(g->arena, f->cells, f->n, &bytes) == -1)
		return -1;
	same = map_get(&q->by_key, bytes.p, bytes.n);
	if (same == NULL && ((same = arena_alloc(g->arena,
	    sizeof(*same))) == NULL || map_put(g->arena, &q->by_key, bytes.p,
	    bytes.n, same) == -1))
		return -1;
	if (vec_push(g->arena, &same->facts, f) == -1)
		return -1;
	return vec_push(g->arena, &q->facts, f);
}

static int
supply_add(struct gather *g, const struct table *table,
    struct key_supply *supply)
{
	struct draw	*d = NULL;
	size_t		 i;

	for (i = 0; i < g->draws.n; i++)
		if (g->draws.v[i]->table == table)
			d = g->draws.v[i];
	if (d == NULL && ((d = arena_alloc(g->arena, sizeof(*d))) == NULL ||
	    vec_push(g->arena, &g->draws, d) == -1))
		return -1;
	d->table = table;
	d->n += (int64_t)supply->wanted;
	if (vec_push(g->arena, &d->supplies, supply) == -1)
		return -1;
	return vec_push(g->arena, &d->shares, supply->wanted);
}

int
gather_add(struct gather *g, struct uow *u)
{
	struct map_entry	*e;
	struct key_supply	*supply;
	size_t			 i;

	for (i = 0; i < u->wants.n; i++)
		if (fact_add(g, u->wants.v[i], reach_bounds(u)) == -1)
			return -1;
	map_each(e, &u->supplies) {
		supply = e->value;
		if (supply->wanted > 0 && supply_add(g,
		    *(const struct table *const *)e->key, supply) == -1)
			return -1;
	}
	return 0;
}

/*
 * At most so many of the rows, any of them.  Sorting comes after: with the
 * LIMIT above an ORDER BY, PostgreSQL may walk the whole table in that order.
 */
static void
bounded_rows(struct buf *b, const struct question *q, const char *lock)
{
	size_t	i;

	buf_puts(b, "(SELECT ");
	for (i = 0; i < q->table->columns.n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_column(b, "t1", q->table->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_table(b, q->table, "t1", NULL);
	buf_puts(b, " WHERE ");
	sql_key_in(b, "t1", q->columns, q->n, 1);
	buf_printf(b, " LIMIT $%d%s)", (int)q->n + 1, lock);
}

static const struct sql *
question_sql(struct gather *g, const struct question *q, bool bounded)
{
	static const char *const	 locks[] = {
		[LOCK_NONE] = "",
		[LOCK_KEY_SHARE] = " FOR KEY SHARE",
		[LOCK_NO_KEY_UPDATE] = " FOR NO KEY UPDATE",
		[LOCK_UPDATE] = " FOR UPDATE",
	};
	struct column *const		*identity;
	struct buf			 b;
	size_t				 i, n;

	buf_init(&b, 0);
	buf_puts(&b, "SELECT ");
	for (i = 0; i < q->table->columns.n; i++) {
		buf_puts(&b, i > 0 ? "," : "");
		sql_select(&b, "t0", q->table->columns.v[i]);
	}
	buf_puts(&b, " FROM ");
	if (bounded) {
		bounded_rows(&b, q, locks[q->lock]);
		buf_puts(&b, " AS t0");
	} else {
		sql_table(&b, q->table, "t0", NULL);
		buf_puts(&b, " WHERE ");
		sql_key_in(&b, "t0", q->columns, q->n, 1);
	}
	buf_puts(&b, " ORDER BY ");
	identity = identity_columns(q->table, &n);
	sql_order(&b, "t0", identity, n);
	buf_puts(&b, bounded ? "" : locks[q->lock]);
	return sql_intern(g->sql, &b);
}

static int
question_send(struct gather *g, struct question *q, struct round *round)
{
	int64_t			 most = reach_rows(q->reach, q->table, q->kind);
	struct statement	 st = { .nparams = (int)q->n + (most >= 0) };
	const struct cell	**cells;
	size_t			 i, k;

	st.sql = question_sql(g, q, most >= 0);
	st.params = arena_array(g->arena, q->n + 1, sizeof(*st.params));
	cells = arena_array(g->arena, q->facts.n, sizeof(*cells));
	if (st.sql == NULL || st.params == NULL || cells == NULL)
		return -1;
	/* One more, to see that there are more. */
	if (most >= 0 && sql_bigint_param(g->arena, most + 1,
	    &st.params[q->n]) == -1)
		return -1;
	for (k = 0; k < q->n; k++) {
		for (i = 0; i < q->facts.n; i++)
			cells[i] = &q->facts.v[i]->cells[k];
		if (sql_array_param(g->arena, q->columns[k], cells,
		    q->facts.n, &st.params[k]) == -1)
			return -1;
	}
	return vec_push(g->arena, &round->statements, st);
}

/* Keys by the column's default, or by the sequence that belongs to it. */
static int
draw_send(struct gather *g, struct draw *d, struct round *round)
{
	const struct column	*c = d->table->key.v[0];
	struct statement	 st = { .nparams = 1 };
	int64_t			 n = g->stock == NULL ? d->n :
				    key_stock_ahead(g->stock, d->table, d->n);
	struct buf		 b;
	const char		*p;

	buf_init(&b, 0);
	buf_puts(&b, "SELECT ");
	if (c->default_sql != NULL) {
		sql_select(&b, "t0", c);
		buf_printf(&b, " FROM (SELECT (%s)::%s AS %s",
		    c->default_sql, c->sql_type, c->quoted);
	} else {
		buf_puts(&b, "nextval((SELECT pg_get_serial_sequence('");
		for (p = d->table->quoted; *p != '\0'; p++) {
			if (*p == '\'')
				buf_putc(&b, '\'');
			buf_putc(&b, *p);
		}
		buf_puts(&b, "','");
		for (p = c->name; *p != '\0'; p++) {
			if (*p == '\'')
				buf_putc(&b, '\'');
			buf_putc(&b, *p);
		}
		buf_puts(&b, "'))::regclass)");
		buf_printf(&b, "::%s", c->narrow != NULL ? c->type->name :
		    c->sql_type);
	}
	buf_puts(&b, " FROM generate_series(1,$1)");
	buf_puts(&b, c->default_sql != NULL ? ") AS t0" : "");
	st.sql = sql_intern(g->sql, &b);
	st.params = arena_alloc(g->arena, sizeof(*st.params));
	if (st.sql == NULL || st.params == NULL ||
	    sql_bigint_param(g->arena, n, st.params) == -1)
		return -1;
	return vec_push(g->arena, &round->statements, st);
}

/* Rows by key first, in the order of the tables; lists of children later. */
static int
question_compare(const void *x, const void *y)
{
	const struct question	*a = *(struct question *const *)x;
	const struct question	*b = *(struct question *const *)y;

	if ((a->kind == FACT_LIST) != (b->kind == FACT_LIST))
		return a->kind == FACT_LIST ? 1 : -1;
	if (a->table->rank != b->table->rank)
		return a->table->rank - b->table->rank;
	if (a->table != b->table)
		return a->table->index - b->table->index;
	return (int)b->lock - (int)a->lock;
}

int
gather_send(struct gather *g, struct round *round)
{
	size_t	i;

	if (g->questions.n > 1)
		qsort(g->questions.v, g->questions.n, sizeof(*g->questions.v),
		    question_compare);
	for (i = 0; i < g->questions.n; i++)
		if (question_send(g, g->questions.v[i], round) == -1)
			return -1;
	for (i = 0; i < g->draws.n; i++)
		if (draw_send(g, g->draws.v[i], round) == -1)
			return -1;
	return 0;
}

static int
question_take(struct gather *g, struct question *q,
    const struct answer *answer)
{
	const struct cell	*row, *key;
	struct key_bytes	 bytes;
	struct same		*same;
	size_t			 i, k, n;
	bool			 whole;

	n = reach_take(q->reach, q->table, q->kind, answer->nrows);
	whole = n == answer->nrows;
	for (i = 0; i < q->facts.n; i++)
		q->facts.v[i]->known = whole || q->kind == FACT_LIST;
	for (i = 0; i < n; i++) {
		row = answer->cells + i * answer->ncols;
		key = cells_pick(g->arena, row, q->columns, q->n);
		if (key == NULL ||
		    key_bytes(g->arena, key, q->n, &bytes) == -1)
			return -1;
		same = map_get(&q->by_key, bytes.p, bytes.n);
		for (k = 0; same != NULL && k < same->facts.n; k++) {
			same->facts.v[k]->known = true;
			if (vec_push(g->arena, &same->facts.v[k]->rows, row) ==
			    -1)
				return -1;
		}
	}
	return 0;
}

static int
draw_take(struct gather *g, struct draw *d, const struct answer *answer)
{
	size_t	i, k, row = 0;

	for (i = 0; i < d->supplies.n; i++)
		for (k = 0; k < d->shares.v[i] && row < answer->nrows; k++)
			if (vec_push(g->arena, &d->supplies.v[i]->cells,
			    answer->cells[row++]) == -1)
				return -1;
	for (; g->stock != NULL && row < answer->nrows; row++)
		key_stock_put(g->stock, d->table, &answer->cells[row]);
	return 0;
}

int
gather_take(struct gather *g, size_t index, const struct answer *answer)
{
	if (index < g->questions.n)
		return question_take(g, g->questions.v[index], answer);
	return draw_take(g, g->draws.v[index - g->questions.n], answer);
}
