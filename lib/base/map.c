/*
 * Hash maps: names to model elements, keys to loaded rows.  The hash is
 * FNV-1a folded with a multiplier; the keys of one request are bounded by its
 * line, so a client that looks for collisions slows down only itself.
 */
#include <string.h>

#include "map.h"

enum { MAP_FIRST = 16 };

static uint32_t
hash_bytes(const void *key, size_t size)
{
	const unsigned char	*p = key;
	uint64_t		 h = 0xcbf29ce484222325ULL, word;
	uint32_t		 half;

	for (; size >= 8; size -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	if (size >= 4) {
		memcpy(&half, p, 4);
		h = (h ^ half) * 0x9e3779b97f4a7c15ULL;
		size -= 4;
		p += 4;
	}
	for (; size > 0; size--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 32);
}

/* Most keys are numbers: compared as a word, without a look at the key. */
static uint64_t
word_of(const void *key, size_t size)
{
	uint64_t	word = 0;
	uint32_t	half;

	if (size == sizeof(half)) {
		memcpy(&half, key, sizeof(half));
		return half;
	}
	if (size > 0)
		memcpy(&word, key, size < sizeof(word) ? size : sizeof(word));
	return word;
}

static struct map_entry *
lookup(const struct map *m, const void *key, size_t size, uint32_t hash)
{
	uint64_t		 word = word_of(key, size);
	struct map_entry	*e;

	if (m->nbuckets == 0)
		return NULL;
	for (e = m->buckets[hash & (m->nbuckets - 1)]; e != NULL; e = e->chain)
		if (e->hash == hash && e->size == size && e->word == word &&
		    (size <= sizeof(word) || memcmp(e->key, key, size) == 0))
			return e;
	return NULL;
}

void *
map_get(const struct map *m, const void *key, size_t size)
{
	struct map_entry	*e;

	if (m->n == 0)
		return NULL;
	e = lookup(m, key, size, hash_bytes(key, size));
	return e == NULL ? NULL : e->value;
}

void *
map_find(const struct map *m, const char *name)
{
	return map_get(m, name, strlen(name));
}

static int
grow(struct arena *a, struct map *m)
{
	size_t			 n = m->nbuckets == 0 ? MAP_FIRST :
				    m->nbuckets * 4;
	struct map_entry	**buckets, **slot, *e;

	if ((buckets = arena_array(a, n, sizeof(struct map_entry *))) == NULL)
		return -1;
	for (e = m->first; e != NULL; e = e->next) {
		slot = &buckets[e->hash & (n - 1)];
		e->chain = *slot;
		*slot = e;
	}
	m->buckets = buckets;
	m->nbuckets = n;
	return 0;
}

int
map_put(struct arena *a, struct map *m, const void *key, size_t size,
    void *value)
{
	uint32_t		 hash = hash_bytes(key, size);
	struct map_entry	*e, **slot;

	if (lookup(m, key, size, hash) != NULL)
		return 1;
	if (m->n >= m->nbuckets && grow(a, m) == -1)
		return -1;
	if ((e = arena_alloc(a, sizeof(*e))) == NULL)
		return -1;
	e->key = key;
	e->size = size;
	e->word = word_of(key, size);
	e->value = value;
	e->hash = hash;
	slot = &m->buckets[hash & (m->nbuckets - 1)];
	e->chain = *slot;
	*slot = e;
	if (m->last == NULL)
		m->first = e;
	else
		m->last->next = e;
	m->last = e;
	m->n++;
	return 0;
}

int
map_name(struct arena *a, struct map *m, const char *name, void *value)
{
	return map_put(a, m, name, strlen(name), value);
}
