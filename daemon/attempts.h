#ifndef ORMD_ATTEMPTS_H
#define ORMD_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * How often somebody may try.  Each name has a budget of `most' attempts that
 * fills again evenly within `window_us'; an attempt is taken from it before it
 * is made, and given back if it was right.  The login room has one of these
 * for the names of users and the addresses of clients; requests have, too.
 *
 * The table has a fixed size and forgets what has been quiet for longest; names
 * are kept as keyed hashes, so that nobody can choose whom it forgets.
 */
struct attempts;

struct attempts_limit {
	unsigned	most;
	uint64_t	window_us;
	uint64_t	now_us;		/* monotonic, not 0 */
};

struct attempts *attempts_new(void);		/* NULL: out of memory */
void	attempts_free(struct attempts *);	/* NULL is allowed */
/*
 * 0: there was one left, and it is taken.  Otherwise microseconds until there
 * will be.
 */
uint64_t attempts_take(struct attempts *, const void *name, size_t n,
	    const struct attempts_limit *);
/* The one that was taken; `all': and those before it. */
void	attempts_give(struct attempts *, const void *name, size_t n,
	    const struct attempts_limit *, int all);

#endif
