/*
 * What the database does on its own when a unit of work is written: the actions
 * of foreign keys on tables that no relationship looks after.  Called by
 * preview.c between runs of a unit, for previews and for deletes that are held
 * to a number or a plan.  In a preview it refuses what PostgreSQL would refuse
 * because of a foreign key; unique and check constraints are left to it.
 */
#include <string.h>

#include "flush_parts.h"
#include "reach.h"
#include "value.h"

/* A row that goes, or of which columns change. */
struct step {
	struct object			*object;
	const struct foreign_key	*fk;	/* whose columns the database
						   changes; NULL: the unit */
	bool				 gone;
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
	VEC(struct step *)	 steps;
	VEC(struct held)	 held;
	VEC(struct object *)	 movers;	/* see is_mover() */
	struct map		 seen;		/* steps */
	bool			 missing;
};

static int
step_add(struct walk *w, struct object *o, const struct foreign_key *fk)
{
	struct step	*step;

	/* A key of the map, too: all of its bytes are set. */
	if ((step = arena_alloc(w->u->arena, sizeof(*step))) == NULL)
		return error_nomem(w->err);
	step->object = o;
	step->gone = object_is_gone(o);
	step->fk = step->gone ? NULL : fk;
	switch (map_put(w->u->arena, &w->seen, step, sizeof(*step), o)) {
	case -1:
		return error_nomem(w->err);
	case 1:
		return 0;
	}
	return vec_push(w->u->arena, &w->steps, step) == -1 ?
	    error_nomem(w->err) : 0;
}

/* The relationship whose business the rows behind this foreign key were. */
static const struct relationship *
covering(const struct model *model, const struct foreign_key *fk)
{
	const struct relationship	*rel;
	size_t				 i;

	for (i = 0; model != NULL && i < model->relationships.n; i++) {
		rel = model->relationships.v[i];
		if (rel->viewonly || rel->passive_deletes != PASSIVE_NO)
			continue;
		if (rel->direction == ONE_TO_MANY && rel->fk == fk)
			return rel;
		if (rel->direction == MANY_TO_MANY &&
		    rel->secondary == fk->table && rel->near_columns.n > 0 &&
		    rel->near_columns.v[0] == fk->columns.v[0])
			return rel;
	}
	return NULL;
}

/* Do the columns that others refer to change in this step? */
static bool
step_touches(const struct step *s, const struct foreign_key *fk)
{
	const struct column	*c;
	size_t			 i;

	for (i = 0; i < fk->references.n; i++) {
		c = fk->references.v[i];
		if (s->fk == NULL && !cell_equal(&s->object->now[c->index],
		    &s->object->was[c->index]))
			return true;
		if (s->fk != NULL && fk_has(s->fk, c))
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

/* What the unit gives these columns does not stay. */
static void
columns_empty(struct object *row, const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		row->now[fk->columns.v[i]->index] = (struct cell){ NULL, -1 };
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
		if (reach_is_preview(w->u) && !fk_is_nullable(fk))
			return reach_refuse(w->err, ERROR_NOT_NULL,
			    cause_path(w->u, cause), fk);
		break;
	case FK_CASCADE:
	case FK_SET_DEFAULT:
		break;
	}
	if (gone && action == FK_CASCADE) {
		object_because(row, rules[action][gone], NULL);
		row->op = cause->op;
		row->acted = ACTED_DELETED;
	} else if (action == FK_SET_NULL && reach_is_preview(w->u) &&
	    (row->is_new || object_is_changed(row)))
		columns_empty(row, fk);
	else {
		if (!row->is_new && !object_is_changed(row)) {
			object_because(row, rules[action][gone], NULL);
			row->op = cause->op;
		}
		if (row->acted < ACTED_UPDATED)
			row->acted = action == FK_CASCADE ? ACTED_FOLLOWED :
			    ACTED_UPDATED;
	}
	row->acted_by = fk;
	return step_add(w, row, fk);
}

static int
held_refuse(const struct walk *w, const struct held *h)
{
	const struct path	*path = NULL;
	size_t			 i;

	/* The value that it gets instead. */
	for (i = 0; path == NULL && !object_is_gone(h->cause) &&
	    i < h->fk->references.n; i++)
		path = h->cause->paths[h->fk->references.v[i]->index];
	reach_refuse(w->err, ERROR_FOREIGN_KEY, path != NULL ? path :
	    cause_path(w->u, h->cause), h->fk);
	strncat(w->err->constraint, h->fk->name,
	    sizeof(w->err->constraint) - 1);
	return -1;
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

/*
 * The rows that are stored with this foreign key, by the list that the
 * relationship has asked for already, or by one of our own.
 */
static int
stored_list(struct walk *w, const struct object *o,
    const struct foreign_key *fk, const struct relationship *rel,
    struct fact **f)
{
	struct column *const	*columns = fk->columns.v;
	struct column *const	*local = fk->references.v;
	const struct cell	*cells;

	if (rel != NULL) {
		columns = rel->direction == ONE_TO_MANY ? rel->remote.v :
		    rel->near_columns.v;
		local = rel->local.v;
	}
	cells = cells_pick(w->u->arena, o->was, local, fk->columns.n);
	return cells == NULL ? error_nomem(w->err) :
	    fact_get(w->u, FACT_LIST, fk->table, columns, fk->columns.n,
	    cells, LOCK_UPDATE, f);
}

static int
stored_follow(struct walk *w, const struct step *s,
    const struct foreign_key *fk, const struct cell *cells)
{
	const struct relationship	*rel = NULL;
	struct object			*row;
	struct fact			*f;
	struct held			 held;
	bool				 now;
	size_t				 i;
	int				 r;

	if (s->gone && s->object->deleted)
		rel = covering(s->object->table->model, fk);
	if ((r = stored_list(w, s->object, fk, rel, &f)) != 0) {
		w->missing |= r == 1;
		return r == 1 ? 0 : -1;
	}
	/* Who still refers to it is in the way; see stage.c. */
	now = !s->gone && !fk->initially_deferred && fk->table != fk->target &&
	    (fk->on_update == FK_NO_ACTION || fk->on_update == FK_RESTRICT);
	for (i = 0; i < f->rows.n; i++) {
		if ((row = object_of_row(w->u, fk->table, f->rows.v[i],
		    f->lock)) == NULL)
			return error_nomem(w->err);
		held = (struct held){ row, s->object, fk };
		if (now && !object_is_gone(row) && !row->expunged &&
		    (still_leads(row, fk, cells) || (!stage_can_carry(fk) &&
		    fk_has_values_of(row, fk, s->object))))
			return held_refuse(w, &held);
		if (now)
			continue;
		if (!object_is_gone(row) && !row->expunged &&
		    row != s->object && still_leads(row, fk, cells) &&
		    row_act(w, row, fk, s->object, s->gone) == -1)
			return -1;
	}
	return 0;
}

/* Rows that refer to it only since this unit: it goes after they came. */
static int
movers_follow(struct walk *w, const struct step *s,
    const struct foreign_key *fk, const struct cell *cells)
{
	struct object	*row;
	size_t		 i;

	for (i = 0; i < w->movers.n; i++) {
		row = w->movers.v[i];
		if (row->table == fk->table && row != s->object &&
		    !object_is_gone(row) && still_leads(row, fk, cells) &&
		    row_act(w, row, fk, s->object, true) == -1)
			return -1;
	}
	return 0;
}

static int
referrer_follow(struct walk *w, const struct step *s,
    const struct foreign_key *fk)
{
	const struct object	*o = s->object;
	const struct cell	*cells;

	cells = cells_pick(w->u->arena, o->was != NULL ? o->was : o->now,
	    fk->references.v, fk->references.n);
	if (cells == NULL)
		return error_nomem(w->err);
	if (key_has_null(cells, fk->references.n))
		return 0;
	if (o->was != NULL && stored_follow(w, s, fk, cells) == -1)
		return -1;
	return s->gone ? movers_follow(w, s, fk, cells) : 0;
}

static int
step_follow(struct walk *w, const struct step *s)
{
	const struct table	*table = s->object->table;
	const struct foreign_key *fk;
	enum fk_action		 action;
	size_t			 i;

	/* It has gone meanwhile: that is another step. */
	if (!s->gone && object_is_gone(s->object))
		return 0;
	for (i = 0; i < table->referrers.n; i++) {
		fk = table->referrers.v[i];
		if (!s->gone && !step_touches(s, fk))
			continue;
		action = s->gone ? fk->on_delete : fk->on_update;
		/* A write finds out by itself that it is refused. */
		if (!reach_is_preview(w->u) && (action == FK_NO_ACTION ||
		    action == FK_RESTRICT))
			continue;
		if (referrer_follow(w, s, fk) == -1)
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
		if (!object_is_gone(h->row))
			return held_refuse(w, h);
	}
	return 0;
}

/* May it have come to refer to something in this unit? */
static bool
is_mover(const struct object *o)
{
	size_t	i;

	if (o->is_new)
		return true;
	for (i = 0; i < o->table->fks.n && i < FKS_MOST; i++)
		if (o->parents[i] != NULL)
			return true;
	for (i = 0; i < o->table->columns.n; i++)
		if (o->paths[i] != NULL)
			return true;
	return false;
}

int
reach_follow(struct uow *u, struct error *err)
{
	struct walk	w;
	struct object	*o;
	size_t		 i, n = u->objects.n;
	int		 r;

	memset(&w, 0, sizeof(w));
	u->err = err;
	w.u = u;
	w.err = err;
	if (flush_replace(u) == -1)
		return error_nomem(err);
	for (i = 0; i < n; i++) {
		o = u->objects.v[i];
		if (o->expunged || o->absent)
			continue;
		if (is_mover(o) && vec_push(u->arena, &w.movers, o) == -1)
			return error_nomem(err);
		if (!object_is_gone(o) &&
		    !(reach_is_preview(u) && object_is_changed(o)))
			continue;
		if (step_add(&w, o, NULL) == -1)
			return -1;
	}
	for (i = 0; i < w.steps.n; i++) {
		if (step_follow(&w, w.steps.v[i]) == -1)
			return -1;
	}
	if (reach_is_preview(u) && (r = refer_check(u, n, err)) != 0) {
		if (r == -1)
			return -1;
		w.missing = true;
	}
	if (w.missing)
		return 1;
	/* Of a cut list the rest is not known to stay. */
	return reach_ended(u) ? 0 : held_check(&w);
}
