#ifndef ORMD_LINE_H
#define ORMD_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "ormd.h"
#include "request.h"
#include "rpc.h"

/*
 * A line of a client and the calls in it: one, or the members of a batch.  The
 * dialog makes lines, sees to their order, and frees them when they have been
 * answered.
 */
struct dialog;

enum exchange_state { EXCHANGE_WAITS, EXCHANGE_RUNS, EXCHANGE_DONE };

/* A call and its answer. */
struct exchange {
	struct request		 request;
	struct rpc_call		 call;
	struct line		*line;
	struct exchange		*next;		/* in dialog->waiting */
	uint64_t		 number;	/* as they were sent */
	enum exchange_state	 state;
	bool			 made;		/* request_init() was called */
};

struct line {
	struct arena		 arena;		/* it lies in there itself */
	struct ormd		*ormd;
	struct dialog		*dialog;
	struct line		*next;
	struct exchange		*exchanges;
	size_t			 n;
	size_t			 undone;
	size_t			 charge;	/* of dialog->charge */
	size_t			 held;		/* of dialog->held */
	size_t			 length;	/* of all results */
	bool			 is_batch;
	bool			 early;		/* ping, cancel: not in turn */
};

/* In an arena of its own that request_memory bounds.  NULL: out of memory. */
struct line *line_new(struct ormd *);
/* What it costs, beside its results, as it is now. */
size_t	line_cost(const struct line *);
/* Makes room for the calls, all zero.  -1: the arena has no more. */
int	line_exchanges(struct line *, size_t n);
/* What a result may take of a line, if it were alone there; never 0. */
size_t	line_room(const struct exchange *);
/* Writes the answer, if it needs one. */
void	line_answer(struct line *, struct buf *out);
/* With all requests in it, none of which may run. */
void	line_free(struct line *);

#endif
