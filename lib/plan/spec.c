/*
 * Objects as a request names them: new, existing, merged, labelled, and items
 * of collections and association proxies.  Called by decode.c.  An item of a
 * proxy becomes the association object that the creator makes of it, so that
 * the unit of work only knows relationships.
 */
#include <string.h>

#include "call.h"
#include "value.h"

static struct spec *
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
key_column(struct decoder *d, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	if (v == NULL)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "a key cannot be null");
	return value_from_json(d->arena, c, v, out, path, err);
}

int
key_decode(struct decoder *d, const struct model *model,
    struct json *v, const struct cell **out, const struct path *path,
    struct error *err)
{
	const struct table	*table = model->table;
	struct cell		*cells;
	size_t			 i, n = table->key.n;

	if ((cells = arena_array(d->arena, n, sizeof(*cells))) == NULL)
		return error_nomem(err);
	*out = cells;
	if (n == 1 && !json_is_list(v))
		return key_column(d, table->key.v[0], v, &cells[0], path, err);
	if (!json_is_list(v) ||
	    json_length(v) != n) {
		error_set(err, ERROR_INVALID_VALUE, path,
		    "the key of %s is a list of %zu values", model->name, n);
		return error_about(err, model->name, NULL);
	}
	for (i = 0; i < n; i++) {
		struct path	at = { path, NULL, (int)i };

		if (key_column(d, table->key.v[i],
		    json_at(v, i), &cells[i], &at, err) == -1)
			return -1;
	}
	return 0;
}

/* {"username": "riko"}: must be the key or a unique set of columns. */
static int
unique_decode(struct decoder *d, struct spec *spec, struct json *v,
    struct error *err)
{
	const struct model	*model = spec->model;
	const struct table	*table = model->table;
	const struct unique	*u = NULL;
	struct cell		*cells;
	size_t			 i, k, n = 0;

	json_each(v, key, member) {
		const struct attribute	*attr = model_attribute(model, key);
		struct path		 at = { spec->path, key, 0 };

		(void)member;
		if (attr == NULL || attr->kind != ATTRIBUTE_COLUMN ||
		    attr->column->is_private)
			return unknown_attribute(d->arena, model, key, &at,
			    err);
		n++;
	}
	for (i = 0; i < table->uniques.n && u == NULL; i++) {
		u = table->uniques.v[i];
		for (k = 0; u != NULL && k < u->columns.n; k++)
			if (u->columns.n != n ||
			    !json_has(v, u->columns.v[k]->name))
				u = NULL;
	}
	cells = arena_array(d->arena, n + 1, sizeof(*cells));
	if (cells == NULL)
		return error_nomem(err);
	for (k = 0; u == NULL && n == table->key.n && k < n; k++)
		if (!json_has(v, table->key.v[k]->name))
			break;
	if (u == NULL && (n != table->key.n || k < n)) {
		error_set(err, ERROR_INVALID_VALUE, spec->path,
		    "these columns do not tell one %s from another",
		    model->name);
		return error_hint(err, "give the primary key, or all columns "
		    "of a unique constraint");
	}
	for (k = 0; k < n; k++) {
		const struct column	*c = u != NULL ? u->columns.v[k] :
					    table->key.v[k];
		struct path		 at = { spec->path, c->name, 0 };

		if (key_column(d, c, json_member(v, c->name), &cells[k], &at,
		    err) == -1)
			return -1;
	}
	if (u == NULL)
		spec->key = cells;
	spec->unique = u;
	spec->unique_values = cells;
	return 0;
}

static int
reference_decode(struct decoder *d, struct spec *spec,
    struct json *v, struct error *err)
{
	if (json_is_object(v))
		return unique_decode(d, spec, v, err);
	return key_decode(d, spec->model, v, &spec->key, spec->path, err);
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
	return reference_decode(d, spec, id, err) == -1 ? NULL : spec;
}

int
attribute_writable(const struct model *model, const struct attribute *attr,
    const struct path *path, struct error *err)
{
	const struct relationship	*rel = NULL;
	const char			*why = "is viewonly";

	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if (!attr->column->read_only)
			return 0;
		why = "is read-only";
		break;
	case ATTRIBUTE_RELATIONSHIP:
		rel = attr->relationship;
		break;
	case ATTRIBUTE_PROXY:
		rel = attr->proxy->through;
		break;
	}
	if (rel != NULL && !rel->viewonly)
		return 0;
	error_set(err, ERROR_INVALID_VALUE, path, "%s.%s %s", model->name,
	    attr->name, why);
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
		return error_about(err, NULL, as->attribute->name);
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

static int
attribute_assign(struct decoder *d, struct spec *spec, const char *name,
    struct json *v, enum spec_kind plain, const struct path *path,
    struct error *err)
{
	const struct attribute	*attr = model_attribute(spec->model, name);
	struct assignment	*as = arena_alloc(d->arena, sizeof(*as));

	if (as == NULL)
		return error_nomem(err);
	if (attr == NULL || (attr->kind == ATTRIBUTE_COLUMN &&
	    attr->column->is_private))
		return unknown_attribute(d->arena, spec->model, name, path,
		    err);
	if (attribute_writable(spec->model, attr, path, err) == -1)
		return -1;
	as->attribute = attr;
	as->path = path;
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		if (value_from_json(d->arena, attr->column, v, &as->cell, path,
		    err) == -1)
			return error_about(err, spec->model->name, name);
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

static int
values_decode(struct decoder *d, struct spec *spec, struct json *v,
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
		} else if (attribute_assign(d, spec, key, member, plain, at,
		    err) == -1)
			return -1;
	}
	return 0;
}

/* Only an item of a proxy has an association object to give values to. */
static int
no_through(struct json *v, const struct path *path, struct error *err)
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

static struct spec *
object_decode(struct decoder *d, const struct model *model,
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
		error_hint(err, "{\"$get\": key} names an existing one");
		return NULL;
	}
	if ((spec = spec_new(d, model, plain, path, err)) == NULL)
		return NULL;
	if ((form = special_form(v)) == NULL)
		return values_decode(d, spec, v, plain, path, err) == -1 ?
		    NULL : spec;
	allowed[0] = form;
	if (json_allow(v, allowed, path, err) == -1)
		return NULL;
	if ((at = path_step(d->arena, path, form, 0)) == NULL) {
		error_nomem(err);
		return NULL;
	}
	v = json_member(v, form);
	spec->path = at;
	if (form[1] == 'g') {
		spec->kind = SPEC_GET;
		return reference_decode(d, spec, v, err) == -1 ? NULL : spec;
	}
	if (form[1] == 'r') {
		spec->kind = SPEC_REF;
		return label_decode(d, spec, v, at, err) == -1 ? NULL : spec;
	}
	spec->kind = SPEC_MERGE;
	return no_through(v, at, err) == -1 || values_decode(d, spec, v,
	    SPEC_MERGE, at, err) == -1 ? NULL : spec;
}

struct spec *
spec_decode(struct decoder *d, const struct model *model, struct json *v,
    enum spec_kind plain, const struct path *path, struct error *err)
{
	return no_through(v, path, err) == -1 ? NULL :
	    object_decode(d, model, v, plain, path, err);
}

static int	proxy_item(struct decoder *, const struct proxy *,
		    struct json *, enum spec_kind,
		    const struct path *, struct spec **, struct error *);

/* A member of the creator that holds no $item: a constant of the model file. */
static int
creator_constant(struct decoder *d, struct spec *spec, const char *key,
    struct json *v, const struct path *path, struct error *err)
{
	return attribute_assign(d, spec, key, v, SPEC_NEW, path, err);
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
		item = object_decode(d, attr->relationship->target, v, plain,
		    path, err);
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
	const struct attribute	*end = proxy->attribute;

	while (end->kind == ATTRIBUTE_PROXY)
		end = end->proxy->attribute;
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
	return no_through(extra, at, err) == -1 ? -1 :
	    values_decode(d, spec, extra, plain, at, err);
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
