/*
 * Budgets of requests, by user and by address.  Called by the request room
 * where request_rate is set.  It refuses requests above it.
 */
#include <stdlib.h>
#include <string.h>

#include "attempts.h"
#include "rates.h"

struct rates {
	struct attempts	*users, *origins;
};

struct rates *
rates_new(void)
{
	struct rates	*rates = calloc(1, sizeof(*rates));

	if (rates == NULL)
		return NULL;
	rates->users = attempts_new();
	rates->origins = attempts_new();
	if (rates->users != NULL && rates->origins != NULL)
		return rates;
	rates_free(rates);
	return NULL;
}

void
rates_free(struct rates *rates)
{
	if (rates == NULL)
		return;
	attempts_free(rates->users);
	attempts_free(rates->origins);
	free(rates);
}

int
rates_take(struct rates *rates, const struct request_client *client,
    struct error *err)
{
	struct ormd		*ormd = client->ormd;
	const struct settings	*s = &ormd->settings;
	struct attempts_limit	 limit = {
		.most = (unsigned)s->request_burst,
		.window_us = (uint64_t)s->request_burst * 1000000 /
		    (uint64_t)s->request_rate,
		.now_us = loop_now(&ormd->loop)
	};
	uint64_t		 wait;

	if (client->who.state == WHO_USER)
		wait = attempts_take(rates->users, client->who.user,
		    strlen(client->who.user), &limit);
	else
		wait = attempts_take(rates->origins, client->origin.bytes,
		    client->origin.n, &limit);
	if (wait == 0)
		return 0;
	error_set(err, ERROR_OVERLOADED, NULL,
	    "more requests than request_rate allows");
	return error_hint(err, "try again in %llu ms",
	    (unsigned long long)(wait / 1000 + 1));
}
