/*
 * How often a login may be tried: so often from one address, and with a
 * password so often for one name.  Called by logins.c before it looks anything
 * up, and again when a try was none of those that count.  It refuses what is
 * above login_attempts_address or login_attempts.
 */
#include <string.h>

#include "logins_parts.h"

static struct attempts_limit
limit_of(const struct login *l, int most)
{
	struct attempts_limit	limit = { (unsigned)most,
				    l->ormd->settings.login_window,
				    loop_now(&l->ormd->loop) };

	return limit;
}

int
login_attempt_take(struct login *l)
{
	struct logins		*all = l->ormd->logins;
	const struct settings	*s = &l->ormd->settings;
	struct attempts_limit	 limit;
	uint64_t		 wait;

	limit = limit_of(l, s->login_attempts_address);
	wait = attempts_take(all->origins, l->origin->bytes, l->origin->n,
	    &limit);
	if (wait == 0 && l->name != NULL) {
		limit = limit_of(l, s->login_attempts);
		wait = attempts_take(all->names, l->name, strlen(l->name),
		    &limit);
	}
	if (wait == 0)
		return 0;
	error_set(&l->error, ERROR_OVERLOADED, NULL,
	    "too many logins have failed");
	return error_hint(&l->error, "try again in %llu s",
	    (unsigned long long)(wait / 1000000 + 1));
}

void
login_attempt_give(struct login *l, bool right)
{
	struct logins		*all = l->ormd->logins;
	const struct settings	*s = &l->ormd->settings;
	struct attempts_limit	 limit;

	limit = limit_of(l, s->login_attempts_address);
	attempts_give(all->origins, l->origin->bytes, l->origin->n, &limit, 0);
	if (l->name == NULL)
		return;
	limit = limit_of(l, s->login_attempts);
	attempts_give(all->names, l->name, strlen(l->name), &limit, right);
}
