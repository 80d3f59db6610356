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
		if (o->table != fk->target || o->expunged ||
		    (stored && o->is_new))
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

int
level_referred(struct uow *u, const struct object *o,
    const struct foreign_key *fk, bool stored, struct object **out)
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

/* An object on the way up, and the foreign key that is being looked at. */
struct climb {
	struct object	*object;
	size_t		 fk;
	int		 level;
};

struct climbs {
	VEC(struct climb)	 list;
};

static int
climb_begin(struct uow *u, struct climbs *c, struct object *o)
{
	const struct climb	climb = { o, 0, 1 };

	o->level = LEVEL_WALKING;
	return vec_push(u->arena, &c->list, climb);
}

/* What comes before it by this foreign key; -1: no memory. */
static int
above(struct uow *u, struct object *o, const struct foreign_key *fk,
    bool stored, struct object **out)
{
	*out = NULL;
	if (fk->target->rank != o->table->rank || (stored && o->was == NULL))
		return 0;
	if (level_referred(u, o, fk, stored, out) == -1)
		return -1;
	if (*out == o || (*out != NULL && !(stored ? (*out)->deleted :
	    (*out)->is_new)))
		*out = NULL;
	return 0;
}

/*
 * What it refers to has this level.  U4: where objects refer to each other, a
 * reference that may be null is postponed; false when it may not and has to.
 */
static bool
climb_step(struct climb *c, int level, bool has_to)
{
	const struct foreign_key	*fk = c->object->table->fks.v[c->fk++];

	if (level != LEVEL_WALKING) {
		if (level >= c->level)
			c->level = level + 1;
		return true;
	}
	if (fk_is_nullable(fk))
		c->object->postponed |= fk_bit(fk);
	else if (has_to)
		return false;
	return true;
}

/* The last one is done; those that cannot go on without it are, too. */
static int
climb_end(struct climbs *c, int level, bool has_to)
{
	struct climb	*last = &c->list.v[c->list.n - 1];

	last->object->level = level == LEVEL_WALKING ? LEVEL_UNKNOWN : level;
	while (--c->list.n > 0) {
		last = &c->list.v[c->list.n - 1];
		if (climb_step(last, level, has_to))
			break;
		last->object->level = LEVEL_UNKNOWN;
		level = LEVEL_WALKING;
	}
	return level;
}

/*
 * How many objects of this unit stand above this one, among tables that refer
 * to each other in a circle (a tree's own table).  Without recursion: a chain
 * may be as long as a request.  LEVEL_WALKING: a reference of a circle has to
 * be postponed, and none of them may.
 */
static int
level_find(struct uow *u, struct object *o, bool stored, bool has_to)
{
	struct climbs	 all = { { NULL, 0, 0 } };
	struct climb	*c;
	struct object	*next;
	int		 level = 0;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;
	if (climb_begin(u, &all, o) == -1)
		return LEVEL_NOMEM;
	while (all.list.n > 0) {
		c = &all.list.v[all.list.n - 1];
		if (c->fk == c->object->table->fks.n) {
			level = climb_end(&all, c->level, has_to);
			continue;
		}
		if (above(u, c->object, c->object->table->fks.v[c->fk],
		    stored, &next) == -1)
			return LEVEL_NOMEM;
		if (next == NULL)
			c->fk++;
		else if (next->level == LEVEL_UNKNOWN) {
			if (climb_begin(u, &all, next) == -1)
				return LEVEL_NOMEM;
		} else if (!climb_step(c, next->level, has_to))
			level = climb_end(&all, LEVEL_WALKING, has_to);
	}
	return level;
}

static bool
in_circle(const struct table *t)
{
	size_t	i;

	for (i = 0; i < t->fks.n; i++)
		if (t->fks.v[i]->target->rank == t->rank)
			return true;
	return false;
}

/*
 * Inserts go from the top down.  LEVEL_WALKING: objects refer to each other,
 * and none of the references may be postponed.
 */
int
level_insert(struct uow *u, struct object *o)
{
	return in_circle(o->table) ? level_find(u, o, false, true) : 1;
}

/*
 * The same for deletes, which go from the bottom up.  In a circle a reference
 * is nulled first; where none may be, PostgreSQL decides (it can, if the key
 * is deferred).
 */
int
level_delete(struct uow *u, struct object *o)
{
	int	level;

	if (!in_circle(o->table))
		return 1;
	level = level_find(u, o, true, true);
	return level == LEVEL_WALKING ? level_find(u, o, true, false) : level;
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
		if (level_referred(u, o, o->table->fks.v[i], false,
		    &parent) == -1)
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
