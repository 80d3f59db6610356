#ifndef ORMD_LISTEN_H
#define ORMD_LISTEN_H

#include "ormd.h"

/*
 * The sockets on which clients arrive.  main() opens them at the start and
 * closes them when it drains.  Addresses that others than this machine reach
 * need a word of their own, tls or plain, and a model with users; that holds
 * for those of `listen' and for those of systemd, whose name is the word.
 */
struct listeners;

/* Descriptors beside those of backends and clients; no client gets these. */
enum { LISTEN_DESCRIPTORS_OWN = 64 };

/*
 * `handed' sockets, from NOTIFY_FD_FIRST on, take the place of the setting
 * `listen'; `names' are theirs, with colons between them, or NULL.  NULL with
 * err when one of them cannot be opened.
 */
struct listeners *listeners_new(struct ormd *, int handed, const char *names,
	    struct error *);
/*
 * Whether each address of `listen' could be taken, without opening any.
 * `users': the model has some.
 */
int	listeners_check(const struct settings *, bool users, struct error *);
/* Whether others than this machine reach any of them. */
bool	listeners_are_public(const struct listeners *);
/* No more clients; removes the Unix sockets that were made here. */
void	listeners_close(struct listeners *);
void	listeners_free(struct listeners *);	/* NULL is allowed */

#endif
