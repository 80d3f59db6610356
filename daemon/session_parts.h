#ifndef ORMD_SESSION_PARTS_H
#define ORMD_SESSION_PARTS_H

#include "dialog.h"
#include "frame.h"
#include "patience.h"
#include "tls.h"

/*
 * What session.c (one client) and sessions.c (all of them) share; nobody else
 * includes this.
 */
enum {
	SESSIONS_INPUT	= 64 * 1024,	/* bytes of one read */
	SESSIONS_SIP	= 2 * 1024,	/* the same, of short lines: */
	SESSIONS_SHORT	= 4,		/* more than so many of them */
	SESSIONS_SPARE	= 8,		/* output buffers kept for the next */
	SESSIONS_SHAKES	= 4,		/* steps of handshakes in a turn: they
					   cost as much as many requests */
	SESSIONS_TURN_US = 5000		/* input is taken for so long a turn */
};

struct sessions;

struct session {
	struct dialog		 dialog;	/* comes first */
	struct sessions		*all;
	struct session		*next, *prev;	/* in all->first */
	struct session		*next_dirty;
	struct frame		 frame;
	struct event		 read, write;
	struct patience_wait	 line_wait;	/* for the end of a line */
	struct patience_wait	 write_wait;	/* for a client that reads */
	struct patience_wait	 shake_wait;	/* for the end of a handshake */
	struct patience_wait	 probe_wait;	/* until it is tried again */
	struct patience_wait	 login_wait;	/* until it is looked at */
	uint64_t		 lines;		/* then */
	struct tls_link		*tls;		/* or NULL */
	size_t			 sent;		/* of dialog.out */
	size_t			 charged;	/* to ormd->memory */
	int			 fd;		/* -1: closed */
	bool			 dirty;		/* in all->dirty */
	bool			 blocked;	/* the socket takes no more */
	bool			 paused;	/* full: does not read */
	bool			 gulps;		/* its lines are long */
	bool			 ending;	/* no more input is taken */
	bool			 unsent;	/* counted in all->unsent */
	bool			 shaking;	/* counted in all->shaking */
	bool			 delayed;	/* counted in all->delayed */
};

struct sessions {
	struct ormd		*ormd;
	struct session		*first;
	struct session		*dirty, *dirty_last;
	struct session		*graves;	/* by next_dirty */
	struct places		*places;
	struct loop_hook	 flush, bury;
	struct patience		 lines, writes, shakes, probes, logins;
	unsigned		 delayed;	/* have input, for a later
						   turn */
	unsigned		 shaking;	/* handshakes under way */
	unsigned		 shaken;	/* steps of them in this turn */
	uint64_t		 shaken_us;	/* the turn */
	struct buf		 spare[SESSIONS_SPARE];
	unsigned		 nspare;
	unsigned		 unsent;	/* sessions with output */
	void			(*drained)(void *);
	void			*drained_arg;
	char			 input[SESSIONS_INPUT];
};

/* session.c */

void	session_start(struct session *);	/* assigns the events */
/* Once after a turn in which something of the session changed. */
void	session_settle(struct session *);
/* The connection ends now; the session when its last request is done. */
void	session_close(struct session *);
/* No more input; ends when what is under way has been answered. */
void	session_end(struct session *);
/* As the event of a session that is read. */
void	session_readable(evutil_socket_t, short, void *);

/* session_socket.c */

/* As recv(2), into all->input; of TLS, also shakes hands. */
ssize_t	session_recv(struct session *);
/* As send(2). */
ssize_t	session_put(struct session *, const char *, size_t);
/* As much as one session_recv() may have. */
size_t	session_appetite(const struct session *);
/* The handshake is over, one way or the other. */
void	session_shaken(struct session *);

/* session_late.c: each is of its patience. */

void	session_line_late(struct patience_wait *);
void	session_write_late(struct patience_wait *);
void	session_shake_late(struct patience_wait *);
/* It may have been silent for login_timeout, and nobody. */
void	session_login_late(struct patience_wait *);

/* session_gone.c */

/* From now on nothing is read, but that the client goes is noticed. */
void	session_watch(struct session *);
/* Is read again. */
void	session_listen(struct session *);
void	session_probe(struct patience_wait *);

/* sessions.c */

/* Has session_settle() called after this turn's events. */
void	session_touch(struct session *);
/* Frees it after the turn. */
void	session_bury(struct session *);
/* Output buffers go from hand to hand, so that none is made per reply. */
void	spare_take(struct sessions *, struct buf *);
void	spare_give(struct sessions *, struct buf *);

#endif
