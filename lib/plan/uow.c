/*
 * The unit of work, from operations to changed objects.  Called by
 * batch_write.c, again and again until no fact is missing.  It walks through
 * the operations in their order; meant.c finds or makes the objects that they
 * speak of, assign.c gives them their values, and the rooms of relationships,
 * deletes and proxies do the rest.  The new state is left in the objects;
 * flush.c makes statements of that.
 */
#include <string.h>

#include "rights.h"
#include "uow.h"
#include "value.h"

/* The object that `id' names, loaded and locked. */
static int
target_load(struct uow *u, const struct op *op, enum lock lock,
    struct object **out)
{
	int	r;

	r = op->target->kind == SPEC_GET ?
	    object_stored(u, op->target, lock, out) :
	    spec_object(u, op->target, out);
	if (r != 0)
		return r;
	if (*out == NULL)
		return error_set(u->err, ERROR_INVALID_VALUE, op->target->path,
		    "id cannot be null");
	if ((*out)->spec == NULL)
		(*out)->spec = op->target;
	if ((r = object_demand(u, *out, lock, op->target->path)) != 0)
		return r;
	/* V: the version that the client has read. */
	if (op->version != NULL && (*out)->was != NULL && !cell_equal(
	    op->version, &(*out)->was[op->model->version->index]))
		return version_differs(u, *out, op->version_path);
	return 0;
}

static int
create_run(struct uow *u, const struct op *op, size_t index)
{
	struct members	made = { { NULL, 0, 0 } };
	size_t		i;
	int		r;

	r = specs_objects(u, op->values.v, op->values.n, &made);
	u->created[index] = made.list.v;
	for (i = 0; i < made.list.n; i++)
		made.list.v[i]->told |= op->mode != RETURN_NONE;
	return r;
}

static int
items_run(struct uow *u, const struct op *op, struct object *o)
{
	const struct attribute	*attr = op->attribute;
	const struct spec	*item;
	struct object		*member;
	bool			 missing = false;
	size_t			 i;
	int			 r;

	if (attr->kind == ATTRIBUTE_PROXY)
		return op->kind == OP_REMOVE ?
		    proxy_remove(u, o, attr->proxy, op->items.v, op->items.n) :
		    proxy_add(u, o, attr->proxy, op->items.v, op->items.n);
	for (i = 0; i < op->items.n; i++) {
		item = op->items.v[i];
		if ((r = spec_object(u, item, &member)) == 0)
			r = op->kind == OP_REMOVE ?
			    relate_remove(u, o, attr->relationship, member,
			    item->path) :
			    relate_add(u, o, attr->relationship, member,
			    item->path);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* `set' is what an update of that one attribute would be. */
static int
set_run(struct uow *u, const struct op *op, struct object *o)
{
	struct assignment	as;

	memset(&as, 0, sizeof(as));
	as.attribute = op->attribute;
	as.path = path_step(u->arena, op->path, "items", 0);
	if (as.path == NULL)
		return error_nomem(u->err);
	as.is_list = true;
	as.specs.v = op->items.v;
	as.specs.n = op->items.n;
	return assign_attribute(u, o, &as);
}

/*
 * What an operation does once its object is there.  While it is not, the
 * collection is asked for already: its key is known.
 */
static int
change_run(struct uow *u, const struct op *op, struct object *o)
{
	switch (op->kind) {
	case OP_UPDATE:
		return assign_all(u, o, op->values.v[0]);
	case OP_DELETE:
		object_because(o, NULL, NULL);
		return cascade_delete(u, o);
	case OP_APPEND:
	case OP_REMOVE:
		return items_run(u, op, o);
	case OP_SET:
		return set_run(u, op, o);
	case OP_CREATE:
	case OP_MERGE:
	case OP_GET:
	case OP_FIND:
	case OP_COUNT:
	case OP_AGGREGATE:
		break;
	}
	return 0;
}

static int
op_run(struct uow *u, const struct op *op, size_t index)
{
	struct object	*o = NULL;
	int		 r, later;

	/* Only a preview takes reads and writes together. */
	if (op_is_read(op->kind))
		return 0;
	if (op->kind == OP_CREATE && rights_create(u, op) == -1)
		return -1;
	if (op->kind == OP_CREATE || op->kind == OP_MERGE)
		return create_run(u, op, index);
	if (blind_possible(u, op))
		return blind_delete(u, op, &u->targets[index]);
	r = target_load(u, op, op->kind == OP_DELETE ? LOCK_UPDATE :
	    LOCK_NO_KEY_UPDATE, &o);
	u->targets[index] = o;
	if (r == -1 || o == NULL)
		return r;
	if (op->kind == OP_DELETE && rights_delete(u, o) == -1)
		return r == 0 ? -1 : r;
	if (o->deleted || o->expunged)
		return 0;	/* U5, X6: a delete wins */
	later = change_run(u, op, o);
	return r == 0 || later == -1 ? later : r;
}

/* Is there a column to insert, now or when its parent has a key? */
static bool
names_something(const struct object *o)
{
	size_t	i;

	for (i = 0; i < o->table->columns.n; i++)
		if (o->now[i].n >= 0)
			return true;
	for (i = 0; i < o->table->fks.n && i < FKS_MOST; i++)
		if (o->parents[i] != NULL)
			return true;
	return false;
}

/* Row-level security lets RETURNING name only what may be read. */
static bool
is_unreadable(const struct uow *u, const struct object *o)
{
	return u->call->rls && rights_apply(u) && o->table->model != NULL &&
	    o->table->model->access.rights[u->call->sight.class]
	    [ACCESS_READ] != RIGHT_ANY;
}

/*
 * Keys that only the database can make, and that RETURNING could not match
 * with their rows (a uuid, a row of nothing but defaults), are fetched ahead.
 */
static int
keys_run(struct uow *u)
{
	struct object	*o;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (!o->is_new || o->expunged || o->table->key.n != 1)
			continue;
		if (o->table->key.v[0]->generated && names_something(o) &&
		    !(object_key_matters(u, o) && is_unreadable(u, o)))
			continue;
		if ((r = object_need_key(u, o)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

static void
run_begin(struct uow *u)
{
	struct map_entry	*e;
	struct key_supply	*supply;

	memset(&u->identity, 0, sizeof(u->identity));
	memset(&u->given, 0, sizeof(u->given));
	memset(&u->made, 0, sizeof(u->made));
	memset(&u->objects, 0, sizeof(u->objects));
	memset(&u->kin, 0, sizeof(u->kin));
	memset(&u->targets_by_fk, 0, sizeof(u->targets_by_fk));
	u->run++;
	memset(&u->bulks, 0, sizeof(u->bulks));
	memset(&u->later, 0, sizeof(u->later));
	memset(&u->doomed, 0, sizeof(u->doomed));
	u->depth = u->deletes = 0;
	memset(&u->wants, 0, sizeof(u->wants));
	u->wants_keys = false;
	u->missing = false;
	u->past_policies = false;
	map_each(e, &u->supplies) {
		supply = e->value;
		supply->used = 0;
		supply->wanted = 0;
	}
}

int
uow_run(struct uow *u, struct error *err)
{
	size_t	i, n = u->end - u->first;
	int	r = 0;

	run_begin(u);
	u->err = err;
	u->targets = arena_array(u->arena, n, sizeof(*u->targets));
	u->created = arena_array(u->arena, n, sizeof(*u->created));
	if (u->targets == NULL || u->created == NULL)
		return error_nomem(err);
	for (i = 0; i < n && r != -1; i++) {
		u->op = u->first + i;
		r = op_run(u, u->call->ops.v[u->op], i);
	}
	if (r != -1)
		r = cascade_orphans(u);
	if (r != -1)
		r = owner_fill(u);
	if (r != -1 && !u->missing)
		r = relate_loose(u);
	if (r != -1)
		r = keys_run(u);
	if (r == 0)
		r = relate_sync(u);
	/*
	 * While facts are missing, later operations only tell what they will
	 * want; what they find wrong may be right when all is known.  But a
	 * want that had no memory would never be fetched.
	 */
	return u->missing && (r != -1 || err->kind != ERROR_LIMIT) ? 1 : r;
}
