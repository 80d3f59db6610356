#ifndef ORMD_LISTEN_PARTS_H
#define ORMD_LISTEN_PARTS_H

#include <sys/types.h>

#include "listen.h"

/* What listen.c (the sockets) and accept.c (who arrives) share; nobody else. */
struct listener {
	struct listener		*next;
	struct listeners	*all;
	struct event		 event;
	int			 fd;
	bool			 tls;
	bool			 is_public;
	char			*path;		/* Unix socket made here */
	dev_t			 device;	/* what was made at `path' */
	ino_t			 inode;
};

struct listeners {
	struct ormd		*ormd;
	struct listener		*first;
	struct event		 retry;
	int			 reserve;	/* a descriptor to give up */
	bool			 complained;
};

/* accept.c, as events of a listener and of all of them */

void	listener_acceptable(evutil_socket_t, short, void *);
/* There may be descriptors again. */
void	listeners_retry(evutil_socket_t, short, void *);

#endif
