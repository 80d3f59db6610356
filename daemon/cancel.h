#ifndef ORMD_CANCEL_H
#define ORMD_CANCEL_H

#include <libpq-fe.h>

#include "errand.h"

/*
 * Cancel requests, sent from a thread: PQcancel() connects to the server and
 * waits for it.  PostgreSQL cancels what the backend runs at the time when the
 * request arrives, so nothing else may be started on a connection until told()
 * has been called.
 */

/*
 * 0: told(owner, number) follows, on the loop, exactly once; `number' is for
 * an owner that may have turned to something else by then.  -1: too many wait,
 * or out of memory; nothing is sent.  The connection may be closed meanwhile.
 */
int	cancel_send(struct errands *, PGconn *, void (*told)(void *owner,
	    unsigned number), void *owner, unsigned number);

#endif
