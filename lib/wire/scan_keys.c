/*
 * Duplicate keys.  Called by scan.c for each key of a line.  It refuses a key
 * that its object has already, and more keys than it has room for.
 */
#include <endian.h>
#include <string.h>

#include "scan_keys.h"
#include "scan_string.h"

enum { PAIRWISE_MOST = 8, CHUNK = 7 };

/* 2^61 - 1, a prime: reducing by it takes a shift and an addition. */
#define PRIME	((UINT64_C(1) << 61) - 1)

__extension__ typedef unsigned __int128 scan_wide;

void
scan_keys_init(struct scan_keys *k, uint64_t seed)
{
	k->n = 0;
	/* Large, so that one chunk alone is spread already. */
	k->multiplier = (seed & (PRIME >> 1)) | UINT64_C(1) << 59;
	memset(k->slot, 0, sizeof(k->slot));
}

static uint64_t
times(uint64_t a, uint64_t b)
{
	scan_wide	wide = (scan_wide)a * b;
	uint64_t	sum = (uint64_t)(wide & PRIME) +
			    (uint64_t)(wide >> 61);

	return sum >= PRIME ? sum - PRIME : sum;
}

/*
 * Seven bytes make a coefficient.  A key holds no NUL, so filling the last one
 * up with zeros makes no two keys equal.
 */
static uint64_t
plain_hash(const char *text, size_t n, uint64_t multiplier)
{
	uint64_t	h = 0, chunk = 0;

	for (; n >= CHUNK; n -= CHUNK, text += CHUNK) {
		memcpy(&chunk, text, CHUNK);
		h = times(h + le64toh(chunk), multiplier);
	}
	chunk = 0;
	memcpy(&chunk, text, n);
	return times(h + le64toh(chunk), multiplier);
}

/* The same of what an escaped key means. */
static uint64_t
escaped_hash(const char *text, uint64_t multiplier)
{
	struct string_reader	r;
	uint64_t		h = 0, chunk = 0;
	int			c, shift = 0;

	string_reader_init(&r, text);
	while ((c = string_reader_byte(&r)) != -1) {
		chunk |= (uint64_t)c << shift;
		if ((shift += 8) == 8 * CHUNK) {
			h = times(h + chunk, multiplier);
			chunk = 0;
			shift = 0;
		}
	}
	return times(h + chunk, multiplier);
}

static bool
same_text(const char *a, const char *b)
{
	struct string_reader	ra, rb;
	int			c;

	string_reader_init(&ra, a);
	string_reader_init(&rb, b);
	do {
		c = string_reader_byte(&ra);
		if (c != string_reader_byte(&rb))
			return false;
	} while (c != -1);
	return true;
}

/* Puts key i into the table, unless its object has one that is equal. */
static bool
table_add(struct scan_keys *k, const char *line, uint32_t i)
{
	struct scan_key	*key = &k->key[i], *other;
	uint32_t	 at = (uint32_t)key->hash % SCAN_SLOTS;

	for (; k->slot[at] != 0; at = (at + 1) % SCAN_SLOTS) {
		other = &k->key[k->slot[at] - 1];
		if (other->hash == key->hash &&
		    same_text(line + other->at, line + key->at))
			return false;
	}
	k->slot[at] = (uint16_t)(i + 1);
	key->slot = (int32_t)at;
	return true;
}

enum scan_key_found
scan_keys_add(struct scan_keys *k, const char *line, uint32_t at, size_t n,
    uint32_t base)
{
	struct scan_key	*key;
	uint64_t	 hash;
	uint32_t	 i;

	if (k->n == SCAN_KEYS_MOST)
		return SCAN_KEY_TOO_MANY;
	key = &k->key[k->n++];
	/* Open objects differ in base, so equal keys of two are no match. */
	hash = memchr(line + at, '\\', n) == NULL ?
	    plain_hash(line + at, n, k->multiplier) :
	    escaped_hash(line + at, k->multiplier);
	key->hash = hash + base;
	key->at = at;
	key->slot = -1;
	if (k->n - base <= PAIRWISE_MOST) {
		for (i = base; i < k->n - 1; i++)
			if (k->key[i].hash == key->hash &&
			    same_text(line + k->key[i].at, line + at))
				return SCAN_KEY_TWICE;
		return SCAN_KEY_NEW;
	}
	/* The one that is too many takes the others along. */
	i = k->key[base].slot == -1 ? base : k->n - 1;
	for (; i < k->n; i++)
		if (!table_add(k, line, i))
			return SCAN_KEY_TWICE;
	return SCAN_KEY_NEW;
}

void
scan_keys_cut(struct scan_keys *k, uint32_t base)
{
	while (k->n > base)
		if (k->key[--k->n].slot != -1)
			k->slot[k->key[k->n].slot] = 0;
}
