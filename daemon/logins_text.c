/*
 * What clients write to log in and out, and what they get.  Called by the
 * request room.  It refuses secrets on a way where others could read them, and
 * what is no name, no password and no token, before anything is looked up.
 */
#include <string.h>

#include "json_out.h"
#include "logins.h"

enum { LOGIN_NAME_MOST = 1024 };	/* bytes */

/* A copy that is wiped after its use; what the client wrote goes now. */
static int
password_take(struct login *l, struct json *v, struct error *err)
{
	l->password = arena_strdup(l->arena, v->string);
	secret_wipe((void *)(uintptr_t)v->text, v->ntext);
	secret_wipe((void *)(uintptr_t)v->string, v->n);
	return l->password == NULL ? error_nomem(err) : 0;
}

static int
too_long(const char *name, size_t most, struct error *err)
{
	struct path	root = { NULL, NULL, 0 }, at = { &root, name, 0 };

	return error_set(err, ERROR_INVALID_VALUE, &at,
	    "%s has at most %zu bytes", name, most);
}

static int
is_missing(const char *name, const char *other, struct error *err)
{
	struct path	root = { NULL, NULL, 0 };

	error_set(err, ERROR_REQUIRED, &root, "%s is missing", name);
	return error_hint(err, "login takes username and password, or %s",
	    other);
}

static int
in_decode(struct login *l, struct json *params, bool is_private,
    struct error *err)
{
	static const char *const	 allowed[] = { "username", "password",
					    "token", NULL };
	const struct path		 root = { NULL, NULL, 0 };
	const char			*password = NULL;

	if (!is_private) {
		error_set(err, ERROR_FORBIDDEN, NULL,
		    "passwords and tokens do not travel where others could "
		    "read them");
		return error_hint(err, "connect by TLS, on this machine, or by "
		    "a Unix socket");
	}
	if (params != NULL && json_allow(params, allowed, &root, err) == -1)
		return error_hint(err, "login takes username and password, or "
		    "a token");
	if (json_take_string(params, "username", &l->name, &root, err) == -1 ||
	    json_take_string(params, "password", &password, &root, err) ==
	    -1 ||
	    json_take_string(params, "token", &l->token, &root, err) == -1)
		return -1;
	if (l->token != NULL) {
		if (l->name == NULL && password == NULL)
			return 0;
		return error_set(err, ERROR_INVALID_PARAMS, &root,
		    "a token stands in place of username and password");
	}
	if (l->name == NULL || password == NULL)
		return is_missing(l->name == NULL ? "username" : "password",
		    "token", err);
	if (strlen(l->name) > LOGIN_NAME_MOST)
		return too_long("username", LOGIN_NAME_MOST, err);
	if (strlen(password) > PASSWORD_MOST)
		return too_long("password", PASSWORD_MOST, err);
	return password_take(l, json_member(params, "password"), err);
}

int
login_decode(struct login *l, struct json *params, bool is_private,
    struct error *err)
{
	static const char *const	 allowed[] = { "all", NULL };
	const struct path		 root = { NULL, NULL, 0 };

	if (l->registry->auth == NULL) {
		error_set(err, ERROR_FORBIDDEN, NULL,
		    "this server has no users to log in");
		return error_hint(err, "\"auth\" of its model file says who "
		    "they are");
	}
	if (!l->out)
		return in_decode(l, params, is_private, err);
	if (params != NULL && json_allow(params, allowed, &root, err) == -1)
		return -1;
	return json_take_bool(params, "all", &l->all, &root, err) == -1 ? -1 :
	    0;
}

void
login_print(struct buf *b, const struct login *l)
{
	buf_putc(b, '{');
	if (!l->out) {
		who_print(b, l->who);
		json_put_member_text(b, "token", l->token != NULL ? l->token :
		    l->made);
		json_put_member_text(b, "expires", l->expires);
	}
	buf_putc(b, '}');
}
