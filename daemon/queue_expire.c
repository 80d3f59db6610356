/*
 * What has waited too long in a queue, in groups or in backlogs.  Called by the
 * pool when its timer says so.  Nothing is looked at before the first item can
 * be due; then all are, and the next time is counted anew.
 */
#include <stddef.h>

#include "queue.h"

/* What expires goes to the end of a list, what does not is counted anew. */
static struct queue_item **
expire(struct queue *q, struct queue_item *item, uint64_t now_us,
    struct queue_item **end)
{
	if (item->due_us > now_us) {
		if (item->due_us < q->due_us)
			q->due_us = item->due_us;
		return end;
	}
	queue_remove(q, item);
	*end = item;
	return &item->next;
}

static struct queue_item **
backlog_expire(struct queue *q, struct queue_client *client, uint64_t now_us,
    struct queue_item **end)
{
	struct queue_item	*item, *next;
	bool			 more = client->backlog != NULL;

	for (item = client->backlog; more; item = next) {
		next = item->next;
		more = next != client->backlog;
		end = expire(q, item, now_us, end);
	}
	return end;
}

struct queue_item *
queue_expired(struct queue *q, uint64_t now_us)
{
	struct queue_item	*expired = NULL, **end = &expired;
	struct queue_item	*leader, *item, *next, *next_leader;
	bool			 more;

	if (now_us < q->due_us)
		return NULL;
	q->due_us = UINT64_MAX;
	for (leader = q->first; leader != NULL; leader = next_leader) {
		next_leader = leader->next_group;
		item = leader;
		do {
			next = item->next;
			more = next != leader;
			if (item->due_us <= now_us && item == leader)
				leader = next;
			if (item->client != NULL)
				end = backlog_expire(q, item->client, now_us,
				    end);
			end = expire(q, item, now_us, end);
			item = next;
		} while (more);
	}
	return expired;
}
