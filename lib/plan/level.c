/*
 * The order that foreign keys demand among the rows of one unit, where tables
 * refer to each other in a circle (a tree's own table is the smallest).  Called
 * by collect.c.  Rule U4: where rows themselves refer to each other in a
 * circle, a reference that may be null is postponed.
 */
#include "flush_parts.h"
#include "value.h"

/* The object of this unit that a foreign key leads to. */
static struct object *
referred(struct uow *u, const struct cell *row, const struct foreign_key *fk)
{
	struct object	*o;
	size_t		 i, k;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != fk->target || o->expunged)
			continue;
		for (k = 0; k < fk->columns.n; k++)
			if (row[fk->columns.v[k]->index].n < 0 || !cell_equal(
			    &row[fk->columns.v[k]->index],
			    &o->now[fk->references.v[k]->index]))
				break;
		if (k == fk->columns.n)
			return o;
	}
	return NULL;
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
 * down.  Levels count from 1.  U4: where objects refer to each other, a
 * reference that may be null is postponed; -1 when none of them may.
 */
int
level_insert(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	int				 level = 1, above;
	size_t				 i;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;	/* LEVEL_WALKING is -1, too */
	o->level = LEVEL_WALKING;
	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->target->rank != o->table->rank)
			continue;
		parent = referred(u, o->now, fk);
		if (parent == NULL || parent == o || !parent->is_new)
			continue;
		if ((above = level_insert(u, parent)) == -1) {
			if (!can_wait(fk)) {
				o->level = LEVEL_UNKNOWN;
				return -1;
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
		parent = referred(u, o->was, fk);
		if (parent == NULL || parent == o || !parent->deleted)
			continue;
		above = level_delete(u, parent);
		if (above == -1 && can_wait(fk))
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
		parent = referred(u, o->now, o->table->fks.v[i]);
		if (parent == NULL || !parent->is_new)
			continue;
		if ((above = level_insert(u, parent)) >= level)
			level = above + 1;
	}
	return level;
}
