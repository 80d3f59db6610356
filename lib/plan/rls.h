#ifndef ORMD_RLS_H
#define ORMD_RLS_H

#include "plan.h"

/*
 * Row-level security, the second lock behind the predicates of sight.h: each
 * block says as whom it runs, in the settings that the policies of
 * `ormd-model ddl --rls' look at.  They end with the block.  All units of a
 * batch are then of one caller (their shapes say so).
 */
enum rls_as {
	RLS_UNSAID,
	RLS_RULES,		/* looks at rows that no reply shows */
	RLS_CALLER,
	RLS_ADMIN		/* what the rules allow and no policy could,
				   and what is ormd's own */
};

/* Of a batch. */
struct rls {
	enum rls_as		 as;
	VEC(size_t)		 places;	/* in the round */
};

/*
 * The statements of the round from `from' on run as this; one that says so is
 * put before them, unless it is so already or there are none.  0, or -1: no
 * memory.
 */
int	rls_run_as(struct batch *, struct rls *, struct round *, size_t from,
	    enum rls_as);
/* How many statements of the round are the batch's own. */
size_t	rls_statements(const struct rls *, const struct round *);
/*
 * False: statement i of the round is one of those put in.  Else its number
 * without them.
 */
bool	rls_statement(const struct rls *, size_t i, size_t *number);

#endif
