#ifndef ORMD_PLACES_H
#define ORMD_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "queue.h"

/*
 * How many connections each address has, and what else is counted by address,
 * so that one of them cannot take the places of all others.  The sessions have
 * one of these.  Addresses are bytes to it; of those that nobody holds nothing
 * is kept.
 */
struct places;

struct place {
	struct places	*all;
	struct place	*next;		/* in its bucket */
	unsigned	 refs;
	unsigned	 n;		/* connections */
	unsigned	 shaking;	/* of them, in a handshake: the
					   session's own count */
	unsigned	 hashes;	/* of passwords: hashing's own */
	struct queue_client hashing;	/* likewise */
	unsigned char	 length;
	unsigned char	 name[];
};

struct places *places_new(void);		/* NULL: out of memory */
/* All must have been dropped.  NULL is allowed. */
void	places_free(struct places *);
/*
 * One more connection, which holds the place; NULL: there are `most' already,
 * or out of memory.
 */
struct place *place_take(struct places *, const void *name,
	    unsigned char length, unsigned most);
/* The connection is none any more, but what was begun for it may go on. */
void	place_leave(struct place *);
/* Lets go of it, after place_leave().  NULL is allowed. */
void	place_drop(struct place *);

#endif
