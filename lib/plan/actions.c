/*
 * What the database does on its own when a unit of work is written: the actions
 * of foreign keys on tables that no relationship looks after.  Called by
 * preview.c between runs of a unit, for previews and for deletes that are held
 * to a number or a plan.  In a preview it refuses what PostgreSQL would refuse
 * because of a foreign key; unique and check constraints are left to it.
 */
#include <string.h>

#include "reach.h"
#include "value.h"

/* A row that goes, or of which columns change. */
struct step {
	struct object			*object;
	const struct foreign_key	*fk;	/* whose columns the database
						   changes; NULL: the unit */
};

/* A row that keeps the one it refers to. */
struct held {
	const struct object		*row;
	const struct object		*cause;
	const struct foreign_key	*fk;
};

struct walk {
	struct uow		*u;
	struct error		*err;
	VEC(struct step)	 steps;
	VEC(struct held)	 held;
	struct map		 seen;		/* steps */
	bool			 missing;
};

/* U6: a deleted row stays if a new object has its key. */
static int
replaced_mark(struct uow *u)
{
	const struct cell	*key;
	struct column *const	*columns;
	struct object		*o, *old;
	size_t			 i, n;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		if (!o->is_new || o->expunged)
			continue;
		columns = identity_columns(o->table, &n);
		if ((key = cells_pick(u->arena, o->now, columns, n)) == NULL)
			return -1;
		if (key_has_null(key, n))
			continue;
		old = object_find(u, o->table, key);
		if (old != NULL && old != o && old->deleted)
			old->acted = ACTED_REPLACED;
	}
	return 0;
}

static int
step_add(struct walk *w, struct object *o, const struct foreign_key *fk)
{
	struct step	 step = { o, fk }, *key;

	if ((key = arena_alloc(w->u->arena, sizeof(*key))) == NULL)
		return error_nomem(w->err);
	key->object = o;
	/* Gone or not is asked when its turn comes: that is one step, too. */
	key->fk = object_is_gone(o) ? NULL : fk;
	switch (map_put(w->u->arena, &w->seen, key, sizeof(*key), o)) {
	case -1:
		return error_nomem(w->err);
	case 1:
		return 0;
	}
	return vec_push(w->u->arena, &w->steps, step) == -1 ?
	    error_nomem(w->err) : 0;
}

/* Rows behind this foreign key were the relationship's business. */
static bool
is_covered(const struct model *model, const struct foreign_key *fk)
{
	const struct relationship	*rel;
	size_t				 i;

	for (i = 0; model != NULL && i < model->relationships.n; i++) {
		rel = model->relationships.v[i];
		if (rel->viewonly || rel->passive_deletes != PASSIVE_NO)
			continue;
		if (rel->direction == ONE_TO_MANY && rel->fk == fk)
			return true;
		if (rel->direction == MANY_TO_MANY &&
		    rel->secondary == fk->table && rel->near_columns.n > 0 &&
		    rel->near_columns.v[0] == fk->columns.v[0])
			return true;
	}
	return false;
}

/* Do the columns that others refer to change in this step? */
static bool
step_touches(const struct step *s, const struct foreign_key *fk)
{
	const struct column	*c;
	size_t			 i, k;

	for (i = 0; i < fk->references.n; i++) {
		c = fk->references.v[i];
		if (s->fk == NULL && !cell_equal(&s->object->now[c->index],
		    &s->object->was[c->index]))
			return true;
		for (k = 0; s->fk != NULL && k < s->fk->columns.n; k++)
			if (s->fk->columns.v[k] == c)
				return true;
	}
	return false;
}

static const struct path *
cause_path(const struct uow *u, const struct object *cause)
{
	const struct op	*op;

	if (cause->op != OP_NONE) {
		op = u->call->ops.v[cause->op];
		return op->target != NULL ? op->target->path : op->path;
	}
	return cause->spec != NULL ? cause->spec->path : NULL;
}

static int
refused(struct error *err, enum error_kind kind, const struct path *path,
    const struct foreign_key *fk)
{
	const struct column	*c = fk->columns.v[0];

	error_set(err, kind, path, "%s", error_rows[kind].message);
	memcpy(err->sqlstate, error_rows[kind].sqlstate,
	    sizeof(err->sqlstate));
	return error_about(err, c->table->model != NULL ?
	    c->table->model->name : NULL, c->is_private ? NULL : c->name);
}

static bool
can_be_null(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!fk->columns.v[i]->nullable)
			return false;
	return true;
}

/* What the database does to a row when the one it refers to goes or changes. */
static int
row_act(struct walk *w, struct object *row, const struct foreign_key *fk,
    const struct object *cause, bool gone)
{
	static const char *const	 rules[][2] = {
		[FK_CASCADE] = { "database: ON UPDATE CASCADE",
		    "database: ON DELETE CASCADE" },
		[FK_SET_NULL] = { "database: ON UPDATE SET NULL",
		    "database: ON DELETE SET NULL" },
		[FK_SET_DEFAULT] = { "database: ON UPDATE SET DEFAULT",
		    "database: ON DELETE SET DEFAULT" },
	};
	enum fk_action			 action;
	struct held			 held = { row, cause, fk };

	action = gone ? fk->on_delete : fk->on_update;
	switch (action) {
	case FK_NO_ACTION:
	case FK_RESTRICT:
		return vec_push(w->u->arena, &w->held, held) == -1 ?
		    error_nomem(w->err) : 0;
	case FK_SET_NULL:
		if (reach_is_preview(w->u) && !can_be_null(fk))
			return refused(w->err, ERROR_NOT_NULL,
			    cause_path(w->u, cause), fk);
		break;
	case FK_CASCADE:
	case FK_SET_DEFAULT:
		break;
	}
	if (!object_is_changed(row)) {
		object_because(row, rules[action][gone], NULL);
		row->op = cause->op;
	}
	row->acted = gone && action == FK_CASCADE ? ACTED_DELETED :
	    ACTED_UPDATED;
	return step_add(w, row, fk);
}

static bool
still_leads(const struct object *row, const struct foreign_key *fk,
    const struct cell *cells)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!cell_equal(&row->now[fk->columns.v[i]->index], &cells[i]))
			return false;
	return true;
}

static int
referrer_follow(struct walk *w, const struct step *s,
    const struct foreign_key *fk, bool gone)
{
	const struct cell	*cells;
	struct object		*row;
	struct fact		*f;
	size_t			 i;
	int			 r;

	cells = cells_pick(w->u->arena, s->object->was, fk->references.v,
	    fk->references.n);
	if (cells == NULL)
		return error_nomem(w->err);
	if (key_has_null(cells, fk->references.n))
		return 0;
	if ((r = fact_get(w->u, FACT_LIST, fk->table, fk->columns.v,
	    fk->columns.n, cells, LOCK_UPDATE, &f)) != 0) {
		w->missing |= r == 1;
		return r == 1 ? 0 : -1;
	}
	for (i = 0; i < f->rows.n; i++) {
		if ((row = object_of_row(w->u, fk->table, f->rows.v[i],
		    f->lock)) == NULL)
			return error_nomem(w->err);
		if (!object_is_gone(row) && row != s->object &&
		    still_leads(row, fk, cells) &&
		    row_act(w, row, fk, s->object, gone) == -1)
			return -1;
	}
	return 0;
}

static int
step_follow(struct walk *w, const struct step *s)
{
	const struct table	*table = s->object->table;
	const struct foreign_key *fk;
	enum fk_action		 action;
	bool			 gone = object_is_gone(s->object);
	size_t			 i;

	for (i = 0; s->object->was != NULL && i < table->referrers.n; i++) {
		fk = table->referrers.v[i];
		if (gone ? s->object->deleted && is_covered(table->model, fk) :
		    !step_touches(s, fk))
			continue;
		action = gone ? fk->on_delete : fk->on_update;
		/* A write finds out by itself that it is refused. */
		if (!reach_is_preview(w->u) && (action == FK_NO_ACTION ||
		    action == FK_RESTRICT))
			continue;
		if (referrer_follow(w, s, fk, gone) == -1)
			return -1;
	}
	return 0;
}

/* The row that a foreign key leads to, as far as the unit knows it. */
static struct object *
parent_known(struct uow *u, const struct object *o,
    const struct foreign_key *fk, const struct cell *cells)
{
	struct column *const	*columns;
	int			 k = fk_index(fk);
	size_t			 i, n;

	if (k != -1 && o->parents[k] != NULL)
		return o->parents[k];
	columns = identity_columns(fk->target, &n);
	for (i = 0; i < n && n == fk->references.n; i++)
		if (columns[i] != fk->references.v[i])
			return NULL;
	return n == fk->references.n ? object_find(u, fk->target, cells) :
	    NULL;
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

/* An object that was named is not found; of a value the key is wrong. */
static int
reference_missing(const struct object *o, const struct foreign_key *fk,
    struct error *err)
{
	const struct path	*path = o->paths[fk->columns.v[0]->index];
	const struct model	*model = fk->target->model;
	int			 k = fk_index(fk);

	if (k == -1 || o->parents[k] == NULL || model == NULL)
		return refused(err, ERROR_FOREIGN_KEY, path, fk);
	error_set(err, ERROR_NOT_FOUND, path, "there is no such %s",
	    model->name);
	return error_about(err, model->name, NULL);
}

/* Is there what this foreign key leads to? */
static int
reference_check(struct walk *w, struct object *o,
    const struct foreign_key *fk)
{
	const struct cell	*cells;
	struct object		*parent;
	struct fact		*f;
	int			 r;

	cells = cells_pick(w->u->arena, o->now, fk->columns.v, fk->columns.n);
	if (cells == NULL)
		return error_nomem(w->err);
	if (key_has_null(cells, fk->columns.n) ||
	    reach_made_up(w->u, cells, fk->columns.n))
		return 0;
	parent = parent_known(w->u, o, fk, cells);
	if (parent != NULL && !parent->absent) {
		if ((r = object_load(w->u, parent, LOCK_NONE)) != 0) {
			w->missing |= r == 1;
			return r == 1 ? 0 : -1;
		}
		if (!parent->absent)
			return 0;
	}
	if (is_made_here(w->u, fk, cells))
		return 0;
	if (parent != NULL)
		return reference_missing(o, fk, w->err);
	if ((r = fact_get(w->u, FACT_LIST, fk->target, fk->references.v,
	    fk->references.n, cells, LOCK_NONE, &f)) != 0) {
		w->missing |= r == 1;
		return r == 1 ? 0 : -1;
	}
	return f->rows.n > 0 || reach_ended(w->u) ? 0 :
	    reference_missing(o, fk, w->err);
}

static int
references_check(struct walk *w, struct object *o)
{
	const struct foreign_key	*fk;
	size_t				 i, k;

	if (o->expunged || o->deleted || (!o->is_new && o->was == NULL))
		return 0;
	for (i = 0; i < o->table->fks.n; i++) {
		fk = o->table->fks.v[i];
		for (k = 0; k < fk->columns.n && !o->is_new; k++)
			if (!cell_equal(&o->now[fk->columns.v[k]->index],
			    &o->was[fk->columns.v[k]->index]))
				break;
		if (k < fk->columns.n && reference_check(w, o, fk) == -1)
			return -1;
	}
	return 0;
}

/* Who still refers to a row that goes or changes, when all is done? */
static int
held_check(const struct walk *w)
{
	const struct held	*h;
	size_t			 i;

	for (i = 0; i < w->held.n; i++) {
		h = &w->held.v[i];
		if (object_is_gone(h->row))
			continue;
		refused(w->err, ERROR_FOREIGN_KEY, cause_path(w->u, h->cause),
		    h->fk);
		strncat(w->err->constraint, h->fk->name,
		    sizeof(w->err->constraint) - 1);
		return -1;
	}
	return 0;
}

int
reach_follow(struct uow *u, struct error *err)
{
	struct walk	w;
	struct step	step;
	struct object	*o;
	size_t		 i, n = u->objects.n;

	memset(&w, 0, sizeof(w));
	w.u = u;
	w.err = err;
	if (replaced_mark(u) == -1)
		return error_nomem(err);
	for (i = 0; i < n; i++) {
		o = u->objects.v[i];
		if (!object_is_gone(o) &&
		    !(reach_is_preview(u) && object_is_changed(o)))
			continue;
		if (step_add(&w, o, NULL) == -1)
			return -1;
	}
	for (i = 0; i < w.steps.n; i++) {
		step = w.steps.v[i];
		if (step_follow(&w, &step) == -1)
			return -1;
	}
	for (i = 0; reach_is_preview(u) && i < n; i++)
		if (references_check(&w, u->objects.v[i]) == -1)
			return -1;
	if (w.missing)
		return 1;
	/* Of a cut list the rest is not known to stay. */
	return reach_ended(u) ? 0 : held_check(&w);
}
