/*
 * Plan tokens, by libsodium.  Called by request_decode.c, which gives a seal to
 * calls that want one, by lib/plan through that, and by seal_look.c, which
 * finds the key.  It refuses nothing.
 *
 * Rows are hashed by SipHash, of which a plan takes many, and added up; the sum
 * becomes a token by BLAKE2b.  Each has a key of its own, made of the one key.
 * Without the first, whoever chooses keys of rows could choose some that add up
 * alike; without the second, the sum would tell of its rows.
 */
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "sealing.h"

enum {
	ROW_KEY = crypto_shorthash_siphashx24_KEYBYTES,
	ROW_HASH = crypto_shorthash_siphashx24_BYTES,
	TOKEN_KEY = crypto_generichash_KEYBYTES,
	TOKEN_BYTES = PLAN_TOKEN_SIZE / 2
};

_Static_assert((int)SEALING_KEY == crypto_kdf_KEYBYTES, "a key to derive from");
_Static_assert(sizeof(struct plan_sum) == ROW_HASH, "a hash of a row");
_Static_assert((int)TOKEN_BYTES >= crypto_generichash_BYTES_MIN, "a token");

/* Part of the keys that are derived: another name, other tokens. */
static const char	purpose[crypto_kdf_CONTEXTBYTES + 1] = "ormdplan";

struct sealing {
	enum sealing_source	 source;
	unsigned char		 row_key[ROW_KEY];
	unsigned char		 token_key[TOKEN_KEY];
};

struct sealing_call {
	struct plan_seal	 seal;		/* first */
	const struct sealing	*sealing;
	const struct caller	*caller;
	unsigned char		 asked[TOKEN_BYTES];	/* hash; or zeros */
};

static void
key_set(struct sealing *s, const unsigned char key[SEALING_KEY],
    enum sealing_source source)
{
	enum { ROWS = 1, TOKENS };

	crypto_kdf_derive_from_key(s->row_key, ROW_KEY, ROWS, purpose, key);
	crypto_kdf_derive_from_key(s->token_key, TOKEN_KEY, TOKENS, purpose,
	    key);
	s->source = source;
}

struct sealing *
sealing_new(void)
{
	struct sealing	*s = calloc(1, sizeof(*s));
	unsigned char	 key[SEALING_KEY];

	if (s == NULL)
		return NULL;
	secret_random(key, sizeof(key));
	key_set(s, key, SEALING_UNKNOWN);
	secret_wipe(key, sizeof(key));
	return s;
}

void
sealing_free(struct sealing *s)
{
	secret_wipe(s, sizeof(*s));
	free(s);
}

enum sealing_source
sealing_source(const struct sealing *s)
{
	return s->source;
}

void
sealing_store(struct sealing *s, const unsigned char key[SEALING_KEY])
{
	key_set(s, key, SEALING_STORED);
}

void
sealing_lack(struct sealing *s)
{
	if (s->source == SEALING_UNKNOWN)
		s->source = SEALING_OWN;
}

/* A 128-bit number is little-endian, wherever it is made. */
static void
row_add(const struct plan_seal *seal, const void *p, size_t n,
    struct plan_sum *sum)
{
	const struct sealing_call	*c = (const struct sealing_call *)seal;
	unsigned char			 out[ROW_HASH];
	uint64_t			 words[2];

	crypto_shorthash_siphashx24(out, p, n, c->sealing->row_key);
	memcpy(words, out, sizeof(words));
	sum->a += le64toh(words[0]);
	sum->b += le64toh(words[1]);
}

static void
token_make(const struct plan_seal *seal, const struct plan_sum *sum,
    char token[PLAN_TOKEN_SIZE])
{
	const struct sealing_call	*c = (const struct sealing_call *)seal;
	const uint64_t			 words[2] = { htole64(sum->a),
					    htole64(sum->b) };
	unsigned char			 out[TOKEN_BYTES], letter = 'a';
	crypto_generichash_state	 state;

	crypto_generichash_init(&state, c->sealing->token_key, TOKEN_KEY,
	    sizeof(out));
	crypto_generichash_update(&state, (const unsigned char *)words,
	    sizeof(words));
	crypto_generichash_update(&state, c->asked, sizeof(c->asked));
	/* No logins, anyone, or a user; only his key is of no fixed size. */
	if (c->caller == NULL)
		letter = 'n';
	else if (c->caller->logged_in)
		letter = 'u';
	crypto_generichash_update(&state, &letter, 1);
	if (letter == 'u')
		crypto_generichash_update(&state,
		    (const unsigned char *)c->caller->key.p,
		    (size_t)c->caller->key.n);
	crypto_generichash_final(&state, out, sizeof(out));
	sodium_bin2hex(token, PLAN_TOKEN_SIZE, out, sizeof(out));
}

const struct plan_seal *
sealing_call(const struct sealing *s, struct arena *arena,
    const struct caller *caller, const void *asked, size_t n)
{
	struct sealing_call	*c = arena_alloc(arena, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->seal.row = row_add;
	c->seal.token = token_make;
	c->sealing = s;
	c->caller = caller;
	if (n > 0)
		crypto_generichash(c->asked, sizeof(c->asked), asked, n,
		    s->token_key, TOKEN_KEY);
	return &c->seal;
}
