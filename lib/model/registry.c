/*
 * Looking things up in a loaded registry, and giving it back.  Called by every
 * floor above; it refuses nothing.
 */
#include <stdlib.h>

#include "model.h"

void
registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	arena_release(&r->arena);
	free(r);
}

struct model *
registry_model(const struct registry *r, const char *name)
{
	return map_find(&r->models_by_name, name);
}

struct attribute *
model_attribute(const struct model *model, const char *name)
{
	return map_find(&model->by_name, name);
}

const char *
column_said(const struct column *c)
{
	const struct model	*m = c->table->model;

	if (!c->is_private)
		return c->name;
	return m != NULL && m->password != NULL &&
	    m->password->column == c ? m->password->name : NULL;
}

const char *const *
model_attribute_names(struct arena *a, const struct model *model)
{
	static const char *const	  none[] = { NULL };
	const char			**names;
	size_t				  i;

	names = arena_array(a, model->attributes.n + 1, sizeof(*names));
	if (names == NULL)
		return none;
	for (i = 0; i < model->attributes.n; i++)
		names[i] = model->attributes.v[i]->name;
	return names;
}
