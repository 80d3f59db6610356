/*
 * Passwords to hashes, by libsodium, and hashes of older applications, by
 * libcrypt.  Called by the threads that hash and, for tokens, by the login
 * room.  It refuses hashes of other forms: DES, MD5 and the SHA-2 of crypt(3)
 * are too quick to be tried.
 */
#include <crypt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* Those fit into each other. */
_Static_assert(SECRET_HASH_SIZE == crypto_pwhash_STRBYTES, "argon2's text");
_Static_assert(SECRET_DIGEST == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(SECRET_TOKEN_SIZE == sodium_base64_ENCODED_LEN(SECRET_DIGEST,
    sodium_base64_VARIANT_URLSAFE_NO_PADDING), "a token's text");

/*
 * Of secret_derive(): OWASP's least.  Not of the settings: what is derived has
 * to be the same after a restart.
 */
enum {
	DERIVE_PASSES = 2,
	DERIVE_MEMORY = 19456 * 1024,
	DERIVED_BYTES = SECRET_DERIVED_SIZE / 2
};

int
secret_init(void)
{
	return sodium_init() == -1 ? -1 : 0;
}

int
secret_hash(char to[SECRET_HASH_SIZE], const char *password,
    const struct secret_cost *cost)
{
	return crypto_pwhash_str(to, password, strlen(password), cost->passes,
	    (size_t)cost->memory);
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
is_crypt(const char *hash)
{
	return begins(hash, "$2a$") || begins(hash, "$2b$") ||
	    begins(hash, "$2y$") || begins(hash, "$y$");
}

static enum secret_verdict
crypt_verify(const char *hash, const char *password)
{
	enum secret_verdict	 verdict = SECRET_WRONG;
	struct crypt_data	*data;
	const char		*made;
	size_t			 n = strlen(hash);

	if ((data = calloc(1, sizeof(*data))) == NULL)
		return SECRET_NOMEM;
	made = crypt_rn(password, hash, data, (int)sizeof(*data));
	if (made == NULL)
		verdict = SECRET_STRANGE;
	else if (strlen(made) == n && sodium_memcmp(made, hash, n) == 0)
		verdict = SECRET_RIGHT;
	secret_wipe(data, sizeof(*data));
	free(data);
	return verdict;
}

enum secret_verdict
secret_verify(const char *hash, const char *password)
{
	if (is_crypt(hash))
		return crypt_verify(hash, password);
	if (!begins(hash, "$argon2id$") && !begins(hash, "$argon2i$"))
		return SECRET_STRANGE;
	return crypto_pwhash_str_verify(hash, password, strlen(password)) ==
	    0 ? SECRET_RIGHT : SECRET_WRONG;
}

bool
secret_is_old(const char *hash, const struct secret_cost *cost)
{
	return !begins(hash, "$argon2id$") ||
	    crypto_pwhash_str_needs_rehash(hash, cost->passes,
	    (size_t)cost->memory) != 0;
}

int
secret_derive(char to[SECRET_DERIVED_SIZE], const char *password,
    const char *purpose)
{
	unsigned char	salt[crypto_hash_sha256_BYTES];
	unsigned char	out[DERIVED_BYTES];
	int		r;

	_Static_assert(crypto_pwhash_SALTBYTES <= sizeof(salt), "a salt");
	crypto_hash_sha256(salt, (const unsigned char *)purpose,
	    strlen(purpose));
	r = crypto_pwhash(out, sizeof(out), password, strlen(password), salt,
	    DERIVE_PASSES, DERIVE_MEMORY, crypto_pwhash_ALG_ARGON2ID13);
	if (r == 0)
		sodium_bin2hex(to, SECRET_DERIVED_SIZE, out, sizeof(out));
	return r;
}

void
secret_token_make(char text[SECRET_TOKEN_SIZE],
    unsigned char digest[SECRET_DIGEST])
{
	unsigned char	raw[SECRET_DIGEST];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(text, SECRET_TOKEN_SIZE, raw, sizeof(raw),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	crypto_hash_sha256(digest, raw, sizeof(raw));
	secret_wipe(raw, sizeof(raw));
}

int
secret_token_read(const char *text, unsigned char digest[SECRET_DIGEST])
{
	unsigned char	raw[SECRET_DIGEST];
	size_t		n;

	if (sodium_base642bin(raw, sizeof(raw), text, strlen(text), NULL, &n,
	    NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == -1 ||
	    n != sizeof(raw))
		return -1;
	crypto_hash_sha256(digest, raw, sizeof(raw));
	secret_wipe(raw, sizeof(raw));
	return 0;
}

void
secret_wipe(void *p, size_t n)
{
	if (p != NULL)
		sodium_memzero(p, n);
}

uint64_t
secret_keyed(const unsigned char key[16], const void *p, size_t n)
{
	unsigned char	out[crypto_shorthash_BYTES];
	uint64_t	v;

	_Static_assert(crypto_shorthash_KEYBYTES == 16, "SipHash's key");
	_Static_assert(crypto_shorthash_BYTES == sizeof(v), "SipHash's word");
	crypto_shorthash(out, p, n, key);
	memcpy(&v, out, sizeof(v));
	return v;
}

void
secret_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}
