/*
 * The condition of a query, and how it is taken apart where it says that one
 * thing or another has to hold.  Called by the other rooms of query and by
 * aggregate_sql.c; it refuses nothing.
 *
 * Of two columns PostgreSQL asks two indexes and puts together what they find.
 * It cannot do so where one side is EXISTS: then it reads the whole table.  So
 * each side gets a SELECT of its own, which leaves out what those before it
 * have found, and no row comes twice.
 */
#include <string.h>

#include "query_parts.h"
#include "where.h"

enum {
	CHOICES = 4,
	/* PostgreSQL plans each table each time that it stands there. */
	CHOICE_TABLES = 12,
	/* So many it plans within a millisecond or two, each time. */
	BY_VALUE_TABLES = 6
};

void
query_where_params(struct query *q, const struct op *op)
{
	size_t	i;

	for (i = 0; op->where != NULL && i < op->where->params.n; i++)
		if (vec_push(q->arena, &q->params,
		    op->where->params.v[i]) == -1)
			q->failed = true;
}

/*
 * Of all values alike PostgreSQL assumes that a range is a third of the table,
 * and that a page is soon full if it goes through the rows in their order: both
 * are wrong by a factor of thousands where the range is narrow.  What narrows
 * the very column that the rows come in order of is found by its index anyhow.
 */
bool
query_by_value(const struct op *op, bool sorted)
{
	const struct condition	*c = op->where;

	if (c == NULL || c->tables > BY_VALUE_TABLES)
		return false;
	if (c->ranges || c->range == NULL)
		return c->ranges;
	return !sorted || op->order.n == 0 || op->order.v[0].join != -1 ||
	    op->order.v[0].column != c->range;
}

size_t
query_choices(const struct op *op, size_t times)
{
	const struct condition	*c = op->where;

	if (c == NULL || c->choices.n < 2 || c->choices.n > CHOICES ||
	    (size_t)c->tables * c->choices.n * times > CHOICE_TABLES)
		return 1;
	return c->choices.n;
}

static void
put_piece(struct query *q, const struct condition *c, size_t begin, size_t end)
{
	buf_add(&q->sql, c->sql + begin, end - begin);
}

void
query_put_where(struct query *q, const struct op *op, size_t choices,
    size_t choice)
{
	const struct condition	*c = op->where;
	const struct piece	*own;
	size_t			 i;

	buf_puts(&q->sql, " WHERE ");
	if (c == NULL || choices == 1) {
		buf_puts(&q->sql, c != NULL ? c->sql : "true");
		return;
	}
	own = &c->choices.v[choice];
	put_piece(q, c, 0, c->either.begin);
	put_piece(q, c, own->begin, own->end);
	for (i = 0; i < choice; i++) {
		buf_puts(&q->sql, i > 0 ? " OR " : " AND (");
		put_piece(q, c, c->choices.v[i].begin, c->choices.v[i].end);
	}
	buf_puts(&q->sql, choice > 0 ? ") IS NOT TRUE" : "");
	put_piece(q, c, c->either.end, strlen(c->sql));
}
