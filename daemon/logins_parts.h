#ifndef ORMD_LOGINS_PARTS_H
#define ORMD_LOGINS_PARTS_H

#include "attempts.h"
#include "logins.h"

/*
 * Between logins.c, which logs in and out, logins_attempts.c, which says how
 * often, and who_check.c, which looks again.
 */

struct logins {
	struct hashers	*hashers;
	struct attempts	*names, *origins;	/* of passwords; of all */
};

/* Statements of logins are not for rules to hide rows from. */
extern const struct caller	login_caller;

/*
 * Every connection keeps its user's key and login.  Who has a longer one, or no
 * login any more, is nobody here.
 */
bool	login_is_somebody(const struct login_answer *);

/*
 * logins_attempts.c: takes one of the address's, and with a password one of the
 * name's.  -1 with the login's error: there are none left.
 */
int	login_attempt_take(struct login *);
/* It was right, or nobody looked whether it was: then it does not count. */
void	login_attempt_give(struct login *, bool right);

#endif
