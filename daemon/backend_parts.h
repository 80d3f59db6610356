#ifndef ORMD_BACKEND_PARTS_H
#define ORMD_BACKEND_PARTS_H

#include "backend.h"

/* The inside of backend*.c. */

/*
 * Waits for the socket anew: libpq may have changed it.  -1: it cannot be
 * watched.
 */
int	backend_watch(struct backend *, short wants);
void	backend_unwatch(struct backend *);
/* The socket of a connection that is being made is ready. */
void	backend_connect_poll(struct backend *);

#endif
