/*
 * The flush: sorts the changes of units of work (U2: what is referred to is
 * inserted before what refers to it, and deleted after it; within one table
 * updates, inserts, deletes) and writes one statement for each kind of change,
 * with arrays.  Called by batch.c when all units of a batch are collected.
 */
#include <stdlib.h>
#include <string.h>

#include "flush_parts.h"
#include "value.h"

struct flush *
flush_new(struct arena *arena, struct sql_cache *sql)
{
	struct flush	*f = arena_alloc(arena, sizeof(*f));

	if (f != NULL) {
		f->arena = arena;
		f->sql = sql;
	}
	return f;
}

size_t
flush_statements(const struct flush *f)
{
	return f->groups.n;
}

bool
flush_knows_keys(const struct flush *f)
{
	return !f->keys_unknown;
}

/*
 * Inserts into one table share a statement, so that keys are drawn in the
 * order of the rows (U2): a column that one of them names is NULL in the
 * others, unless it has a default that NULL would hide (U10).
 */
static int
insert_compare(const struct change *a, const struct change *b)
{
	const struct column	*c;
	size_t			 i;

	for (i = 0; i < a->table->columns.n; i++) {
		c = a->table->columns.v[i];
		if ((c->default_sql != NULL || c->generated) &&
		    a->set[i] != b->set[i])
			return a->set[i] - b->set[i];
	}
	return 0;
}

static int
set_compare(const struct change *a, const struct change *b)
{
	switch (a->kind) {
	case CHANGE_INSERT:
		return insert_compare(a, b);
	case CHANGE_VACATE:
	case CHANGE_UPDATE:
		return memcmp(a->set, b->set, a->table->columns.n);
	case CHANGE_BULK:
		return a->columns == b->columns ? 0 :
		    a->columns < b->columns ? -1 : 1;
	case CHANGE_LOCK:
	case CHANGE_DELETE:
	case CHANGE_BLIND:
		break;
	}
	return 0;
}

enum { PHASE_READY, PHASE_ROOM, PHASE_THERE, PHASE_AWAY };

static int
phase_of(const struct change *c)
{
	switch (c->kind) {
	case CHANGE_LOCK:
		return PHASE_READY;
	case CHANGE_VACATE:
		return PHASE_ROOM;
	case CHANGE_UPDATE:
	case CHANGE_INSERT:
		return PHASE_THERE;
	case CHANGE_BULK:
	case CHANGE_DELETE:
	case CHANGE_BLIND:
		break;
	}
	return PHASE_AWAY;
}

/* The order of statements, then what may share one, then the order of rows. */
static int
change_compare(const void *x, const void *y)
{
	const struct change	*a = x, *b = y;
	int			 aphase = phase_of(a), bphase = phase_of(b);
	bool			 adel = aphase == PHASE_AWAY;
	int			 c;

	if (aphase != bphase)
		return aphase - bphase;
	if ((c = a->table->rank - b->table->rank) != 0 ||
	    (c = a->level - b->level) != 0)
		return adel ? -c : c;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->table != b->table)
		return a->table->index - b->table->index;
	if ((c = set_compare(a, b)) != 0)
		return c;
	return a->number < b->number ? -1 : 1;
}

static bool
same_statement(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && a->table == b->table &&
	    a->level == b->level && set_compare(a, b) == 0;
}

static bool
names_column(const struct group *g, size_t index)
{
	size_t	i;

	for (i = 0; i < g->n; i++)
		if (g->changes[i].set[index])
			return true;
	return false;
}

/* The columns whose values the statement takes, keys first. */
static int
group_columns(struct flush *f, struct group *g)
{
	const struct change	*c = &g->changes[0];
	struct column *const	*identity;
	size_t			 i, n;

	identity = c->columns != NULL ? c->columns :
	    identity_columns(c->table, &n);
	if (c->columns != NULL)
		n = c->ncolumns;
	for (i = 0; c->kind != CHANGE_INSERT && i < n; i++)
		if (vec_push(f->arena, &g->columns, identity[i]) == -1)
			return -1;
	for (i = 0; c->set != NULL && i < c->table->columns.n; i++)
		if (names_column(g, i) && vec_push(f->arena, &g->columns,
		    c->table->columns.v[i]) == -1)
			return -1;
	if (c->kind == CHANGE_INSERT && c->table->key.n == 1 &&
	    !c->set[c->table->key.v[0]->index])
		g->returning = c->table->key.v[0];
	return 0;
}

static void
insert_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;
	size_t			 i;

	buf_printf(b, "INSERT INTO %s(", table->quoted);
	for (i = 0; i < g->columns.n; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "",
		    g->columns.v[i]->quoted);
	buf_puts(b, ") SELECT ");
	for (i = 0; i < g->columns.n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, true);
	buf_puts(b, " ORDER BY v.n");
	if (g->returning != NULL)
		buf_printf(b, " RETURNING %s", g->returning->quoted);
}

static void
where_identity(struct buf *b, const struct group *g, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? " AND " : " WHERE ");
		sql_column(b, "t", g->columns.v[i]);
		buf_puts(b, " = ");
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
}

static void
update_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;
	size_t			 i, n;

	identity_columns(table, &n);
	buf_printf(b, "UPDATE %s AS t SET ", table->quoted);
	for (i = n; i < g->columns.n; i++) {
		buf_printf(b, "%s%s = ", i > n ? "," : "",
		    g->columns.v[i]->quoted);
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, false);
	where_identity(b, g, n);
}

static void
delete_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;

	if (g->columns.n == 1) {
		buf_printf(b, "DELETE FROM %s AS t WHERE ", table->quoted);
		sql_column(b, "t", g->columns.v[0]);
		buf_puts(b, " = ANY(");
		sql_array(b, g->columns.v[0], 1);
		buf_putc(b, ')');
		return;
	}
	buf_printf(b, "DELETE FROM %s AS t USING ", table->quoted);
	sql_unnest(b, "v", g->columns.n, false);
	where_identity(b, g, g->columns.n);
}

static void
lock_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;

	buf_puts(b, "SELECT FROM ");
	buf_puts(b, table->quoted);
	buf_puts(b, " AS t WHERE ");
	sql_key_in(b, "t", table->key.v, table->key.n, 1);
	buf_puts(b, " ORDER BY ");
	sql_order(b, "t", table->key.v, table->key.n);
	buf_puts(b, " FOR UPDATE");
}

/* Deletes by these columns and says whose rows they were. */
static void
away_sql(struct buf *b, const struct change *c, struct column *const *columns,
    size_t n)
{
	size_t	i;

	buf_printf(b, "DELETE FROM %s AS t WHERE ", c->table->quoted);
	sql_key_in(b, "t", columns, n, 1);
	buf_puts(b, " RETURNING ");
	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_select(b, "t", columns[i]);
	}
}

static int
group_send(struct flush *f, struct group *g, struct round *round)
{
	static const struct cell null = { NULL, -1 };
	struct statement	 st = { NULL, NULL, (int)g->columns.n };
	const struct cell	**cells;
	const struct object	*o;
	struct buf		 b;
	size_t			 i, k, n = 0;

	buf_init(&b, 0);
	switch (g->changes[0].kind) {
	case CHANGE_INSERT:
		insert_sql(&b, g);
		break;
	case CHANGE_VACATE:
	case CHANGE_UPDATE:
		identity_columns(g->changes[0].table, &n);
		update_sql(&b, g);
		break;
	case CHANGE_LOCK:
		lock_sql(&b, g);
		break;
	case CHANGE_BULK:
		away_sql(&b, &g->changes[0], g->changes[0].columns,
		    g->changes[0].ncolumns);
		break;
	case CHANGE_BLIND:
		away_sql(&b, &g->changes[0], g->changes[0].table->key.v,
		    g->changes[0].table->key.n);
		break;
	case CHANGE_DELETE:
		n = g->columns.n;
		delete_sql(&b, g);
		break;
	}
	cells = arena_array(f->arena, g->n, sizeof(*cells));
	st.params = arena_array(f->arena, g->columns.n, sizeof(*st.params));
	if ((st.sql = sql_intern(f->sql, &b)) == NULL || cells == NULL ||
	    st.params == NULL)
		return -1;
	for (k = 0; k < g->columns.n; k++) {
		for (i = 0; i < g->n; i++) {
			o = g->changes[i].object;
			if (g->changes[i].kind == CHANGE_BULK) {
				/* The parent's key, column by column. */
				cells[i] = &o->now[
				    o->table->key.v[k]->index];
				continue;
			}
			/* A row is found by the key that it was stored with. */
			cells[i] = k < n && o->was != NULL ?
			    &o->was[g->columns.v[k]->index] :
			    &g->changes[i].values[g->columns.v[k]->index];
			/* U4: what is postponed; another row names it. */
			if (g->changes[i].kind == CHANGE_INSERT &&
			    !g->changes[i].set[g->columns.v[k]->index])
				cells[i] = &null;
		}
		if (sql_array_param(f->arena, g->columns.v[k], cells, g->n,
		    &st.params[k]) == -1)
			return -1;
	}
	return vec_push(f->arena, &round->statements, st);
}

int
flush_send(struct flush *f, struct round *round)
{
	struct group	g;
	size_t		i;

	if (f->changes.n == 0)
		return 0;
	qsort(f->changes.v, f->changes.n, sizeof(*f->changes.v),
	    change_compare);
	for (i = 0; i < f->changes.n; i += g.n) {
		memset(&g, 0, sizeof(g));
		g.changes = &f->changes.v[i];
		while (i + g.n < f->changes.n &&
		    same_statement(g.changes, &g.changes[g.n]))
			g.n++;
		if (group_columns(f, &g) == -1 ||
		    group_send(f, &g, round) == -1 ||
		    vec_push(f->arena, &f->groups, g) == -1)
			return -1;
	}
	return 0;
}

struct returned {
	const struct column	*column;
	struct cell		 cell;
};

static int
returned_compare(const void *x, const void *y)
{
	const struct returned	*a = x, *b = y;

	return cell_compare(a->column, &a->cell, &b->cell);
}

/*
 * Generated keys.  The rows were inserted in our order, so the sequence gave
 * ascending keys in that order; RETURNING promises no order, so they are
 * sorted.
 */
static int
keys_take(struct flush *f, struct group *g, const struct answer *answer,
    struct error *err)
{
	struct returned	*keys;
	size_t		 i;

	keys = arena_array(f->arena, answer->nrows, sizeof(*keys));
	if (keys == NULL)
		return error_nomem(err);
	for (i = 0; i < answer->nrows; i++) {
		keys[i].column = g->returning;
		keys[i].cell = answer->cells[i * answer->ncols];
	}
	qsort(keys, answer->nrows, sizeof(*keys), returned_compare);
	for (i = 0; i < g->n; i++)
		g->changes[i].object->now[g->returning->index] = keys[i].cell;
	return 0;
}

/*
 * Rows that went by a parent's key are counted for whom they were; a key that
 * brought none back was not there.
 */
static int
away_take(struct flush *f, struct group *g, const struct answer *answer,
    struct error *err)
{
	struct change		*c;
	struct key_bytes	 key;
	struct map		 by_key;
	size_t			 i, n = g->columns.n;

	memset(&by_key, 0, sizeof(by_key));
	for (i = 0; i < g->n; i++) {
		const struct cell	*cells;

		c = &g->changes[i];
		cells = cells_pick(f->arena, c->object->now,
		    c->object->table->key.v, n);
		if (cells == NULL || key_bytes(f->arena, cells, n, &key) ==
		    -1 || map_put(f->arena, &by_key, key.p, key.n, c) == -1)
			return error_nomem(err);
		c->object->absent |= c->kind == CHANGE_BLIND;
	}
	for (i = 0; i < answer->nrows; i++) {
		if (key_bytes(f->arena, answer->cells + i * answer->ncols, n,
		    &key) == -1)
			return error_nomem(err);
		if ((c = map_get(&by_key, key.p, key.n)) == NULL)
			continue;
		if (c->kind == CHANGE_BLIND)
			c->object->absent = false;
		else if (c->table->model != NULL &&
		    c->result->deleted != NULL)
			c->result->deleted[c->table->model->index]++;
	}
	return 0;
}

int
flush_take(struct flush *f, size_t index, const struct answer *answer,
    struct error *err)
{
	struct group	*g = &f->groups.v[index];

	if (g->changes[0].kind == CHANGE_LOCK)
		return 0;
	if (g->changes[0].kind == CHANGE_BULK ||
	    g->changes[0].kind == CHANGE_BLIND)
		return away_take(f, g, answer, err);
	/* All rows are locked or new: anything else was done behind our back. */
	if (answer->affected != g->n) {
		error_set(err, ERROR_SERIALIZATION, NULL,
		    "rows of %s have changed meanwhile",
		    g->changes[0].table->name);
		return -1;
	}
	return g->returning == NULL ? 0 : keys_take(f, g, answer, err);
}
