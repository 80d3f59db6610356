/*
 * Which association object stands for an item of an association proxy (rules
 * P3, P4).  Called by proxy.c.  The objects of the collection are filed by what
 * the proxy shows of them, so that a long list is not looked through for each
 * item; where the proxy leads to a collection or over another proxy it is.
 */
#include <string.h>

#include "proxy_match.h"
#include "relate_parts.h"
#include "rights.h"
#include "value.h"

/* Places in match->list, filed together; those before `head' are used. */
struct places {
	VEC(size_t)	 list;
	size_t		 head;
};

enum { KEY_VALUES, KEY_OBJECT };

int
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

/* Cells, or the address of an object, as a map's key. */
static int
place_key(struct uow *u, char kind, const struct cell *cells, size_t n,
    const struct object *o, struct key_bytes *out)
{
	struct key_bytes	 bytes = { (const char *)&o, sizeof(o) };
	char			*p;

	if (kind == KEY_VALUES && key_bytes(u->arena, cells, n, &bytes) == -1)
		return error_nomem(u->err);
	if ((p = arena_raw(u->arena, bytes.n + 2)) == NULL)
		return error_nomem(u->err);
	p[0] = kind;
	p[1] = kind == KEY_VALUES && cells[0].n < 0;
	if (bytes.n > 0)
		memcpy(p + 2, bytes.p, bytes.n);
	out->p = p;
	out->n = bytes.n + 2;
	return 0;
}

static bool
is_filed(const struct attribute *attr)
{
	return attr->kind == ATTRIBUTE_COLUMN ||
	    (attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    attr->relationship->direction == MANY_TO_ONE);
}

/* Under what an association object is filed. */
static int
association_key(struct uow *u, const struct attribute *attr,
    const struct object *o, struct key_bytes *out)
{
	const struct foreign_key	*fk;
	const struct cell		*cells;
	int				 k;

	if (attr->kind == ATTRIBUTE_COLUMN)
		return place_key(u, KEY_VALUES, &o->now[attr->column->index],
		    1, NULL, out);
	fk = attr->relationship->fk;
	k = fk_index(fk);
	if (k != -1 && o->parents[k] != NULL)
		return place_key(u, KEY_OBJECT, NULL, 0, o->parents[k], out);
	cells = cells_pick(u->arena, o->now, fk->columns.v, fk->columns.n);
	return cells == NULL ? error_nomem(u->err) :
	    place_key(u, KEY_VALUES, cells, fk->columns.n, NULL, out);
}

int
match_add(struct uow *u, struct match *m, struct object *association)
{
	struct key_bytes	 key;
	struct places		*places;

	if (vec_push(u->arena, &m->list.list, association) == -1 ||
	    vec_push(u->arena, &m->used, false) == -1)
		return error_nomem(u->err);
	if (!is_filed(m->attribute))
		return 0;
	if (association_key(u, m->attribute, association, &key) == -1)
		return -1;
	if ((places = map_get(&m->by_key, key.p, key.n)) == NULL &&
	    ((places = arena_alloc(u->arena, sizeof(*places))) == NULL ||
	    map_put(u->arena, &m->by_key, key.p, key.n, places) == -1))
		return error_nomem(u->err);
	return vec_push(u->arena, &places->list, m->list.list.n - 1) == -1 ?
	    error_nomem(u->err) : 0;
}

int
match_begin(struct uow *u, struct match *m, struct object *o,
    const struct proxy *proxy)
{
	struct members	all = { { NULL, 0, 0 } };
	bool		missing = false;
	size_t		i;
	int		r;

	memset(m, 0, sizeof(*m));
	m->attribute = proxy->attribute;
	if (o == NULL)
		return 0;
	if ((r = members_seen(u, o, proxy->through, &all)) != 0)
		return r;
	for (i = 0; i < all.list.n; i++) {
		if ((r = object_load(u, all.list.v[i],
		    LOCK_NO_KEY_UPDATE)) == -1 ||
		    match_add(u, m, all.list.v[i]) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* The first of those filed under this key that stands for the target. */
static void
place_first(struct match *m, const struct key_bytes *key,
    const struct object *target, size_t *at)
{
	struct places	*places = map_get(&m->by_key, key->p, key->n);
	size_t		 i, place;

	if (places == NULL)
		return;
	while (places->head < places->list.n &&
	    m->used.v[places->list.v[places->head]])
		places->head++;
	for (i = places->head; i < places->list.n; i++) {
		place = places->list.v[i];
		if (place >= *at)
			return;
		if (m->used.v[place] || (target != NULL && !relate_leads_to(
		    m->list.list.v[place], m->attribute->relationship,
		    target)))
			continue;
		*at = place;
		return;
	}
}

/* A target may be known by the key that it had, has, or will have. */
static int
target_find(struct uow *u, struct match *m, const struct object *target,
    size_t *at)
{
	const struct foreign_key	*fk = m->attribute->relationship->fk;
	const struct cell		*rows[] = { target->was, target->now };
	const struct cell		*cells;
	struct key_bytes		 key;
	size_t				 i;

	if (place_key(u, KEY_OBJECT, NULL, 0, target, &key) == -1)
		return -1;
	place_first(m, &key, target, at);
	for (i = 0; i < 2; i++) {
		if (rows[i] == NULL)
			continue;
		cells = cells_pick(u->arena, rows[i], fk->references.v,
		    fk->references.n);
		if (cells == NULL)
			return error_nomem(u->err);
		if (place_key(u, KEY_VALUES, cells, fk->references.n, NULL,
		    &key) == -1)
			return -1;
		place_first(m, &key, target, at);
	}
	return 0;
}

/* One after the other. */
static int
search(struct uow *u, struct match *m, const struct spec *item, size_t *at)
{
	bool	yes;
	size_t	i;
	int	r;

	for (i = 0; i < m->list.list.n; i++) {
		if (m->used.v[i])
			continue;
		if ((r = stands_for(u, m->list.list.v[i], m->attribute, item,
		    &yes)) != 0)
			return r;
		if (yes) {
			*at = i;
			break;
		}
	}
	return 0;
}

int
match_find(struct uow *u, struct match *m, const struct spec *item, size_t *at)
{
	struct object		*target;
	struct key_bytes	 key;
	int			 r;

	*at = m->list.list.n;
	if (item == NULL)
		return 0;	/* the creator hides which one it is */
	if (!is_filed(m->attribute)) {
		/* What is new stands behind only those that came with it. */
		if (item->kind == SPEC_NEW &&
		    ((r = spec_object(u, item, &target)) != 0 ||
		    target->kin.n == 0))
			return r;
		return search(u, m, item, at);
	}
	if (m->attribute->kind == ATTRIBUTE_COLUMN) {
		if (place_key(u, KEY_VALUES, &item->value, 1, NULL,
		    &key) == -1)
			return -1;
		place_first(m, &key, NULL, at);
		return 0;
	}
	if ((r = spec_object(u, item, &target)) != 0)
		return r;
	return target == NULL ? search(u, m, item, at) :
	    target_find(u, m, target, at);
}
