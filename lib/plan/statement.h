#ifndef ORMD_STATEMENT_H
#define ORMD_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rows.h"
#include "vec.h"

/*
 * What the planner asks of PostgreSQL and what it gets back.  The planner
 * makes statements, the daemon's pipeline sends them and returns an answer for
 * each, in order; neither knows how the other works.
 */

/* Parameters are always in binary format and nearly always arrays. */
struct param {
	uint32_t	 oid;
	const char	*p;
	int32_t		 n;		/* -1: NULL */
};

/*
 * `sql' is interned: equal texts have equal addresses and live as long as the
 * process, so a backend prepares each text once and finds it by address.
 */
struct statement {
	const struct sql	*sql;
	struct param		*params;
	int			 nparams;
	/*
	 * Which plan is good depends on the values: to be planned anew each
	 * time, while all others are planned once for all values.
	 */
	bool			 by_value;
};

/* Results are asked for in binary format. */
struct answer {
	size_t		 nrows;
	size_t		 ncols;
	struct cell	*cells;		/* nrows * ncols, row by row; in the
					   batch's arena, as the bytes are */
};

/*
 * One round: statements to send together.  After the last round the pipeline
 * sends a Sync, which commits; between rounds only a flush request, so the
 * rounds of one batch are one transaction (and, on a reader, one snapshot).
 */
struct round {
	VEC(struct statement)	 statements;
	bool			 last;
};

/* What an ERROR of PostgreSQL says; strings "" when it does not. */
struct pg_error {
	char		 sqlstate[6];
	const char	*message;
	const char	*detail;
	const char	*table;
	const char	*column;
	const char	*constraint;
};

#endif
