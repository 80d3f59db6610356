#ifndef ORMD_TLS_H
#define ORMD_TLS_H

#include <sys/types.h>

#include <stdbool.h>

#include "settings.h"

/*
 * TLS on sockets that do not block, for sessions.  A struct tls is certificate,
 * key and what is spoken; links made from it outlive it.  A link is one
 * connection; reading from it also shakes hands.
 */
struct tls;
struct tls_link;

/*
 * From the files that the settings name.  NULL with err: they are missing, or
 * do not fit together.
 */
struct tls *tls_new(const struct settings *, struct error *);
void	tls_free(struct tls *);			/* NULL is allowed */

/* NULL: out of memory.  The descriptor stays the caller's. */
struct tls_link *tls_link_new(const struct tls *, int fd);
/* Says goodbye, as far as the socket takes it at once. */
void	tls_link_free(struct tls_link *);	/* NULL is allowed */

/*
 * As recv(2) and send(2) are: -1 with EAGAIN until there is more, or room.
 * Both of them may have to wait for the other direction; see below.
 */
ssize_t	tls_recv(struct tls_link *, void *, size_t);
ssize_t	tls_send(struct tls_link *, const void *, size_t);
/* The last -1 with EAGAIN of tls_recv() waits for room in the socket. */
bool	tls_wants_write(const struct tls_link *);
/* Hands are shaken: only now it is known who the other end is. */
bool	tls_is_open(const struct tls_link *);
/*
 * The common name of the client's certificate, if it has shown one that was
 * verified; the caller frees it.  NULL otherwise.
 */
char	*tls_peer_name(const struct tls_link *);

#endif
