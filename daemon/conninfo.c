/*
 * Connection strings: taken apart, their names turned into addresses, put
 * together again for libpq.  Called by pool when it is made and by backend for
 * each attempt.  It refuses what libpq cannot parse and more than
 * CONNINFO_HOSTS_MOST hosts.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "buf.h"
#include "conninfo.h"

/* What one of a comma-separated list is called while they are taken apart. */
struct list {
	const char	*v[CONNINFO_HOSTS_MOST];
	unsigned	 n;
};

static int
list_split(struct arena *arena, const char *text, struct list *list)
{
	const char	*end;

	memset(list, 0, sizeof(*list));
	if (text == NULL || *text == '\0')
		return 0;
	for (;; text = end + 1) {
		if (list->n == CONNINFO_HOSTS_MOST)
			return -1;
		end = strchrnul(text, ',');
		list->v[list->n] = arena_strndup(arena, text,
		    (size_t)(end - text));
		if (list->v[list->n++] == NULL)
			return -1;
		if (*end == '\0')
			return 0;
	}
}

static const char *
list_at(const struct list *list, unsigned i)
{
	if (list->n == 0)
		return "";
	return list->n == 1 ? list->v[0] : list->v[i];
}

static const char *
word_find(const PQconninfoOption *options, const char *key)
{
	for (; options != NULL && options->keyword != NULL; options++)
		if (strcmp(options->keyword, key) == 0)
			return options->val;
	return NULL;
}

static int
hosts_take(struct conninfo *info, const PQconninfoOption *said,
    const PQconninfoOption *defaults, struct error *err)
{
	const char	*host = word_find(said, "host");
	const char	*hostaddr = word_find(said, "hostaddr");
	const char	*port = word_find(said, "port");
	struct list	 names, addresses, ports;
	unsigned	 i;

	if (host == NULL && hostaddr == NULL) {
		host = word_find(defaults, "host");
		hostaddr = word_find(defaults, "hostaddr");
	}
	if (port == NULL)
		port = word_find(defaults, "port");
	if (list_split(&info->arena, host, &names) == -1 ||
	    list_split(&info->arena, hostaddr, &addresses) == -1 ||
	    list_split(&info->arena, port, &ports) == -1)
		return error_set(err, ERROR_INVALID_VALUE, NULL,
		    "the connection string has more than %d hosts",
		    CONNINFO_HOSTS_MOST);
	info->nhosts = names.n > addresses.n ? names.n : addresses.n;
	if (info->nhosts == 0)
		info->nhosts = 1;	/* the default socket folder */
	if ((names.n != 0 && names.n != info->nhosts) ||
	    (addresses.n != 0 && addresses.n != info->nhosts) ||
	    (ports.n > 1 && ports.n != info->nhosts))
		return error_set(err, ERROR_INVALID_VALUE, NULL,
		    "the connection string does not name as many hosts as "
		    "addresses or ports");
	for (i = 0; i < info->nhosts; i++) {
		info->hosts[i].host = names.n == 0 ? "" : names.v[i];
		info->hosts[i].hostaddr =
		    addresses.n == 0 ? "" : addresses.v[i];
		info->hosts[i].port = list_at(&ports, i);
	}
	return 0;
}

static int
words_take(struct conninfo *info, const PQconninfoOption *said,
    const char *options, struct error *err)
{
	static const char *const	 ours[] = { "host", "hostaddr", "port",
	    "options" };
	const char			*own = word_find(said, "options");
	struct conninfo_word		 word;
	size_t				 i;

	info->options = own == NULL || *own == '\0' ?
	    arena_strdup(&info->arena, options) :
	    arena_printf(&info->arena, "%s %s", options, own);
	if (info->options == NULL)
		return error_nomem(err);
	for (; said->keyword != NULL; said++) {
		if (said->val == NULL || *said->val == '\0')
			continue;
		for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			if (strcmp(said->keyword, ours[i]) == 0)
				break;
		if (i < sizeof(ours) / sizeof(ours[0]))
			continue;
		word.key = arena_strdup(&info->arena, said->keyword);
		word.value = arena_strdup(&info->arena, said->val);
		if (word.key == NULL || word.value == NULL ||
		    vec_push(&info->arena, &info->words, word) == -1)
			return error_nomem(err);
	}
	return 0;
}

/* Only by a variable does libpq tell what its file says of a service. */
static PQconninfoOption *
defaults_of(const char *service)
{
	const char		*before = getenv("PGSERVICE");
	char			*kept = before == NULL ? NULL : strdup(before);
	PQconninfoOption	*defaults = NULL;

	if (before != NULL && kept == NULL)
		return NULL;
	if (setenv("PGSERVICE", service, 1) == 0)
		defaults = PQconndefaults();
	if (kept != NULL)
		setenv("PGSERVICE", kept, 1);
	else
		unsetenv("PGSERVICE");
	free(kept);
	return defaults;
}

/*
 * libpq looks a service up when it connects, and what is put beside it then
 * wins.  So it is taken apart like the rest: what the string does not say is
 * what the service says.  One that nothing is known of libpq refuses then.
 */
static int
service_take(PQconninfoOption *said, const PQconninfoOption *defaults,
    struct error *err)
{
	const char	*value;

	for (; said->keyword != NULL; said++) {
		value = word_find(defaults, said->keyword);
		/* libpq frees it, by free(). */
		if (said->val == NULL && value != NULL &&
		    (said->val = strdup(value)) == NULL)
			return error_nomem(err);
	}
	return 0;
}

int
conninfo_init(struct conninfo *info, const char *text, const char *options,
    struct error *err)
{
	const char		*service;
	PQconninfoOption	*said, *defaults;
	char			*why = NULL;
	int			 r;

	memset(info, 0, sizeof(*info));
	arena_init(&info->arena, 0);
	if ((said = PQconninfoParse(text, &why)) == NULL) {
		error_set(err, ERROR_INVALID_VALUE, NULL,
		    "the connection string cannot be parsed");
		/* libpq quotes the place, which might be the password. */
		if (why != NULL && strstr(text, "pass") == NULL)
			error_detail(err, "%.*s", (int)strcspn(why, "\n"), why);
		PQfreemem(why);
		return -1;
	}
	service = word_find(said, "service");
	defaults = service != NULL ? defaults_of(service) : PQconndefaults();
	/* The hosts first: they are of one of the two, as a whole. */
	r = hosts_take(info, said, defaults, err) == -1 ||
	    ((service != NULL || getenv("PGSERVICE") != NULL) &&
	    service_take(said, defaults, err) == -1) ||
	    words_take(info, said, options, err) == -1 ? -1 : 0;
	PQconninfoFree(said);
	PQconninfoFree(defaults);
	return r;
}

void
conninfo_release(struct conninfo *info)
{
	arena_release(&info->arena);
	memset(info, 0, sizeof(*info));
}

void
conninfo_for_readers(struct conninfo *info)
{
	struct conninfo_word	*word;
	size_t			 i;

	for (i = 0; i < info->words.n; i++) {
		word = &info->words.v[i];
		if (strcmp(word->key, "target_session_attrs") != 0)
			continue;
		if (strcmp(word->value, "read-write") == 0)
			word->value = "primary";
		else if (strcmp(word->value, "read-only") == 0)
			word->value = "standby";
	}
}

static bool
is_address(const char *text)
{
	unsigned char	bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, text, bytes) == 1;
}

/* libpq needs no look-up: a folder, an abstract socket, or an address. */
static bool
is_plain(const struct conninfo_host *host)
{
	return *host->hostaddr != '\0' || *host->host == '\0' ||
	    *host->host == '/' || *host->host == '@' ||
	    is_address(host->host);
}

bool
conninfo_has_names(const struct conninfo *info)
{
	unsigned	i;

	for (i = 0; i < info->nhosts; i++)
		if (!is_plain(&info->hosts[i]))
			return true;
	return false;
}

static void
address_add(struct conninfo_addresses *to, unsigned host, const char *text)
{
	if (to->n == CONNINFO_ADDRESSES_MOST ||
	    strlen(text) >= sizeof(to->v[0].text))
		return;
	to->v[to->n].host = host;
	strcpy(to->v[to->n].text, text);
	to->n++;
}

static void
name_resolve(const struct conninfo *info, unsigned host,
    struct conninfo_addresses *to)
{
	const struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo		*found, *a;
	char			 text[64];

	if (getaddrinfo(info->hosts[host].host, NULL, &hints, &found) != 0)
		return;
	for (a = found; a != NULL; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text),
		    NULL, 0, NI_NUMERICHOST) == 0)
			address_add(to, host, text);
	freeaddrinfo(found);
}

void
conninfo_resolve(const struct conninfo *info, struct conninfo_addresses *to)
{
	const struct conninfo_host	*host;
	unsigned			 i;

	to->n = 0;
	for (i = 0; i < info->nhosts; i++) {
		host = &info->hosts[i];
		if (!is_plain(host))
			name_resolve(info, i, to);
		else if (*host->hostaddr != '\0')
			address_add(to, i, host->hostaddr);
		else
			address_add(to, i, is_address(host->host) ?
			    host->host : "");
	}
}

PGconn *
conninfo_connect(const struct conninfo *info,
    const struct conninfo_addresses *at, unsigned first)
{
	enum { OURS = 4 };
	const struct conninfo_host	*host;
	const char			**keys, **values;
	struct buf			 hosts, addresses, ports;
	struct arena			 arena;
	PGconn				*conn = NULL;
	size_t				 i, n;

	buf_init(&hosts, 0);
	buf_init(&addresses, 0);
	buf_init(&ports, 0);
	for (i = 0; i < at->n; i++) {
		n = (first + i) % at->n;
		host = &info->hosts[at->v[n].host];
		buf_printf(&hosts, "%s%s", i == 0 ? "" : ",", host->host);
		buf_printf(&addresses, "%s%s", i == 0 ? "" : ",",
		    at->v[n].text);
		buf_printf(&ports, "%s%s", i == 0 ? "" : ",", host->port);
	}
	buf_putc(&hosts, '\0');
	buf_putc(&addresses, '\0');
	buf_putc(&ports, '\0');

	arena_init(&arena, 0);
	n = info->words.n + OURS + 1;
	keys = arena_array(&arena, n, sizeof(*keys));
	values = arena_array(&arena, n, sizeof(*values));
	if (keys != NULL && values != NULL && !hosts.broken &&
	    !addresses.broken && !ports.broken) {
		for (i = 0; i < info->words.n; i++) {
			keys[i] = info->words.v[i].key;
			values[i] = info->words.v[i].value;
		}
		keys[i] = "host", values[i++] = hosts.p;
		keys[i] = "hostaddr", values[i++] = addresses.p;
		keys[i] = "port", values[i++] = ports.p;
		keys[i] = "options", values[i++] = info->options;
		conn = PQconnectStartParams(keys, values, 0);
	}
	arena_release(&arena);
	buf_free(&hosts);
	buf_free(&addresses);
	buf_free(&ports);
	return conn;
}
