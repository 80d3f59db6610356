/*
 * Relationships in inspect: for each foreign key a many-to-one, called after
 * its column, and the other end; for each association table a many-to-many
 * from both sides.  What a delete does to the rows on the other end follows
 * from the foreign key's ON DELETE:
 *
 *   CASCADE		"all": they are deleted; and, where they cannot be
 *			without it (NOT NULL) or link it to something,
 *			"delete-orphan" too
 *   SET NULL		nothing is said: ormd sets them null
 *   SET DEFAULT	"passive_deletes": true, the database does it
 *   NO ACTION,		"passive_deletes": "all", the database refuses (O7);
 *   RESTRICT		parts of what they refer to can be removed from it all
 *			the same: "delete-orphan"
 */
#include <string.h>

#include "draft.h"
#include "english.h"
#include "wording.h"

static struct draft_end *
new_end(struct draft *d, struct draft_table *t, struct draft_table *target,
    const char *const names[DRAFT_NAMES])
{
	struct draft_end	*end = arena_alloc(d->a, sizeof(*end));

	if (end == NULL ||
	    (end->name = draft_name(d, &t->names, names, end)) == NULL ||
	    vec_push(d->a, &t->ends, end) == -1)
		return NULL;
	end->table = t;
	end->target = target;
	return end;
}

/* The column that a foreign key's name is taken from. */
static size_t
telling_column(const struct draft_fk *fk)
{
	const struct draft_fk	*other;
	size_t			 i, j, k;

	/* Of several, the last that no other foreign key of the table has. */
	for (i = fk->fk->columns.n; i-- > 0;) {
		for (j = 0; j < fk->from->fks.n; j++) {
			other = fk->from->fks.v[j];
			for (k = 0; other != fk && k < other->fk->columns.n &&
			    other->fk->columns.v[k] != fk->fk->columns.v[i];
			    k++)
				;
			if (other != fk && k < other->fk->columns.n)
				break;
		}
		if (j == fk->from->fks.n)
			return i;
	}
	return fk->fk->columns.n - 1;
}

/* How many foreign keys lead from one table to the other. */
static int
count_fks(const struct draft_table *from, const struct draft_table *to)
{
	size_t	i;
	int	n = 0;

	for (i = 0; i < from->fks.n; i++)
		n += from->fks.v[i]->to == to;
	return n;
}

static int
to_one(struct draft *d, struct draft_fk *fk)
{
	const char	*names[DRAFT_NAMES] = { NULL };
	const char	*column, *key, *target, *stem;
	size_t		 at = telling_column(fk);
	bool		 several = count_fks(fk->from, fk->to) > 1;
	bool		 says_nothing;

	column = fk->fk->columns.v[at]->name;
	key = fk->fk->references.v[at]->name;
	target = wording_attribute(d->a, fk->to->t->name);
	if (target == NULL ||
	    (target = english_singular(d->a, target)) == NULL ||
	    (stem = wording_reference(d->a, column, key,
	    fk->to->t->name)) == NULL)
		return -1;
	/*
	 * A composite key's columns may tell of other things than the row;
	 * and "uid" tells nothing, nor does a name that the column itself has.
	 */
	says_nothing = stem[0] == '\0';
	if ((stem = wording_attribute(d->a, stem)) == NULL)
		return -1;
	if (says_nothing || strcmp(column, key) == 0 ||
	    (!several && (fk->fk->columns.n > 1 ||
	    (strcmp(column, stem) == 0 && fk->from != fk->to))))
		stem = target;
	names[0] = stem;
	names[1] = target;
	names[2] = arena_printf(d->a, "%s_object", stem);
	if (fk->from == fk->to || several)
		names[1] = NULL;
	if (names[2] == NULL ||
	    (fk->one = new_end(d, fk->from, fk->to, names)) == NULL)
		return -1;
	fk->one->stem = stem;
	fk->one->fk = fk;
	fk->one->to_one = true;
	fk->one->is_printed = true;
	return 0;
}

static bool
is_nullable(const struct draft_fk *fk)
{
	size_t	i;

	for (i = 0; i < fk->fk->columns.n; i++)
		if (!fk->fk->columns.v[i]->not_null)
			return true;
	return false;
}

/* "order_details", "OrderDetails" of an order. */
static bool
bears_name(const char *table, const char *owner)
{
	size_t	n = strlen(owner);

	return strncasecmp(table, owner, n) == 0 &&
	    (table[n] == '_' || table[n] == ' ' ||
	    (table[n] >= 'A' && table[n] <= 'Z'));
}

/* What happens to the rows at the other end, and whether they are printed. */
static void
set_cascade(struct draft_end *many, const struct draft_fk *fk,
    const char *target)
{
	switch (fk->fk->on_delete) {
	case FK_CASCADE:
		many->cascade = fk->is_part || !is_nullable(fk) ?
		    "all, delete-orphan" : "all";
		break;
	case FK_SET_NULL:
		break;
	case FK_SET_DEFAULT:
		many->passive = "true";
		break;
	case FK_NO_ACTION:
	case FK_RESTRICT:
		if (fk->is_part) {
			many->cascade = "save-update, merge, delete-orphan";
			many->passive = "true";
		} else
			many->passive = "\"all\"";
		break;
	}
	many->is_printed = fk->is_part || fk->is_one ||
	    ((fk->fk->on_delete == FK_CASCADE || !is_nullable(fk)) &&
	    bears_name(fk->from->t->name, target));
}

static int
to_many(struct draft *d, struct draft_fk *fk)
{
	const char	*names[DRAFT_NAMES] = { NULL };
	const char	*base = wording_attribute(d->a, fk->from->t->name);
	const char	*target = english_singular(d->a, fk->to->t->name);
	const char	*prefixed;

	if (base == NULL || target == NULL)
		return -1;
	base = fk->is_one ? english_singular(d->a, base) :
	    english_plural(d->a, base);
	if (base == NULL || (prefixed = arena_printf(d->a, "%s_%s",
	    fk->one->stem, base)) == NULL)
		return -1;
	if (fk->from == fk->to && count_fks(fk->from, fk->to) == 1 &&
	    strncasecmp(fk->one->stem, "parent", strlen("parent")) == 0)
		base = fk->is_one ? "child" : "children";
	names[0] = count_fks(fk->from, fk->to) == 1 ||
	    wording_same(fk->one->stem, target) ? base : prefixed;
	names[1] = prefixed;
	if ((fk->many = new_end(d, fk->to, fk->from, names)) == NULL)
		return -1;
	fk->many->fk = fk;
	fk->many->uselist = !fk->is_one;
	set_cascade(fk->many, fk, target);
	fk->many->back = fk->one;
	fk->one->back = fk->many;
	return 0;
}

/* Those who are followed are "followed", not "followeds". */
static const char *
many_of(struct draft *d, const char *stem)
{
	size_t	n = strlen(stem);

	if (n > 2 && (strcmp(stem + n - 2, "ed") == 0 ||
	    strcmp(stem + n - 2, "ng") == 0))
		return stem;
	return english_plural(d->a, stem);
}

/* The end of an association table at near's side, leading to far's. */
static struct draft_end *
link_end(struct draft *d, struct draft_table *link, struct draft_fk *near,
    struct draft_fk *far)
{
	const char		*names[DRAFT_NAMES] = { NULL };
	const char		*column, *stem, *table, *self;
	struct draft_end	*end;
	size_t			 at = telling_column(far);

	column = far->fk->columns.v[at]->name;
	stem = wording_reference(d->a, column,
	    far->fk->references.v[at]->name, far->to->t->name);
	table = wording_attribute(d->a, far->to->t->name);
	if (stem == NULL || table == NULL ||
	    (stem = stem[0] == '\0' ? table :
	    wording_attribute(d->a, stem)) == NULL ||
	    (stem = many_of(d, stem)) == NULL ||
	    (table = english_plural(d->a, table)) == NULL ||
	    (self = wording_attribute(d->a, link->t->name)) == NULL)
		return NULL;
	/* Between two rows of one table only the columns tell who is who. */
	names[0] = near->to == far->to ? stem : table;
	names[1] = self;
	names[2] = arena_printf(d->a, "%s_%s", self, table);
	if (names[2] == NULL ||
	    (end = new_end(d, near->to, far->to, names)) == NULL)
		return NULL;
	end->uselist = end->is_printed = true;
	end->link = link;
	end->near = near;
	end->far = far;
	if (near->fk->on_delete == FK_NO_ACTION ||
	    near->fk->on_delete == FK_RESTRICT)
		end->passive = "\"all\"";
	return end;
}

static int
relate_link(struct draft *d, struct draft_table *link)
{
	struct draft_end	*left, *right;

	if ((left = link_end(d, link, link->left, link->right)) == NULL ||
	    (right = link_end(d, link, link->right, link->left)) == NULL)
		return -1;
	left->back = right;
	right->back = left;
	return 0;
}

/* No attribute has the name of a column, private or not. */
static int
take_columns(struct draft *d, struct draft_table *t)
{
	size_t	i;

	for (i = 0; i < t->t->columns.n; i++)
		if (!t->columns[i].out && map_name(d->a, &t->names,
		    t->t->columns.v[i]->name, t) == -1)
			return -1;
	return 0;
}

static int
each_fk(struct draft *d, int (*relate)(struct draft *, struct draft_fk *))
{
	size_t	i, j;

	for (i = 0; i < d->tables.n; i++) {
		if (d->tables.v[i]->part != PART_MODEL)
			continue;
		for (j = 0; j < d->tables.v[i]->fks.n; j++)
			if (relate(d, d->tables.v[i]->fks.v[j]) == -1)
				return -1;
	}
	return 0;
}

int
draft_relations(struct draft *d)
{
	size_t	i;

	for (i = 0; i < d->tables.n; i++)
		if (d->tables.v[i]->part == PART_MODEL &&
		    take_columns(d, d->tables.v[i]) == -1)
			return -1;
	if (each_fk(d, to_one) == -1 || each_fk(d, to_many) == -1)
		return -1;
	for (i = 0; i < d->tables.n; i++)
		if (d->tables.v[i]->part == PART_LINK &&
		    relate_link(d, d->tables.v[i]) == -1)
			return -1;
	return 0;
}
