#ifndef ORMD_SCAN_H
#define ORMD_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "scan_keys.h"

/*
 * Line -> checked JSON, before any JSON library sees it: one pass, nothing
 * allocated.  rpc.c calls this; what has passed goes to json_read().
 *
 * What is refused, and as what (the detail says "at byte N", counted from 0):
 *
 * parse	what RFC 8259's grammar does not have, bytes behind the value, a
 *		byte order mark, text that is not UTF-8, control characters in
 *		strings, NUL (raw or escaped), an escaped surrogate without its
 *		other half, a key twice in one object (however it is written)
 * limit	arrays and objects nested deeper than max_depth, more than
 *		max_values values (each scalar, array and object is one; keys
 *		are none), more than SCAN_KEYS_MOST keys in the objects that are
 *		open at once
 * too_large	a line of 2 GiB and more
 *
 * A number may be of any size: whoever takes it knows what it can hold.
 */
enum {
	SCAN_DEPTH_MOST = 128	/* what max_depth can be set to */
};

enum scan_verdict { SCAN_OK, SCAN_REFUSED };

/* Working space, about 330 kB: one per worker, reused for every line. */
struct scanner {
	unsigned		max_depth;
	size_t			max_values;
	struct scan_keys	keys;
};

/*
 * `seed' is random and secret: it keeps clients from making keys collide.
 * max_depth is cut to SCAN_DEPTH_MOST.
 */
void	scan_init(struct scanner *, unsigned max_depth, size_t max_values,
	    uint64_t seed);
/*
 * Checks the n bytes at p.  *values is the number of values; it is not set
 * after SCAN_REFUSED, *err is not after SCAN_OK.
 */
enum scan_verdict scan_line(struct scanner *, const char *p, size_t n,
	    size_t *values, struct error *err);

#endif
