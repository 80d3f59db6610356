/*
 * Second pass over a model file: uniques, foreign keys, indexes, and which
 * keys a sequence fills.  Called by registry_load() when all tables are known.
 * It refuses references to what is not unique, and keys whose types differ
 * (related rows are found by comparing bytes).
 */
#include <string.h>
#include <strings.h>

#include "load.h"
#include "name.h"

/* The name of a constraint on these columns, not yet taken. */
static const char *
constraint_name(struct loader *l, const struct table *t,
    struct column *const *columns, size_t n, const char *label)
{
	const char	*joined = NULL, *name, *key, *numbered = label;
	size_t		 i;
	int		 pass;

	for (i = 0; i < n; i++)
		if ((joined = joined == NULL ? columns[i]->name :
		    arena_printf(l->a, "%s_%s", joined,
		    columns[i]->name)) == NULL)
			return NULL;
	for (pass = 1;; pass++) {
		name = name_constraint(l->a, t->name, joined, numbered);
		if (name == NULL)
			return NULL;
		key = arena_printf(l->a, "%s.%s",
		    t->schema == NULL ? "" : t->schema, name);
		if (key == NULL)
			return NULL;
		switch (map_name(l->a, &l->relations, key, l->r)) {
		case 0:
			return name;
		case -1:
			return NULL;
		}
		numbered = arena_printf(l->a, "%s%d", label, pass);
		if (numbered == NULL)
			return NULL;
	}
}

static int
take_action(struct loader *l, struct json_object *v, const char *name,
    enum fk_action *out, const struct path *path)
{
	static const char *const	 words[] = { "no action", "restrict",
					    "cascade", "set null",
					    "set default", NULL };
	struct path			 here = { path, name, 0 };
	const char			*word;
	int				 i, r;

	if ((r = json_take_string(v, name, &word, path, l->err)) != 1)
		return r;
	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], word) == 0) {
			*out = (enum fk_action)i;
			return 0;
		}
	refuse(l, ERROR_INVALID_VALUE, &here, "%s cannot be %s", name, word);
	return hint_words(l, word, words) == -1 && *l->err->hint == '\0' ?
	    hint(l, "cascade, set null, set default, restrict or no action") :
	    -1;
}

/* "deferrable" and "initially". */
static int
take_deferral(struct loader *l, struct json_object *v, bool *deferrable,
    bool *deferred, const struct path *path)
{
	struct path	 here = { path, "initially", 0 };
	const char	*word = "immediate";
	int		 r;

	if ((r = json_take_bool(v, "deferrable", deferrable, path,
	    l->err)) == -1 ||
	    json_take_string(v, "initially", &word, path, l->err) == -1)
		return -1;
	if (strcasecmp(word, "immediate") != 0 &&
	    strcasecmp(word, "deferred") != 0) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "initially is deferred or immediate, not %s", word);
		return -1;
	}
	*deferred = strcasecmp(word, "deferred") == 0;
	if (*deferred && r == 1 && !*deferrable)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "what is not deferrable cannot be deferred");
	if (*deferred)
		*deferrable = true;
	return 0;
}

/* Is there a key or unique over exactly these columns, in any order? */
static bool
is_key_of(const struct table *t, struct column *const *columns, size_t n)
{
	struct column *const	*key = t->key.v;
	size_t			 nkey = t->key.n, i, j, k;

	for (k = 0;; k++) {
		for (i = 0; nkey == n && i < n; i++) {
			for (j = 0; j < n && columns[j] != key[i]; j++)
				;
			if (j == n)
				break;
		}
		if (nkey == n && i == n)
			return true;
		if (k == t->uniques.n)
			return false;
		key = t->uniques.v[k]->columns.v;
		nkey = t->uniques.v[k]->columns.n;
	}
}

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

/* Checks and enters a foreign key whose columns and references are set. */
static int
add_fk(struct loader *l, struct foreign_key *fk, const struct path *path)
{
	struct column	*c, *to;
	size_t		 i;

	fk->target = fk->references.v[0]->table;
	for (i = 0; i < fk->columns.n; i++) {
		c = fk->columns.v[i];
		to = fk->references.v[i];
		if (to->table != fk->target)
			return refuse(l, ERROR_INVALID_VALUE, path,
			    "a foreign key leads to one table, not to %s and "
			    "%s", fk->target->name, to->table->name);
		if (c->type->cell != to->type->cell ||
		    c->type->json != to->type->json ||
		    c->element != NULL || to->element != NULL) {
			refuse(l, ERROR_INVALID_VALUE, path,
			    "%s is %s, but %s.%s is %s", c->name, c->sql_type,
			    to->table->name, to->name, to->sql_type);
			return hint(l, "give both the same type");
		}
		if (!c->nullable && (fk->on_delete == FK_SET_NULL ||
		    fk->on_update == FK_SET_NULL) &&
		    warn(l, path, "make it nullable, or choose another action",
		    "%s.%s cannot be set null, as its foreign key wants",
		    fk->table->name, c->name) == -1)
			return -1;
	}
	if (!is_key_of(fk->target, fk->references.v, fk->references.n)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s.%s is no key of its table", fk->target->name,
		    fk->references.v[0]->name);
		return hint(l, "a foreign key leads to a primary key or to "
		    "unique columns");
	}
	fk->name = constraint_name(l, fk->table, fk->columns.v, fk->columns.n,
	    "fkey");
	if (fk->name == NULL ||
	    vec_push(l->a, &fk->table->fks, fk) == -1 ||
	    vec_push(l->a, &fk->target->referrers, fk) == -1)
		return nomem(l);
	if (fk->columns.n == 1 && fk->columns.v[0]->fk == NULL)
		fk->columns.v[0]->fk = fk;
	return 0;
}

/* What a foreign key says beside its columns. */
static int
take_fk_options(struct loader *l, struct foreign_key *fk,
    struct json_object *v, const struct path *path)
{
	if (take_action(l, v, "on_delete", &fk->on_delete, path) == -1 ||
	    take_action(l, v, "on_update", &fk->on_update, path) == -1)
		return -1;
	return take_deferral(l, v, &fk->deferrable, &fk->initially_deferred,
	    path);
}

/* "references" of a column. */
static int
resolve_reference(struct loader *l, struct column *c, struct json_object *v,
    const struct path *path)
{
	static const char *const	 beside[] = { "on_delete", "on_update",
					    "deferrable", "initially", NULL };
	struct path			 here = { path, "references", 0 };
	struct foreign_key		*fk;
	struct column			*to;
	const char			*word;
	int				 i, r;

	r = json_take_string(v, "references", &word, path, l->err);
	if (r == -1)
		return -1;
	if (r == 0) {
		for (i = 0; beside[i] != NULL; i++)
			if (json_member(v, beside[i]) != NULL) {
				here.key = beside[i];
				return refuse(l, ERROR_INVALID_VALUE, &here,
				    "%s needs references beside it",
				    beside[i]);
			}
		return 0;
	}
	if ((fk = arena_alloc(l->a, sizeof(*fk))) == NULL)
		return nomem(l);
	fk->table = c->table;
	if ((to = resolve_column(l, NULL, word, &here)) == NULL)
		return -1;
	if (vec_push(l->a, &fk->columns, c) == -1 ||
	    vec_push(l->a, &fk->references, to) == -1)
		return nomem(l);
	return take_fk_options(l, fk, v, path) == -1 ? -1 :
	    add_fk(l, fk, &here);
}

/* A required list of columns, named `name'. */
static int
take_columns(struct loader *l, struct json_object *v, const char *name,
    struct table *table, struct column ***to, size_t *n,
    const struct path *path)
{
	struct path		 here = { path, name, 0 };
	struct json_object	*list;

	switch (json_take_array(v, name, &list, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &here, "%s is missing", name);
	case -1:
		return -1;
	}
	return resolve_columns(l, table, list, to, n, &here);
}

/* One element of "foreign_keys". */
static int
resolve_fk(struct loader *l, struct table *t, struct json_object *v,
    const struct path *path)
{
	static const char *const	 allowed[] = { "columns", "references",
					    "on_delete", "on_update",
					    "deferrable", "initially", NULL };
	struct path			 here = { path, "references", 0 };
	struct foreign_key		*fk;
	struct column			**from, **to;
	size_t				 n, nto, i;

	if (!json_object_is_type(v, json_type_object))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a foreign key is an object, not %s", json_kind(v));
	if ((fk = arena_alloc(l->a, sizeof(*fk))) == NULL)
		return nomem(l);
	fk->table = t;
	if (json_allow(v, allowed, path, l->err) == -1 ||
	    take_columns(l, v, "columns", t, &from, &n, path) == -1 ||
	    take_columns(l, v, "references", NULL, &to, &nto, path) == -1 ||
	    take_fk_options(l, fk, v, path) == -1)
		return -1;
	if (n != nto)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%zu columns cannot refer to %zu", n, nto);
	for (i = 0; i < n; i++)
		if (vec_push(l->a, &fk->columns, from[i]) == -1 ||
		    vec_push(l->a, &fk->references, to[i]) == -1)
			return nomem(l);
	return add_fk(l, fk, &here);
}

/* Enters a unique over these columns. */
static int
add_unique(struct loader *l, struct table *t, struct column *const *columns,
    size_t n, bool deferrable, bool deferred)
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
	u->name = constraint_name(l, t, columns, n, "key");
	return u->name == NULL || vec_push(l->a, &t->uniques, u) == -1 ?
	    nomem(l) : 0;
}

/* One element of "unique": a list of columns, or an object that has one. */
static int
resolve_unique(struct loader *l, struct table *t, struct json_object *v,
    const struct path *path)
{
	static const char *const	 allowed[] = { "columns", "deferrable",
					    "initially", NULL };
	bool				 deferrable = false, deferred = false;
	struct column			**columns;
	size_t				 n;

	if (json_object_is_type(v, json_type_array)) {
		if (resolve_columns(l, t, v, &columns, &n, path) == -1)
			return -1;
	} else if (!json_object_is_type(v, json_type_object)) {
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a unique is a list of columns or an object, not %s",
		    json_kind(v));
	} else if (json_allow(v, allowed, path, l->err) == -1 ||
	    take_columns(l, v, "columns", t, &columns, &n, path) == -1 ||
	    take_deferral(l, v, &deferrable, &deferred, path) == -1) {
		return -1;
	}
	return add_unique(l, t, columns, n, deferrable, deferred);
}

typedef int resolve_one(struct loader *, struct table *, struct json_object *,
    const struct path *);

/* Calls resolve for each element of the list `name'. */
static int
each_element(struct loader *l, struct table *t, struct json_object *v,
    const char *name, const struct path *path, resolve_one *resolve)
{
	struct path		 here = { path, name, 0 };
	struct path		 element = { &here, NULL, 0 };
	struct json_object	*list;
	int			 n, r;

	if ((r = json_take_array(v, name, &list, path, l->err)) != 1)
		return r;
	n = (int)json_object_array_length(list);
	for (element.index = 0; element.index < n; element.index++)
		if (resolve(l, t, json_object_array_get_idx(list,
		    (size_t)element.index), &element) == -1)
			return -1;
	return 0;
}

static struct table *
section_table(struct loader *l, const char *name, struct json_object *v,
    const struct path *path)
{
	struct model	*m = NULL;
	const char	*schema = json_object_get_string(json_member(v,
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
resolve_uniques(struct loader *l, const char *name, struct json_object *v,
    const struct path *path)
{
	struct path	 in = { path, "columns", 0 };
	struct table	*t = section_table(l, name, v, path);
	struct column	*c;
	bool		 unique;

	if (t == NULL)
		return -1;
	if (t->key.n > 0 && (t->key_name = constraint_name(l, t, NULL, 0,
	    "pkey")) == NULL)
		return nomem(l);
	json_each(json_member(v, "columns"), key, value) {
		struct path	here = { &in, key, 0 };

		unique = false;
		if (json_take_bool(value, "unique", &unique, &here,
		    l->err) == -1)
			return -1;
		c = map_find(&t->by_name, key);
		if (unique && add_unique(l, t, &c, 1, false, false) == -1)
			return -1;
	}
	return each_element(l, t, v, "unique", path, resolve_unique);
}

/* Whether a sequence fills this column, which then has no default. */
static int
resolve_generated(struct loader *l, struct column *c, const struct path *path)
{
	struct path	here = { path, "type", 0 };
	const struct foreign_key *fk;
	bool		refers = false;
	size_t		i, j;

	for (i = 0; i < c->table->fks.n; i++) {
		fk = c->table->fks.v[i];
		for (j = 0; j < fk->columns.n; j++)
			refers = refers || fk->columns.v[j] == c;
	}
	if (type_is_serial(c->sql_type)) {
		if (!c->primary_key || c->default_sql != NULL || refers) {
			refuse(l, ERROR_INVALID_VALUE, &here,
			    "%s is for a primary key that refers to nothing "
			    "and has no default", c->sql_type);
			return hint(l, "make it %s", c->type->name);
		}
		c->sql_type = c->type->name;
		c->generated = true;
	} else if (c->primary_key && c->table->key.n == 1)
		c->generated = c->type->json == JSON_INTEGER &&
		    c->default_sql == NULL && !refers;
	return 0;
}

/* Foreign keys, and what follows from them for the columns. */
static int
resolve_fks(struct loader *l, const char *name, struct json_object *v,
    const struct path *path)
{
	struct path	 in = { path, "columns", 0 };
	struct table	*t = section_table(l, name, v, path);
	struct column	*c;

	json_each(json_member(v, "columns"), key, value) {
		struct path	here = { &in, key, 0 };

		c = map_find(&t->by_name, key);
		if (resolve_reference(l, c, value, &here) == -1)
			return -1;
	}
	if (each_element(l, t, v, "foreign_keys", path, resolve_fk) == -1)
		return -1;
	json_each(json_member(v, "columns"), column, member) {
		struct path	here = { &in, column, 0 };
		struct path	index = { &here, "index", 0 };

		c = map_find(&t->by_name, column);
		c->indexed = c->fk != NULL && !is_led(t, c);
		if (resolve_generated(l, c, &here) == -1 ||
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

int
resolve_keys(struct loader *l)
{
	if (loader_each(l, "models", resolve_uniques) == -1 ||
	    loader_each(l, "tables", resolve_uniques) == -1 ||
	    loader_each(l, "models", resolve_fks) == -1)
		return -1;
	return loader_each(l, "tables", resolve_fks);
}
