/*
 * Passwords in the values of objects.  Called by spec.c for an attribute that
 * is one.  What the client wrote is only noted here: the daemon makes a hash of
 * it, which takes long on purpose, and puts that in its place before the call
 * runs; no statement ever carries a password.  Refused are passwords on a way
 * where others could read them, empty and overlong ones, and too many.
 */
#include <string.h>

#include "spec_parts.h"

/* What a preview writes: nothing that could be a hash. */
static const struct cell	unhashed = { "*", 1 };

int
spec_password(struct decoder *d, struct spec *spec, struct assignment *as,
    struct json *v, struct error *err)
{
	struct secret	secret = { spec, spec->assignments.n, v };

	as->cell.n = -1;
	if (v == NULL)
		return 0;	/* no password: the column is null */
	if (d->refuse_passwords) {
		error_set(err, ERROR_FORBIDDEN, as->path,
		    "passwords do not travel where others could read them");
		return error_hint(err, "connect by TLS, on this machine, or by "
		    "a Unix socket");
	}
	if (!json_is_string(v))
		return error_set(err, ERROR_INVALID_VALUE, as->path,
		    "a password must be a string, not %s", json_kind(v));
	if (json_length(v) == 0 || json_length(v) > PASSWORD_MOST)
		return error_set(err, ERROR_INVALID_VALUE, as->path,
		    "a password has 1 to %d bytes", PASSWORD_MOST);
	as->cell = unhashed;
	if (d->call->is_preview)
		return 0;
	if (d->call->secrets.n == SECRETS_MOST)
		return error_set(err, ERROR_LIMIT, as->path,
		    "a request has at most %d passwords", SECRETS_MOST);
	return vec_push(d->arena, &d->call->secrets, secret) == -1 ?
	    error_nomem(err) : 0;
}

void
secret_keep(const struct secret *secret, const char *hash)
{
	struct cell	*cell = &secret->spec->assignments.v[
			    secret->assignment].cell;

	cell->p = hash;
	cell->n = (int32_t)strlen(hash);
}
