/*
 * The tables of a model as SQL, for people to read and for psql to run.
 * Called by ormd-model.  Names are those that PostgreSQL would choose itself;
 * they are written out so that errors can be named by them.  Indexes and
 * comments, which come last, are ddl_index.c's and ddl_comment.c's.  It refuses
 * nothing: the registry has been checked.
 */
#include <string.h>

#include "ddl.h"
#include "ddl_parts.h"
#include "name.h"

void
ddl_name(struct ddl *d, const char *name)
{
	const char	*plain = name_plain(&d->a, name);

	if (plain == NULL)
		d->b->broken = true;
	else
		buf_puts(d->b, plain);
}

void
ddl_table(struct ddl *d, const struct table *t)
{
	if (t->schema != NULL) {
		ddl_name(d, t->schema);
		buf_putc(d->b, '.');
	}
	ddl_name(d, t->name);
}

void
ddl_columns(struct ddl *d, struct column *const *columns, size_t n)
{
	size_t	i;

	buf_putc(d->b, '(');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(d->b, ", ");
		ddl_name(d, columns[i]->name);
	}
	buf_putc(d->b, ')');
}

void
ddl_literal(struct ddl *d, const char *text)
{
	/* A backslash is one only where nothing has changed its meaning. */
	if (strchr(text, '\\') != NULL)
		buf_putc(d->b, 'E');
	buf_putc(d->b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buf_putc(d->b, *text);
		buf_putc(d->b, *text);
	}
	buf_putc(d->b, '\'');
}

static void
put_schema(struct ddl *d, struct map *seen, const char *schema)
{
	if (schema == NULL)
		return;
	switch (map_name(&d->a, seen, schema, seen)) {
	case 0:
		buf_puts(d->b, "CREATE SCHEMA IF NOT EXISTS ");
		ddl_name(d, schema);
		buf_puts(d->b, ";\n\n");
		break;
	case -1:
		d->b->broken = true;
	}
}

static void
put_schemas(struct ddl *d)
{
	struct map	seen = { 0 };
	size_t		i;

	for (i = 0; i < d->r->tables.n; i++)
		put_schema(d, &seen, d->r->tables.v[i]->schema);
	for (i = 0; i < d->r->enums.n; i++)
		put_schema(d, &seen, d->r->enums.v[i]->schema);
}

static void
put_enums(struct ddl *d)
{
	const struct enum_type	*e;
	size_t			 i, j;

	for (i = 0; i < d->r->enums.n; i++) {
		e = d->r->enums.v[i];
		buf_printf(d->b, "CREATE TYPE %s AS ENUM (", e->quoted);
		for (j = 0; j < e->values.n; j++) {
			if (j > 0)
				buf_puts(d->b, ", ");
			ddl_literal(d, e->values.v[j]);
		}
		buf_puts(d->b, ");\n\n");
	}
}

static void
put_column(struct ddl *d, const struct column *c)
{
	buf_puts(d->b, "    ");
	ddl_name(d, c->name);
	buf_printf(d->b, " %s", c->sql_type);
	if (c->computed_sql != NULL)
		buf_printf(d->b, " GENERATED ALWAYS AS (%s) STORED",
		    c->computed_sql);
	else if (c->generated)
		buf_printf(d->b, " GENERATED %s AS IDENTITY",
		    c->always ? "ALWAYS" : "BY DEFAULT");
	/* Behind DEFAULT only a simple expression needs no parentheses. */
	if (c->default_sql != NULL)
		buf_printf(d->b, strchr(c->default_sql, ' ') == NULL ?
		    " DEFAULT %s" : " DEFAULT (%s)", c->default_sql);
	if (!c->nullable && !c->primary_key)
		buf_puts(d->b, " NOT NULL");
}

static void
put_deferral(struct ddl *d, bool deferrable, bool deferred)
{
	if (deferrable)
		buf_puts(d->b, " DEFERRABLE");
	if (deferred)
		buf_puts(d->b, " INITIALLY DEFERRED");
}

static void
put_action(struct ddl *d, const char *event, enum fk_action action)
{
	static const char *const	words[] = {
		[FK_NO_ACTION] = NULL,
		[FK_RESTRICT] = "RESTRICT",
		[FK_CASCADE] = "CASCADE",
		[FK_SET_NULL] = "SET NULL",
		[FK_SET_DEFAULT] = "SET DEFAULT"
	};

	if (words[action] != NULL)
		buf_printf(d->b, " ON %s %s", event, words[action]);
}

static void
put_fk(struct ddl *d, const struct foreign_key *fk)
{
	buf_puts(d->b, "CONSTRAINT ");
	ddl_name(d, fk->name);
	buf_puts(d->b, "\n        FOREIGN KEY ");
	ddl_columns(d, fk->columns.v, fk->columns.n);
	buf_puts(d->b, " REFERENCES ");
	ddl_table(d, fk->target);
	buf_putc(d->b, ' ');
	ddl_columns(d, fk->references.v, fk->references.n);
	put_action(d, "DELETE", fk->on_delete);
	put_action(d, "UPDATE", fk->on_update);
	put_deferral(d, fk->deferrable, fk->initially_deferred);
}

/* Is the table that is referred to made later? */
static bool
is_late(const struct foreign_key *fk)
{
	const struct table	*from = fk->table, *to = fk->target;

	return to->rank > from->rank ||
	    (to->rank == from->rank && to->index > from->index);
}

static void
put_constraints(struct ddl *d, const struct table *t)
{
	const struct unique	*u;
	size_t			 i;

	if (t->key.n > 0) {
		buf_puts(d->b, ",\n    CONSTRAINT ");
		ddl_name(d, t->key_name);
		buf_puts(d->b, " PRIMARY KEY ");
		ddl_columns(d, t->key.v, t->key.n);
	}
	for (i = 0; i < t->uniques.n; i++) {
		u = t->uniques.v[i];
		buf_puts(d->b, ",\n    CONSTRAINT ");
		ddl_name(d, u->name);
		buf_puts(d->b, " UNIQUE ");
		ddl_columns(d, u->columns.v, u->columns.n);
		put_deferral(d, u->deferrable, u->initially_deferred);
	}
	for (i = 0; i < t->checks.n; i++)
		buf_printf(d->b, ",\n    CHECK (%s)", t->checks.v[i]);
	for (i = 0; i < t->fks.n; i++)
		if (!is_late(t->fks.v[i])) {
			buf_puts(d->b, ",\n    ");
			put_fk(d, t->fks.v[i]);
		}
}

static void
put_tables(struct ddl *d)
{
	const struct table	*t;
	size_t			 i, j;

	for (i = 0; i < d->r->tables.n; i++) {
		t = d->order[i];
		buf_puts(d->b, "CREATE TABLE ");
		ddl_table(d, t);
		buf_puts(d->b, " (\n");
		for (j = 0; j < t->columns.n; j++) {
			if (j > 0)
				buf_puts(d->b, ",\n");
			put_column(d, t->columns.v[j]);
		}
		put_constraints(d, t);
		buf_puts(d->b, "\n);\n\n");
	}
}

static void
put_late_fks(struct ddl *d)
{
	const struct table	*t;
	size_t			 i, j;

	for (i = 0; i < d->r->tables.n; i++) {
		t = d->order[i];
		for (j = 0; j < t->fks.n; j++) {
			if (!is_late(t->fks.v[j]))
				continue;
			buf_puts(d->b, "ALTER TABLE ");
			ddl_table(d, t);
			buf_puts(d->b, "\n    ADD ");
			put_fk(d, t->fks.v[j]);
			buf_puts(d->b, ";\n\n");
		}
	}
}

/* Tables by rank, those of one rank as the file has them. */
static int
sort_tables(struct ddl *d)
{
	struct table	*t;
	size_t		 n = d->r->tables.n, i, j;

	if ((d->order = arena_array(&d->a, n + 1, sizeof(t))) == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		t = d->r->tables.v[i];
		for (j = i; j > 0 && d->order[j - 1]->rank > t->rank; j--)
			d->order[j] = d->order[j - 1];
		d->order[j] = t;
	}
	return 0;
}

void
ddl_write(const struct registry *r, struct buf *b)
{
	struct ddl	d = { .r = r, .b = b };

	arena_init(&d.a, 0);
	if (sort_tables(&d) == -1) {
		b->broken = true;
	} else {
		buf_puts(b, "-- Made by ormd-model ddl from a model file; "
		    "change that instead.\n\n");
		put_schemas(&d);
		put_enums(&d);
		put_tables(&d);
		put_late_fks(&d);
		ddl_indexes(&d);
		ddl_comments(&d);
	}
	arena_release(&d.a);
}
