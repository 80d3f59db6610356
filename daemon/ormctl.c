/*
 * ormctl: talks to ormd from a shell, a script or a terminal; see ormctl(1).
 * This file reads the command line and the environment and refuses what it
 * does not understand; the conversation is in ormctl_talk.c.
 */
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ormctl_talk.h"

enum {
	TIMEOUT_MS = 60000,
	WHERE_SIZE = 512
};

static const char usage_text[] =
"Usage: ormctl [-r] [-t SECONDS] [-u USER] [-T FILE] [--tls] [--ca FILE]\n"
"              [-H HOST[:PORT] | -S SOCKET] [METHOD [PARAMS]]\n"
"\n"
"Sends one call to ormd and prints its reply. Without METHOD it reads calls,\n"
"one a line, from a pipe, or from you with editing, history and completion.\n"
"\n"
"  -H, --host HOST[:PORT]  where ormd listens (default 127.0.0.1:7432, or\n"
"                          what ORMD_HOST and ORMD_PORT say)\n"
"  -S, --socket SOCKET     its Unix socket instead\n"
"  -u, --user USER         log in; the password is asked for\n"
"  -T, --token-file FILE   keep the token of that login in FILE, or log in by\n"
"                          the one that is there\n"
"      --tls               by TLS; the server's certificate is verified\n"
"      --ca FILE           the same, trusting these roots, not the system's\n"
"      --certificate FILE  show this certificate (with --key FILE, if its key\n"
"                          is not in the same file)\n"
"  -r, --raw               print each reply as the line of JSON that came\n"
"  -t, --timeout SECONDS   to connect, and to wait for a reply (default 60)\n"
"  -h, --help              this text\n"
"  -V, --version           the version of ormctl\n"
"\n"
"PARAMS is a JSON object, or words:\n"
"\n"
"  ormctl get '{\"model\":\"User\",\"id\":1}'\n"
"  ormctl get model=User id=1\n"
"  ormctl get User 1\n"
"  ormctl find User username=riko :limit=10\n"
"  ormctl create User username=riko\n"
"  ormctl update User 1 username=ann\n"
"  ormctl append User 1 groups @3 @4\n"
"  ormctl delete User 1\n"
"\n"
"Dots in a key lead into objects, a value that is JSON is JSON, all else is a\n"
"string. name@=3 means {\"$get\":3}, the existing object with key 3.\n"
"\n"
"Exit status: 0, or 1 after an error reply, 2 for words that make no call, 3\n"
"without a connection or a reply. ormctl(1) and ormd-protocol(7) say more.\n";

struct options {
	const char	*host, *socket;
	bool		 raw;
	bool		 secure;
	int		 timeout_ms;
	struct ormd_tls	 tls;
	struct login	 login;
};

/* Long options without a letter. */
enum { OPTION_TLS = 256, OPTION_CA, OPTION_CERTIFICATE, OPTION_KEY };

static int
refuse(const char *why, const char *what)
{
	fprintf(stderr, "ormctl: %s%s; see ormctl --help\n", why, what);
	return -1;
}

static int
timeout_read(const char *text, int *ms)
{
	char	*end;
	double	 seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds > 0) ||
	    seconds > INT_MAX / 1000)
		return refuse("not a number of seconds: ", text);
	*ms = (int)(seconds * 1000);
	return 0;
}

/* 0; 1 when the answer is on standard output already; -1. */
static int
options_read(struct options *o, int argc, char **argv)
{
	static const struct option	names[] = {
		{ "host", required_argument, NULL, 'H' },
		{ "socket", required_argument, NULL, 'S' },
		{ "user", required_argument, NULL, 'u' },
		{ "token-file", required_argument, NULL, 'T' },
		{ "tls", no_argument, NULL, OPTION_TLS },
		{ "ca", required_argument, NULL, OPTION_CA },
		{ "certificate", required_argument, NULL, OPTION_CERTIFICATE },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "raw", no_argument, NULL, 'r' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int	c;

	/* `+': what follows METHOD is not for us. */
	while ((c = getopt_long(argc, argv, "+H:S:u:T:rt:hV", names,
	    NULL)) != -1) {
		switch (c) {
		case 'H':
			o->host = optarg;
			break;
		case 'S':
			o->socket = optarg;
			break;
		case 'u':
			o->login.user = optarg;
			break;
		case 'T':
			o->login.file = optarg;
			break;
		case OPTION_TLS:
			o->secure = true;
			break;
		case OPTION_CA:
			o->secure = true;
			o->tls.ca = optarg;
			break;
		case OPTION_CERTIFICATE:
			o->secure = true;
			o->tls.certificate = optarg;
			break;
		case OPTION_KEY:
			o->tls.key = optarg;
			break;
		case 'r':
			o->raw = true;
			break;
		case 't':
			if (timeout_read(optarg, &o->timeout_ms) == -1)
				return -1;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 1;
		case 'V':
			puts("ormctl " PACKAGE_VERSION);
			return 1;
		default:
			return refuse("these options are not understood", "");
		}
	}
	return 0;
}

static bool
has_port(const char *host)
{
	const char	*colon = strrchr(host, ':');

	return colon != NULL && (host[0] == '[' ? colon[-1] == ']' :
	    strchr(host, ':') == colon);
}

static const char *
environment(const char *name, const char *otherwise)
{
	const char	*value = getenv(name);

	return value != NULL && *value != '\0' ? value : otherwise;
}

/* Puts together where to connect, as ormd_connect() wants it. */
static int
where_write(const struct options *o, char *to)
{
	const char	*host = o->host, *port;
	int		 n;

	if (host != NULL && o->socket != NULL)
		return refuse("-H and -S are one too many", "");
	if (host == NULL)
		host = environment("ORMD_HOST", "127.0.0.1");
	port = environment("ORMD_PORT", ORMD_PORT);
	if (o->socket != NULL)
		/* It is a path, also without a slash. */
		n = snprintf(to, WHERE_SIZE, "%s%s",
		    strchr(o->socket, '/') == NULL ? "./" : "", o->socket);
	else if (strchr(host, '/') != NULL || has_port(host))
		n = snprintf(to, WHERE_SIZE, "%s", host);
	else if (host[0] != '[' && strchr(host, ':') != NULL)
		n = snprintf(to, WHERE_SIZE, "[%s]:%s", host, port);
	else
		n = snprintf(to, WHERE_SIZE, "%s:%s", host, port);
	return n < WHERE_SIZE ? 0 : refuse("this address is too long", "");
}

int
main(int argc, char **argv)
{
	struct options	 o = { .timeout_ms = TIMEOUT_MS };
	struct talk	 talk = { .client = NULL };
	char		 where[WHERE_SIZE];
	const char	*const *words;
	int		 code;

	setlocale(LC_CTYPE, "");
	if ((code = options_read(&o, argc, argv)) != 0)
		return code == 1 ? TALK_FINE : TALK_USAGE;
	if (where_write(&o, where) == -1)
		return TALK_USAGE;
	talk.where = where;
	talk.timeout_ms = o.timeout_ms;
	talk.raw = o.raw;
	talk.secure = o.secure;
	talk.tls = o.tls;
	talk.login = o.login;
	words = (const char *const *)argv + optind;
	if (optind < argc)
		code = talk_call(&talk, words[0], argc - optind - 1,
		    words + 1);
	else if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		code = talk_person(&talk);
	else
		code = talk_pipe(&talk);
	talk_release(&talk);
	if (fflush(stdout) != 0 && code == TALK_FINE) {
		perror("ormctl: standard output");
		code = TALK_NO_ANSWER;
	}
	return code;
}
