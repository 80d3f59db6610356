/*
 * What the models are called in inspect: the table's name in the singular and
 * in CamelCase.  Of tables that would have the same name the first (those of
 * the schema public come first, then by name) has it; others have that of
 * their schema before theirs, or else their own name as it is, or a number.
 */
#include <string.h>

#include "draft.h"
#include "name.h"
#include "wording.h"

static int
name_model(struct draft *d, struct map *taken, struct draft_table *t)
{
	const char	*names[DRAFT_NAMES] = { NULL };
	const char	*full, *exact;

	full = arena_printf(d->a, "%s_%s", t->t->schema, t->t->name);
	/* The singular of what has one letter more is what it was. */
	exact = arena_printf(d->a, "%s_", t->t->name);
	if (full == NULL || exact == NULL)
		return -1;
	names[0] = wording_model(d->a, t->t->name);
	names[1] = strcmp(t->t->schema, "public") == 0 ? NULL :
	    wording_model(d->a, full);
	names[2] = wording_model(d->a, exact);
	if (names[0] == NULL || names[2] == NULL)
		return -1;
	t->name = draft_name(d, taken, names, t);
	if (t->name == NULL)
		return -1;
	return strcmp(t->name, names[0]) == 0 ? 0 : draft_note(d, t, NULL,
	    "is the model %s, for %s is another one", t->name, names[0]);
}

int
draft_names(struct draft *d)
{
	struct draft_table	*t;
	struct map		 taken = { 0 };
	size_t			 i;

	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (t->part == PART_MODEL &&
		    name_model(d, &taken, t) == -1)
			return -1;
	}
	return 0;
}
