/*
 * The stock of generated keys.  Called by gather.c, which fills it, and by
 * identity.c, which takes from it; the daemon owns it.  It keeps numbers of
 * sequences only: other defaults may mean the moment at which they are asked.
 */
#include <string.h>

#include "stock.h"

enum {
	SHELF_KEYS = 1024,
	AHEAD_FACTOR = 8,	/* so many batches get on with one draw */
	FRESH_US = 1000000
};

/* Keys of one table, first in, first out. */
struct key_shelf {
	const char		*column;
	const struct type	*type;
	uint64_t		 since_us;	/* of the oldest */
	unsigned		 first, n;
	struct {
		char		 bytes[sizeof(int64_t)];
		int32_t		 n;
	}			 keys[SHELF_KEYS];
};

void
key_stock_init(struct key_stock *s)
{
	memset(s, 0, sizeof(*s));
	arena_init(&s->arena, 0);
}

void
key_stock_release(struct key_stock *s)
{
	arena_release(&s->arena);
	memset(&s->by_table, 0, sizeof(s->by_table));
}

void
key_stock_age(struct key_stock *s, uint64_t now_us)
{
	s->now_us = now_us;
}

void
key_stock_forget(struct key_stock *s)
{
	struct map_entry	*e;
	struct key_shelf	*shelf;

	map_each(e, &s->by_table) {
		shelf = e->value;
		shelf->n = 0;
	}
}

static bool
is_kept(const struct table *t)
{
	return t->key.n == 1 && t->key.v[0]->generated &&
	    t->key.v[0]->default_sql == NULL;
}

/* A reloaded model may mean another column by the same table. */
static struct key_shelf *
shelf_of(const struct key_stock *s, const struct table *t)
{
	struct key_shelf	*shelf;

	if (!is_kept(t) || (shelf = map_find(&s->by_table, t->quoted)) == NULL)
		return NULL;
	if (shelf->column == NULL || shelf->type != t->key.v[0]->type ||
	    strcmp(shelf->column, t->key.v[0]->name) != 0 ||
	    s->now_us - shelf->since_us > FRESH_US)
		shelf->n = 0;
	return shelf;
}

int64_t
key_stock_ahead(const struct key_stock *s, const struct table *t,
    int64_t needed)
{
	const struct key_shelf	*shelf = shelf_of(s, t);
	int64_t			 room = SHELF_KEYS -
				    (shelf == NULL ? 0 : shelf->n);
	int64_t			 more = needed * AHEAD_FACTOR;

	if (!is_kept(t))
		return needed;
	return needed + (more < room ? more : room);
}

/* Shelves stay for good; there is one for each table at most. */
static struct key_shelf *
shelf_new(struct key_stock *s, const struct table *t)
{
	struct key_shelf	*shelf = arena_alloc(&s->arena,
				    sizeof(*shelf));
	const char		*name = arena_strdup(&s->arena, t->quoted);

	if (shelf == NULL || name == NULL ||
	    map_name(&s->arena, &s->by_table, name, shelf) == -1)
		return NULL;
	return shelf;
}

void
key_stock_put(struct key_stock *s, const struct table *t,
    const struct cell *key)
{
	struct key_shelf	*shelf = shelf_of(s, t);
	unsigned		 at;

	if (!is_kept(t) || key->n < 0 ||
	    (size_t)key->n > sizeof(shelf->keys[0].bytes) ||
	    (shelf == NULL && (shelf = shelf_new(s, t)) == NULL) ||
	    shelf->n == SHELF_KEYS)
		return;
	if (shelf->n == 0) {
		if (shelf->column == NULL ||
		    strcmp(shelf->column, t->key.v[0]->name) != 0)
			shelf->column = arena_strdup(&s->arena,
			    t->key.v[0]->name);
		if (shelf->column == NULL)
			return;
		shelf->type = t->key.v[0]->type;
		shelf->since_us = s->now_us;
	}
	at = (shelf->first + shelf->n++) % SHELF_KEYS;
	memcpy(shelf->keys[at].bytes, key->p, (size_t)key->n);
	shelf->keys[at].n = key->n;
}

int
key_stock_take(struct key_stock *s, const struct table *t,
    struct arena *arena, struct cell *key)
{
	struct key_shelf	*shelf = shelf_of(s, t);
	char			*bytes;

	if (shelf == NULL || shelf->n == 0)
		return 0;
	key->n = shelf->keys[shelf->first].n;
	if ((bytes = arena_raw(arena, (size_t)key->n)) == NULL)
		return -1;
	key->p = memcpy(bytes, shelf->keys[shelf->first].bytes,
	    (size_t)key->n);
	shelf->first = (shelf->first + 1) % SHELF_KEYS;
	shelf->n--;
	return 1;
}
