/*
 * The order that foreign keys demand among the rows of one unit, where tables
 * refer to each other in a circle (a tree's own table is the smallest).  Called
 * by collect.c.  Rule U4: where rows themselves refer to each other in a
 * circle, a reference that may be null is postponed.
 */
#include <string.h>

#include "flush_parts.h"
#include "value.h"

/* The row of an object as it is now, or as it was stored. */
static const struct cell *
row_of(const struct object *o, bool stored)
{
	return stored && o->was != NULL ? o->was : o->now;
}

/*
 * The objects that a foreign key may lead to, by the values of the columns
 * that it refers to.  Made at the first question, when the objects stand.
 */
static struct map *
targets(struct uow *u, const struct foreign_key *fk, bool stored)
{
	const void		*tag[2] = { fk, stored ? fk : NULL };
	const struct cell	*cells;
	struct key_bytes	 key;
	struct object		*o;
	struct map		*map;
	char			*copy;
	size_t			 i;

	if ((map = map_get(&u->targets_by_fk, tag, sizeof(tag))) != NULL)
		return map;
	if ((map = arena_alloc(u->arena, sizeof(*map))) == NULL ||
	    (copy = arena_raw(u->arena, sizeof(tag))) == NULL)
		return NULL;
	memcpy(copy, tag, sizeof(tag));
	if (map_put(u->arena, &u->targets_by_fk, copy, sizeof(tag), map) == -1)
		return NULL;
	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != fk->target || o->expunged)
			continue;
		cells = cells_pick(u->arena, row_of(o, stored),
		    fk->references.v, fk->references.n);
		if (cells == NULL || key_bytes(u->arena, cells,
		    fk->references.n, &key) == -1 || map_put(u->arena, map,
		    key.p, key.n, o) == -1)
			return NULL;
	}
	return map;
}

/* The object of this unit that a foreign key leads to; -1: no memory. */
static int
referred(struct uow *u, const struct object *o, const struct foreign_key *fk,
    bool stored, struct object **out)
{
	const struct cell	*cells;
	struct key_bytes	 key;
	struct map		*map;

	*out = NULL;
	cells = cells_pick(u->arena, row_of(o, stored), fk->columns.v,
	    fk->columns.n);
	if (cells == NULL)
		return -1;
	if (key_has_null(cells, fk->columns.n))
		return 0;
	if ((map = targets(u, fk, stored)) == NULL ||
	    key_bytes(u->arena, cells, fk->columns.n, &key) == -1)
		return -1;
	*out = map_get(map, key.p, key.n);
	return 0;
}

static bool
can_wait(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!fk->columns.v[i]->nullable)
			return false;
	return true;
}

/*
 * How many objects of this unit stand above this one, among tables that refer
 * to each other in a circle (a tree's own table): inserts go from the top
 * down.  U4: where objects refer to each other, a reference that may be null is
 * postponed; LEVEL_WALKING when none of them may.
 */
int
level_insert(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	int				 level = 1, above;
	size_t				 i;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;
	o->level = LEVEL_WALKING;
	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->target->rank != o->table->rank)
			continue;
		if (referred(u, o, fk, false, &parent) == -1)
			return LEVEL_NOMEM;
		if (parent == NULL || parent == o || !parent->is_new)
			continue;
		if ((above = level_insert(u, parent)) == LEVEL_NOMEM)
			return LEVEL_NOMEM;
		if (above == LEVEL_WALKING) {
			if (!can_wait(fk)) {
				o->level = LEVEL_UNKNOWN;
				return LEVEL_WALKING;
			}
			o->postponed |= fk_bit(fk);
		} else if (above >= level)
			level = above + 1;
	}
	o->level = level;
	return level;
}

/*
 * The same for deletes, which go from the bottom up.  In a circle a reference
 * is nulled first.
 */
int
level_delete(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	int				 level = 1, above;
	size_t				 i;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;
	o->level = LEVEL_WALKING;
	for (i = 0; o->was != NULL && i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->target->rank != o->table->rank)
			continue;
		if (referred(u, o, fk, true, &parent) == -1)
			return LEVEL_NOMEM;
		if (parent == NULL || parent == o || !parent->deleted)
			continue;
		if ((above = level_delete(u, parent)) == LEVEL_NOMEM)
			return LEVEL_NOMEM;
		if (above == LEVEL_WALKING && can_wait(fk))
			o->postponed |= fk_bit(fk);
		else if (above >= level)
			level = above + 1;
	}
	o->level = level;
	return level;
}

/* The columns of the postponed references, by column->index. */
unsigned char *
level_postponed(struct flush *f, const struct object *o)
{
	const struct table	*table = o->table;
	unsigned char		*set = arena_alloc(f->arena,
				    table->columns.n);
	size_t			 i, k;

	for (i = 0; set != NULL && i < table->fks.n && i < FKS_MOST; i++)
		for (k = 0; o->postponed >> i & 1 &&
		    k < table->fks.v[i]->columns.n; k++)
			set[table->fks.v[i]->columns.v[k]->index] = 1;
	return set;
}

/* The level of an update: behind the new rows that it refers to. */
int
level_update(struct uow *u, struct object *o)
{
	struct object	*parent;
	int		 level = 0, above;
	size_t		 i;

	for (i = 0; i < o->table->fks.n; i++) {
		if (o->table->fks.v[i]->target->rank != o->table->rank)
			continue;
		if (referred(u, o, o->table->fks.v[i], false, &parent) == -1)
			return LEVEL_NOMEM;
		if (parent == NULL || !parent->is_new)
			continue;
		if ((above = level_insert(u, parent)) == LEVEL_NOMEM)
			return LEVEL_NOMEM;
		if (above >= level)
			level = above + 1;
	}
	return level;
}
