/*
 * Who is on the other side of a relationship: the stored rows and what this
 * unit has made of them.  Called by the rooms of relationships, deletes and
 * proxies.
 */
#include <string.h>

#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/* By primary key, stored ones first: the order of a collection. */
static bool
comes_before(const struct object *a, const struct object *b)
{
	struct column *const	*columns;
	size_t			 i, n;
	int			 c;

	if (a->is_new || b->is_new)
		return !a->is_new && b->is_new;
	columns = identity_columns(a->table, &n);
	for (i = 0; i < n; i++) {
		c = cell_compare(columns[i], &a->now[columns[i]->index],
		    &b->now[columns[i]->index]);
		if (c != 0)
			return c < 0;
	}
	return false;
}

int
members_push(struct uow *u, struct members *m, struct object *o)
{
	size_t	i;

	if (vec_push(u->arena, &m->list, o) == -1)
		return error_nomem(u->err);
	for (i = m->list.n - 1; i > 0 &&
	    comes_before(o, m->list.v[i - 1]); i--)
		m->list.v[i] = m->list.v[i - 1];
	m->list.v[i] = o;
	return 0;
}

/* Makes the stored rows on the other side objects of this unit. */
int
members_load(struct uow *u, struct object *o, const struct table *table,
    struct column *const *columns, struct column *const *local, size_t n)
{
	const struct cell	*cells;
	struct fact		*f;
	size_t			 i;
	int			 r;

	if (o->is_new)
		return 0;
	for (i = 0; i < n; i++)
		if (!identity_has(o->table, local[i]) &&
		    (r = object_load(u, o, LOCK_NO_KEY_UPDATE)) != 0)
			return r;
	/* The rows were stored under the key that the row had then. */
	cells = cells_pick(u->arena, o->was != NULL ? o->was : o->now, local,
	    n);
	if (cells == NULL)
		return error_nomem(u->err);
	if (key_has_null(cells, n))
		return 0;
	if ((r = fact_get(u, FACT_LIST, table, columns, n, cells, LOCK_UPDATE,
	    &f)) != 0)
		return r;
	for (i = 0; i < f->rows.n; i++)
		if (object_of_row(u, table, f->rows.v[i], f->lock) == NULL)
			return error_nomem(u->err);
	return 0;
}

int
children_of(struct uow *u, struct object *parent,
    const struct relationship *rel, struct members *out)
{
	const struct table	*table = rel->target->table;
	struct object		*o;
	size_t			 i;
	int			 r;

	if ((r = members_load(u, parent, table, rel->remote.v, rel->local.v,
	    rel->local.n)) != 0)
		return r;
	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table == table && (o->is_new || o->was != NULL) &&
		    !o->deleted && !o->expunged &&
		    fk_leads_to(o, rel->fk, parent) &&
		    members_push(u, out, o) == -1)
			return -1;
	}
	return 0;
}

/* The one object that a many-to-one leads to, if any. */
int
parent_of(struct uow *u, struct object *child, const struct relationship *rel,
    struct members *out)
{
	const struct table	*table = rel->target->table;
	const struct cell	*cells;
	struct fact		*f;
	struct object		*o = NULL;
	size_t			 i;
	int			 r;

	if (fk_is_null(child, rel->fk))
		return 0;
	for (i = 0; i < u->objects.n && o == NULL; i++)
		if (u->objects.v[i]->table == table &&
		    fk_leads_to(child, rel->fk, u->objects.v[i]))
			o = u->objects.v[i];
	if (o == NULL) {
		cells = cells_pick(u->arena, child->now, rel->local.v,
		    rel->local.n);
		if (cells == NULL)
			return error_nomem(u->err);
		if ((r = fact_get(u, FACT_LIST, table, rel->remote.v,
		    rel->remote.n, cells, LOCK_UPDATE, &f)) != 0)
			return r;
		if (f->rows.n == 0)
			return 0;
		if ((o = object_of_row(u, table, f->rows.v[0],
		    f->lock)) == NULL)
			return error_nomem(u->err);
	}
	return o->deleted || o->expunged ? 0 : members_push(u, out, o);
}

int
relate_members(struct uow *u, struct object *o,
    const struct relationship *rel, struct members *out)
{
	switch (rel->direction) {
	case ONE_TO_MANY:
		return children_of(u, o, rel, out);
	case MANY_TO_ONE:
		return parent_of(u, o, rel, out);
	case MANY_TO_MANY:
		return linked_to(u, o, rel, out);
	}
	return 0;
}
