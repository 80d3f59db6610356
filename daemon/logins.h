#ifndef ORMD_LOGINS_H
#define ORMD_LOGINS_H

#include "hashing.h"
#include "pool.h"
#include "secret.h"
#include "who.h"
#include "json_in.h"

/*
 * Logging in and out, and looking at logins again.  The request room calls
 * this for the methods `login' and `logout', the dialog for a connection whose
 * login is stale.
 *
 * A login with a password asks the database for the user, tries the password
 * in a thread, and keeps a token.  A name that nobody has costs the same: a
 * hash is made in vain.  Both kinds of failure get the same answer.
 */
struct logins;

struct logins *logins_new(struct ormd *);	/* NULL: errno */
/* No login may be under way.  NULL is allowed. */
void	logins_free(struct logins *);
/* The threads for hashes; passwords of objects go there, too. */
struct hashers *logins_hashers(struct logins *);
struct secret_cost logins_cost(const struct settings *);

enum { PEER_ADDRESS = 46 };	/* the longest IP address as text, and a NUL */

/* Where a client comes from, as far as attempts are counted. */
struct login_origin {
	unsigned char	bytes[20];
	unsigned char	n;
};

/*
 * One `login' or `logout' that is under way, in its request's arena.  The
 * caller sets the first part, zeroes the rest, and waits for done(), which is
 * called once, never before login_run() has returned.
 */
struct login {
	struct ormd		*ormd;
	const struct registry	*registry;	/* with `auth'; held */
	struct who		*who;
	const struct login_origin *origin;
	struct place		*place;		/* of it */
	struct arena		*arena;
	uint64_t		 deadline_us;	/* as of a job */
	const char		*name;		/* in auth->login; or NULL */
	char			*password;	/* is wiped */
	const char		*token;		/* in place of both */
	bool			 out;		/* logout … */
	bool			 all;		/* … of all tokens */
	struct audit_source	*audit;		/* or NULL; a login makes it
						   its user's */
	/* err is NULL when it worked. */
	void			(*done)(struct login *, const struct error *);
	void			*owner;

	/* What came of a login. */
	char			 made[SECRET_TOKEN_SIZE];
	const char		*expires;

	/* This room's own. */
	struct job		 job;
	struct call		 call;
	struct login_call	 ask;
	struct hashing		 hashing;
	struct loop_hook	 hook;
	struct error		 error;
	struct login_answer	 user;
	struct secret_cost	 cost;
	enum secret_verdict	 verdict;
	bool			 submitted;
	bool			 cancelled;
	enum error_kind		 why;
	unsigned char		 digest[SECRET_DIGEST];
	char			 fresh[SECRET_HASH_SIZE];
};

/*
 * logins_text.c: the parameters, before login_run(), and the result after it.
 * `is_private': nobody listens on the way.  -1 with err: refused.
 */
int	login_decode(struct login *, struct json *params, bool is_private,
	    struct error *);
void	login_print(struct buf *, const struct login *);

void	login_run(struct login *);
/* done() follows, as always. */
void	login_cancel(struct login *, enum error_kind why);

/*
 * who_check.c: looks at a login again, or for the first time at an implied one.
 * done(arg) tells what came of it: NULL, and `who' is as it should be, or the
 * reason why nobody knows.  Never before who_check() has returned, unless that
 * is -1: no memory.
 */
struct who_check {
	struct ormd		*ormd;
	struct who		*who;
	void			(*done)(struct who_check *,
				    const struct error *);
	void			*owner;
	/* This room's own. */
	struct ormd_model	*model;
	struct job		 job;
	struct call		 call;
	struct login_call	 ask;
};

void	who_check(struct who_check *);
void	who_check_cancel(struct who_check *, enum error_kind why);

#endif
