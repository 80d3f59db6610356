/*
 * ormd-model diagram: the models of a model file as a picture.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "model_command.h"
#include "model_file.h"

static const struct {
	const char		*name;
	enum diagram_format	 format;
} formats[] = {
	{ "svg", DIAGRAM_SVG }, { "dot", DIAGRAM_DOT },
	{ "mermaid", DIAGRAM_MERMAID }
};

static bool
format_find(const char *name, enum diagram_format *format)
{
	size_t	i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0) {
			*format = formats[i].format;
			return true;
		}
	return false;
}

int
command_diagram(int argc, char **argv)
{
	enum diagram_format	 format = DIAGRAM_SVG;
	struct registry		*r;
	struct buf		 text;
	char			*file = NULL;
	int			 i, status = EXIT_SUCCESS;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--format") == 0) {
			if (++i == argc || !format_find(argv[i], &format))
				return COMMAND_MISUSED;
		} else if (strncmp(argv[i], "--format=", 9) == 0) {
			if (!format_find(argv[i] + 9, &format))
				return COMMAND_MISUSED;
		} else if (file != NULL || (argv[i][0] == '-' &&
		    argv[i][1] != '\0'))
			return COMMAND_MISUSED;
		else
			file = argv[i];
	}
	if (file == NULL)
		return COMMAND_MISUSED;
	if ((r = model_file_load(file, &status)) == NULL)
		return status;
	buf_init(&text, 0);
	diagram_write(r, format, &text);
	registry_free(r);
	if (text.broken) {
		fprintf(stderr, "%s: %s\n", file, strerror(ENOMEM));
		status = EXIT_USAGE;
	} else
		fwrite(text.p, 1, text.n, stdout);
	buf_free(&text);
	return status;
}
