#ifndef ORMD_BOUNDS_H
#define ORMD_BOUNDS_H

/* What requests are held to and no setting changes; rpc.discover tells it. */
enum {
	PAGE_DEFAULT = 100,		/* rows of a page without `limit' */
	PAGE_MOST = 1000,
	KEY_MOST = 200,			/* bytes of an idempotency key */
	DEADLINE_MOST_MS = 24 * 3600 * 1000
};

#endif
