/*
 * Objects as a request names them: new, existing, merged, labelled.  Called by
 * decode.c.  How an existing one is named is spec_key.c's, items of collections
 * and association proxies are spec_item.c's.
 */
#include <string.h>

#include "spec_parts.h"
#include "value.h"

struct spec *
spec_new(struct decoder *d, const struct model *model, enum spec_kind kind,
    const struct path *path, struct error *err)
{
	struct spec	*spec = arena_alloc(d->arena, sizeof(*spec));

	if (spec == NULL) {
		error_nomem(err);
		return NULL;
	}
	spec->kind = kind;
	spec->model = model;
	spec->path = path;
	return spec;
}

static int
label_decode(struct decoder *d, struct spec *spec, struct json *v,
    const struct path *path, struct error *err)
{
	if (!json_is_string(v))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "a label must be a string, not %s", json_kind(v));
	spec->label = json_string(v);
	if (spec->kind == SPEC_REF)
		return vec_push(d->arena, &d->refs, spec) == -1 ?
		    error_nomem(err) : 0;
	switch (map_name(d->arena, &d->call->labels, spec->label, spec)) {
	case -1:
		return error_nomem(err);
	case 1:
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "the label %s is used twice", spec->label);
	}
	return 0;
}

struct spec *
spec_decode_id(struct decoder *d, const struct model *model,
    struct json *id, const struct path *path, struct error *err)
{
	struct spec	*spec;
	struct path	*at;

	if (json_is_object(id) &&
	    (json_has(id, "$ref") || json_has(id, "$get")))
		return spec_decode(d, model, id, SPEC_NEW, path, err);
	if ((spec = spec_new(d, model, SPEC_GET, path, err)) == NULL)
		return NULL;
	if ((at = path_step(d->arena, path->up, path->key, path->index)) ==
	    NULL) {
		error_nomem(err);
		return NULL;
	}
	spec->path = at;
	return spec_reference(d, spec, id, err) == -1 ? NULL : spec;
}

static bool
is_viewonly(const struct attribute *attr)
{
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		return false;
	case ATTRIBUTE_RELATIONSHIP:
		return attr->relationship->viewonly;
	case ATTRIBUTE_PROXY:
		break;
	}
	return attr->proxy->through->viewonly;
}

int
attribute_writable(const struct decoder *d, const struct model *model,
    const struct attribute *attr, const struct path *path, struct error *err)
{
	const enum access_class	class = d->call->sight.class;

	if (attr->frozen_for & 1u << CLASS_ADMIN)
		error_set(err, ERROR_INVALID_VALUE, path, "%s.%s is read-only",
		    model->name, attr->name);
	else if (is_viewonly(attr))
		error_set(err, ERROR_INVALID_VALUE, path, "%s.%s is viewonly",
		    model->name, attr->name);
	else if (attr->frozen_for & 1u << class)
		not_allowed(attr->frozen_for & 1u << CLASS_USER ? CLASS_USER :
		    class, path, err, "%s.%s is not yours to write",
		    model->name, attr->name);
	else
		return 0;
	return error_about(err, model->name, attr->name);
}

/* A collection's list, or the one object of a scalar. */
static int
others_decode(struct decoder *d, struct assignment *as, bool uselist,
    struct json *v, enum spec_kind plain, struct error *err)
{
	struct spec	*spec;
	struct path	*at;
	size_t		 i;

	if (!uselist) {
		if (spec_decode_item(d, as->attribute, v, plain, as->path,
		    &spec, err) == -1)
			return -1;
		return vec_push(d->arena, &as->specs, spec) == -1 ?
		    error_nomem(err) : 0;
	}
	as->is_list = true;
	if (!json_is_list(v)) {
		error_set(err, ERROR_INVALID_VALUE, as->path,
		    "%s must be a list, not %s", as->attribute->name,
		    json_kind(v));
		error_about(err, NULL, as->attribute->name);
		return json_hint(v, "[", "]", err);
	}
	for (i = 0; i < json_length(v); i++) {
		at = path_step(d->arena, as->path, NULL, (int)i);
		if (at == NULL)
			return error_nomem(err);
		if (spec_decode_item(d, as->attribute,
		    json_at(v, i), plain, at, &spec,
		    err) == -1)
			return -1;
		if (vec_push(d->arena, &as->specs, spec) == -1)
			return error_nomem(err);
	}
	return 0;
}

int
spec_assign(struct decoder *d, struct spec *spec,
    const struct attribute *attr, struct json *v, enum spec_kind plain,
    const struct path *path, struct error *err)
{
	struct assignment	*as = arena_alloc(d->arena, sizeof(*as));

	if (as == NULL)
		return error_nomem(err);
	as->attribute = attr;
	as->path = path;
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if ((attr->is_password ?
		    spec_password(d, spec, as, v, err) :
		    value_from_json(d->arena, attr->column, v, &as->cell, path,
		    err)) == -1)
			return error_about(err, spec->model->name, attr->name);
		break;
	case ATTRIBUTE_RELATIONSHIP:
		if (others_decode(d, as, attr->relationship->uselist, v, plain,
		    err) == -1)
			return -1;
		break;
	case ATTRIBUTE_PROXY:
		if (others_decode(d, as, attr->proxy->uselist, v, plain,
		    err) == -1)
			return -1;
		break;
	}
	return vec_push(d->arena, &spec->assignments, *as) == -1 ?
	    error_nomem(err) : 0;
}

/* A member of the values that a client gives. */
static int
value_decode(struct decoder *d, struct spec *spec, const char *name,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct error *err)
{
	const struct attribute	*attr;

	attr = model_attribute_for(spec->model, name, d->call->sight.class);
	if (attr == NULL || (attr->kind == ATTRIBUTE_COLUMN &&
	    attr->column->is_private && !attr->is_password))
		return unknown_attribute(d, spec->model, name, path, err);
	return attribute_writable(d, spec->model, attr, path, err) == -1 ? -1 :
	    spec_assign(d, spec, attr, v, plain, path, err);
}

int
spec_values(struct decoder *d, struct spec *spec, struct json *v,
    enum spec_kind plain, const struct path *path, struct error *err)
{
	if (!json_is_object(v))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "a %s must be an object, not %s", spec->model->name,
		    json_kind(v));
	json_each(v, key, member) {
		struct path	*at = path_step(d->arena, path, key, 0);

		if (at == NULL)
			return error_nomem(err);
		if (strcmp(key, "$through") == 0)
			continue;	/* the proxy's item_decode took it */
		if (strcmp(key, "$as") == 0) {
			if (label_decode(d, spec, member, at, err) == -1)
				return -1;
		} else if (value_decode(d, spec, key, member, plain, at,
		    err) == -1)
			return -1;
	}
	return 0;
}

int
spec_no_through(struct json *v, const struct path *path, struct error *err)
{
	struct path	here = { path, "$through", 0 };

	if (!json_is_object(v) || !json_has(v, "$through"))
		return 0;
	return error_set(err, ERROR_UNKNOWN_FIELD, &here,
	    "$through is for items of association proxies");
}

/* What of the three {"$…"} forms this object is; NULL name: a plain one. */
static const char *
special_form(struct json *v)
{
	static const char *const	forms[] = { "$get", "$merge", "$ref" };
	size_t				i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (json_has(v, forms[i]))
			return forms[i];
	return NULL;
}

struct spec *
spec_decode_plain(struct decoder *d, const struct model *model,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct error *err)
{
	const char	*form;
	struct spec	*spec;
	struct path	*at = NULL;
	const char	*allowed[] = { NULL, "$through", NULL };

	if (v == NULL)
		return spec_new(d, model, SPEC_NULL, path, err);
	if (!json_is_object(v)) {
		error_set(err, ERROR_INVALID_VALUE, path,
		    "a %s must be an object, not %s", model->name,
		    json_kind(v));
		if (json_is_list(v))
			error_hint(err,
			    "here stands one object, without brackets");
		else
			json_hint(v, "{\"$get\": ",
			    "} names an existing one", err);
		return NULL;
	}
	if ((spec = spec_new(d, model, plain, path, err)) == NULL)
		return NULL;
	if ((form = special_form(v)) == NULL)
		return spec_values(d, spec, v, plain, path, err) == -1 ?
		    NULL : spec;
	allowed[0] = form;
	if (json_allow(v, allowed, path, err) == -1) {
		if (form[1] == 'g' && err->hint[0] == '\0')
			error_hint(err, "an item of a proxy can have values "
			    "in \"$through\"; update changes what exists");
		return NULL;
	}
	if ((at = path_step(d->arena, path, form, 0)) == NULL) {
		error_nomem(err);
		return NULL;
	}
	v = json_member(v, form);
	spec->path = at;
	if (form[1] == 'g') {
		spec->kind = SPEC_GET;
		return spec_reference(d, spec, v, err) == -1 ? NULL : spec;
	}
	if (form[1] == 'r') {
		spec->kind = SPEC_REF;
		return label_decode(d, spec, v, at, err) == -1 ? NULL : spec;
	}
	spec->kind = SPEC_MERGE;
	return spec_no_through(v, at, err) == -1 || spec_values(d, spec, v,
	    SPEC_MERGE, at, err) == -1 ? NULL : spec;
}

struct spec *
spec_decode(struct decoder *d, const struct model *model, struct json *v,
    enum spec_kind plain, const struct path *path, struct error *err)
{
	return spec_no_through(v, path, err) == -1 ? NULL :
	    spec_decode_plain(d, model, v, plain, path, err);
}
