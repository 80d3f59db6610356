/*
 * The statement of `aggregate', and its answer.  Called by batch.c with a
 * decoded op; it refuses nothing.
 *
 * Rows come from several sources: the objects themselves, and for each way to
 * several what is related to them.  Joined together they would multiply each
 * other, so they are put below each other (UNION ALL), each with the columns of
 * its own functions and nulls for those of others, which aggregate functions
 * pass over.  The objects are always among them, so that a group without
 * anything related is there as well.
 */
#include <stdio.h>

#include "aggregate.h"
#include "plan.h"
#include "query_parts.h"

enum { ALIAS_SIZE = 24 };

struct join {
	const struct relationship *relationship;
	int			 from;		/* another one; -1: the model */
	bool			 inner;
};

struct writer {
	struct query		*q;
	struct buf		*sql;
	const struct op		*op;
	const struct aggregate	*a;
	size_t			 choices;	/* see query_choices() */
	/* Of the source that is being written: */
	size_t			 source;
	VEC(struct join)	 joins;
	int			*ends;		/* by output: the last join */
};

static const char *
alias_of(char to[ALIAS_SIZE], int join)
{
	snprintf(to, ALIAS_SIZE, join == -1 ? "t0" : "j%d", join + 1);
	return to;
}

/* Some steps of a way; the join that they end at. */
static int
way_join(struct writer *w, int from, const struct way *way, size_t first,
    size_t end, bool inner)
{
	struct join	join = { NULL, from, inner };
	size_t		i, k;

	for (i = first; i < end; i++) {
		join.relationship = way->steps.v[i];
		for (k = 0; k < w->joins.n; k++)
			if (w->joins.v[k].relationship == join.relationship &&
			    w->joins.v[k].from == join.from &&
			    w->joins.v[k].inner == inner)
				break;
		if (k == w->joins.n &&
		    vec_push(w->q->arena, &w->joins, join) == -1)
			w->q->failed = true;
		join.from = (int)k;
	}
	return join.from;
}

/* What the source has to be joined with. */
static void
joins_find(struct writer *w)
{
	const struct output	*out;
	const struct way	*way;
	int			 base = -1;
	size_t			 i;

	w->joins.n = 0;
	if (w->source > 0) {
		way = w->a->sources.v[w->source - 1];
		base = way_join(w, -1, way, 0, way->fan, true);
	}
	for (i = 0; i < w->a->outputs.n; i++) {
		out = w->a->outputs.v[i];
		if (out->is_group)
			w->ends[i] = way_join(w, -1, &out->way, 0,
			    out->way.steps.n, false);
		else if (out->source == w->source)
			w->ends[i] = way_join(w, base, &out->way,
			    out->way.fan, out->way.steps.n, false);
	}
}

static void
put_on(struct writer *w, const char *left, struct column *const *lefts,
    const char *right, struct column *const *rights, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(w->sql, i > 0 ? " AND " : " ON ");
		sql_column(w->sql, left, lefts[i]);
		buf_puts(w->sql, " = ");
		sql_column(w->sql, right, rights[i]);
	}
}

/* Links, each of them once. */
static void
put_links(struct writer *w, const struct relationship *rel, const char *alias)
{
	size_t	i;

	buf_puts(w->sql, " JOIN ");
	if (!sql_links_repeat(rel)) {
		sql_table(w->sql, rel->secondary, alias, w->q->sight);
		return;
	}
	for (i = 0; i < rel->near_columns.n; i++) {
		buf_puts(w->sql, i > 0 ? "," : "(SELECT DISTINCT ");
		sql_column(w->sql, "s", rel->near_columns.v[i]);
	}
	for (i = 0; i < rel->far_columns.n; i++) {
		buf_putc(w->sql, ',');
		sql_column(w->sql, "s", rel->far_columns.v[i]);
	}
	buf_puts(w->sql, " FROM ");
	sql_table(w->sql, rel->secondary, "s", w->q->sight);
	buf_printf(w->sql, ") AS %s", alias);
}

static void
put_join(struct writer *w, int i)
{
	const struct join		*join = &w->joins.v[i];
	const struct relationship	*rel = join->relationship;
	char				 near[ALIAS_SIZE], far[ALIAS_SIZE];
	char				 links[ALIAS_SIZE];

	alias_of(near, join->from);
	alias_of(far, i);
	if (rel->secondary != NULL) {
		snprintf(links, sizeof(links), "s%d", i + 1);
		put_links(w, rel, links);
		put_on(w, links, rel->near_columns.v, near, rel->local.v,
		    rel->local.n);
	}
	buf_puts(w->sql, join->inner ? " JOIN " : " LEFT JOIN ");
	sql_table(w->sql, rel->target->table, far, w->q->sight);
	if (rel->secondary != NULL)
		put_on(w, far, rel->remote.v, links, rel->far_columns.v,
		    rel->remote.n);
	else
		put_on(w, far, rel->remote.v, near, rel->local.v,
		    rel->remote.n);
}

/* The columns that a function looks at; none: it counts the objects. */
static size_t
arguments(const struct output *out, const struct column *const **columns)
{
	const struct table	*t;

	if (!out->has_way)
		return 0;
	*columns = &out->way.column;
	if (out->way.column != NULL)
		return 1;
	t = out->way.model->table;
	*columns = (const struct column *const *)t->key.v;
	return out->function == FUNCTION_COUNT_DISTINCT ? t->key.n : 1;
}

/* An argument of output i in this source: null in that of another. */
static void
put_argument(struct writer *w, size_t i, const struct column *c)
{
	char	alias[ALIAS_SIZE];

	if (w->a->outputs.v[i]->source == w->source) {
		if (c == NULL)
			buf_putc(w->sql, '1');
		else
			sql_column(w->sql, alias_of(alias, w->ends[i]), c);
		return;
	}
	buf_puts(w->sql, "NULL::");
	buf_puts(w->sql, c == NULL ? "integer" : c->type->id == TYPE_OTHER ?
	    c->sql_type : aggregate_type(c)->name);
}

static void
put_arguments(struct writer *w, size_t i)
{
	const struct column *const	*columns = NULL;
	size_t				 k, n;

	n = arguments(w->a->outputs.v[i], &columns);
	for (k = 0; k == 0 || k < n; k++) {
		buf_puts(w->sql, k > 0 ? "," : "");
		put_argument(w, i, n == 0 ? NULL : columns[k]);
		buf_printf(w->sql, " AS a%zu_%zu", i, k);
	}
}

static void
put_source(struct writer *w, size_t choice)
{
	const struct output	*out;
	char			 alias[ALIAS_SIZE];
	size_t			 i;

	joins_find(w);
	buf_puts(w->sql, "SELECT ");
	for (i = 0; i < w->a->outputs.n; i++) {
		out = w->a->outputs.v[i];
		buf_puts(w->sql, i > 0 ? "," : "");
		if (!out->is_group) {
			put_arguments(w, i);
			continue;
		}
		sql_column(w->sql, alias_of(alias, w->ends[i]),
		    out->way.column);
		buf_printf(w->sql, " AS g%zu", i);
	}
	buf_puts(w->sql, " FROM ");
	sql_table(w->sql, w->op->model->table, "t0", w->q->sight);
	for (i = 0; i < w->joins.n; i++)
		put_join(w, (int)i);
	query_put_where(w->q, w->op, w->choices, choice);
}

static void
put_function(struct writer *w, size_t i)
{
	static const char *const	 words[] = {
		[FUNCTION_COUNT] = "count(", [FUNCTION_SUM] = "sum(",
		[FUNCTION_COUNT_DISTINCT] = "count(DISTINCT ",
		[FUNCTION_AVG] = "avg(", [FUNCTION_MIN] = "min(",
		[FUNCTION_MAX] = "max("
	};
	const struct output		*out = w->a->outputs.v[i];
	const struct column *const	*columns;
	size_t				 k, n = arguments(out, &columns);

	buf_puts(w->sql, words[out->function]);
	buf_puts(w->sql, n > 1 ? "(" : "");
	for (k = 0; k == 0 || k < n; k++)
		buf_printf(w->sql, "%su.a%zu_%zu", k > 0 ? "," : "", i, k);
	buf_puts(w->sql, n > 1 ? "))" : ")");
	/* A row of nulls is not null itself. */
	if (n > 1)
		buf_printf(w->sql, " FILTER (WHERE u.a%zu_0 IS NOT NULL)", i);
}

/* All groups, as "c0", "c1" … */
static void
put_groups(struct writer *w)
{
	const struct aggregate	*a = w->a;
	size_t			 i;

	buf_puts(w->sql, "SELECT ");
	for (i = 0; i < a->outputs.n; i++) {
		buf_puts(w->sql, i > 0 ? "," : "");
		if (a->outputs.v[i]->is_group)
			buf_printf(w->sql, "u.g%zu", i);
		else
			put_function(w, i);
		buf_printf(w->sql, " AS %s", a->outputs.v[i]->column.quoted);
	}
	buf_puts(w->sql, " FROM (");
	for (i = 0; i < (a->sources.n + 1) * w->choices; i++) {
		buf_puts(w->sql, i > 0 ? " UNION ALL " : "");
		w->source = i / w->choices;
		put_source(w, i % w->choices);
	}
	buf_puts(w->sql, ") AS u");
	for (i = 0; i < a->ngroups; i++)
		buf_printf(w->sql, "%su.g%zu", i > 0 ? "," : " GROUP BY ", i);
}

/* Those that are wanted, in order, and one more to know whether there is. */
static void
put_wanted(struct writer *w)
{
	const struct group_order	*o;
	struct param			 limit;
	size_t				 i;

	for (i = 0; i < w->a->outputs.n; i++) {
		buf_puts(w->sql, i > 0 ? "," : "SELECT ");
		sql_select(w->sql, "t0", &w->a->outputs.v[i]->column);
	}
	buf_puts(w->sql, " FROM (");
	put_groups(w);
	buf_puts(w->sql, ") AS t0");
	if (w->a->having != NULL) {
		buf_puts(w->sql, " WHERE ");
		buf_puts(w->sql, w->a->having->sql);
	}
	for (i = 0; i < w->a->order.n; i++) {
		o = &w->a->order.v[i];
		buf_puts(w->sql, i > 0 ? "," : " ORDER BY ");
		sql_column(w->sql, "t0", &o->output->column);
		buf_puts(w->sql, o->descending ? " DESC" : "");
	}
	if (sql_bigint_param(w->q->arena, w->op->limit + 1, &limit) == -1 ||
	    vec_push(w->q->arena, &w->q->params, limit) == -1)
		w->q->failed = true;
	buf_printf(w->sql, " LIMIT $%zu", w->q->params.n);
}

struct statement *
query_aggregate(struct arena *arena, struct sql_cache *cache,
    const struct call *call, const struct op *op)
{
	struct query	q;
	struct writer	w = { .q = &q, .sql = &q.sql, .op = op,
			    .a = op->aggregate };
	size_t		i;

	query_begin(&q, arena, call);
	q.by_value = query_by_value(op, false);
	w.choices = query_choices(op, w.a->sources.n + 1);
	w.ends = arena_array(arena, w.a->outputs.n, sizeof(*w.ends));
	if (w.ends == NULL)
		q.failed = true;
	query_where_params(&q, op);
	for (i = 0; w.a->having != NULL && i < w.a->having->params.n; i++)
		if (vec_push(arena, &q.params,
		    w.a->having->params.v[i]) == -1)
			q.failed = true;
	if (!q.failed)
		put_wanted(&w);
	return query_end(&q, cache);
}

int
aggregate_take(struct arena *a, const struct op *op,
    const struct answer *answer, struct result *result)
{
	size_t			  i, n = answer->nrows;
	const struct cell	**lines;

	if ((result->more = n > (size_t)op->limit))
		n = (size_t)op->limit;
	if ((lines = arena_array(a, n, sizeof(*lines))) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		lines[i] = answer->cells + i * answer->ncols;
	result->lines = lines;
	result->ngroups = n;
	return 0;
}
