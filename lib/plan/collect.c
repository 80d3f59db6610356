/*
 * What a unit of work changes, as a list: inserts, updates, deletes.  Called by
 * batch_write.c through flush_add().  It refuses rows without a value that the
 * table demands, before anything is sent, and units that touch what another
 * unit of the batch touches.
 */
#include <stdlib.h>
#include <string.h>

#include "flush_parts.h"
#include "value.h"

int
change_add(struct flush *f, struct object *o, enum change_kind kind,
    const unsigned char *set, int level)
{
	struct change	c = { .kind = kind, .object = o, .table = o->table,
			    .set = set, .values = o->now, .level = level,
			    .number = f->changes.n };

	f->detours |= kind == CHANGE_VACATE || o->postponed != 0;
	return vec_push(f->arena, &f->changes, c);
}

/* A NOT NULL column without a value: refused here, with the place. */
static int
demand_value(const struct object *o, const struct column *c,
    struct error *err)
{
	const struct model	*model = o->table->model;
	const struct path	*path = o->paths[c->index];
	const char		*name = column_said(c);

	if (path == NULL && o->spec != NULL)
		path = o->spec->path;
	error_set(err, ERROR_NOT_NULL, path, "%s needs a value for %s",
	    model != NULL ? model->name : o->table->name,
	    name != NULL ? name : "a private column");
	memcpy(err->sqlstate, error_rows[ERROR_NOT_NULL].sqlstate,
	    sizeof("23502"));
	return error_about(err, model != NULL ? model->name : NULL, name);
}

/* A key that PostgreSQL alone makes is changed by nobody. */
static int
refuse_always(const struct object *o, const struct column *c,
    struct error *err)
{
	const struct model	*model = o->table->model;
	const char		*name = column_said(c);

	error_set(err, ERROR_INVALID_VALUE, o->paths[c->index],
	    "the database makes %s, and does not change it",
	    name != NULL ? name : "a private column");
	error_about(err, model != NULL ? model->name : NULL, name);
	return error_hint(err, "it is GENERATED ALWAYS AS IDENTITY");
}

/* V: the version after this one; 1 where there is none. */
static int
version_cell(struct arena *a, const struct column *c, const struct cell *was,
    struct cell *out, struct error *err)
{
	struct json	 next = { .sort = JSON_SORT_INTEGER, .integer = 1 };
	struct buf	 b;

	buf_init(&b, 0);
	if (was != NULL && was->n >= 0)
		value_write(&b, c, was);
	buf_putc(&b, '\0');
	if (b.broken) {
		buf_free(&b);
		return error_nomem(err);
	}
	if (b.n > 1)
		next.integer = strtoll(b.p, NULL, 10) + 1;
	buf_free(&b);
	return value_from_json(a, c, &next, out, NULL, err);
}

static int
circle(const struct object *o, struct error *err)
{
	error_set(err, ERROR_CYCLE, o->spec != NULL ? o->spec->path : NULL,
	    "these new rows of %s refer to each other in a circle",
	    o->table->name);
	return error_hint(err, "one of the foreign keys has to be nullable");
}

/* V: versions count from one. */
static int
version_first(struct flush *f, struct object *o, struct error *err)
{
	const struct model	*model = o->table->model;

	if (model == NULL || model->version == NULL)
		return 0;
	return version_cell(f->arena, model->version, NULL,
	    &o->now[model->version->index], err);
}

static int
insert_collect(struct flush *f, struct uow *u, struct object *o,
    struct error *err)
{
	const struct table	*table = o->table;
	const struct column	*c;
	unsigned char		*set, *later;
	bool			 any = false;
	int			 level;
	size_t			 i;

	if (version_first(f, o, err) == -1)
		return -1;
	if ((level = level_insert(u, o)) == LEVEL_WALKING)
		return circle(o, err);
	if (level == LEVEL_NOMEM)
		return error_nomem(err);
	set = arena_alloc(f->arena, table->columns.n);
	later = level_postponed(f, o);
	if (set == NULL || later == NULL)
		return error_nomem(err);
	for (i = 0; i < table->columns.n; i++) {
		c = table->columns.v[i];
		if (o->now[i].n >= 0) {
			set[i] = !later[i];
			any |= set[i];
		} else if (!c->nullable && c->default_sql == NULL &&
		    !c->generated)
			return demand_value(o, c, err);
	}
	/* U10: what is not given gets its default, also when that is null. */
	for (i = 0; !any && i < table->columns.n; i++)
		if (table->columns.v[i]->default_sql == NULL &&
		    !table->columns.v[i]->generated && !later[i])
			set[i] = any = true;
	if (table->key.n == 1 && !set[table->key.v[0]->index] &&
	    object_key_matters(u, o))
		o->told = f->keys_unknown = true;
	if (change_add(f, o, CHANGE_INSERT, set, level) == -1 ||
	    (o->postponed != 0 && change_add(f, o, CHANGE_UPDATE, later,
	    LEVEL_LAST) == -1))
		return error_nomem(err);
	return 0;
}

/* Will PostgreSQL give it this value by itself, with its parent's? */
static bool
is_followed(const struct object *o, const struct column *c)
{
	size_t	k;

	for (k = 0; k < FKS_MOST && o->followed >> k != 0; k++)
		if ((o->followed >> k & 1) && fk_has(o->table->fks.v[k], c))
			return true;
	return false;
}

static int
update_collect(struct flush *f, struct uow *u, struct object *o,
    struct error *err)
{
	const struct table	*table = o->table;
	const struct column	*version;
	unsigned char		*set;
	bool			 any = false;
	int			 level;
	size_t			 i;

	set = arena_alloc(f->arena, table->columns.n);
	if (set == NULL)
		return error_nomem(err);
	for (i = 0; i < table->columns.n; i++) {
		if (cell_equal(&o->now[i], &o->was[i]) ||
		    is_followed(o, table->columns.v[i]))
			continue;	/* U5, U12 */
		set[i] = 1;
		any = true;
		if (o->now[i].n < 0 && !table->columns.v[i]->nullable)
			return demand_value(o, table->columns.v[i], err);
		if (table->columns.v[i]->always)
			return refuse_always(o, table->columns.v[i], err);
	}
	if (!any)
		return 0;
	version = table->model != NULL ? table->model->version : NULL;
	if (version != NULL && !set[version->index]) {
		if (version_cell(f->arena, version, &o->was[version->index],
		    &o->now[version->index], err) == -1)
			return -1;
		set[version->index] = 1;
	}
	return (level = level_update(u, o)) == LEVEL_NOMEM ||
	    change_add(f, o, CHANGE_UPDATE, set, level) == -1 ?
	    error_nomem(err) : 0;
}

static int
blind_collect(struct flush *f, struct object *o, struct error *err)
{
	return change_add(f, o, CHANGE_LOCK, NULL, 0) == -1 ||
	    change_add(f, o, CHANGE_BLIND, NULL, 0) == -1 ?
	    error_nomem(err) : 0;
}

static int
bulk_collect(struct flush *f, struct uow *u, struct result *results,
    struct error *err)
{
	const struct bulk	*bulk;
	struct change		 c;
	size_t			 i;

	for (i = 0; i < u->bulks.n; i++) {
		bulk = &u->bulks.v[i];
		memset(&c, 0, sizeof(c));
		c.kind = CHANGE_BULK;
		c.object = bulk->parent;
		c.table = bulk->table;
		c.columns = bulk->columns;
		c.ncolumns = bulk->n;
		c.result = &results[bulk->parent->op];
		c.number = f->changes.n;
		if (vec_push(f->arena, &f->changes, c) == -1)
			return error_nomem(err);
	}
	return 0;
}

/* U4 for deletes: circles are opened by nulls, then the rows go. */
static int
delete_collect(struct flush *f, struct uow *u, struct object *o,
    struct error *err)
{
	unsigned char	*set;
	int		 level = level_delete(u, o);
	size_t		 i;

	if (level == LEVEL_NOMEM)
		return error_nomem(err);
	if (o->postponed != 0) {
		if ((set = level_postponed(f, o)) == NULL)
			return error_nomem(err);
		for (i = 0; i < o->table->columns.n; i++)
			if (set[i])
				o->now[i].n = -1;
		if (change_add(f, o, CHANGE_UPDATE, set, 0) == -1)
			return error_nomem(err);
	}
	return change_add(f, o, CHANGE_DELETE, NULL, level) == -1 ?
	    error_nomem(err) : 0;
}

/*
 * U6: a new object with the key of a deleted one takes over its row; columns
 * that it does not name stay.
 */
static int
replace_deleted(struct uow *u, struct object *o)
{
	const struct cell	*key;
	struct column *const	*columns;
	struct object		*old;
	size_t			 i, n;

	columns = identity_columns(o->table, &n);
	key = cells_pick(u->arena, o->now, columns, n);
	if (key == NULL || object_seek(u, o->table, key, &old) == -1)
		return -1;
	if (key_has_null(key, n) || old == NULL || old == o ||
	    !old->deleted || old->expunged || old->was == NULL)
		return 0;	/* or another new one has it already */
	o->is_new = false;
	o->was = old->was;
	for (i = 0; i < o->table->columns.n; i++)
		if (o->paths[i] == NULL && o->now[i].n < 0)
			o->now[i] = o->was[i];
	old->expunged = true;
	return 0;
}

int
flush_replace(struct uow *u)
{
	size_t	i;

	for (i = 0; i < u->objects.n; i++)
		if (u->objects.v[i]->is_new && !u->objects.v[i]->expunged &&
		    replace_deleted(u, u->objects.v[i]) == -1)
			return -1;
	return 0;
}

/* Who else of the batch touches this row?  Its key says so. */
static int
touch(struct flush *f, struct uow *u, const struct object *o)
{
	struct column *const	*columns;
	const struct cell	*key;
	struct key_bytes	 bytes;
	struct uow		*other;
	char			*p;
	size_t			 n;

	columns = identity_columns(o->table, &n);
	key = cells_pick(f->arena, o->was != NULL ? o->was : o->now, columns,
	    n);
	if (key == NULL || key_bytes(f->arena, key, n, &bytes) == -1 ||
	    (p = arena_raw(f->arena, sizeof(o->table) + bytes.n)) == NULL)
		return -1;
	if (key_has_null(key, n))
		return 0;
	memcpy(p, &o->table, sizeof(o->table));
	memcpy(p + sizeof(o->table), bytes.p, bytes.n);
	n = sizeof(o->table) + bytes.n;
	if ((other = map_get(&f->touched, p, n)) != NULL)
		return other != u;
	return map_put(f->arena, &f->touched, p, n, u) == -1 ? -1 : 0;
}

static int
touch_all(struct flush *f, struct uow *u, size_t from)
{
	size_t	i;
	int	r;

	for (i = from; i < f->changes.n; i++)
		if ((r = touch(f, u, f->changes.v[i].object)) != 0)
			return r;
	for (i = 0; i < u->end - u->first; i++)
		if (u->targets[i] != NULL &&
		    (r = touch(f, u, u->targets[i])) != 0)
			return r;
	return 0;
}

static void
changes_count(const struct flush *f, size_t from, struct result *results)
{
	const struct change	*c;
	struct result		*r;
	size_t			 i;

	for (i = from; i < f->changes.n; i++) {
		c = &f->changes.v[i];
		if (c->table->model == NULL || c->object->op == OP_NONE ||
		    c->object->unseen)
			continue;
		r = &results[c->object->op];
		if (r->deleted == NULL)
			continue;
		if (c->kind == CHANGE_DELETE || c->kind == CHANGE_BLIND)
			r->deleted[c->table->model->index]++;
		if (c->kind == CHANGE_UPDATE && !c->object->deleted)
			r->updated[c->table->model->index]++;
	}
}

static int
unit_collect(struct flush *f, struct uow *u, struct error *err)
{
	struct object	*o;
	size_t		 i;
	int		 r = 0;

	if (flush_replace(u) == -1)
		return error_nomem(err);
	for (i = 0; i < u->objects.n && r == 0; i++) {
		o = u->objects.v[i];
		if (o->expunged || o->absent)
			continue;
		if (o->is_new)
			r = insert_collect(f, u, o, err);
		else if (o->blind)
			r = blind_collect(f, o, err);
		else if (o->deleted)
			r = delete_collect(f, u, o, err);
		else if (o->was != NULL)
			r = update_collect(f, u, o, err);
	}
	return r;
}

int
flush_add(struct flush *f, struct uow *u, struct result *results,
    struct error *err)
{
	size_t	before = f->changes.n;
	int	r;

	if ((r = unit_collect(f, u, err)) == 0 &&
	    (r = bulk_collect(f, u, results, err)) == 0) {
		f->staged = stage_wanted(f, before);
		if ((r = vacate_collect(f, u, before)) == -1 || (f->staged &&
		    (r = stage_collect(f, u, before)) == -1) ||
		    (r = touch_all(f, u, before)) == -1)
			error_nomem(err);
	}
	if (r != 0)
		f->changes.n = before;
	else
		changes_count(f, before, results);
	return r;
}
