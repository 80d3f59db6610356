#ifndef ORMD_SEAL_H
#define ORMD_SEAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * How the token of a plan is made of the rows that it is about.  The planner
 * has no secret: the daemon gives a seal with each call that says
 * `wants_seal', and it has to live as long as the call.
 *
 * Clients get the token, and may know all rows of a plan but one.  So neither
 * function may be one that they could run themselves, or they would find the
 * key of that row by trial.  The same rows, by the same seal, have the same
 * token.
 */
enum {
	PLAN_TOKEN_SIZE = 33	/* hex digits and a NUL */
};

/* The sum of the hashes of all rows: the order in which they come is free. */
struct plan_sum {
	uint64_t	a, b;
};

struct plan_seal {
	/* Adds the hash of these bytes, which are those of no other row. */
	void	(*row)(const struct plan_seal *, const void *, size_t,
		    struct plan_sum *);
	void	(*token)(const struct plan_seal *, const struct plan_sum *,
		    char token[PLAN_TOKEN_SIZE]);
};

#endif
