/*
 * Names in a request: the path to a place in it, and the refusals of what the
 * model does not have, with the nearest name that it has.  Called by all rooms
 * that decode.
 */
#include <string.h>

#include "decode_parts.h"

struct path *
path_step(struct arena *a, const struct path *up, const char *key, int index)
{
	struct path	*step = arena_alloc(a, sizeof(*step));

	if (step != NULL) {
		step->up = up;
		step->key = key;
		step->index = index;
	}
	return step;
}

/* What may stand among attributes, with a $ before it. */
static const char *const	special_words[] = { "get", "merge", "ref",
	"as", "through", NULL };

int
unknown_attribute(struct arena *a, const struct model *model,
    const char *name, const struct path *path, struct error *err)
{
	const char *const	*names = model_attribute_names(a, model);
	const char		*near;

	error_set(err, ERROR_UNKNOWN_FIELD, path, "%s has no attribute %s",
	    model->name, name);
	error_about(err, model->name, name);
	/* It may have that name, only not here. */
	if (names != NULL && (near = error_nearest(name, names)) != NULL &&
	    strcmp(near, name) != 0)
		return error_hint(err, "did you mean %s?", near);
	if ((near = error_nearest(name[0] == '$' ? name + 1 : name,
	    special_words)) != NULL)
		return error_hint(err, "did you mean $%s?", near);
	return -1;
}

int
unknown_model(struct arena *a, const struct registry *registry,
    const char *name, const struct path *path, struct error *err)
{
	const char	**names, *near;
	size_t		 i;

	names = arena_array(a, registry->models.n + 1, sizeof(*names));
	if (names == NULL)
		return error_nomem(err);
	for (i = 0; i < registry->models.n; i++)
		names[i] = registry->models.v[i]->name;
	error_set(err, ERROR_UNKNOWN_MODEL, path, "there is no model %s",
	    name);
	near = error_nearest(name, names);
	return near == NULL ? -1 : error_hint(err, "did you mean %s?", near);
}

int
decode_missing(const char *name, const struct path *path, struct error *err)
{
	error_set(err, ERROR_REQUIRED, path, "the parameter %s is missing",
	    name);
	return error_about(err, NULL, name);
}
