/*
 * Stands where PostgreSQL and lib/plan's loader are in the daemon: finds the
 * rows that a shape reaches among rows given as JSON.  It fills what the
 * loader promises in rows.h and no more: other cells stay unset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "serialize_kit.h"
#include "value.h"
#include "write.h"

enum { DEEPEST = 32 };

static struct row *load(struct kit *, const struct shape *,
		    struct json_object *);

void
kit_open(struct kit *k, const char *model, const char *given)
{
	struct error	err;

	memset(k, 0, sizeof(*k));
	arena_init(&k->arena, 0);
	k->registry = registry_load(model, strlen(model), &err);
	if (k->registry == NULL)
		fail_msg("%s: %s", err.path, err.message);
	if (given == NULL)
		return;
	k->given = json_tokener_parse(given);
	assert_non_null(k->given);
}

void
kit_close(struct kit *k)
{
	registry_free(k->registry);
	json_object_put(k->given);
	arena_release(&k->arena);
}

const struct model *
kit_model(const struct kit *k, const char *name)
{
	const struct model	*m = registry_model(k->registry, name);

	assert_non_null(m);
	return m;
}

static struct json_object *
given_rows(const struct kit *k, const struct table *t)
{
	struct json_object	*rows = NULL;

	json_object_object_get_ex(k->given, t->name, &rows);
	return rows;
}

static size_t
count(struct json_object *rows)
{
	return rows == NULL ? 0 : json_object_array_length(rows);
}

/* A cell as PostgreSQL would send it. */
static void
cell_fill(struct kit *k, const struct column *c, struct json_object *v,
    struct cell *cell)
{
	struct path	root = { 0 };
	struct error	err;
	struct json	*value;
	const char	*text;

	if (v == NULL) {
		cell->p = "";
		cell->n = -1;
		return;
	}
	if (c->type->json == JSON_RAW) {
		text = json_object_to_json_string_ext(v,
		    JSON_C_TO_STRING_SPACED);
		cell->p = arena_strdup(&k->arena, text);
		cell->n = (int32_t)strlen(text);
	} else if (c->type->id == TYPE_NUMERIC && c->scale > 0) {
		cell->p = arena_printf(&k->arena, "%.*f", (int)c->scale,
		    json_object_get_double(v));
		cell->n = (int32_t)strlen(cell->p);
	} else {
		text = json_object_to_json_string_ext(v,
		    JSON_C_TO_STRING_NOSLASHESCAPE);
		if (json_read(&k->arena, text, strlen(text), &value, &err) ==
		    -1 || value_from_json(&k->arena, c, value, cell, &root,
		    &err) == -1)
			fail_msg("%s: %s", c->name, err.message);
	}
}

static bool
is_equal(struct json_object *a, const struct column *ca,
    struct json_object *b, const struct column *cb)
{
	struct json_object	*x = json_object_object_get(a, ca->name);
	struct json_object	*y = json_object_object_get(b, cb->name);

	return x != NULL && json_object_equal(x, y);
}

/* Whether the target's row is on the other end of the relationship. */
static bool
is_related(const struct kit *k, const struct relationship *r,
    struct json_object *from, struct json_object *to)
{
	struct json_object	*links, *l;
	size_t			 i, c;

	if (r->secondary == NULL) {
		for (c = 0; c < r->local.n; c++)
			if (!is_equal(from, r->local.v[c], to, r->remote.v[c]))
				return false;
		return true;
	}
	links = given_rows(k, r->secondary);
	for (i = 0; i < count(links); i++) {
		l = json_object_array_get_idx(links, i);
		for (c = 0; c < r->local.n; c++)
			if (!is_equal(from, r->local.v[c], l,
			    r->near_columns.v[c]))
				break;
		if (c < r->local.n)
			continue;
		for (c = 0; c < r->remote.n; c++)
			if (!is_equal(to, r->remote.v[c], l,
			    r->far_columns.v[c]))
				break;
		if (c == r->remote.n)
			return true;
	}
	return false;
}

/*
 * The given rows are in the order of their keys; a relationship may say
 * descending.  Integers are enough of an order for what is given.
 */
static bool
goes_before(const struct relationship *r, struct json_object *a,
    struct json_object *b)
{
	const struct order_term	*term;
	int64_t			 x, y;
	size_t			 i;

	for (i = 0; i < r->order_by.n; i++) {
		term = &r->order_by.v[i];
		x = json_object_get_int64(json_object_object_get(a,
		    term->column->name));
		y = json_object_get_int64(json_object_object_get(b,
		    term->column->name));
		if (x != y)
			return (x < y) != term->descending;
	}
	return false;
}

static void
link_fill(struct kit *k, const struct shape *shape,
    const struct relationship *r, struct json_object *from, struct link *link)
{
	struct json_object	*rows = given_rows(k, r->target->table);
	struct json_object	**found, *to;
	size_t			 n = 0, i, at;

	found = arena_array(&k->arena, count(rows) + 1, sizeof(*found));
	for (i = 0; i < count(rows); i++) {
		to = json_object_array_get_idx(rows, i);
		if (!is_related(k, r, from, to))
			continue;
		for (at = n++; at > 0 && goes_before(r, to, found[at - 1]);
		    at--)
			found[at] = found[at - 1];
		found[at] = to;
	}
	link->rows = arena_array(&k->arena, n + 1, sizeof(*link->rows));
	for (link->n = 0; link->n < n; link->n++)
		link->rows[link->n] = load(k, shape, found[link->n]);
	link->loaded = true;
}

static void
row_fill(struct kit *k, struct row *row, struct cell *cells,
    struct json_object *from)
{
	const struct table		*t = row->shape->model->table;
	const struct shape_member	*m;
	const struct attribute		*at;
	size_t				 i;

	for (i = 0; i < t->key.n; i++)
		cell_fill(k, t->key.v[i], json_object_object_get(from,
		    t->key.v[i]->name), &cells[t->key.v[i]->index]);
	for (i = 0; i < row->shape->members.n; i++) {
		m = &row->shape->members.v[i];
		at = m->attribute;
		switch (at->kind) {
		case ATTRIBUTE_COLUMN:
			cell_fill(k, at->column, json_object_object_get(from,
			    at->column->name), &cells[at->column->index]);
			break;
		case ATTRIBUTE_RELATIONSHIP:
			link_fill(k, m->shape, at->relationship, from,
			    &row->links[at->relationship->index]);
			break;
		case ATTRIBUTE_PROXY:
			link_fill(k, m->via, at->proxy->through, from,
			    &row->via[at->proxy->index]);
			break;
		}
	}
}

/* One row per shape and object, so data in a circle ends. */
static struct row *
load(struct kit *k, const struct shape *shape, struct json_object *from)
{
	const struct model	*m = shape->model;
	struct row		*row;
	struct cell		*cells;
	const void		**key;

	key = arena_array(&k->arena, 2, sizeof(*key));
	key[0] = shape;
	key[1] = from;
	if ((row = map_get(&k->loaded, key, 2 * sizeof(*key))) != NULL)
		return row;
	row = arena_alloc(&k->arena, sizeof(*row));
	row->shape = shape;
	cells = arena_array(&k->arena, m->table->columns.n + 1,
	    sizeof(*cells));
	row->cells = cells;
	row->links = arena_array(&k->arena, m->relationships.n + 1,
	    sizeof(*row->links));
	row->via = arena_array(&k->arena, m->proxies.n + 1, sizeof(*row->via));
	map_put(&k->arena, &k->loaded, key, 2 * sizeof(*key), row);
	row_fill(k, row, cells, from);
	return row;
}

struct row *
kit_row(struct kit *k, const struct shape *shape, struct json_object *id)
{
	const struct table	*t = shape->model->table;
	struct json_object	*rows = given_rows(k, t), *row, *part;
	size_t			 i, c;

	for (i = 0; i < count(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		for (c = 0; c < t->key.n; c++) {
			part = json_object_is_type(id, json_type_array) ?
			    json_object_array_get_idx(id, c) : id;
			if (!json_object_equal(part, json_object_object_get(row,
			    t->key.v[c]->name)))
				break;
		}
		if (c == t->key.n)
			return load(k, shape, row);
	}
	return NULL;
}

static size_t
list_length(const char *const *list)
{
	size_t	n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

const struct shape *
kit_shape(struct kit *k, const char *model, const char *const *rules,
    const char *const *only, struct error *err)
{
	struct shape_rules	asked = { CLASS_ADMIN, rules,
				    list_length(rules), only,
				    list_length(only) };

	return shape_compile(&k->arena, kit_model(k, model), &asked, NULL, err);
}

const char *
kit_print(struct kit *k, const char *model, int id, const char *const *rules,
    const char *const *only, struct error *err)
{
	const struct shape	*shape = kit_shape(k, model, rules, only, err);
	struct json_object	*key = json_object_new_int(id);
	const char		*text = NULL;
	struct buf		 b;

	buf_init(&b, 0);
	if (shape != NULL && shape_write(&b, kit_row(k, shape, key), DEEPEST,
	    err) == 0)
		text = arena_strndup(&k->arena, b.p, b.n);
	buf_free(&b);
	json_object_put(key);
	return text;
}

char *
kit_file(const char *name)
{
	const char	*top = getenv("top_srcdir");
	char		 path[4096], *text = NULL;
	size_t		 cap = 0;
	FILE		*f;

	snprintf(path, sizeof(path), "%s/tests/%s", top == NULL ? "." : top,
	    name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	if (getdelim(&text, &cap, '\0', f) == -1)
		fail_msg("%s is empty", path);
	fclose(f);
	return text;
}
