/*
 * Association tables in inspect.  One that has nothing but two foreign keys
 * becomes a secondary, without a model; one that has more is the model of an
 * association object.  Tables that turn out to be neither, and have no key,
 * are left out.
 */
#include <string.h>

#include "draft.h"

static bool
has_column(const struct draft_fk *fk, const struct found_column *c)
{
	size_t	i;

	for (i = 0; i < fk->fk->columns.n; i++)
		if (fk->fk->columns.v[i] == c)
			return true;
	return false;
}

/* Are these columns those of the two foreign keys, together? */
static bool
is_pair(struct found_column *const *columns, size_t n,
    const struct draft_fk *left, const struct draft_fk *right)
{
	size_t	i, both = 0;

	for (i = 0; i < n; i++) {
		if (!has_column(left, columns[i]) &&
		    !has_column(right, columns[i]))
			return false;
		both += has_column(left, columns[i]) &&
		    has_column(right, columns[i]);
	}
	return n + both == left->fk->columns.n + right->fk->columns.n;
}

/* Only two foreign keys, which share no column, and nobody refers to it. */
static bool
is_link(const struct draft_table *t)
{
	return t->fks.n == 2 && t->t->fks.n == 2 && t->referrers == 0 &&
	    t->t->exclusions.n == 0 &&
	    t->fks.v[0]->to != t && t->fks.v[1]->to != t &&
	    t->t->columns.n == t->fks.v[0]->fk->columns.n +
	    t->fks.v[1]->fk->columns.n &&
	    is_pair(t->t->columns.v, t->t->columns.n, t->fks.v[0],
	    t->fks.v[1]);
}

/* Is a row there once for each pair that it links? */
static bool
is_once(const struct draft_table *t, const struct draft_fk *left,
    const struct draft_fk *right)
{
	size_t	i;

	if (is_pair(t->key->columns.v, t->key->columns.n, left, right))
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (is_pair(t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, left, right))
			return true;
	return false;
}

/*
 * The two ends of an association object: a pair that is a key of the table, or
 * the only two foreign keys of a table that nobody refers to, if the rows go
 * with either.
 */
static void
find_ends(struct draft_table *t)
{
	struct draft_fk	*left, *right;
	size_t		 i, j;

	for (i = 0; i < t->fks.n; i++)
		for (j = i + 1; j < t->fks.n; j++) {
			left = t->fks.v[i];
			right = t->fks.v[j];
			if (left->to == t || right->to == t ||
			    left->is_one || right->is_one)
				continue;
			if (is_once(t, left, right) || (t->fks.n == 2 &&
			    t->referrers == 0 &&
			    left->fk->on_delete == FK_CASCADE &&
			    right->fk->on_delete == FK_CASCADE)) {
				t->left = left;
				t->right = right;
				left->is_part = right->is_part = true;
				return;
			}
		}
}

/* "tables" has each name once, whatever the schema. */
static int
make_link(struct draft *d, struct map *names, struct draft_table *t)
{
	switch (map_name(d->a, names, t->t->name, t)) {
	case 1:
		return 0;
	case -1:
		return -1;
	}
	if (t->part == PART_KEYLESS && draft_note(d, t, NULL, "has no key: "
	    "the same link may be there twice") == -1)
		return -1;
	t->part = PART_LINK;
	t->left = t->fks.v[0];
	t->right = t->fks.v[1];
	return 0;
}

int
draft_links(struct draft *d)
{
	struct draft_table	*t;
	struct map		 names = { 0 };
	size_t			 i;

	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if ((t->part == PART_MODEL || t->part == PART_KEYLESS) &&
		    is_link(t) && make_link(d, &names, t) == -1)
			return -1;
		if (t->part == PART_MODEL)
			find_ends(t);
		if (t->part == PART_MODEL || t->part == PART_LINK) {
			if (draft_rest(d, t) == -1)
				return -1;
			continue;
		}
		if (t->part != PART_KEYLESS)
			continue;
		t->part = PART_OUT;
		if (draft_note(d, t, NULL, "has no primary key, nor another "
		    "over columns that have values, and is left out") == -1)
			return -1;
	}
	return draft_types(d);
}
