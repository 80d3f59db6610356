#ifndef ORMD_CONTROL_H
#define ORMD_CONTROL_H

#include "ormd.h"

/*
 * What reaches ormd from outside its protocol: signals and systemd's watchdog.
 *
 *	SIGTERM, SIGINT	drain: no more clients, what waits is refused, what
 *			runs may end within drain_timeout; then the loop stops.
 *			A second one stops it at once.
 *	SIGHUP		read configuration and model again
 *
 * main() makes it before the loop runs and frees it after.
 */
struct control;

/*
 * read_settings(arg, to) fills `to' as at the start, from file and options;
 * read_files() the rest, from the files that these name.  -1: the reason has
 * been logged, and nothing changes.
 */
typedef int control_files(const struct log *, const struct settings *,
	    struct ormd_model **, struct tls **);
struct control *control_new(struct ormd *,
	    int (*read_settings)(void *arg, struct settings *to),
	    control_files *read_files, void *arg);
/* The loop stopped with nothing under way, so that all can be freed. */
bool	control_drained(const struct control *);
void	control_free(struct control *);

#endif
