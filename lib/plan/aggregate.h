#ifndef ORMD_AGGREGATE_H
#define ORMD_AGGREGATE_H

#include "call.h"
#include "where.h"

/*
 * `aggregate': functions over the objects that match, or over what is related
 * to them, one result for each group.  Decoded with the rest of the request;
 * read-only once made.
 */
enum {
	AGGREGATE_GROUPS = 16,
	AGGREGATE_FUNCTIONS = 32,
	AGGREGATE_STEPS = 16	/* relationships in one name */
};

enum function {
	FUNCTION_COUNT, FUNCTION_COUNT_DISTINCT, FUNCTION_SUM, FUNCTION_AVG,
	FUNCTION_MIN, FUNCTION_MAX,
	FUNCTIONS
};

/* "user.username": relationships, and the column at their end. */
struct way {
	VEC(const struct relationship *) steps;
	const struct model	*model;		/* at the end */
	const struct column	*column;	/* NULL: its objects */
	size_t			 fan;		/* steps up to the last that
						   may lead to several; 0: each
						   leads to one */
};

/* One member of a group, as the client has named it. */
struct output {
	const char		*name;
	struct column		 column;	/* "c0", "c1" …: its type */
	bool			 is_group;	/* else a function */
	enum function		 function;
	bool			 has_way;	/* `count' of rows has none */
	struct way		 way;
	size_t			 source;	/* 0: the objects themselves;
						   n: sources[n - 1] of the
						   aggregate */
};

struct group_order {
	const struct output	*output;
	bool			 descending;
};

struct aggregate {
	VEC(struct output *)	 outputs;	/* groups, then functions */
	size_t			 ngroups;
	/* Ways of which the steps up to `fan' lead to related rows. */
	VEC(const struct way *)	 sources;
	struct condition	*having;	/* or NULL */
	VEC(struct group_order)	 order;		/* ends with all is_group */
};

struct answer;
struct result;

/* What PostgreSQL computes with, also where values travel in a wider form. */
const struct type *aggregate_type(const struct column *);
int	aggregate_decode(struct decoder *, struct op *, struct json *params,
	    struct error *);
/* The groups of an answer to query_aggregate().  0, or -1 out of memory. */
int	aggregate_take(struct arena *, const struct op *,
	    const struct answer *, struct result *);

#endif
