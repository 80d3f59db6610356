#ifndef ORMD_AUDIT_H
#define ORMD_AUDIT_H

#include "uow.h"

/*
 * The audit: rows of ormd.audit that say who changed which row through which
 * request, written in the transaction of the change.  A call that is to be
 * audited says so by call->audit; others cost nothing.
 *
 * There is a line for each row that was inserted, updated or deleted, also by
 * an ON DELETE of PostgreSQL's own: so nothing is deleted without having been
 * read (blind.c), and every unit follows what PostgreSQL does (reach.c).
 * Values are those that were written, as replies print them.  Of private and
 * write-only columns there is only the name.
 */

/*
 * Of a request; text that lives as long as the call.  Each but the method may
 * be NULL.
 */
struct audit_source {
	const char		*caller;	/* the user's key; NULL when it
						   is private, or nobody's */
	const char		*login;
	const char		*address;
	const char		*method;
	const char		*request;	/* its id, as JSON */
	const char		*key;		/* of an exactly-once write */
};

/* A change that no unit of work makes: logins.  The row has one key column. */
struct audit_event {
	const struct audit_source *source;
	const char		*action;
	const struct column	*key;
	const struct cell	*cell;		/* its value */
	const struct column	*written;	/* or NULL */
};

struct audit_line {
	const struct audit_source *source;
	const struct object	*object;
};

/* The lines of a batch that are not written yet.  Zeroed: none. */
struct audit {
	VEC(struct audit_line)	 lines;
};

/* What a line says, but for when; each is a text parameter. */
enum audit_field {
	AUDIT_CALLER, AUDIT_LOGIN, AUDIT_ADDRESS, AUDIT_METHOD, AUDIT_REQUEST,
	AUDIT_IDEMPOTENCY_KEY, AUDIT_ACTION, AUDIT_MODEL, AUDIT_KEY,
	AUDIT_RULE, AUDIT_COLUMNS, AUDIT_VALUES, AUDIT_FIELDS
};

/*
 * What a unit changes that has been flushed; its objects are looked at when
 * the lines are sent, for then their new keys are known.  -1: no memory.
 */
int	audit_add(struct audit *, struct arena *, const struct uow *);
/* The lines as one statement, if there are any.  -1: no memory. */
int	audit_send(struct audit *, struct arena *, struct sql_cache *,
	    struct round *);

/*
 * "INSERT INTO ormd.audit(…) SELECT …" of one event, whose fields are the
 * parameters from `first' on; FROM and WHERE may follow.
 */
void	audit_event_sql(struct buf *, int first);
/* -1: no memory. */
int	audit_event_fields(struct arena *, const struct audit_event *,
	    struct cell fields[AUDIT_FIELDS]);

#endif
