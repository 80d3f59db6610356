/*
 * What only the rows of a database can tell, as statements: sequences behind
 * their columns, rows that refer to what is not there, rows that no parent
 * owns, values that are missing; probe_twice.c has those that stand twice.
 * Called by ormd-model check; every name in the SQL is the model's, or one
 * that PostgreSQL quoted.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "name.h"
#include "probe_parts.h"
#include "name.h"

enum { SAMPLES = 5 };

void
probe_add(struct prober *pr, bool is_error, const struct path *path,
    const char *unit, const char *text, const char *hint, struct buf *bad)
{
	struct arena	*a = &pr->f->arena;
	struct probe	*p = arena_alloc(a, sizeof(*p));

	if (p != NULL && text != NULL && !bad->broken) {
		path_write(path, p->path, sizeof(p->path));
		p->is_error = is_error;
		p->unit = unit;
		p->text = text;
		p->hint = hint;
		p->sql = arena_printf(a, "WITH bad(k) AS MATERIALIZED (%.*s) "
		    "SELECT count(*), (SELECT string_agg(k, ', ') FROM "
		    "(SELECT k FROM bad ORDER BY k LIMIT %d) s) FROM bad",
		    (int)bad->n, bad->p, SAMPLES);
	}
	if (p == NULL || p->sql == NULL ||
	    vec_push(a, &pr->probes->v, p) == -1)
		pr->f->broken = true;
	buf_free(bad);
}

void
probe_sample(struct buf *b, const char *alias, struct column *const *columns,
    size_t n)
{
	size_t	i;

	if (n > 1)
		buf_puts(b, "'(' || ");
	for (i = 0; i < n; i++)
		buf_printf(b, "%scoalesce(%s.%s::text, 'null')",
		    i == 0 ? "" : " || ', ' || ", alias,
		    columns[i]->quoted);
	if (n > 1)
		buf_puts(b, " || ')'");
}

/* The row itself: by its key, or by all that it has. */
static void
put_row(struct buf *b, const char *alias, const struct table *t)
{
	if (t->key.n > 0)
		probe_sample(b, alias, t->key.v, t->key.n);
	else
		probe_sample(b, alias, t->columns.v, t->columns.n);
}

void
probe_table(struct prober *pr, struct buf *b, const struct table *t)
{
	const struct found_table	*found;
	const char			*schema = NULL, *name = NULL;

	found = found_table(pr->database, t->schema, t->name);
	if (found != NULL) {
		schema = name_quote(&pr->f->arena, found->schema);
		name = name_quote(&pr->f->arena, found->name);
	}
	if (schema == NULL || name == NULL)
		b->broken = true;
	else
		buf_printf(b, "%s.%s", schema, name);
}

/* "SELECT row FROM t WHERE ": what is behind it makes rows bad. */
static void
put_select(struct prober *pr, struct buf *b, const struct table *t)
{
	buf_puts(b, "SELECT ");
	put_row(b, "t", t);
	buf_puts(b, " FROM ");
	probe_table(pr, b, t);
	buf_puts(b, " t WHERE ");
}

void
probe_each(struct buf *b, const char *alias, struct column *const *columns,
    size_t n, const char *between, const char *behind)
{
	size_t	i;

	for (i = 0; i < n; i++)
		buf_printf(b, "%s%s.%s%s", i == 0 ? "" : between, alias,
		    columns[i]->quoted, behind);
}

/* Rows whose foreign key leads nowhere. */
static void
probe_dangling(struct prober *pr, const struct place *p,
    const struct foreign_key *fk)
{
	struct path	steps[PLACE_STEPS];
	struct buf	b;
	size_t		i;

	buf_init(&b, 0);
	put_select(pr, &b, fk->table);
	probe_each(&b, "t", fk->columns.v, fk->columns.n, " AND ",
	    " IS NOT NULL");
	buf_puts(&b, " AND NOT EXISTS (SELECT FROM ");
	probe_table(pr, &b, fk->target);
	buf_puts(&b, " p WHERE ");
	for (i = 0; i < fk->columns.n; i++)
		buf_printf(&b, "%sp.%s = t.%s", i == 0 ? "" : " AND ",
		    fk->references.v[i]->quoted, fk->columns.v[i]->quoted);
	buf_putc(&b, ')');
	probe_add(pr, true, place_fk(p, fk, "references", steps), "row",
	    arena_printf(&pr->f->arena, "of %s with (%s) that is not in %s",
	    fk->table->name, drift_names(pr->f, fk->columns.v,
	    fk->columns.n), fk->target->name), "", &b);
}

static void
probe_null(struct prober *pr, const struct place *p, const struct column *c,
    const struct found_column *found)
{
	struct path	steps[PLACE_STEPS];
	struct buf	b;

	if (found->not_null || (c->nullable && !c->primary_key))
		return;
	buf_init(&b, 0);
	put_select(pr, &b, c->table);
	buf_printf(&b, "t.%s IS NULL", c->quoted);
	probe_add(pr, true, place_column(p, c, "nullable", steps), "row",
	    arena_printf(&pr->f->arena, "of %s without %s", c->table->name,
	    c->name), "", &b);
}

static void
probe_sequence(struct prober *pr, const struct place *p,
    const struct column *c, const struct found_column *found)
{
	struct path	steps[PLACE_STEPS];
	struct buf	b;

	if (!c->generated || c->computed_sql != NULL ||
	    found->sequence == NULL)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "SELECT 'the next is ' || x.next || ', the largest ' "
	    "|| m.most FROM (SELECT s.last_value + s.is_called::int FROM %s s)"
	    " x(next), (SELECT max(t.%s) FROM ", found->sequence, c->quoted);
	probe_table(pr, &b, c->table);
	buf_puts(&b, " t) m(most) WHERE m.most >= x.next");
	probe_add(pr, true, place_column(p, c, NULL, steps), "sequence",
	    arena_printf(&pr->f->arena, "behind %s.%s", c->table->name,
	    c->name), "setval() puts it behind the largest", &b);
}

/* Does this relationship own what it leads to? */
static bool
owns(const struct relationship *r, const struct table *t)
{
	return r->direction == ONE_TO_MANY && r->target->table == t &&
	    (r->cascade & CASCADE_DELETE_ORPHAN) != 0;
}

/* "c.a IS NULL" of each foreign key by which the rows of t are owned. */
static size_t
put_owners(struct buf *b, const struct registry *r, const struct table *t,
    const char *between)
{
	const struct relationship	*rel;
	size_t				 i, j, n = 0;

	for (i = 0; i < r->models.n; i++)
		for (j = 0; j < r->models.v[i]->relationships.n; j++) {
			rel = r->models.v[i]->relationships.v[j];
			if (!owns(rel, t))
				continue;
			buf_puts(b, n++ == 0 ? "" : between);
			buf_putc(b, '(');
			probe_each(b, "t", rel->remote.v, rel->remote.n,
			    " OR ", " IS NULL");
			buf_putc(b, ')');
		}
	return n;
}

/*
 * Rows that no parent with delete-orphan has, and those that only some of them
 * have (X2: ormd stores both, when they are made so).
 */
static void
probe_orphans(struct prober *pr, const struct registry *r,
    const struct place *p, const struct table *t)
{
	struct buf	all, some, text;
	size_t		n;

	buf_init(&all, 0);
	buf_init(&some, 0);
	buf_init(&text, 0);
	n = put_owners(&all, r, t, " AND ");
	put_owners(&some, r, t, " OR ");
	if (n > 0) {
		put_select(pr, &text, t);
		buf_add(&text, all.p, all.n);
		probe_add(pr, true, &p->table, "row",
		    arena_printf(&pr->f->arena, "of %s that nothing owns",
		    t->name), "delete them, or give them a parent", &text);
	}
	if (n > 1 && !t->model->orphan_all) {
		buf_init(&text, 0);
		put_select(pr, &text, t);
		buf_printf(&text, "(%.*s) AND NOT (%.*s)", (int)some.n,
		    some.p, (int)all.n, all.p);
		probe_add(pr, false, &p->table, "row",
		    arena_printf(&pr->f->arena, "of %s that only some of its "
		    "parents own", t->name), "", &text);
	}
	buf_free(&all);
	buf_free(&some);
}

/* Is all that the model says of the table there? */
static bool
is_whole(const struct found_table *found, const struct table *t)
{
	size_t	i;

	for (i = 0; found != NULL && i < t->columns.n; i++)
		if (drift_column(found, t->columns.v[i]) == NULL)
			return false;
	return found != NULL;
}

static void
look_table(struct prober *pr, const struct registry *r,
    const struct table *t, unsigned kinds)
{
	const struct found_table	*found, *target;
	struct place			 p;
	size_t				 i;

	found = found_table(pr->database, t->schema, t->name);
	if (!is_whole(found, t))
		return;
	place_of(&p, t);
	for (i = 0; i < t->columns.n; i++) {
		if (kinds & PROBE_SEQUENCE)
			probe_sequence(pr, &p, t->columns.v[i],
			    drift_column(found, t->columns.v[i]));
		if (kinds & PROBE_DATA)
			probe_null(pr, &p, t->columns.v[i],
			    drift_column(found, t->columns.v[i]));
	}
	if ((kinds & PROBE_DATA) == 0)
		return;
	for (i = 0; i < t->fks.n; i++) {
		target = found_table(pr->database,
		    t->fks.v[i]->target->schema, t->fks.v[i]->target->name);
		if (is_whole(target, t->fks.v[i]->target))
			probe_dangling(pr, &p, t->fks.v[i]);
	}
	probe_duplicates(pr, &p, t);
	probe_links(pr, r, &p, t);
	if (t->model != NULL)
		probe_orphans(pr, r, &p, t);
}

void
probes_make(const struct registry *r, const struct found *database,
    unsigned kinds, struct probes *probes, struct findings *f)
{
	struct prober	pr = { database, f, probes };
	size_t		i;

	memset(probes, 0, sizeof(*probes));
	for (i = 0; i < r->tables.n; i++)
		look_table(&pr, r, r->tables.v[i], kinds);
}

/* The last finding is about what the probe looks at. */
static void
set_path(struct findings *f, const struct probe *p)
{
	if (!f->broken)
		memcpy(f->v.v[f->v.n - 1]->note.path, p->path,
		    sizeof(p->path));
}

void
probe_take(struct findings *f, const struct probe *p, const char *count,
    const char *samples)
{
	if (strcmp(count, "0") == 0)
		return;
	finding_add(f, p->is_error, NULL, p->hint, "%s %s%s %s: %s%s", count,
	    p->unit, strcmp(count, "1") == 0 ? "" : "s", p->text, samples,
	    strtol(count, NULL, 10) > SAMPLES ? ", ..." : "");
	set_path(f, p);
}

void
probe_fail(struct findings *f, const struct probe *p, const char *why)
{
	finding_add(f, true, NULL, "", "not looked for %ss %s: %s", p->unit,
	    p->text, why);
	set_path(f, p);
}
