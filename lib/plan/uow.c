/*
 * The unit of work, from operations to changed objects.  Called by
 * batch_write.c, again and again until no fact is missing.  It walks through
 * the operations in their order, makes or finds the objects that they speak of
 * (U7: columns first, then relationships, in the order given), and leaves their
 * new state in the objects; flush.c makes statements of that.
 */
#include <string.h>

#include "relate_parts.h"
#include "rights.h"
#include "uow.h"
#include "value.h"

static int	assign_all(struct uow *, struct object *, const struct spec *);

/* What a spec speaks of, when it names a stored object. */
static int
stored_object(struct uow *u, const struct spec *spec, enum lock lock,
    struct object **out)
{
	const struct unique	*unique = spec->unique;
	struct fact		*f;
	int			 r;

	if (spec->key != NULL) {
		*out = object_named(u, spec->model->table, spec->key);
		return *out == NULL ? error_nomem(u->err) : 0;
	}
	if ((r = fact_get(u, FACT_UNIQUE, spec->model->table,
	    unique->columns.v, unique->columns.n, spec->unique_values,
	    lock, &f)) != 0)
		return r;
	if (f->rows.n == 0) {
		error_set(u->err, ERROR_NOT_FOUND, spec->path,
		    "there is no such %s", spec->model->name);
		return error_about(u->err, spec->model->name, NULL);
	}
	*out = object_of_row(u, spec->model->table, f->rows.v[0], f->lock);
	return *out == NULL ? error_nomem(u->err) :
	    rights_demand(u, *out, spec->path);
}

/* The key that a merged object gives; false when it is not whole. */
static bool
merge_key(const struct spec *spec, struct cell *key)
{
	const struct table	*table = spec->model->table;
	size_t			 i, k, found = 0;

	for (k = 0; k < table->key.n; k++)
		key[k].n = -1;
	for (i = 0; i < spec->assignments.n; i++) {
		const struct attribute	*a = spec->assignments.v[i].attribute;

		for (k = 0; k < table->key.n; k++)
			if (a->kind == ATTRIBUTE_COLUMN &&
			    a->column == table->key.v[k] &&
			    spec->assignments.v[i].cell.n >= 0) {
				key[k] = spec->assignments.v[i].cell;
				found++;
			}
	}
	return found == table->key.n;
}

/* G1, G3: the object with that key, in this unit or stored, or a new one. */
static int
merged_object(struct uow *u, const struct spec *spec, struct object **out)
{
	const struct table	*table = spec->model->table;
	struct object		*o = NULL;
	struct cell		*key;
	bool			 whole, seen;
	int			 r;

	key = arena_array(u->arena, table->key.n, sizeof(*key));
	if (key == NULL)
		return error_nomem(u->err);
	if ((whole = merge_key(spec, key))) {
		if ((o = object_named(u, table, key)) == NULL)
			return error_nomem(u->err);
		if ((r = object_load(u, o, LOCK_NO_KEY_UPDATE)) != 0)
			return r;
		if ((r = rights_see(u, o, &seen)) != 0)
			return r;
		if (!seen)
			object_forget(o);
		if (o->absent || !seen) {
			/* From here on it is a new object with that key. */
			o->is_new = true;
			o->absent = false;
		}
		if (o->spec == NULL)
			o->spec = spec;
	} else if ((o = object_new(u, table, spec)) == NULL)
		return error_nomem(u->err);
	*out = o;
	return 0;
}

/* What this spec made before the reads that stand between: a stored row now. */
static int
earlier_object(struct uow *u, const struct spec *spec, const struct cell *key,
    const struct path *path, struct object **out)
{
	if (key_has_null(key, spec->model->table->key.n)) {
		error_set(u->err, ERROR_NOT_FOUND, path,
		    "this %s has been deleted", spec->model->name);
		return error_about(u->err, spec->model->name, NULL);
	}
	*out = object_ref(u, spec->model->table, key);
	if (*out == NULL)
		return error_nomem(u->err);
	(*out)->made_before = true;
	return 0;
}

int
spec_object(struct uow *u, const struct spec *spec, struct object **out)
{
	const struct path	*path = spec->path;
	const struct cell	*cells;
	struct object		*o;
	const struct spec	**key;
	int			 r;

	*out = NULL;
	if (spec->kind == SPEC_NULL)
		return 0;
	if (spec->kind == SPEC_GET) {
		r = stored_object(u, spec, LOCK_KEY_SHARE, out);
		if (r == 0 && (*out)->named == NULL)
			(*out)->named = path;
		return r;
	}
	if (spec->kind == SPEC_REF)
		spec = spec->labelled;
	if ((cells = map_get(u->before, &spec, sizeof(spec))) != NULL)
		return earlier_object(u, spec, cells, path, out);
	if ((o = map_get(&u->made, &spec, sizeof(spec))) != NULL) {
		*out = o;
		return 0;
	}
	if (spec->kind == SPEC_MERGE) {
		if ((r = merged_object(u, spec, &o)) != 0)
			return r;
	} else if ((o = object_new(u, spec->model->table, spec)) == NULL)
		return error_nomem(u->err);
	if ((key = arena_alloc(u->arena, sizeof(*key))) == NULL)
		return error_nomem(u->err);
	*key = spec;
	/* Known before its values are: they may refer to it. */
	if (map_put(u->arena, &u->made, key, sizeof(*key), o) == -1)
		return error_nomem(u->err);
	*out = o;
	return assign_all(u, o, spec);
}

/* The objects of a list of specs; all are tried, so that all are wanted. */
static int
specs_objects(struct uow *u, struct spec *const *specs, size_t n,
    struct members *out)
{
	struct object	*o;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	for (i = 0; i < n; i++) {
		if ((r = spec_object(u, specs[i], &o)) == -1)
			return -1;
		missing |= r == 1;
		if (r == 0 && o != NULL &&
		    vec_push(u->arena, &out->list, o) == -1)
			return error_nomem(u->err);
	}
	return missing;
}

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

static int
attribute_assign(struct uow *u, struct object *o, const struct assignment *as)
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

static int
version_differs(struct uow *u, const struct object *o,
    const struct path *path)
{
	error_set(u->err, ERROR_VERSION_CONFLICT, path,
	    "this %s has changed since it was read", o->table->model->name);
	return error_about(u->err, o->table->model->name,
	    o->table->model->version->name);
}

/* U8; V: a new row's version is 1, in a merge it is the one that was read. */
static int
column_assign(struct uow *u, struct object *o, const struct assignment *as,
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
		if (as->cell.n < 0)
			relate_forget(o, c);
		return 0;
	}
	if ((r = relate_follow(u, o, c)) != 0)
		return r;
	relate_forget(o, c);
	o->now[c->index] = as->cell;
	o->paths[c->index] = as->path;
	return kin_changed(u, o, c);
}

/* U7: a relationship that is given as well wins over its column. */
static bool
overruled(const struct spec *spec, const struct column *c)
{
	const struct attribute	*a;
	size_t			 i, k;

	for (i = 0; i < spec->assignments.n; i++) {
		a = spec->assignments.v[i].attribute;
		if (a->kind != ATTRIBUTE_RELATIONSHIP ||
		    a->relationship->direction != MANY_TO_ONE)
			continue;
		for (k = 0; k < a->relationship->fk->columns.n; k++)
			if (a->relationship->fk->columns.v[k] == c)
				return true;
	}
	return false;
}

/* U7, U8: columns plainly, then relationships, which win. */
static int
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
		if ((r = column_assign(u, o, as, spec->kind)) == -1)
			return -1;
		missing |= r == 1;
	}
	for (i = 0; i < spec->assignments.n; i++) {
		r = attribute_assign(u, o, &spec->assignments.v[i]);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* The object that `id' names, loaded and locked. */
static int
target_load(struct uow *u, const struct op *op, enum lock lock,
    struct object **out)
{
	int	r;

	r = op->target->kind == SPEC_GET ?
	    stored_object(u, op->target, lock, out) :
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
	int		r;

	r = specs_objects(u, op->values.v, op->values.n, &made);
	u->created[index] = made.list.v;
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
	as.path = op->path;
	as.is_list = true;
	as.specs.v = op->items.v;
	as.specs.n = op->items.n;
	return attribute_assign(u, o, &as);
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
		    !is_unreadable(u, o))
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
	memset(&u->made, 0, sizeof(u->made));
	memset(&u->objects, 0, sizeof(u->objects));
	memset(&u->kin, 0, sizeof(u->kin));
	memset(&u->targets_by_fk, 0, sizeof(u->targets_by_fk));
	u->run++;
	memset(&u->bulks, 0, sizeof(u->bulks));
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
