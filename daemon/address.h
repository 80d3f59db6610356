#ifndef ORMD_ADDRESS_H
#define ORMD_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <netdb.h>
#include <stdbool.h>

#include "error.h"

/*
 * Addresses to listen on, as ormd.conf(5) writes them: host:port, [v6]:port,
 * a path, unix:path.  listen.c calls this.  Functions that return int give 0,
 * or -1 with err (the last two: always -1).
 */
enum { ADDRESS_LONGEST = 512 };

/* What `listen' says of one: the address, and the word behind it. */
struct address_entry {
	char	name[ADDRESS_LONGEST];
	bool	tls, plain;		/* at most one of them */
};

union address {
	struct sockaddr		 any;
	struct sockaddr_in	 v4;
	struct sockaddr_in6	 v6;
	struct sockaddr_un	 local;
	struct sockaddr_storage	 storage;
};

int	address_entry_read(const char *text, struct address_entry *,
	    struct error *);
/* This machine only. */
bool	address_is_local(const struct sockaddr *);
/* The path of a Unix socket, or NULL when `name' is host:port. */
const char *address_path(const char *name);
int	address_check_path(const char *name, const char *path,
	    struct error *);
/*
 * host:port or [v6]:port to addresses of this machine.  A name may be looked
 * up, so this can take time.  The caller frees them.  NULL: err.
 */
struct addrinfo *address_resolve(const char *name, struct error *);
/*
 * A socket that an ormd of before left behind goes.  -1 with errno: somebody
 * listens on it, or it is no socket.
 */
int	address_remove_stale(const struct sockaddr_un *);

int	address_refuse(const char *name, const char *why, struct error *);
/* Others than this machine reach it, and it does not say plain or tls. */
int	address_refuse_public(const char *name, struct error *);

#endif
