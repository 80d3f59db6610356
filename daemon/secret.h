#ifndef ORMD_SECRET_H
#define ORMD_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Hashes of passwords, and tokens.  Nothing here keeps what it is given, and
 * all of it may be called from any thread after secret_init().  secret_hash(),
 * secret_verify() and secret_derive() take long on purpose: never call them on
 * the loop.
 */
enum {
	SECRET_HASH_SIZE = 128,		/* of a hash as text, with its NUL */
	SECRET_DERIVED_SIZE = 65,	/* of secret_derive(), with its NUL */
	SECRET_TOKEN_SIZE = 44,		/* of a token as text, with its NUL */
	SECRET_DIGEST = 32		/* bytes of a token's SHA-256 */
};

/* What a hash costs: ormd.conf(5), password_memory and password_passes. */
struct secret_cost {
	uint64_t	memory;		/* bytes */
	unsigned	passes;
};

enum secret_verdict {
	SECRET_RIGHT,
	SECRET_WRONG,
	SECRET_STRANGE,			/* no hash of a form known here */
	SECRET_NOMEM
};

/* -1: there is no randomness to be had. */
int	secret_init(void);
/* argon2id.  -1: no memory. */
int	secret_hash(char to[SECRET_HASH_SIZE], const char *password,
	    const struct secret_cost *);
/* argon2id, argon2i, bcrypt or yescrypt. */
enum secret_verdict secret_verify(const char *hash, const char *password);
/* The hash should be replaced, now that its password is known. */
bool	secret_is_old(const char *hash, const struct secret_cost *);
/*
 * A text that is the same for the same password and purpose, and as hard to go
 * back from as a hash.  -1: no memory.
 */
int	secret_derive(char to[SECRET_DERIVED_SIZE], const char *password,
	    const char *purpose);

/* A new token, 256 random bits as base64url, and its digest. */
void	secret_token_make(char text[SECRET_TOKEN_SIZE],
	    unsigned char digest[SECRET_DIGEST]);
/* -1: this cannot be a token. */
int	secret_token_read(const char *text,
	    unsigned char digest[SECRET_DIGEST]);

/* Overwrites what is not needed any more, also where the compiler would not. */
void	secret_wipe(void *, size_t);

/* A number that differs from process to process, for hash tables. */
uint64_t secret_keyed(const unsigned char key[16], const void *, size_t);
void	secret_random(void *, size_t);

#endif
