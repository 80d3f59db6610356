#ifndef ORMD_SESSION_H
#define ORMD_SESSION_H

#include <stdbool.h>

#include "peer.h"

/*
 * Connected clients.  listen.c hands in each accepted socket; from then on a
 * session reads lines, lets requests run in the order of ormd-protocol(7), and
 * writes their replies.  It frees itself when the client has gone and the last
 * of its requests is done.
 *
 * main() makes the sessions, tells them to drain, and frees them when the loop
 * has ended.
 */
struct sessions;

struct sessions *sessions_new(struct ormd *);	/* NULL: out of memory */
/* All requests must be done, or the pool be gone: nothing is waited for. */
void	sessions_free(struct sessions *);
/*
 * Whether there is room for one more client, from there: then peer->place is
 * taken.  NULL, or what stands in the way.
 */
const char *sessions_refuse(struct sessions *, struct peer *);
/*
 * Owns the socket (nonblocking) and the peer's place from here on.  `tls': it
 * begins with a handshake.  -1: it was closed at once.
 */
int	session_open(struct sessions *, int fd, const struct peer *, bool tls);

/*
 * What waits is refused as `draining', as is what still arrives; what runs goes
 * on.  drained(arg) is called once, from the loop, when the last request is
 * done and its reply is written.
 */
void	sessions_drain(struct sessions *, void (*drained)(void *), void *arg);
/* All that runs is cancelled, and its clients are told so. */
void	sessions_cancel(struct sessions *, enum error_kind why);

/* Sends one error line, as far as the socket takes it, to one not admitted. */
void	session_refuse(int fd, const char *message);

#endif
