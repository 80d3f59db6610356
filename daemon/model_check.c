/*
 * ormd-model check: what ormd would refuse in model files, and what it would
 * warn of.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model_command.h"
#include "model_file.h"

int
command_check(int argc, char **argv)
{
	const struct model_note	*note;
	struct registry		*r;
	size_t			 i;
	int			 status = EXIT_SUCCESS;

	if (argc < 2)
		return COMMAND_MISUSED;
	while (*++argv != NULL) {
		if ((r = model_file_load(*argv, &status)) == NULL)
			continue;
		for (i = 0; i < r->warnings.n; i++) {
			note = r->warnings.v[i];
			model_file_note(*argv, "warning: ", note->path,
			    note->text, note->hint);
		}
		printf("%s: models: %zu, tables: %zu, warnings: %zu\n",
		    *argv, r->models.n, r->tables.n, r->warnings.n);
		registry_free(r);
	}
	return status;
}
