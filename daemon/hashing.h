#ifndef ORMD_HASHING_H
#define ORMD_HASHING_H

#include "errand.h"
#include "places.h"

/*
 * What takes long and a whole processor: hashes of passwords, in two threads
 * that give way to the loop.  Its owner owns a hashing, which belongs to this
 * room from hashers_send() until done(), which is called exactly once, on the
 * loop, never before hashers_send() has returned.
 *
 * Addresses take turns, hash by hash.
 */
struct hashers;

struct hashing {
	struct errand	 errand;			/* comes first */
	/* In a thread; once for each hash. */
	void		(*work)(struct hashing *);
	void		(*done)(struct hashing *);	/* on the loop */
	struct place	*place;		/* who wants it; or NULL */
	unsigned	 n;		/* hashes; the room counts down */
	bool		 stop;		/* set it: what is left is not done */
	bool		 ran;		/* else the daemon ends: it did not */

	/* The room's own. */
	struct queue_item item;
	struct hashers	*all;
	int		 thread;
};

struct hashers *hashers_new(struct loop *);	/* NULL: errno */
/*
 * 0, or -1 when `most' hashes are waiting or under way already, or half as many
 * from this address.
 */
int	hashers_send(struct hashers *, struct hashing *, unsigned most);
/* As errands_free().  NULL is allowed. */
int	hashers_free(struct hashers *);

#endif
