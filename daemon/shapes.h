#ifndef ORMD_SHAPES_H
#define ORMD_SHAPES_H

#include "call.h"
#include "loader.h"
#include "ormd.h"

/*
 * How to print and load a model's objects, for a caller with this sight.  What
 * is asked for often is compiled once per registry and kept with it; the rest
 * lives in the request's arena.  NULL with err; `path' is that of the params.
 */
const struct load *shapes_load(struct ormd *, struct ormd_model *,
	    struct arena *, const struct sight *, const struct model *,
	    const struct shaping *, const struct path *, struct error *);
/* The same, of nothing but the key; in the arena. */
const struct load *shapes_key(struct ormd *, struct arena *,
	    const struct sight *, const struct model *, struct error *);

#endif
