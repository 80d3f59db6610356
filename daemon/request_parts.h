#ifndef ORMD_REQUEST_PARTS_H
#define ORMD_REQUEST_PARTS_H

#include "call.h"
#include "methods.h"
#include "passwords.h"
#include "request.h"

/*
 * The inside of a request, for request_steps.c and the rooms that stand before
 * it: request_decode.c and request_key.c.
 */
struct request_work {
	struct request		*request;
	struct ormd_model	*model;
	const struct method	*method;	/* answered without a backend */
	struct call		 call;
	struct job		 job;
	struct loop_hook	 hook;
	struct login		*login;		/* or logout */
	struct passwords	*passwords;	/* to be hashed first */
	bool			 submitted;
	bool			 cancelled;	/* while there is no job */
	enum error_kind		 why;
	bool			 naming;	/* see large.h */
	bool			 paused;	/* the stream waits */
};

/* Requests that failed, less those that went well: then they go unmerged. */
enum { REQUEST_FAILURES_ALONE = 3 };

/* request_key.c */

/*
 * `key' stands beside the parameters of every write, and in its audit, if there
 * is one.  -1: refused.
 */
int	request_key(struct request *, struct audit_source *, struct error *);
/* deadline_ms stands beside those of every method.  -1: refused. */
int	request_deadline(struct request *, struct error *);
/*
 * The request as text, by which a repeat is known: what it asks, not how.  When
 * it has passwords, call this once they are hashed: then it has none.  NULL: no
 * memory.
 */
const char *request_text(struct request *);

#endif
