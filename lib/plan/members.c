/*
 * Who is on the other side of a relationship: the stored rows and what this
 * unit has made of them.  Called by the rooms of relationships, deletes and
 * proxies.
 */
#include <stdlib.h>
#include <string.h>

#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/* Those that are not stored yet come in the order in which they were made. */
static int
member_compare(const void *x, const void *y)
{
	const struct object	*a = *(struct object *const *)x;
	const struct object	*b = *(struct object *const *)y;
	struct column *const	*columns;
	size_t			 i, n;
	int			 c = 0;

	if (a->is_new != b->is_new)
		return a->is_new ? 1 : -1;
	columns = identity_columns(a->table, &n);
	for (i = 0; !a->is_new && c == 0 && i < n; i++)
		c = cell_compare(columns[i], &a->now[columns[i]->index],
		    &b->now[columns[i]->index]);
	return c != 0 ? c : a->order < b->order ? -1 : a->order > b->order;
}

void
members_sort(struct members *m)
{
	if (m->list.n > 1)
		qsort(m->list.v, m->list.n, sizeof(*m->list.v),
		    member_compare);
}

static int
rows_take(struct uow *u, const struct table *table, struct fact *f)
{
	struct object	*o;
	size_t		 i;

	memset(&f->objects, 0, sizeof(f->objects));
	f->run = u->run;
	for (i = 0; i < f->rows.n; i++)
		if ((o = object_of_row(u, table, f->rows.v[i], f->lock)) ==
		    NULL || vec_push(u->arena, &f->objects.list, o) == -1)
			return error_nomem(u->err);
	return 0;
}

int
members_load(struct uow *u, struct object *o, struct column *const *columns,
    struct column *const *local, size_t n, struct fact **f, bool *first)
{
	const struct table	*table = columns[0]->table;
	const struct cell	*cells;
	size_t			 i;
	int			 r;

	*f = NULL;
	*first = false;
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
	    f)) != 0)
		return r;
	*first = (*f)->run != u->run;
	return *first ? rows_take(u, table, *f) : 0;
}

int
children_of(struct uow *u, struct object *parent,
    const struct relationship *rel, struct members *out)
{
	struct members	 all = { { NULL, 0, 0 } };
	struct object	*o;
	struct fact	*f;
	bool		 first;
	size_t		 i;
	int		 r;

	if ((r = members_load(u, parent, rel->remote.v, rel->local.v,
	    rel->local.n, &f, &first)) != 0 || (r = kin_of(u, parent, f,
	    rel->remote.v, rel->local.v, rel->local.n, &all)) != 0)
		return r;
	for (i = 0; i < all.list.n; i++) {
		o = all.list.v[i];
		if ((o->is_new || o->was != NULL) &&
		    !o->deleted && !o->expunged &&
		    fk_leads_to(o, rel->fk, parent) &&
		    vec_push(u->arena, &out->list, o) == -1)
			return error_nomem(u->err);
	}
	members_sort(out);
	return 0;
}

/* An object of this unit to which the child leads; NULL: none is known. */
static int
known_parent(struct uow *u, struct object *child,
    const struct relationship *rel, struct object **out)
{
	const struct table	*table = rel->target->table;
	const struct cell	*cells;
	struct column *const	*identity;
	bool			 is_key;
	size_t			 i, n;
	int			 k = fk_index(rel->fk);

	*out = k != -1 ? child->parents[k] : NULL;
	if (*out != NULL)
		return 0;
	identity = identity_columns(table, &n);
	is_key = n == rel->remote.n && memcmp(identity, rel->remote.v,
	    n * sizeof(*identity)) == 0;
	if (is_key) {
		cells = cells_pick(u->arena, child->now, rel->local.v, n);
		if (cells == NULL ||
		    object_seek(u, table, cells, out) == -1)
			return error_nomem(u->err);
		if (*out != NULL && fk_leads_to(child, rel->fk, *out))
			return 0;
		*out = NULL;
	}
	/* As it is stored, it leads to the key that somebody had. */
	if (is_key && fk_as_stored(child, rel->fk))
		return 0;
	for (i = 0; i < u->objects.n && *out == NULL; i++)
		if (u->objects.v[i]->table == table &&
		    fk_leads_to(child, rel->fk, u->objects.v[i]))
			*out = u->objects.v[i];
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
	struct object		*o;
	int			 r;

	if (fk_is_null(child, rel->fk))
		return 0;
	if (known_parent(u, child, rel, &o) == -1)
		return -1;
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
	if (o->deleted || o->expunged)
		return 0;
	return vec_push(u->arena, &out->list, o) == -1 ?
	    error_nomem(u->err) : 0;
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
