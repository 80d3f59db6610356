/*
 * Hands work to the one of two threads that has less of it.  Called by whoever
 * has a password to hash or to try.  It refuses what would wait behind too
 * many others: a flood of logins is answered and not queued.
 */
#include <sys/resource.h>

#include <limits.h>
#include <stdlib.h>

#include "hashing.h"

enum {
	THREADS = 2,
	/* Clients of the loop are served first where processors are few. */
	NICENESS = 10
};

struct hashers {
	struct errands	*threads[THREADS];
	unsigned	 busy[THREADS];		/* waiting or under way */
};

static void
hashing_run(struct errand *errand)
{
	struct hashing	*h = (struct hashing *)errand;

	/* On Linux this is of the thread; without it, it only takes longer. */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	h->work(h);
}

static void
hashing_done(struct errand *errand)
{
	struct hashing	*h = (struct hashing *)errand;

	h->all->busy[h->thread]--;
	h->ran = errand->ran;
	h->done(h);
}

struct hashers *
hashers_new(struct loop *loop)
{
	struct hashers	*all = calloc(1, sizeof(*all));
	int		 i;

	for (i = 0; all != NULL && i < THREADS; i++)
		if ((all->threads[i] = errands_new(loop, UINT_MAX)) == NULL) {
			hashers_free(all);
			return NULL;
		}
	return all;
}

int
hashers_send(struct hashers *all, struct hashing *h, unsigned most)
{
	int	i, least = 0;
	unsigned n = 0;

	for (i = 0; i < THREADS; i++) {
		n += all->busy[i];
		if (all->busy[i] < all->busy[least])
			least = i;
	}
	if (n >= most)
		return -1;
	h->all = all;
	h->thread = least;
	h->errand.run = hashing_run;
	h->errand.done = hashing_done;
	if (errands_send(all->threads[least], &h->errand) == -1)
		return -1;
	all->busy[least]++;
	return 0;
}

int
hashers_free(struct hashers *all)
{
	int	i, r = 0;

	if (all == NULL)
		return 0;
	for (i = 0; i < THREADS; i++)
		if (errands_free(all->threads[i]) == -1)
			r = -1;
	if (r == 0)
		free(all);
	return r;
}
