#ifndef ORMD_CALLER_H
#define ORMD_CALLER_H

#include <stdbool.h>

#include "rows.h"

/*
 * Who sends a request, as the planner needs to know it.  The daemon makes one
 * when a connection logs in; a request holds the one it began with, in its own
 * arena.  A server whose model has no `auth' has no callers: call->caller is
 * NULL and everything is allowed.
 */
struct caller {
	bool		 logged_in;	/* else anyone: the key is null */
	bool		 admin;		/* by the role column or the settings */
	struct cell	 key;		/* of its row of the auth model */
};

#endif
