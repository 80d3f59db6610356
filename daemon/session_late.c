/*
 * What becomes of a client that took too long, with a line, with its replies,
 * with its handshake, or with logging in.  Called by the loop, through
 * patience.c.
 */
#include <stddef.h>

#include "session_parts.h"

void
session_line_late(struct patience_wait *w)
{
	struct session	*s = (struct session *)((char *)w -
			    offsetof(struct session, line_wait));

	dialog_refuse(&s->dialog, ERROR_TIMEOUT,
	    "the line did not end within line_timeout", "");
	session_end(s);
}

void
session_login_late(struct patience_wait *w)
{
	struct session	*s = (struct session *)((char *)w -
			    offsetof(struct session, login_wait));
	struct dialog	*d = &s->dialog;

	if (!s->ending && s->lines == d->lines && dialog_idle(d) &&
	    d->out.n == 0 && who_is_stranger(&d->client.who, s->all->ormd)) {
		dialog_refuse(d, ERROR_TIMEOUT,
		    "nobody logged in, or asked anything, within "
		    "login_timeout", "");
		session_end(s);
		return;
	}
	s->lines = d->lines;
	patience_begin(&s->all->logins, w);
}

void
session_write_late(struct patience_wait *w)
{
	session_close((struct session *)((char *)w -
	    offsetof(struct session, write_wait)));
}

void
session_shake_late(struct patience_wait *w)
{
	session_close((struct session *)((char *)w -
	    offsetof(struct session, shake_wait)));
}
