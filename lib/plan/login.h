#ifndef ORMD_LOGIN_H
#define ORMD_LOGIN_H

#include "plan.h"

/*
 * What a login asks of the database: the row of a user, and ormd.token, where
 * tokens are kept as hashes.  A call with a login has no ops; it is alone in
 * its batch, which is one round.  The daemon decides what follows from the
 * answer; passwords and tokens never come here.
 *
 * A token is good as long as it has not expired, its user is there, and the
 * user's password is the one it was made under, of which ormd.token has a
 * digest: so a new password ends all tokens, however it was written.
 *
 * Where the call is audited, ormd.audit says that a token was made (login) or
 * forgotten (logout), and that a password has a new hash.  A login with a token
 * changes nothing and is not there.
 */
enum {
	LOGIN_DIGEST = 32	/* bytes of a token's SHA-256 */
};

enum login_kind {
	LOGIN_NAME,		/* the user of this name */
	LOGIN_TOKEN,		/* the user of this token */
	LOGIN_KEEP,		/* keeps a new token */
	LOGIN_DROP,		/* forgets a token … */
	LOGIN_DROP_ALL		/* … or all of a user */
};

struct login_call {
	enum login_kind		 kind;
	const char		*name;		/* NAME: in auth->login */
	const unsigned char	*digest;	/* TOKEN, KEEP, DROP */
	const char		*user;		/* KEEP, DROP_ALL: the key, as
						   PostgreSQL writes it */
	struct cell		 key;		/* the same as a cell, for the
						   audit: of KEEP, DROP,
						   DROP_ALL */
	/*
	 * KEEP: what the user's password has to be still, and what replaces it
	 * (NULL: nothing): both hashes.
	 */
	const char		*password;
	const char		*fresh;
	int64_t			 lifetime;	/* KEEP: seconds */
};

/* In the batch's arena. */
struct login_answer {
	bool			 found;		/* else the rest is not set; of
						   KEEP: it was kept */
	struct cell		 key;		/* of auth->key */
	struct cell		 login;		/* of auth->login */
	const char		*user;		/* the key as text */
	const char		*password;	/* the hash, or NULL */
	bool			 admin;		/* by the role column */
	const char		*expires;	/* TOKEN, KEEP: ISO 8601 */
};

/* 0, or -1: no memory. */
int	login_send(struct batch *, struct round *);
int	login_take(struct batch *, const struct answer *);

#endif
