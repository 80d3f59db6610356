/*
 * What the setting `listen' can say.  Called by listen.c, which knows which
 * addresses others may reach.  It refuses what is no address.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"

enum { HOST_LONGEST = 256 };

bool
address_is_local(const struct sockaddr *sa)
{
	const struct sockaddr_in6	*v6 = (const void *)sa;
	const struct sockaddr_in	*v4 = (const void *)sa;

	switch (sa->sa_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
			return v6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
	return false;
}

int
address_refuse(const char *name, const char *why, struct error *err)
{
	return error_set(err, ERROR_INVALID_VALUE, NULL, "listen = %.150s: %s",
	    name, why);
}

int
address_refuse_public(const char *name, struct error *err)
{
	address_refuse(name, "others than this machine could reach it", err);
	return error_hint(err, "write %.100s tls, or %.100s plain if all may "
	    "read what passes", name, name);
}

/* Takes the word off the end of an address, where it is there. */
static bool
word_take(char *name, const char *word)
{
	size_t	n = strlen(name), m = strlen(word);

	if (n <= m || strcmp(name + n - m, word) != 0 ||
	    !isspace((unsigned char)name[n - m - 1]))
		return false;
	for (n -= m; n > 0 && isspace((unsigned char)name[n - 1]); n--)
		;
	name[n] = '\0';
	return true;
}

int
address_entry_read(const char *text, struct address_entry *entry,
    struct error *err)
{
	size_t	n = strlen(text);

	if (n >= sizeof(entry->name))
		return address_refuse(text, "it is too long", err);
	memcpy(entry->name, text, n + 1);
	entry->tls = word_take(entry->name, "tls");
	entry->plain = !entry->tls && word_take(entry->name, "plain");
	return 0;
}

const char *
address_path(const char *name)
{
	if (strncmp(name, "unix:", 5) == 0)
		return name + 5;
	return name[0] == '/' || name[0] == '.' ? name : NULL;
}

/* getaddrinfo() takes 65537 for 1. */
static bool
port_is_good(const char *port)
{
	size_t	n = strspn(port, "0123456789");

	return n > 0 && n <= 5 && port[n] == '\0' && atoi(port) >= 1 &&
	    atoi(port) <= UINT16_MAX;
}

struct addrinfo *
address_resolve(const char *name, struct error *err)
{
	struct addrinfo	 hints = { .ai_family = AF_UNSPEC,
			    .ai_socktype = SOCK_STREAM,
			    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo	*found;
	char		 host[HOST_LONGEST];
	const char	*colon = strrchr(name, ':'), *from = name;
	size_t		 n;
	int		 error;

	if (colon == NULL || colon == name || !port_is_good(colon + 1)) {
		address_refuse(name, "not an address", err);
		error_hint(err, "write host:port, [v6]:port or unix:/path");
		return NULL;
	}
	n = (size_t)(colon - name);
	if (from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(host)) {
		address_refuse(name, "not a host", err);
		return NULL;
	}
	memcpy(host, from, n);
	host[n] = '\0';
	if ((error = getaddrinfo(host, colon + 1, &hints, &found)) != 0) {
		address_refuse(name, gai_strerror(error), err);
		return NULL;
	}
	return found;
}

int
address_check_path(const char *name, const char *path, struct error *err)
{
	struct sockaddr_un	un;

	if (*path == '\0' || strlen(path) >= sizeof(un.sun_path))
		return address_refuse(name, "the path is empty or too long",
		    err);
	return 0;
}

int
address_remove_stale(const struct sockaddr_un *un)
{
	struct stat	st;
	int		fd, error;

	if (lstat(un->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	error = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ?
	    EADDRINUSE : errno;
	close(fd);
	if (error == ECONNREFUSED)
		return unlink(un->sun_path);
	errno = error == EAGAIN ? EADDRINUSE : error;
	return -1;
}
