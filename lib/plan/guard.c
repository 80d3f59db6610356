/*
 * The parameters `max' and `plan' of a delete, and the setting that stands for
 * a `max' that is not given.  Called by decode.c; preview.c holds the delete to
 * them.  It refuses names that are no models and tokens that are none.
 */
#include <string.h>

#include "call.h"
#include "preview.h"

/* A number of rows that may be reached; null is none given. */
static int
most_decode(const struct json *v, int64_t *most, const struct path *path,
    struct error *err)
{
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_int(v) < 0)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "max must be a number of rows, or one for each model, "
		    "not %s", json_is_integer(v) ? "less than none" :
		    json_kind(v));
	*most = json_int(v);
	return 0;
}

/* By the model's name; a table without a model by its own. */
static const struct table *
table_find(const struct registry *registry, const char *name)
{
	const struct model	*model = registry_model(registry, name);
	const struct table	*table;

	if (model != NULL)
		return model->table;
	table = map_find(&registry->tables_by_name, name);
	return table != NULL && table->model == NULL ? table : NULL;
}

static int
max_members(struct decoder *d, struct guard *guard, struct json *max,
    const struct path *path, struct error *err)
{
	const struct table	*table;
	int64_t			*most;
	size_t			 i, n = d->registry->tables.n;

	if ((most = arena_array(d->arena, n, sizeof(*most))) == NULL)
		return error_nomem(err);
	for (i = 0; i < n; i++)
		most[i] = -1;
	guard->tables = most;
	json_each(max, name, value) {
		struct path	at = { path, name, 0 };

		if ((table = table_find(d->registry, name)) == NULL)
			return unknown_model(d->arena, d->registry,
			    d->call->sight.class, name,
			    &at, err);
		if (most_decode(value, &most[table->index], &at, err) == -1)
			return -1;
	}
	return 0;
}

/* `max', or what the settings say, and `plan'. */
int
guard_decode(struct decoder *d, struct op *op, struct json *params,
    struct error *err)
{
	struct json	*max = json_member(params, "max");
	struct guard	*guard = arena_alloc(d->arena, sizeof(*guard));
	struct path	*max_path = path_step(d->arena, op->path, "max", 0);
	struct path	*plan_path = path_step(d->arena, op->path, "plan", 0);

	if (guard == NULL || max_path == NULL || plan_path == NULL)
		return error_nomem(err);
	guard->all = -1;
	guard->plan_path = plan_path;
	if (max != NULL)
		guard->max_path = max_path;
	else if (d->max_deleted > 0)
		guard->all = d->max_deleted;
	if ((json_is_object(max) ?
	    max_members(d, guard, max, max_path, err) :
	    most_decode(max, &guard->all, max_path, err)) == -1)
		return -1;
	if (json_take_string(params, "plan", &guard->plan, op->path, err) ==
	    -1)
		return -1;
	if (guard->plan != NULL && !plan_is_token(guard->plan)) {
		error_set(err, ERROR_INVALID_VALUE, plan_path,
		    "this is no plan");
		return error_hint(err, "a preview of the delete gives one");
	}
	/* A preview only tells what they would be held against. */
	if (d->call->is_preview || (guard->all < 0 && guard->tables == NULL &&
	    guard->plan == NULL))
		return 0;
	op->guard = guard;
	d->call->wants_seal |= guard->plan != NULL;
	d->call->alone = true;
	return 0;
}
