#ifndef ORMD_NESTED_H
#define ORMD_NESTED_H

#include "call.h"
#include "where.h"

/*
 * `load': which members of a nested collection a reply shows, in which order,
 * and how many.  Decoded with the rest of the request; the compiled load is
 * made for the texts of it, the values come at run time.
 */
enum { NESTED_MOST = 64 };	/* collections that one request speaks of */

struct nested {
	const struct attribute	*attribute;
	const struct path	*path;
	/*
	 * What `where' and `order_by' speak of: the model of the members; for
	 * a proxy that of its objects, or the one that holds its values.
	 */
	const struct model	*model;
	struct condition	*where;		/* or NULL */
	VEC(struct order)	 order;		/* ends with the model's key;
						   empty: the collection's */
	VEC(struct order_join)	 joins;		/* that it leads through */
	int64_t			 limit;		/* 0: none */
	VEC(struct nested *)	 nested;	/* in what it leads to */
	int			 index;		/* in nesting->all */
};

struct nesting {
	struct nested		 top;		/* of the printed objects: has
						   only `nested' */
	VEC(struct nested *)	 all;
	/* Of equal text are those that one compiled load serves … */
	const char		*text;
	/* … and of equal values those that one statement serves. */
	const char		*values;
	size_t			 nvalues;
	struct param		 caller;	/* $1, if the sight has a key */
	bool			 has_caller;
};

/* Takes `load' from params; *out stays NULL without one.  0 or -1. */
int	nested_decode(struct decoder *, const struct model *,
	    struct json *params, const struct nesting **out,
	    const struct path *, struct error *);

#endif
