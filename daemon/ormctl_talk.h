#ifndef ORMCTL_TALK_H
#define ORMCTL_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "ormctl_login.h"

/*
 * ormctl's conversation with one server: one call, or the lines of a pipe, or
 * of a person.  Each talk_*() returns the exit status of ormctl(1).
 */
enum talk_status {
	TALK_FINE = 0,
	TALK_ERROR = 1,		/* the server answered with an error */
	TALK_USAGE = 2,		/* the words make no call */
	TALK_NO_ANSWER = 3	/* no connection, or no reply in time */
};

struct talk {
	const char		*where;		/* as for ormd_connect() */
	int			 timeout_ms;	/* to connect, and per reply */
	bool			 raw;		/* lines as they come */
	bool			 secure;	/* by this: */
	struct ormd_tls		 tls;
	struct login		 login;

	/* Its own; zero at first. */
	struct ormd_client	*client;
	struct json_object	*described;	/* for completion */
	bool			 colours, error_colours;
	bool			 streams;	/* the last call of words */
	enum talk_status	 status;	/* the worst so far */
};

/* One call: a method and the n words that follow it. */
enum talk_status talk_call(struct talk *, const char *method, int n,
	    const char *const *words);
/* The lines of standard input, pipelined, until it ends. */
enum talk_status talk_pipe(struct talk *);
/* A prompt. */
enum talk_status talk_person(struct talk *);

void	talk_release(struct talk *);

/* For those three: */
void	talk_start(struct talk *);
int	talk_connect(struct talk *);
/* Prints a reply or an error; the status remembers it.  `line' 0: no number. */
void	talk_show(struct talk *, const struct ormd_reply *, size_t line);
void	talk_fail(struct talk *, const struct ormd_error *,
	    enum talk_status, size_t line);
/*
 * Sends one line: raw JSON-RPC if it begins with { or [, else a method and its
 * words.  Returns the id of the call, 0 for a raw line, or -1: what was wrong
 * has been shown, and if the connection is lost, it is closed.
 */
int64_t	talk_send(struct talk *, char *text, size_t n, size_t line);

#endif
