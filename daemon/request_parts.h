#ifndef ORMD_REQUEST_PARTS_H
#define ORMD_REQUEST_PARTS_H

#include "call.h"
#include "methods.h"
#include "ormd.h"
#include "pool.h"
#include "request.h"

/*
 * The inside of a request, for request.c and the rooms of its that stand
 * before it.
 */
struct request_work {
	struct request		*request;
	struct ormd_model	*model;
	const struct method	*method;	/* answered without a backend */
	struct call		 call;
	struct job		 job;
	struct loop_hook	 hook;
	bool			 submitted;
	bool			 naming;	/* see large.h */
};

#endif
