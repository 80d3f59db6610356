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

bool
fk_has(const struct foreign_key *fk, const struct column *c)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (fk->columns.v[i] == c)
			return true;
	return false;
}

bool
fk_is_nullable(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!fk->columns.v[i]->nullable)
			return false;
	return true;
}

bool
column_refers(const struct column *c)
{
	size_t	i;

	for (i = 0; i < c->table->fks.n; i++)
		if (fk_has(c->table->fks.v[i], c))
			return true;
	return false;
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

const struct attribute *
attribute_end(const struct attribute *a)
{
	while (a->kind == ATTRIBUTE_PROXY)
		a = a->proxy->attribute;
	return a;
}

const struct model *
attribute_target(const struct attribute *a)
{
	a = attribute_end(a);
	return a->kind == ATTRIBUTE_RELATIONSHIP ? a->relationship->target :
	    NULL;
}

bool
attribute_is_hidden(const struct attribute *a, enum access_class class)
{
	return a->hidden_from & 1u << class;
}

bool
column_is_hidden(const struct column *c, enum access_class class)
{
	return c->is_private || c->hidden_from & 1u << class;
}

const struct attribute *
model_attribute_for(const struct model *model, const char *name,
    enum access_class class)
{
	const struct attribute	*a = map_find(&model->by_name, name);

	return a == NULL || attribute_is_hidden(a, class) ? NULL : a;
}

bool
model_is_open(const struct model *model, enum access_class class)
{
	int	i;

	for (i = 0; i < ACCESS_OPS; i++)
		if (model->access.rights[class][i] != RIGHT_NONE)
			return true;
	return false;
}

const char *const *
model_attribute_names(struct arena *a, const struct model *model,
    enum access_class class)
{
	static const char *const	  none[] = { NULL };
	const char			**names;
	size_t				  i, n = 0;

	names = arena_array(a, model->attributes.n + 1, sizeof(*names));
	if (names == NULL)
		return none;
	for (i = 0; i < model->attributes.n; i++)
		if (!attribute_is_hidden(model->attributes.v[i], class))
			names[n++] = model->attributes.v[i]->name;
	return names;
}
