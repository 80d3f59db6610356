#ifndef ORMD_REACH_H
#define ORMD_REACH_H

#include <stdint.h>

#include "libormd.h"

/*
 * Inside libormd: deadlines, errors, and how a socket gets connected.  The
 * names begin with ormd_ because a static library has no inside for the
 * linker.
 */

/* Milliseconds of the monotonic clock; a deadline of -1 never comes. */
int64_t	ormd_deadline(int timeout_ms);
/* What is left of it, for poll(2): -1 for ever, 0 over. */
int	ormd_left(int64_t deadline);

/* Fills *err (NULL: nothing) with an error of this library; returns -1. */
int	ormd_fail(struct ormd_error *err, const char *kind,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A connected, non-blocking socket, which the caller closes; or -1. */
int	ormd_reach(const char *where, int64_t deadline, struct ormd_error *);
/* The host in `where', for its certificate; "localhost" of a Unix socket. */
enum { ORMD_HOST_SIZE = 256 };
void	ormd_reach_host(const char *where, char to[ORMD_HOST_SIZE]);

#endif
