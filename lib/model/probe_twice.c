/*
 * Statements that find what stands twice in the rows of a database and should
 * not: keys and uniques that it does not keep, the other end of a one-to-one,
 * links.  Called by probe.c.
 */
#include <string.h>

#include "probe_parts.h"

/* Values that several rows have, where the database does not see to it. */
static void
probe_twice(struct prober *pr, const struct path *path, const struct table *t,
    struct column *const *columns, size_t n, const char *what)
{
	const struct found_table	*found;
	struct found_column		*there[DRIFT_COLUMNS];
	struct buf			 b;

	found = found_table(pr->database, t->schema, t->name);
	if (found == NULL || !drift_columns(found, columns, n, there) ||
	    drift_is_unique(found, there, n))
		return;
	buf_init(&b, 0);
	buf_puts(&b, "SELECT ");
	probe_sample(&b, "t", columns, n);
	buf_puts(&b, " FROM ");
	probe_table(pr, &b, t);
	buf_puts(&b, " t WHERE ");
	probe_each(&b, "t", columns, n, " AND ", " IS NOT NULL");
	buf_puts(&b, " GROUP BY ");
	probe_each(&b, "t", columns, n, ", ", "");
	buf_puts(&b, " HAVING count(*) > 1");
	probe_add(pr, true, path, "value", arena_printf(&pr->f->arena,
	    "of (%s) in more than one row of %s%s", drift_names(pr->f,
	    columns, n), t->name, what), "", &b);
}

/* Keys and uniques that the database does not keep, links, one-to-ones. */
void
probe_duplicates(struct prober *pr, const struct place *p,
    const struct table *t)
{
	struct path			 steps[PLACE_STEPS], name, in;
	const struct relationship	*r;
	const struct unique		*u;
	size_t				 i;

	if (t->key.n > 0)
		probe_twice(pr, place_key(p, t, steps), t, t->key.v, t->key.n,
		    "");
	for (i = 0; i < t->uniques.n; i++) {
		u = t->uniques.v[i];
		probe_twice(pr, place_unique(p, u, steps), t, u->columns.v,
		    u->columns.n, "");
	}
	for (i = 0; t->model != NULL && i < t->model->relationships.n; i++) {
		r = t->model->relationships.v[i];
		in = (struct path){ &p->table, "relationships", 0 };
		name = (struct path){ &in, r->name, 0 };
		if (r->direction == ONE_TO_MANY && !r->uselist)
			probe_twice(pr, &name, r->target->table, r->remote.v,
			    r->remote.n, ", which is one-to-one");
	}
}

void
probe_links(struct prober *pr, const struct registry *r,
    const struct place *p, const struct table *t)
{
	struct column			*both[2 * DRIFT_COLUMNS];
	const struct relationship	*rel;
	size_t				 i, j, n;

	for (i = 0; i < r->models.n; i++)
		for (j = 0; j < r->models.v[i]->relationships.n; j++) {
			rel = r->models.v[i]->relationships.v[j];
			n = rel->near_columns.n + rel->far_columns.n;
			if (rel->secondary != t || n > DRIFT_COLUMNS)
				continue;
			memcpy(both, rel->near_columns.v,
			    rel->near_columns.n * sizeof(*both));
			memcpy(both + rel->near_columns.n, rel->far_columns.v,
			    rel->far_columns.n * sizeof(*both));
			probe_twice(pr, &p->table, t, both, n,
			    ", which links once");
			return;
		}
}
