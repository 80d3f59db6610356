/*
 * The machine that runs a batch: reads by the loader, writes by units of work
 * and a flush, then the objects that the replies print.  Called by the
 * daemon's pipeline, which sends what batch_next() gives and feeds
 * batch_take(); see plan.h.  It is a state machine and knows no connection.
 *
 * A batch of several units has one operation in each; only a `transaction'
 * has more, and it is alone.  Operations of one kind (reads, or writes) that
 * stand side by side are one segment; a read behind a write sees it.
 */
#include <string.h>

#include "aggregate.h"
#include "caller.h"
#include "flush.h"
#include "gather.h"
#include "loader.h"
#include "login.h"
#include "once.h"
#include "plan.h"
#include "preview.h"
#include "query.h"
#include "reach.h"
#include "withheld.h"

enum phase { PHASE_BEGIN, PHASE_CLAIM, PHASE_SEGMENT, PHASE_FACTS, PHASE_FLUSH,
	PHASE_LOAD, PHASE_STORED };

enum { RUNS_KEPT = 2 };

/* A read or a reply to print that waits for the loader. */
struct pending {
	struct result		*result;
	const struct op		*op;
	const struct cell	*viewer;	/* the caller's key, if any */
	struct slot		**slots;
	size_t			 nslots;
	struct row_list		 list;
	const struct statement	*count;		/* or the aggregate */
};

struct machine {
	enum phase		 phase;
	size_t			 op, end;	/* the segment */
	struct uow		*uows;		/* by unit */
	struct map		 made;		/* cells of the key, by spec: what
						   earlier segments made */
	struct arena		*scratch;	/* of later runs */
	unsigned		 runs;		/* of this segment's units */
	struct gather		*gather;
	struct flush		*flush;
	struct loader		*loader;
	VEC(struct pending *)	 pending;
	VEC(struct pending *)	 counts;	/* count(*) of the segment */
	bool			 counting;	/* counts were asked for */
	bool			 printed;	/* the segment's replies are
						   asked for */
	bool			 flushing;	/* this round holds the flush */
	bool			 keyed;		/* some unit has a key */
	bool			 changed;	/* a flush was sent */
	bool			 last;		/* this round ends it */
	size_t			 statements;	/* of this round */
	size_t			 base_counts, base_loader;
};

int
batch_init(struct batch *b, struct arena *arena, struct sql_cache *sql)
{
	memset(b, 0, sizeof(*b));
	b->arena = arena;
	b->sql = sql;
	b->machine = arena_alloc(arena, sizeof(*b->machine));
	return b->machine == NULL ? -1 : 0;
}

struct unit *
batch_add(struct batch *b, const struct call *call, void *owner)
{
	struct unit	u;

	memset(&u, 0, sizeof(u));
	u.call = call;
	u.owner = owner;
	u.results = arena_array(b->arena, call->ops.n, sizeof(*u.results));
	if (u.results == NULL || vec_push(b->arena, &b->units, u) == -1)
		return NULL;
	return &b->units.v[b->units.n - 1];
}

static bool
unit_is_out(const struct unit *u)
{
	return u->failed || u->again || u->stored != NULL;
}

static int
unit_fail(struct batch *b, struct unit *u, const struct error *err)
{
	if ((u->error = arena_raw(b->arena, sizeof(*err))) == NULL)
		return -1;
	*u->error = *err;
	u->failed = true;
	return 0;
}

static struct pending *
pending_add(struct batch *b, struct unit *u, size_t op)
{
	struct pending	*p = arena_alloc(b->arena, sizeof(*p));

	if (p == NULL || vec_push(b->arena, &b->machine->pending, p) == -1)
		return NULL;
	p->result = &u->results[op];
	p->op = u->call->ops.v[op];
	if (u->call->sight.class == CLASS_USER)
		p->viewer = &u->call->caller->key;
	return p;
}

static int
want_key(struct batch *b, struct pending *p, const struct cell *const *keys,
    size_t n)
{
	size_t	i;

	p->slots = arena_array(b->arena, n, sizeof(*p->slots));
	if (p->slots == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if ((p->slots[p->nslots++] = loader_want(b->machine->loader,
		    p->op->load, p->op->nesting, p->viewer, keys[i])) == NULL)
			return -1;
	return 0;
}

/* By primary key, or by a label: null until its object has been made. */
static int
get_begin(struct batch *b, struct pending *p)
{
	const struct spec	*target = p->op->target;
	const struct cell	*key = target->key;

	p->result->kind = RESULT_OBJECT;
	if (target->kind == SPEC_REF)
		key = map_get(&b->machine->made, &target->labelled,
		    sizeof(target->labelled));
	return key == NULL ? 0 : want_key(b, p, &key, 1);
}

/* Asks for what one read needs. */
static int
read_begin(struct batch *b, struct unit *u, size_t index)
{
	struct machine		*m = b->machine;
	struct pending		*p = pending_add(b, u, index);
	const struct op		*op = u->call->ops.v[index];
	struct statement	*st;

	if (p == NULL)
		return -1;
	if (op->kind == OP_GET && op->target->unique == NULL)
		return get_begin(b, p);
	if (op->kind == OP_COUNT || op->kind == OP_AGGREGATE || op->count) {
		p->count = op->kind == OP_AGGREGATE ?
		    query_aggregate(b->arena, b->sql, u->call, op) :
		    query_count(b->arena, b->sql, u->call, op);
		if (p->count == NULL ||
		    vec_push(b->arena, &m->counts, p) == -1)
			return -1;
	}
	if (op->kind == OP_COUNT || op->kind == OP_AGGREGATE) {
		p->result->kind = op->kind == OP_COUNT ? RESULT_COUNT :
		    RESULT_GROUPS;
		return 0;
	}
	p->result->kind = op->kind == OP_GET ? RESULT_OBJECT : RESULT_PAGE;
	if (op->kind == OP_FIND)
		p->list.most = (size_t)op->limit;
	st = op->kind == OP_GET ?
	    query_unique(b->arena, b->sql, u->call, op) :
	    query_page(b->arena, b->sql, u->call, op);
	return st == NULL ? -1 : loader_want_rows(m->loader, op->load,
	    op->nesting, p->viewer, st, &p->list);
}

/* It is alone in its batch, and one segment whatever its operations are. */
static bool
is_preview(const struct batch *b)
{
	return b->units.v[0].call->is_preview;
}

static bool
is_read(const struct batch *b, size_t op)
{
	return !is_preview(b) &&
	    op_is_read(b->units.v[0].call->ops.v[op]->kind);
}

static int
uow_begin(struct batch *b)
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
		if (reach_begin(&m->uows[i]) == -1)
			return -1;
	}
	return 0;
}

/* The next operations of one kind. */
static int
segment_begin(struct batch *b)
{
	struct machine	*m = b->machine;
	size_t		 i, k, n = b->units.v[0].call->ops.n;
	bool		 read = is_read(b, m->op);

	for (m->end = m->op; m->end < n && is_read(b, m->end) == read;
	    m->end++)
		;
	m->pending.n = 0;
	m->counts.n = 0;
	m->counting = false;
	m->printed = false;
	if ((m->loader = loader_new(b->arena)) == NULL)
		return -1;
	if (!read) {
		m->phase = PHASE_FACTS;
		return uow_begin(b);
	}
	m->phase = PHASE_LOAD;
	m->printed = true;
	for (i = 0; i < b->units.n; i++)
		for (k = m->op; k < m->end; k++)
			if (read_begin(b, &b->units.v[i], k) == -1)
				return -1;
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
		m->scratch->limit = b->arena->limit - b->arena->used + 1;
	for (i = 0; i < b->units.n; i++)
		m->uows[i].arena = m->scratch;
	return 0;
}

/* Runs the units of work that still miss something; 1: facts are wanted. */
static int
facts_next(struct batch *b, struct round *round)
{
	struct machine	*m = b->machine;
	struct unit	*u;
	struct error	 err;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	if ((m->gather = gather_new(b->arena, b->sql)) == NULL ||
	    scratch_begin(b) == -1)
		return -1;
	for (i = 0; i < b->units.n; i++) {
		u = &b->units.v[i];
		if (unit_is_out(u))
			continue;
		r = preview_check(&m->uows[i], uow_run(&m->uows[i], &err),
		    &err);
		if (r == -1 && unit_fail(b, u, &err) == -1)
			return -1;
		if (r == 1) {
			missing = true;
			if (gather_add(m->gather, &m->uows[i]) == -1)
				return -1;
		}
	}
	return missing ? gather_send(m->gather, round) == -1 ? -1 : 1 : 0;
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

static int
flush_next(struct batch *b, struct round *round)
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
		case -1:
			if (unit_fail(b, u, &err) == -1)
				return -1;
			break;
		case 1:
			u->again = true;
			break;
		}
	}
	return flush_send(m->flush, round);
}

/* Instead of writing: what would be written, if it can be. */
static int
preview_finish(struct batch *b)
{
	struct machine	*m = b->machine;
	struct unit	*u = &b->units.v[0];
	struct uow	*w = &m->uows[0];
	struct error	 err;

	if ((m->flush = flush_new(b->arena, b->sql)) == NULL)
		return -1;
	/* Of a unit that is cut, values may be missing that are there. */
	if (!reach_ended(w) && flush_add(m->flush, w, u->results, &err) == -1)
		return unit_fail(b, u, &err);
	u->results[0].kind = RESULT_PREVIEW;
	u->results[0].preview = preview_make(w);
	m->op = m->end;
	m->phase = PHASE_SEGMENT;
	return u->results[0].preview == NULL ? -1 : 0;
}

/* Asks for the objects that this operation's reply prints. */
static int
print_objects(struct batch *b, struct unit *u, size_t index,
    struct object *const *objects, size_t n)
{
	const struct op		*op = u->call->ops.v[index];
	const struct cell	**keys;
	struct pending		*p;
	struct key		 key;
	size_t			 i;

	keys = arena_array(b->arena, n, sizeof(*keys));
	if (keys == NULL)
		return -1;
	key.model = op->model;
	for (i = 0; i < n; i++) {
		keys[i] = cells_pick(b->arena, objects[i]->now,
		    op->model->table->key.v, op->model->table->key.n);
		if (keys[i] == NULL)
			return -1;
		key.cells = keys[i];
		if (vec_push(b->arena, &u->results[index].keys, key) == -1)
			return -1;
	}
	if (op->mode == RETURN_KEY) {
		u->results[index].kind = op->is_list ? RESULT_KEYS :
		    RESULT_KEY;
		return 0;
	}
	u->results[index].kind = op->is_list ? RESULT_OBJECTS : RESULT_OBJECT;
	if ((p = pending_add(b, u, index)) == NULL)
		return -1;
	return want_key(b, p, keys, n);
}

static int
unit_print(struct batch *b, struct unit *u, struct uow *w)
{
	size_t	i, n;

	for (i = b->machine->op; i < b->machine->end; i++) {
		const struct op	*op = u->call->ops.v[i];
		size_t		 k = i - b->machine->op;

		if (op->mode == RETURN_NONE)
			continue;
		if (op->kind == OP_DELETE) {
			u->results[i].kind = RESULT_CHANGES;
			continue;
		}
		n = op->kind == OP_CREATE || op->kind == OP_MERGE ?
		    op->values.n : 1;
		if (print_objects(b, u, i, w->created[k] != NULL ?
		    w->created[k] : &w->targets[k], n) == -1)
			return -1;
	}
	return 0;
}

static int
replies_print(struct batch *b)
{
	struct machine	*m = b->machine;
	size_t		 i;

	m->printed = true;
	for (i = 0; i < b->units.n; i++)
		if (!unit_is_out(&b->units.v[i]) && unit_print(b,
		    &b->units.v[i], &m->uows[i]) == -1)
			return -1;
	return 0;
}

/* The loader's next statements; 1: there are some. */
static int
load_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;
	size_t		 i, before = round->statements.n;

	*more = false;
	m->base_counts = before;
	if (!m->printed && replies_print(b) == -1)
		return -1;
	for (i = 0; !m->counting && i < m->counts.n; i++)
		if (vec_push(b->arena, &round->statements,
		    *m->counts.v[i]->count) == -1)
			return -1;
	m->counting = true;
	m->base_loader = round->statements.n;
	if (loader_next(m->loader, round, more) == -1)
		return -1;
	return round->statements.n > before;
}

/* A page's rows, whether there is one more, and where others could start. */
static int
page_finish(struct batch *b, struct pending *p)
{
	struct result	*result = p->result;
	size_t		 i;

	for (i = 0; i < p->list.rows.n; i++)
		if (vec_push(b->arena, &result->rows, p->list.rows.v[i]) == -1)
			return -1;
	result->more = p->list.lines.n > p->list.rows.n;
	result->lines = p->list.lines.v;
	result->nloaded = p->op->load->columns.n;
	result->counted = p->op->count;
	return 0;
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
		if (unit_fail(b, &b->units.v[i], &err) == -1)
			return -1;
	}
	return 0;
}

static int
segment_finish(struct batch *b)
{
	struct machine	*m = b->machine;
	struct pending	*p;
	size_t		 i, k;

	for (i = 0; i < m->pending.n; i++) {
		p = m->pending.v[i];
		if (p->result->kind == RESULT_PAGE) {
			if (page_finish(b, p) == -1)
				return -1;
			continue;
		}
		for (k = 0; k < p->list.rows.n; k++)
			if (vec_push(b->arena, &p->result->rows,
			    p->list.rows.v[k]) == -1)
				return -1;
		for (k = 0; k < p->nslots; k++)
			if (p->slots[k]->row != NULL && vec_push(b->arena,
			    &p->result->rows, p->slots[k]->row) == -1)
				return -1;
	}
	if (!is_read(b, m->op) && blind_judge(b) == -1)
		return -1;
	for (i = 0; i < b->units.n && !is_read(b, m->op) &&
	    m->end < b->units.v[i].call->ops.n; i++)
		if (made_keep(b, &m->uows[i]) == -1)
			return -1;
	m->pending.n = 0;
	m->op = m->end;
	m->phase = PHASE_SEGMENT;
	return 0;
}

/* Nobody is left: the others have failed or will run again. */
static bool
all_out(const struct batch *b)
{
	size_t	i;

	for (i = 0; i < b->units.n; i++)
		if (!unit_is_out(&b->units.v[i]))
			return false;
	return true;
}

/* The changes, and in the same round the objects to print if keys are known. */
static int
write_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;

	*more = false;
	if (flush_next(b, round) == -1)
		return -1;
	m->flushing = round->statements.n > 0;
	m->changed |= m->flushing;
	m->phase = PHASE_LOAD;
	if (!flush_knows_keys(m->flush)) {
		*more = true;
		return 0;
	}
	return load_next(b, round, more);
}

/* Does anything of the segment's replies wait for keys or for the loader? */
static bool
prints_nothing(struct batch *b)
{
	size_t	i, k;

	for (i = 0; i < b->units.n; i++)
		for (k = b->machine->op; k < b->machine->end; k++)
			if (b->units.v[i].call->ops.v[k]->kind != OP_DELETE &&
			    b->units.v[i].call->ops.v[k]->mode ==
			    RETURN_OBJECT)
				return false;
	return true;
}

static int
phase_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;
	int		 r;

	m->flushing = false;
	switch (m->phase) {
	case PHASE_BEGIN:
		m->phase = once_wanted(b) ? PHASE_CLAIM : PHASE_SEGMENT;
		if (m->phase == PHASE_SEGMENT)
			return 0;
		m->keyed = true;
		return once_claim(b, round);
	case PHASE_CLAIM:
		m->phase = PHASE_SEGMENT;
		return 0;
	case PHASE_SEGMENT:
		return segment_begin(b);
	case PHASE_FACTS:
		if ((r = facts_next(b, round)) == 0)
			m->phase = PHASE_FLUSH;
		*more = true;
		return r == -1 ? -1 : 0;
	case PHASE_FLUSH:
		if (is_preview(b))
			return preview_finish(b);
		if ((r = write_next(b, round, more)) == -1)
			return -1;
		if (!m->printed && prints_nothing(b))
			*more = false;
		return 0;
	case PHASE_LOAD:
		if ((r = load_next(b, round, more)) == -1)
			return -1;
		return r == 0 ? segment_finish(b) : 0;
	case PHASE_STORED:
		break;
	}
	return 0;
}

/* The work is done, or there is none left: what keys have to keep. */
static enum batch_status
batch_close(struct batch *b, struct round *round, struct error *err)
{
	struct machine	*m = b->machine;
	int		 r = 0;

	if (m->keyed && m->phase != PHASE_STORED)
		r = once_store(b, round, err);
	m->phase = PHASE_STORED;
	if (r == -1)
		return BATCH_FAILED;
	round->last = true;
	return r == 1 ? BATCH_SEND : BATCH_SYNC;
}

/* A login has no ops: it is one round of its own. */
static enum batch_status
login_next(struct batch *b, struct round *round, struct error *err)
{
	if (login_send(b, round) == -1) {
		error_nomem(err);
		return BATCH_FAILED;
	}
	round->last = true;
	return BATCH_SEND;
}

enum batch_status
batch_next(struct batch *b, struct round *round, struct error *err)
{
	struct machine	*m = b->machine;
	size_t		 nops = b->units.v[0].call->ops.n;
	bool		 more = false;

	memset(round, 0, sizeof(*round));
	if (b->units.v[0].call->login != NULL)
		return login_next(b, round, err);
	while (round->statements.n == 0) {
		if (m->phase == PHASE_STORED ||
		    (m->phase == PHASE_SEGMENT && m->op == nops))
			return batch_close(b, round, err);
		if (all_out(b)) {
			if (!m->changed)
				return batch_close(b, round, err);
			*err = *b->units.v[0].error;
			return BATCH_FAILED;
		}
		if (phase_next(b, round, &more) == -1) {
			error_nomem(err);
			return BATCH_FAILED;
		}
	}
	round->last = m->last = !more && m->end == nops && !m->keyed;
	m->statements = round->statements.n;
	return BATCH_SEND;
}

static int
count_take(struct batch *b, struct pending *p, const struct answer *answer)
{
	const unsigned char	*c;
	uint64_t		 v = 0;
	int			 i;

	if (p->op->kind == OP_AGGREGATE)
		return aggregate_take(b->arena, p->op, answer, p->result);
	if (answer->nrows == 1 && answer->cells[0].n == 8) {
		c = (const unsigned char *)answer->cells[0].p;
		for (i = 0; i < 8; i++)
			v = v << 8 | c[i];
	}
	p->result->count = (int64_t)v;
	return 0;
}

/* After the last answer: the results are put in their places. */
static int
batch_finish(struct batch *b)
{
	struct machine	*m = b->machine;

	if (!m->printed && replies_print(b) == -1)
		return -1;
	return segment_finish(b);
}

int
batch_take(struct batch *b, size_t i, const struct answer *answer,
    struct error *err)
{
	struct machine	*m = b->machine;
	int		 r;

	if (m->phase == PHASE_STORED)
		return 0;
	if (b->units.v[0].call->login != NULL)
		r = login_take(b, answer);
	else if (m->phase == PHASE_CLAIM)
		r = once_take(b, i, answer);
	else if (m->phase == PHASE_FACTS)
		r = gather_take(m->gather, i, answer);
	else if (m->flushing && i < flush_statements(m->flush)) {
		if (flush_take(m->flush, i, answer, err) == -1)
			return -1;
		r = 0;
	} else if (i < m->base_loader)
		r = count_take(b, m->counts.v[i - m->base_counts], answer);
	else
		r = loader_take(m->loader, i - m->base_loader, answer);
	if (r == 0 && m->last && i + 1 == m->statements)
		r = batch_finish(b);
	return r == -1 ? error_nomem(err) : 0;
}

bool
batch_learn(struct batch *b, const struct pg_error *pg)
{
	const char	*shape = b->units.v[0].call->shape;

	if (shape == NULL || !withheld_unsure(pg))
		return false;
	shape = arena_strdup(&b->sql->arena, shape);
	return shape != NULL &&
	    map_name(&b->sql->arena, &b->sql->looking, shape, b->sql) != -1;
}
