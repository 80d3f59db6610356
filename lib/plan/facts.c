/*
 * The facts that a unit of work knows: stored rows, and keys that were drawn.
 * Called by the rooms of the unit of work.  What is not known yet is noted as
 * wanted: the call returns 1 and the unit is run again when it is there.
 */
#include <string.h>

#include "reach.h"
#include "rights.h"
#include "stock.h"
#include "value.h"

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
	/* The list of columns is the model's own: it tells ways apart. */
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
