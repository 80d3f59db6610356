/*
 * Association proxies in a unit of work (rules P2 to P5).  Called by uow.c.
 * decode has made an association object's spec of each item, so that append is
 * an append to the collection behind the proxy; set and remove have to find
 * which association objects stand for an item.
 */
#include "rights.h"
#include "uow.h"
#include "value.h"

/* Those on the other side that the caller may see: there are no others. */
static int
members_seen(struct uow *u, struct object *o, const struct relationship *rel,
    struct members *out)
{
	int	r = relate_members(u, o, rel, out);

	return r != 0 ? r : rights_filter(u, out);
}

/* Does this association object stand for the item? */
static int
stands_for(struct uow *u, struct object *association,
    const struct attribute *attr, const struct spec *item, bool *yes)
{
	struct members	 behind = { { NULL, 0, 0 } };
	struct object	*target = NULL;
	size_t		 i;
	int		 r;

	*yes = false;
	if (item == NULL)
		return 0;	/* the creator hides which one it is */
	if ((r = object_load(u, association, LOCK_NO_KEY_UPDATE)) != 0)
		return r;
	if (attr->kind == ATTRIBUTE_COLUMN) {
		*yes = cell_equal(&association->now[attr->column->index],
		    &item->value);
		return 0;
	}
	if (attr->kind == ATTRIBUTE_PROXY) {
		r = members_seen(u, association, attr->proxy->through,
		    &behind);
		for (i = 0; r == 0 && !*yes && i < behind.list.n; i++)
			r = stands_for(u, behind.list.v[i],
			    attr->proxy->attribute, item, yes);
		return r;
	}
	if (item->kind == SPEC_NEW)
		return 0;
	if ((r = spec_object(u, item, &target)) != 0)
		return r;
	if (target != NULL && attr->relationship->direction == MANY_TO_ONE) {
		*yes = relate_leads_to(association, attr->relationship,
		    target);
		return 0;
	}
	r = members_seen(u, association, attr->relationship, &behind);
	if (r != 0)
		return r;
	*yes = target == NULL && behind.list.n == 0;
	for (i = 0; i < behind.list.n; i++)
		*yes |= behind.list.v[i] == target;
	return 0;
}

/* The first object of the list, not yet used, that stands for the item. */
static int
find_for(struct uow *u, const struct proxy *proxy,
    const struct members *list, const bool *used, const struct spec *item,
    size_t *at)
{
	bool	yes;
	size_t	i;
	int	r;

	for (i = 0; i < list->list.n; i++) {
		if (used != NULL && used[i])
			continue;
		if ((r = stands_for(u, list->list.v[i], proxy->attribute, item,
		    &yes)) != 0)
			return r;
		if (yes)
			break;
	}
	*at = i;
	return 0;
}

/*
 * P2: another association object, made by the creator.  A set takes what it
 * holds already for the same.
 */
int
proxy_add(struct uow *u, struct object *o, const struct proxy *proxy,
    const struct spec *item)
{
	struct members	 list = { { NULL, 0, 0 } };
	struct object	*association;
	size_t		 at;
	int		 r;

	if (proxy->through->is_set) {
		if ((r = members_seen(u, o, proxy->through, &list)) != 0 ||
		    (r = find_for(u, proxy, &list, NULL, item->item,
		    &at)) != 0)
			return r;
		if (at < list.list.n)
			return 0;
	}
	if ((r = spec_object(u, item, &association)) != 0)
		return r;
	return relate_add(u, o, proxy->through, association, item->path);
}

/* P3: the first association object with that value is let go. */
int
proxy_remove(struct uow *u, struct object *o, const struct proxy *proxy,
    const struct spec *item)
{
	struct members	list = { { NULL, 0, 0 } };
	size_t		at;
	int		r;

	if ((r = members_seen(u, o, proxy->through, &list)) != 0 ||
	    (r = find_for(u, proxy, &list, NULL, item->item, &at)) != 0)
		return r;
	if (at == list.list.n) {
		error_set(u->err, ERROR_NOT_FOUND, item->item != NULL ?
		    item->item->path : item->path,
		    "this is no member of %s", proxy->name);
		return error_about(u->err, proxy->model->name, proxy->name);
	}
	return relate_remove(u, o, proxy->through, list.list.v[at],
	    item->path);
}

/* P4: a difference, as a multiset; kept members keep their rows. */
int
proxy_set(struct uow *u, struct object *o, const struct proxy *proxy,
    struct spec *const *items, size_t n, const struct path *path)
{
	struct members	 list = { { NULL, 0, 0 } };
	struct members	 result = { { NULL, 0, 0 } };
	struct object	*association;
	bool		*used, missing = false;
	size_t		 i, at = 0, again;
	int		 r;

	if ((r = members_seen(u, o, proxy->through, &list)) != 0)
		return r;
	used = arena_array(u->arena, list.list.n, sizeof(*used));
	if (used == NULL)
		return error_nomem(u->err);
	for (i = 0; i < n; i++) {
		if ((r = find_for(u, proxy, &list, used, items[i]->item,
		    &at)) == -1)
			return -1;
		if (r == 1) {
			missing = true;
			continue;
		}
		if (at == list.list.n && proxy->through->is_set) {
			/* A set: the same item twice is once. */
			if ((r = find_for(u, proxy, &result, NULL,
			    items[i]->item, &again)) == -1)
				return -1;
			if (r == 0 && again < result.list.n)
				continue;
		}
		if (at < list.list.n) {
			used[at] = true;
			association = list.list.v[at];
		} else if ((r = spec_object(u, items[i], &association)) != 0) {
			if (r == -1)
				return -1;
			missing = true;
			continue;
		}
		if (vec_push(u->arena, &result.list, association) == -1)
			return error_nomem(u->err);
	}
	if (missing)
		return 1;
	return relate_set(u, o, proxy->through, result.list.v, NULL,
	    result.list.n, path);
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

	switch (attr->kind) {
	case ATTRIBUTE_COLUMN:
		target->now[attr->column->index] = (struct cell){ NULL, -1 };
		target->paths[attr->column->index] = path;
		return 0;
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
		target->now[attr->column->index] = as->cell;
		target->paths[attr->column->index] = path;
		return 0;
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
