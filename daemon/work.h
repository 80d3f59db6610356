#ifndef ORMD_WORK_H
#define ORMD_WORK_H

#include "pipeline.h"
#include "pool.h"

/*
 * One batch of jobs, from the queue to the last done().  Used by the pool only,
 * which fills it, lets the pipeline run it, and asks of each of its jobs what
 * is to become of it.
 */
struct slot;

struct work {
	struct work		*next;
	struct slot		*slot;		/* runs on it; NULL: ended */
	enum lane		 lane;
	struct arena		 arena;
	struct batch		 batch;		/* unit->owner: the job */
	/* Kept of the pipeline, when it has ended: */
	enum pipeline_outcome	 outcome;
	struct error		 error;		/* PIPELINE_FAILED */
	struct pg_error		 pg;		/* PIPELINE_REFUSED */
	/*
	 * Better a new backend: for its prepared statements, or because the
	 * server has become a standby, and the writers are now elsewhere.
	 */
	bool			 worn;
	/* A cancel request for the block before it may have hit this one. */
	bool			 stray;
};

enum work_verdict {
	WORK_RESULT,		/* the unit's results */
	WORK_ERROR,		/* the error */
	WORK_AGAIN,		/* next in the queue, merged or not */
	WORK_ALONE,		/* next in the queue, by itself */
	WORK_LATER		/* by itself, after a moment */
};

enum {
	WORK_RETRIES_MOST = 3,	/* of lost races, whole jobs only */
	WORK_LOSSES_MOST = 1,	/* second tries after a lost connection */
	WORK_DOUBTS_MOST = 100	/* tries to learn by its key what became of a
				   write, a moment apart */
};

extern const struct pipeline_talk work_talk;	/* its owner: the batch */

/* Keeps what the pipeline says of the block that has ended. */
void	work_ended(struct work *, const struct pipeline *);
/* What is to become of the job of unit i; err is set for WORK_ERROR. */
enum work_verdict work_judge(struct work *, size_t i, struct error *err);
/* The error of this kind, in its standard words.  Returns -1. */
int	work_error(struct error *, enum error_kind, enum error_committed);

#endif
