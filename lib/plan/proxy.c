/*
 * Association proxies in a unit of work (rules P2 to P5).  Called by uow.c.
 * decode has made an association object's spec of each item, so that append is
 * an append to the collection behind the proxy; set and remove have to find
 * which association objects stand for an item.
 */
#include "proxy_match.h"
#include "value.h"

/*
 * What a request makes below an item may stand for it already, wherever else
 * the item is made: so it is made before anybody looks.
 */
static int
items_make(struct uow *u, struct spec *const *items, size_t n)
{
	const struct spec	*item;
	struct object		*o;
	bool			 missing = false;
	size_t			 i;
	int			 r = 0;

	for (i = 0; i < n && r != -1; i++) {
		item = items[i]->item;
		if (item == NULL || item->kind == SPEC_GET ||
		    item->kind == SPEC_VALUE)
			continue;
		r = spec_object(u, item, &o);
		missing |= r == 1;
	}
	return r == -1 ? -1 : missing;
}

/* The association objects that there are, when all that is named is made. */
static int
match_items(struct uow *u, struct match *m, struct object *o,
    const struct proxy *proxy, struct spec *const *items, size_t n)
{
	int	r, made;

	if ((made = items_make(u, items, n)) == -1)
		return -1;
	r = match_begin(u, m, o, proxy);
	return r == 0 ? made : r;
}

/*
 * P2: another association object, made by the creator.  A set takes what it
 * holds already for the same.
 */
int
proxy_add(struct uow *u, struct object *o, const struct proxy *proxy,
    struct spec *const *items, size_t n)
{
	struct match	 match;
	struct object	*association;
	bool		 missing = false, is_set = proxy->through->is_set;
	size_t		 i, at;
	int		 r;

	if (is_set && (r = match_items(u, &match, o, proxy, items, n)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		if (is_set && (r = match_find(u, &match, items[i]->item,
		    &at)) != 0)
			return r;
		if (is_set && at < match.list.list.n)
			continue;
		if ((r = spec_object(u, items[i], &association)) == 0)
			r = relate_add(u, o, proxy->through, association,
			    items[i]->path);
		if (r == -1 || (r == 0 && is_set &&
		    match_add(u, &match, association) == -1))
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* P3: the first association object with that value is let go. */
int
proxy_remove(struct uow *u, struct object *o, const struct proxy *proxy,
    struct spec *const *items, size_t n)
{
	const struct spec	*item;
	struct match		 match;
	bool			 missing = false;
	size_t			 i, at;
	int			 r;

	if ((r = match_items(u, &match, o, proxy, items, n)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		item = items[i];
		if ((r = match_find(u, &match, item->item, &at)) != 0)
			return r;
		if (at == match.list.list.n) {
			error_set(u->err, ERROR_NOT_FOUND,
			    item->item != NULL ? item->item->path : item->path,
			    "this is no member of %s", proxy->name);
			return error_about(u->err, proxy->model->name,
			    proxy->name);
		}
		match.used.v[at] = true;
		if ((r = relate_remove(u, o, proxy->through,
		    match.list.list.v[at], item->path)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* P4: a member that is kept has the label and the values of its item. */
static int
through_assign(struct uow *u, struct object *association,
    const struct spec *item)
{
	struct spec	through = *item;

	if (item->label != NULL && spec_means(u, item, association) == -1)
		return -1;
	if (item->through == item->assignments.n)
		return 0;
	through.assignments.v += item->through;
	through.assignments.n -= item->through;
	return assign_all(u, association, &through);
}

/* Who stands for the item from now on; NULL: it stands in the set already. */
static int
set_member(struct uow *u, struct match *old, struct match *result,
    bool is_set, const struct spec *item, struct object **out)
{
	size_t	at, again;
	int	r;

	/* One that was spoken of by its label before is made already. */
	*out = item->label != NULL ? map_get(&u->made, &item, sizeof(item)) :
	    NULL;
	if (*out != NULL)
		return 0;
	if ((r = match_find(u, old, item->item, &at)) != 0)
		return r;
	if (at < old->list.list.n) {
		old->used.v[at] = true;
		*out = old->list.list.v[at];
		return through_assign(u, *out, item);
	}
	if (is_set) {
		/* A set: the same item twice is once. */
		if ((r = match_find(u, result, item->item, &again)) != 0)
			return r;
		if (again < result->list.list.n)
			return 0;
	}
	return spec_object(u, item, out);
}

/* P4: a difference, as a multiset; kept members keep their rows. */
int
proxy_set(struct uow *u, struct object *o, const struct proxy *proxy,
    struct spec *const *items, size_t n, const struct path *path)
{
	VEC(const struct spec *) specs = { NULL, 0, 0 };
	struct match	 old, result;
	struct object	*association;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	if ((r = match_items(u, &old, o, proxy, items, n)) != 0 ||
	    (r = match_begin(u, &result, NULL, proxy)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		r = set_member(u, &old, &result, proxy->through->is_set,
		    items[i], &association);
		missing |= r == 1;
		if (r == 1 || (r == 0 && association == NULL))
			continue;
		if (r == -1 || match_add(u, &result, association) == -1)
			return -1;
		if (vec_push(u->arena, &specs, items[i]) == -1)
			return error_nomem(u->err);
	}
	if (missing)
		return 1;
	return relate_set(u, o, proxy->through, result.list.list.v, specs.v,
	    result.list.list.n, path);
}

/* The assignment that the creator made of the item. */
static const struct assignment *
item_assignment(const struct proxy *proxy, const struct spec *spec)
{
	size_t	i;

	for (i = 0; i < spec->assignments.n; i++)
		if (spec->assignments.v[i].attribute == proxy->attribute)
			return &spec->assignments.v[i];
	return NULL;
}

static int
target_clear(struct uow *u, const struct proxy *proxy, struct object *target,
    const struct path *path)
{
	const struct attribute	*attr = proxy->attribute;
	const struct assignment	 null = { .attribute = attr, .path = path,
				    .cell = { NULL, -1 } };

	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		return assign_column(u, target, &null, SPEC_NEW);
	case ATTRIBUTE_RELATIONSHIP:
		return relate_set(u, target, attr->relationship, NULL, NULL, 0,
		    path);
	case ATTRIBUTE_PROXY:
		break;
	}
	return proxy_assign(u, target, attr->proxy, NULL, path);
}

/* Null through a scalar proxy: the target's attribute; the target, too. */
static int
scalar_clear(struct uow *u, struct object *o, const struct proxy *proxy,
    struct object *target, const struct path *path)
{
	int	r;

	if ((r = target_clear(u, proxy, target, path)) != 0 ||
	    !proxy->cascade_scalar_deletes)
		return r;
	return relate_set(u, o, proxy->through, NULL, NULL, 0, path);
}

/* P5: a scalar proxy sets the target's attribute, or makes the target. */
int
proxy_assign(struct uow *u, struct object *o, const struct proxy *proxy,
    const struct spec *spec, const struct path *path)
{
	struct members		 behind = { { NULL, 0, 0 } };
	const struct assignment	*as;
	const struct attribute	*attr = proxy->attribute;
	struct object		*target, *value = NULL;
	int			 r;

	if ((r = members_seen(u, o, proxy->through, &behind)) != 0)
		return r;
	if (behind.list.n > 0 && (r = object_load(u, behind.list.v[0],
	    LOCK_NO_KEY_UPDATE)) != 0)
		return r;
	if (spec == NULL || spec->kind == SPEC_NULL)
		return behind.list.n == 0 ? 0 :
		    scalar_clear(u, o, proxy, behind.list.v[0], path);
	if (behind.list.n == 0) {
		if ((r = spec_object(u, spec, &target)) != 0)
			return r;
		return relate_set(u, o, proxy->through, &target, NULL, 1,
		    path);
	}
	target = behind.list.v[0];
	if ((as = item_assignment(proxy, spec)) == NULL)
		return 0;
	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		return assign_column(u, target, as, SPEC_NEW);
	case ATTRIBUTE_RELATIONSHIP:
		if ((r = spec_object(u, as->specs.v[0], &value)) != 0)
			return r;
		return relate_set(u, target, attr->relationship, &value, NULL,
		    value != NULL, path);
	case ATTRIBUTE_PROXY:
		break;
	}
	return proxy_assign(u, target, attr->proxy, as->specs.v[0], path);
}
