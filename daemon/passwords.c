/*
 * From passwords to hashes, off the loop.  Called by the request room between
 * decoding a write and submitting it.  It refuses to queue behind too many
 * others.  What the client wrote is overwritten when its hash is there, also in
 * the tree of the parameters, from which the text of an idempotency key comes.
 */
#include <stddef.h>
#include <string.h>

#include "json_in.h"
#include "passwords.h"

struct password_hash {
	char	hash[SECRET_HASH_SIZE];
	char	derived[SECRET_DERIVED_SIZE];
};

/* For a request without a key nobody ever sees this. */
static const char	no_key[] = "-";

/*
 * In a thread: the next one.  The purpose is the client's key: so equal
 * passwords of two requests leave nothing equal behind.
 */
static void
hash_work(struct hashing *h)
{
	struct passwords	*p = (struct passwords *)((char *)h -
				    offsetof(struct passwords, hashing));
	const struct call	*call = p->call;
	struct password_hash	*to = &p->hashes[p->made];
	const char		*password;

	password = json_string(call->secrets.v[p->made++].value);
	if (secret_hash(to->hash, password, &p->cost) == -1 ||
	    (call->key != NULL && secret_derive(to->derived, password,
	    call->key) == -1))
		p->failed = h->stop = true;
}

/* The line was copied for this request, and nothing reads it any more. */
static void
text_wipe(const char *text, size_t n)
{
	secret_wipe((void *)(uintptr_t)text, n);
}

static void
hash_done(struct hashing *h)
{
	struct passwords	*p = (struct passwords *)((char *)h -
				    offsetof(struct passwords, hashing));
	struct call		*call = p->call;
	struct json		*v;
	size_t			 i;

	for (i = 0; i < call->secrets.n; i++) {
		v = call->secrets.v[i].value;
		text_wipe(v->text, v->ntext);
		text_wipe(v->string, v->n);
		v->string = call->key != NULL ? p->hashes[i].derived : no_key;
		v->n = (uint32_t)strlen(v->string);
		secret_keep(&call->secrets.v[i], p->hashes[i].hash);
	}
	p->ran = h->ran;
	p->done(p);
}

int
passwords_begin(struct passwords *p, struct hashers *hashers, unsigned most,
    struct error *err)
{
	p->ran = p->failed = false;
	p->made = 0;
	p->hashes = arena_array(p->arena, p->call->secrets.n,
	    sizeof(*p->hashes));
	if (p->hashes == NULL)
		return error_nomem(err);
	p->hashing.work = hash_work;
	p->hashing.done = hash_done;
	p->hashing.place = p->place;
	p->hashing.n = (unsigned)p->call->secrets.n;
	if (hashers_send(hashers, &p->hashing, most) == 0)
		return 0;
	return error_set(err, ERROR_OVERLOADED, NULL,
	    "too many passwords are being hashed");
}

void
passwords_stop(struct passwords *p)
{
	p->hashing.stop = true;
}
