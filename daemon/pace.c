/*
 * Which shapes are slow.  Called by the pool.  It refuses nothing: it only says
 * who had better wait.
 */
#include "pace.h"

enum { RISE = 64 };	/* part of what is over the least that counts */

/* Whether the quickest is out of sight for one that takes so long itself. */
static bool
is_past(const struct paces *paces, uint64_t took_us, uint64_t now_us)
{
	return paces->quick_us == 0 ||
	    (now_us - paces->quick_us) / PACE_PATIENCE >= took_us;
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
	if (pace->took_us > paces->quick_took_us &&
	    !is_past(paces, pace->took_us, now_us))
		return;
	paces->quick_took_us = pace->took_us;
	paces->quick_us = now_us;
}

bool
pace_may_fill(const struct paces *paces, uint64_t hash, uint64_t now_us)
{
	const struct pace	*pace = &paces->v[hash % PACE_SHAPES];

	return hash == 0 || pace->hash != hash ||
	    pace->took_us <= PACE_SLOW_US ||
	    pace->took_us / PACE_QUICKER < paces->quick_took_us ||
	    is_past(paces, pace->took_us, now_us);
}
