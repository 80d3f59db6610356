#ifndef ORMD_PIPELINE_H
#define ORMD_PIPELINE_H

#include <stdbool.h>

#include "backend.h"
#include "plan.h"

/*
 * A block: what goes over one backend up to one Sync, and is one transaction.
 * It is turned round by round (see plan.h): the statements of a round are sent
 * together, each is answered, the next round may depend on the answers.  There
 * is no BEGIN; between rounds goes a flush request, which leaves the implicit
 * transaction open, and only the Sync commits.
 *
 * The pool starts a block on an idle backend and calls pipeline_work() whenever
 * the socket is ready, until it says PIPELINE_ENDED.
 */
enum pipeline_status { PIPELINE_RUNS, PIPELINE_ENDED };

enum pipeline_outcome {
	/* The Sync has been confirmed without an error: it is committed. */
	PIPELINE_DONE,
	/*
	 * next() or take() refused: see `error'.  Nothing is stored, unless
	 * error.committed says otherwise.
	 */
	PIPELINE_FAILED,
	/* PostgreSQL refused: see `pg'.  Nothing is stored. */
	PIPELINE_REFUSED,
	/* The connection is gone; nothing is stored. */
	PIPELINE_LOST,
	/*
	 * The Sync was sent, its answer was lost; or the commit is not on the
	 * standby that it was to wait for.
	 */
	PIPELINE_UNCERTAIN
};

/* Who makes the statements and takes the answers: a batch, or the catalog. */
struct pipeline_talk {
	enum batch_status (*next)(void *, struct round *, struct error *);
	int	(*take)(void *, size_t statement, const struct answer *,
		    struct error *);
};

struct pipeline_wait;

struct pipeline {
	struct backend			*backend;
	const struct pipeline_talk	*talk;
	void				*owner;		/* the talk's */
	struct arena			*arena;
	size_t				 memory, memory_most;
	bool				 writes;	/* the Sync commits */
	size_t				 incoming;	/* of an answer that is
							   not whole yet */
	bool				 partial;	/* there is one */
	struct round			 round;
	unsigned			 rounds;
	struct pipeline_wait		*waits;		/* answers to come */
	size_t				 head, tail, cap;
	bool				 by_value;	/* as it plans now */
	bool				 sent;		/* anything at all */
	bool				 sync_sent, synced;
	bool				 refused;	/* by PostgreSQL */
	bool				 failed;	/* by the talk */
	bool				 undone;	/* by ourselves */
	bool				 certain;	/* it cannot commit */

	enum pipeline_outcome		 outcome;
	struct error			 error;
	struct pg_error			 pg;
	/*
	 * The backend does not have the prepared statements that we think:
	 * better a new one.
	 */
	bool				 worn;
	/*
	 * More comes than memory_most allows: the owner should have PostgreSQL
	 * cancel it.
	 */
	bool				 swamped;
	/* The owner has PostgreSQL cancel it: no round is begun any more. */
	bool				 stopped;
};

void	pipeline_init(struct pipeline *, struct backend *);
void	pipeline_release(struct pipeline *);
/*
 * The backend is ACTIVE.  All results live in the arena until it is released,
 * which must be after the block has ended; more than `memory_most' bytes of
 * them and of the arena are refused, but of one that writes not after its Sync.
 */
enum pipeline_status pipeline_start(struct pipeline *,
	    const struct pipeline_talk *, void *owner, struct arena *,
	    size_t memory_most, bool writes);
enum pipeline_status pipeline_work(struct pipeline *);
/*
 * Ends the block because its connection is about to be given up: the outcome
 * is PIPELINE_LOST or PIPELINE_UNCERTAIN.
 */
void	pipeline_abandon(struct pipeline *);
/* LOST or UNCERTAIN by the connection: the backend cannot be used again. */
bool	pipeline_broken(const struct pipeline *);

#endif
