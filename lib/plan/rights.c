/*
 * What the caller may do with rows, and how that is refused.  Called by the
 * rooms of the unit of work while it runs, for what a request names and for the
 * members of collections, and by rights_check.c at its end.  A row that the
 * caller may not see is refused as one that is not there.
 */
#include "caller.h"
#include "reach.h"
#include "rights.h"
#include "value.h"

bool
rights_apply(const struct uow *u)
{
	return u->call->sight.class != CLASS_ADMIN;
}

static enum access_right
right_of(const struct uow *u, const struct model *m, enum access_op op)
{
	return m->access.rights[u->call->sight.class][op];
}

int
rights_have(struct uow *u, struct object *o, enum access_op op, bool stored,
    bool *yes)
{
	switch (right_of(u, o->table->model, op)) {
	case RIGHT_NONE:
		break;
	case RIGHT_OWN:
		return owner_is_caller(u, o, stored, yes);
	case RIGHT_ANY:
		*yes = true;
		return 0;
	}
	*yes = false;
	return 0;
}

int
rights_see(struct uow *u, struct object *o, bool *yes)
{
	*yes = true;
	if (!rights_apply(u) || o->is_new || o->made_before ||
	    o->table->model == NULL)
		return 0;
	return rights_have(u, o, ACCESS_READ, true, yes);
}

int
rights_demand(struct uow *u, struct object *o, const struct path *path)
{
	if (!rights_apply(u) || o->table->model == NULL ||
	    right_of(u, o->table->model, ACCESS_READ) == RIGHT_ANY)
		return 0;
	return object_demand(u, o, LOCK_KEY_SHARE, path);
}

int
rights_filter(struct uow *u, struct members *members)
{
	struct object	*o;
	bool		 yes, missing = false;
	size_t		 i, n = 0;
	int		 r;

	if (!rights_apply(u))
		return 0;
	for (i = 0; i < members->list.n; i++) {
		o = members->list.v[i];
		if ((r = rights_see(u, o, &yes)) == -1)
			return -1;
		missing |= r == 1;
		if (yes)
			members->list.v[n++] = o;
	}
	members->list.n = n;
	return missing;
}

int
rights_update(struct uow *u, struct object *o, bool *yes)
{
	*yes = true;
	return o->is_new ? 0 : rights_have(u, o, ACCESS_UPDATE, true, yes);
}

const struct path *
rights_path(const struct uow *u, const struct object *o)
{
	const struct op	*op;
	size_t		 i;

	if (o->spec != NULL && o->is_new)
		return o->spec->path;
	for (i = 0; !object_is_gone(o) && i < o->table->columns.n; i++)
		if (o->paths[i] != NULL && (o->is_new || !cell_equal(
		    &o->now[i], &o->was[i])))
			return o->paths[i];
	if (o->spec != NULL)
		return o->spec->path;
	op = u->call->ops.v[o->op == OP_NONE ? u->first : o->op];
	return op->target != NULL ? op->target->path : op->path;
}

int
rights_refuse(struct uow *u, const struct object *o, enum access_op op)
{
	const struct model	*m = o->table->model;
	enum access_class	 class = u->call->sight.class;
	const struct op		*asked;

	/* Logging in helps only those who could do it then. */
	if (m->access.rights[CLASS_USER][op] == RIGHT_NONE)
		class = CLASS_USER;
	if (o->rule == NULL || op == ACCESS_CREATE) {
		not_allowed(class, rights_path(u, o), u->err,
		    "%s %s is not yours to %s", op == ACCESS_CREATE ? "a" :
		    "this", m->name, access_op_names[op]);
		return error_about(u->err, m->name, NULL);
	}
	/* What is reached may be what the caller does not even see. */
	asked = u->call->ops.v[o->op == OP_NONE ? u->first : o->op];
	not_allowed(class, rights_path(u, o), u->err,
	    "this would reach what is not yours to %s", access_op_names[op]);
	return error_about(u->err, asked->model->name, NULL);
}

int
rights_create(struct uow *u, const struct op *op)
{
	const struct model	*m = op->model;
	const struct path	 here = { op->path, "model", 0 };

	if (right_of(u, m, ACCESS_CREATE) != RIGHT_NONE)
		return 0;
	not_allowed(m->access.rights[CLASS_USER][ACCESS_CREATE] ==
	    RIGHT_NONE ? CLASS_USER : u->call->sight.class, &here, u->err,
	    "a %s is not yours to create", m->name);
	return error_about(u->err, m->name, NULL);
}

int
rights_delete(struct uow *u, const struct object *target)
{
	return right_of(u, target->table->model, ACCESS_DELETE) !=
	    RIGHT_NONE ? 0 : rights_refuse(u, target, ACCESS_DELETE);
}
