#ifndef ORMD_SCAN_KEYS_H
#define ORMD_SCAN_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The keys of the objects that are open while scan.c walks a line, to find one
 * that stands twice.  Only scan.c calls this.
 *
 * Keys are compared as what they mean, so "a" and "\u0061" are one key.  Each
 * gets a hash of 61 bits, a polynomial in a secret multiplier, so that nobody
 * can send keys that collide on purpose.  The first few of an object are
 * compared pairwise; a larger object's go into a hash table that all objects
 * share.  As objects close in the reverse order of opening, taking the last
 * entry out never breaks the probe sequence of another.
 */
enum {
	SCAN_KEYS_MOST = 16384,	/* of all objects open at once */
	SCAN_SLOTS = 2 * SCAN_KEYS_MOST
};

struct scan_key {
	uint64_t	hash;
	uint32_t	at;		/* of its text, behind the quote */
	int32_t		slot;		/* -1: not in the table */
};

struct scan_keys {
	uint64_t	multiplier;
	uint32_t	n;
	struct scan_key	key[SCAN_KEYS_MOST];
	uint16_t	slot[SCAN_SLOTS];	/* of the key + 1; 0: free */
};

enum scan_key_found { SCAN_KEY_NEW, SCAN_KEY_TWICE, SCAN_KEY_TOO_MANY };

void	scan_keys_init(struct scan_keys *, uint64_t seed);
/*
 * Adds the key of n bytes at line + at (checked already, ends with a quote) to
 * the object whose first key has the index `base'.
 */
enum scan_key_found scan_keys_add(struct scan_keys *, const char *line,
	    uint32_t at, size_t n, uint32_t base);
/* Forgets the keys from `base' on: their object is closed. */
void	scan_keys_cut(struct scan_keys *, uint32_t base);

#endif
