#ifndef ORMD_PEER_H
#define ORMD_PEER_H

#include <sys/socket.h>

#include "logins.h"

/*
 * Where a client comes from, and what follows from it.  listen.c asks for each
 * client it accepts.
 */
struct place;

struct peer {
	struct login_origin	 origin;	/* attempts are counted by it */
	char			 address[PEER_ADDRESS];
	const char		*user;		/* the login that it stands for,
						   in the settings; or NULL */
	bool			 is_private;	/* this machine */
	struct place		*place;		/* taken, for the session */
};

/* `fd' is the client's socket, the address what accept() has told. */
void	peer_look(struct peer *, const struct settings *, int fd,
	    const struct sockaddr *);
/*
 * The login that a verified certificate of this name stands for, or NULL; it is
 * the name's or the settings'.
 */
const char *peer_certificate(const struct settings *, const char *name);
/* Are peer_users and certificate_users well-formed?  0, or -1 with err. */
int	peer_check(const struct settings *, struct error *);

#endif
