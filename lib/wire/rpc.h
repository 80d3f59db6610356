#ifndef ORMD_RPC_H
#define ORMD_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "json_in.h"
#include "scan.h"

/*
 * A line -> calls, as JSON-RPC 2.0 has them.  The session calls rpc_read() for
 * each line of the framer.
 *
 * A request has the members `method' (a string), `id' (a string, an integer or
 * null), `params' (an object, or an empty list, or null, or nothing) and
 * `jsonrpc' (if it is there, "2.0").  Any other member is refused: a misspelt
 * `id' would make a notification that nobody answers, a misspelt `params' a
 * call without parameters.
 */

/* One per worker; reused from line to line. */
struct rpc {
	struct scanner		 scanner;
	size_t			 max_batch;
	struct buf		 text;
};

struct rpc_limits {
	unsigned	max_depth;	/* nesting of the line; see scan.h */
	size_t		max_values;
	size_t		max_batch;
};

struct rpc_call {
	/*
	 * JSON text, to be echoed: "null" when there is none.  Equal ids have
	 * equal texts, however the client wrote them.
	 */
	const char		*id;
	/*
	 * False: a notification, answer nothing, not even an error.  A thing
	 * without an id that is no request at all is answered (id null).
	 */
	bool			 answered;
	const char		*method;	/* NULL only with an error */
	struct json	*params;	/* an object; NULL: none */
	const struct error	*error;		/* NULL: can be run */
};

/* All of it lives in the arena. */
struct rpc_message {
	bool			 is_batch;	/* answer with an array */
	size_t			 n;
	struct rpc_call		*calls;
};

/* -1: out of memory.  `seed' is random and secret; see scan.h. */
int	rpc_init(struct rpc *, const struct rpc_limits *, uint64_t seed);
void	rpc_release(struct rpc *);

/*
 * 0: message->calls are there, each with an error of its own or to be run.
 * -1: the line as a whole is refused; answer *err, once, with id null.  That
 * is what the scanner refuses, an empty batch (`invalid_request'), and one of
 * more than max_batch members (`limit').
 */
int	rpc_read(struct rpc *, struct arena *, const char *p, size_t n,
	    struct rpc_message *message, struct error *err);
/*
 * The text of an id, as in rpc_call, for `cancel'.  NULL and `invalid_request'
 * when it is none, `limit' when memory ends.
 */
const char *rpc_id(struct rpc *, struct arena *, struct json *,
	    struct error *);

#endif
