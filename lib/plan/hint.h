#ifndef ORMD_HINT_H
#define ORMD_HINT_H

#include "call.h"

/*
 * How a request was probably meant that has just been refused.  Called by the
 * rooms that decode, with the refusal in err; each adds a hint where there is
 * none, and returns -1.  They name only what the caller can see.
 */

/* A parameter that the method does not have, beside those that it has. */
int	hint_param(const struct decoder *, const char *const *allowed,
	    struct json *params, struct error *);
/* What should hold a method and its params holds something else. */
int	hint_call(struct error *);
/* The columns of a composite key. */
int	hint_key(const struct decoder *, const struct model *, struct error *);
/* What tells one object from another. */
int	hint_sets(const struct decoder *, const struct model *, struct error *);
/* A text that is no key may be the value of a unique column. */
int	hint_unique(const struct decoder *, const struct model *,
	    const struct json *, struct error *);

#endif
