/*
 * Connections by address: a hash table of those that have one.  Called by the
 * sessions.  It refuses an address that has its share.
 */
#include <stdlib.h>
#include <string.h>

#include "places.h"
#include "secret.h"

enum { BUCKETS = 1024 };	/* a power of two */

struct places {
	struct place	*buckets[BUCKETS];
	unsigned char	 key[16];	/* nobody can choose collisions */
};

struct places *
places_new(void)
{
	struct places	*all = calloc(1, sizeof(*all));

	if (all != NULL)
		secret_random(all->key, sizeof(all->key));
	return all;
}

void
places_free(struct places *all)
{
	free(all);
}

static struct place **
bucket(struct places *all, const void *name, unsigned char length)
{
	return &all->buckets[secret_keyed(all->key, name, length) &
	    (BUCKETS - 1)];
}

struct place *
place_take(struct places *all, const void *name, unsigned char length,
    unsigned most)
{
	struct place	**first = bucket(all, name, length), *p;

	for (p = *first; p != NULL; p = p->next)
		if (p->length == length && memcmp(p->name, name, length) == 0)
			break;
	if (p == NULL) {
		if (most == 0 ||
		    (p = calloc(1, sizeof(*p) + length)) == NULL)
			return NULL;
		p->all = all;
		p->length = length;
		memcpy(p->name, name, length);
		p->next = *first;
		*first = p;
	} else if (p->n >= most)
		return NULL;
	p->n++;
	p->refs++;
	return p;
}

void
place_leave(struct place *p)
{
	p->n--;
}

void
place_drop(struct place *p)
{
	struct place	**at;

	if (p == NULL || --p->refs > 0)
		return;
	for (at = bucket(p->all, p->name, p->length); *at != p;
	    at = &(*at)->next)
		;
	*at = p->next;
	free(p);
}
