/*
 * Budgets of attempts.  Called by the login room.  A budget is one number: the
 * moment at which it will be full again; an attempt moves that by its share of
 * the window, and is refused where it would come to lie more than a window
 * ahead.
 */
#include <stdlib.h>

#include "attempts.h"
#include "secret.h"

enum {
	SETS = 4096,		/* a power of two */
	WAYS = 4
};

struct attempts_budget {
	uint64_t	name;		/* its keyed hash */
	uint64_t	full_us;
};

struct attempts {
	struct attempts_budget	sets[SETS][WAYS];
	unsigned char		key[16];
};

struct attempts *
attempts_new(void)
{
	struct attempts	*a = calloc(1, sizeof(*a));

	if (a != NULL)
		secret_random(a->key, sizeof(a->key));
	return a;
}

void
attempts_free(struct attempts *a)
{
	free(a);
}

/* The name's budget, or in its place that which is full for longest. */
static struct attempts_budget *
budget_find(struct attempts *a, const void *name, size_t n)
{
	uint64_t		 hash = secret_keyed(a->key, name, n);
	struct attempts_budget	*set = a->sets[hash & (SETS - 1)];
	struct attempts_budget	*oldest = set;
	int			 i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].name == hash)
			return &set[i];
		if (set[i].full_us < oldest->full_us)
			oldest = &set[i];
	}
	oldest->name = hash;
	oldest->full_us = 0;
	return oldest;
}

uint64_t
attempts_take(struct attempts *a, const void *name, size_t n,
    const struct attempts_limit *limit)
{
	struct attempts_budget	*budget = budget_find(a, name, n);
	uint64_t		 share = limit->window_us / limit->most;
	uint64_t		 full = budget->full_us;

	if (full < limit->now_us)
		full = limit->now_us;
	full += share;
	if (full > limit->now_us + limit->window_us)
		return full - limit->now_us - limit->window_us;
	budget->full_us = full;
	return 0;
}

void
attempts_give(struct attempts *a, const void *name, size_t n,
    const struct attempts_limit *limit, int all)
{
	struct attempts_budget	*budget = budget_find(a, name, n);
	uint64_t		 share = limit->window_us / limit->most;

	budget->full_us = all || budget->full_us < share ? 0 :
	    budget->full_us - share;
}
