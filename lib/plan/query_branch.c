/*
 * One part of a page's rows as a SELECT: see query_page.c, which calls this.
 */
#include <inttypes.h>
#include <stdio.h>

#include "loader.h"
#include "query_parts.h"

enum { ALIAS_SIZE = 16 };

/* Of the model's own table, or of a join. */
static const char *
alias_of(char to[ALIAS_SIZE], int join)
{
	if (join == -1)
		return "t0";
	snprintf(to, ALIAS_SIZE, "j%d", join + 1);
	return to;
}

/* Does the join lead nowhere in this branch? */
static bool
is_nowhere(const struct page *p, const struct branch *b, int join)
{
	if (b->reach == p->nway)
		return false;
	for (; join != -1; join = p->op->joins.v[join].from)
		if (join == p->way[b->reach])
			return true;
	return false;
}

static enum term_state
state_of(const struct page *p, const struct branch *b, size_t i)
{
	const struct order	*o = &p->op->order.v[i];

	if (i == 0)
		return b->first;
	if (is_nowhere(p, b, o->join))
		return TERM_NULL;
	return o->nullable ? TERM_ANY : TERM_VALUE;
}

static const struct cell *
cell_of(const struct page *p, size_t i)
{
	return &p->op->position->cells[i];
}

static void
put_term(struct page *p, size_t i)
{
	const struct order	*o = &p->op->order.v[i];
	char			 alias[ALIAS_SIZE];

	sql_column(&p->q->sql, alias_of(alias, o->join), o->column);
}

static void
put_cell(struct page *p, size_t i)
{
	const struct column	*c = p->op->order.v[i].column;

	if (p->params[i] == 0)
		p->params[i] = query_param(p->q, c, cell_of(p, i));
	sql_element(&p->q->sql, "$", p->params[i], c);
}

/*
 * What `next' and `prev' will say, for the load may not have these columns;
 * where branches are merged, also what they are merged by.
 */
static void
put_terms(struct page *p, const struct branch *b)
{
	struct buf	*sql = &p->q->sql;
	size_t		 i;

	for (i = 0; i < p->op->order.n; i++) {
		buf_putc(sql, ',');
		if (state_of(p, b, i) == TERM_NULL)
			buf_puts(sql, "NULL");
		else
			put_term(p, i);
		sql_cast(sql, p->op->order.v[i].column);
	}
	for (i = 0; p->several && i < p->op->order.n; i++) {
		if (!sql_is_cast(p->op->order.v[i].column))
			continue;
		buf_putc(sql, ',');
		if (state_of(p, b, i) == TERM_NULL)
			buf_puts(sql, "NULL");
		else
			put_term(p, i);
	}
}

static void
put_join(struct page *p, const struct branch *b, int join)
{
	const struct order_join		*j = &p->op->joins.v[join];
	const struct relationship	*rel = j->relationship;
	char				 near[ALIAS_SIZE], far[ALIAS_SIZE];
	bool				 inner = false;
	size_t				 i;

	for (i = 0; i < b->reach; i++)
		inner |= b->inner && p->way[i] == join;
	buf_puts(&p->q->sql, inner ? " JOIN " : " LEFT JOIN ");
	sql_table(&p->q->sql, rel->target->table, alias_of(far, join),
	    p->q->sight);
	for (i = 0; i < rel->remote.n; i++) {
		buf_puts(&p->q->sql, i > 0 ? " AND " : " ON ");
		sql_column(&p->q->sql, alias_of(far, join), rel->remote.v[i]);
		buf_puts(&p->q->sql, " = ");
		sql_column(&p->q->sql, alias_of(near, j->from),
		    rel->local.v[i]);
	}
}

/* Why the first term is null. */
static void
put_null(struct page *p, const struct branch *b)
{
	const struct order_join	*j;
	struct buf		*sql = &p->q->sql;
	char			 near[ALIAS_SIZE];
	size_t			 i;

	buf_puts(sql, " AND ");
	if (b->reach == p->nway) {
		put_term(p, 0);
		buf_puts(sql, " IS NULL");
		return;
	}
	j = &p->op->joins.v[p->way[b->reach]];
	buf_puts(sql, j->relationship->local.n > 1 ? "(" : "");
	for (i = 0; i < j->relationship->local.n; i++) {
		buf_puts(sql, i > 0 ? " OR " : "");
		sql_column(sql, alias_of(near, j->from),
		    j->relationship->local.v[i]);
		buf_puts(sql, " IS NULL");
	}
	buf_puts(sql, j->relationship->local.n > 1 ? ")" : "");
}

/* "term > $n", with one of < <= = >= >. */
static void
put_comparison(struct page *p, size_t i, const char *operator)
{
	put_term(p, i);
	buf_printf(&p->q->sql, " %s ", operator);
	put_cell(p, i);
}

static const char *
operator_of(const struct page *p, size_t i, bool or_equal)
{
	if (page_down(p, i))
		return or_equal ? "<=" : "<";
	return or_equal ? ">=" : ">";
}

/* Rows that come behind the position by term i, those equal in it by others. */
static void
put_behind(struct page *p, const struct branch *b, size_t i)
{
	enum term_state	 state = state_of(p, b, i);
	struct buf	*sql = &p->q->sql;
	bool		 down = page_down(p, i), at_null = cell_of(p, i)->n < 0;

	/* The last is of the primary key. */
	if (i + 1 == p->op->order.n) {
		put_comparison(p, i, operator_of(p, i,
		    p->op->position->inclusive));
		return;
	}
	if (state == TERM_NULL) {
		if (at_null)
			put_behind(p, b, i + 1);
		else
			buf_puts(sql, down ? "false" : "true");
		return;
	}
	buf_putc(sql, '(');
	if (!at_null) {
		put_comparison(p, i, operator_of(p, i, false));
		buf_puts(sql, " OR ");
	}
	/* Nulls are last, and first in descending. */
	if (at_null ? down : !down && state == TERM_ANY) {
		put_term(p, i);
		buf_puts(sql, at_null ? " IS NOT NULL OR " : " IS NULL OR ");
	}
	if (at_null) {
		put_term(p, i);
		buf_puts(sql, " IS NULL");
	} else
		put_comparison(p, i, "=");
	buf_puts(sql, " AND ");
	put_behind(p, b, i + 1);
	buf_putc(sql, ')');
}

/* So many terms an index can take as one: of one table, and all values. */
static size_t
row_length(const struct page *p, const struct branch *b)
{
	size_t	i;

	for (i = 1; i < p->op->order.n; i++)
		if (state_of(p, b, i) != TERM_VALUE ||
		    p->op->order.v[i].join != p->op->order.v[0].join ||
		    page_down(p, i) != page_down(p, 0))
			break;
	return i;
}

/* "(a, b) > (x, y)" of the first n terms. */
static void
put_row(struct page *p, size_t n, const char *operator)
{
	struct buf	*sql = &p->q->sql;
	size_t		 i;

	buf_puts(sql, n > 1 ? "(" : "");
	for (i = 0; i < n; i++) {
		buf_puts(sql, i > 0 ? "," : "");
		put_term(p, i);
	}
	buf_printf(sql, "%s %s %s", n > 1 ? ")" : "", operator,
	    n > 1 ? "(" : "");
	for (i = 0; i < n; i++) {
		buf_puts(sql, i > 0 ? "," : "");
		put_cell(p, i);
	}
	buf_puts(sql, n > 1 ? ")" : "");
}

/*
 * Only rows behind the position.  The comparison of rows is for the index; if
 * there are terms that it does not cover, what it leaves is looked at again.
 */
static void
put_position(struct page *p, const struct branch *b)
{
	size_t	n;

	buf_puts(&p->q->sql, " AND ");
	if (b->first == TERM_VALUE) {
		n = row_length(p, b);
		put_row(p, n, operator_of(p, 0, n < p->op->order.n ||
		    p->op->position->inclusive));
		if (n == p->op->order.n)
			return;
		buf_puts(&p->q->sql, " AND ");
	}
	put_behind(p, b, 0);
}

static void
put_conditions(struct page *p, const struct branch *b, size_t choice)
{
	const struct position	*position = p->op->position;
	bool			 at_null;

	query_put_where(p->q, p->op, p->choices, choice);
	if (b->first == TERM_NULL)
		put_null(p, b);
	if (position == NULL)
		return;
	at_null = position->cells[0].n < 0;
	if (b->first == TERM_ANY || at_null == (b->first == TERM_NULL))
		put_position(p, b);
	else if (b->first == TERM_VALUE && p->op->order.v[0].column->nullable) {
		/* All of them are behind the nulls. */
		buf_puts(&p->q->sql, " AND ");
		put_term(p, 0);
		buf_puts(&p->q->sql, " IS NOT NULL");
	}
}

void
branch_put(struct page *p, const struct branch *b, size_t choice)
{
	struct buf	*sql = &p->q->sql;
	bool		 first = true;
	size_t		 i;

	buf_printf(sql, "SELECT %s", p->op->load->select_list);
	put_terms(p, b);
	buf_puts(sql, " FROM ");
	sql_table(sql, p->op->model->table, "t0", p->q->sight);
	for (i = 0; i < p->op->joins.n; i++)
		if (!is_nowhere(p, b, (int)i))
			put_join(p, b, (int)i);
	put_conditions(p, b, choice);
	buf_puts(sql, " ORDER BY ");
	for (i = 0; i < p->op->order.n; i++) {
		if (state_of(p, b, i) == TERM_NULL)
			continue;
		buf_puts(sql, first ? "" : ",");
		first = false;
		put_term(p, i);
		buf_puts(sql, page_down(p, i) ? " DESC" : "");
	}
	buf_printf(sql, " LIMIT %" PRId64, p->op->limit + 1);
}
