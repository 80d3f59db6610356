/*
 * Hands hashes to two threads, one at a time each, so that addresses take turns
 * and a request with many passwords holds nobody up.  Called by whoever has a
 * password to hash or to try.  It refuses what would wait behind too many
 * others: a flood of logins is answered and not queued.
 */
#include <sys/resource.h>

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "hashing.h"

enum {
	THREADS = 2,
	/* Clients of the loop are served first where processors are few. */
	NICENESS = 10
};

struct hashers {
	struct errands	*threads[THREADS];
	bool		 busy[THREADS];
	struct queue	 waiting;
	unsigned	 n;		/* hashes that wait or are under way */
	bool		 ending;
};

static void
hashing_run(struct errand *errand)
{
	struct hashing	*h = (struct hashing *)errand;

	/* On Linux this is of the thread; without it, it only takes longer. */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	h->work(h);
}

/* So many of its hashes are done, or never will be. */
static void
hashing_count(struct hashing *h, unsigned n)
{
	h->n -= n;
	h->all->n -= n;
	if (h->place != NULL)
		h->place->hashes -= n;
}

static void
hashing_end(struct hashing *h, bool ran)
{
	hashing_count(h, h->n);
	h->ran = ran;
	h->done(h);
}

static struct hashing *
next_waiting(struct hashers *all)
{
	struct queue_item	*item;
	unsigned		 n;

	item = queue_take(&all->waiting, 1, 1, &n);
	return item == NULL ? NULL : (struct hashing *)((char *)item -
	    offsetof(struct hashing, item));
}

/* What waits goes to the threads that have nothing to do. */
static void
hashers_turn(struct hashers *all)
{
	struct hashing	*h;
	int		 i;

	for (i = 0; i < THREADS && !all->ending; i++)
		while (!all->busy[i] && (h = next_waiting(all)) != NULL) {
			if (h->stop) {
				hashing_end(h, true);
				continue;
			}
			h->thread = i;
			if (errands_send(all->threads[i], &h->errand) == -1)
				hashing_end(h, false);
			else
				all->busy[i] = true;
		}
}

static void
hashing_done(struct errand *errand)
{
	struct hashing	*h = (struct hashing *)errand;
	struct hashers	*all = h->all;

	bool		 more = h->n > 1 && !h->stop;

	all->busy[h->thread] = false;
	if (more && errand->ran && !all->ending) {
		hashing_count(h, 1);
		queue_push(&all->waiting, &h->item);
	} else
		hashing_end(h, errand->ran && !more);
	hashers_turn(all);
}

struct hashers *
hashers_new(struct loop *loop)
{
	struct hashers	*all = calloc(1, sizeof(*all));
	int		 i;

	if (all == NULL)
		return NULL;
	queue_init(&all->waiting, 0);	/* nothing in it has a shape */
	for (i = 0; i < THREADS; i++)
		if ((all->threads[i] = errands_new(loop, UINT_MAX)) == NULL) {
			hashers_free(all);
			return NULL;
		}
	return all;
}

int
hashers_send(struct hashers *all, struct hashing *h, unsigned most)
{
	struct place	*place = h->place;

	if (all->n >= most ||
	    (place != NULL && place->hashes >= (most + 1) / 2))
		return -1;
	h->all = all;
	h->errand.run = hashing_run;
	h->errand.done = hashing_done;
	h->item.shape = NULL;
	h->item.client = place == NULL ? NULL : &place->hashing;
	h->item.due_us = UINT64_MAX;
	all->n += h->n;
	if (place != NULL)
		place->hashes += h->n;
	queue_push(&all->waiting, &h->item);
	hashers_turn(all);
	return 0;
}

int
hashers_free(struct hashers *all)
{
	struct hashing	*h;
	int		 i, r = 0;

	if (all == NULL)
		return 0;
	all->ending = true;
	for (i = 0; i < THREADS; i++)
		if (errands_free(all->threads[i]) == -1)
			r = -1;
	while ((h = next_waiting(all)) != NULL)
		hashing_end(h, false);
	if (r == 0)
		free(all);
	return r;
}
