/*
 * What PostgreSQL answers to a flush: generated keys, and which rows went by
 * the key of another.  Called by batch.c through flush_take().
 */
#include <stdlib.h>
#include <string.h>

#include "flush_parts.h"
#include "value.h"

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

/*
 * Rows that went by a parent's key are counted for whom they were; a key that
 * brought none back was not there.
 */
static int
away_take(struct flush *f, struct group *g, const struct answer *answer,
    struct error *err)
{
	struct change		*c;
	struct key_bytes	 key;
	struct map		 by_key;
	size_t			 i, n = g->columns.n;

	memset(&by_key, 0, sizeof(by_key));
	for (i = 0; i < g->n; i++) {
		const struct cell	*cells;

		c = &g->changes[i];
		cells = cells_pick(f->arena, c->object->now,
		    c->object->table->key.v, n);
		if (cells == NULL || key_bytes(f->arena, cells, n, &key) ==
		    -1 || map_put(f->arena, &by_key, key.p, key.n, c) == -1)
			return error_nomem(err);
		c->object->absent |= c->kind == CHANGE_BLIND;
	}
	for (i = 0; i < answer->nrows; i++) {
		if (key_bytes(f->arena, answer->cells + i * answer->ncols, n,
		    &key) == -1)
			return error_nomem(err);
		if ((c = map_get(&by_key, key.p, key.n)) == NULL)
			continue;
		if (c->kind == CHANGE_BLIND)
			c->object->absent = false;
		else if (c->table->model != NULL &&
		    c->result->deleted != NULL)
			c->result->deleted[c->table->model->index]++;
	}
	return 0;
}

int
flush_take(struct flush *f, size_t index, const struct answer *answer,
    struct error *err)
{
	struct group	*g = &f->groups.v[index];

	if (g->changes[0].kind == CHANGE_LOCK)
		return 0;
	if (g->changes[0].kind == CHANGE_BULK ||
	    g->changes[0].kind == CHANGE_BLIND)
		return away_take(f, g, answer, err);
	return g->returning == NULL ? 0 : keys_take(f, g, answer, err);
}
