/*
 * The methods `login' and `logout'.  Called by the request room when their turn
 * has come.  What has to be waited for are jobs of the pool and hashings; each
 * ends in a function here that takes the next step.
 *
 * It refuses attempts above their limits (logins_attempts.c), before anything
 * is looked up, and what is wrong, in the same words and after the same work
 * whether the user does not exist, has no password, or has another one.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "logins_parts.h"

struct logins *
logins_new(struct ormd *ormd)
{
	struct logins	*all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	if (secret_init() == -1 ||
	    (all->names = attempts_new()) == NULL ||
	    (all->origins = attempts_new()) == NULL ||
	    (all->hashers = hashers_new(&ormd->loop)) == NULL) {
		logins_free(all);
		return NULL;
	}
	return all;
}

void
logins_free(struct logins *all)
{
	if (all == NULL)
		return;
	/* What a thread still works on must stay. */
	if (hashers_free(all->hashers) == -1)
		return;
	attempts_free(all->names);
	attempts_free(all->origins);
	free(all);
}

struct hashers *
logins_hashers(struct logins *all)
{
	return all->hashers;
}

struct secret_cost
logins_cost(const struct settings *s)
{
	struct secret_cost	cost = { s->password_memory,
				    (unsigned)s->password_passes };

	return cost;
}

/* ---- steps ---- */

static void
login_end(struct login *l, int status)
{
	if (l->password != NULL)
		secret_wipe(l->password, strlen(l->password));
	if (status == -1)
		who_forget(l->who);
	l->done(l, status == -1 ? &l->error : NULL);
}

static int
login_wrong(struct login *l)
{
	return error_set(&l->error, ERROR_UNAUTHENTICATED, NULL, "%s",
	    l->token != NULL ? "this token is not good, or not any more" :
	    "the name or the password is wrong");
}

static int
login_is_over(struct login *l, enum error_kind why)
{
	error_set(&l->error, why, NULL, "%s", error_rows[why].message);
	l->error.committed = ERROR_COMMITTED_NO;
	return -1;
}

static void	asked(struct job *, const struct unit *, const struct error *);

static void
ask(struct login *l, enum login_kind kind)
{
	memset(&l->call, 0, sizeof(l->call));
	memset(&l->job, 0, sizeof(l->job));
	l->ask.kind = kind;
	l->ask.digest = l->digest;
	l->call.registry = l->registry;
	l->call.caller = &login_caller;
	l->call.login = &l->ask;
	l->call.audit = l->audit;
	l->call.rls = l->ormd->settings.rls;
	l->call.alone = true;
	l->call.shape = "login";
	l->job.lane = LANE_WRITE;
	l->job.call = &l->call;
	l->job.alone = true;
	l->job.deadline_us = l->deadline_us;
	l->job.done = asked;
	l->job.owner = l;
	l->submitted = true;
	pool_submit(l->ormd->pool, &l->job);
}

/* In a thread: the password is tried, or as much is done for nobody. */
static void
try_work(struct hashing *h)
{
	struct login	*l = (struct login *)((char *)h -
			    offsetof(struct login, hashing));

	l->fresh[0] = '\0';
	if (l->user.password == NULL) {
		l->verdict = secret_hash(l->fresh, l->password, &l->cost) ==
		    0 ? SECRET_WRONG : SECRET_NOMEM;
		return;
	}
	l->verdict = secret_verify(l->user.password, l->password);
	if (l->verdict == SECRET_STRANGE)
		(void)secret_hash(l->fresh, l->password, &l->cost);
	else if (l->verdict == SECRET_RIGHT &&
	    secret_is_old(l->user.password, &l->cost) &&
	    secret_hash(l->fresh, l->password, &l->cost) == -1)
		l->fresh[0] = '\0';	/* another time */
}

/* Whoever asked, it is this user's token that is made. */
static void
audit_user(struct login *l)
{
	if (l->audit == NULL)
		return;
	l->audit->login = l->name;
	l->audit->caller = l->registry->auth->key->is_private ? NULL :
	    l->user.user;
}

static void
try_done(struct hashing *h)
{
	struct login	*l = (struct login *)((char *)h -
			    offsetof(struct login, hashing));

	if (h->ran && l->verdict == SECRET_RIGHT)
		login_attempt_give(l, true);
	if (!h->ran || l->cancelled) {
		login_end(l, login_is_over(l, l->cancelled ? l->why :
		    ERROR_DRAINING));
		return;
	}
	if (l->deadline_us != 0 && loop_now(&l->ormd->loop) >=
	    l->deadline_us) {
		login_end(l, login_is_over(l, ERROR_TIMEOUT));
		return;
	}
	switch (l->verdict) {
	case SECRET_RIGHT:
		break;
	case SECRET_STRANGE:
		log_warning(&l->ormd->log, "a user's password has a hash of a "
		    "form that is not known");
		/* FALLTHROUGH */
	case SECRET_WRONG:
		login_end(l, login_wrong(l));
		return;
	case SECRET_NOMEM:
		login_end(l, error_nomem(&l->error));
		return;
	}
	secret_token_make(l->made, l->digest);
	l->ask.user = l->user.user;
	l->ask.password = l->user.password;
	l->ask.fresh = l->fresh[0] != '\0' ? l->fresh : NULL;
	l->ask.key = l->user.key;
	audit_user(l);
	l->ask.lifetime = (int64_t)(l->ormd->settings.token_lifetime /
	    1000000);
	ask(l, LOGIN_KEEP);
}

static int
try_begin(struct login *l)
{
	l->cost = logins_cost(&l->ormd->settings);
	l->hashing.work = try_work;
	l->hashing.done = try_done;
	l->hashing.place = l->place;
	l->hashing.n = 1;
	if (hashers_send(l->ormd->logins->hashers, &l->hashing,
	    (unsigned)l->ormd->settings.max_hashing) == 0)
		return 0;
	login_attempt_give(l, false);
	return login_is_over(l, ERROR_OVERLOADED);
}

static int
text_keep(struct login *l, const char **text)
{
	if (*text != NULL && (*text = arena_strdup(l->arena, *text)) == NULL)
		return error_nomem(&l->error);
	return 0;
}

/* The answer's memory goes with its batch. */
static int
user_keep(struct login *l, const struct login_answer *a)
{
	l->user = *a;
	l->user.key.p = arena_strndup(l->arena, a->key.p, (size_t)a->key.n);
	l->user.login.p = arena_strndup(l->arena, a->login.p,
	    (size_t)a->login.n);
	if (l->user.key.p == NULL || l->user.login.p == NULL)
		return error_nomem(&l->error);
	return text_keep(l, &l->user.user) == -1 ||
	    text_keep(l, &l->user.password) == -1 ||
	    text_keep(l, &l->user.expires) == -1 ? -1 : 0;
}

static int
enter(struct login *l, const struct login_answer *user, const char *expires)
{
	if (who_set(l->who, l->ormd, l->registry, user,
	    loop_now(&l->ormd->loop)) == -1)
		return error_nomem(&l->error);
	l->who->by_token = true;
	memcpy(l->who->digest, l->digest, sizeof(l->who->digest));
	l->expires = expires;
	return 0;
}

/* 1: it goes on. */
static int
answer_take(struct login *l, const struct login_answer *a)
{
	switch (l->ask.kind) {
	case LOGIN_NAME:
		if (login_is_somebody(a) && user_keep(l, a) == -1)
			return -1;
		return try_begin(l) == -1 ? -1 : 1;
	case LOGIN_TOKEN:
		if (!login_is_somebody(a))
			return login_wrong(l);
		login_attempt_give(l, true);
		if (user_keep(l, a) == -1)
			return -1;
		return enter(l, &l->user, l->user.expires);
	case LOGIN_KEEP:
		/* The password was changed just now. */
		if (a == NULL || !a->found)
			return login_wrong(l);
		l->user.expires = a->expires;
		if (text_keep(l, &l->user.expires) == -1)
			return -1;
		return enter(l, &l->user, l->user.expires);
	case LOGIN_DROP:
	case LOGIN_DROP_ALL:
		break;
	}
	return 0;
}

static void
asked(struct job *job, const struct unit *unit, const struct error *err)
{
	struct login	*l = job->owner;
	int		 r = -1;

	l->submitted = false;
	if (err != NULL) {
		l->error = *err;
		if ((l->ask.kind == LOGIN_NAME || l->ask.kind ==
		    LOGIN_TOKEN) && err->kind != ERROR_CANCELLED)
			login_attempt_give(l, false);
	} else
		r = answer_take(l, unit->login);
	if (r != 1)
		login_end(l, r);
}

/* ---- begin ---- */

static int
out_begin(struct login *l)
{
	struct who	*who = l->who;

	if (who->state != WHO_USER || (!who->by_token && !l->all)) {
		who->refused = true;
		who_forget(who);
		return 0;
	}
	memcpy(l->digest, who->digest, sizeof(l->digest));
	l->ask.key.n = who->nkey;
	l->ask.key.p = arena_strndup(l->arena, who->key, (size_t)who->nkey);
	l->ask.user = arena_strdup(l->arena, who->user);
	if (l->ask.key.p == NULL || l->ask.user == NULL)
		return error_nomem(&l->error);
	who->refused = true;
	who_forget(who);
	ask(l, l->all ? LOGIN_DROP_ALL : LOGIN_DROP);
	return 1;
}

static int
in_begin(struct login *l)
{
	who_forget(l->who);
	l->who->refused = true;
	if (login_attempt_take(l) == -1)
		return -1;
	if (l->token == NULL) {
		l->ask.name = l->name;
		ask(l, LOGIN_NAME);
		return 1;
	}
	if (secret_token_read(l->token, l->digest) == -1)
		return login_wrong(l);
	ask(l, LOGIN_TOKEN);
	return 1;
}

/* After the turn, so that done() comes after the return of login_run(). */
static void
begin(void *arg)
{
	struct login	*l = arg;
	int		 r;

	if (l->cancelled)
		r = login_is_over(l, l->why);
	else
		r = l->out ? out_begin(l) : in_begin(l);
	if (r != 1)
		login_end(l, r);
}

void
login_run(struct login *l)
{
	l->hook.run = begin;
	l->hook.arg = l;
	loop_after_turn(&l->ormd->loop, &l->hook, LOOP_DISPATCH);
}

void
login_cancel(struct login *l, enum error_kind why)
{
	if (l->submitted) {
		pool_cancel(l->ormd->pool, &l->job, why);
		return;
	}
	/* Its step is not over yet; then it goes no further. */
	l->cancelled = true;
	l->why = why;
}
