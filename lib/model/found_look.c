/*
 * Looking things up in what a database has.  Called by inspect and drift.
 */
#include <string.h>

#include "found.h"
#include "name.h"

struct found_table *
found_table(const struct found *f, const char *schema, const char *name)
{
	char	key[2 * NAME_MOST + 1];
	size_t	n, m;

	if (schema == NULL)
		return map_find(&f->tables_seen, name);
	n = strlen(schema);
	m = strlen(name);
	if (n > NAME_MOST || m > NAME_MOST)
		return NULL;
	memcpy(key, schema, n);
	key[n] = '\0';
	memcpy(key + n + 1, name, m);
	return map_get(&f->tables_exact, key, n + 1 + m);
}

bool
found_same_columns(struct found_column *const *a, size_t na,
    struct found_column *const *b, size_t nb)
{
	size_t	i, j;

	for (i = 0; i < na && na == nb; i++) {
		for (j = 0; j < nb && a[i] != b[j]; j++)
			;
		if (j == nb)
			return false;
	}
	return na == nb;
}

static bool
begins_with(struct found_column *const *index, size_t nindex,
    struct found_column *const *columns, size_t n)
{
	return nindex >= n && found_same_columns(index, n, columns, n);
}

bool
found_is_indexed(const struct found_table *t,
    struct found_column *const *columns, size_t n)
{
	const struct found_index	*x;
	size_t				 i;

	if (t->primary != NULL && begins_with(t->primary->columns.v,
	    t->primary->columns.n, columns, n))
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (begins_with(t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, columns, n))
			return true;
	for (i = 0; i < t->indexes.n; i++) {
		x = t->indexes.v[i];
		if (x->is_plain && begins_with(x->columns.v, x->columns.n,
		    columns, n))
			return true;
	}
	return false;
}
