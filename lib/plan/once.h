#ifndef ORMD_ONCE_H
#define ORMD_ONCE_H

#include "plan.h"

/*
 * Exactly-once writes.  A unit whose call has a key claims it before it does
 * anything, by a row of ormd.idempotency, and stores its reply there before it
 * commits; so the row and the write are there both or not at all.  Whoever
 * comes with the same key waits for that row (also in another daemon), and
 * gets the stored reply without running.
 *
 * batch.c calls these for the units that have a key, in this order: once_claim,
 * once_take for both answers, and at the end once_store.
 */
enum { ONCE_ANSWERS = 2 };	/* statements of a claim that are answered */

bool	once_wanted(const struct batch *);
/* Two units with one key: the later one is marked `again'. */
int	once_claim(struct batch *, struct round *);
/* 0, or -1: no memory.  Units are marked failed (key_reused) or stored. */
int	once_take(struct batch *, size_t answer, const struct answer *);
/*
 * Replies of those that ran, by call->render; claims of those that failed are
 * withdrawn.  1: statements were added; 0: there is nothing to store; -1 with
 * err: the batch must not be committed.
 */
int	once_store(struct batch *, struct round *, struct error *);

#endif
