#ifndef ORMD_STOCK_H
#define ORMD_STOCK_H

#include <stdint.h>

#include "arena.h"
#include "map.h"
#include "model.h"
#include "rows.h"

/*
 * Generated keys that were drawn ahead, for new rows to which others refer.
 * Without it each batch of nested creates asks PostgreSQL for keys first, and
 * runs its units a second time with the answer.
 *
 * Only batches of several units use it: a lone client gets its keys in the
 * order in which it asks, and no gaps.  Keys grow old, for somebody may set the
 * sequence back meanwhile: those that are left after a second are forgotten, as
 * are all when a batch fails; its units are run again, each with new keys of
 * its own.
 */
struct key_stock {
	struct arena	arena;
	struct map	by_table;	/* struct key_shelf by quoted name */
	uint64_t	now_us;
};

void	key_stock_init(struct key_stock *);
void	key_stock_release(struct key_stock *);
/* What time it is, on a clock that does not go back. */
void	key_stock_age(struct key_stock *, uint64_t now_us);
void	key_stock_forget(struct key_stock *);

/* How many keys of the table to draw when so many are needed; not fewer. */
int64_t	key_stock_ahead(const struct key_stock *, const struct table *,
	    int64_t needed);
/* Keeps a key, as far as there is room. */
void	key_stock_put(struct key_stock *, const struct table *,
	    const struct cell *);
/* 1: *key is one, its bytes are in the arena.  0: none.  -1: no memory. */
int	key_stock_take(struct key_stock *, const struct table *,
	    struct arena *, struct cell *key);

#endif
