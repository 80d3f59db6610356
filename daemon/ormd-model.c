/*
 * ormd-model: works on model files.  Run by people and by scripts; it needs no
 * daemon.  Here is the table of its commands, each of which is a file of its
 * own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model_command.h"

static const struct {
	const char	*name;
	const char	*words;		/* behind the name, for the usage */
	model_command	*run;		/* NULL: another form of the last */
} commands[] = {
	{ "check",	"FILE...",	command_check },
	{ "check",	"[--data] FILE CONNINFO", NULL },
	{ "ddl",	"FILE",		command_ddl },
	{ "ddl",	"--rls [--role NAME] FILE", NULL },
	{ "diagram",	"FILE [--format svg|dot|mermaid]", command_diagram },
	{ "inspect",	"CONNINFO [--schema NAME]...", command_inspect },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
usage(void)
{
	int	i;

	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s ormd-model %s %s\n",
		    i == 0 ? "usage:" : "      ", commands[i].name,
		    commands[i].words);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	int	i, status = COMMAND_MISUSED;

	for (i = 0; i < COMMANDS && argc > 1; i++)
		if (commands[i].run != NULL &&
		    strcmp(commands[i].name, argv[1]) == 0)
			status = commands[i].run(argc - 1, argv + 1);
	if (status == COMMAND_MISUSED)
		return usage();
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "ormd-model: %s\n", strerror(errno));
		return EXIT_USAGE;
	}
	return status;
}
