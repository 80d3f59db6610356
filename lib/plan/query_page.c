/*
 * Pages: `find' as one statement by keyset, so that a page is found by index
 * however far it is, and stays right while rows come and go.  Called by
 * batch.c with a decoded op; it refuses nothing.
 *
 * An index finds the rows that are behind a position if they have a value in
 * its first term; it also finds those that have none; but no index finds rows
 * of which either is true.  So these are branches of a UNION ALL, each in
 * order and no longer than the page, which PostgreSQL merges.  It is the same
 * with rows that are ordered by what they refer to: joined to it they can be
 * taken in its order, and those that refer to nothing are another branch.  And
 * it is the same where one condition or another has to hold (query_choice.c).
 *
 * The limit stands in the text, the one number of a client that does:
 * PostgreSQL chooses by it how to find so many rows, and takes a parameter for
 * a tenth of all.
 */
#include <inttypes.h>
#include <string.h>

#include "loader.h"
#include "query_parts.h"
#include "where.h"

enum {
	BRANCHES = ORDER_JOINS + 2,
	/* Each branch has the condition, and PostgreSQL plans all of them. */
	BRANCH_TABLES = 4
};

bool
page_down(const struct page *p, size_t term)
{
	return p->op->order.v[term].descending !=
	    (p->op->position != NULL && p->op->position->backward);
}

/* The joins that lead to the first term. */
static void
way_find(struct page *p)
{
	const struct op	*op = p->op;
	size_t		 i;
	int		 join = op->order.v[0].join;

	for (p->nway = 0; join != -1; join = op->joins.v[join].from)
		p->nway++;
	join = op->order.v[0].join;
	for (i = p->nway; i-- > 0; join = op->joins.v[join].from)
		p->way[i] = join;
}

static const struct relationship *
way_step(const struct page *p, size_t i)
{
	return p->op->joins.v[p->way[i]].relationship;
}

/*
 * May rows that refer to something be told from those that do not?  Not where
 * the caller does not see all that is on the way: it is not there, then.
 */
static bool
way_is_known(const struct page *p)
{
	size_t	i;

	if (p->nway > 0 && p->op->where != NULL &&
	    p->op->where->tables > BRANCH_TABLES)
		return false;
	for (i = 0; i < p->nway; i++)
		if (sight_right(p->q->sight, way_step(p, i)->target->table) !=
		    RIGHT_ANY)
			return false;
	return true;
}

static bool
may_lead_nowhere(const struct relationship *rel)
{
	size_t	i;

	for (i = 0; i < rel->local.n; i++)
		if (rel->local.v[i]->nullable)
			return true;
	return false;
}

/* The branches of rows whose first term is null. */
static size_t
null_branches(const struct page *p, bool own, struct branch *out)
{
	size_t	i, n = 0;

	if (own && p->op->order.v[0].column->nullable)
		out[n++] = (struct branch){ p->nway, true, TERM_NULL };
	for (i = 0; i < p->nway; i++)
		if (may_lead_nowhere(way_step(p, i)))
			out[n++] = (struct branch){ i, true, TERM_NULL };
	return n;
}

static size_t
branches(const struct page *p, struct branch *out)
{
	const struct order	*first = &p->op->order.v[0];
	const struct position	*position = p->op->position;
	bool			 at_null, nulls_last = !page_down(p, 0);
	size_t			 n = 0;

	out[0].reach = p->nway;
	out[0].inner = way_is_known(p);
	out[0].first = first->nullable ? TERM_ANY : TERM_VALUE;
	if (!out[0].inner || !first->nullable)
		return 1;
	if (position == NULL)
		return 1 + null_branches(p, false, out + 1);
	/* Rows on the other side of the border between values and nulls. */
	at_null = position->cells[0].n < 0;
	if (!at_null || !nulls_last) {
		out[0].first = TERM_VALUE;
		n++;
	}
	if (at_null || nulls_last)
		n += null_branches(p, true, out + n);
	return n;
}

/* By the columns that each branch has for it: see branch_put(). */
static void
put_merge_order(struct page *p)
{
	const struct op	*op = p->op;
	size_t		 i, cast = 0, at;

	buf_puts(&p->q->sql, " ORDER BY ");
	for (i = 0; i < op->order.n; i++) {
		at = op->load->columns.n + i;
		if (sql_is_cast(op->order.v[i].column))
			at = op->load->columns.n + op->order.n + cast++;
		buf_printf(&p->q->sql, "%s%zu%s", i > 0 ? "," : "", at + 1,
		    page_down(p, i) ? " DESC" : "");
	}
	buf_printf(&p->q->sql, " LIMIT %" PRId64, op->limit + 1);
}

struct statement *
query_page(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	struct branch	list[BRANCHES];
	struct query	q;
	struct page	p = { .q = &q, .op = op };
	size_t		i, n;

	query_begin(&q, arena, call);
	q.by_value = query_by_value(op, true);
	p.params = arena_array(arena, op->order.n, sizeof(*p.params));
	if (p.params == NULL)
		q.failed = true;
	query_where_params(&q, op);
	way_find(&p);
	n = branches(&p, list);
	p.choices = query_choices(op, n);
	n *= p.choices;
	p.several = n > 1;
	for (i = 0; i < n && !q.failed; i++) {
		if (p.several)
			buf_puts(&q.sql, i > 0 ? " UNION ALL (" : "(");
		branch_put(&p, &list[i / p.choices], i % p.choices);
		buf_puts(&q.sql, p.several ? ")" : "");
	}
	if (p.several)
		put_merge_order(&p);
	return query_end(&q, cache);
}
