#ifndef ORMD_PLACES_H
#define ORMD_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How many connections each address has, so that one of them cannot take the
 * places of all others.  The sessions have one of these.  Addresses are bytes
 * to it; of those without a connection nothing is kept.
 */
struct places;

struct place {
	struct places	*all;
	struct place	*next;		/* in its bucket */
	unsigned	 n;		/* connections */
	unsigned	 shaking;	/* of them, in a handshake: the
					   session's own count */
	unsigned char	 length;
	unsigned char	 name[];
};

struct places *places_new(void);		/* NULL: out of memory */
/* All must have been given back.  NULL is allowed. */
void	places_free(struct places *);
/* One more connection; NULL: it has `most' already, or out of memory. */
struct place *place_take(struct places *, const void *name,
	    unsigned char length, unsigned most);
void	place_give(struct place *);		/* NULL is allowed */

#endif
