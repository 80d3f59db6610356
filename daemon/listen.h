#ifndef ORMD_LISTEN_H
#define ORMD_LISTEN_H

#include "ormd.h"

/*
 * The sockets on which clients arrive.  main() opens them at the start and
 * closes them when it drains.  As long as nobody can log in, only loopback
 * addresses and Unix sockets are taken, whether they come from `listen' or
 * from systemd.
 */
struct listeners;

/*
 * `handed' sockets, from NOTIFY_FD_FIRST on, take the place of the setting
 * `listen'.  NULL with err when one of them cannot be opened.
 */
struct listeners *listeners_new(struct ormd *, int handed, struct error *);
/* Whether each address of `listen' could be taken, without opening any. */
int	listeners_check(const struct settings *, struct error *);
/* No more clients; removes the Unix sockets that were made here. */
void	listeners_close(struct listeners *);
void	listeners_free(struct listeners *);	/* NULL is allowed */

#endif
