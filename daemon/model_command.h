#ifndef ORMD_MODEL_COMMAND_H
#define ORMD_MODEL_COMMAND_H

/*
 * The commands of ormd-model.  Each has a file of its own and a row in the
 * table of ormd-model.c.
 */
enum {
	EXIT_FINDINGS = 1,	/* something is wrong with what was looked at */
	EXIT_USAGE = 2		/* it could not be looked at, or said */
};

/*
 * Runs with the words behind the command's name, argv[0], and NULL behind the
 * last.  Prints to standard output, which ormd-model.c flushes, and says on
 * standard error what is wrong.  Returns the exit status, or COMMAND_MISUSED
 * when the words make no sense to it.
 */
enum { COMMAND_MISUSED = -1 };
typedef int model_command(int argc, char **argv);

model_command	command_check;
model_command	command_ddl;
model_command	command_diagram;
model_command	command_inspect;

#endif
