/*
 * Foreign keys between integers of two widths.  Called when all foreign keys
 * are known; it refuses nothing.
 *
 * Related rows are found by comparing bytes, so what is compared has to travel
 * in one form: the columns at both ends of a key, and of the keys that go on
 * from there, in that of the widest of them.  PostgreSQL itself compares
 * integers of any width, and casts what is stored; only what is read needs a
 * cast in the statement (sql_select()).
 */
#include "load.h"

/* True: one of the two became wider. */
static bool
fk_widen(const struct foreign_key *fk)
{
	struct column	*a, *b, *c;
	bool		 wider = false;
	size_t		 i;

	for (i = 0; i < fk->columns.n; i++) {
		a = fk->columns.v[i];
		b = fk->references.v[i];
		if (a->type->json != JSON_INTEGER || a->type == b->type)
			continue;
		/* The forms of cells stand in the order of their widths. */
		c = a->type->cell < b->type->cell ? a : b;
		if (c->narrow == NULL)
			c->narrow = c->type;
		c->type = c == a ? b->type : a->type;
		wider = true;
	}
	return wider;
}

void
widen_keys(struct loader *l)
{
	const struct table	*t;
	size_t			 i, k;
	bool			 again = true;

	while (again)
		for (again = false, i = 0; i < l->r->tables.n; i++) {
			t = l->r->tables.v[i];
			for (k = 0; k < t->fks.n; k++)
				again |= fk_widen(t->fks.v[k]);
		}
}
