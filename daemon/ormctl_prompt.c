/*
 * ormctl for a person: a prompt, one call after the other.  main() calls this
 * where standard input and output are a terminal.  A lost connection is made
 * again for the next line; nothing is sent twice.
 */
#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ormctl_complete.h"
#include "ormctl_edit.h"
#include "ormctl_talk.h"
#include "ormctl_words.h"

enum { DESCRIBE_MS = 2000 };	/* completion does not wait longer */

static void
help(void)
{
	const struct word_method	*m;
	char				 form[80];
	int				 i, n;

	puts("A line is a method and its parameters, or JSON-RPC:\n");
	for (m = word_methods; m->name != NULL; m++) {
		n = snprintf(form, sizeof(form), "%s", m->name);
		for (i = 0; i < WORDS_ORDER && m->order[i] != NULL; i++)
			n += snprintf(form + n, sizeof(form) - (size_t)n,
			    " %s", m->order[i]);
		/* get: either the key, or unique columns. */
		if (m->object != NULL)
			n += snprintf(form + n, sizeof(form) - (size_t)n,
			    "%s name=value ...", i > 0 && strcmp(m->object,
			    m->order[i - 1]) == 0 ? " |" : "");
		if (m->items != NULL)
			snprintf(form + n, sizeof(form) - (size_t)n,
			    " @key ...");
		printf("  %-36s %s\n", form, m->what);
	}
	puts("\nname@=key refers to the object with that key; :name=value is\n"
	    "a parameter of the method, such as :limit=10. See ormctl(1).\n"
	    "quit, or Control-D, ends.");
}

/* For edit_open(): asks the server once what there is. */
static void
complete(void *arg, const char *line, void (*found)(void *, const char *),
    void *to)
{
	struct talk	*t = arg;

	if (t->described == NULL && t->client != NULL)
		ormd_call(t->client, "describe", NULL, &t->described,
		    DESCRIBE_MS, NULL);
	complete_line(t->described, line, found, to);
}

/* Control-C while a reply is awaited: the first asks the server to cancel. */
static bool
interrupted(struct talk *t, int signals, int64_t id, int times)
{
	struct signalfd_siginfo	 info;
	struct json_object	*params;

	if (read(signals, &info, sizeof(info)) == -1)
		return true;
	if (id == 0 || times > 0)
		return false;
	if ((params = json_object_new_object()) != NULL) {
		json_object_object_add(params, "id",
		    json_object_new_int64(id));
		ormd_notify(t->client, "cancel", params, 0, NULL);
	}
	json_object_put(params);
	return true;
}

/*
 * Shows what comes until it is the reply to call `id' (0: any reply).  False
 * when the connection is of no more use.
 */
static bool
reply_await(struct talk *t, int64_t id, int signals)
{
	struct ormd_reply	*r;
	struct ormd_error	 err;
	struct pollfd		 fd[2] = { { .fd = signals,
				    .events = POLLIN } };
	bool			 done = false;
	int			 n, times = 0;

	while (!done) {
		while (!done &&
		    (r = ormd_receive(t->client, 0, 0, &err)) != NULL) {
			talk_show(t, r, 0);
			done = r->method == NULL && (id == 0 || id == r->id);
			ormd_reply_free(r);
		}
		if (done)
			break;
		if (strcmp(err.kind, "timeout") != 0) {
			talk_fail(t, &err, TALK_NO_ANSWER, 0);
			return false;
		}
		fd[1].fd = ormd_fd(t->client);
		fd[1].events = ormd_events(t->client);
		if ((n = poll(fd, 2, t->timeout_ms)) == 0) {
			talk_fail(t, &err, TALK_NO_ANSWER, 0);
			return false;
		}
		if (n > 0 && fd[0].revents != 0 &&
		    !interrupted(t, signals, id, times++))
			return false;
	}
	return true;
}

/*
 * Shows what came on its own since the last line.  A connection that has ended
 * meanwhile is let go before anything is sent on it, for then a new one is
 * safe.
 */
static void
look(struct talk *t)
{
	struct ormd_reply	*r;
	struct ormd_error	 err;

	if (t->client == NULL)
		return;
	while ((r = ormd_receive(t->client, 0, 0, &err)) != NULL) {
		talk_show(t, r, 0);
		ormd_reply_free(r);
	}
	if (strcmp(err.kind, "timeout") != 0) {
		ormd_close(t->client);
		t->client = NULL;
	}
}

/* SIGINT is a file while a reply is awaited, a signal at all other times. */
static void
line_talk(struct talk *t, char *line)
{
	sigset_t	interrupt, old;
	int64_t		id;
	int		signals;

	look(t);
	if ((id = talk_send(t, line, strlen(line), 0)) == -1)
		return;
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &old);
	signals = signalfd(-1, &interrupt, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!reply_await(t, id, signals)) {
		ormd_close(t->client);
		t->client = NULL;
	}
	if (signals != -1)
		close(signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

enum talk_status
talk_person(struct talk *t)
{
	struct edit	*edit;
	char		*line;

	talk_start(t);
	if (talk_connect(t) == -1)
		return t->status;
	if ((edit = edit_open("ormd> ", complete, t)) == NULL)
		return TALK_USAGE;
	printf("ormctl, talking to %s; help tells what to type.\n", t->where);
	while ((line = edit_line(edit)) != NULL) {
		line += strspn(line, " \t");
		if (*line == '\0' || *line == '#')
			continue;
		if (strcmp(line, "quit") == 0 || strcmp(line, "exit") == 0)
			break;
		if (strcmp(line, "help") == 0)
			help();
		else
			line_talk(t, line);
	}
	if (line == NULL)
		putchar('\n');
	edit_close(edit);
	/* A person has seen each error; the session itself went well. */
	return TALK_FINE;
}
