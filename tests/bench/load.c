/*
 * The load of `make bench': keeps one request in flight on each of many
 * connections to ormd, reads every reply to its end and counts.  Started by
 * tests/bench/run, which accounts for the CPU of the servers; this program only
 * has to be too cheap to disturb them.
 *
 * A request is made from a template: <LO..HI> is a random number, <#> a running
 * number, <$1> to <$9> are the fields of a random row of a file (tabs between
 * them).  With a file of logins each connection sends its line of it first, and
 * has only those rows that fall to it when they are dealt out in turn.  With -o
 * each connection is used once, so many at a time.  With -w it says "ready"
 * when all have logged in, and waits for a line.
 *
 * It prints one line of key=value words.  It refuses a template it cannot read
 * and ends with status 1 when a connection breaks or a login fails; error
 * replies are counted, and the first is shown.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PART_TEXT, PART_RANDOM, PART_NUMBER, PART_FIELD
};

enum {
	PARTS_MAX = 64,
	FIELDS_MAX = 9,
	LINE_MAX_BYTES = 16 * 1024,	/* of a request */
	READ_BYTES = 256 * 1024,
	EVENTS_MAX = 256,
	SHOWN_BYTES = 300,		/* of an error reply */
	BUCKETS = 64 * 16		/* of the latencies: 16 an octave */
};

struct part {
	int		 kind;
	const char	*text;
	size_t		 n;
	uint64_t	 low, high;
	int		 field;
};

struct connection {
	int		 fd;
	size_t		 number;
	uint64_t	 sent_ns;
	char		 head[SHOWN_BYTES];	/* of the reply being read */
	size_t		 head_n;
};

/* Of a file, one string a line. */
struct rows {
	char		**v;
	size_t		 n;
};

struct load {
	struct part	 parts[PARTS_MAX];
	size_t		 n_parts;
	struct rows	 rows;
	struct rows	 logins;	/* or none */
	struct connection *cs;
	size_t		 connections;
	size_t		 once;		/* how many at a time, or 0 */
	size_t		 used;		/* with it */
	uint64_t	 random;	/* xorshift64* */
	uint64_t	 number;	/* the next <#> */
	uint64_t	 left;		/* requests still to send */
	uint64_t	 end_ns;
	uint64_t	 requests, errors, bytes;
	uint64_t	 buckets[BUCKETS];
	unsigned	 in_flight;
	int		 epoll;
};

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

static uint64_t
random_next(struct load *load)
{
	uint64_t x = load->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	load->random = x;
	return ((x * UINT64_C(2685821657736338717)) >> 11);
}

/* Reads what stands between < and >; false: it is plain text. */
static bool
part_parse(struct part *part, const char *p, const char *end)
{
	char *after;

	if (p[0] == '#' && p + 1 == end) {
		part->kind = PART_NUMBER;
		return (true);
	}
	if (p[0] == '$' && p + 2 == end && p[1] >= '1' && p[1] <= '9') {
		part->kind = PART_FIELD;
		part->field = p[1] - '1';
		return (true);
	}
	if (p[0] < '0' || p[0] > '9')
		return (false);
	part->low = strtoull(p, &after, 10);
	if (strncmp(after, "..", 2) != 0)
		return (false);
	part->high = strtoull(after + 2, &after, 10);
	part->kind = PART_RANDOM;
	return (after == end && part->high >= part->low);
}

static void
part_add(struct load *load, const struct part *part)
{
	if (load->n_parts == PARTS_MAX)
		errx(2, "the template has more than %d parts", PARTS_MAX);
	load->parts[load->n_parts++] = *part;
}

static void
template_parse(struct load *load, const char *text)
{
	const char *from = text;

	for (const char *p = text; *p != '\0'; p++) {
		struct part part = {0}, plain = {0};
		const char *end;

		if (*p != '<' || (end = strchr(p, '>')) == NULL ||
		    !part_parse(&part, p + 1, end))
			continue;
		plain.text = from;
		plain.n = (size_t)(p - from);
		part_add(load, &plain);
		part_add(load, &part);
		from = end + 1;
		p = end;
	}
	if (strlen(from) + 1 > LINE_MAX_BYTES)
		errx(2, "the template is too long");
	part_add(load, &(struct part){ .text = from, .n = strlen(from) });
}

static void
rows_read(struct rows *rows, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t room = 0, n = 0;
	char *line = NULL;
	ssize_t got;

	if (f == NULL)
		err(2, "%s", path);
	while ((got = getline(&line, &n, f)) > 0) {
		if (line[got - 1] == '\n')
			line[got - 1] = '\0';
		if (rows->n == room) {
			room = room == 0 ? 1024 : room * 2;
			rows->v = realloc(rows->v, room * sizeof(char *));
			if (rows->v == NULL)
				err(2, "%s", path);
		}
		if ((rows->v[rows->n++] = strdup(line)) == NULL)
			err(2, "%s", path);
	}
	free(line);
	fclose(f);
	if (rows->n == 0)
		errx(2, "%s: no rows", path);
}

static const char *
row_field(const char *row, int field, size_t *n)
{
	while (field-- > 0) {
		row = strchr(row, '\t');
		if (row == NULL)
			errx(2, "a row has too few fields");
		row++;
	}
	*n = strcspn(row, "\t");
	return (row);
}

static const char *
row_choose(struct load *load, const struct connection *c)
{
	size_t n = load->rows.n, turns;

	if (n == 0)
		return (NULL);
	if (load->logins.n == 0)
		return (load->rows.v[random_next(load) % n]);
	turns = n / load->connections;
	if (turns == 0)
		errx(2, "there are fewer rows than connections");
	return (load->rows.v[random_next(load) % turns * load->connections +
	    c->number]);
}

static size_t
request_write(struct load *load, const struct connection *c, char *to)
{
	const char *row = row_choose(load, c);
	char digits[24];
	size_t at = 0;

	for (size_t i = 0; i < load->n_parts; i++) {
		const struct part *part = &load->parts[i];
		const char *text = part->text;
		size_t n = part->n;

		if (part->kind == PART_FIELD) {
			if (row == NULL)
				errx(2, "fields are named, but no file (-f)");
			text = row_field(row, part->field, &n);
		} else if (part->kind != PART_TEXT) {
			uint64_t value = part->kind == PART_NUMBER ?
			    load->number : part->low + random_next(load) %
			    (part->high - part->low + 1);

			n = (size_t)snprintf(digits, sizeof(digits), "%llu",
			    (unsigned long long)value);
			text = digits;
		}
		if (at + n + 1 > LINE_MAX_BYTES)
			errx(2, "the request is too long");
		memcpy(to + at, text, n);
		at += n;
	}
	load->number++;
	to[at++] = '\n';
	return (at);
}

/* Sends the next request, if there is still one to send. */
static void
connection_next(struct load *load, struct connection *c)
{
	char line[LINE_MAX_BYTES];
	size_t n, at = 0;

	c->sent_ns = now_ns();
	if (load->left == 0 || c->sent_ns >= load->end_ns)
		return;
	load->left--;
	n = request_write(load, c, line);
	/* One short line: the socket's buffer is empty, so it fits. */
	while (at < n) {
		ssize_t got = send(c->fd, line + at, n - at, MSG_NOSIGNAL);

		if (got < 0 && errno != EINTR)
			err(1, "send");
		at += got < 0 ? 0 : (size_t)got;
	}
	load->in_flight++;
}

static void
latency_add(struct load *load, uint64_t ns)
{
	unsigned octave = 0;

	while (octave < 59 && (ns >> (octave + 5)) != 0)
		octave++;
	/* Now ns < 32 << octave: sixteen steps cover its upper half. */
	load->buckets[octave * 16 + ((ns >> octave) & 15)]++;
}

static double
latency_us(const struct load *load, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)load->requests), seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += load->buckets[i];
		if (seen > wanted) {
			unsigned octave = i / 16;
			uint64_t low = octave == 0 ? i % 16 : 16 + i % 16;

			return ((double)(low << octave) / 1000);
		}
	}
	return (0);
}

/* A reply is whole. */
static void
reply_count(struct load *load, struct connection *c)
{
	load->in_flight--;
	load->requests++;
	latency_add(load, now_ns() - c->sent_ns);
	c->head[c->head_n < SHOWN_BYTES ? c->head_n : SHOWN_BYTES - 1] = '\0';
	if (strstr(c->head, "\"error\":{\"code\":") != NULL) {
		if (load->errors++ == 0)
			warnx("%s", c->head);
	}
	c->head_n = 0;
}

static void
connection_read(struct load *load, struct connection *c, char *room)
{
	ssize_t got = recv(c->fd, room, READ_BYTES, MSG_DONTWAIT);
	size_t take;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0)
		err(1, "recv");
	if (got == 0)
		errx(1, "ormd closed a connection");
	load->bytes += (uint64_t)got;
	take = SHOWN_BYTES - c->head_n;
	if (take > (size_t)got)
		take = (size_t)got;
	memcpy(c->head + c->head_n, room, take);
	c->head_n += take;
	/* One request is in flight, so a line ends only with the bytes. */
	if (room[got - 1] == '\n') {
		reply_count(load, c);
		if (load->once == 0)
			connection_next(load, c);
		else if (load->used < load->connections)
			connection_next(load, &load->cs[load->used++]);
	}
}

static int
connect_to(const char *socket_path, int port)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd, one = 1, r;

	fd = socket(socket_path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		err(1, "socket");
	if (socket_path != NULL) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", socket_path);
		r = connect(fd, (struct sockaddr *)&un, sizeof(un));
	} else {
		in.sin_port = htons((uint16_t)port);
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		r = connect(fd, (struct sockaddr *)&in, sizeof(in));
	}
	if (r < 0)
		err(1, "connect");
	return (fd);
}

/* One at a time: what it costs is not what is measured. */
static void
connection_login(const struct load *load, const struct connection *c)
{
	const char *line = load->logins.v[c->number % load->logins.n];
	char reply[LINE_MAX_BYTES];
	size_t n = 0;

	if (line[0] == '\0')
		return;
	if (dprintf(c->fd, "%s\n", line) < 0)
		err(1, "login");
	do {
		ssize_t got = recv(c->fd, reply + n, sizeof(reply) - 1 - n, 0);

		if (got <= 0)
			err(1, "login");
		n += (size_t)got;
	} while (reply[n - 1] != '\n' && n < sizeof(reply) - 1);
	reply[n] = '\0';
	if (strstr(reply, "\"error\":{\"code\":") != NULL)
		errx(1, "login: %s", reply);
}

static void
load_run(struct load *load, double seconds)
{
	size_t n = load->once > 0 && load->once < load->connections ?
	    load->once : load->connections;
	struct epoll_event events[EVENTS_MAX];
	char *room = malloc(READ_BYTES);
	uint64_t start = now_ns();

	if (room == NULL)
		err(2, NULL);
	load->end_ns = start + (uint64_t)(seconds * 1e9);
	for (size_t i = 0; i < n; i++)
		connection_next(load, &load->cs[i]);
	load->used = n;
	while (load->in_flight > 0) {
		int got = epoll_wait(load->epoll, events, EVENTS_MAX, -1);

		if (got < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < got; i++)
			connection_read(load, events[i].data.ptr, room);
	}
	printf("requests=%llu errors=%llu seconds=%.4f bytes=%llu p50_us=%.1f "
	    "p99_us=%.1f\n", (unsigned long long)load->requests,
	    (unsigned long long)load->errors, (double)(now_ns() - start) / 1e9,
	    (unsigned long long)load->bytes, latency_us(load, 0.5),
	    latency_us(load, 0.99));
	free(room);
}

int
main(int argc, char **argv)
{
	struct load load = { .left = UINT64_MAX, .connections = 64 };
	const char *socket_path = NULL;
	struct connection *cs;
	size_t idle = 0;
	double seconds = 4;
	bool waits = false;
	int c, port = 7432;

	load.random = now_ns() | 1;
	while ((c = getopt(argc, argv, "S:c:f:i:l:n:o:p:s:t:w")) != -1) {
		switch (c) {
		case 'S': socket_path = optarg; break;
		case 'c': load.connections = strtoul(optarg, NULL, 10); break;
		case 'f': rows_read(&load.rows, optarg); break;
		case 'i': idle = strtoul(optarg, NULL, 10); break;
		case 'l': rows_read(&load.logins, optarg); break;
		case 'n': load.left = strtoull(optarg, NULL, 10); break;
		case 'o': load.once = strtoul(optarg, NULL, 10); break;
		case 'p': port = atoi(optarg); break;
		case 's': load.number = strtoull(optarg, NULL, 10); break;
		case 't': seconds = strtod(optarg, NULL); break;
		case 'w': waits = true; break;
		default: optind = argc; break;
		}
	}
	if (optind != argc - 1 || load.connections == 0)
		errx(2, "usage: load [-S socket | -p port] [-c connections] "
		    "[-i idle] [-t seconds] [-n requests] [-s first number] "
		    "[-f rows] [-l logins] [-o at a time] [-w] template");
	template_parse(&load, argv[optind]);
	load.cs = cs = calloc(load.connections, sizeof(*cs));
	if (cs == NULL || (load.epoll = epoll_create1(0)) < 0)
		err(2, NULL);
	while (idle-- > 0)
		connect_to(socket_path, port);	/* open until we end */
	for (size_t i = 0; i < load.connections; i++) {
		struct epoll_event e = { .events = EPOLLIN,
		    .data.ptr = &cs[i] };

		cs[i].number = i;
		cs[i].fd = connect_to(socket_path, port);
		if (load.logins.n > 0)
			connection_login(&load, &cs[i]);
		if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, cs[i].fd, &e) < 0)
			err(2, "epoll_ctl");
	}
	if (waits) {
		puts("ready");
		fflush(stdout);
		(void)getchar();
	}
	load_run(&load, seconds);
	return (0);
}
