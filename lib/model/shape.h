#ifndef ORMD_SHAPE_H
#define ORMD_SHAPE_H

#include "model.h"

/*
 * What of an object is printed: the compiled form of serialize rules.
 * lib/serialize makes shapes from rules, lib/plan loads what a shape needs,
 * lib/serialize writes rows by it.  A shape is read-only once made.
 *
 * Shapes form a graph: for a tree (children of children …) a member's shape
 * leads back to one that contains it.
 */
struct shape;
struct rule_node;

struct shape_member {
	const struct attribute	*attribute;
	/*
	 * What stands before the value: `{"key":' for the first member,
	 * `,"key":' for the others.  For lib/serialize's writer.
	 */
	const char		*label;
	size_t			 nlabel;
	/*
	 * For a json column that rules reach into: which of its keys are
	 * printed.  NULL: the whole value.
	 */
	const struct rule_node	*filter;
	/*
	 * For a relationship: the shape of what it leads to.  For a proxy: the
	 * shape of its values (NULL when they are values of a column).
	 */
	const struct shape	*shape;
	/*
	 * For a proxy only: how its values are reached.  `via' is a shape of
	 * the association object (the target of proxy->through) with the one
	 * member proxy->attribute; it loads but is not itself printed.
	 */
	const struct shape	*via;
};

struct shape {
	const struct model	*model;
	VEC(struct shape_member) members;	/* in printing order */
	/*
	 * Where this shape is reached again below itself (a tree), so that
	 * rows have to be watched for circles.
	 */
	bool			 recursive;
	bool			 flat;		/* of columns only */
	int			 id;		/* small, unique in its graph */
};

#endif
