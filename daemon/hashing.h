#ifndef ORMD_HASHING_H
#define ORMD_HASHING_H

#include "errand.h"

/*
 * What takes long and a whole processor: hashes of passwords, in two threads
 * that give way to the loop.  Its owner owns a hashing, which belongs to the
 * thread from hashers_send() until done(), which is called exactly once, on the
 * loop, never before hashers_send() has returned.
 */
struct hashers;

struct hashing {
	struct errand	 errand;			/* comes first */
	void		(*work)(struct hashing *);	/* in a thread */
	void		(*done)(struct hashing *);	/* on the loop */
	bool		 ran;		/* else the daemon ends: it did not */
	struct hashers	*all;
	int		 thread;
};

struct hashers *hashers_new(struct loop *);	/* NULL: errno */
/* 0, or -1 when `most' are waiting or under way already. */
int	hashers_send(struct hashers *, struct hashing *, unsigned most);
/* As errands_free().  NULL is allowed. */
int	hashers_free(struct hashers *);

#endif
