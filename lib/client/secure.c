/*
 * TLS for clients, by OpenSSL.  Called by ormd_connect_tls() and channel.c.  It
 * refuses servers whose certificate does not lead to a root that is trusted, or
 * is not for the host that was asked for, and versions before 1.2.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "reach.h"
#include "secure.h"

struct ormd_secure {
	SSL_CTX		*ctx;
	SSL		*ssl;
	BIO_METHOD	*method;
	int		 fd;
	bool		 broken;
};

/* ---- the socket: like OpenSSL's own, but a lost one raises no SIGPIPE ---- */

static int
socket_write(BIO *bio, const char *p, int n)
{
	int	fd = *(int *)BIO_get_data(bio);
	ssize_t	r;

	BIO_clear_retry_flags(bio);
	r = send(fd, p, (size_t)n, MSG_NOSIGNAL);
	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)r;
}

static int
socket_read(BIO *bio, char *p, int n)
{
	int	fd = *(int *)BIO_get_data(bio);
	ssize_t	r;

	BIO_clear_retry_flags(bio);
	r = recv(fd, p, (size_t)n, 0);
	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)r;
}

static long
socket_ctrl(BIO *bio, int command, long n, void *p)
{
	(void)bio;
	(void)n;
	(void)p;
	return command == BIO_CTRL_FLUSH;
}

static int
socket_attach(struct ormd_secure *s)
{
	BIO	*bio;

	s->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(),
	    "ormd socket");
	if (s->method == NULL ||
	    !BIO_meth_set_write(s->method, socket_write) ||
	    !BIO_meth_set_read(s->method, socket_read) ||
	    !BIO_meth_set_ctrl(s->method, socket_ctrl) ||
	    (bio = BIO_new(s->method)) == NULL)
		return -1;
	BIO_set_data(bio, &s->fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(s->ssl, bio, bio);	/* owns it from here on */
	return 0;
}

/* ---- setting up ---- */

static const char *
reason(void)
{
	unsigned long	 code = ERR_peek_last_error();
	const char	*text = ERR_reason_error_string(code);

	return code == 0 ? "the connection ended" :
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) :
	    text != NULL ? text : "TLS failed";
}

static int
file_fail(const char *file, struct ormd_error *err)
{
	ormd_fail(err, "usage", "%s: %s", file, reason());
	ERR_clear_error();
	return -1;
}

static int
files_load(struct ormd_secure *s, const struct ormd_tls *tls,
    struct ormd_error *err)
{
	const char	*key = tls->key != NULL ? tls->key : tls->certificate;

	if (tls->ca == NULL)
		SSL_CTX_set_default_verify_paths(s->ctx);
	else if (SSL_CTX_load_verify_locations(s->ctx, tls->ca, NULL) != 1)
		return file_fail(tls->ca, err);
	if (tls->certificate == NULL)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(s->ctx, tls->certificate) != 1)
		return file_fail(tls->certificate, err);
	if (SSL_CTX_use_PrivateKey_file(s->ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(s->ctx) != 1)
		return file_fail(key, err);
	return 0;
}

/* The certificate has to be for this host; the server may need to know, too. */
static int
host_set(struct ormd_secure *s, const char *host)
{
	X509_VERIFY_PARAM	*param = SSL_get0_param(s->ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return 0;
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(s->ssl, host) != 1)
		return -1;
	/* SNI; what it does not take is not needed to verify. */
	(void)SSL_set_tlsext_host_name(s->ssl, host);
	return 0;
}

/* ---- shaking hands ---- */

static int
shake_fail(struct ormd_secure *s, const char *host, struct ormd_error *err)
{
	long	verdict = SSL_get_verify_result(s->ssl);

	if (verdict != X509_V_OK)
		ormd_fail(err, "untrusted", "the certificate of %s is not "
		    "trusted: %s", host,
		    X509_verify_cert_error_string(verdict));
	else {
		ormd_fail(err, "unreachable", "no TLS with %s: %s", host,
		    reason());
		if (err != NULL)
			err->retryable = true;
	}
	ERR_clear_error();
	return -1;
}

static int
shake(struct ormd_secure *s, const char *host, int64_t deadline,
    struct ormd_error *err)
{
	struct pollfd	p = { .fd = s->fd };
	int		r, n;

	for (;;) {
		ERR_clear_error();
		if ((r = SSL_connect(s->ssl)) == 1)
			return 0;
		switch (SSL_get_error(s->ssl, r)) {
		case SSL_ERROR_WANT_READ:
			p.events = POLLIN;
			break;
		case SSL_ERROR_WANT_WRITE:
			p.events = POLLOUT;
			break;
		default:
			return shake_fail(s, host, err);
		}
		while ((n = poll(&p, 1, ormd_left(deadline))) == -1 &&
		    errno == EINTR)
			;
		if (n == 0)
			return ormd_fail(err, "timeout",
			    "no TLS with %s in time", host);
	}
}

static int
make(struct ormd_secure *s, const struct ormd_tls *tls, const char *host,
    struct ormd_error *err)
{
	if ((s->ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return ormd_fail(err, "memory", "out of memory");
	SSL_CTX_set_min_proto_version(s->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER, NULL);
	/* A line ends with LF; what is cut off is no line. */
	SSL_CTX_set_options(s->ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(s->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (files_load(s, tls, err) == -1)
		return -1;
	if ((s->ssl = SSL_new(s->ctx)) == NULL || socket_attach(s) == -1 ||
	    host_set(s, host) == -1)
		return ormd_fail(err, "memory", "out of memory");
	return 0;
}

struct ormd_secure *
ormd_secure_new(int fd, const struct ormd_tls *tls, const char *host,
    int64_t deadline, struct ormd_error *err)
{
	struct ormd_secure	*s = calloc(1, sizeof(*s));

	if (tls->name != NULL)
		host = tls->name;
	if (s == NULL) {
		ormd_fail(err, "memory", "out of memory");
		return NULL;
	}
	s->fd = fd;
	if (make(s, tls, host, err) == 0 && shake(s, host, deadline, err) == 0)
		return s;
	s->broken = true;
	ormd_secure_free(s);
	return NULL;
}

void
ormd_secure_free(struct ormd_secure *s)
{
	if (s == NULL)
		return;
	if (s->ssl != NULL && !s->broken)
		(void)SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	BIO_meth_free(s->method);
	ERR_clear_error();
	free(s);
}

/* ---- talking ---- */

static ssize_t
failed(struct ormd_secure *s, int result)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		break;
	}
	s->broken = true;
	ERR_clear_error();
	errno = ECONNRESET;
	return -1;
}

ssize_t
ormd_secure_recv(struct ormd_secure *s, void *to, size_t n)
{
	size_t	got;
	int	r;

	ERR_clear_error();
	if ((r = SSL_read_ex(s->ssl, to, n, &got)) == 1)
		return (ssize_t)got;
	return failed(s, r);
}

ssize_t
ormd_secure_send(struct ormd_secure *s, const void *from, size_t n)
{
	ssize_t	result;
	size_t	put;
	int	r;

	ERR_clear_error();
	if ((r = SSL_write_ex(s->ssl, from, n, &put)) == 1)
		return (ssize_t)put;
	if ((result = failed(s, r)) == 0) {
		errno = EPIPE;
		return -1;
	}
	return result;
}

void
ormd_secure_finish(struct ormd_secure *s)
{
	if (!s->broken)
		(void)SSL_shutdown(s->ssl);
	ERR_clear_error();
}
