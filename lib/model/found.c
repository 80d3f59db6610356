/*
 * From the rows of pg_catalog to tables, columns and keys.  Called by whoever
 * runs found_queries[], once for each row.  It refuses rows that speak of what
 * the earlier ones did not name, as can happen in a database that is changed
 * meanwhile; rows about tables that are not looked at it passes over.
 */
#include <stdlib.h>
#include <string.h>

#include "found.h"

void
found_init(struct found *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, 0);
}

void
found_release(struct found *f)
{
	arena_release(&f->arena);
}

static const char *
keep(struct found *f, const char *text)
{
	return arena_strdup(&f->arena, text);
}

/* NULL stays NULL.  0, or -1 when memory is out. */
static int
keep_or_null(struct found *f, const char **to, const char *text)
{
	*to = NULL;
	return text != NULL && (*to = keep(f, text)) == NULL ? -1 : 0;
}

static bool
is_true(const char *text)
{
	return text != NULL && *text == 't';
}

static int
take_enum(struct found *f, const char *const *row)
{
	enum { OID, SCHEMA, NAME, VALUE, VISIBLE };
	struct found_enum	*e = map_find(&f->enums_by_oid, row[OID]);
	const char		*oid, *value = keep(f, row[VALUE]);

	if (value == NULL)
		return -1;
	if (e == NULL) {
		if ((e = arena_alloc(&f->arena, sizeof(*e))) == NULL ||
		    (oid = keep(f, row[OID])) == NULL ||
		    (e->schema = keep(f, row[SCHEMA])) == NULL ||
		    (e->name = keep(f, row[NAME])) == NULL ||
		    map_name(&f->arena, &f->enums_by_oid, oid, e) != 0 ||
		    vec_push(&f->arena, &f->enums, e) == -1)
			return -1;
		e->visible = is_true(row[VISIBLE]);
	}
	return vec_push(&f->arena, &e->values, value);
}

static enum found_kind
kind_of(const char *relkind, bool is_partition)
{
	switch (is_partition ? 'P' : *relkind) {
	case 'P':
		return FOUND_PARTITION;
	case 'p':
		return FOUND_PARTITIONED;
	case 'v':
		return FOUND_VIEW;
	case 'm':
		return FOUND_MATVIEW;
	case 'f':
		return FOUND_FOREIGN;
	}
	return FOUND_TABLE;
}

static int
take_table(struct found *f, const char *const *row)
{
	enum { OID, SCHEMA, NAME, KIND, PARTITION, VISIBLE, COMMENT, PARENTS,
	    CHILDREN, EXTENSION, TRIGGERS };
	struct found_table	*t = arena_alloc(&f->arena, sizeof(*t));
	const char		*oid = keep(f, row[OID]), *full;
	char			*exact;

	if (t == NULL || oid == NULL ||
	    (t->schema = keep(f, row[SCHEMA])) == NULL ||
	    (t->name = keep(f, row[NAME])) == NULL ||
	    keep_or_null(f, &t->comment, row[COMMENT]) == -1 ||
	    keep_or_null(f, &t->parents, row[PARENTS]) == -1 ||
	    keep_or_null(f, &t->extension, row[EXTENSION]) == -1 ||
	    (full = arena_printf(&f->arena, "%s.%s", t->schema,
	    t->name)) == NULL ||
	    (exact = arena_strdup(&f->arena, full)) == NULL)
		return -1;
	exact[strlen(t->schema)] = '\0';
	t->kind = kind_of(row[KIND], is_true(row[PARTITION]));
	t->visible = is_true(row[VISIBLE]);
	t->children = atoi(row[CHILDREN]);
	t->fills_itself = is_true(row[TRIGGERS]);
	/* Of two names with dots that look the same the first is found. */
	if (map_name(&f->arena, &f->tables_by_oid, oid, t) != 0 ||
	    map_name(&f->arena, &f->tables_by_name, full, t) == -1 ||
	    map_put(&f->arena, &f->tables_exact, exact, strlen(full), t) ==
	    -1 || (t->visible &&
	    map_name(&f->arena, &f->tables_seen, t->name, t) == -1))
		return -1;
	return vec_push(&f->arena, &f->tables, t);
}

static enum found_origin
origin_of(const char *identity, const char *generated, const char *expression,
    bool is_serial)
{
	if (*identity == 'a')
		return ORIGIN_ALWAYS;
	if (*identity != '\0')
		return ORIGIN_IDENTITY;
	if (*generated != '\0')
		return ORIGIN_COMPUTED;
	if (is_serial)
		return ORIGIN_SERIAL;
	return expression != NULL ? ORIGIN_DEFAULT : ORIGIN_NOTHING;
}

static int
take_column(struct found *f, const char *const *row)
{
	enum { TABLE, NAME, TYPE, BASE, ELEMENT, ARRAY, NOT_NULL, IDENTITY,
	    GENERATED, EXPRESSION, SERIAL, COMMENT, SEQUENCE };
	struct found_table	*t = map_find(&f->tables_by_oid, row[TABLE]);
	struct found_column	*c;

	if (t == NULL)
		return 0;
	if ((c = arena_alloc(&f->arena, sizeof(*c))) == NULL ||
	    (c->name = keep(f, row[NAME])) == NULL ||
	    (c->type = keep(f, row[TYPE])) == NULL ||
	    keep_or_null(f, &c->base, row[BASE]) == -1 ||
	    keep_or_null(f, &c->comment, row[COMMENT]) == -1 ||
	    keep_or_null(f, &c->sequence, row[SEQUENCE]) == -1)
		return -1;
	c->table = t;
	c->index = (int)t->columns.n;
	c->words = map_find(&f->enums_by_oid, row[ELEMENT]);
	c->is_array = is_true(row[ARRAY]);
	c->not_null = is_true(row[NOT_NULL]);
	c->origin = origin_of(row[IDENTITY], row[GENERATED], row[EXPRESSION],
	    is_true(row[SERIAL]));
	if (keep_or_null(f, c->origin == ORIGIN_COMPUTED ? &c->computed_sql :
	    &c->default_sql, row[EXPRESSION]) == -1 ||
	    map_name(&f->arena, &t->by_name, c->name, c) != 0)
		return -1;
	return vec_push(&f->arena, &t->columns, c);
}

/* Is this row about what the last one was about? */
static bool
goes_on(struct found *f, const char *oid)
{
	return f->last != NULL && f->last_oid != NULL &&
	    strcmp(f->last_oid, oid) == 0;
}

/* What the next rows may go on about. */
static int
begin(struct found *f, const char *oid, void *object)
{
	f->last = object;
	return (f->last_oid = keep(f, oid)) == NULL ? -1 : 0;
}

static int
take_key(struct found *f, const char *const *row)
{
	enum { TABLE, OID, NAME, KIND, COLUMN, DEFERRABLE, DEFERRED };
	struct found_table	*t = map_find(&f->tables_by_oid, row[TABLE]);
	struct found_key	*key = f->last;
	struct found_column	*c;

	if (t == NULL)
		return 0;
	/* Tables whose columns are not looked at have no keys either. */
	if ((c = map_find(&t->by_name, row[COLUMN])) == NULL)
		return t->columns.n == 0 ? 0 : -1;
	if (!goes_on(f, row[OID])) {
		if ((key = arena_alloc(&f->arena, sizeof(*key))) == NULL ||
		    (key->name = keep(f, row[NAME])) == NULL ||
		    begin(f, row[OID], key) == -1)
			return -1;
		key->deferrable = is_true(row[DEFERRABLE]);
		key->deferred = is_true(row[DEFERRED]);
		if (*row[KIND] == 'p')
			t->primary = key;
		else if (vec_push(&f->arena, &t->uniques, key) == -1)
			return -1;
	}
	return vec_push(&f->arena, &key->columns, c);
}

static enum fk_action
action_of(const char *letter)
{
	switch (*letter) {
	case 'r':
		return FK_RESTRICT;
	case 'c':
		return FK_CASCADE;
	case 'n':
		return FK_SET_NULL;
	case 'd':
		return FK_SET_DEFAULT;
	}
	return FK_NO_ACTION;
}

/* The columns of a row of pg_constraint. */
enum { K_TABLE, K_OID, K_NAME, K_KIND, K_COLUMN, K_TARGET, K_TARGET_NAME,
	K_REFERENCE, K_ON_DELETE, K_ON_UPDATE, K_MATCH, K_DEFERRABLE,
	K_DEFERRED, K_VALID, K_PARTIAL, K_CONDITION };

static struct found_fk *
new_fk(struct found *f, struct found_table *t, const char *const *row)
{
	struct found_fk	*fk = arena_alloc(&f->arena, sizeof(*fk));

	if (fk == NULL || (fk->name = keep(f, row[K_NAME])) == NULL ||
	    (fk->target_name = keep(f, row[K_TARGET_NAME])) == NULL ||
	    begin(f, row[K_OID], fk) == -1 ||
	    vec_push(&f->arena, &t->fks, fk) == -1)
		return NULL;
	fk->table = t;
	fk->target = map_find(&f->tables_by_oid, row[K_TARGET]);
	fk->on_delete = action_of(row[K_ON_DELETE]);
	fk->on_update = action_of(row[K_ON_UPDATE]);
	fk->deferrable = is_true(row[K_DEFERRABLE]);
	fk->deferred = is_true(row[K_DEFERRED]);
	fk->is_full = *row[K_MATCH] == 'f';
	fk->is_partial = is_true(row[K_PARTIAL]);
	fk->is_valid = is_true(row[K_VALID]);
	return fk;
}

static int
take_fk(struct found *f, struct found_table *t, const char *const *row)
{
	struct found_fk		*fk = f->last;
	struct found_column	*c, *to;

	if (!goes_on(f, row[K_OID]) && (fk = new_fk(f, t, row)) == NULL)
		return -1;
	if ((c = map_find(&t->by_name, row[K_COLUMN])) == NULL ||
	    vec_push(&f->arena, &fk->columns, c) == -1)
		return -1;
	if (fk->target == NULL)
		return 0;
	if ((to = map_find(&fk->target->by_name, row[K_REFERENCE])) == NULL)
		return -1;
	return vec_push(&f->arena, &fk->references, to);
}

static int
take_constraint(struct found *f, const char *const *row)
{
	struct found_table	*t = map_find(&f->tables_by_oid,
				    row[K_TABLE]);
	const char		*text;

	if (t == NULL || t->columns.n == 0)
		return 0;
	if (*row[K_KIND] == 'f')
		return take_fk(f, t, row);
	if (*row[K_KIND] == 'c') {
		if (row[K_CONDITION] == NULL)
			return -1;
		return (text = keep(f, row[K_CONDITION])) == NULL ? -1 :
		    vec_push(&f->arena, &t->checks, text);
	}
	return (text = keep(f, row[K_NAME])) == NULL ? -1 :
	    vec_push(&f->arena, &t->exclusions, text);
}

static int
take_index(struct found *f, const char *const *row)
{
	enum { TABLE, OID, NAME, COLUMN, UNIQUE, IMMEDIATE, PLAIN };
	struct found_table	*t = map_find(&f->tables_by_oid, row[TABLE]);
	struct found_column	*c = NULL;
	struct found_index	*x = f->last;

	if (t == NULL || t->columns.n == 0)
		return 0;
	if (row[COLUMN] != NULL &&
	    (c = map_find(&t->by_name, row[COLUMN])) == NULL)
		return -1;
	if (!goes_on(f, row[OID])) {
		if ((x = arena_alloc(&f->arena, sizeof(*x))) == NULL ||
		    (x->name = keep(f, row[NAME])) == NULL ||
		    begin(f, row[OID], x) == -1 ||
		    vec_push(&f->arena, &t->indexes, x) == -1)
			return -1;
		x->is_unique = is_true(row[UNIQUE]);
		x->is_plain = is_true(row[PLAIN]) && is_true(row[IMMEDIATE]);
	}
	if (c == NULL)
		x->is_plain = false;	/* an expression */
	else if (vec_push(&f->arena, &x->columns, c) == -1)
		return -1;
	return 0;
}

int
found_take(struct found *f, enum found_query query, const char *const *row)
{
	/* Numbers of objects are unique within one catalog only. */
	if (query != f->query)
		f->last = NULL;
	f->query = query;
	switch (query) {
	case FOUND_ENUMS:
		return take_enum(f, row);
	case FOUND_TABLES:
		return take_table(f, row);
	case FOUND_COLUMNS:
		return take_column(f, row);
	case FOUND_KEYS:
		return take_key(f, row);
	case FOUND_CONSTRAINTS:
		return take_constraint(f, row);
	case FOUND_INDEXES:
		return take_index(f, row);
	case FOUND_PATH:
	case FOUND_QUERIES:
		break;
	}
	return -1;
}

/* A unique index over whole columns of all rows is as good as a constraint. */
static int
add_unique(struct found *f, struct found_table *t,
    const struct found_index *x)
{
	struct found_key	*key = arena_alloc(&f->arena, sizeof(*key));
	size_t			 i;

	if (key == NULL)
		return -1;
	key->name = x->name;
	key->is_index = true;
	for (i = 0; i < x->columns.n; i++)
		if (vec_push(&f->arena, &key->columns, x->columns.v[i]) == -1)
			return -1;
	return vec_push(&f->arena, &t->uniques, key);
}

int
found_finish(struct found *f)
{
	struct found_table	*t;
	struct found_index	*x;
	size_t			 i, j, n;

	for (i = 0; i < f->tables.n; i++) {
		t = f->tables.v[i];
		for (n = j = 0; j < t->indexes.n; j++) {
			x = t->indexes.v[j];
			if (!x->is_unique || !x->is_plain)
				t->indexes.v[n++] = x;
			else if (add_unique(f, t, x) == -1)
				return -1;
		}
		t->indexes.n = n;
	}
	return 0;
}
