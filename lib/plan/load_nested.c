/*
 * The statement of a collection that the request wants only some members of, or
 * in an order of its own.  Called by load.c.  Its parameters are the caller's
 * key (of callers who are known by one), the values of `where', the parents'
 * keys as arrays, and the limit.
 *
 * With a limit each parent is looked at by itself (LATERAL), so that an index
 * on the foreign key and the order brings the first members without reading
 * the others; all parents are still one statement.  Of a proxy the rows are
 * association objects, and what the conditions speak of is joined to them.
 */
#include <stdio.h>
#include <string.h>

#include "load_parts.h"

enum { ALIAS_SIZE = 24 };

struct term {
	const char		*alias;
	const struct column	*column;
	bool			 descending;
};

struct writer {
	struct compiler			*c;
	const struct load_member	*m;
	const struct relationship	*rel;
	const struct nested		*n;
	struct buf			 b;
	const char			*row;	/* alias of the rows */
	VEC(const struct relationship *) hops;	/* from them to t0 */
	VEC(struct term)		 terms;
	int				 first;	/* parameter of the keys */
};

/* Of the model of the conditions, or of what an order leads through. */
static const char *
join_alias(struct writer *w, int join)
{
	return join == -1 ? "t0" :
	    arena_printf(w->c->arena, "j%d", join + 1);
}

static int
term_add(struct writer *w, const char *alias, const struct column *column,
    bool descending)
{
	struct term	term = { alias, column, descending };
	size_t		i;

	if (alias == NULL)
		return -1;
	for (i = 0; i < w->terms.n; i++)
		if (w->terms.v[i].column == column &&
		    strcmp(w->terms.v[i].alias, alias) == 0)
			return 0;
	return vec_push(w->c->arena, &w->terms, term);
}

/* From the association objects of a proxy to what its values are of. */
static int
hops_find(struct writer *w)
{
	const struct attribute	*at;

	w->row = "t0";
	if (w->m->proxy == NULL ||
	    (w->n->where == NULL && w->n->order.n == 0))
		return 0;
	at = w->m->proxy->attribute;
	for (; at->kind == ATTRIBUTE_PROXY; at = at->proxy->attribute)
		if (vec_push(w->c->arena, &w->hops, at->proxy->through) == -1)
			return -1;
	if (at->kind == ATTRIBUTE_RELATIONSHIP &&
	    vec_push(w->c->arena, &w->hops, at->relationship) == -1)
		return -1;
	if (w->hops.n > 0)
		w->row = "a";
	return 0;
}

/* The order asked for, then that of the collection itself. */
static int
terms_find(struct writer *w)
{
	const struct relationship	*rel = w->rel;
	const struct table		*table = rel->target->table;
	size_t				 i;

	for (i = 0; i < w->n->order.n; i++)
		if (term_add(w, join_alias(w, w->n->order.v[i].join),
		    w->n->order.v[i].column,
		    w->n->order.v[i].descending) == -1)
			return -1;
	if (w->n->order.n > 0 && w->hops.n == 0)
		return 0;
	for (i = 0; i < rel->order_by.n; i++)
		if (term_add(w, w->row, rel->order_by.v[i].column,
		    rel->order_by.v[i].descending) == -1)
			return -1;
	for (i = 0; i < table->key.n; i++)
		if (term_add(w, w->row, table->key.v[i], false) == -1)
			return -1;
	return 0;
}

/* "a.x = b.y AND …" */
static void
put_equal(struct writer *w, const char *left, struct column *const *lefts,
    const char *right, struct column *const *rights, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(&w->b, i > 0 ? " AND " : "");
		sql_column(&w->b, left, lefts[i]);
		buf_puts(&w->b, " = ");
		sql_column(&w->b, right, rights[i]);
	}
}

/* Of the parent that this run of the LATERAL is for. */
static void
put_parent(struct writer *w, const char *alias, struct column *const *columns)
{
	size_t	i;

	for (i = 0; i < w->rel->local.n; i++) {
		buf_puts(&w->b, i > 0 ? " AND " : "");
		sql_column(&w->b, alias, columns[i]);
		buf_puts(&w->b, " = ");
		sql_element(&w->b, "k.c", (int)i + 1, columns[i]);
	}
}

static void
put_columns(struct writer *w, const char *alias, struct column *const *columns,
    size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(&w->b, i > 0 ? "," : "");
		sql_column(&w->b, alias, columns[i]);
	}
}

/* A link that stands twice is one member, and counts once. */
static void
put_links(struct writer *w)
{
	const struct relationship	*rel = w->rel;

	buf_puts(&w->b, " JOIN ");
	if (w->n->limit > 0 && sql_links_repeat(rel)) {
		buf_puts(&w->b, "(SELECT DISTINCT ");
		put_columns(w, "s", rel->near_columns.v, rel->near_columns.n);
		buf_putc(&w->b, ',');
		put_columns(w, "s", rel->far_columns.v, rel->far_columns.n);
		buf_puts(&w->b, " FROM ");
		sql_table(&w->b, rel->secondary, "s", &w->c->alone);
		buf_puts(&w->b, " WHERE ");
		put_parent(w, "s", rel->near_columns.v);
		buf_puts(&w->b, ") AS s");
	} else
		sql_table(&w->b, rel->secondary, "s", &w->c->alone);
	buf_puts(&w->b, " ON ");
	put_equal(w, "s", rel->far_columns.v, w->row, rel->remote.v,
	    rel->remote.n);
}

/* One step from `near' to the only object that is related, or to none. */
static void
put_hop(struct writer *w, const struct relationship *hop, const char *near,
    const char *far)
{
	const struct table	*table = hop->target->table;

	buf_puts(&w->b, " LEFT JOIN ");
	if (hop->direction == MANY_TO_ONE) {
		sql_table(&w->b, table, far, &w->c->alone);
		buf_puts(&w->b, " ON ");
		put_equal(w, far, hop->remote.v, near, hop->local.v,
		    hop->local.n);
		return;
	}
	buf_puts(&w->b, "LATERAL (SELECT h.* FROM ");
	sql_table(&w->b, table, "h", &w->c->alone);
	if (hop->secondary != NULL) {
		buf_puts(&w->b, " JOIN ");
		sql_table(&w->b, hop->secondary, "hs", &w->c->alone);
		buf_puts(&w->b, " ON ");
		put_equal(w, "hs", hop->far_columns.v, "h", hop->remote.v,
		    hop->remote.n);
		buf_puts(&w->b, " WHERE ");
		put_equal(w, "hs", hop->near_columns.v, near, hop->local.v,
		    hop->local.n);
	} else {
		buf_puts(&w->b, " WHERE ");
		put_equal(w, "h", hop->remote.v, near, hop->local.v,
		    hop->local.n);
	}
	buf_puts(&w->b, " ORDER BY ");
	sql_order(&w->b, "h", table->key.v, table->key.n);
	buf_printf(&w->b, " LIMIT 1) AS %s ON true", far);
}

/* What an order leads through. */
static void
put_joins(struct writer *w)
{
	const struct order_join	*join;
	char			 near[ALIAS_SIZE], far[ALIAS_SIZE];
	size_t			 i;

	for (i = 0; i < w->n->joins.n; i++) {
		join = &w->n->joins.v[i];
		snprintf(near, sizeof(near), join->from == -1 ? "t0" : "j%d",
		    join->from + 1);
		snprintf(far, sizeof(far), "j%zu", i + 1);
		put_hop(w, join->relationship, near, far);
	}
}

static void
put_from(struct writer *w)
{
	char	near[ALIAS_SIZE], far[ALIAS_SIZE];
	size_t	i;

	buf_puts(&w->b, " FROM ");
	sql_table(&w->b, w->rel->target->table, w->row, &w->c->alone);
	if (w->m->way == LOAD_LINKED)
		put_links(w);
	snprintf(near, sizeof(near), "%s", w->row);
	for (i = 0; i < w->hops.n; i++) {
		if (i + 1 == w->hops.n)
			snprintf(far, sizeof(far), "t0");
		else
			snprintf(far, sizeof(far), "a%zu", i + 1);
		put_hop(w, w->hops.v[i], near, far);
		memcpy(near, far, sizeof(near));
	}
	put_joins(w);
}

/* Behind " WHERE ": whose members they are, and which of them. */
static void
put_where(struct writer *w)
{
	struct column *const	*columns = w->m->way == LOAD_LINKED ?
				    w->rel->near_columns.v : w->rel->remote.v;
	const char		*alias = w->m->way == LOAD_LINKED ? "s" :
				    w->row;

	if (w->n->limit > 0)
		put_parent(w, alias, columns);
	else
		sql_key_in(&w->b, alias, columns, w->rel->local.n, w->first);
	if (w->n->where == NULL)
		return;
	buf_puts(&w->b, " AND ");
	if (w->hops.n > 0) {
		/* What is not there meets no condition, not even a null. */
		sql_column(&w->b, "t0", w->n->model->table->key.v[0]);
		buf_puts(&w->b, " IS NOT NULL AND ");
	}
	buf_puts(&w->b, w->n->where->sql);
}

static void
put_terms(struct writer *w)
{
	const struct term	*t;
	size_t			 i;

	buf_puts(&w->b, " ORDER BY ");
	for (i = 0; i < w->terms.n; i++) {
		t = &w->terms.v[i];
		buf_puts(&w->b, i > 0 ? "," : "");
		sql_column(&w->b, t->alias, t->column);
		buf_puts(&w->b, t->descending ? " DESC" : "");
	}
}

/* The last cell says whose the row is, and only the caller's are found. */
static void
put_owner(struct writer *w)
{
	if (w->m->load->owner != NULL && w->m->load->owner_at == -1)
		buf_printf(&w->b, ",$%d", w->c->alone.param);
}

static void
put_all(struct writer *w)
{
	size_t	i;

	buf_puts(&w->b, "SELECT ");
	load_select_list(&w->b, w->m->load, w->row);
	for (i = 0; w->m->way == LOAD_LINKED && i < w->rel->local.n; i++) {
		buf_putc(&w->b, ',');
		sql_select(&w->b, "s", w->rel->near_columns.v[i]);
	}
	put_owner(w);
	put_from(w);
	buf_puts(&w->b, " WHERE ");
	put_where(w);
	if (!w->m->sort_here)
		put_terms(w);
}

/* What the LATERAL selects: the columns of the rows, and the order's terms. */
static void
put_first(struct writer *w)
{
	size_t	i;

	buf_puts(&w->b, "SELECT ");
	for (i = 0; i < w->m->load->columns.n; i++) {
		sql_column(&w->b, w->row, w->m->load->columns.v[i]);
		buf_putc(&w->b, ',');
	}
	for (i = 0; i < w->terms.n; i++) {
		buf_puts(&w->b, i > 0 ? "," : "");
		sql_column(&w->b, w->terms.v[i].alias, w->terms.v[i].column);
		buf_printf(&w->b, " AS \"order %zu\"", i + 1);
	}
	put_from(w);
	buf_puts(&w->b, " WHERE ");
	put_where(w);
	put_terms(w);
	buf_printf(&w->b, " LIMIT $%zu", (size_t)w->first + w->rel->local.n);
}

static void
put_limited(struct writer *w)
{
	size_t	i, n = w->rel->local.n;

	buf_puts(&w->b, "SELECT ");
	load_select_list(&w->b, w->m->load, "t0");
	for (i = 0; w->m->way == LOAD_LINKED && i < n; i++)
		buf_printf(&w->b, ",k.c%zu", i + 1);
	put_owner(w);
	buf_puts(&w->b, " FROM unnest(");
	for (i = 0; i < n; i++)
		buf_printf(&w->b, "%s$%zu", i > 0 ? "," : "",
		    (size_t)w->first + i);
	buf_puts(&w->b, ") AS k(");
	for (i = 0; i < n; i++)
		buf_printf(&w->b, "%sc%zu", i > 0 ? "," : "", i + 1);
	buf_puts(&w->b, ") CROSS JOIN LATERAL (");
	put_first(w);
	buf_puts(&w->b, ") AS t0 ORDER BY ");
	for (i = 0; i < w->terms.n; i++)
		buf_printf(&w->b, "%st0.\"order %zu\"%s", i > 0 ? "," : "",
		    i + 1, w->terms.v[i].descending ? " DESC" : "");
}

const struct sql *
load_nested_sql(struct compiler *c, const struct load_member *m,
    const struct nested *n)
{
	struct writer	w = { .c = c, .m = m, .rel = m->relationship, .n = n };

	w.first = (c->alone.param != 0) + 1 +
	    (n->where != NULL ? (int)n->where->params.n : 0);
	buf_init(&w.b, 0);
	if (hops_find(&w) == -1 || terms_find(&w) == -1)
		return NULL;
	if (n->limit > 0)
		put_limited(&w);
	else
		put_all(&w);
	return load_intern(c, &w.b);
}
