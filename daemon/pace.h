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
 * one out, which is unknown then, and as good as quick.
 *
 * Pure.  Shapes are told by their hash in the queue; 0 is none, and not noted.
 * Times are in microseconds, `now_us' is monotonic.
 */
enum {
	PACE_SHAPES	= 256,
	PACE_SLOW_US	= 1000,		/* what takes longer is slow */
	PACE_PATIENCE	= 100		/* times what it takes */
};

/* All zero at first. */
struct paces {
	struct pace {
		uint64_t	 hash;
		uint64_t	 took_us;
	}		 v[PACE_SHAPES];
	uint64_t	 quick_us;	/* when the last quick one ended */
};

/* A batch of `n' requests took so long. */
void	pace_note(struct paces *, uint64_t hash, uint64_t took_us, unsigned n,
	    uint64_t now_us);
/*
 * Whether the shape may have the last backend.  A slow one may if no quick one
 * has been seen for PACE_PATIENCE times what it takes itself: the longer it
 * would be in the way, the less likely must it be that it is.
 */
bool	pace_may_fill(const struct paces *, uint64_t hash, uint64_t now_us);

#endif
