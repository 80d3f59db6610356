/*
 * How a request names an object that is stored: by primary key, or by a unique
 * set of columns.  Called by spec.c; it refuses nulls, columns that do not tell
 * one object from another, and values that do not fit.
 */
#include "hint.h"
#include "spec_parts.h"
#include "value.h"

static int
key_column(struct decoder *d, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	if (v == NULL)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "a key cannot be null");
	return value_from_json(d->arena, c, v, out, path, err);
}

bool
columns_are_told(enum access_class class, struct column *const *columns,
    size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (columns[i]->write_only ||
		    column_is_hidden(columns[i], class))
			return false;
	return true;
}

/* Nobody speaks of what is private; and guesses would find it. */
static int
key_refuse(const struct model *model, const struct path *path,
    struct error *err)
{
	error_set(err, ERROR_INVALID_VALUE, path,
	    "the key of %s is private", model->name);
	error_about(err, model->name, NULL);
	return error_hint(err, "name the columns of a unique constraint");
}

int
key_decode(struct decoder *d, const struct model *model,
    struct json *v, const struct cell **out, const struct path *path,
    struct error *err)
{
	const struct table	*table = model->table;
	struct cell		*cells;
	size_t			 i, n = table->key.n;

	if (!columns_are_told(d->call->sight.class, table->key.v, n))
		return key_refuse(model, path, err);
	if ((cells = arena_array(d->arena, n, sizeof(*cells))) == NULL)
		return error_nomem(err);
	*out = cells;
	if (n == 1 && !json_is_list(v))
		return key_column(d, table->key.v[0], v, &cells[0], path, err);
	if (!json_is_list(v) ||
	    json_length(v) != n) {
		error_set(err, ERROR_INVALID_VALUE, path, n > 1 ?
		    "the key of %s is a list of %zu values" :
		    "the key of %s is one value", model->name, n);
		error_about(err, model->name, NULL);
		return n > 1 ? hint_key(d, model, err) : -1;
	}
	for (i = 0; i < n; i++) {
		struct path	at = { path, NULL, (int)i };

		if (key_column(d, table->key.v[i],
		    json_at(v, i), &cells[i], &at, err) == -1)
			return -1;
	}
	return 0;
}

/* {"username": "riko"}: must be the key or a unique set of columns. */
static int
unique_decode(struct decoder *d, struct spec *spec, struct json *v,
    struct error *err)
{
	const struct model	*model = spec->model;
	const struct table	*table = model->table;
	const struct unique	*u = NULL;
	struct cell		*cells;
	size_t			 i, k, n = 0;

	json_each(v, key, member) {
		const struct attribute	*attr = model_attribute_for(model,
					    key, d->call->sight.class);
		struct path		 at = { spec->path, key, 0 };

		(void)member;
		if (attr == NULL || attr->kind != ATTRIBUTE_COLUMN ||
		    attr->column->is_private)
			return unknown_attribute(d, model, key, &at, err);
		n++;
	}
	for (i = 0; i < table->uniques.n && u == NULL; i++) {
		u = table->uniques.v[i];
		for (k = 0; u != NULL && k < u->columns.n; k++)
			if (u->columns.n != n ||
			    !json_has(v, u->columns.v[k]->name))
				u = NULL;
	}
	cells = arena_array(d->arena, n + 1, sizeof(*cells));
	if (cells == NULL)
		return error_nomem(err);
	for (k = 0; u == NULL && n == table->key.n && k < n; k++)
		if (!json_has(v, table->key.v[k]->name))
			break;
	if (u == NULL && (n != table->key.n || k < n)) {
		error_set(err, ERROR_INVALID_VALUE, spec->path,
		    "these columns do not tell one %s from another",
		    model->name);
		return hint_sets(d, model, err);
	}
	for (k = 0; k < n; k++) {
		const struct column	*c = u != NULL ? u->columns.v[k] :
					    table->key.v[k];
		struct path		 at = { spec->path, c->name, 0 };

		if (key_column(d, c, json_member(v, c->name), &cells[k], &at,
		    err) == -1)
			return -1;
	}
	if (u == NULL)
		spec->key = cells;
	spec->unique = u;
	spec->unique_values = cells;
	return 0;
}

int
spec_reference(struct decoder *d, struct spec *spec,
    struct json *v, struct error *err)
{
	if (json_is_object(v))
		return unique_decode(d, spec, v, err);
	if (key_decode(d, spec->model, v, &spec->key, spec->path, err) == 0)
		return 0;
	return json_is_string(v) ? hint_unique(d, spec->model, v, err) : -1;
}
