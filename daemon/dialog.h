#ifndef ORMD_DIALOG_H
#define ORMD_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "ormd.h"
#include "request.h"

/*
 * What one client has asked and not been answered yet: lines, each with the
 * calls in it.  The session hands in lines and sends what gathers in `out';
 * here is the order of ormd-protocol(7): calls take effect in the order sent,
 * neighbouring reads run together, writes and streams alone, `ping' and
 * `cancel' do not wait, lines are answered in the order sent.  Who a client is
 * decides what its calls mean, so behind a `login' nothing is decoded before
 * that is done.
 *
 * No socket is seen here.
 */
struct line;
struct exchange;

struct dialog {
	struct request_client	 client;
	struct ormd		*ormd;
	struct buf		 out;		/* replies, a line each */
	/* Something was answered or may be: call dialog_settle() soon. */
	void			(*changed)(struct dialog *);

	struct exchange		*turning;	/* a login: what comes behind
						   it is not decoded yet */
	struct who_check	*check;		/* under way: the same */
	unsigned		 unmet;		/* waiting, not decoded; behind
						   one all are */

	struct line		*first, *last;	/* as they were sent */
	struct exchange		*waiting, *waiting_last;
	struct exchange		*paused;	/* a stream that waits */
	unsigned		 in_flight;	/* calls not answered */
	unsigned		 running;	/* in turn; see `alone' */
	unsigned		 early;		/* lines done out of turn */
	size_t			 held;		/* bytes of results */
	size_t			 charge;	/* bytes of lines */
	size_t			 expected;	/* bytes of a reply, by what
						   they were so far */
	uint64_t		 numbered;	/* calls that came to wait */
	uint64_t		 lines;		/* that came */
	bool			 alone;		/* what runs: a write or a
						   stream */
	bool			 taken;		/* the lines of `paused' */
	bool			 closed;	/* nobody reads answers */
};

void	dialog_init(struct dialog *, struct ormd *,
	    void (*changed)(struct dialog *));
/* Takes a line; it is not needed after the return. */
void	dialog_line(struct dialog *, const char *p, size_t n);
/* An answer with id null, in its turn, to what is not even a line. */
void	dialog_refuse(struct dialog *, enum error_kind, const char *message,
	    const char *hint);

/*
 * Writes the replies whose turn has come and frees their lines.  Never call it
 * from a request's done().
 */
void	dialog_settle(struct dialog *);
/* Runs what may run; call it when `out' has become less. */
void	dialog_start(struct dialog *);
/*
 * The clients hold more than total_memory, and this one, with `unfinished'
 * bytes of a line, more than its part of a quarter of that: it is refused.
 */
bool	dialog_overruns(const struct dialog *, size_t unfinished);
/* Read no more from this client; and, with less under way, read again. */
bool	dialog_full(const struct dialog *, size_t unsent);
bool	dialog_has_room(const struct dialog *, size_t unsent);

/* What has not begun is refused so; what runs goes on. */
void	dialog_refuse_waiting(struct dialog *, enum error_kind);
/* What runs is cancelled, too. */
void	dialog_cancel(struct dialog *, enum error_kind);
/* The client has gone: all is cancelled, answers go nowhere. */
void	dialog_close(struct dialog *);
/* Nothing is under way; only then dialog_release(). */
static inline bool
dialog_idle(const struct dialog *d)
{
	return d->first == NULL && d->check == NULL;
}
/* Who it is will be known when what is under way is done. */
static inline bool
dialog_is_turning(const struct dialog *d)
{
	return d->turning != NULL || d->check != NULL;
}
void	dialog_release(struct dialog *);

#endif
