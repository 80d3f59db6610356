/*
 * ormd: reads its options, configuration and model, listens, and lets the loop
 * run.  What is wrong with any of them is said on stderr, and the exit status
 * is 2; 1 is for what fails later.
 *
 * The order of the start: settings, model, sockets, pool, then READY.  It
 * listens before the database can be reached, so that clients are told
 * `database_down' and not left alone.
 */
#include <sys/random.h>
#include <sys/resource.h>

#include <errno.h>
#include <getopt.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "listen.h"
#include "logins.h"
#include "notify.h"
#include "pool.h"
#include "rates.h"
#include "sealing.h"
#include "session.h"
#include "tls.h"

enum {
	EXIT_CONFIGURATION	= 2,
	OPTIONS_MOST		= 64,
	MALLOC_KEEPS		= 32 << 20,	/* bytes, when much is freed */
	MALLOC_MAPS		= 16 << 20	/* blocks from this size on */
};

struct options {
	const struct log	*log;
	const char		*file;
	const char		*set[OPTIONS_MOST];
	int			 nset;
	bool			 check;		/* -t */
	bool			 print;		/* --settings */
};

static void
usage(FILE *f)
{
	fputs("usage: ormd [-c FILE] [-o KEY=VALUE]... [-t] [--settings]\n"
	    "  -c, --config FILE     read this configuration (ormd.conf(5))\n"
	    "  -o, --option K=V      set one key; wins over the file\n"
	    "  -t, --test            check configuration and model, and exit\n"
	    "      --settings        print all keys and their values\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         the version\n", f);
}

/* -1: go on; otherwise the status to exit with. */
static int
options_read(struct options *o, int argc, char **argv)
{
	static const struct option	words[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "option", required_argument, NULL, 'o' },
		{ "test", no_argument, NULL, 't' },
		{ "settings", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int	c;

	while ((c = getopt_long(argc, argv, "c:o:thV", words, NULL)) != -1)
		switch (c) {
		case 'c':
			o->file = optarg;
			break;
		case 'o':
			if (o->nset == OPTIONS_MOST) {
				log_error(o->log, "more than %d options",
				    OPTIONS_MOST);
				return EXIT_CONFIGURATION;
			}
			o->set[o->nset++] = optarg;
			break;
		case 't':
			o->check = true;
			break;
		case 's':
			o->print = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("ormd " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_CONFIGURATION;
		}
	if (optind == argc)
		return -1;
	log_error(o->log, "what is %s? see ormd --help", argv[optind]);
	return EXIT_CONFIGURATION;
}

static int
complain(const struct log *log, const struct error *err)
{
	log_error(log, "%s%s%s", err->message,
	    err->hint[0] != '\0' ? "; " : "", err->hint);
	return -1;
}

/* File, then options; also for SIGHUP. */
static int
read_settings(void *arg, struct settings *to)
{
	const struct options	*o = arg;
	struct error		 err;
	int			 i;

	if (o->file != NULL && settings_file(to, o->file, &err) == -1)
		return complain(o->log, &err);
	for (i = 0; i < o->nset; i++)
		if (settings_option(to, o->set[i], &err) == -1)
			return complain(o->log, &err);
	if (o->print)
		return 0;
	if (to->model[0] == '\0') {
		log_error(o->log, "no model; say model = FILE in the "
		    "configuration, or -o model=FILE");
		return -1;
	}
	if (!to->predicates && !to->rls) {
		log_error(o->log, "predicates = off leaves rules to row-level "
		    "security alone, which is off; say rls = on");
		return -1;
	}
	if (peer_check(to, &err) == -1)
		return complain(o->log, &err);
	return 0;
}

/*
 * What only the files tell that the settings name: the model, and whether it
 * and the certificate allow to listen where that is wanted.  Also for SIGHUP.
 */
static int
read_files(const struct log *log, const struct settings *s,
    struct ormd_model **model, struct tls **tls)
{
	struct error	err;

	*tls = NULL;
	if ((*model = ormd_model_read(log, s->model)) == NULL)
		return -1;
	if (listeners_check(s, (*model)->registry->auth != NULL, &err) == 0 &&
	    (s->tls_certificate[0] == '\0' ||
	    (*tls = tls_new(s, &err)) != NULL))
		return 0;
	ormd_model_drop(*model);
	*model = NULL;
	return complain(log, &err);
}

/* As many descriptors as the system allows, and no core with rows in it. */
static void
limits_raise(const struct ormd *ormd)
{
	const struct settings	*s = &ormd->settings;
	/* 1 is too little for a file, and none goes to a program, either. */
	struct rlimit		 none = { 1, 1 }, files;
	rlim_t			 need;

	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		return;
	need = (rlim_t)(s->max_connections + s->readers + s->writers +
	    LISTEN_DESCRIPTORS_OWN);
	if (files.rlim_max < need)
		log_warning(&ormd->log, "%llu descriptors are allowed, "
		    "max_connections needs %llu",
		    (unsigned long long)files.rlim_max,
		    (unsigned long long)need);
}

static uint64_t
random_seed(void)
{
	uint64_t	seed;

	/* Early in a boot it may not be there yet; the clock is better than
	   to wait. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(seed))
		seed = (uint64_t)time(NULL) * 2654435761u ^ (uintptr_t)&seed;
	return seed;
}

static int
parts_make(struct ormd *ormd)
{
	const struct settings	*s = &ormd->settings;
	const struct rpc_limits	 limits = {
		.max_depth = (unsigned)s->max_depth,
		.max_values = (size_t)s->max_values,
		.max_batch = (size_t)s->max_batch
	};

	sql_cache_init(&ormd->sql);
	key_stock_init(&ormd->stock);
	if (loop_init(&ormd->loop) == -1 ||
	    rpc_init(&ormd->rpc, &limits, random_seed()) == -1 ||
	    (ormd->logins = logins_new(ormd)) == NULL ||
	    (ormd->rates = rates_new()) == NULL ||
	    (ormd->sealing = sealing_new()) == NULL ||
	    (ormd->sessions = sessions_new(ormd)) == NULL) {
		log_error(&ormd->log, "cannot start: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* All of it, in the reverse order; only when nothing is under way. */
static void
parts_free(struct ormd *ormd)
{
	listeners_free(ormd->listeners);
	if (ormd->sessions != NULL)
		sessions_free(ormd->sessions);
	pool_free(ormd->pool);
	logins_free(ormd->logins);
	rates_free(ormd->rates);
	sealing_free(ormd->sealing);
	rpc_release(&ormd->rpc);
	loop_release(&ormd->loop);
	key_stock_release(&ormd->stock);
	sql_cache_release(&ormd->sql);
	arena_spares_free(&ormd->spares);
	ormd_model_drop(ormd->model);
	tls_free(ormd->tls);
	settings_release(&ormd->settings);
	free(ormd);
}

static int
serve(struct ormd *ormd, struct options *o)
{
	struct control	*control;
	struct error	 err;
	char		*names;
	bool		 drained;

	signal(SIGPIPE, SIG_IGN);
#ifdef __GLIBC__
	/* Batches come and go: do not give their pages back to fault again. */
	mallopt(M_TRIM_THRESHOLD, MALLOC_KEEPS);
	mallopt(M_MMAP_THRESHOLD, MALLOC_MAPS);
#endif
	limits_raise(ormd);
	if (parts_make(ormd) == -1)
		return EXIT_FAILURE;
	names = notify_listen_names();
	ormd->listeners = listeners_new(ormd, notify_listen_fds(), names, &err);
	free(names);
	if (ormd->listeners == NULL) {
		complain(&ormd->log, &err);
		return EXIT_CONFIGURATION;
	}
	if ((ormd->pool = pool_new(ormd, &err)) == NULL) {
		complain(&ormd->log, &err);
		return EXIT_CONFIGURATION;
	}
	control = control_new(ormd, read_settings, read_files, o);
	if (control == NULL) {
		log_error(&ormd->log, "cannot start: out of memory");
		return EXIT_FAILURE;
	}
	log_info(&ormd->log, "ormd " PACKAGE_VERSION " listens; the model has "
	    "%zu models", ormd->model->registry->models.n);
	notify_send("READY=1\nSTATUS=serving");
	ormd->loop.measures = ormd->log.level == LOG_LEVEL_DEBUG;
	loop_run(&ormd->loop);
	drained = control_drained(control);
	control_free(control);
	log_info(&ormd->log, "ended; %llu requests were served",
	    (unsigned long long)ormd->stats.requests);
	log_debug(&ormd->log, "the longest turn took %llu us of the processor",
	    (unsigned long long)ormd->loop.longest_us);
	/* Requests that still run use all of the parts: leave them. */
	if (!drained)
		exit(EXIT_SUCCESS);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct ormd	*ormd = calloc(1, sizeof(*ormd));
	struct options	 o = { .log = NULL };
	int		 status;

	if (ormd == NULL || settings_init(&ormd->settings) == -1)
		return EXIT_FAILURE;
	log_init(&ormd->log, ormd->settings.log_level);
	o.log = &ormd->log;
	if ((status = options_read(&o, argc, argv)) == -1) {
		status = EXIT_CONFIGURATION;
		if (read_settings(&o, &ormd->settings) == 0) {
			ormd->log.level = ormd->settings.log_level;
			if (o.print) {
				settings_print(&ormd->settings, stdout);
				status = EXIT_SUCCESS;
			} else if (read_files(&ormd->log, &ormd->settings,
			    &ormd->model, &ormd->tls) == 0)
				status = o.check ? EXIT_SUCCESS :
				    serve(ormd, &o);
		}
	}
	parts_free(ormd);
	return status;
}
