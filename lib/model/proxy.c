/*
 * Association proxies: they find the relationship they go through, the
 * attribute they show, and their creator is checked against the model that it
 * makes.  Called by registry_load().  It refuses proxies to nothing, proxies
 * that lead back to themselves, and creators without "$item".
 */
#include <string.h>

#include "load.h"

enum {
	CREATOR_DEPTH_MOST = 8,
	PROXY_HOPS_MOST = 8
};

static const char *const proxy_keys[] = { "through", "attribute", "creator",
	"cascade_scalar_deletes", "hidden_from", "read_only", NULL };

/* {attribute: "$item"} */
static int
default_creator(struct loader *l, struct proxy *p, const char *attribute)
{
	struct json	*creator = arena_alloc(l->a, sizeof(*creator));
	struct json	*item = arena_alloc(l->a, sizeof(*item));

	if (creator == NULL || item == NULL || (creator->pairs =
	    arena_alloc(l->a, sizeof(*creator->pairs))) == NULL)
		return nomem(l);
	item->sort = JSON_SORT_STRING;
	item->string = "$item";
	item->n = (uint32_t)strlen(item->string);
	creator->sort = JSON_SORT_OBJECT;
	creator->n = 1;
	creator->pairs[0].key = attribute;
	creator->pairs[0].value = item;
	p->creator = creator;
	return 0;
}

static bool
is_item(struct json *v)
{
	return json_is_string(v) &&
	    strcmp(json_string(v), "$item") == 0;
}

/* Checks the template of an object of this model; counts "$item". */
static int
check_creator(struct loader *l, struct model *m, struct json *v,
    int *items, int depth, const struct path *path)
{
	const struct attribute	*attribute;

	if (depth > CREATOR_DEPTH_MOST)
		return refuse(l, ERROR_LIMIT, path,
		    "a creator has at most %d levels", CREATOR_DEPTH_MOST);
	json_each(v, key, value) {
		struct path	here = { path, key, 0 };

		if ((attribute = model_attribute(m, key)) == NULL) {
			refuse(l, ERROR_UNKNOWN_FIELD, &here,
			    "%s has no attribute %s", m->name, key);
			return hint_map(l, key, &m->by_name);
		}
		if (is_item(value))
			++*items;
		else if (json_is_object(value) &&
		    attribute->kind == ATTRIBUTE_RELATIONSHIP &&
		    !attribute->relationship->uselist &&
		    check_creator(l, attribute->relationship->target, value,
		    items, depth + 1, &here) == -1)
			return -1;
	}
	return 0;
}

static int
take_creator(struct loader *l, struct proxy *p, struct json *v,
    const char *attribute, const struct path *path)
{
	struct path	here = { path, "creator", 0 };
	int		items = 0, r;

	r = json_take_object(v, "creator", &p->creator, path, l->err);
	if (r == -1)
		return -1;
	if (r == 0)
		return default_creator(l, p, attribute);
	if (check_creator(l, p->through->target, p->creator, &items, 1,
	    &here) == -1)
		return -1;
	if (items == 1)
		return 0;
	refuse(l, ERROR_INVALID_VALUE, &here,
	    "a creator has \"$item\" once, not %d times", items);
	return hint(l, "{\"%s\": \"$item\"}", attribute);
}

static int
take_through(struct loader *l, struct proxy *p, struct json *v,
    const struct path *path)
{
	struct path		 here = { path, "through", 0 };
	const struct attribute	*attribute;
	const char		*word = NULL;

	switch (json_take_string(v, "through", &word, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &here,
		    "proxy %s goes through nothing", p->name);
	case -1:
		return -1;
	}
	attribute = model_attribute(p->model, word);
	if (attribute == NULL || attribute->kind != ATTRIBUTE_RELATIONSHIP) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s has no relationship %s", p->model->name, word);
		return attribute == NULL ?
		    hint_map(l, word, &p->model->by_name) : -1;
	}
	p->through = attribute->relationship;
	p->uselist = p->through->uselist;
	return 0;
}

/* First round: the proxy becomes an attribute, so that others can name it. */
static int
add_proxy(struct loader *l, struct model *m, const char *name,
    struct json *v, const struct path *path)
{
	struct attribute	*attribute;
	struct proxy		*p;

	if (!json_is_object(v)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "an association proxy is an object, not %s", json_kind(v));
		return hint(l, "{\"through\": …, \"attribute\": …}");
	}
	attribute = arena_alloc(l->a, sizeof(*attribute));
	if (attribute == NULL || (p = arena_alloc(l->a, sizeof(*p))) == NULL)
		return nomem(l);
	p->name = attribute->name = name;
	p->model = m;
	p->index = (int)m->proxies.n;
	attribute->kind = ATTRIBUTE_PROXY;
	attribute->proxy = p;
	if (json_allow(v, proxy_keys, path, l->err) == -1 ||
	    take_through(l, p, v, path) == -1 ||
	    json_take_bool(v, "cascade_scalar_deletes",
	    &p->cascade_scalar_deletes, path, l->err) == -1 ||
	    load_attribute(l, m, attribute, path) == -1)
		return -1;
	return vec_push(l->a, &m->proxies, p) == -1 ? nomem(l) : 0;
}

/* Second round: what the proxy shows. */
static int
resolve_attribute(struct loader *l, struct proxy *p, struct json *v,
    const struct path *path)
{
	struct path		 here = { path, "attribute", 0 };
	struct path		 scalar = { path, "cascade_scalar_deletes", 0 };
	struct model		*target = p->through->target;
	const char		*word = NULL;

	switch (json_take_string(v, "attribute", &word, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &here,
		    "proxy %s shows nothing", p->name);
	case -1:
		return -1;
	}
	if ((p->attribute = model_attribute(target, word)) == NULL) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s has no attribute %s", target->name, word);
		return hint_map(l, word, &target->by_name);
	}
	if ((p->attribute->kind == ATTRIBUTE_RELATIONSHIP &&
	    p->attribute->relationship->uselist) ||
	    (p->attribute->kind == ATTRIBUTE_PROXY &&
	    p->attribute->proxy->uselist))
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s.%s is a list; a proxy shows one value of each object",
		    target->name, word);
	if (p->cascade_scalar_deletes && p->uselist)
		return refuse(l, ERROR_INVALID_VALUE, &scalar,
		    "%s is a list; cascade_scalar_deletes is for a single "
		    "value", p->name);
	return take_creator(l, p, v, word, path);
}

/* Third round: what kind of thing the values are, through other proxies. */
static int
resolve_target(struct loader *l, struct proxy *p, const struct path *path)
{
	struct path		 here = { path, "attribute", 0 };
	const struct attribute	*end = p->attribute;
	int			 hops = 0;

	while (end->kind == ATTRIBUTE_PROXY && hops++ < PROXY_HOPS_MOST)
		end = end->proxy->attribute;
	switch (end->kind) {
	case ATTRIBUTE_COLUMN:
		return 0;
	case ATTRIBUTE_RELATIONSHIP:
		p->target = end->relationship->target;
		return 0;
	case ATTRIBUTE_PROXY:
		break;
	}
	return refuse(l, ERROR_INVALID_VALUE, &here,
	    "%s leads through more than %d proxies, or in a circle", p->name,
	    PROXY_HOPS_MOST);
}

static int
add_proxies(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "association_proxies", 0 };
	struct model		*m = registry_model(l->r, name);
	struct json	*members;
	size_t			 before = l->failed;
	int			 r;

	r = json_take_object(v, "association_proxies", &members, path, l->err);
	if (r != 1)
		return r;
	json_each(members, key, value) {
		struct path	here = { &in, key, 0 };

		if (add_proxy(l, m, key, value, &here) == -1 &&
		    !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ? -1 : 0;
}

static int
resolve_attributes(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "association_proxies", 0 };
	struct model		*m = registry_model(l->r, name);
	size_t			 i, before = l->failed;

	v = json_member(v, "association_proxies");
	for (i = 0; i < m->proxies.n; i++) {
		struct path	here = { &in, m->proxies.v[i]->name, 0 };

		if (resolve_attribute(l, m->proxies.v[i], json_member(v,
		    here.key), &here) == -1 && !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ? -1 : 0;
}

static int
resolve_targets(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 in = { path, "association_proxies", 0 };
	struct model	*m = registry_model(l->r, name);
	size_t		 i;

	(void)v;
	for (i = 0; i < m->proxies.n; i++) {
		struct path	here = { &in, m->proxies.v[i]->name, 0 };

		if (resolve_target(l, m->proxies.v[i], &here) == -1)
			return -1;
	}
	return 0;
}

int
proxy_resolve(struct loader *l)
{
	if (loader_each(l, "models", add_proxies) == -1 ||
	    loader_each(l, "models", resolve_attributes) == -1)
		return -1;
	return loader_each(l, "models", resolve_targets);
}
