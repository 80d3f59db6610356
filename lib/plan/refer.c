/*
 * Is there what a previewed write refers to?  Called by actions.c.  A write
 * leaves that to the database; a preview has to look, without locks.  Foreign
 * keys that are set in this unit and lead nowhere are refused as they would be.
 */
#include <stdio.h>

#include "reach.h"
#include "value.h"

/* The row that a foreign key leads to, as far as the unit knows it. */
static int
parent_known(struct uow *u, const struct object *o,
    const struct foreign_key *fk, const struct cell *cells,
    struct object **out)
{
	struct column *const	*columns;
	int			 k = fk_index(fk);
	size_t			 i, n;

	*out = k != -1 ? o->parents[k] : NULL;
	if (*out != NULL)
		return 0;
	columns = identity_columns(fk->target, &n);
	for (i = 0; i < n && n == fk->references.n; i++)
		if (columns[i] != fk->references.v[i])
			return 0;
	return n == fk->references.n ? object_seek(u, fk->target, cells,
	    out) : 0;
}

/* Another new row may have what it refers to, in columns that are no key. */
static bool
is_made_here(const struct uow *u, const struct foreign_key *fk,
    const struct cell *cells)
{
	const struct object	*o;
	size_t			 i, k;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (o->table != fk->target || o->expunged || o->absent)
			continue;
		for (k = 0; k < fk->references.n; k++)
			if (!cell_equal(&o->now[fk->references.v[k]->index],
			    &cells[k]))
				break;
		if (k == fk->references.n && (o->is_new || o->was != NULL))
			return true;
	}
	return false;
}

int
refer_missing(const struct object *o, const struct foreign_key *fk,
    struct error *err)
{
	const struct path	*path = o->paths[fk->columns.v[0]->index];
	const struct model	*model = fk->target->model;
	int			 k = fk_index(fk);

	if (k == -1 || o->parents[k] == NULL || model == NULL) {
		reach_refuse(err, ERROR_FOREIGN_KEY, path, fk);
		snprintf(err->constraint, sizeof(err->constraint), "%s",
		    fk->name);
		return -1;
	}
	if (o->parents[k]->named != NULL)
		path = o->parents[k]->named;
	error_set(err, ERROR_NOT_FOUND, path, "there is no such %s",
	    model->name);
	return error_about(err, model->name, NULL);
}

/* Is there what this foreign key leads to? */
static int
reference_check(struct uow *u, struct object *o,
    const struct foreign_key *fk)
{
	const struct cell	*cells;
	struct object		*parent;
	struct fact		*f;
	int			 r;

	cells = cells_pick(u->arena, o->now, fk->columns.v, fk->columns.n);
	if (cells == NULL)
		return error_nomem(u->err);
	if (key_has_null(cells, fk->columns.n) ||
	    reach_made_up(u, cells, fk->columns.n))
		return 0;
	if (parent_known(u, o, fk, cells, &parent) == -1)
		return error_nomem(u->err);
	if (parent != NULL && !parent->absent) {
		if ((r = object_load(u, parent, LOCK_NONE)) != 0)
			return r;
		if (!parent->absent)
			return 0;
	}
	if (is_made_here(u, fk, cells))
		return 0;
	if (parent != NULL)
		return refer_missing(o, fk, u->err);
	if ((r = fact_get(u, FACT_LIST, fk->target, fk->references.v,
	    fk->references.n, cells, LOCK_NONE, &f)) != 0)
		return r;
	return f->rows.n > 0 || reach_ended(u) ? 0 :
	    refer_missing(o, fk, u->err);
}

/* Of an object, those that this unit has set. */
static int
references_check(struct uow *u, struct object *o)
{
	const struct foreign_key	*fk;
	bool				 missing = false;
	size_t				 i, k;
	int				 r;

	if (o->expunged || o->deleted || (!o->is_new && o->was == NULL))
		return 0;
	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		for (k = 0; k < fk->columns.n && !o->is_new; k++)
			if (!cell_equal(&o->now[fk->columns.v[k]->index],
			    &o->was[fk->columns.v[k]->index]))
				break;
		if (k == fk->columns.n)
			continue;
		if ((r = reference_check(u, o, fk)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

int
refer_check(struct uow *u, size_t n, struct error *err)
{
	bool	missing = false;
	size_t	i;
	int	r;

	u->err = err;
	for (i = 0; i < n; i++) {
		if ((r = references_check(u, u->objects.v[i])) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
