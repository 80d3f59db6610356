/*
 * The order of tables: a table that is referred to ranks below those that
 * refer to it, and tables that refer to each other in a circle share a rank.
 * Called once by registry_load().  Tarjan's algorithm, which finds circles in
 * just this order; it recurses as deep as tables refer to each other, which
 * the limit on tables bounds.
 */
#include "load.h"

struct visit {
	struct table	**stack;	/* of unfinished circles */
	int		*order;		/* by table->index; 0: not yet seen */
	int		*low;		/* lowest order that it leads back to */
	size_t		 depth;
	int		 seen;
	int		 rank;
};

static void
visit_table(struct visit *v, struct table *t)
{
	struct table	*target;
	size_t		 i;

	v->order[t->index] = v->low[t->index] = ++v->seen;
	v->stack[v->depth++] = t;
	t->rank = -1;
	for (i = 0; i < t->fks.n; i++) {
		target = t->fks.v[i]->target;
		if (v->order[target->index] == 0)
			visit_table(v, target);
		else if (target->rank != -1)
			continue;	/* in a finished circle */
		if (v->low[target->index] < v->low[t->index])
			v->low[t->index] = v->low[target->index];
	}
	if (v->low[t->index] != v->order[t->index])
		return;
	do {
		target = v->stack[--v->depth];
		target->rank = v->rank;
	} while (target != t);
	v->rank++;
}

int
rank_tables(struct loader *l)
{
	struct visit	v = { 0 };
	size_t		n = l->r->tables.n, i;

	v.stack = arena_array(l->a, n + 1, sizeof(struct table *));
	v.order = arena_array(l->a, n + 1, sizeof(*v.order));
	v.low = arena_array(l->a, n + 1, sizeof(*v.low));
	if (v.stack == NULL || v.order == NULL || v.low == NULL)
		return nomem(l);
	for (i = 0; i < n; i++)
		if (v.order[i] == 0)
			visit_table(&v, l->r->tables.v[i]);
	return 0;
}
