#ifndef ORMD_RATES_H
#define ORMD_RATES_H

#include "request.h"

/*
 * How often a user may ask (request_rate): over all connections on which he is
 * logged in, and of those on which nobody is, over all of an address.  The
 * request room asks before it decodes.
 */
struct rates;

struct rates *rates_new(void);			/* NULL: out of memory */
void	rates_free(struct rates *);		/* NULL is allowed */
/* 0, or -1 with err `overloaded', which says when to try again. */
int	rates_take(struct rates *, const struct request_client *,
	    struct error *);

#endif
