/*
 * Keys in inspect: which columns tell the rows of a table apart, and which
 * foreign keys the file can say.
 */
#include <string.h>

#include "draft.h"
#include "name.h"

/* May these columns be a primary key in the file? */
static bool
is_fit(const struct draft_table *t, const struct found_key *key)
{
	const struct draft_column	*c;
	size_t				 i;

	if (key->deferrable)
		return false;
	for (i = 0; i < key->columns.n; i++) {
		c = &t->columns[key->columns.v[i]->index];
		if (!c->c->not_null || c->out ||
		    c->c->origin == ORIGIN_COMPUTED)
			return false;
	}
	return true;
}

/* A unique over columns that have values, when there is no primary key. */
static int
stand_in(struct draft *d, struct draft_table *t)
{
	const struct found_key	*key;
	size_t			 i;

	for (i = 0; i < t->t->uniques.n; i++) {
		key = t->t->uniques.v[i];
		if (is_fit(t, key) && (t->key == NULL ||
		    key->columns.n < t->key->columns.n))
			t->key = key;
	}
	if (t->key == NULL)
		return 0;
	return draft_note(d, t, NULL, "%s primary key: the model has %s in "
	    "its place", t->t->primary == NULL ? "has no" :
	    "cannot have its own", t->key->name);
}

static bool
is_said(const struct draft_table *t, const struct found_key *key)
{
	size_t	i;

	if (t->key != NULL && found_same_columns(t->key->columns.v,
	    t->key->columns.n, key->columns.v, key->columns.n))
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (found_same_columns(t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, key->columns.v,
		    key->columns.n))
			return true;
	for (i = 0; i < key->columns.n; i++)
		if (t->columns[key->columns.v[i]->index].out)
			return true;
	return false;
}

int
draft_keys(struct draft *d, struct draft_table *t)
{
	size_t	i;

	if (t->t->primary != NULL && is_fit(t, t->t->primary))
		t->key = t->t->primary;
	else if (stand_in(d, t) == -1)
		return -1;
	for (i = 0; i < t->t->uniques.n; i++)
		if (!is_said(t, t->t->uniques.v[i]) && vec_push(d->a,
		    &t->uniques, t->t->uniques.v[i]) == -1)
			return -1;
	return 0;
}

static bool
is_array(const char *type)
{
	char	element[6 * NAME_MOST];

	return type_element(type, element, sizeof(element)) != NULL;
}

static bool
types_fit(const struct draft_column *c, const struct draft_column *to)
{
	return types_match(c->c->words != NULL ? &types[TYPE_OTHER] :
	    type_find(c->type), to->c->words != NULL ? &types[TYPE_OTHER] :
	    type_find(to->type)) && !is_array(c->type) && !is_array(to->type);
}

/* Why the file cannot say this foreign key; NULL when it can. */
static const char *
unfit(const struct draft_table *t, const struct draft_table *to,
    const struct found_fk *fk)
{
	const struct draft_column	*a, *b;
	size_t				 i;

	if (to == NULL || to->part != PART_MODEL)
		return "which is not in the model";
	for (i = 0; i < fk->columns.n; i++) {
		a = &t->columns[fk->columns.v[i]->index];
		b = &to->columns[fk->references.v[i]->index];
		if (a->out || b->out)
			return "by a column that is not in the model";
		if (!types_fit(a, b))
			return "by a column of another type, which ormd "
			    "cannot follow";
	}
	for (i = 0; i < t->fks.n; i++)
		if (t->fks.v[i]->to == to && found_same_columns(
		    t->fks.v[i]->fk->columns.v, t->fks.v[i]->fk->columns.n,
		    fk->columns.v, fk->columns.n))
			return "by the same columns as another one";
	return NULL;
}

/* Is there at most one row for each value of these columns? */
static bool
is_one(const struct draft_table *t, const struct found_fk *fk)
{
	const struct found_key	*key;
	size_t			 i, j, k, n = t->t->uniques.n + 1;

	for (i = 0; i < n; i++) {
		key = i == 0 ? t->key : t->t->uniques.v[i - 1];
		if (key == NULL)
			continue;
		for (j = 0; j < key->columns.n; j++) {
			for (k = 0; k < fk->columns.n &&
			    fk->columns.v[k] != key->columns.v[j]; k++)
				;
			if (k == fk->columns.n)
				break;
		}
		if (j == key->columns.n)
			return true;
	}
	return false;
}

/* Does the key of the table contain the foreign key? */
static bool
is_part(const struct draft_table *t, const struct found_fk *fk)
{
	size_t	i, j;

	for (i = 0; i < fk->columns.n && t->key != NULL; i++) {
		for (j = 0; j < t->key->columns.n &&
		    t->key->columns.v[j] != fk->columns.v[i]; j++)
			;
		if (j == t->key->columns.n)
			return false;
	}
	return t->key != NULL;
}

static int
note_fk(struct draft *d, const struct draft_table *t,
    const struct found_fk *fk)
{
	if (fk->is_partial && draft_note(d, t, NULL, "has the foreign key %s, "
	    "which sets only some of its columns null: the model says all",
	    fk->name) == -1)
		return -1;
	return fk->is_valid ? 0 : draft_note(d, t, NULL, "has the foreign key "
	    "%s, which is NOT VALID: rows may refer to what is not there",
	    fk->name);
}

int
draft_fks(struct draft *d, struct draft_table *t)
{
	const struct found_fk	*fk;
	struct draft_fk		*draft;
	struct draft_table	*to;
	const char		*why;
	size_t			 i;

	for (i = 0; i < t->t->fks.n; i++) {
		fk = t->t->fks.v[i];
		to = fk->target == NULL ? NULL : draft_of(d, fk->target);
		if ((why = unfit(t, to, fk)) != NULL) {
			if (draft_note(d, t, NULL, "has the foreign key %s, "
			    "left out: it leads to %s, %s", fk->name,
			    fk->target_name, why) == -1)
				return -1;
			continue;
		}
		if ((draft = arena_alloc(d->a, sizeof(*draft))) == NULL ||
		    vec_push(d->a, &t->fks, draft) == -1 ||
		    note_fk(d, t, fk) == -1)
			return -1;
		draft->fk = fk;
		draft->from = t;
		draft->to = to;
		draft->is_one = is_one(t, fk);
		draft->is_part = is_part(t, fk);
	}
	return 0;
}
