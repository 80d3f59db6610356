#ifndef ORMD_PACE_H
#define ORMD_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long a request of each shape keeps a backend, so that the slow ones leave
 * one to the quick.  The pool notes what each batch took, and asks before a
 * shape takes the last backend that is idle.
 *
 * What counts is the least of late: a busy machine makes everything slow, but
 * hardly ever each time.  The table has a fixed size; a shape may push another
 * one out, which is unknown then, and not held up.
 *
 * Pure.  Shapes are told by their hash in the queue; 0 is none, and not noted.
 * Times are in microseconds, `now_us' is monotonic and not 0.
 */
enum {
	PACE_SHAPES	= 256,
	PACE_SLOW_US	= 1000,		/* nothing below that is slow */
	PACE_QUICKER	= 4,		/* times; for less nobody waits */
	PACE_PATIENCE	= 100		/* times what it takes itself */
};

/* All zero at first. */
struct paces {
	struct pace {
		uint64_t	 hash;
		uint64_t	 took_us;
	}		 v[PACE_SHAPES];
	/* The quickest of late, and when the last of it ended. */
	uint64_t	 quick_took_us;
	uint64_t	 quick_us;
};

/* A batch of `n' requests took so long. */
void	pace_note(struct paces *, uint64_t hash, uint64_t took_us, unsigned n,
	    uint64_t now_us);
/*
 * Whether the shape may have the last backend.  A slow one may if nothing much
 * quicker has been seen for PACE_PATIENCE times what it takes itself: the
 * longer it would be in the way, the less likely must it be that it is.
 */
bool	pace_may_fill(const struct paces *, uint64_t hash, uint64_t now_us);

#endif
