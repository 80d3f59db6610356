#ifndef ORMD_MODEL_FILE_H
#define ORMD_MODEL_FILE_H

#include "model.h"

/*
 * Model files as ormd-model's commands read them, and how they speak of them.
 */

/*
 * The model in that file ("-": standard input).  NULL when it has said on
 * standard error why not, all at once, with the exit status in *status:
 * EXIT_FINDINGS for a file that ormd would refuse, EXIT_USAGE for one that
 * cannot be read.
 */
struct registry *model_file_load(char *file, int *status);
/* A line on standard error, and the hint, if there is one, below it. */
void	model_file_note(const char *file, const char *word, const char *path,
	    const char *text, const char *hint);

#endif
