/*
 * Who a connection is, and for how long that is believed.  Called by logins.c,
 * which finds it out, and by the request room.  It refuses to call a user
 * whose login has ended anyone.
 */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "json_out.h"
#include "value.h"
#include "who.h"

void
who_forget(struct who *who)
{
	free(who->user);
	free(who->login);
	free(who->json);
	free(who->key);
	who->user = who->login = who->json = who->key = NULL;
	who->state = WHO_ANYONE;
	who->admin = who->by_token = false;
	who->nkey = 0;
	memset(who->digest, 0, sizeof(who->digest));
}

void
who_end(struct who *who, const struct ormd *ormd, uint64_t now_us)
{
	bool	by_token = who->by_token;

	who_forget(who);
	who->state = WHO_ENDED;
	who->by_token = by_token;
	who->checked_us = now_us;
	who->model = ormd->models;
}

void
who_release(struct who *who)
{
	who_forget(who);
	free(who->implied);
	who->implied = NULL;
}

/* The user as clients know him: key and login, by their names. */
static char *
user_json(const struct auth *auth, const struct login_answer *a)
{
	struct buf	b;

	buf_init(&b, 0);
	buf_putc(&b, '{');
	if (auth->key != auth->login) {
		if (!auth->key->is_private) {
			json_put_key(&b, auth->key->name);
			value_write(&b, auth->key, &a->key);
		}
	}
	json_put_key(&b, auth->login->name);
	value_write(&b, auth->login, &a->login);
	buf_puts(&b, "}");
	buf_putc(&b, '\0');
	if (b.broken) {
		buf_free(&b);
		return NULL;
	}
	return b.p;
}

static bool
is_named(const struct settings_list *list, const struct cell *login)
{
	unsigned	i;

	for (i = 0; i < list->n; i++)
		if (strlen(list->v[i]) == (size_t)login->n &&
		    memcmp(list->v[i], login->p, (size_t)login->n) == 0)
			return true;
	return false;
}

int
who_set(struct who *who, const struct ormd *ormd,
    const struct registry *registry, const struct login_answer *a,
    uint64_t now_us)
{
	const struct auth	*auth = registry->auth;

	who_forget(who);
	who->user = strdup(a->user);
	who->login = strndup(a->login.p, (size_t)a->login.n);
	who->json = user_json(auth, a);
	who->key = malloc((size_t)a->key.n + 1);
	if (who->user == NULL || who->login == NULL || who->json == NULL ||
	    who->key == NULL) {
		who_forget(who);
		return -1;
	}
	memcpy(who->key, a->key.p, (size_t)a->key.n);
	who->nkey = a->key.n;
	who->admin = a->admin || is_named(&ormd->settings.admins, &a->login);
	who->state = WHO_USER;
	who->checked_us = now_us;
	who->model = ormd->models;
	/* The model was exchanged meanwhile: it has to be looked at again. */
	if (registry != ormd->model->registry)
		who->model--;
	return 0;
}

bool
who_is_stale(const struct who *who, struct ormd *ormd)
{
	uint64_t	age;

	if (ormd->model->registry->auth == NULL)
		return false;
	if (who->state == WHO_ANYONE && (who->implied == NULL ||
	    who->refused))
		return false;
	/* Without a token, only what is implied can come back. */
	if (who->state == WHO_ENDED && (who->by_token ||
	    who->implied == NULL))
		return false;
	age = loop_now(&ormd->loop) - who->checked_us;
	return who->checked_us == 0 || who->model != ormd->models ||
	    age > ormd->settings.login_check;
}

bool
who_is_stranger(const struct who *who, const struct ormd *ormd)
{
	return ormd->model->registry->auth != NULL &&
	    who->state == WHO_ANYONE && (who->implied == NULL || who->refused);
}

size_t
who_max_line(const struct who *who, const struct ormd *ormd)
{
	const struct settings	*s = &ormd->settings;

	return who_is_stranger(who, ormd) && s->max_line_anyone < s->max_line ?
	    s->max_line_anyone : s->max_line;
}

int
who_caller(const struct who *who, const struct registry *registry,
    struct arena *a, const struct caller **to, struct error *err)
{
	struct caller	*caller;
	char		*key;

	*to = NULL;
	if (registry->auth == NULL)
		return 0;
	if (who->state == WHO_ENDED) {
		error_set(err, ERROR_UNAUTHENTICATED, NULL,
		    "the login of this connection has ended");
		return error_hint(err, "log in again, or log out to go on "
		    "without");
	}
	caller = arena_alloc(a, sizeof(*caller));
	key = arena_raw(a, (size_t)who->nkey + 1);
	if (caller == NULL || key == NULL)
		return error_nomem(err);
	caller->key.n = -1;
	*to = caller;
	if (who->state == WHO_ANYONE)
		return 0;
	memcpy(key, who->key, (size_t)who->nkey);
	caller->logged_in = true;
	caller->admin = who->admin;
	caller->key.p = key;
	caller->key.n = who->nkey;
	return 0;
}

struct audit_source *
who_audited(const struct who *who, const struct registry *registry,
    struct arena *a, const char *address)
{
	struct audit_source	*s = arena_alloc(a, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->address = address;
	if (registry->auth == NULL || who->state != WHO_USER)
		return s;
	if ((s->login = arena_strdup(a, who->login)) == NULL)
		return NULL;
	if (!registry->auth->key->is_private &&
	    (s->caller = arena_strdup(a, who->user)) == NULL)
		return NULL;
	return s;
}

bool
who_is(const struct who *who, const struct caller *caller)
{
	if (caller == NULL)
		return true;
	if (!caller->logged_in)
		return who->state == WHO_ANYONE;
	return who->state == WHO_USER && who->admin == caller->admin &&
	    who->nkey == caller->key.n && memcmp(who->key, caller->key.p,
	    (size_t)who->nkey) == 0;
}

void
who_print(struct buf *b, const struct who *who)
{
	json_put_key(b, "user");
	buf_puts(b, who->state == WHO_USER ? who->json : "null");
	json_put_member_bool(b, "admin", who->state == WHO_USER && who->admin);
}
