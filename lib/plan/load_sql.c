/*
 * The statements of a load: its rows by primary key, and what each member leads
 * to.  Called by load.c when all columns are known.
 */
#include "load_parts.h"

const struct sql *
load_intern(const struct compiler *c, struct buf *b)
{
	return c->kept ? sql_intern(c->sql, b) :
	    sql_intern_varied(c->sql, c->arena, b);
}

void
load_select_list(struct buf *b, const struct load *load, const char *alias)
{
	size_t	i;

	for (i = 0; i < load->columns.n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		sql_select(b, alias, load->columns.v[i]);
	}
}

static void
order_by(struct buf *b, const struct relationship *rel)
{
	const struct table	*table = rel->target->table;
	size_t			 i;

	buf_puts(b, " ORDER BY ");
	for (i = 0; i < rel->order_by.n; i++) {
		sql_column(b, "t0", rel->order_by.v[i].column);
		buf_puts(b, rel->order_by.v[i].descending ? " DESC," : ",");
	}
	sql_order(b, "t0", table->key.v, table->key.n);
}

/* Behind all other columns: who of the callers sees the row. */
static void
put_owner(struct buf *b, const struct compiler *c, const struct load *load)
{
	if (load->owner == NULL || load->owner_at != -1)
		return;
	buf_putc(b, ',');
	sql_owner(b, load->model->table, "t0", &c->sight);
}

const struct sql *
load_member_sql(struct compiler *c, const struct load_member *m)
{
	const struct relationship	*rel = m->relationship;
	struct buf			 b;
	size_t				 i;

	c->sight.param = (int)rel->local.n + 1;
	buf_init(&b, 0);
	buf_puts(&b, "SELECT ");
	load_select_list(&b, m->load, "t0");
	if (m->way == LOAD_LINKED)
		for (i = 0; i < rel->near_columns.n; i++) {
			buf_putc(&b, ',');
			sql_select(&b, "s", rel->near_columns.v[i]);
		}
	put_owner(&b, c, m->load);
	buf_puts(&b, " FROM ");
	sql_table(&b, rel->target->table, "t0", &c->sight);
	if (m->way == LOAD_LINKED) {
		buf_puts(&b, " JOIN ");
		sql_table(&b, rel->secondary, "s", &c->sight);
		buf_puts(&b, " ON ");
		for (i = 0; i < rel->remote.n; i++) {
			buf_puts(&b, i > 0 ? " AND " : "");
			sql_column(&b, "s", rel->far_columns.v[i]);
			buf_puts(&b, " = ");
			sql_column(&b, "t0", rel->remote.v[i]);
		}
		buf_puts(&b, " WHERE ");
		sql_key_in(&b, "s", rel->near_columns.v, rel->near_columns.n,
		    1);
	} else {
		buf_puts(&b, " WHERE ");
		sql_key_in(&b, "t0", rel->remote.v, rel->remote.n, 1);
	}
	if (m->way != LOAD_TARGETS && !m->sort_here)
		order_by(&b, rel);
	return load_intern(c, &b);
}

int
load_texts(struct compiler *c, struct load *load)
{
	struct buf	b;

	buf_init(&b, 0);
	load_select_list(&b, load, "t0");
	if (!b.broken)
		load->select_list = arena_strndup(c->arena, b.p, b.n);
	buf_free(&b);
	if (load->select_list == NULL)
		return -1;
	c->sight.param = (int)load->model->table->key.n + 1;
	buf_printf(&b, "SELECT %s", load->select_list);
	put_owner(&b, c, load);
	buf_puts(&b, " FROM ");
	sql_table(&b, load->model->table, "t0", &c->sight);
	buf_puts(&b, " WHERE ");
	sql_key_in(&b, "t0", load->model->table->key.v,
	    load->model->table->key.n, 1);
	load->by_key = load_intern(c, &b);
	return load->by_key == NULL ? -1 : 0;
}
