#ifndef ORMD_WHERE_H
#define ORMD_WHERE_H

#include "call.h"
#include "sql.h"

/* From begin to before end, in a text. */
struct piece {
	size_t			 begin, end;
};

/*
 * A condition of `where', as SQL text over the alias t0 with its parameters.
 * Each parameter is one scalar value (or, for `in', an array).  The first is
 * $1, or $2 where the statement begins with the caller's key (see sight.h).
 */
struct condition {
	const char		*sql;
	VEC(struct param)	 params;
	int			 tables;	/* besides the model's own */
	/*
	 * How many rows a range has, or a pattern, only its values tell.  The
	 * first column of the model's own that has one; NULL: none has.  And
	 * whether anything else has.
	 */
	const struct column	*range;
	bool			 ranges;
	/*
	 * The first `or' that has to hold as a whole and looks at other tables:
	 * where it stands in sql, and where each of its conditions does.
	 */
	struct piece		 either;
	VEC(struct piece)	 choices;
	/*
	 * The place in the request of the one value that only PostgreSQL can
	 * judge, since ormd does not know its type; "" when there are several,
	 * NULL when there is none.
	 */
	const char		*odd;
};

/* The member "where.M" of the schemas of rpc.discover; see schema.h. */
void	where_schema(struct buf *, const struct model *, enum access_class);

#endif
