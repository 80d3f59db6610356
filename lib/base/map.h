#ifndef ORMD_MAP_H
#define ORMD_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/*
 * A hash map from bytes to pointers, in an arena.  Keys are not copied and
 * have to live as long as the map; values must not be NULL (NULL means
 * absent).  Entries are never removed.  map_each() goes in insertion order.
 * An all-zero struct is an empty map.
 */
struct map_entry {
	const void		*key;
	size_t			 size;
	uint64_t		 word;		/* of up to 8 bytes: the key */
	void			*value;
	struct map_entry	*chain;		/* same bucket */
	struct map_entry	*next;		/* insertion order */
	uint32_t		 hash;
};

struct map {
	struct map_entry	**buckets;
	struct map_entry	*first, *last;
	size_t			 nbuckets;	/* a power of two, or 0 */
	size_t			 n;
};

void	*map_get(const struct map *, const void *key, size_t size);
void	*map_find(const struct map *, const char *name);
/* 0; 1 when the key is there already (nothing changes); -1 out of memory. */
int	 map_put(struct arena *, struct map *, const void *key, size_t size,
	    void *value);
int	 map_name(struct arena *, struct map *, const char *name, void *value);

#define map_each(e, map) \
	for ((e) = (map)->first; (e) != NULL; (e) = (e)->next)

#endif
