/*
 * Items of collections and association proxies.  Called by spec.c and decode.c.
 * An item of a proxy becomes the association object that the creator makes of
 * it, so that the unit of work only knows relationships.
 */
#include <string.h>

#include "spec_parts.h"
#include "value.h"

/* New nested objects need the save-update cascade, merged ones merge (K). */
static int
cascade_allows(const struct relationship *rel, enum spec_kind kind,
    const struct path *path, struct error *err)
{
	unsigned	 need = kind == SPEC_NEW ? CASCADE_SAVE_UPDATE :
			    CASCADE_MERGE;

	if ((kind != SPEC_NEW && kind != SPEC_MERGE) || rel->cascade & need)
		return 0;
	error_set(err, ERROR_INVALID_VALUE, path,
	    "%s.%s does not cascade %s", rel->model->name, rel->name,
	    kind == SPEC_NEW ? "save-update" : "merge");
	error_about(err, rel->model->name, rel->name);
	return error_hint(err, kind == SPEC_NEW ?
	    "create the object first and name it with \"$get\"" :
	    "leave this attribute out of the merge");
}

static int	proxy_item(struct decoder *, const struct proxy *,
		    struct json *, enum spec_kind,
		    const struct path *, struct spec **, struct error *);

/* A member of the creator that holds no $item: a constant of the model file. */
static int
creator_constant(struct decoder *d, struct spec *spec, const char *key,
    struct json *v, const struct path *path, struct error *err)
{
	return spec_assign(d, spec, model_attribute(spec->model, key), v,
	    SPEC_NEW, path, err);
}

static int
creator_item(struct decoder *d, struct spec *spec, const char *key,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct spec **named, struct error *err)
{
	const struct attribute	*attr = model_attribute(spec->model, key);
	struct assignment	*as = arena_alloc(d->arena, sizeof(*as));
	struct spec		*item = NULL;

	if (as == NULL)
		return error_nomem(err);
	as->attribute = attr;
	as->path = path;
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if (value_from_json(d->arena, attr->column, v, &as->cell, path,
		    err) == -1)
			return -1;
		item = spec_new(d, spec->model, SPEC_VALUE, path, err);
		if (item == NULL)
			return -1;
		item->value = as->cell;
		break;
	case ATTRIBUTE_RELATIONSHIP:
		item = spec_decode_plain(d, attr->relationship->target, v,
		    plain, path, err);
		if (item == NULL || cascade_allows(attr->relationship,
		    item->kind, path, err) == -1)
			return -1;
		as->is_list = attr->relationship->uselist;
		break;
	case ATTRIBUTE_PROXY:
		if (proxy_item(d, attr->proxy, v, plain, path, &item, err) ==
		    -1)
			return -1;
		as->is_list = attr->proxy->uselist;
		break;
	}
	if (attr->kind != ATTRIBUTE_COLUMN &&
	    vec_push(d->arena, &as->specs, item) == -1)
		return error_nomem(err);
	*named = attr->kind == ATTRIBUTE_PROXY ? item->item : item;
	return vec_push(d->arena, &spec->assignments, *as) == -1 ?
	    error_nomem(err) : 0;
}

static bool
is_item(const struct json *v)
{
	return json_is_string(v) && strcmp(json_string(v), "$item") == 0;
}

static bool
holds_item(struct json *v)
{
	json_each(v, key, member)
		if (is_item(member) || (json_is_object(member) &&
		    holds_item(member)))
			return true;
	return false;
}

/*
 * An object by the creator's template, with "$item" at any depth of it; `named'
 * is what was made of that.
 */
static int
creator_fill(struct decoder *d, struct spec *spec, struct json *template,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct spec **named, struct error *err)
{
	json_each(template, key, member) {
		struct assignment	as;
		struct spec		*inner;

		if (is_item(member)) {
			if (creator_item(d, spec, key, v, plain, path, named,
			    err) == -1)
				return -1;
			continue;
		}
		if (!json_is_object(member) || !holds_item(member)) {
			if (creator_constant(d, spec, key, member, path,
			    err) == -1)
				return -1;
			continue;
		}
		memset(&as, 0, sizeof(as));
		as.attribute = model_attribute(spec->model, key);
		as.path = path;
		inner = spec_new(d, as.attribute->relationship->target,
		    SPEC_NEW, path, err);
		if (inner == NULL || creator_fill(d, inner, member, v, plain,
		    path, named, err) == -1)
			return -1;
		if (vec_push(d->arena, &as.specs, inner) == -1 ||
		    vec_push(d->arena, &spec->assignments, as) == -1)
			return error_nomem(err);
	}
	return 0;
}

/*
 * What an association object is found by: the object that the client named, or
 * the value as the column at the proxy's end has it.  NULL when the creator
 * puts another object there: then nobody can tell.
 */
static int
item_set(struct decoder *d, const struct proxy *proxy, struct json *v,
    struct spec *spec, struct spec *named, struct error *err)
{
	const struct attribute	*end = attribute_end(proxy->attribute);

	if (end->kind != ATTRIBUTE_COLUMN) {
		if (named != NULL && named->kind != SPEC_VALUE &&
		    named->model == proxy->target)
			spec->item = named;
		return 0;
	}
	spec->item = spec_new(d, spec->model, SPEC_VALUE, spec->path, err);
	return spec->item == NULL ? -1 : value_from_json(d->arena,
	    end->column, v, &spec->item->value, spec->path, err);
}

/* The association object that the proxy's creator makes for this item. */
static int
proxy_item(struct decoder *d, const struct proxy *proxy,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct spec **out, struct error *err)
{
	struct spec	*spec, *named = NULL;

	spec = spec_new(d, proxy->through->target, SPEC_NEW, path, err);
	if (spec == NULL || creator_fill(d, spec, proxy->creator, v, plain,
	    path, &named, err) == -1)
		return -1;
	*out = spec;
	spec->through = spec->assignments.n;
	return item_set(d, proxy, v, spec, named, err);
}

/* {…, "$through": {…}}: values for the association object itself. */
static int
through_decode(struct decoder *d, struct spec *spec, struct json *v,
    enum spec_kind plain, const struct path *path, struct error *err)
{
	struct json	*extra = NULL;
	struct path	*at;

	if (!json_is_object(v))
		return 0;
	if (json_take_object(v, "$through", &extra, path, err) == -1)
		return -1;
	if (extra == NULL)
		return 0;
	if ((at = path_step(d->arena, path, "$through", 0)) == NULL)
		return error_nomem(err);
	return spec_no_through(extra, at, err) == -1 ? -1 :
	    spec_values(d, spec, extra, plain, at, err);
}

int
spec_decode_item(struct decoder *d, const struct attribute *attr,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct spec **out, struct error *err)
{
	const struct relationship	*rel = attr->relationship;

	if (attr->kind == ATTRIBUTE_PROXY) {
		if (attr->proxy->uselist || v != NULL)
			return proxy_item(d, attr->proxy, v, plain, path, out,
			    err) == -1 ? -1 :
			    through_decode(d, *out, v, plain, path, err);
		*out = spec_new(d, attr->proxy->through->target, SPEC_NULL,
		    path, err);
		return *out == NULL ? -1 : 0;
	}
	*out = spec_decode(d, rel->target, v, plain, path, err);
	if (*out == NULL)
		return -1;
	if ((*out)->kind == SPEC_NULL && rel->uselist) {
		error_set(err, ERROR_INVALID_VALUE, path,
		    "a member of %s cannot be null", rel->name);
		return error_about(err, rel->model->name, rel->name);
	}
	return cascade_allows(rel, (*out)->kind, path, err);
}
