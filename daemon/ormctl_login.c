/*
 * ormctl's logins.  Called for each connection that is made.  A password is
 * asked for at the terminal, without echo, also when standard input is a pipe;
 * it is never taken from the command line or the environment, where others
 * could see it.  A token is kept in memory for the next connection, and in a
 * file that only its owner reads, if one is named.  It refuses token files that
 * others may read.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <json-c/json.h>

#include "ormctl_login.h"

enum {
	PASSWORD_SIZE = 1025,
	TOKEN_SIZE = 256
};

static int
fail(struct ormd_error *err, const char *what, const char *why)
{
	memset(err, 0, sizeof(*err));
	snprintf(err->kind, sizeof(err->kind), "usage");
	snprintf(err->message, sizeof(err->message), "%s: %s", what, why);
	return -1;
}

bool
login_wanted(const struct login *l)
{
	return l->user != NULL || l->file != NULL;
}

static void
token_set(struct login *l, const char *token)
{
	char	*copy = token == NULL ? NULL : strdup(token);

	if (l->token != NULL)
		explicit_bzero(l->token, strlen(l->token));
	free(l->token);
	l->token = copy;
}

void
login_release(struct login *l)
{
	token_set(l, NULL);
}

/* ---- the file ---- */

/* 0, also where there is none yet; -1 with err. */
static int
file_read(struct login *l, struct ormd_error *err)
{
	char		text[TOKEN_SIZE];
	struct stat	st;
	ssize_t		n;
	int		fd = open(l->file, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT ? 0 :
		    fail(err, l->file, strerror(errno));
	if (fstat(fd, &st) == 0 && (st.st_mode & 077) != 0) {
		close(fd);
		return fail(err, l->file, "others may read it; chmod 600 it");
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n == -1)
		return fail(err, l->file, strerror(errno));
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (*text != '\0')
		token_set(l, text);
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* Whole or not at all, and never readable by others. */
static int
file_write(const struct login *l, struct ormd_error *err)
{
	char	*path;
	size_t	 n = strlen(l->token);
	int	 fd, r = -1;

	if (asprintf(&path, "%s.XXXXXX", l->file) == -1)
		return fail(err, l->file, "out of memory");
	if ((fd = mkstemp(path)) != -1) {
		if (write(fd, l->token, n) == (ssize_t)n &&
		    write(fd, "\n", 1) == 1 && fsync(fd) == 0 &&
		    rename(path, l->file) == 0)
			r = 0;
		else
			unlink(path);
		close(fd);
	}
	free(path);
	return r == 0 ? 0 : fail(err, l->file, strerror(errno));
}

/* ---- the password ---- */

/* A line from the terminal; its length, or -1: errno, or 0: the end. */
static int
line_read(int fd, char *to, size_t size)
{
	size_t	n = 0;
	char	c;
	ssize_t	r;

	while ((r = read(fd, &c, 1)) == 1 && c != '\n')
		if (n + 1 < size)
			to[n++] = c;
	to[n] = '\0';
	return r == -1 ? -1 : (int)n;
}

/* Without echo; a signal that ends ormctl does not leave it so. */
static int
password_ask(const struct login *l, char *to, struct ormd_error *err)
{
	struct termios	shown, hidden;
	sigset_t	stops, before;
	int		fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int		n, error;

	if (fd == -1 || tcgetattr(fd, &shown) == -1) {
		if (fd != -1)
			close(fd);
		return fail(err, l->user, "there is no terminal to ask for "
		    "the password; name a file with a token");
	}
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, &before);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "Password of %s: ", l->user);
	n = line_read(fd, to, PASSWORD_SIZE);
	error = errno;
	tcsetattr(fd, TCSAFLUSH, &shown);
	dprintf(fd, "\n");
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fd);
	/* Control-C is a character here. */
	if (n > 0 && memchr(to, '\003', (size_t)n) != NULL)
		n = 0;
	if (n > 0)
		return 0;
	explicit_bzero(to, PASSWORD_SIZE);
	return fail(err, l->user, n == 0 ? "no password" : strerror(error));
}

/* ---- the call ---- */

static int
add(struct json_object *params, const char *name, const char *value)
{
	struct json_object	*v = json_object_new_string(value);

	if (v != NULL && json_object_object_add(params, name, v) == 0)
		return 0;
	json_object_put(v);
	return -1;
}

/* Logs in by these; keeps the token that comes back. */
static int
call(struct login *l, struct ormd_client *client, const char *password,
    int timeout_ms, struct ormd_error *err)
{
	struct json_object	*params = json_object_new_object();
	struct json_object	*result = NULL, *token = NULL;
	int			 r = -1;

	if (params == NULL || (password == NULL ?
	    add(params, "token", l->token) :
	    add(params, "username", l->user) |
	    add(params, "password", password)) != 0)
		fail(err, "login", "out of memory");
	else
		r = ormd_call(client, "login", params, &result, timeout_ms,
		    err);
	if (r == 0 && json_object_object_get_ex(result, "token", &token))
		token_set(l, json_object_get_string(token));
	json_object_put(params);
	json_object_put(result);
	return r;
}

static int
by_password(struct login *l, struct ormd_client *client, int timeout_ms,
    struct ormd_error *err)
{
	char	password[PASSWORD_SIZE];
	int	r;

	if (password_ask(l, password, err) == -1)
		return -1;
	r = call(l, client, password, timeout_ms, err);
	explicit_bzero(password, sizeof(password));
	if (r == -1 || l->file == NULL || l->token == NULL)
		return r;
	return file_write(l, err);
}

int
login_now(struct login *l, struct ormd_client *client, int timeout_ms,
    struct ormd_error *err)
{
	if (l->token == NULL && l->file != NULL && file_read(l, err) == -1)
		return -1;
	if (l->token != NULL) {
		if (call(l, client, NULL, timeout_ms, err) == 0)
			return 0;
		/* Anew, if it has expired and somebody is named. */
		if (l->user == NULL || strcmp(err->kind, "unauthenticated") !=
		    0)
			return -1;
		token_set(l, NULL);
	}
	if (l->user == NULL)
		return fail(err, l->file, "there is no token in it yet; say "
		    "-u USER");
	return by_password(l, client, timeout_ms, err);
}
