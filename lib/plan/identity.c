/*
 * The identity map of a unit of work and the facts it knows.  Called by the
 * rooms of the unit of work.  A row that is not known yet is noted as wanted:
 * the call returns 1 and the unit is run again when the row is there.
 */
#include <string.h>

#include "reach.h"
#include "rights.h"
#include "stock.h"
#include "value.h"

struct column *const *
identity_columns(const struct table *table, size_t *n)
{
	/* An association table may have no key: all its columns are one. */
	*n = table->key.n > 0 ? table->key.n : table->columns.n;
	return table->key.n > 0 ? table->key.v : table->columns.v;
}

const struct cell *
cells_pick(struct arena *a, const struct cell *row,
    struct column *const *columns, size_t n)
{
	struct cell	*cells;
	size_t		 i;

	if (n == 1)
		return &row[columns[0]->index];
	if ((cells = arena_raw(a, n * sizeof(*cells))) == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		cells[i] = row[columns[i]->index];
	return cells;
}

/* Map keys: a few pointers that say what it is, then the key's bytes. */
static int
tagged_key(struct arena *a, const void *const *tags, size_t ntags,
    const struct cell *cells, size_t n, struct key_bytes *out)
{
	struct key_bytes	 key;
	char			*p;

	if (key_bytes(a, cells, n, &key) == -1 ||
	    (p = arena_raw(a, ntags * sizeof(*tags) + key.n)) == NULL)
		return -1;
	memcpy(p, tags, ntags * sizeof(*tags));
	if (key.n > 0)
		memcpy(p + ntags * sizeof(*tags), key.p, key.n);
	out->p = p;
	out->n = ntags * sizeof(*tags) + key.n;
	return 0;
}

struct object *
object_new(struct uow *u, const struct table *table, const struct spec *spec)
{
	struct object	*o = arena_alloc(u->arena, sizeof(*o));
	size_t		 i;

	if (o == NULL || (o->now = arena_raw(u->arena, table->columns.n *
	    sizeof(*o->now))) == NULL)
		return NULL;
	o->paths = arena_array(u->arena, table->columns.n, sizeof(*o->paths));
	o->parents = arena_array(u->arena, table->fks.n, sizeof(*o->parents));
	if (o->paths == NULL || o->parents == NULL)
		return NULL;
	for (i = 0; i < table->columns.n; i++)
		o->now[i] = (struct cell){ NULL, -1 };
	o->table = table;
	o->spec = spec;
	o->is_new = true;
	o->order = (unsigned)u->objects.n;
	o->op = OP_NONE;
	return vec_push(u->arena, &u->objects, o) == -1 ? NULL : o;
}

int
fk_index(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->table->fks.n && i < FKS_MOST; i++)
		if (fk->table->fks.v[i] == fk)
			return (int)i;
	return -1;
}

uint64_t
fk_bit(const struct foreign_key *fk)
{
	int	i = fk_index(fk);

	return i == -1 ? 0 : (uint64_t)1 << i;
}

void
object_because(struct object *o, const char *rule,
    const struct relationship *rel)
{
	if (o->deleted || o->expunged)
		return;
	o->rule = rule;
	o->via = rel;
}

/* The tag says which objects: those of a table, mostly. */
static int
tagged_seek(struct uow *u, const void *tag, const struct table *table,
    const struct cell *key, struct object **out)
{
	struct key_bytes	 bytes;
	size_t			 n;

	identity_columns(table, &n);
	if (tagged_key(u->arena, &tag, 1, key, n, &bytes) == -1)
		return -1;
	*out = map_get(&u->identity, bytes.p, bytes.n);
	return 0;
}

int
object_seek(struct uow *u, const struct table *table, const struct cell *key,
    struct object **out)
{
	return tagged_seek(u, table, table, key, out);
}

static int
tagged_register(struct uow *u, const void *tag, struct object *o)
{
	struct column *const	*columns;
	const struct cell	*key;
	struct key_bytes	 bytes;
	size_t			 n;

	columns = identity_columns(o->table, &n);
	if ((key = cells_pick(u->arena, o->now, columns, n)) == NULL ||
	    tagged_key(u->arena, &tag, 1, key, n, &bytes) == -1 ||
	    map_put(u->arena, &u->identity, bytes.p, bytes.n, o) == -1)
		return error_nomem(u->err);
	return 0;
}

int
object_register(struct uow *u, struct object *o)
{
	return tagged_register(u, o->table, o);
}

static struct object *
tagged_ref(struct uow *u, const void *tag, const struct table *table,
    const struct cell *key)
{
	struct column *const	*columns;
	struct object		*o;
	size_t			 i, n;

	if (tagged_seek(u, tag, table, key, &o) == -1)
		return NULL;
	if (o != NULL)
		return o;
	if ((o = object_new(u, table, NULL)) == NULL)
		return NULL;
	o->is_new = false;
	columns = identity_columns(table, &n);
	for (i = 0; i < n; i++)
		o->now[columns[i]->index] = key[i];
	return tagged_register(u, tag, o) == -1 ? NULL : o;
}

/* An object that is stored, as far as anybody says; not loaded yet. */
struct object *
object_ref(struct uow *u, const struct table *table, const struct cell *key)
{
	return tagged_ref(u, table, table, key);
}

static bool
has_key(const struct object *o, const struct cell *key)
{
	struct column *const	*columns;
	size_t			 i, n;

	columns = identity_columns(o->table, &n);
	for (i = 0; i < n; i++)
		if (!cell_equal(&o->now[columns[i]->index], &key[i]))
			return false;
	return true;
}

int
object_given(struct uow *u, struct object *o)
{
	const struct column	*c;
	bool			 given = o->is_new;
	size_t			 i;

	for (i = 0; i < o->table->key.n; i++) {
		c = o->table->key.v[i];
		if (o->now[c->index].n < 0)
			return 0;
		given |= o->was != NULL && !cell_equal(&o->now[c->index],
		    &o->was[c->index]);
	}
	return given && i > 0 ? tagged_register(u, &o->table->columns, o) : 0;
}

int
object_named(struct uow *u, const struct table *table, const struct cell *key,
    enum lock lock, struct object **out)
{
	struct object	*given;
	int		 r;

	if ((*out = object_ref(u, table, key)) == NULL)
		return error_nomem(u->err);
	/* Two objects of one key: PostgreSQL will say so. */
	if ((*out)->key_drawn && (*out = tagged_ref(u, &table->key, table,
	    key)) == NULL)
		return error_nomem(u->err);
	if (tagged_seek(u, &table->columns, table, key, &given) == -1)
		return error_nomem(u->err);
	if (given == NULL || given->expunged || given->deleted ||
	    !has_key(given, key))
		return 0;
	if ((r = object_load(u, *out, lock)) != 0)
		return r;
	if ((*out)->absent || (*out)->deleted)
		*out = given;
	return 0;
}

/* Also when it is read again under a stronger lock: changes stay. */
static void
object_fill(struct object *o, const struct cell *row, enum lock lock)
{
	size_t	i;

	for (i = 0; i < o->table->columns.n; i++)
		if (o->was == NULL || cell_equal(&o->now[i], &o->was[i]))
			o->now[i] = row[i];
	o->was = row;
	o->lock = lock;
}

struct object *
object_of_row(struct uow *u, const struct table *table,
    const struct cell *row, enum lock lock)
{
	struct column *const	*columns;
	const struct cell	*key;
	struct object		*o;
	size_t			 n;

	columns = identity_columns(table, &n);
	if ((key = cells_pick(u->arena, row, columns, n)) == NULL ||
	    (o = object_ref(u, table, key)) == NULL)
		return NULL;
	if (!o->is_new && o->was == NULL)
		object_fill(o, row, lock);
	return o;
}

int
fact_get(struct uow *u, enum fact_kind kind, const struct table *table,
    struct column *const *columns, size_t n, const struct cell *cells,
    enum lock lock, struct fact **out)
{
	const void		*tags[3];
	struct key_bytes	 bytes;
	struct fact		*f;

	lock = reach_lock(u, lock);
	/* The list of columns is the model's own: it tells one way from another. */
	tags[0] = table;
	tags[1] = columns;
	tags[2] = (const void *)(uintptr_t)kind;
	if (tagged_key(u->arena, tags, 3, cells, n, &bytes) == -1)
		return error_nomem(u->err);
	f = map_get(&u->facts, bytes.p, bytes.n);
	if (f == NULL) {
		/* The cells may be an object's, which go on changing. */
		struct cell	*copy = arena_array(u->keep, n,
				    sizeof(*copy));

		if (copy == NULL ||
		    (f = arena_alloc(u->keep, sizeof(*f))) == NULL ||
		    tagged_key(u->keep, tags, 3, cells, n, &bytes) == -1 ||
		    map_put(u->keep, &u->facts, bytes.p, bytes.n, f) == -1)
			return error_nomem(u->err);
		f->kind = kind;
		f->table = table;
		f->columns = columns;
		f->n = n;
		memcpy(copy, cells, n * sizeof(*copy));
		f->cells = copy;
		f->lock = lock;
		/* Nobody refers to a key that is not made yet. */
		f->known = reach_made_up(u, cells, n);
		if (!f->known && !reach_ended(u) &&
		    vec_push(u->arena, &u->wants, f) == -1)
			return error_nomem(u->err);
	}
	if (f->lock < lock) {
		f->lock = lock;
		/* Read under less: it may have changed before the lock. */
		if (f->known && vec_push(u->arena, &u->wants, f) == -1)
			return error_nomem(u->err);
		f->known = false;
		f->rows.n = 0;
	}
	*out = f;
	if (f->known)
		return 0;
	u->missing = true;
	return 1;
}

int
object_load(struct uow *u, struct object *o, enum lock lock)
{
	struct column *const	*columns;
	const struct cell	*key;
	struct fact		*f;
	size_t			 n;
	int			 r;

	lock = reach_lock(u, lock);
	if (o->is_new || o->absent || (o->was != NULL && o->lock >= lock))
		return 0;
	columns = identity_columns(o->table, &n);
	/* The unit may have changed its key. */
	if ((key = cells_pick(u->arena, o->was != NULL ? o->was : o->now,
	    columns, n)) == NULL)
		return error_nomem(u->err);
	if ((r = fact_get(u, FACT_ROW, o->table, columns, n, key, lock,
	    &f)) != 0)
		return r;
	if (f->rows.n == 0)
		o->absent = true;
	else
		object_fill(o, f->rows.v[0], f->lock);
	return 0;
}

void
object_forget(struct object *o)
{
	struct column *const	*columns;
	size_t			 i, k, n;

	columns = identity_columns(o->table, &n);
	for (i = 0; i < o->table->columns.n; i++) {
		for (k = 0; k < n && columns[k] != o->table->columns.v[i]; k++)
			;
		if (k == n)
			o->now[i] = (struct cell){ NULL, -1 };
	}
	o->was = NULL;
}

int
object_demand(struct uow *u, struct object *o, enum lock lock,
    const struct path *path)
{
	int	r = object_load(u, o, lock);
	bool	seen = false;

	if (r != 0 || (!o->absent && (r = rights_see(u, o, &seen)) != 0))
		return r;
	if (seen)
		return 0;
	error_set(u->err, ERROR_NOT_FOUND, path, "there is no such %s",
	    o->table->model != NULL ? o->table->model->name : o->table->name);
	return error_about(u->err, o->table->model != NULL ?
	    o->table->model->name : NULL, NULL);
}

/* A key that was drawn ahead, if there is one. */
static int
stock_draw(struct uow *u, const struct table *table,
    struct key_supply *supply)
{
	struct cell	key;

	switch (key_stock_take(u->stock, table, u->keep, &key)) {
	case 0:
		return 0;
	case 1:
		if (vec_push(u->keep, &supply->cells, key) == 0)
			return 0;
	}
	return error_nomem(u->err);
}

/*
 * Others refer to this new object: its generated key has to be known before
 * it is inserted.
 */
int
object_need_key(struct uow *u, struct object *o)
{
	const struct table	*table = o->table;
	struct column		*c;
	struct key_supply	*supply;

	if (!o->is_new || table->key.n != 1)
		return 0;
	c = table->key.v[0];
	if (o->now[c->index].n >= 0 || (!c->generated &&
	    c->default_sql == NULL))
		return 0;
	if (reach_is_preview(u))
		return reach_make_up(u, &o->now[c->index]) == -1 ? -1 :
		    object_register(u, o);
	supply = map_get(&u->supplies, &table, sizeof(table));
	if (supply == NULL) {
		const struct table	**key = arena_alloc(u->keep,
					    sizeof(*key));

		if (key == NULL || (supply = arena_alloc(u->keep,
		    sizeof(*supply))) == NULL)
			return error_nomem(u->err);
		*key = table;
		if (map_put(u->keep, &u->supplies, key, sizeof(*key),
		    supply) == -1)
			return error_nomem(u->err);
	}
	if (supply->used == supply->cells.n && u->stock != NULL &&
	    stock_draw(u, table, supply) == -1)
		return -1;
	if (supply->used < supply->cells.n) {
		o->now[c->index] = supply->cells.v[supply->used++];
		o->key_drawn = true;
		return object_register(u, o);
	}
	if (!o->key_wanted)
		supply->wanted++;
	o->key_wanted = true;
	u->wants_keys = true;
	u->missing = true;
	return 1;
}
