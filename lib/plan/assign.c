/*
 * Values for the attributes of objects: columns first, then relationships and
 * proxies in the order given (U7).  Called by uow.c for updates, by meant.c for
 * what is new or merged, and by proxy.c for what stands behind a proxy.
 */
#include "relate_parts.h"
#include "uow.h"
#include "value.h"

static int
relationship_assign(struct uow *u, struct object *o,
    const struct assignment *as)
{
	struct members	members = { { NULL, 0, 0 } };
	int		r;

	r = specs_objects(u, as->specs.v, as->specs.n, &members);
	if (r != 0)
		return r;
	return relate_set(u, o, as->attribute->relationship, members.list.v,
	    members.list.n == as->specs.n ?
	    (const struct spec *const *)as->specs.v : NULL, members.list.n,
	    as->path);
}

int
assign_attribute(struct uow *u, struct object *o, const struct assignment *as)
{
	switch (as->attribute->kind) {
	case ATTRIBUTE_COLUMN:
		return 0;	/* done before all others */
	case ATTRIBUTE_RELATIONSHIP:
		return relationship_assign(u, o, as);
	case ATTRIBUTE_PROXY:
		break;
	}
	return as->attribute->proxy->uselist ?
	    proxy_set(u, o, as->attribute->proxy, as->specs.v, as->specs.n,
	    as->path) :
	    proxy_assign(u, o, as->attribute->proxy, as->specs.v[0], as->path);
}

int
version_differs(struct uow *u, const struct object *o,
    const struct path *path)
{
	error_set(u->err, ERROR_VERSION_CONFLICT, path,
	    "this %s has changed since it was read", o->table->model->name);
	error_about(u->err, o->table->model->name,
	    o->table->model->version->name);
	return error_hint(u->err, "get it again, and decide anew");
}

/* U8; V: a new row's version is 1, in a merge it is the one that was read. */
int
assign_column(struct uow *u, struct object *o, const struct assignment *as,
    enum spec_kind kind)
{
	const struct column	*c = as->attribute->column;
	int			 r;

	if (c == o->table->model->version) {
		if (o->is_new)
			return 0;
		if (kind == SPEC_MERGE)
			return o->was == NULL || cell_equal(&as->cell,
			    &o->was[c->index]) ? 0 :
			    version_differs(u, o, as->path);
	}
	if (cell_equal(&o->now[c->index], &as->cell)) {
		o->paths[c->index] = as->path;
		/* Null may also mean that a new parent has no key yet. */
		return as->cell.n < 0 ? relate_forget(u, o, c) : 0;
	}
	if ((r = relate_follow(u, o, c)) != 0 ||
	    (r = relate_forget(u, o, c)) != 0)
		return r;
	o->now[c->index] = as->cell;
	o->paths[c->index] = as->path;
	return kin_changed(u, o, c);
}

/* U7: a relationship that is given as well wins over its column. */
static bool
overruled(const struct spec *spec, const struct column *c)
{
	const struct attribute	*a;
	size_t			 i;

	for (i = 0; i < spec->assignments.n; i++) {
		a = spec->assignments.v[i].attribute;
		if (a->kind != ATTRIBUTE_RELATIONSHIP ||
		    a->relationship->direction != MANY_TO_ONE)
			continue;
		if (fk_has(a->relationship->fk, c))
			return true;
	}
	return false;
}

/* U7, U8: columns plainly, then relationships, which win. */
int
assign_all(struct uow *u, struct object *o, const struct spec *spec)
{
	const struct assignment	*as;
	bool			 missing = false;
	size_t			 i;
	int			 r;

	for (i = 0; i < spec->assignments.n; i++) {
		as = &spec->assignments.v[i];
		if (as->attribute->kind != ATTRIBUTE_COLUMN ||
		    overruled(spec, as->attribute->column))
			continue;
		if ((r = assign_column(u, o, as, spec->kind)) == -1)
			return -1;
		missing |= r == 1;
	}
	/* Known by its key before what is nested in it. */
	if (object_given(u, o) == -1)
		return -1;
	for (i = 0; i < spec->assignments.n; i++) {
		r = assign_attribute(u, o, &spec->assignments.v[i]);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	o->settled = true;
	return missing;
}
