/*
 * OpenSSL, as sessions see it.  Called by main() for the files, by the session
 * for its socket.  It refuses versions before 1.2, ciphers without forward
 * secrecy or authentication of what they encrypt, renegotiation, compression
 * and resumption: each connection shows its certificate anew.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls.h"

/* Of TLS 1.2; all of 1.3 are of this kind. */
#define CIPHERS	"ECDHE+AESGCM:ECDHE+CHACHA20"

enum {
	/* At least 112 bits: RSA from 2048, elliptic curves from 224. */
	SECURITY_LEVEL = 2
};

struct tls {
	SSL_CTX	*ctx;
};

struct tls_link {
	SSL	*ssl;
	bool	 wants_write;
	bool	 broken;	/* nothing more can be said */
};

static int
refuse(struct error *err, const char *key, const char *file)
{
	unsigned long	 code = ERR_peek_last_error();
	const char	*why = ERR_reason_error_string(code);

	error_set(err, ERROR_INVALID_VALUE, NULL, "%s = %.150s: %s", key,
	    file, file[0] == '\0' ? "no file is named" :
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) :
	    why != NULL ? why : "it cannot be read");
	ERR_clear_error();
	return -1;
}

/* A daemon has nobody to ask for the password of a key. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int
files_load(SSL_CTX *ctx, const struct settings *s, struct error *err)
{
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	if (SSL_CTX_use_certificate_chain_file(ctx, s->tls_certificate) != 1)
		return refuse(err, "tls_certificate", s->tls_certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, s->tls_key,
	    SSL_FILETYPE_PEM) != 1)
		return refuse(err, "tls_key", s->tls_key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return refuse(err, "tls_key", s->tls_key);
	if (s->tls_client_ca[0] == '\0')
		return 0;
	if (SSL_CTX_load_verify_locations(ctx, s->tls_client_ca, NULL) != 1)
		return refuse(err, "tls_client_ca", s->tls_client_ca);
	SSL_CTX_set_client_CA_list(ctx,
	    SSL_load_client_CA_file(s->tls_client_ca));
	/* One who shows none is asked to log in, one with a bad one is not. */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return 0;
}

static int
rules_set(SSL_CTX *ctx)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1)
		return -1;
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
	    /* A line ends with LF; what is cut off is no line. */
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	/* Idle sessions hold no buffers; output may move and go in parts. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return 0;
}

struct tls *
tls_new(const struct settings *s, struct error *err)
{
	struct tls	*tls = calloc(1, sizeof(*tls));

	if (tls == NULL ||
	    (tls->ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
	    rules_set(tls->ctx) == -1)
		error_nomem(err);
	else if (files_load(tls->ctx, s, err) == 0)
		return tls;
	tls_free(tls);
	return NULL;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

struct tls_link *
tls_link_new(const struct tls *tls, int fd)
{
	struct tls_link	*link = calloc(1, sizeof(*link));

	if (link == NULL || (link->ssl = SSL_new(tls->ctx)) == NULL ||
	    SSL_set_fd(link->ssl, fd) != 1) {
		tls_link_free(link);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_accept_state(link->ssl);
	return link;
}

void
tls_link_free(struct tls_link *link)
{
	if (link == NULL)
		return;
	if (link->ssl != NULL) {
		if (!link->broken && SSL_is_init_finished(link->ssl))
			(void)SSL_shutdown(link->ssl);
		SSL_free(link->ssl);
		ERR_clear_error();
	}
	free(link);
}

/* What SSL_read() or SSL_write() did not do, in the words of recv(2). */
static ssize_t
failed(struct tls_link *link, int result)
{
	switch (SSL_get_error(link->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		link->wants_write = true;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		break;
	}
	link->broken = true;
	ERR_clear_error();
	errno = ECONNRESET;
	return -1;
}

ssize_t
tls_recv(struct tls_link *link, void *to, size_t n)
{
	size_t	got;
	int	r;

	link->wants_write = false;
	ERR_clear_error();
	if ((r = SSL_read_ex(link->ssl, to, n, &got)) == 1)
		return (ssize_t)got;
	return failed(link, r);
}

ssize_t
tls_send(struct tls_link *link, const void *from, size_t n)
{
	size_t	put;
	ssize_t	result;
	int	r;

	ERR_clear_error();
	if ((r = SSL_write_ex(link->ssl, from, n, &put)) == 1)
		return (ssize_t)put;
	result = failed(link, r);
	link->wants_write = false;
	if (result != 0)
		return result;
	/* It has said goodbye to us, which is no reason not to answer. */
	link->broken = true;
	errno = EPIPE;
	return -1;
}

bool
tls_wants_write(const struct tls_link *link)
{
	return link->wants_write;
}

bool
tls_is_open(const struct tls_link *link)
{
	return SSL_is_init_finished(link->ssl);
}

char *
tls_peer_name(const struct tls_link *link)
{
	X509		*certificate = SSL_get0_peer_certificate(link->ssl);
	const X509_NAME	*subject;
	unsigned char	*utf8 = NULL;
	char		*name = NULL;
	int		 at, n;

	if (certificate == NULL ||
	    SSL_get_verify_result(link->ssl) != X509_V_OK)
		return NULL;
	subject = X509_get_subject_name(certificate);
	at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0)
		return NULL;
	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, at)));
	/* A NUL inside would make another name of it. */
	if (n > 0 && strlen((char *)utf8) == (size_t)n)
		name = strdup((char *)utf8);
	OPENSSL_free(utf8);
	return name;
}
