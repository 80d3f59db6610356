#ifndef LIBORMD_H
#define LIBORMD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * libormd: the C client of ormd.  Programs outside include this header;
 * ormctl is built on it and on nothing else of ormd.  See libormd(3) for an
 * example and ormd-protocol(7) for methods, values and errors.
 *
 * There is no global state.  A client is one connection and belongs to one
 * thread at a time; two clients never touch each other.
 *
 * Every function that may wait takes `timeout_ms': it returns by then.  0 does
 * what can be done at once, a negative number waits as long as it takes.
 *
 * A function that can fail takes a `struct ormd_error *' last (NULL: not
 * wanted) and fills it only then.
 */
#ifdef __cplusplus
extern "C" {
#endif

#define ORMD_PORT	"7432"			/* where none is named */
#define ORMD_WHERE	"127.0.0.1:" ORMD_PORT

struct ormd_client;

/*
 * An error: of the server (code as in ormd-protocol(7)), or of this library
 * (code 0), whose kinds are: `address' (where is not an address),
 * `unreachable' (no connection was made), `closed' (it has ended), `timeout',
 * `protocol' (the server does not speak JSON-RPC, or says too much),
 * `untrusted' (its certificate is not good), `usage' (the call is wrong),
 * `memory'.  What does not apply is "".  What is too long is cut.
 */
struct ormd_error {
	int	code;
	bool	retryable;	/* the same call may succeed later */
	char	kind[32];
	char	message[512];
	char	path[256];	/* JSON Pointer into params */
	char	hint[256];
	char	detail[256];
	char	model[64];
	char	attribute[64];
	char	constraint[64];
	char	sqlstate[8];
	char	committed[8];	/* "no", "yes", "unknown" */
};

/*
 * One line of the server.  The caller owns it (ormd_reply_free); all that it
 * points to lives and dies with it.
 */
struct ormd_reply {
	int64_t			 id;	   /* of ormd_send(), also of `rows';
					      0: see message */
	const char		*method;   /* a notification's; else NULL */
	struct json_object	*result;   /* NULL: null, or an error */
	struct ormd_error	*error;	   /* NULL: none */
	struct json_object	*message;  /* the whole line, parsed */
	const char		*line;	   /* the whole line, without LF */
	size_t			 size;

	struct ormd_reply	*next;	   /* the library's own */
};

/*
 * Connects.  `where' is HOST:PORT, HOST, :PORT, [IPV6]:PORT, or, if there is a
 * slash in it, the path of a Unix socket; NULL is ORMD_WHERE.  Names are
 * resolved within the timeout too.  NULL on failure.
 */
struct ormd_client *ormd_connect(const char *where, int timeout_ms,
	    struct ormd_error *);
/*
 * The same by TLS.  All members may be NULL: files in PEM, and the name that
 * the server's certificate has to be for, if that is not the host of `where'.
 */
struct ormd_tls {
	const char	*ca;		/* roots to trust; else the system's */
	const char	*certificate;	/* of the client, if it has one */
	const char	*key;		/* its key; else in the same file */
	const char	*name;
};

struct ormd_client *ormd_connect_tls(const char *where,
	    const struct ormd_tls *, int timeout_ms, struct ormd_error *);
void	 ormd_close(struct ormd_client *);	/* NULL is allowed */

/*
 * Queues a call and writes what the socket takes; returns its id (> 0), or -1,
 * and then nothing of it was or will be sent.  It waits only while more than a
 * mebibyte of earlier calls is unsent (and reads replies meanwhile, so that
 * the two sides cannot wait for each other).  What is left goes out in the
 * next function that is called.  `params' is borrowed, and may be NULL.
 * ormd_send_text() takes params as JSON text on one line.
 */
int64_t	 ormd_send(struct ormd_client *, const char *method,
	    struct json_object *params, int timeout_ms, struct ormd_error *);
int64_t	 ormd_send_text(struct ormd_client *, const char *method,
	    const char *params, int timeout_ms, struct ormd_error *);
/* The same without an id: a notification, which is never answered. */
int	 ormd_notify(struct ormd_client *, const char *method,
	    struct json_object *params, int timeout_ms, struct ormd_error *);
/* The same for a whole line (n bytes, no LF) that the caller has made. */
int	 ormd_send_line(struct ormd_client *, const char *line, size_t n,
	    int timeout_ms, struct ormd_error *);
/* Waits until all that was queued is written. */
int	 ormd_flush(struct ormd_client *, int timeout_ms, struct ormd_error *);
/* Flushes, and says that no more calls will come; replies still do. */
int	 ormd_finish(struct ormd_client *, int timeout_ms, struct ormd_error *);

/*
 * The reply to call `id'; other lines that come first are kept for their own
 * ormd_receive().  An error with id 0 is given to whoever waits: the server
 * could not tell whose call it refuses, as of a line that is too long.  Of a
 * stream (`find' with stream true), first each of its lines: a notification,
 * whose method is `rows' and whose objects stand in params.items of message.
 * With id 0: the next line, whatever it is.  NULL when there is none; after
 * `timeout' one can go on waiting, after `closed' and `protocol' only
 * ormd_close() is left.
 */
struct ormd_reply *ormd_receive(struct ormd_client *, int64_t id,
	    int timeout_ms, struct ormd_error *);
void	 ormd_reply_free(struct ormd_reply *);	/* NULL is allowed */

/*
 * Send and receive in one; the rows of a stream are dropped.  Returns 0, or -1
 * on an error of the server or of the library.  *result then belongs to the
 * caller (json_object_put); it is NULL for null.  `result' may be NULL.  After
 * `timeout' the outcome is not known; close the client, or its late reply is
 * kept for nobody.
 */
int	 ormd_call(struct ormd_client *, const char *method,
	    struct json_object *params, struct json_object **result,
	    int timeout_ms, struct ormd_error *);

/*
 * For a poll(2) loop: the descriptor, and the events to wait for.  When one
 * comes, ormd_receive(client, 0, 0, err) until it returns NULL.
 */
int	 ormd_fd(const struct ormd_client *);
short	 ormd_events(const struct ormd_client *);

#ifdef __cplusplus
}
#endif

#endif
