#ifndef ORMD_PIPELINE_PARTS_H
#define ORMD_PIPELINE_PARTS_H

#include "pipeline.h"

/*
 * The inside of the pipeline: pipeline_answer.c begins, answers and ends a
 * block, pipeline_send.c sends.  Where a function of the latter returns false,
 * the connection has to be closed.
 */
enum wait_kind {
	WAIT_PREPARE, WAIT_EXECUTE, WAIT_PLANS, WAIT_FORGET, WAIT_UNDO,
	WAIT_SYNC
};

/* An answer that has to come. */
struct pipeline_wait {
	enum wait_kind	 kind;
	bool		 got;		/* its result; now its NULL */
	unsigned	 sql;		/* of WAIT_PREPARE */
	size_t		 statement;	/* of WAIT_EXECUTE, in the round */
};

/* Asks the talk for the next round and sends it. */
bool	pipeline_round(struct pipeline *);
/*
 * The talk or PostgreSQL refuses, and all that was sent has been answered:
 * nothing of the block may stay.
 */
bool	pipeline_undo(struct pipeline *);
/* Hands the socket as much as it takes. */
bool	pipeline_flush(struct pipeline *);
/* PostgreSQL has not prepared it after all. */
void	pipeline_unprepare(struct backend *, unsigned sql);

#endif
