#ifndef ORMD_FINITE_H
#define ORMD_FINITE_H

#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "shape.h"

/*
 * Rule S3: rules must not print a relationship and then its way back without
 * end.  This is seen in the shapes, before any row is read.
 */

/* A cycle that was found, in words. */
struct endless {
	const struct model	*model;		/* where the cycle begins */
	const struct relationship *there, *back;
	char			 cycle[256];	/* A.b -> B.a -> A */
	char			 rule[256];	/* for a request: -x.b.a */
	char			 model_rule[256]; /* -b.a, for `model' */
};

/*
 * Looks at all shapes of a graph; shapes[i]->id must be i, shapes[0] is the
 * root.  1 and *found when they would print without end; else 0, and
 * shape->recursive is set where a shape is reached again below itself; -1 when
 * the arena (for scratch) is full.  rules.c calls this for every graph.
 */
int	shapes_endless(struct arena *, struct shape *const *shapes, size_t n,
	    struct endless *found);

/*
 * At load, before the registry is shared: holds every model's serialize_rules
 * and serialize_only against the models.  A positive rule that names nothing
 * is an error (-1, its path in the model file); a model whose objects would
 * print without end gets a warning in registry->warnings.
 */
int	registry_check_rules(struct registry *, struct error *);

#endif
