#ifndef ORMD_GATHER_H
#define ORMD_GATHER_H

#include "uow.h"

/*
 * Fetches the facts that the units of a batch want: one statement for each
 * kind of question, with the keys of all units in one array.
 */
struct gather;

/* Keys drawn ahead go to the stock, if there is one. */
struct gather *gather_new(struct arena *, struct sql_cache *,
	    struct key_stock *);
/* Takes what a unit wants (its `wants' and key supplies); -1: no memory. */
int	gather_add(struct gather *, struct uow *);
int	gather_send(struct gather *, struct round *);
int	gather_take(struct gather *, size_t index, const struct answer *);

#endif
