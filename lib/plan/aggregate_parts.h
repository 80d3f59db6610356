#ifndef ORMD_AGGREGATE_PARTS_H
#define ORMD_AGGREGATE_PARTS_H

#include "aggregate.h"

/*
 * The inside of decoding `aggregate': aggregate.c (names, groups),
 * aggregate_function.c, aggregate_order.c.  All that return int give 0, or -1
 * with the refusal in reader->err.
 */
struct reader {
	struct decoder		*d;
	struct op		*op;
	struct aggregate	*aggregate;
	struct error		*err;
};

/* The relationships and the column that a name leads to. */
int	aggregate_way(struct reader *, struct way *, const char *name,
	    const struct path *);
/* A new member of a group; NULL with the refusal. */
struct output *aggregate_add(struct reader *, const char *name,
	    const struct path *);
/* The member of this name, or NULL. */
const struct output *aggregate_output(const struct reader *,
	    const char *name);
/* What the last output is outside: like a column, or (NULL) of a type. */
int	aggregate_column(struct reader *, struct output *,
	    const struct column *like, enum type_id);
/* Has the column's type neither order nor equality? */
bool	aggregate_is_json(const struct column *);

int	aggregate_functions(struct reader *, struct json *params);
int	aggregate_having(struct reader *, struct json *params);
int	aggregate_order(struct reader *, struct json *params);

#endif
