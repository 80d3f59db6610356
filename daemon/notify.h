#ifndef ORMD_NOTIFY_H
#define ORMD_NOTIFY_H

#include <stdint.h>

/*
 * What systemd and ormd tell each other: sd_notify(3), sd_listen_fds(3).
 * main() calls this.  With libsystemd its functions are used, without it the
 * same protocols are spoken here; outside systemd all of it does nothing.
 */

/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…": lines of one message. */
void	notify_send(const char *state);
/* Microseconds between two WATCHDOG=1, half of what systemd allows; 0: none. */
uint64_t notify_watchdog(void);
/*
 * How many listening sockets were handed over; they are NOTIFY_FD_FIRST and
 * the following.  They are closed on exec.  The second call returns 0.
 */
enum { NOTIFY_FD_FIRST = 3 };
/* Their names, with colons between; ask before that.  The caller frees. */
char	*notify_listen_names(void);
int	notify_listen_fds(void);

#endif
