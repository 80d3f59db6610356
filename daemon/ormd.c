/*
 * The model in force and those who use it.  main() reads one at the start and
 * one for each SIGHUP; requests hold the one that they began with.  A file that
 * the registry refuses is logged and gives no model.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_text.h"
#include "ormd.h"

enum { MODEL_LONGEST = 16 << 20 };

struct ormd_model *
ormd_model_new(struct registry *registry)
{
	struct ormd_model	*model = calloc(1, sizeof(*model));

	if (model == NULL) {
		registry_free(registry);
		return NULL;
	}
	model->registry = registry;
	model->refs = 1;
	return model;
}

struct ormd_model *
ormd_model_hold(struct ormd_model *model)
{
	model->refs++;
	return model;
}

void
ormd_model_drop(struct ormd_model *model)
{
	int	i;

	if (model == NULL || --model->refs > 0)
		return;
	if (model->extra_free != NULL)
		model->extra_free(model->extra);
	for (i = 0; i < CLASSES; i++)
		buf_free(&model->documents[i]);
	registry_free(model->registry);
	free(model);
}

/* All of the file; *n is its size.  NULL: errno. */
static char *
file_read(const char *file, size_t *n)
{
	FILE	*f = fopen(file, "re");
	char	*text;
	int	 error = 0;

	if (f == NULL)
		return NULL;
	if ((text = malloc(MODEL_LONGEST + 1)) == NULL) {
		fclose(f);
		return NULL;
	}
	*n = fread(text, 1, MODEL_LONGEST + 1, f);
	if (ferror(f))
		error = errno;
	else if (*n > MODEL_LONGEST)
		error = EFBIG;
	fclose(f);
	if (error == 0)
		return text;
	free(text);
	errno = error;
	return NULL;
}

struct ormd_model *
ormd_model_read(const struct log *log, const char *file)
{
	struct registry		*registry;
	struct model_note	*note;
	struct error		 err;
	size_t			 n, i;
	char			*text = file_read(file, &n);

	if (text == NULL) {
		log_error(log, "%s: %s", file, strerror(errno));
		return NULL;
	}
	registry = model_text_load(text, n, &err);
	free(text);
	if (registry == NULL) {
		log_error(log, "%s: %s%s%s%s%s", file, err.path,
		    err.path[0] != '\0' ? ": " : "", err.message,
		    err.hint[0] != '\0' ? "; " : "", err.hint);
		return NULL;
	}
	for (i = 0; i < registry->warnings.n; i++) {
		note = registry->warnings.v[i];
		log_warning(log, "%s: %s: %s%s%s", file, note->path,
		    note->text, note->hint[0] != '\0' ? "; " : "",
		    note->hint);
	}
	return ormd_model_new(registry);
}
