/*
 * Looking at a login again, or for the first time at one that is implied.
 * Called by dialog.c.  It decides nothing: what the database says of the user
 * now is what `who' is afterwards.
 */
#include <string.h>

#include "logins_parts.h"

enum { USER_LONGEST = 1024 };	/* bytes of a key, and of a login */

const struct caller	login_caller = { true, true, { NULL, -1 } };

bool
login_is_somebody(const struct login_answer *a)
{
	return a != NULL && a->found && a->key.n >= 0 &&
	    a->key.n <= USER_LONGEST && a->login.n >= 0 &&
	    a->login.n <= USER_LONGEST;
}

static void
checked(struct job *job, const struct unit *unit, const struct error *err)
{
	struct who_check		*check = job->owner;
	struct ormd			*ormd = check->ormd;
	const struct login_answer	*a = unit == NULL ? NULL : unit->login;
	struct who			*who = check->who;
	unsigned char			 digest[LOGIN_DIGEST];
	bool				 by_token = who->by_token;
	uint64_t			 now = loop_now(&ormd->loop);
	struct error			 nomem;

	if (err != NULL && err->kind == ERROR_DATABASE_DOWN &&
	    job->lane == LANE_READ) {
		/* Readers may have a database of their own. */
		job->lane = LANE_WRITE;
		pool_submit(ormd->pool, job);
		return;
	}
	memcpy(digest, who->digest, sizeof(digest));
	if (err == NULL && !login_is_somebody(a))
		who_end(who, ormd, now);
	else if (err == NULL && who_set(who, ormd, check->model->registry, a,
	    now) == -1) {
		error_nomem(&nomem);
		err = &nomem;
		who_end(who, ormd, now);
	} else if (err == NULL) {
		who->by_token = by_token;
		memcpy(who->digest, digest, sizeof(who->digest));
	}
	ormd_model_drop(check->model);
	check->done(check, err);
}

void
who_check(struct who_check *check)
{
	struct who	*who = check->who;

	memset(&check->call, 0, sizeof(check->call));
	memset(&check->ask, 0, sizeof(check->ask));
	memset(&check->job, 0, sizeof(check->job));
	check->model = ormd_model_hold(check->ormd->model);
	check->ask.kind = who->by_token ? LOGIN_TOKEN : LOGIN_NAME;
	check->ask.digest = who->digest;
	check->ask.name = who->implied;
	check->call.registry = check->model->registry;
	check->call.caller = &login_caller;
	check->call.login = &check->ask;
	check->call.rls = check->ormd->settings.rls;
	check->call.alone = true;
	check->call.shape = "login";
	check->job.lane = LANE_READ;
	check->job.call = &check->call;
	check->job.alone = true;
	check->job.done = checked;
	check->job.owner = check;
	pool_submit(check->ormd->pool, &check->job);
}

void
who_check_cancel(struct who_check *check, enum error_kind why)
{
	pool_cancel(check->ormd->pool, &check->job, why);
}
