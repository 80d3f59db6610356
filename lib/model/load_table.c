/*
 * First pass over a model file: tables, models and their column attributes,
 * primary keys.  Called by registry_load().  It refuses unknown members,
 * tables that are defined twice, attributes whose names clients could not
 * write, and keys over columns that are not there.
 */
#include <string.h>

#include "load.h"
#include "name.h"

enum {
	TABLES_MOST = 2000,
	COLUMNS_MOST = 1600		/* PostgreSQL's own limit */
};

/* What a model may have; a table has the part from "schema" on. */
static const char *const model_keys[] = { "table", "relationships",
	"association_proxies", "serialize_rules", "serialize_only",
	"serialize_proxies", "orphan", "version", "password", "access",
	"schema", "columns", "primary_key", "unique", "foreign_keys", "checks",
	"comment", NULL };
static const char *const *const table_keys = model_keys + 10;

/* 0, or -1 when clients could not write the name of this attribute. */
static int
check_attribute_name(struct loader *l, const char *name,
    const struct path *path)
{
	if (load_name(l, "attribute", name, path) == -1)
		return -1;
	if (*name == '$' || *name == '-' || strchr(name, '.') != NULL) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "an attribute cannot be called %s", name);
		return hint(l, "no $ or - at its start, and no dot in it");
	}
	if (strcmp(name, "and") == 0 || strcmp(name, "or") == 0 ||
	    strcmp(name, "not") == 0)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s is a word of where and no name of an attribute", name);
	return 0;
}

int
load_attribute(struct loader *l, struct model *m, struct attribute *attribute,
    const struct path *path)
{
	if (check_attribute_name(l, attribute->name, path) == -1)
		return -1;
	switch (map_name(l->a, &m->by_name, attribute->name, attribute)) {
	case 1:
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s has two attributes called %s", m->name,
		    attribute->name);
	case -1:
		return nomem(l);
	}
	return vec_push(l->a, &m->attributes, attribute) == -1 ? nomem(l) : 0;
}

/* "primary_key": [columns] of the table. */
static int
load_key(struct loader *l, struct table *t, struct json *v,
    const struct path *path)
{
	struct path		 here = { path, "primary_key", 0 };
	struct path		 element = { &here, NULL, 0 };
	struct json	*list;
	struct column		*c;
	size_t			 i;
	int			 r;

	if ((r = loader_strings(l, v, "primary_key", &list, path)) != 1)
		return r;
	if (t->key.n > 0)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "the primary key is named twice: here and at %s",
		    t->key.v[0]->name);
	for (i = 0; i < json_length(list); i++) {
		element.index = (int)i;
		c = resolve_column(l, t, json_string(
		    json_at(list, i)), &element);
		if (c == NULL)
			return -1;
		if (c->table != t || c->primary_key)
			return refuse(l, ERROR_INVALID_VALUE, &element,
			    c->table != t ? "%s is a column of another table" :
			    "%s is named twice", c->name);
		c->primary_key = true;
		c->nullable = false;
		if (vec_push(l->a, &t->key, c) == -1)
			return nomem(l);
	}
	return 0;
}

static int
load_checks(struct loader *l, struct table *t, struct json *v,
    const struct path *path)
{
	struct json	*list;
	size_t			 i;
	int			 r;

	if ((r = loader_strings(l, v, "checks", &list, path)) != 1)
		return r;
	for (i = 0; i < json_length(list); i++)
		if (vec_push(l->a, &t->checks, json_string(
		    json_at(list, i))) == -1)
			return nomem(l);
	return 0;
}

/* Enters the table under "schema.name", or its name where it has no schema. */
static int
register_table(struct loader *l, struct table *t, const struct path *path)
{
	const char	*key = t->name, *schema;

	if ((t->quoted = name_quote(l->a, t->name)) == NULL)
		return nomem(l);
	if (t->schema != NULL) {
		key = arena_printf(l->a, "%s.%s", t->schema, t->name);
		schema = name_quote(l->a, t->schema);
		if (key == NULL || schema == NULL || (t->quoted =
		    arena_printf(l->a, "%s.%s", schema, t->quoted)) == NULL)
			return nomem(l);
	}
	if (l->r->tables.n == TABLES_MOST)
		return refuse(l, ERROR_LIMIT, path,
		    "a model file has at most %d tables", TABLES_MOST);
	t->index = (int)l->r->tables.n;
	switch (map_name(l->a, &l->r->tables_by_name, key, t)) {
	case 1:
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "the table %s is there twice", key);
	case -1:
		return nomem(l);
	}
	return vec_push(l->a, &l->r->tables, t) == -1 ? nomem(l) : 0;
}

static struct table *
load_table(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "columns", 0 };
	struct path		 schema = { path, "schema", 0 };
	struct json	*columns;
	struct table		*t;
	size_t			 before = l->failed;

	if ((t = arena_alloc(l->a, sizeof(*t))) == NULL) {
		nomem(l);
		return NULL;
	}
	t->name = name;
	if (json_take_string(v, "comment", &t->comment, path, l->err) == -1 ||
	    json_take_string(v, "schema", &t->schema, path, l->err) == -1 ||
	    (t->schema != NULL &&
	    load_name(l, "schema", t->schema, &schema) == -1))
		return NULL;
	switch (json_take_object(v, "columns", &columns, path, l->err)) {
	case 0:
		refuse(l, ERROR_REQUIRED, &in, "table %s has no columns",
		    name);
		return NULL;
	case -1:
		return NULL;
	}
	json_each(columns, key, value) {
		struct path	here = { &in, key, 0 };

		if (load_column(l, t, key, value, &here) == -1 &&
		    !loader_goes_on(l))
			return NULL;
	}
	if (l->failed > before)
		return NULL;
	if (t->columns.n == 0 || t->columns.n > COLUMNS_MOST) {
		refuse(l, ERROR_INVALID_VALUE, &in,
		    "a table has 1 to %d columns", COLUMNS_MOST);
		return NULL;
	}
	return load_key(l, t, v, path) == -1 ||
	    load_checks(l, t, v, path) == -1 ? NULL : t;
}

static int
load_plain_table(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct table	*t;

	if (!json_is_object(v))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a table is an object, not %s", json_kind(v));
	if (load_name(l, "table", name, path) == -1 ||
	    json_allow(v, table_keys, path, l->err) == -1 ||
	    (t = load_table(l, name, v, path)) == NULL)
		return -1;
	return register_table(l, t, path);
}

/* What a model says about itself, beside its table. */
static int
load_options(struct loader *l, struct model *m, struct json *v,
    const struct path *path)
{
	struct path	 orphan_path = { path, "orphan", 0 };
	struct path	 version_path = { path, "version", 0 };
	const char	*orphan = NULL, *version = NULL;

	if (json_take_bool(v, "serialize_proxies", &m->serialize_proxies,
	    path, l->err) == -1 ||
	    json_take_string(v, "orphan", &orphan, path, l->err) == -1 ||
	    json_take_string(v, "version", &version, path, l->err) == -1)
		return -1;
	if (orphan != NULL) {
		if (strcmp(orphan, "all") != 0 && strcmp(orphan, "any") != 0) {
			refuse(l, ERROR_INVALID_VALUE, &orphan_path,
			    "orphan is any or all, not %s", orphan);
			return hint(l, "any: let go by one parent is enough");
		}
		m->orphan_all = strcmp(orphan, "all") == 0;
	}
	if (version == NULL)
		return 0;
	m->version = resolve_column(l, m->table, version, &version_path);
	if (m->version == NULL)
		return -1;
	if (m->version->type->json != JSON_INTEGER ||
	    m->version->primary_key || m->version->table != m->table)
		return refuse(l, ERROR_INVALID_VALUE, &version_path,
		    "a version is an integer column of the table and not its "
		    "key");
	return 0;
}

static int
load_attributes(struct loader *l, struct model *m, const struct path *path)
{
	struct path		 in = { path, "columns", 0 };
	struct path		 here = { &in, NULL, 0 };
	struct attribute	*attribute;
	size_t			 i;

	for (i = 0; i < m->table->columns.n; i++) {
		if (m->table->columns.v[i]->is_private)
			continue;
		attribute = arena_alloc(l->a, sizeof(*attribute));
		if (attribute == NULL)
			return nomem(l);
		attribute->kind = ATTRIBUTE_COLUMN;
		attribute->column = m->table->columns.v[i];
		here.key = attribute->name = attribute->column->name;
		if (load_attribute(l, m, attribute, &here) == -1)
			return -1;
	}
	return 0;
}

static int
load_model(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 table_path = { path, "table", 0 };
	struct path	 key = { path, "primary_key", 0 };
	const char	*table = NULL;
	struct model	*m;

	if (!json_is_object(v))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a model is an object, not %s", json_kind(v));
	if (load_name(l, "model", name, path) == -1 ||
	    json_allow(v, model_keys, path, l->err) == -1)
		return -1;
	switch (json_take_string(v, "table", &table, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &table_path,
		    "model %s has no table", name);
	case -1:
		return -1;
	}
	if (load_name(l, "table", table, &table_path) == -1)
		return -1;
	if ((m = arena_alloc(l->a, sizeof(*m))) == NULL)
		return nomem(l);
	m->name = name;
	m->index = (int)l->r->models.n;
	if ((m->table = load_table(l, table, v, path)) == NULL ||
	    register_table(l, m->table, &table_path) == -1)
		return -1;
	m->table->model = m;
	if (m->table->key.n == 0) {
		refuse(l, ERROR_REQUIRED, &key, "model %s has no primary key",
		    name);
		return hint(l, "\"primary_key\": true at a column, or a list "
		    "of columns here");
	}
	if (vec_push(l->a, &l->r->models, m) == -1 ||
	    map_name(l->a, &l->r->models_by_name, name, m) == -1)
		return nomem(l);
	return load_options(l, m, v, path) == -1 ? -1 :
	    load_attributes(l, m, path);
}

int
load_tables(struct loader *l)
{
	if (loader_each(l, "models", load_model) == -1)
		return -1;
	return loader_each(l, "tables", load_plain_table);
}
