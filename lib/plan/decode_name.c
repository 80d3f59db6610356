/*
 * Names in a request: the path to a place in it, and the refusals of what the
 * model does not have, with the nearest name that it has.  Called by all rooms
 * that decode.
 */
#include <stdarg.h>
#include <stdio.h>
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

const struct attribute *
attribute_seen(const struct decoder *d, const struct model *model,
    const char *name)
{
	const struct attribute	*a, *end;

	a = model_attribute_for(model, name, d->call->sight.class);
	if (a == NULL)
		return NULL;
	end = attribute_end(a);
	return end->kind == ATTRIBUTE_COLUMN &&
	    (end->column->is_private || end->column->write_only) ? NULL : a;
}

int
unknown_attribute(const struct decoder *d, const struct model *model,
    const char *name, const struct path *path, struct error *err)
{
	const char *const	*names = model_attribute_names(d->arena,
				    model, d->call->sight.class);
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

const struct attribute *
attribute_first(const struct decoder *d, const struct model *model,
    const char **name, const struct path *path, struct error *err)
{
	const struct attribute	*attr = attribute_seen(d, model, *name);
	const char		*dot = strchr(*name, '.');
	char			*first = NULL;

	if (attr == NULL && dot != NULL) {
		first = arena_strndup(d->arena, *name, (size_t)(dot - *name));
		if (first == NULL) {
			error_nomem(err);
			return NULL;
		}
		attr = attribute_seen(d, model, first);
	}
	if (attr == NULL) {
		unknown_attribute(d, model, first == NULL ? *name : first,
		    path, err);
		return NULL;
	}
	*name = first == NULL ? NULL : dot + 1;
	return attr;
}

int
unknown_model(struct arena *a, const struct registry *registry,
    enum access_class class, const char *name, const struct path *path,
    struct error *err)
{
	const char	**names, *near;
	size_t		 i, n = 0;

	names = arena_array(a, registry->models.n + 1, sizeof(*names));
	if (names == NULL)
		return error_nomem(err);
	for (i = 0; i < registry->models.n; i++)
		if (model_is_open(registry->models.v[i], class))
			names[n++] = registry->models.v[i]->name;
	error_set(err, ERROR_UNKNOWN_MODEL, path, "there is no model %s",
	    name);
	near = error_nearest(name, names);
	return near == NULL ? -1 : error_hint(err, "did you mean %s?", near);
}

int
not_allowed(enum access_class class, const struct path *path,
    struct error *err, const char *format, ...)
{
	char	text[sizeof(err->message)];
	va_list	ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (class != CLASS_ANYONE)
		return error_set(err, ERROR_FORBIDDEN, path, "%s", text);
	error_set(err, ERROR_UNAUTHENTICATED, path, "%s", text);
	return error_hint(err, "log in first");
}

int
decode_missing(const char *name, const struct path *path, struct error *err)
{
	error_set(err, ERROR_REQUIRED, path, "the parameter %s is missing",
	    name);
	return error_about(err, NULL, name);
}
