/*
 * The flush: collects the changes of units of work, sorts them (U2: what is
 * referred to is inserted before what refers to it, and deleted after it;
 * within one table updates, inserts, deletes) and writes one statement for
 * each kind of change, with arrays.  Called by batch.c.  It refuses rows
 * without a value that the table demands, before anything is sent.
 */
#include <stdlib.h>
#include <string.h>

#include "flush.h"
#include "value.h"

enum change_kind { CHANGE_UPDATE, CHANGE_INSERT, CHANGE_DELETE };

struct change {
	enum change_kind	 kind;
	struct object		*object;
	const struct table	*table;
	const unsigned char	*set;		/* by column->index */
	int			 level;
	size_t			 number;	/* in the order of objects */
};

/* Changes that one statement makes. */
struct group {
	struct change		*changes;
	size_t			 n;
	VEC(const struct column *) columns;
	const struct column	*returning;
};

struct flush {
	struct arena		*arena;
	struct sql_cache	*sql;
	VEC(struct change)	 changes;
	VEC(struct group)	 groups;
	struct map		 touched;	/* by table and key: the unit */
	bool			 keys_unknown;
};

struct flush *
flush_new(struct arena *arena, struct sql_cache *sql)
{
	struct flush	*f = arena_alloc(arena, sizeof(*f));

	if (f != NULL) {
		f->arena = arena;
		f->sql = sql;
	}
	return f;
}

size_t
flush_statements(const struct flush *f)
{
	return f->groups.n;
}

bool
flush_knows_keys(const struct flush *f)
{
	return !f->keys_unknown;
}

/* The object of this unit that a foreign key leads to. */
static struct object *
referred(struct uow *u, const struct cell *row, const struct foreign_key *fk)
{
	struct object	*o;
	size_t		 i, k;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != fk->target || o->expunged)
			continue;
		for (k = 0; k < fk->columns.n; k++)
			if (row[fk->columns.v[k]->index].n < 0 || !cell_equal(
			    &row[fk->columns.v[k]->index],
			    &o->now[fk->references.v[k]->index]))
				break;
		if (k == fk->columns.n)
			return o;
	}
	return NULL;
}

enum { LEVEL_UNKNOWN = 0, LEVEL_WALKING = -1, LEVEL_LAST = 1 << 30 };

static bool
can_wait(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!fk->columns.v[i]->nullable)
			return false;
	return true;
}

/*
 * How many objects of this unit stand above this one, among tables that refer
 * to each other in a circle (a tree's own table): inserts go from the top
 * down.  Levels count from 1.  U4: where objects refer to each other, a
 * reference that may be null is postponed; -1 when none of them may.
 */
static int
insert_level(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	int				 level = 1, above;
	size_t				 i;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;	/* LEVEL_WALKING is -1, too */
	o->level = LEVEL_WALKING;
	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->target->rank != o->table->rank)
			continue;
		parent = referred(u, o->now, fk);
		if (parent == NULL || parent == o || !parent->is_new)
			continue;
		if ((above = insert_level(u, parent)) == -1) {
			if (!can_wait(fk)) {
				o->level = LEVEL_UNKNOWN;
				return -1;
			}
			o->postponed |= fk_bit(fk);
		} else if (above >= level)
			level = above + 1;
	}
	o->level = level;
	return level;
}

/*
 * The same for deletes, which go from the bottom up.  In a circle a reference
 * is nulled first.
 */
static int
delete_level(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	struct object			*parent;
	int				 level = 1, above;
	size_t				 i;

	if (o->level != LEVEL_UNKNOWN)
		return o->level;
	o->level = LEVEL_WALKING;
	for (i = 0; o->was != NULL && i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		if (fk->target->rank != o->table->rank)
			continue;
		parent = referred(u, o->was, fk);
		if (parent == NULL || parent == o || !parent->deleted)
			continue;
		above = delete_level(u, parent);
		if (above == -1 && can_wait(fk))
			o->postponed |= fk_bit(fk);
		else if (above >= level)
			level = above + 1;
	}
	o->level = level;
	return level;
}

/* The columns of the postponed references, by column->index. */
static unsigned char *
postponed_set(struct flush *f, const struct object *o)
{
	const struct table	*table = o->table;
	unsigned char		*set = arena_alloc(f->arena,
				    table->columns.n);
	size_t			 i, k;

	for (i = 0; set != NULL && i < table->fks.n && i < FKS_MOST; i++)
		for (k = 0; o->postponed >> i & 1 &&
		    k < table->fks.v[i]->columns.n; k++)
			set[table->fks.v[i]->columns.v[k]->index] = 1;
	return set;
}

static int
change_add(struct flush *f, struct object *o, enum change_kind kind,
    const unsigned char *set, int level)
{
	struct change	c = { kind, o, o->table, set, level, f->changes.n };

	return vec_push(f->arena, &f->changes, c);
}

/* A NOT NULL column without a value: refused here, with the place. */
static int
demand_value(const struct object *o, const struct column *c,
    struct error *err)
{
	const struct model	*model = o->table->model;
	const struct path	*path = o->paths[c->index];

	if (path == NULL && o->spec != NULL)
		path = o->spec->path;
	error_set(err, ERROR_NOT_NULL, path, "%s needs a value for %s",
	    model != NULL ? model->name : o->table->name, c->name);
	memcpy(err->sqlstate, error_rows[ERROR_NOT_NULL].sqlstate,
	    sizeof("23502"));
	return error_about(err, model != NULL ? model->name : NULL, c->name);
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
	if ((level = insert_level(u, o)) == -1)
		return circle(o, err);
	set = arena_alloc(f->arena, table->columns.n);
	later = postponed_set(f, o);
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
	if (table->key.n == 1 && !set[table->key.v[0]->index])
		f->keys_unknown = true;
	if (change_add(f, o, CHANGE_INSERT, set, level) == -1 ||
	    (o->postponed != 0 && change_add(f, o, CHANGE_UPDATE, later,
	    LEVEL_LAST) == -1))
		return error_nomem(err);
	return 0;
}

/* The level of an update: behind the new rows that it refers to. */
static int
update_level(struct uow *u, struct object *o)
{
	struct object	*parent;
	int		 level = 0, above;
	size_t		 i;

	for (i = 0; i < o->table->fks.n; i++) {
		if (o->table->fks.v[i]->target->rank != o->table->rank)
			continue;
		parent = referred(u, o->now, o->table->fks.v[i]);
		if (parent == NULL || !parent->is_new)
			continue;
		if ((above = insert_level(u, parent)) >= level)
			level = above + 1;
	}
	return level;
}

static int
update_collect(struct flush *f, struct uow *u, struct object *o,
    struct error *err)
{
	const struct table	*table = o->table;
	const struct column	*version;
	unsigned char		*set;
	bool			 any = false;
	size_t			 i;

	set = arena_alloc(f->arena, table->columns.n);
	if (set == NULL)
		return error_nomem(err);
	for (i = 0; i < table->columns.n; i++) {
		if (cell_equal(&o->now[i], &o->was[i]))
			continue;	/* U5 */
		set[i] = 1;
		any = true;
		if (o->now[i].n < 0 && !table->columns.v[i]->nullable)
			return demand_value(o, table->columns.v[i], err);
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
	return change_add(f, o, CHANGE_UPDATE, set, update_level(u, o)) == -1 ?
	    error_nomem(err) : 0;
}

/* U4 for deletes: circles are opened by nulls, then the rows go. */
static int
delete_collect(struct flush *f, struct uow *u, struct object *o,
    struct error *err)
{
	unsigned char	*set;
	int		 level = delete_level(u, o);
	size_t		 i;

	if (o->postponed != 0) {
		if ((set = postponed_set(f, o)) == NULL)
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
static void
replace_deleted(struct uow *u, struct object *o)
{
	const struct cell	*key;
	struct column *const	*columns;
	struct object		*old;
	size_t			 i, n;

	columns = identity_columns(o->table, &n);
	key = cells_pick(u->arena, o->now, columns, n);
	if (key == NULL || key_has_null(key, n) ||
	    (old = object_find(u, o->table, key)) == NULL || old == o ||
	    !old->deleted || old->was == NULL)
		return;
	o->is_new = false;
	o->was = old->was;
	for (i = 0; i < o->table->columns.n; i++)
		if (o->paths[i] == NULL && o->now[i].n < 0)
			o->now[i] = o->was[i];
	old->expunged = true;
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
		if (c->table->model == NULL || c->object->op == OP_NONE)
			continue;
		r = &results[c->object->op];
		if (r->deleted == NULL)
			continue;
		if (c->kind == CHANGE_DELETE)
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

	for (i = 0; i < u->objects.n; i++)
		if (u->objects.v[i]->is_new && !u->objects.v[i]->expunged)
			replace_deleted(u, u->objects.v[i]);
	for (i = 0; i < u->objects.n && r == 0; i++) {
		o = u->objects.v[i];
		if (o->expunged || o->absent)
			continue;
		if (o->is_new)
			r = insert_collect(f, u, o, err);
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
	    (r = touch_all(f, u, before)) == -1)
		error_nomem(err);
	if (r != 0)
		f->changes.n = before;
	else
		changes_count(f, before, results);
	return r;
}

/*
 * Inserts into one table share a statement, so that keys are drawn in the
 * order of the rows (U2): a column that one of them names is NULL in the
 * others, unless it has a default that NULL would hide (U10).
 */
static int
insert_compare(const struct change *a, const struct change *b)
{
	const struct column	*c;
	size_t			 i;

	for (i = 0; i < a->table->columns.n; i++) {
		c = a->table->columns.v[i];
		if ((c->default_sql != NULL || c->generated) &&
		    a->set[i] != b->set[i])
			return a->set[i] - b->set[i];
	}
	return 0;
}

static int
set_compare(const struct change *a, const struct change *b)
{
	switch (a->kind) {
	case CHANGE_INSERT:
		return insert_compare(a, b);
	case CHANGE_UPDATE:
		return memcmp(a->set, b->set, a->table->columns.n);
	case CHANGE_DELETE:
		break;
	}
	return 0;
}

/* The order of statements, then what may share one, then the order of rows. */
static int
change_compare(const void *x, const void *y)
{
	const struct change	*a = x, *b = y;
	bool			 adel = a->kind == CHANGE_DELETE;
	bool			 bdel = b->kind == CHANGE_DELETE;
	int			 c;

	if (adel != bdel)
		return adel ? 1 : -1;
	if ((c = a->table->rank - b->table->rank) != 0 ||
	    (c = a->level - b->level) != 0)
		return adel ? -c : c;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->table != b->table)
		return a->table->index - b->table->index;
	if ((c = set_compare(a, b)) != 0)
		return c;
	return a->number < b->number ? -1 : 1;
}

static bool
same_statement(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && a->table == b->table &&
	    a->level == b->level && set_compare(a, b) == 0;
}

static bool
names_column(const struct group *g, size_t index)
{
	size_t	i;

	for (i = 0; i < g->n; i++)
		if (g->changes[i].set[index])
			return true;
	return false;
}

/* The columns whose values the statement takes, keys first. */
static int
group_columns(struct flush *f, struct group *g)
{
	const struct change	*c = &g->changes[0];
	struct column *const	*identity;
	size_t			 i, n;

	identity = identity_columns(c->table, &n);
	for (i = 0; c->kind != CHANGE_INSERT && i < n; i++)
		if (vec_push(f->arena, &g->columns, identity[i]) == -1)
			return -1;
	for (i = 0; c->set != NULL && i < c->table->columns.n; i++)
		if (names_column(g, i) && vec_push(f->arena, &g->columns,
		    c->table->columns.v[i]) == -1)
			return -1;
	if (c->kind == CHANGE_INSERT && c->table->key.n == 1 &&
	    !c->set[c->table->key.v[0]->index])
		g->returning = c->table->key.v[0];
	return 0;
}

static void
insert_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;
	size_t			 i;

	buf_printf(b, "INSERT INTO %s(", table->quoted);
	for (i = 0; i < g->columns.n; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "",
		    g->columns.v[i]->quoted);
	buf_puts(b, ") SELECT ");
	for (i = 0; i < g->columns.n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, true);
	buf_puts(b, " ORDER BY v.n");
	if (g->returning != NULL)
		buf_printf(b, " RETURNING %s", g->returning->quoted);
}

static void
where_identity(struct buf *b, const struct group *g, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? " AND " : " WHERE ");
		sql_column(b, "t", g->columns.v[i]);
		buf_puts(b, " = ");
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
}

static void
update_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;
	size_t			 i, n;

	identity_columns(table, &n);
	buf_printf(b, "UPDATE %s AS t SET ", table->quoted);
	for (i = n; i < g->columns.n; i++) {
		buf_printf(b, "%s%s = ", i > n ? "," : "",
		    g->columns.v[i]->quoted);
		sql_element(b, "v.c", (int)i + 1, g->columns.v[i]);
	}
	buf_puts(b, " FROM ");
	sql_unnest(b, "v", g->columns.n, false);
	where_identity(b, g, n);
}

static void
delete_sql(struct buf *b, const struct group *g)
{
	const struct table	*table = g->changes[0].table;

	if (g->columns.n == 1) {
		buf_printf(b, "DELETE FROM %s AS t WHERE ", table->quoted);
		sql_column(b, "t", g->columns.v[0]);
		buf_puts(b, " = ANY(");
		sql_array(b, g->columns.v[0], 1);
		buf_putc(b, ')');
		return;
	}
	buf_printf(b, "DELETE FROM %s AS t USING ", table->quoted);
	sql_unnest(b, "v", g->columns.n, false);
	where_identity(b, g, g->columns.n);
}

static int
group_send(struct flush *f, struct group *g, struct round *round)
{
	static const struct cell null = { NULL, -1 };
	struct statement	 st = { NULL, NULL, (int)g->columns.n };
	const struct cell	**cells;
	const struct object	*o;
	struct buf		 b;
	size_t			 i, k, n = 0;

	buf_init(&b, 0);
	switch (g->changes[0].kind) {
	case CHANGE_INSERT:
		insert_sql(&b, g);
		break;
	case CHANGE_UPDATE:
		identity_columns(g->changes[0].table, &n);
		update_sql(&b, g);
		break;
	case CHANGE_DELETE:
		n = g->columns.n;
		delete_sql(&b, g);
		break;
	}
	cells = arena_array(f->arena, g->n, sizeof(*cells));
	st.params = arena_array(f->arena, g->columns.n, sizeof(*st.params));
	if ((st.sql = sql_intern(f->sql, &b)) == NULL || cells == NULL ||
	    st.params == NULL)
		return -1;
	for (k = 0; k < g->columns.n; k++) {
		for (i = 0; i < g->n; i++) {
			o = g->changes[i].object;
			/* A row is found by the key that it was stored with. */
			cells[i] = k < n && o->was != NULL ?
			    &o->was[g->columns.v[k]->index] :
			    &o->now[g->columns.v[k]->index];
			/* U4: what is postponed; another row names it. */
			if (g->changes[i].kind == CHANGE_INSERT &&
			    !g->changes[i].set[g->columns.v[k]->index])
				cells[i] = &null;
		}
		if (sql_array_param(f->arena, g->columns.v[k], cells, g->n,
		    &st.params[k]) == -1)
			return -1;
	}
	return vec_push(f->arena, &round->statements, st);
}

int
flush_send(struct flush *f, struct round *round)
{
	struct group	g;
	size_t		i;

	if (f->changes.n == 0)
		return 0;
	qsort(f->changes.v, f->changes.n, sizeof(*f->changes.v),
	    change_compare);
	for (i = 0; i < f->changes.n; i += g.n) {
		memset(&g, 0, sizeof(g));
		g.changes = &f->changes.v[i];
		while (i + g.n < f->changes.n &&
		    same_statement(g.changes, &g.changes[g.n]))
			g.n++;
		if (group_columns(f, &g) == -1 ||
		    group_send(f, &g, round) == -1 ||
		    vec_push(f->arena, &f->groups, g) == -1)
			return -1;
	}
	return 0;
}

struct returned {
	const struct column	*column;
	struct cell		 cell;
};

static int
returned_compare(const void *x, const void *y)
{
	const struct returned	*a = x, *b = y;

	return cell_compare(a->column, &a->cell, &b->cell);
}

/*
 * Generated keys.  The rows were inserted in our order, so the sequence gave
 * ascending keys in that order; RETURNING promises no order, so they are
 * sorted.
 */
static int
keys_take(struct flush *f, struct group *g, const struct answer *answer,
    struct error *err)
{
	struct returned	*keys;
	size_t		 i;

	keys = arena_array(f->arena, answer->nrows, sizeof(*keys));
	if (keys == NULL)
		return error_nomem(err);
	for (i = 0; i < answer->nrows; i++) {
		keys[i].column = g->returning;
		keys[i].cell = answer->cells[i * answer->ncols];
	}
	qsort(keys, answer->nrows, sizeof(*keys), returned_compare);
	for (i = 0; i < g->n; i++)
		g->changes[i].object->now[g->returning->index] = keys[i].cell;
	return 0;
}

int
flush_take(struct flush *f, size_t index, const struct answer *answer,
    struct error *err)
{
	struct group	*g = &f->groups.v[index];

	/* All rows are locked or new: anything else was done behind our back. */
	if (answer->affected != g->n) {
		error_set(err, ERROR_SERIALIZATION, NULL,
		    "rows of %s have changed meanwhile",
		    g->changes[0].table->name);
		return -1;
	}
	return g->returning == NULL ? 0 : keys_take(f, g, answer, err);
}
