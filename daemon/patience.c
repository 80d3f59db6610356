/*
 * Timeouts in lists by age.  Called by the sessions.  The timer looks at the
 * oldest wait only, and a little late rather than too often.
 */
#include <string.h>

#include "patience.h"

enum { PATIENCE_GRAIN_US = 10000 };

static void
timer_set(struct patience *p)
{
	const struct patience_wait	*oldest = p->head.next;
	uint64_t			 now = loop_now(p->loop), due;
	struct timeval			 tv;

	if (oldest == &p->head)
		return;
	due = oldest->since_us + *p->timeout_us;
	tv = loop_timeval(due < now + PATIENCE_GRAIN_US ? PATIENCE_GRAIN_US :
	    due - now);
	event_add(&p->timer, &tv);
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct patience		*p = arg;
	struct patience_wait	*oldest;
	uint64_t		 now = loop_now(p->loop);

	(void)fd;
	(void)what;
	while ((oldest = p->head.next) != &p->head &&
	    now - oldest->since_us >= *p->timeout_us) {
		patience_end(oldest);
		p->expired(oldest);
	}
	timer_set(p);
}

void
patience_init(struct patience *p, struct loop *loop,
    const uint64_t *timeout_us, void (*expired)(struct patience_wait *))
{
	memset(p, 0, sizeof(*p));
	p->loop = loop;
	p->head.next = p->head.prev = &p->head;
	p->timeout_us = timeout_us;
	p->expired = expired;
	evtimer_assign(&p->timer, loop->base, timer_fired, p);
}

void
patience_release(struct patience *p)
{
	event_del(&p->timer);
}

void
patience_begin(struct patience *p, struct patience_wait *w)
{
	if (w->since_us != 0)
		return;
	w->since_us = loop_now(p->loop);
	w->prev = p->head.prev;
	w->next = &p->head;
	w->prev->next = w;
	p->head.prev = w;
	if (!evtimer_pending(&p->timer, NULL))
		timer_set(p);
}

void
patience_end(struct patience_wait *w)
{
	if (w->since_us == 0)
		return;
	w->prev->next = w->next;
	w->next->prev = w->prev;
	w->since_us = 0;
}
