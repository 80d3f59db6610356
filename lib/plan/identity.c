/*
 * The identity map of a unit of work: one object for each row, however it is
 * spoken of.  Called by the rooms of the unit of work.
 */
#include <string.h>

#include "uow.h"
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

int
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

/* Is it still one that this key means? */
static bool
stands_for(const struct object *o, const struct cell *key)
{
	return !o->expunged && !o->deleted && has_key(o, key);
}

/* Where it stands who has been given this key; NULL in it: nobody yet. */
static int
given_place(struct uow *u, const struct table *table, const struct cell *key,
    struct object ***place)
{
	const void		*tag = table;
	struct key_bytes	 bytes;
	size_t			 n;

	identity_columns(table, &n);
	if (tagged_key(u->arena, &tag, 1, key, n, &bytes) == -1)
		return -1;
	if ((*place = map_get(&u->given, bytes.p, bytes.n)) != NULL)
		return 0;
	if ((*place = arena_alloc(u->arena, sizeof(**place))) == NULL)
		return -1;
	return map_put(u->arena, &u->given, bytes.p, bytes.n, *place);
}

/* Who comes after one that is gone, or has another key by now, takes over. */
static int
given_register(struct uow *u, struct object *o)
{
	struct column *const	*columns;
	const struct cell	*key;
	struct object		**place;
	size_t			 n;

	columns = identity_columns(o->table, &n);
	if ((key = cells_pick(u->arena, o->now, columns, n)) == NULL ||
	    given_place(u, o->table, key, &place) == -1)
		return error_nomem(u->err);
	if (*place == NULL || !stands_for(*place, key))
		*place = o;
	return 0;
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
	return given && i > 0 ? given_register(u, o) : 0;
}

int
object_named(struct uow *u, const struct table *table, const struct cell *key,
    enum lock lock, struct object **out)
{
	struct object	**given;
	int		  r;

	if ((*out = object_ref(u, table, key)) == NULL)
		return error_nomem(u->err);
	/* Two objects of one key: PostgreSQL will say so. */
	if ((*out)->key_drawn && (*out = tagged_ref(u, &table->key, table,
	    key)) == NULL)
		return error_nomem(u->err);
	if (u->given.n == 0)
		return 0;
	if (given_place(u, table, key, &given) == -1)
		return error_nomem(u->err);
	if (*given == NULL || !stands_for(*given, key))
		return 0;
	if ((r = object_load(u, *out, lock)) != 0)
		return r;
	if ((*out)->absent || (*out)->deleted || (*out)->expunged)
		*out = *given;
	return 0;
}
