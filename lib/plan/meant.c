/*
 * The objects that a request means: stored ones by key or by unique columns,
 * merged ones, labels, and new ones, which get their values as soon as they are
 * spoken of.  Called by uow.c, assign.c and proxy.c.  It refuses what is not
 * there.
 *
 * Labels may make a chain as long as a line.  The stack holds only so much of
 * it; the values behind that wait until the first objects have theirs.
 */
#include "relate_parts.h"
#include "rights.h"
#include "uow.h"
#include "value.h"

/* Specs within specs; what a line may nest is less. */
enum { DEPTH_MOST = 128 };

static bool
has_values(const struct object *o, const struct spec *spec)
{
	const struct unique	*unique = spec->unique;
	size_t			 i;

	for (i = 0; i < unique->columns.n; i++)
		if (!cell_equal(&o->now[unique->columns.v[i]->index],
		    &spec->unique_values[i]))
			return false;
	return true;
}

/* Who has these unique values only since this unit; NULL: nobody. */
static struct object *
values_seek(struct uow *u, const struct spec *spec)
{
	struct object	*o;
	size_t		 i;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table == spec->model->table && !o->deleted &&
		    !o->expunged && (o->is_new || o->was != NULL) &&
		    has_values(o, spec))
			return o;
	}
	return NULL;
}

int
object_stored(struct uow *u, const struct spec *spec, enum lock lock,
    struct object **out)
{
	const struct unique	*unique = spec->unique;
	struct object		*other;
	struct fact		*f;
	int			 r;

	if (spec->key != NULL)
		return object_named(u, spec->model->table, spec->key, lock,
		    out);
	if ((r = fact_get(u, FACT_UNIQUE, spec->model->table,
	    unique->columns.v, unique->columns.n, spec->unique_values,
	    lock, &f)) != 0)
		return r;
	*out = NULL;
	if (f->rows.n > 0 && (*out = object_of_row(u, spec->model->table,
	    f->rows.v[0], f->lock)) == NULL)
		return error_nomem(u->err);
	/* The unit may have given these values to another one. */
	if ((*out == NULL || (!(*out)->deleted && !has_values(*out, spec))) &&
	    (other = values_seek(u, spec)) != NULL)
		*out = other;
	if (*out == NULL) {
		error_set(u->err, ERROR_NOT_FOUND, spec->path,
		    "there is no such %s", spec->model->name);
		return error_about(u->err, spec->model->name, NULL);
	}
	return rights_demand(u, *out, spec->path);
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

/* Who belongs to somebody by its key has to be found there, too. */
static int
key_file(struct uow *u, struct object *o)
{
	size_t	i;

	for (i = 0; i < o->table->key.n; i++)
		if (kin_changed(u, o, o->table->key.v[i]) == -1)
			return -1;
	return 0;
}

/* G1, U6: what the unit has deleted is not there; a new one takes its row. */
static int
merged_again(struct uow *u, const struct spec *spec, const struct cell *key,
    struct object **out)
{
	const struct table	*table = spec->model->table;
	size_t			 i;

	if ((*out = object_new(u, table, spec)) == NULL)
		return error_nomem(u->err);
	for (i = 0; i < table->key.n; i++)
		(*out)->now[table->key.v[i]->index] = key[i];
	/* G3: known by its key before what is nested in it. */
	return object_given(u, *out) == -1 ? -1 : key_file(u, *out);
}

/* The object with that key, as the unit has it by now. */
static int
merged_found(struct uow *u, const struct spec *spec, const struct cell *key,
    struct object **out)
{
	struct object	*o;
	bool		 seen;
	int		 r;

	if ((r = object_named(u, spec->model->table, key, LOCK_NO_KEY_UPDATE,
	    &o)) != 0 || (r = object_load(u, o, LOCK_NO_KEY_UPDATE)) != 0)
		return r;
	if (o->deleted || o->expunged)
		return merged_again(u, spec, key, out);
	if ((r = rights_see(u, o, &seen)) != 0)
		return r;
	if (!seen)
		object_forget(o);
	if (o->absent || !seen) {
		/* From here on it is a new object with that key. */
		o->is_new = true;
		o->absent = false;
		if (key_file(u, o) == -1)
			return -1;
	}
	if (o->spec == NULL)
		o->spec = spec;
	*out = o;
	return 0;
}

/* G1, G3: the object with that key, in this unit or stored, or a new one. */
static int
merged_object(struct uow *u, const struct spec *spec, struct object **out)
{
	const struct table	*table = spec->model->table;
	struct cell		*key;

	key = arena_array(u->arena, table->key.n, sizeof(*key));
	if (key == NULL)
		return error_nomem(u->err);
	if (merge_key(spec, key))
		return merged_found(u, spec, key, out);
	return (*out = object_new(u, table, spec)) == NULL ?
	    error_nomem(u->err) : 0;
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

/* The values that had to wait, in the order in which they were met. */
static int
later_assign(struct uow *u)
{
	bool	missing = false;
	size_t	i;
	int	r;

	u->depth = 1;
	for (i = 0; i < u->later.n; i++) {
		r = assign_all(u, u->later.v[i].object, u->later.v[i].spec);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	u->depth = 0;
	u->later.n = 0;
	return missing;
}

static int
values_assign(struct uow *u, struct object *o, const struct spec *spec)
{
	const struct later	later = { o, spec };
	int			r, rest;

	if (u->depth == DEPTH_MOST)
		return vec_push(u->arena, &u->later, later) == -1 ?
		    error_nomem(u->err) : 0;
	u->depth++;
	r = assign_all(u, o, spec);
	u->depth--;
	if (r == -1 || u->depth > 0 || u->later.n == 0)
		return r;
	rest = later_assign(u);
	return rest == 0 ? r : rest;
}

int
spec_means(struct uow *u, const struct spec *spec, struct object *o)
{
	const struct spec	**key;

	if ((key = arena_alloc(u->arena, sizeof(*key))) == NULL)
		return error_nomem(u->err);
	*key = spec;
	return map_put(u->arena, &u->made, key, sizeof(*key), o) == -1 ?
	    error_nomem(u->err) : 0;
}

int
spec_object(struct uow *u, const struct spec *spec, struct object **out)
{
	const struct path	*path = spec->path;
	const struct cell	*cells;
	struct object		*o;
	int			 r;

	*out = NULL;
	if (spec->kind == SPEC_NULL)
		return 0;
	if (spec->kind == SPEC_GET) {
		r = object_stored(u, spec, LOCK_KEY_SHARE, out);
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
	/* Known before its values are: they may refer to it. */
	if (spec_means(u, spec, o) == -1)
		return -1;
	*out = o;
	return values_assign(u, o, spec);
}

int
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
