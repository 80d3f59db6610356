#ifndef ORMD_BACKEND_H
#define ORMD_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "conninfo.h"
#include "errand.h"
#include "ormd.h"

/*
 * One connection to PostgreSQL.  Its state is the list it is on:
 *
 *	DOWN		closed; due_us says when to try again
 *	CONNECTING	an attempt runs; due_us says when it has taken too long
 *	IDLE		connected, in pipeline mode, nothing sent
 *	ACTIVE		its owner runs a block on it
 *	DRAINING	a cancel request is still on its way, so that nothing
 *			may be started yet
 *	JUSTFREE	lost or given up in this turn of the loop; closed after
 *			it, then DOWN; due_us as there
 *
 * The pool calls this, and is called back on the loop.  A backend lives as
 * long as its home; only its connection comes and goes.
 */
enum backend_state {
	BACKEND_DOWN, BACKEND_CONNECTING, BACKEND_IDLE, BACKEND_ACTIVE,
	BACKEND_DRAINING, BACKEND_JUSTFREE, BACKEND_STATES
};

struct backend;
struct backend_home;

struct backend_calls {
	/* An attempt succeeded: state is IDLE. */
	void	(*connected)(struct backend *);
	/* ACTIVE and its socket can be read or written. */
	void	(*ready)(struct backend *);
	/* backend_lose() was called (state is JUSTFREE), by anybody. */
	void	(*lost)(struct backend *);
	/* A cancel request is out: DRAINING has become IDLE. */
	void	(*drained)(struct backend *);
};

struct backend {
	struct backend_home	*home;
	struct backend		*next, *prev;	/* in home->in[state] */
	PGconn			*conn;
	enum backend_state	 state;
	unsigned		 number;	/* in its home, from 1 */
	unsigned		 attempt;	/* counts connections */
	unsigned		 failures;	/* in a row */
	unsigned		 first;		/* address to begin with */
	uint64_t		 due_us;
	uint64_t		 since_us;	/* connected at */
	struct event		 event;
	bool			 has_event;
	short			 wants;		/* EV_READ, EV_WRITE */
	bool			 useful;	/* a block went through */
	bool			 cancelling;
	bool			 held;		/* nothing is read meanwhile */
	/*
	 * A warning said that the commit is not on the standby that it had to
	 * be on.
	 */
	bool			 doubt;
	/* What pipeline has prepared here, by sql->id; see there. */
	unsigned char		*prepared;
	size_t			 prepared_cap;
	unsigned		 nprepared;
	bool			 outdated;	/* what is prepared may not
						   fit the tables any more */
};

struct backend_list {
	struct backend	*first, *last;
	unsigned	 n;
};

/* Backends that do the same work on the same database. */
struct backend_home {
	struct ormd			*ormd;
	const char			*name;		/* for the log */
	const struct conninfo		*conninfo;
	struct errands			*resolver, *canceller;
	const struct backend_calls	*calls;
	void				*owner;
	struct backend_list		 in[BACKEND_STATES];
	struct loop_hook		 bury;
	uint64_t			 seed;		/* of the jitter */
	/*
	 * No backend is connected and an attempt has failed since: there is no
	 * point in waiting for one.
	 */
	bool				 down;
	uint64_t			 lost_us;	/* the last one, when */
	uint64_t			 reconnects;
};

void	backend_home_init(struct backend_home *, struct ormd *,
	    const char *name, const struct conninfo *,
	    const struct backend_calls *, void *owner);
/* How many are connected. */
unsigned backend_home_up(const struct backend_home *);
/* There is no database, and no point in waiting for one. */
void	backend_home_down(struct backend_home *, const char *why);

/* The backend is DOWN and due now. */
void	backend_init(struct backend *, struct backend_home *, unsigned number);
/* Closes the connection at once, tells nobody. */
void	backend_release(struct backend *);
/* due_us has come, of DOWN or CONNECTING. */
void	backend_expire(struct backend *);
/* Between IDLE and ACTIVE; IDLE becomes DRAINING while it is cancelling. */
void	backend_move(struct backend *, enum backend_state);
/* Waits for the socket to take more bytes, or not. */
void	backend_wants_write(struct backend *, bool);
/* Gives the connection up; it is closed after the turn. */
void	backend_lose(struct backend *, const char *why);
/* Asks PostgreSQL to stop what runs.  -1: it could not be asked. */
int	backend_cancel(struct backend *);
/* Reads nothing of an ACTIVE one until the cancel request is out. */
void	backend_hold(struct backend *);
/* A pseudo-random number below n, for jitter. */
uint64_t backend_random(struct backend_home *, uint64_t n);

#endif
