#ifndef ORMD_CONNINFO_H
#define ORMD_CONNINFO_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "arena.h"
#include "error.h"
#include "vec.h"

/*
 * A libpq connection string, taken apart once, so that a connection can be
 * begun without waiting for a name server: libpq looks names up by a call that
 * blocks, but takes addresses (hostaddr) too.  The names stay in `host', which
 * TLS checks the certificate against.
 *
 * Read-only once made, so conninfo_resolve() may run in another thread.
 */
enum {
	CONNINFO_HOSTS_MOST = 16,
	CONNINFO_ADDRESSES_MOST = 64
};

/* Strings are "" where the connection string does not say. */
struct conninfo_host {
	const char	*host;		/* name, address or folder */
	const char	*hostaddr;
	const char	*port;
};

struct conninfo_word {
	const char	*key;
	const char	*value;
};

struct conninfo {
	struct arena		 arena;
	VEC(struct conninfo_word) words;	/* all but host, hostaddr, port,
						   options */
	struct conninfo_host	 hosts[CONNINFO_HOSTS_MOST];
	unsigned		 nhosts;
	const char		*options;
};

/* Where to connect, in this order; "" for a Unix socket. */
struct conninfo_addresses {
	unsigned	 n;
	struct {
		unsigned	 host;		/* in conninfo->hosts */
		char		 text[64];
	}		 v[CONNINFO_ADDRESSES_MOST];
};

/*
 * Parses a connection string (or URI).  `options' ("-c name=value ...") is put
 * before the options that the string itself brings.  Where a service is named,
 * what pg_service.conf says of it is taken now.  -1 with err when it is
 * malformed; conninfo_release() is needed in either case.
 */
int	conninfo_init(struct conninfo *, const char *text, const char *options,
	    struct error *);
void	conninfo_release(struct conninfo *);
/* Whether conninfo_resolve() has to ask for names, so that it may block. */
bool	conninfo_has_names(const struct conninfo *);
/*
 * For sessions that are read-only by their options: libpq would take that for
 * the server's state, find no server "read-write" and every one "read-only".
 */
void	conninfo_for_readers(struct conninfo *);
/* A name that is not found is left out; n may be 0. */
void	conninfo_resolve(const struct conninfo *, struct conninfo_addresses *);
/*
 * PQconnectStartParams(), with the addresses turned round so that it begins
 * with number `first' (modulo n).  NULL: out of memory.  Never blocks.
 */
PGconn	*conninfo_connect(const struct conninfo *,
	    const struct conninfo_addresses *, unsigned first);

#endif
