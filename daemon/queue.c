/*
 * The queue of a lane: groups by shape, in circles that are strung on a list,
 * and a circle for what a client has besides.  Called by the pool.  It has no
 * limit of its own; the pool asks `n' first.
 */
#include <string.h>

#include "queue.h"

void
queue_init(struct queue *q, uint64_t seed)
{
	memset(q, 0, sizeof(*q));
	q->seed = seed;
	q->due_us = UINT64_MAX;
}

/* Eight bytes at a time; shapes are long, and one is hashed per request. */
static uint64_t
hash(uint64_t seed, const char *shape)
{
	const uint64_t	 k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t	 h = seed, word;
	size_t		 n = strlen(shape);

	for (; n >= sizeof(word); n -= sizeof(word), shape += sizeof(word)) {
		memcpy(&word, shape, sizeof(word));
		h = (h ^ word) * k;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, shape, n);
	h = (h ^ word ^ (uint64_t)n << 56) * k;
	return h ^ h >> 32;
}

static struct queue_item **
bucket(struct queue *q, const struct queue_item *item)
{
	return &q->buckets[item->hash % QUEUE_BUCKETS];
}

static struct queue_item *
group_find(struct queue *q, const struct queue_item *item)
{
	struct queue_item	*leader;

	for (leader = *bucket(q, item); leader != NULL; leader = leader->chain)
		if (leader->hash == item->hash &&
		    (leader->shape == item->shape ||
		    strcmp(leader->shape, item->shape) == 0))
			return leader;
	return NULL;
}

static bool
is_leader(const struct queue *q, const struct queue_item *item)
{
	return q->first == item || item->prev_group != NULL;
}

static void
turn_append(struct queue *q, struct queue_item *leader)
{
	leader->next_group = NULL;
	leader->prev_group = q->last;
	if (q->last != NULL)
		q->last->next_group = leader;
	else
		q->first = leader;
	q->last = leader;
}

static void
turn_prepend(struct queue *q, struct queue_item *leader)
{
	leader->prev_group = NULL;
	leader->next_group = q->first;
	if (q->first != NULL)
		q->first->prev_group = leader;
	else
		q->last = leader;
	q->first = leader;
}

static void
turn_drop(struct queue *q, struct queue_item *leader)
{
	if (leader->prev_group != NULL)
		leader->prev_group->next_group = leader->next_group;
	else
		q->first = leader->next_group;
	if (leader->next_group != NULL)
		leader->next_group->prev_group = leader->prev_group;
	else
		q->last = leader->prev_group;
	leader->next_group = leader->prev_group = NULL;
}

/* `heir' takes the leader's place, or nobody does. */
static void
turn_inherit(struct queue *q, struct queue_item *leader,
    struct queue_item *heir)
{
	heir->next_group = leader->next_group;
	heir->prev_group = leader->prev_group;
	if (heir->prev_group != NULL)
		heir->prev_group->next_group = heir;
	else
		q->first = heir;
	if (heir->next_group != NULL)
		heir->next_group->prev_group = heir;
	else
		q->last = heir;
	leader->next_group = leader->prev_group = NULL;
}

static void
bucket_inherit(struct queue *q, struct queue_item *leader,
    struct queue_item *heir)
{
	struct queue_item	**at;

	if (leader->shape == NULL)
		return;
	for (at = bucket(q, leader); *at != leader; at = &(*at)->chain)
		;
	if (heir != NULL) {
		heir->chain = leader->chain;
		*at = heir;
	} else
		*at = leader->chain;
	leader->chain = NULL;
}

/* The group that the item joins; NULL: it has become the leader of its own. */
static struct queue_item *
enter(struct queue *q, struct queue_item *item)
{
	struct queue_item	*leader = NULL;

	item->chain = item->next_group = item->prev_group = NULL;
	item->behind = false;
	if (item->client != NULL)
		item->client->entered++;
	if (item->shape != NULL) {
		item->hash = hash(q->seed, item->shape);
		leader = group_find(q, item);
	}
	if (leader != NULL) {
		item->next = leader;
		item->prev = leader->prev;
		item->prev->next = item;
		leader->prev = item;
		return leader;
	}
	item->next = item->prev = item;
	if (item->shape != NULL) {
		item->chain = *bucket(q, item);
		*bucket(q, item) = item;
	}
	return NULL;
}

static void
append(struct queue *q, struct queue_item *item)
{
	if (enter(q, item) == NULL)
		turn_append(q, item);
}

static void
backlog_add(struct queue_item *item)
{
	struct queue_item	*first = item->client->backlog;

	item->chain = item->next_group = item->prev_group = NULL;
	item->behind = true;
	if (first == NULL) {
		item->next = item->prev = item;
		item->client->backlog = item;
		return;
	}
	item->next = first;
	item->prev = first->prev;
	item->prev->next = item;
	first->prev = item;
}

static void
backlog_drop(struct queue_item *item)
{
	struct queue_client	*client = item->client;

	if (client->backlog == item)
		client->backlog = item->next == item ? NULL : item->next;
	item->next->prev = item->prev;
	item->prev->next = item->next;
	item->next = item->prev = NULL;
	item->behind = false;
}

/* An item of this client has left its group: the next one may come. */
static void
backlog_advance(struct queue *q, struct queue_client *client)
{
	struct queue_item	*item = client->backlog;

	if (item == NULL || client->entered >= QUEUE_SHARE)
		return;
	backlog_drop(item);
	append(q, item);
}

/* One of this shape, if it is near. */
static struct queue_item *
backlog_find(const struct queue_client *client, const char *shape)
{
	struct queue_item	*item = client->backlog;
	int			 i;

	for (i = 0; i < QUEUE_LOOK; i++) {
		if (item->shape == shape || (item->shape != NULL &&
		    strcmp(item->shape, shape) == 0))
			return item;
		if ((item = item->next) == client->backlog)
			break;
	}
	return NULL;
}

static void
count(struct queue *q, const struct queue_item *item)
{
	q->n++;
	if (item->due_us < q->due_us)
		q->due_us = item->due_us;
}

static void
leave(struct queue *q, unsigned n)
{
	q->n -= n;
	if (q->n == 0)
		q->due_us = UINT64_MAX;
}

void
queue_push(struct queue *q, struct queue_item *item)
{
	count(q, item);
	if (item->client != NULL && item->client->entered >= QUEUE_SHARE)
		backlog_add(item);
	else
		append(q, item);
}

void
queue_push_front(struct queue *q, struct queue_item *item)
{
	struct queue_item	*leader;

	count(q, item);
	/* The end of a circle is also what comes before its beginning. */
	if ((leader = enter(q, item)) != NULL) {
		turn_drop(q, leader);
		bucket_inherit(q, leader, item);
	}
	turn_prepend(q, item);
}

static void
group_leave(struct queue *q, struct queue_item *item)
{
	struct queue_item	*heir = item->next == item ? NULL : item->next;

	if (is_leader(q, item)) {
		if (heir != NULL)
			turn_inherit(q, item, heir);
		else
			turn_drop(q, item);
		bucket_inherit(q, item, heir);
	}
	item->next->prev = item->prev;
	item->prev->next = item->next;
	item->next = item->prev = NULL;
	if (item->client == NULL)
		return;
	item->client->entered--;
	backlog_advance(q, item->client);
}

void
queue_remove(struct queue *q, struct queue_item *item)
{
	if (item->behind)
		backlog_drop(item);
	else
		group_leave(q, item);
	leave(q, 1);
}

struct queue_item *
queue_first(const struct queue *q)
{
	return q->first;
}

static bool
has_new(const struct queue_item *leader)
{
	const struct queue_item	*item = leader;
	int			 i;

	for (i = 0; i < QUEUE_LOOK; i++) {
		if (item->client == NULL || item->client->running == 0)
			return true;
		if ((item = item->next) == leader)
			break;
	}
	return false;
}

bool
queue_prefer_new(struct queue *q,
    bool (*fits)(const struct queue_item *, const void *), const void *arg)
{
	struct queue_item	*leader = q->first;
	int			 i;

	for (i = 0; i < QUEUE_LOOK && leader != NULL; i++) {
		if (fits(leader, arg) && has_new(leader)) {
			turn_drop(q, leader);
			turn_prepend(q, leader);
			return true;
		}
		leader = leader->next_group;
	}
	return false;
}

/*
 * The items of the list have left their group.  Backlogs fill the places that
 * are left in the batch, in turns, since what is added is looked at, too; then
 * they go on into the groups.
 */
static unsigned
list_fill(struct queue *q, struct queue_item *list, struct queue_item *last,
    unsigned places)
{
	struct queue_item	*item, *more;
	unsigned		 n = 0;

	for (item = list; item != NULL; item = item->next) {
		if (item->client == NULL)
			continue;
		item->client->entered--;
		if (item->client->backlog == NULL)
			continue;
		if (n < places && (more = backlog_find(item->client,
		    list->shape)) != NULL) {
			backlog_drop(more);
			more->client->entered++;
			last->next = more;
			last = more;
			n++;
		} else
			backlog_advance(q, item->client);
	}
	return n;
}

struct queue_item *
queue_take(struct queue *q, unsigned most, unsigned filled, unsigned *n)
{
	struct queue_item	*leader = q->first, *last, *heir;

	*n = 0;
	if (leader == NULL || most == 0)
		return NULL;
	last = leader;
	for (*n = 1; *n < most && last->next != leader; ++*n)
		last = last->next;
	heir = last->next == leader ? NULL : last->next;
	turn_drop(q, leader);
	bucket_inherit(q, leader, heir);
	if (heir != NULL) {
		heir->prev = leader->prev;
		heir->prev->next = heir;
		turn_append(q, heir);
	}
	last->next = NULL;
	*n += list_fill(q, leader, last, leader->shape == NULL || *n >= filled ?
	    0 : filled - *n);
	leave(q, *n);
	return leader;
}
