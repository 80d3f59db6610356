/*
 * What a model file does not say of a table that it has, in inspect, so that
 * nothing is left out silently.  Called by draft_tables.c.
 */
#include <string.h>

#include "draft.h"

/* What clients see differently than they may think. */
static int
note_family(struct draft *d, const struct draft_table *t)
{
	const struct found_table	*found = t->t;

	if (found->kind == FOUND_PARTITIONED)
		return draft_note(d, t, NULL, "is partitioned: the model is "
		    "the whole, its %d partition%s left out", found->children,
		    found->children == 1 ? " is" : "s are");
	if (found->children > 0 && draft_note(d, t, NULL,
	    "rows of the %d table%s that inherit%s from it are seen in it "
	    "too", found->children, found->children == 1 ? "" : "s",
	    found->children == 1 ? "s" : "") == -1)
		return -1;
	return found->parents == NULL ? 0 : draft_note(d, t, NULL,
	    "inherits from %s: the model is on its own", found->parents);
}

/* Do partitions refer to other tables, and the whole does not? */
static int
note_partitions(struct draft *d, const struct draft_table *t)
{
	const struct found_table	*part;
	const char			*whole;
	size_t				 i;

	whole = arena_printf(d->a, "%s.%s", t->t->schema, t->t->name);
	if (whole == NULL)
		return -1;
	for (i = 0; i < d->f->tables.n; i++) {
		part = d->f->tables.v[i];
		if (part->kind == FOUND_PARTITION && part->fks.n > 0 &&
		    part->parents != NULL && strcmp(part->parents, whole) == 0)
			return draft_note(d, t, NULL, "has partitions with "
			    "foreign keys of their own (%s of %s), which are "
			    "left out", part->fks.v[0]->name, part->name);
	}
	return 0;
}

/* Is the index there because of what the file says? */
static bool
is_said(const struct draft_table *t, const struct found_index *x)
{
	size_t	i;

	if (!x->is_plain || x->is_unique)
		return false;
	if (x->columns.n == 1)
		return true;
	for (i = 0; i < t->t->fks.n; i++)
		if (found_same_columns(x->columns.v, x->columns.n,
		    t->t->fks.v[i]->columns.v, t->t->fks.v[i]->columns.n))
			return true;
	return false;
}

static int
note_indexes(struct draft *d, const struct draft_table *t)
{
	const struct found_index	*x;
	const char			*names = NULL;
	size_t				 i;
	int				 n = 0;

	for (i = 0; i < t->t->indexes.n; i++) {
		x = t->t->indexes.v[i];
		if (is_said(t, x))
			continue;
		names = names == NULL ? x->name : arena_printf(d->a, "%s, %s",
		    names, x->name);
		if (names == NULL)
			return -1;
		n++;
	}
	return n == 0 ? 0 : draft_note(d, t, NULL, "has %s that the model does "
	    "not say: %s", n == 1 ? "an index" : "indexes", names);
}

int
draft_rest(struct draft *d, const struct draft_table *t)
{
	size_t	i;

	if (note_family(d, t) == -1 || note_partitions(d, t) == -1)
		return -1;
	for (i = 0; i < t->t->exclusions.n; i++)
		if (draft_note(d, t, NULL, "has the constraint %s, which "
		    "stays with the database: a model file cannot say EXCLUDE",
		    t->t->exclusions.v[i]) == -1)
			return -1;
	return note_indexes(d, t);
}
