/*
 * Indexes as SQL: those that the model asks for, and one for each foreign key
 * that no other index serves.  Called by ddl.c.
 */
#include "ddl_parts.h"
#include "name.h"

/* What an index cannot be called: tables and constraints have the names. */
static int
reserve_names(struct ddl *d)
{
	const struct table	*t;
	const char		*key;
	size_t			 i, j;

	for (i = 0; i < d->r->tables.n; i++) {
		t = d->r->tables.v[i];
		for (j = 0; j < t->uniques.n + 2; j++) {
			key = j < t->uniques.n ? t->uniques.v[j]->name :
			    j == t->uniques.n ? t->name : t->key_name;
			if (key == NULL)
				continue;
			key = arena_printf(&d->a, "%s.%s",
			    t->schema == NULL ? "" : t->schema, key);
			if (key == NULL || map_name(&d->a, &d->indexes, key,
			    d->r->tables.v[i]) == -1)
				return -1;
		}
	}
	return 0;
}

static void
put_index(struct ddl *d, const struct table *t, struct column *const *columns,
    size_t n)
{
	const char	*name;

	name = name_untaken(&d->a, &d->indexes, t, columns, n, "idx");
	if (name == NULL) {
		d->b->broken = true;
		return;
	}
	buf_puts(d->b, "CREATE INDEX ");
	ddl_name(d, name);
	buf_puts(d->b, " ON ");
	ddl_table(d, t);
	buf_putc(d->b, ' ');
	ddl_columns(d, columns, n);
	buf_puts(d->b, ";\n");
}

/* Do these key columns begin with exactly the n others, in any order? */
static bool
begins_with(struct column *const *key, size_t nkey,
    struct column *const *columns, size_t n)
{
	size_t	i, j;

	for (i = 0; i < n && n <= nkey; i++) {
		for (j = 0; j < n && columns[j] != key[i]; j++)
			;
		if (j == n)
			return false;
	}
	return n <= nkey;
}

/* A composite foreign key has an index too, if no key will do. */
static bool
wants_index(const struct foreign_key *fk)
{
	const struct table	*t = fk->table;
	size_t			 i;

	if (fk->columns.n == 1 || begins_with(t->key.v, t->key.n,
	    fk->columns.v, fk->columns.n))
		return false;
	for (i = 0; i < t->uniques.n; i++)
		if (begins_with(t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, fk->columns.v, fk->columns.n))
			return false;
	return true;
}

void
ddl_indexes(struct ddl *d)
{
	const struct table	*t;
	size_t			 i, j;

	if (reserve_names(d) == -1) {
		d->b->broken = true;
		return;
	}
	for (i = 0; i < d->r->tables.n; i++) {
		t = d->order[i];
		for (j = 0; j < t->columns.n; j++)
			if (t->columns.v[j]->indexed)
				put_index(d, t, &t->columns.v[j], 1);
		for (j = 0; j < t->fks.n; j++)
			if (wants_index(t->fks.v[j]))
				put_index(d, t, t->fks.v[j]->columns.v,
				    t->fks.v[j]->columns.n);
	}
}
