/*
 * What is printed, in inspect.  An object shows its columns and what is around
 * it: what it refers to, what goes with it, what it is linked to; of an
 * association object also the other end.  What is around those is left out, so
 * that nothing is printed in turn for ever; so are the rows that merely refer
 * to an object, for there may be any number of them.  Clients ask for more by
 * rules of their own.
 */
#include <string.h>

#include "draft.h"

/* lib/serialize takes 256 rules of a model; clients add theirs. */
enum { RULES_MOST = 192 };

static int
add_rule(struct draft *d, struct draft_table *t, const char *a, const char *b,
    const char *c)
{
	const char	*rule = arena_printf(d->a, "-%s%s%s%s%s", a,
			    b == NULL ? "" : ".", b == NULL ? "" : b,
			    c == NULL ? "" : ".", c == NULL ? "" : c);

	return rule == NULL ? -1 : vec_push(d->a, &t->rules, rule);
}

/* The other end of the association objects that this end leads to, or NULL. */
static const struct draft_end *
far_end(const struct draft_end *end)
{
	const struct draft_table	*t = end->target;

	if (end->to_one || end->link != NULL || t->left == NULL)
		return NULL;
	return t->left == end->fk ? t->right->one :
	    t->right == end->fk ? t->left->one : NULL;
}

static int
count_printed(const struct draft_table *t)
{
	size_t	i;
	int	n = 0;

	for (i = 0; i < t->ends.n; i++)
		n += t->ends.v[i]->is_printed;
	return n;
}

/* How many rules it takes to print this end. */
static int
cost(const struct draft_end *end)
{
	const struct draft_end	*far = far_end(end);

	if (!end->is_printed)
		return 1;
	return count_printed(end->target) +
	    (far == NULL ? 0 : count_printed(far->target));
}

/* With more ends than there can be rules an object shows its columns. */
static int
limit_ends(struct draft *d, struct draft_table *t)
{
	size_t	i;

	if (t->ends.n <= RULES_MOST)
		return 0;
	t->only_columns = true;
	for (i = 0; i < t->ends.n; i++)
		t->ends.v[i]->is_printed = false;
	return draft_note(d, t, NULL, "is the model %s, which prints its "
	    "columns only: it has %zu relationships", t->name, t->ends.n);
}

/* Prints less of what needs too many rules, its last ends first. */
static int
limit(struct draft *d, const struct draft_table *t)
{
	size_t	i;
	int	total = 0;

	if (t->only_columns)
		return 0;
	for (i = 0; i < t->ends.n; i++)
		total += cost(t->ends.v[i]);
	for (i = t->ends.n; i-- > 0 && total > RULES_MOST;) {
		if (!t->ends.v[i]->is_printed || cost(t->ends.v[i]) <= 1)
			continue;
		total -= cost(t->ends.v[i]) - 1;
		t->ends.v[i]->is_printed = false;
		if (draft_note(d, t, NULL, "is the model %s, which does "
		    "not print %s by itself: there is too much around it",
		    t->name, t->ends.v[i]->name) == -1)
			return -1;
	}
	return 0;
}

static int
rule_end(struct draft *d, struct draft_table *t, const struct draft_end *end)
{
	const struct draft_end	*far = far_end(end), *next;
	size_t			 i, j;

	if (!end->is_printed)
		return add_rule(d, t, end->name, NULL, NULL);
	for (i = 0; i < end->target->ends.n; i++) {
		next = end->target->ends.v[i];
		if (next != far && next->is_printed &&
		    add_rule(d, t, end->name, next->name, NULL) == -1)
			return -1;
		for (j = 0; next == far && j < far->target->ends.n; j++)
			if (far->target->ends.v[j]->is_printed &&
			    add_rule(d, t, end->name, far->name,
			    far->target->ends.v[j]->name) == -1)
				return -1;
	}
	return 0;
}

int
draft_rules(struct draft *d)
{
	struct draft_table	*t;
	size_t			 i, j;

	for (i = 0; i < d->tables.n; i++)
		if (d->tables.v[i]->part == PART_MODEL &&
		    limit_ends(d, d->tables.v[i]) == -1)
			return -1;
	for (i = 0; i < d->tables.n; i++)
		if (d->tables.v[i]->part == PART_MODEL &&
		    limit(d, d->tables.v[i]) == -1)
			return -1;
	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (t->part != PART_MODEL || t->only_columns)
			continue;
		for (j = 0; j < t->ends.n; j++)
			if (rule_end(d, t, t->ends.v[j]) == -1)
				return -1;
	}
	return 0;
}
