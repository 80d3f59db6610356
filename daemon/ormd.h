#ifndef ORMD_H
#define ORMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "loop.h"
#include "model.h"
#include "rpc.h"
#include "settings.h"
#include "sql.h"
#include "stock.h"

/*
 * What travels from main() through daemon/.  One per worker; everything in it
 * outlives every session and request.
 */
struct pool;
struct sessions;
struct listeners;
struct logins;
struct rates;
struct sealing;
struct tls;

/*
 * A registry and who uses it.  SIGHUP swaps ormd->model; a request that began
 * with the old one holds it, and the last one to let go frees it.
 */
struct ormd_model {
	struct registry		*registry;
	unsigned		 refs;		/* ormd->model counts as one */
	struct buf		 documents[CLASSES];	/* of rpc.discover; each
						   empty until asked for */
	void			*extra;		/* the request room's own:
						   shapes it compiled */
	void			(*extra_free)(void *);
};

/* Counted since the start. */
struct ormd_stats {
	uint64_t	connections, refused_connections;
	uint64_t	lines, requests, failed, cancelled, refused;
	uint64_t	bytes_in, bytes_out;
};

struct ormd {
	struct log		 log;
	struct settings		 settings;
	struct loop		 loop;
	struct ormd_model	*model;		/* the current one */
	unsigned		 models;	/* how many there have been */
	struct sql_cache	 sql;
	struct key_stock	 stock;
	uint64_t		 sweep_us;	/* old keys go from then */
	struct arena_spares	 spares;	/* of short-lived arenas */
	struct rpc		 rpc;		/* reads lines */
	uint64_t		 memory;	/* bytes; see total_memory */
	unsigned		 in_flight;	/* requests not answered yet */
	unsigned		 clients;	/* connected */
	struct pool		*pool;
	struct sessions		*sessions;
	struct listeners	*listeners;
	struct logins		*logins;
	struct rates		*rates;
	struct sealing		*sealing;	/* of plan tokens */
	struct tls		*tls;		/* NULL: no certificate */
	struct ormd_stats	 stats;
	bool			 draining;	/* refuse what is new */
};

/* Owns the registry from here on; one reference for the caller. */
struct ormd_model *ormd_model_new(struct registry *);
struct ormd_model *ormd_model_hold(struct ormd_model *);
void	ormd_model_drop(struct ormd_model *);	/* NULL is allowed */
/*
 * Reads a model file.  NULL when it is refused or out of memory: the reason has
 * been logged, with file, JSON Pointer and hint; so have warnings.
 */
struct ormd_model *ormd_model_read(const struct log *, const char *file);

#endif
