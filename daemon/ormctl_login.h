#ifndef ORMCTL_LOGIN_H
#define ORMCTL_LOGIN_H

#include <stdbool.h>

#include "libormd.h"

/*
 * How ormctl logs in: with a token, from a file or of this session, or with a
 * password that a person types.  talk_connect() calls this for each connection.
 */
struct login {
	const char	*user;		/* -u; NULL: nobody logs in */
	const char	*file;		/* of the token; NULL: none is kept */

	/* Its own; zero at first. */
	char		*token;
};

bool	login_wanted(const struct login *);
/* 0, or -1 with err: kind "usage" when there is nobody to ask. */
int	login_now(struct login *, struct ormd_client *, int timeout_ms,
	    struct ormd_error *);
void	login_release(struct login *);

#endif
