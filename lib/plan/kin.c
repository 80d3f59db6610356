/*
 * Who may belong to whom.  Looking through all objects of a unit for the
 * children of each of them would make a large unit quadratic; here objects are
 * filed by what leads away from them.  Called by members.c and link.c, and by
 * whoever changes a foreign key.
 *
 * There are three places to look: the stored rows that were asked for by the
 * parent's key, those that somebody has pointed at the parent, and those that
 * were given its key as a plain value.  They give candidates and never miss
 * one; who has been moved on meanwhile may be among them.
 */
#include <string.h>

#include "relate_parts.h"

/* Objects filed under one value. */
struct kin {
	VEC(struct object *)	 list;
};

/*
 * A map's key for these columns and values, whatever order they are named in;
 * p is NULL where a value is.
 */
static int
kin_key(struct uow *u, struct column *const *columns, size_t n,
    const struct cell *row, struct column *const *row_columns,
    struct key_bytes *out)
{
	struct key_bytes	 bytes;
	struct cell		*cells = arena_raw(u->arena,
				    n * sizeof(*cells));
	const struct column	**tags = arena_raw(u->arena,
				    n * sizeof(*tags));
	char			*p;
	size_t			 i, k;

	out->p = NULL;
	if (cells == NULL || tags == NULL)
		return error_nomem(u->err);
	for (i = 0; i < n; i++) {
		if (row[row_columns[i]->index].n < 0)
			return 0;
		for (k = i; k > 0 && tags[k - 1]->index > columns[i]->index;
		    k--) {
			tags[k] = tags[k - 1];
			cells[k] = cells[k - 1];
		}
		tags[k] = columns[i];
		cells[k] = row[row_columns[i]->index];
	}
	if (key_bytes(u->arena, cells, n, &bytes) == -1 || (p = arena_raw(
	    u->arena, n * sizeof(*tags) + bytes.n)) == NULL)
		return error_nomem(u->err);
	memcpy(p, tags, n * sizeof(*tags));
	memcpy(p + n * sizeof(*tags), bytes.p, bytes.n);
	out->p = p;
	out->n = n * sizeof(*tags) + bytes.n;
	return 0;
}

int
kin_point(struct uow *u, struct object *child, struct object *parent)
{
	return vec_push(u->arena, &parent->kin, child) == -1 ?
	    error_nomem(u->err) : 0;
}

int
kin_file(struct uow *u, struct object *child, struct column *const *columns,
    size_t n)
{
	struct key_bytes	 key;
	struct kin		*kin;

	if (kin_key(u, columns, n, child->now, columns, &key) == -1)
		return -1;
	if (key.p == NULL)
		return 0;
	if ((kin = map_get(&u->kin, key.p, key.n)) == NULL &&
	    ((kin = arena_alloc(u->arena, sizeof(*kin))) == NULL ||
	    map_put(u->arena, &u->kin, key.p, key.n, kin) == -1))
		return error_nomem(u->err);
	return vec_push(u->arena, &kin->list, child) == -1 ?
	    error_nomem(u->err) : 0;
}

int
kin_changed(struct uow *u, struct object *child, const struct column *c)
{
	const struct foreign_key	*fk;
	size_t				 i, k;

	for (i = 0; i < child->table->fks.n; i++) {
		fk = child->table->fks.v[i];
		for (k = 0; k < fk->columns.n && fk->columns.v[k] != c; k++)
			;
		if (k < fk->columns.n && kin_file(u, child, fk->columns.v,
		    fk->columns.n) == -1)
			return -1;
	}
	return 0;
}

/* Each once. */
static int
take_all(struct uow *u, struct object *const *list, size_t n,
    const struct table *table, struct members *out)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (list[i]->table != table || list[i]->mark == u->mark)
			continue;
		list[i]->mark = u->mark;
		if (vec_push(u->arena, &out->list, list[i]) == -1)
			return error_nomem(u->err);
	}
	return 0;
}

static int
take_filed(struct uow *u, const struct cell *row,
    struct column *const *columns, struct column *const *local, size_t n,
    struct members *out)
{
	struct key_bytes	 key;
	struct kin		*kin;

	if (row == NULL || u->kin.n == 0)
		return 0;
	if (kin_key(u, columns, n, row, local, &key) == -1)
		return -1;
	if (key.p == NULL || (kin = map_get(&u->kin, key.p, key.n)) == NULL)
		return 0;
	return take_all(u, kin->list.v, kin->list.n, columns[0]->table, out);
}

int
kin_of(struct uow *u, const struct object *o, const struct fact *f,
    struct column *const *columns, struct column *const *local, size_t n,
    struct members *out)
{
	const struct table	*table = columns[0]->table;

	u->mark++;
	if (f != NULL && take_all(u, f->objects.list.v, f->objects.list.n,
	    table, out) == -1)
		return -1;
	if (take_all(u, o->kin.v, o->kin.n, table, out) == -1 ||
	    take_filed(u, o->now, columns, local, n, out) == -1)
		return -1;
	return take_filed(u, o->was, columns, local, n, out);
}
