/*
 * The statement of a group of changes: its columns, its text and its arrays.
 * Called by flush.c when the groups are known.
 */
#include "flush_parts.h"
#include "withheld.h"

static bool
names_column(const struct group *g, size_t index)
{
	size_t	i;

	for (i = 0; i < g->n; i++)
		if (g->changes[i].set[index])
			return true;
	return false;
}

/* What nobody asks for would cost PostgreSQL and us a row each. */
static bool
tells_keys(const struct group *g)
{
	size_t	i;

	for (i = 0; i < g->n; i++)
		if (g->changes[i].object->told)
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
	    !c->set[c->table->key.v[0]->index] && tells_keys(g))
		g->returning = c->table->key.v[0];
	return 0;
}

static void
insert_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;
	size_t			 i;
	bool			 always = false;

	withheld_begin(b);
	buf_printf(b, "INSERT INTO %s(", table->quoted);
	for (i = 0; i < g->columns.n; i++) {
		buf_printf(b, "%s%s", i > 0 ? "," : "",
		    g->columns.v[i]->quoted);
		always = always || g->columns.v[i]->always;
	}
	/* A key that was drawn ahead, since others refer to it. */
	buf_puts(b, always ? ") OVERRIDING SYSTEM VALUE SELECT " :
	    ") SELECT ");
	for (i = 0; i < g->columns.n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, true);
	buf_puts(b, " ORDER BY v.n");
	if (g->returning != NULL) {
		buf_printf(b, " RETURNING %s", g->returning->quoted);
		sql_cast(b, g->returning);
	}
	withheld_end(b, table, g->returning != NULL);
}

static void
where_identity(struct buf *b, const struct group *g, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? " AND " : " WHERE ");
		sql_column(b, "t", g->columns.v[i]);
		/* Not IS NOT DISTINCT FROM, which no index answers. */
		if (identity_is_null(&g->changes[0],
		    (size_t)g->columns.v[i]->index)) {
			buf_puts(b, " IS NULL");
			continue;
		}
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
	withheld_begin(b);
	buf_puts(b, "UPDATE ");
	sql_table(b, table, "t", NULL);
	buf_puts(b, " SET ");
	for (i = n; i < g->columns.n; i++) {
		buf_printf(b, "%s%s = ", i > n ? "," : "",
		    g->columns.v[i]->quoted);
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, false);
	where_identity(b, g, n);
	withheld_end(b, table, false);
}

static void
delete_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;

	withheld_begin(b);
	buf_puts(b, "DELETE FROM ");
	sql_table(b, table, "t", NULL);
	if (table->key.n == 1) {
		buf_puts(b, " WHERE ");
		sql_column(b, "t", g->columns.v[0]);
		buf_puts(b, " = ANY(");
		sql_array(b, g->columns.v[0], 1);
		buf_putc(b, ')');
	} else {
		buf_puts(b, " USING ");
		sql_unnest(b, "v", g->columns.n, false);
		where_identity(b, g, g->columns.n);
	}
	withheld_end(b, table, false);
}

static void
lock_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;

	buf_puts(b, "SELECT FROM ");
	sql_table(b, table, "t", NULL);
	buf_puts(b, " WHERE ");
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

	buf_puts(b, "DELETE FROM ");
	sql_table(b, c->table, "t", NULL);
	buf_puts(b, " WHERE ");
	sql_key_in(b, "t", columns, n, 1);
	withheld_none(b, c->table);
	buf_puts(b, " RETURNING ");
	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_select(b, "t", columns[i]);
	}
}

/* How many of the columns, the first ones, say which row it is. */
static size_t
group_text(const struct group *g, struct buf *b)
{
	const struct change	*c = &g->changes[0];
	size_t			 n = 0;

	switch (c->kind) {
	case CHANGE_INSERT:
		insert_sql(b, g);
		break;
	case CHANGE_VACATE:
	case CHANGE_UPDATE:
		identity_columns(c->table, &n);
		update_sql(b, g);
		break;
	case CHANGE_LOCK:
		lock_sql(b, g);
		break;
	case CHANGE_BULK:
		away_sql(b, c, c->columns, c->ncolumns);
		break;
	case CHANGE_BLIND:
		away_sql(b, c, c->table->key.v, c->table->key.n);
		break;
	case CHANGE_DELETE:
		n = g->columns.n;
		delete_sql(b, g);
		break;
	}
	return n;
}

/* The value of one change for column k of its group. */
static const struct cell *
change_cell(const struct group *g, const struct change *c, size_t k,
    size_t identity)
{
	static const struct cell	 null = { NULL, -1 };
	const struct object		*o = c->object;
	const int			 index = g->columns.v[k]->index;

	/* The parent's key, column by column. */
	if (c->kind == CHANGE_BULK)
		return &o->now[o->table->key.v[k]->index];
	/* U4: what is postponed; another row names it. */
	if (c->kind == CHANGE_INSERT && !c->set[index])
		return &null;
	/* A row is found by the key that it was stored with. */
	if (k < identity && o->was != NULL)
		return c->found != NULL ? &c->found[index] : &o->was[index];
	return &c->values[index];
}

int
group_statement(struct flush *f, struct group *g, struct statement *st)
{
	const struct cell	**cells;
	struct buf		 b;
	size_t			 i, k, identity;

	if (group_columns(f, g) == -1)
		return -1;
	buf_init(&b, 0);
	identity = group_text(g, &b);
	st->nparams = (int)g->columns.n;
	st->sql = sql_intern_varied(f->sql, f->arena, &b);
	st->params = arena_array(f->arena, g->columns.n, sizeof(*st->params));
	cells = arena_array(f->arena, g->n, sizeof(*cells));
	if (st->sql == NULL || st->params == NULL || cells == NULL)
		return -1;
	for (k = 0; k < g->columns.n; k++) {
		for (i = 0; i < g->n; i++)
			cells[i] = change_cell(g, &g->changes[i], k, identity);
		if (sql_array_param(f->arena, g->columns.v[k], cells, g->n,
		    &st->params[k]) == -1)
			return -1;
	}
	return 0;
}
