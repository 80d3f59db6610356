#ifndef ORMD_SEALING_H
#define ORMD_SEALING_H

#include "arena.h"
#include "caller.h"
#include "seal.h"

/*
 * The key of plan tokens, and the seals that it gives to calls (see seal.h).
 *
 * A token is a keyed hash of the rows of the plan and of the caller, and, but
 * for a lone delete, of what was asked: a plan is its caller's own.  So two
 * tokens are alike only where the same caller has asked twice; nobody learns
 * from a token whether somebody else, or another request, would reach the same
 * rows.
 *
 * The key is ormd.seal's (seal_look.h): then a token holds over a restart, and
 * with each ormd on this database.  Where there is none, it is the process's
 * own.
 */
struct sealing;

enum { SEALING_KEY = 32 };	/* bytes */

enum sealing_source {
	SEALING_UNKNOWN,	/* nobody has looked: no call may run yet */
	SEALING_OWN,		/* a random one */
	SEALING_STORED		/* that of the database */
};

/* Begins with a random key, SEALING_UNKNOWN.  After secret_init(); NULL: no
   memory. */
struct sealing *sealing_new(void);
void	sealing_free(struct sealing *);		/* NULL is allowed */
enum sealing_source sealing_source(const struct sealing *);
/* The database's key. */
void	sealing_store(struct sealing *, const unsigned char key[SEALING_KEY]);
/* It has none.  One that it had before stays. */
void	sealing_lack(struct sealing *);

/*
 * The seal of a call, in its arena; it looks at the caller (NULL: there are no
 * logins) when it is used.  `asked': n bytes that a token is about beside rows
 * and caller; they are not kept.  NULL: no memory.
 */
const struct plan_seal *sealing_call(const struct sealing *, struct arena *,
	    const struct caller *, const void *asked, size_t n);

#endif
