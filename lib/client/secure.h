#ifndef ORMD_SECURE_H
#define ORMD_SECURE_H

#include <sys/types.h>

#include "libormd.h"

/*
 * Inside libormd: TLS over a connected socket that does not block.  channel.c
 * reads and writes through it; the socket stays the channel's.
 */
struct ormd_secure;

/*
 * Shakes hands and verifies that the other end is `host'.  NULL with err: the
 * deadline came, the files are not good, or the other end is not.
 */
struct ormd_secure *ormd_secure_new(int fd, const struct ormd_tls *,
	    const char *host, int64_t deadline, struct ormd_error *);
void	ormd_secure_free(struct ormd_secure *);	/* NULL is allowed */

/* As recv(2) and send(2), EAGAIN included. */
ssize_t	ormd_secure_recv(struct ormd_secure *, void *, size_t);
ssize_t	ormd_secure_send(struct ormd_secure *, const void *, size_t);
/* As shutdown(2) of the writing side: says that no more will come. */
void	ormd_secure_finish(struct ormd_secure *);

#endif
