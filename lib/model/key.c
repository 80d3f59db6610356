/*
 * Second pass over a model file: uniques, then foreign keys (fk.c), then what
 * follows for the columns: which keys a sequence fills, which columns have an
 * index.  Called by registry_load() when all tables are known.  It refuses
 * uniques over columns that are not there, and sequences where PostgreSQL's
 * own default would be wanted.
 */
#include <string.h>

#include "load.h"
#include "name.h"

/* Does the primary key or a unique begin with these columns? */
static bool
is_led(const struct table *t, const struct column *column)
{
	size_t	i;

	if (t->key.n > 0 && t->key.v[0] == column)
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (t->uniques.v[i]->columns.v[0] == column)
			return true;
	return false;
}

/* Enters a unique over these columns. */
static int
add_unique(struct loader *l, struct table *t, struct column *const *columns,
    size_t n, bool deferrable, bool deferred, int element)
{
	struct unique	*u = arena_alloc(l->a, sizeof(*u));
	size_t		 i;

	if (u == NULL)
		return nomem(l);
	for (i = 0; i < n; i++)
		if (vec_push(l->a, &u->columns, columns[i]) == -1)
			return nomem(l);
	u->deferrable = deferrable;
	u->initially_deferred = deferred;
	u->element = element;
	u->name = name_untaken(l->a, &l->constraints, t, columns, n, "key");
	return u->name == NULL || vec_push(l->a, &t->uniques, u) == -1 ?
	    nomem(l) : 0;
}

/* One element of "unique": a list of columns, or an object that has one. */
static int
resolve_unique(struct loader *l, struct table *t, struct json *v,
    const struct path *path)
{
	static const char *const	 allowed[] = { "columns", "deferrable",
					    "initially", NULL };
	bool				 deferrable = false, deferred = false;
	struct column			**columns;
	size_t				 n;

	if (json_is_list(v)) {
		if (resolve_columns(l, t, v, &columns, &n, path) == -1)
			return -1;
	} else if (!json_is_object(v)) {
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a unique is a list of columns or an object, not %s",
		    json_kind(v));
	} else if (json_allow(v, allowed, path, l->err) == -1 ||
	    resolve_member(l, t, v, "columns", &columns, &n, path) == -1 ||
	    fk_deferral(l, v, &deferrable, &deferred, path) == -1) {
		return -1;
	}
	return add_unique(l, t, columns, n, deferrable, deferred, path->index);
}

typedef int resolve_one(struct loader *, struct table *, struct json *,
    const struct path *);

/* Calls resolve for each element of the list `name'. */
static int
each_element(struct loader *l, struct table *t, struct json *v,
    const char *name, const struct path *path, resolve_one *resolve)
{
	struct path		 here = { path, name, 0 };
	struct path		 element = { &here, NULL, 0 };
	struct json	*list;
	size_t			 before = l->failed;
	int			 n, r;

	if ((r = json_take_array(v, name, &list, path, l->err)) != 1)
		return r;
	n = (int)json_length(list);
	for (element.index = 0; element.index < n; element.index++)
		if (resolve(l, t, json_at(list, (size_t)element.index),
		    &element) == -1 && !loader_goes_on(l))
			return -1;
	return l->failed > before ? -1 : 0;
}

static struct table *
section_table(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct model	*m = NULL;
	const char	*schema = json_string_or_null(json_member(v,
			    "schema"));

	if (strcmp(path->up->key, "models") == 0)
		m = registry_model(l->r, name);
	if (m != NULL)
		return m->table;
	if (schema != NULL && (name = arena_printf(l->a, "%s.%s", schema,
	    name)) == NULL) {
		nomem(l);
		return NULL;
	}
	return map_find(&l->r->tables_by_name, name);
}

/* The primary key's name and the uniques: all that can be referred to. */
static int
resolve_uniques(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 in = { path, "columns", 0 };
	struct table	*t = section_table(l, name, v, path);
	struct column	*c;
	bool		 unique;

	if (t == NULL)
		return -1;
	if (t->key.n > 0 && (t->key_name = name_untaken(l->a,
	    &l->constraints, t, NULL, 0, "pkey")) == NULL)
		return nomem(l);
	json_each(json_member(v, "columns"), key, value) {
		struct path	here = { &in, key, 0 };

		unique = false;
		if (json_take_bool(value, "unique", &unique, &here,
		    l->err) == -1)
			return -1;
		c = map_find(&t->by_name, key);
		if (unique && add_unique(l, t, &c, 1, false, false, -1) == -1)
			return -1;
	}
	return each_element(l, t, v, "unique", path, resolve_unique);
}

/* A sequence fills this column, as the file says at `path'. */
static int
set_generated(struct loader *l, struct column *c, const char *words,
    const struct path *path)
{
	if (c->type->json != JSON_INTEGER || c->default_sql != NULL ||
	    column_refers(c)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s is for an integer column that refers to nothing and "
		    "has no default", words);
		return hint(l, "leave it out");
	}
	c->generated = true;
	c->nullable = false;
	return 0;
}

/* "autoincrement": true, false or "always"; 0 when it is absent. */
static int
take_autoincrement(struct loader *l, struct column *c, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "autoincrement", 0 };
	struct json	*said = json_member(v, "autoincrement");

	if (said == NULL)
		return 0;
	c->always = json_is_string(said) &&
	    strcmp(json_string(said), "always") == 0;
	if (!json_is_boolean(said) && !c->always)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "autoincrement is true, false or \"always\"");
	if (json_is_boolean(said) && !json_boolean(said))
		return 1;
	return set_generated(l, c, "autoincrement", &here) == -1 ? -1 : 1;
}

/* Whether a sequence fills this column, which then has no default. */
static int
resolve_generated(struct loader *l, struct column *c, struct json *v,
    const struct path *path)
{
	struct path	here = { path, "type", 0 };
	bool		serial = type_is_serial(c->sql_type);
	const char	*word = c->sql_type;
	int		r;

	if (serial)
		c->sql_type = c->type->name;
	if ((r = take_autoincrement(l, c, v, path)) != 0)
		return r == -1 ? -1 : 0;
	if (serial) {
		if (c->primary_key && c->default_sql == NULL &&
		    !column_refers(c)) {
			c->generated = true;
			return 0;
		}
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s is for a primary key that refers to nothing and has "
		    "no default", word);
		return hint(l, "make it %s", c->type->name);
	}
	if (c->primary_key && c->table->key.n == 1)
		c->generated = c->type->json == JSON_INTEGER &&
		    c->default_sql == NULL && !column_refers(c);
	return 0;
}

/*
 * Where values can be equal to PostgreSQL and not the same, an object is found
 * by one way of writing its key only.
 */
static int
check_key(struct loader *l, const struct column *c, const struct path *path)
{
	struct path	here = { path, "type", 0 };

	if (!c->primary_key)
		return 0;
	if (c->type->id == TYPE_NUMERIC && c->length == 0)
		return warn(l, &here, "give it precision and scale",
		    "1.0 and 1.00 are equal keys of %s, and not the same",
		    c->table->name);
	if (c->type->id == TYPE_OTHER && c->words == NULL &&
	    c->element == NULL)
		return warn(l, &here, "write keys as a cast to text shows them",
		    "ormd does not know when two keys of %s, which are %s, "
		    "are equal", c->table->name, c->sql_type);
	return 0;
}

/* Foreign keys, and what follows from them for the columns. */
static int
resolve_fks(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 in = { path, "columns", 0 };
	struct table	*t = section_table(l, name, v, path);
	struct column	*c;
	size_t		 before = l->failed;

	if (t == NULL)
		return -1;
	json_each(json_member(v, "columns"), key, value) {
		struct path	here = { &in, key, 0 };

		c = map_find(&t->by_name, key);
		if (fk_reference(l, c, value, &here) == -1 &&
		    !loader_goes_on(l))
			return -1;
	}
	if (each_element(l, t, v, "foreign_keys", path, fk_element) == -1 ||
	    l->failed > before)
		return -1;
	json_each(json_member(v, "columns"), column, member) {
		struct path	here = { &in, column, 0 };
		struct path	index = { &here, "index", 0 };

		c = map_find(&t->by_name, column);
		c->indexed = c->fk != NULL && !is_led(t, c);
		if (check_key(l, c, &here) == -1 ||
		    resolve_generated(l, c, member, &here) == -1 ||
		    json_take_bool(member, "index", &c->indexed, &here,
		    l->err) == -1)
			return -1;
		if (c->fk != NULL && !c->indexed && !is_led(t, c) &&
		    warn(l, &index, "leave \"index\" out, and ddl makes one",
		    "each delete in %s reads all of %s, since %s has no index",
		    c->fk->target->name, t->name, c->name) == -1)
			return -1;
	}
	return 0;
}

/*
 * Tables, constraints and indexes of a schema share their names: no constraint
 * may have the name of a table.
 */
static int
reserve_names(struct loader *l)
{
	const struct table	*t;
	const char		*key;
	size_t			 i;

	for (i = 0; i < l->r->tables.n; i++) {
		t = l->r->tables.v[i];
		key = arena_printf(l->a, "%s.%s",
		    t->schema == NULL ? "" : t->schema, t->name);
		if (key == NULL || map_name(l->a, &l->constraints, key,
		    l->r->tables.v[i]) == -1)
			return nomem(l);
	}
	return 0;
}

int
resolve_keys(struct loader *l)
{
	if (reserve_names(l) == -1)
		return -1;
	if (loader_each(l, "models", resolve_uniques) == -1 ||
	    loader_each(l, "tables", resolve_uniques) == -1 ||
	    loader_each(l, "models", resolve_fks) == -1)
		return -1;
	return loader_each(l, "tables", resolve_fks);
}
