/*
 * Which shapes are slow.  Called by the pool.  It refuses nothing: it only says
 * who had better wait.
 */
#include "pace.h"

enum { RISE = 64 };	/* part of what is over the least that counts */

static const struct pace *
pace_of(const struct paces *paces, uint64_t hash)
{
	return &paces->v[hash % PACE_SHAPES];
}

void
pace_note(struct paces *paces, uint64_t hash, uint64_t took_us, unsigned n,
    uint64_t now_us)
{
	struct pace	*pace = &paces->v[hash % PACE_SHAPES];
	uint64_t	 each_us = took_us / n;

	if (hash == 0)
		return;
	if (pace->hash != hash || each_us < pace->took_us) {
		pace->hash = hash;
		pace->took_us = each_us;
	} else
		pace->took_us += (each_us - pace->took_us) / RISE;
	if (pace->took_us <= PACE_SLOW_US)
		paces->quick_us = now_us;
}

bool
pace_may_fill(const struct paces *paces, uint64_t hash, uint64_t now_us)
{
	const struct pace	*pace = pace_of(paces, hash);

	return hash == 0 || pace->hash != hash ||
	    pace->took_us <= PACE_SLOW_US || paces->quick_us == 0 ||
	    (now_us - paces->quick_us) / PACE_PATIENCE >= pace->took_us;
}
