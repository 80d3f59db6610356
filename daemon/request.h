#ifndef ORMD_REQUEST_H
#define ORMD_REQUEST_H

#include <stdbool.h>

#include "logins.h"

/*
 * One call of a client on its way through the daemon.  The session makes it
 * and decides when it may run (order of one connection); this room decides
 * what it means, lets the planner and the pool do it, and hands back the JSON
 * text of a result or an error.
 *
 * Life: request_init() by the session; request_decode(), which refuses what
 * can be refused before any SQL; request_run(); then, never before
 * request_run() has returned, done(request) exactly once; request_release().
 * A stream calls paused() before, each time that it has lines to send, and goes
 * on with request_resume().
 */
struct ormd;
struct request;

struct request_client;		/* who asks; see below */
struct stream;

struct request {
	struct ormd		*ormd;
	struct request_client	*client;
	struct arena		*arena;		/* the session's, for this
						   line */
	const char		*method;
	struct json		*params;	/* NULL: none given */
	void			(*done)(struct request *);
	void			*owner;		/* the session's */
	const char		*id;		/* as JSON text */
	/*
	 * Of a stream: lines are there, and it waits.  Called like done(), any
	 * number of times before it.
	 */
	void			(*paused)(struct request *);
	/*
	 * May the result of a read be made?  False: there is no room for it;
	 * it ends as if it had not begun, and request_run() may come again.
	 */
	bool			(*fits)(struct request *);

	/* Known after request_decode(). */
	bool			 is_read;	/* may run beside other reads */
	bool			 out_of_turn;	/* ping, cancel */
	bool			 turns;		/* login, logout: what comes
						   behind it is decoded when
						   it is done */
	struct stream		*stream;	/* NULL: one reply is all */

	/* Known when done() is called. */
	bool			 failed;
	struct error		 error;
	struct buf		 result;	/* JSON text */

	struct request_work	*work;		/* this room's own */
};

/* What of a connection matters to its requests.  Embedded in the session. */
struct request_client {
	struct ormd		*ormd;
	unsigned		 failures[LANES]; /* recent: with too many it
						   goes unmerged */
	struct queue_client	 waiting[LANES];
	struct who		 who;
	struct login_origin	 origin;
	struct place		*place;		/* of that origin */
	char			 address[PEER_ADDRESS];	/* as text */
	bool			 is_private;	/* nobody listens on the way */
	void			*session;
	/* `cancel': ends the session's request of that id; false: none. */
	bool			(*cancel)(void *session,
				    struct json *id);
};

void	request_init(struct request *, struct ormd *, struct request_client *,
	    struct arena *);
/* True for what does not wait for a login before it: ping, cancel. */
bool	request_is_early(const char *method);
/* 0, or -1 with request->error set: then only release it. */
int	request_decode(struct request *);
void	request_run(struct request *);
/*
 * The client gave up (gone, cancel, deadline, drain): the SQL is cancelled if
 * it runs, done() follows as always.
 */
void	request_cancel(struct request *, enum error_kind why);
void	request_release(struct request *);

/* Has this who the rights that the request was decoded with? */
bool	request_is_of(const struct request *, const struct who *);

/* The lines that a stream has ready go to the end of `out'. */
void	request_take(struct request *, struct buf *out);
/*
 * A stream that has paused goes on.  Let it do so only while the client has
 * less than this many bytes to read.
 */
void	request_resume(struct request *);
static inline size_t
request_window(const struct settings *settings)
{
	return (size_t)settings->output_limit / 4;
}

#endif
