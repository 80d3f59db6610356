/*
 * The writing side of a batch: units of work until they know enough, then their
 * changes as one flush.  Called by batch.c.
 */
#include "batch_parts.h"
#include "gather.h"
#include "preview.h"
#include "reach.h"

enum { RUNS_KEPT = 2 };

/* A lone unit draws its own keys. */
static struct key_stock *
batch_stock(const struct batch *b)
{
	return b->units.n > 1 ? b->stock : NULL;
}

int
batch_write_begin(struct batch *b)
{
	const char	*shape = b->units.v[0].call->shape;
	struct machine	*m = b->machine;
	bool		 looks;
	size_t		 i;

	m->runs = 0;
	looks = shape != NULL && map_find(&b->sql->looking, shape) != NULL;
	m->uows = arena_array(b->arena, b->units.n, sizeof(*m->uows));
	if (m->uows == NULL)
		return -1;
	for (i = 0; i < b->units.n; i++) {
		m->uows[i].arena = m->uows[i].keep = b->arena;
		m->uows[i].call = b->units.v[i].call;
		m->uows[i].first = m->op;
		m->uows[i].end = m->end;
		m->uows[i].before = &m->made;
		m->uows[i].looks = looks;
		m->uows[i].stock = batch_stock(b);
		if (reach_begin(&m->uows[i]) == -1)
			return -1;
	}
	return 0;
}

static void
scratch_release(void *scratch)
{
	arena_release(scratch);
}

/*
 * Each run begins from nothing.  What many runs have made, one for each level
 * of a deep tree, would fill the batch's memory: from the third on they share
 * an arena that is emptied before each.
 */
static int
scratch_begin(struct batch *b)
{
	struct machine	*m = b->machine;
	size_t		 i;

	if (++m->runs <= RUNS_KEPT)
		return 0;
	if (m->runs == RUNS_KEPT + 1) {
		if ((m->scratch = arena_alloc(b->arena,
		    sizeof(*m->scratch))) == NULL)
			return -1;
		arena_init_with(m->scratch, 0, b->arena->spares);
		if (arena_defer(b->arena, scratch_release, m->scratch) == -1)
			return -1;
	}
	arena_release(m->scratch);
	if (b->arena->limit > 0)
		arena_bound(m->scratch, b->arena->limit - b->arena->used + 1);
	for (i = 0; i < b->units.n; i++)
		m->uows[i].arena = m->scratch;
	return 0;
}

/* Runs the units of work that still miss something; 1: facts are wanted. */
int
batch_facts_next(struct batch *b, struct round *round)
{
	struct machine	*m = b->machine;
	struct unit	*u;
	struct error	 err;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	if ((m->gather = gather_new(b->arena, b->sql,
	    batch_stock(b))) == NULL ||
	    scratch_begin(b) == -1)
		return -1;
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (unit_is_out(u))
			continue;
		r = preview_check(&m->uows[i], uow_run(&m->uows[i], &err),
		    &err);
		if (r == -1 && batch_unit_fail(b, u, &err) == -1)
			return -1;
		if (r == 1) {
			missing = true;
			if (gather_add(m->gather, &m->uows[i]) == -1)
				return -1;
		}
	}
	if (!missing)
		return 0;
	return gather_send(m->gather, round) == -1 ||
	    rls_run_as(b, &m->rls, round, 0, RLS_RULES) == -1 ? -1 : 1;
}

/* A delete's reply says how much it took with it. */
static int
counts_alloc(struct batch *b, struct unit *u)
{
	struct result	*r;
	size_t		 i, n = u->call->registry->models.n;

	for (i = b->machine->op; i < b->machine->end; i++) {
		if (u->call->ops.v[i]->kind != OP_DELETE)
			continue;
		r = &u->results[i];
		r->deleted = arena_array(b->arena, n, sizeof(*r->deleted));
		r->updated = arena_array(b->arena, n, sizeof(*r->updated));
		if (r->deleted == NULL || r->updated == NULL)
			return -1;
	}
	return 0;
}

/* As whom the changes are made. */
static enum rls_as
flush_as(const struct batch *b)
{
	const struct machine	*m = b->machine;
	size_t			 i;

	if (flush_detours(m->flush))
		return RLS_ADMIN;
	for (i = 0; i < b->units.n; i++)
		if (!unit_is_out(&b->units.v[i]) && m->uows[i].past_policies)
			return RLS_ADMIN;
	return RLS_CALLER;
}

int
batch_flush_next(struct batch *b, struct round *round)
{
	struct machine	*m = b->machine;
	struct unit	*u;
	struct error	 err;
	size_t		 i;

	if ((m->flush = flush_new(b->arena, b->sql)) == NULL)
		return -1;
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (unit_is_out(u))
			continue;
		if (counts_alloc(b, u) == -1)
			return -1;
		switch (flush_add(m->flush, &m->uows[i], u->results,
		    &err)) {
		case 0:
			if (u->call->audit != NULL && audit_add(&m->audit,
			    b->arena, &m->uows[i]) == -1)
				return -1;
			break;
		case -1:
			if (batch_unit_fail(b, u, &err) == -1)
				return -1;
			break;
		case 1:
			u->again = true;
			break;
		}
	}
	return flush_send(m->flush, round) == -1 ? -1 :
	    rls_run_as(b, &m->rls, round, 0, flush_as(b));
}

/* Instead of writing: what would be written, if it can be. */
int
batch_preview_finish(struct batch *b)
{
	struct machine	*m = b->machine;
	struct unit	*u = &b->units.v[0];
	struct uow	*w = &m->uows[0];
	struct error	 err;

	if ((m->flush = flush_new(b->arena, b->sql)) == NULL)
		return -1;
	/* Of a unit that is cut, values may be missing that are there. */
	if (!reach_ended(w) && flush_add(m->flush, w, u->results, &err) == -1)
		return batch_unit_fail(b, u, &err);
	u->results[0].kind = RESULT_PREVIEW;
	u->results[0].preview = preview_make(w);
	m->op = m->end;
	m->phase = PHASE_SEGMENT;
	return u->results[0].preview == NULL ? -1 : 0;
}

/* Labels hold on behind a read: the keys of what this segment made. */
static int
made_keep(struct batch *b, const struct uow *w)
{
	struct machine		*m = b->machine;
	struct map_entry	*e;
	const struct object	*o;
	struct cell		*cells;
	size_t			 i;

	map_each(e, &w->made) {
		o = e->value;
		cells = arena_array(b->arena, o->table->key.n, sizeof(*cells));
		if (cells == NULL)
			return -1;
		for (i = 0; i < o->table->key.n; i++) {
			cells[i] = o->now[o->table->key.v[i]->index];
			if (o->deleted || o->expunged)
				cells[i].n = -1;
		}
		if (map_put(b->arena, &m->made, e->key, e->size, cells) == -1)
			return -1;
	}
	return 0;
}

/* U11: what was to be deleted blindly and was not there. */
static int
blind_judge(struct batch *b)
{
	const struct object	*o;
	struct error		 err;
	size_t			 i;

	for (i = 0; i < b->units.n; i++) {
		if (unit_is_out(&b->units.v[i]) ||
		    (o = b->machine->uows[i].targets[0]) == NULL ||
		    !o->blind || !o->absent)
			continue;
		error_set(&err, ERROR_NOT_FOUND, o->spec->path,
		    "there is no such %s", o->table->model->name);
		error_about(&err, o->table->model->name, NULL);
		if (batch_unit_fail(b, &b->units.v[i], &err) == -1)
			return -1;
	}
	return 0;
}

int
batch_write_finish(struct batch *b)
{
	struct machine	*m = b->machine;
	size_t		 i;

	if (blind_judge(b) == -1)
		return -1;
	for (i = 0; i < b->units.n && m->end < b->units.v[i].call->ops.n; i++)
		if (made_keep(b, &m->uows[i]) == -1)
			return -1;
	return 0;
}
