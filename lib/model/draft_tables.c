/*
 * Tables in inspect: which become models, with which columns.  Views, foreign
 * tables, partitions, tables of extensions and tables without a key are left
 * out, each with a note; an association table is found later, by
 * draft_links.c, among those with and without a key.
 */
#include <string.h>

#include "draft.h"
#include "wording.h"

/* Why a relation is no table of the file; NULL when it is. */
static const char *
why_out(const struct draft *d, const struct found_table *t)
{
	switch (t->kind) {
	case FOUND_VIEW:
	case FOUND_MATVIEW:
		return "is a view and left out";
	case FOUND_FOREIGN:
		return "is a foreign table and left out";
	case FOUND_PARTITION:
		/* Its parent speaks for it, if that is looked at. */
		return t->parents != NULL && map_find(&d->f->tables_by_name,
		    t->parents) != NULL ? "" : "is a partition and left out";
	case FOUND_TABLE:
	case FOUND_PARTITIONED:
		break;
	}
	if (t->extension != NULL)
		return "belongs to an extension and is left out";
	return t->columns.n == 0 ? "has no columns and is left out" : NULL;
}

/* Is a value of this type worth to be kept from clients? */
static bool
holds_secrets(const struct draft_column *c)
{
	switch (type_find(c->type)->id) {
	case TYPE_BOOLEAN: case TYPE_DATE: case TYPE_TIME: case TYPE_TIMETZ:
	case TYPE_TIMESTAMP: case TYPE_TIMESTAMPTZ: case TYPE_INTERVAL:
		return false;
	case TYPE_SMALLINT: case TYPE_INTEGER: case TYPE_BIGINT:
	case TYPE_TEXT: case TYPE_VARCHAR: case TYPE_CHAR: case TYPE_UUID:
	case TYPE_REAL: case TYPE_DOUBLE: case TYPE_NUMERIC: case TYPE_BYTEA:
	case TYPE_JSON: case TYPE_JSONB: case TYPE_OTHER: case TYPES:
		break;
	}
	return c->c->words == NULL;
}

/* What a private column cannot do, if it is one that matters. */
static const char *
but(const struct found_table *t, const struct found_column *c)
{
	size_t	i;

	for (i = 0; t->primary != NULL && i < t->primary->columns.n; i++)
		if (t->primary->columns.v[i] == c)
			return "; it is of the key, so objects are only "
			    "named by a unique set of other columns";
	return c->not_null && c->origin == ORIGIN_NOTHING ?
	    "; it must have a value, so no client can make a row" : "";
}

static bool
refers(const struct found_table *t, const struct found_column *c)
{
	size_t	i, j;

	for (i = 0; i < t->fks.n; i++)
		for (j = 0; j < t->fks.v[i]->columns.n; j++)
			if (t->fks.v[i]->columns.v[j] == c)
				return true;
	return false;
}

/* Whether clients shall not see the column, and why. */
static int
hide(struct draft *d, struct draft_table *t, struct draft_column *c)
{
	const char	*why = NULL;

	if (!wording_is_attribute(c->c->name))
		why = "clients cannot write its name";
	else if (wording_is_secret(c->c->name) && holds_secrets(c) &&
	    !refers(t->t, c->c))
		why = "its name says that it is a secret";
	else if (*c->c->name == '_')
		why = "its name begins with _";
	if (why == NULL)
		return 0;
	c->is_private = true;
	return draft_note(d, t, c->c, "is private: %s%s", why,
	    but(t->t, c->c));
}

static int
draft_columns(struct draft *d, struct draft_table *t)
{
	struct draft_column	*c;
	size_t			 i;

	t->columns = arena_array(d->a, t->t->columns.n, sizeof(*t->columns));
	if (t->columns == NULL)
		return -1;
	for (i = 0; i < t->t->columns.n; i++) {
		c = &t->columns[i];
		c->c = t->t->columns.v[i];
		if (strcmp(c->c->type, "tsvector") == 0) {
			/* Made by triggers, and of no use to clients. */
			c->out = true;
			if (draft_note(d, t, c->c, "is left out: a search "
			    "vector is the database's own") == -1)
				return -1;
			continue;
		}
		if ((c->type = draft_type(d, t, c->c)) == NULL ||
		    hide(d, t, c) == -1)
			return -1;
	}
	return 0;
}

static const char *
join(struct draft *d, const char *schema, const char *name)
{
	return arena_printf(d->a, "%s%s%s", schema == NULL ? "" : schema,
	    schema == NULL ? "" : ".", name);
}

static int
add_table(struct draft *d, struct found_table *found)
{
	struct draft_table	*t = arena_alloc(d->a, sizeof(*t));
	struct found_table	**key = arena_alloc(d->a, sizeof(*key));
	const char		*why;

	if (t == NULL || key == NULL)
		return -1;
	*key = found;
	t->t = found;
	if (!found->visible || strcmp(found->schema, "public") != 0)
		t->schema = found->schema;
	t->label = t->path = join(d, t->schema, found->name);
	if (t->path == NULL || vec_push(d->a, &d->tables, t) == -1 ||
	    map_put(d->a, &d->by_table, key, sizeof(*key), t) == -1)
		return -1;
	if ((why = why_out(d, found)) != NULL)
		return *why == '\0' ? 0 : draft_note(d, t, NULL, "%s", why);
	if (draft_columns(d, t) == -1 ||
	    draft_keys(d, t) == -1)
		return -1;
	t->part = t->key == NULL ? PART_KEYLESS : PART_MODEL;
	return 0;
}

int
draft_tables(struct draft *d)
{
	struct draft_table	*t;
	size_t			 i, j;

	for (i = 0; i < d->f->tables.n; i++)
		if (add_table(d, d->f->tables.v[i]) == -1)
			return -1;
	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (t->part == PART_OUT)
			continue;
		if (draft_fks(d, t) == -1)
			return -1;
		for (j = 0; j < t->fks.n; j++)
			if (t->fks.v[j]->to != t)
				t->fks.v[j]->to->referrers++;
	}
	return 0;
}
