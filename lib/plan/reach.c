/*
 * How far a unit of work may look, and what a preview does otherwise than a
 * write: no locks, made-up keys, a bounded number of rows.  Called by
 * batch_write.c, identity.c and gather.c; units without a reach pass through
 * here unchanged.
 */
#include <string.h>

#include "reach.h"
#include "rights.h"
#include "value.h"

/* What a made-up key begins with: no text has a NUL, no number 12 bytes. */
static const char made_up_head[4] = "\0new";
enum { MADE_UP_SIZE = sizeof(made_up_head) + sizeof(uint64_t) };

int
reach_begin(struct uow *u)
{
	const struct call	*call = u->call;
	const struct guard	*guard = NULL;
	size_t			 i;

	for (i = u->first; i < u->end && guard == NULL; i++)
		guard = call->ops.v[i]->guard;
	if (!call->is_preview && guard == NULL && call->audit == NULL &&
	    !rights_apply(u))
		return 0;
	if ((u->reach = arena_alloc(u->keep, sizeof(*u->reach))) == NULL)
		return -1;
	u->reach->is_preview = call->is_preview;
	u->reach->rows_left = call->preview_limit;
	if (!call->is_preview && !call->is_transaction)
		u->reach->guard = guard;
	return 0;
}

bool
reach_is_preview(const struct uow *u)
{
	return u->reach != NULL && u->reach->is_preview;
}

bool
reach_ended(const struct uow *u)
{
	return u->reach != NULL && u->reach->cut;
}

enum lock
reach_lock(const struct uow *u, enum lock lock)
{
	return reach_is_preview(u) ? LOCK_NONE : lock;
}

int
reach_make_up(struct uow *u, struct cell *out)
{
	char	*p = arena_raw(u->arena, MADE_UP_SIZE);

	if (p == NULL)
		return error_nomem(u->err);
	memcpy(p, made_up_head, sizeof(made_up_head));
	memcpy(p + sizeof(made_up_head), &u->reach->made_up,
	    sizeof(u->reach->made_up));
	u->reach->made_up++;
	*out = (struct cell){ p, MADE_UP_SIZE };
	return 0;
}

bool
cell_made_up(const struct cell *c)
{
	return c->n == MADE_UP_SIZE && memcmp(c->p, made_up_head,
	    sizeof(made_up_head)) == 0;
}

bool
reach_made_up(const struct uow *u, const struct cell *cells, size_t n)
{
	size_t	i;

	for (i = 0; reach_is_preview(u) && i < n; i++)
		if (cell_made_up(&cells[i]))
			return true;
	return false;
}

struct reach *
reach_bounds(const struct uow *u)
{
	return u->reach != NULL && (u->reach->is_preview ||
	    u->reach->guard != NULL) ? u->reach : NULL;
}

int64_t
reach_rows(const struct reach *reach, const struct table *table,
    enum fact_kind kind)
{
	const struct guard	*guard;
	int64_t			 most;

	if (reach == NULL)
		return -1;
	if (reach->is_preview)
		return reach->rows_left;
	if ((guard = reach->guard) == NULL || kind != FACT_LIST)
		return -1;
	most = guard->tables == NULL ? -1 : guard->tables[table->index];
	if (most < 0 || (guard->all >= 0 && guard->all < most))
		most = guard->all;
	/* Who is refused is told how many there are, within reason. */
	return most < 0 || most > reach->rows_left ? most : reach->rows_left;
}

size_t
reach_take(struct reach *reach, const struct table *table,
    enum fact_kind kind, size_t n)
{
	int64_t	most = reach_rows(reach, table, kind);

	if (most >= 0 && n > (size_t)most) {
		n = (size_t)most;
		if (!reach->cut)
			reach->cut_at = table;
		reach->cut = true;
	}
	if (reach != NULL && reach->is_preview)
		reach->rows_left -= (int64_t)n;
	return n;
}

bool
object_is_gone(const struct object *o)
{
	return o->acted == ACTED_DELETED || (o->deleted && !o->expunged &&
	    !o->absent);
}

bool
object_is_changed(const struct object *o)
{
	size_t	i;

	if (o->is_new || o->was == NULL || o->deleted || o->expunged)
		return false;
	for (i = 0; i < o->table->columns.n; i++)
		if (!cell_equal(&o->now[i], &o->was[i]))
			return true;
	return false;
}

int
reach_refuse(struct error *err, enum error_kind kind, const struct path *path,
    const struct foreign_key *fk)
{
	const struct column	*c = fk->columns.v[0];

	error_set(err, kind, path, "%s", error_rows[kind].message);
	memcpy(err->sqlstate, error_rows[kind].sqlstate,
	    sizeof(err->sqlstate));
	return error_about(err, c->table->model != NULL ?
	    c->table->model->name : NULL, column_said(c));
}
