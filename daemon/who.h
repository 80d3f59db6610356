#ifndef ORMD_WHO_H
#define ORMD_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "caller.h"
#include "login.h"
#include "ormd.h"

/*
 * Who a connection is.  Part of every session; logins.c sets it, and requests
 * ask it.  A login is looked at again from time to time (login_check), and
 * then may have ended: requests are refused until the client logs in again, for
 * it would not expect them to be anyone's.
 */
enum who_state {
	WHO_ANYONE,
	WHO_USER,
	WHO_ENDED
};

struct who {
	enum who_state	 state;
	bool		 admin;
	bool		 by_token;	/* else by `implied' */
	bool		 refused;	/* `implied' was logged out of */
	unsigned	 model;		/* ormd->models when it was checked */
	uint64_t	 checked_us;	/* 0: never */
	char		*implied;	/* the login that the peer's user id or
					   certificate stands for; or NULL */
	char		*user;		/* the key as PostgreSQL writes it */
	char		*login;
	char		*json;		/* {"id": …, "username": …} */
	char		*key;		/* the key as a cell */
	int32_t		 nkey;
	unsigned char	 digest[LOGIN_DIGEST];	/* of the token */
};

void	who_release(struct who *);
/* Nobody, for whatever is asked from now on. */
void	who_forget(struct who *);
/* The login has ended; `now_us' is when that was seen. */
void	who_end(struct who *, const struct ormd *, uint64_t now_us);
/*
 * The user of this answer, which was asked for with that registry.  -1: no
 * memory; who is forgotten.
 */
int	who_set(struct who *, const struct ormd *, const struct registry *,
	    const struct login_answer *, uint64_t now_us);
/* It has to be looked at before the next request is decoded. */
bool	who_is_stale(const struct who *, struct ormd *);
/*
 * As the planner needs it: a copy in the arena, or NULL in *caller where the
 * registry knows no users.  -1 with err: no memory, or the login has ended.
 */
int	who_caller(const struct who *, const struct registry *,
	    struct arena *, const struct caller **caller, struct error *);
/*
 * What the audit says of a connection's requests: a copy in the arena, but for
 * the address, which stays where it is.  NULL: no memory.
 */
struct audit_source *who_audited(const struct who *, const struct registry *,
	    struct arena *, const char *address);
/* Nobody, where the model has users, and where nothing implies one. */
bool	who_is_stranger(const struct who *, const struct ormd *);
/* The longest line that it may send. */
size_t	who_max_line(const struct who *, const struct ormd *);
/* Is it the caller of before, with the same rights?  NULL: there were none. */
bool	who_is(const struct who *, const struct caller *);
/* "user": …, "admin": …, as members of an object that is being written. */
void	who_print(struct buf *, const struct who *);

#endif
