#ifndef ORMD_QUEUE_H
#define ORMD_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What waits for a backend.  Items of one shape are a group; groups take turns,
 * and within a group the first come is the first served.  All operations are
 * O(1) but for queue_take(), which is O(taken), and queue_expired().
 *
 * Of one client no more than QUEUE_SHARE items are in groups; what it has
 * besides is its backlog, and comes into a group when one of them leaves.  So
 * who sends many at once takes turns with the others, whatever the shapes; and
 * what room the others leave in a batch is filled from backlogs.
 *
 * Pure and without allocation: an item is embedded in what waits.
 */
enum {
	QUEUE_BUCKETS	= 1024,
	QUEUE_SHARE	= 4,
	QUEUE_LOOK	= 32		/* items of a backlog, for one place */
};

/* All zero at first; it outlives its items. */
struct queue_client {
	struct queue_item	*backlog;	/* a circle, by next */
	unsigned		 entered;	/* items in groups */
	unsigned		 running;	/* taken, counted by the pool */
};

struct queue_item {
	const char		*shape;		/* NULL: in a group of its own;
						   it lives as long as the
						   item waits */
	struct queue_client	*client;	/* NULL: takes no turns */
	uint64_t		 due_us;	/* leaves by then */

	/* The queue's own. */
	struct queue_item	*next, *prev;	/* the group or the backlog */
	struct queue_item	*next_group, *prev_group; /* of a leader */
	struct queue_item	*chain;		/* leaders of one bucket */
	uint64_t		 hash;
	bool			 behind;	/* in the backlog */
};

/* A group is known by its first item, its leader. */
struct queue {
	struct queue_item	*first, *last;	/* leaders, by turn */
	struct queue_item	*buckets[QUEUE_BUCKETS];
	unsigned		 n;		/* items, and backlogs */
	uint64_t		 seed;
	uint64_t		 due_us;	/* no item is due before that */
};

/* A seed that clients do not know keeps them from choosing collisions. */
void	queue_init(struct queue *, uint64_t seed);
/* Sets nothing but the queue's own members. */
void	queue_push(struct queue *, struct queue_item *);
/* In front of its group, and its group in front of all others; at once. */
void	queue_push_front(struct queue *, struct queue_item *);
void	queue_remove(struct queue *, struct queue_item *);
/* What queue_take() would take first; NULL: nothing waits. */
struct queue_item *queue_first(const struct queue *);
/*
 * Brings a group forward in which somebody waits of whom nothing runs, and of
 * whose first item fits() says yes.  False: there is none nearby.
 */
bool	queue_prefer_new(struct queue *,
	    bool (*fits)(const struct queue_item *, const void *arg),
	    const void *arg);
/*
 * Takes up to `most' items of the group whose turn it is; what is left of it
 * waits for its next turn.  If there are fewer than `filled', backlogs make up
 * for it.  A list by `next' that ends with NULL; *n items.
 */
struct queue_item *queue_take(struct queue *, unsigned most, unsigned filled,
    unsigned *n);
/* Takes all whose due_us has come; a list as above.  O(waiting), if any. */
struct queue_item *queue_expired(struct queue *, uint64_t now_us);

#endif
