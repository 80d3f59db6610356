#ifndef ORMD_PASSWORDS_H
#define ORMD_PASSWORDS_H

#include "call.h"
#include "hashing.h"
#include "secret.h"

/*
 * The passwords of a decoded call become hashes before it runs.  The request
 * room makes one of these, in the request's arena, for a call that has any.
 */
struct passwords {
	/* The caller's; they have to stay as they are until done(). */
	struct call		*call;
	struct arena		*arena;
	struct secret_cost	 cost;
	struct place		*place;		/* who asked; or NULL */
	/* ran: false, the daemon ends; failed: there is no memory. */
	void			(*done)(struct passwords *);
	void			*owner;
	bool			 ran, failed;

	struct hashing		 hashing;
	struct password_hash	*hashes;	/* by call->secrets */
	size_t			 made;		/* so many of them */
};

/*
 * 0: done() is called later, on the loop; then the hashes are where they were
 * assigned, and the passwords themselves are wiped.  In the tree of the
 * request's parameters stands what was derived of them and of call->key (a
 * constant, where there is no key): it is the same when the request comes
 * again.
 * -1 with err: no memory, or too many are being hashed.
 */
int	passwords_begin(struct passwords *, struct hashers *, unsigned most,
	    struct error *);
/* Nobody needs the rest of them any more; done() follows, as always. */
void	passwords_stop(struct passwords *);

#endif
