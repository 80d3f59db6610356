/*
 * The machine that runs a batch: reads by the loader, writes by units of work
 * and a flush, then the objects that the replies print.  Called by the
 * daemon's pipeline, which sends what batch_next() gives and feeds
 * batch_take(); see plan.h.  It is a state machine and knows no connection.
 * What its phases do is in batch_read.c, batch_write.c and batch_print.c.
 *
 * A batch of several units has one operation in each; only a `transaction'
 * has more, and it is alone.  Operations of one kind (reads, or writes) that
 * stand side by side are one segment; a read behind a write sees it.
 */
#include <string.h>

#include "batch_parts.h"
#include "gather.h"
#include "login.h"
#include "once.h"
#include "withheld.h"

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

/* What they have used up together is no error of the one who came last. */
int
batch_unit_fail(struct batch *b, struct unit *u, const struct error *err)
{
	if (err->nomem && b->units.n > 1)
		return -1;
	if ((u->error = arena_raw(b->arena, sizeof(*err))) == NULL)
		return -1;
	*u->error = *err;
	u->failed = true;
	return 0;
}

/* It is alone in its batch, and one segment whatever its operations are. */
bool
batch_is_preview(const struct batch *b)
{
	return b->units.v[0].call->is_preview;
}

static bool
is_read(const struct batch *b, size_t op)
{
	return !batch_is_preview(b) &&
	    op_is_read(b->units.v[0].call->ops.v[op]->kind);
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
		return batch_write_begin(b);
	}
	m->phase = PHASE_LOAD;
	m->printed = true;
	for (i = 0; i < b->units.n; i++)
		for (k = m->op; k < m->end; k++)
			if (batch_read_begin(b, &b->units.v[i], k) == -1)
				return -1;
	return 0;
}

static int
segment_finish(struct batch *b)
{
	struct machine	*m = b->machine;

	if (batch_rows_finish(b) == -1 ||
	    (!is_read(b, m->op) && batch_write_finish(b) == -1))
		return -1;
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

/* The keys are known now: what is to be said of changes, then what to print. */
static int
load_next(struct batch *b, struct round *round, bool *more)
{
	return audit_send(&b->machine->audit, b->arena, b->sql, round) == -1 ?
	    -1 : batch_load_next(b, round, more);
}

/* The changes, and in the same round the objects to print if keys are known. */
static int
write_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;

	*more = false;
	if (batch_flush_next(b, round) == -1)
		return -1;
	m->flushing = round->statements.n > 0;
	m->changed |= m->flushing;
	m->phase = PHASE_LOAD;
	if (!flush_knows_keys(m->flush)) {
		*more = m->audit.lines.n > 0 ||
		    !batch_prints_nothing(b);
		return 0;
	}
	return load_next(b, round, more);
}

/*
 * A round before all others, since PostgreSQL forbids it behind a query.  Not
 * SET TRANSACTION, which warns where no BEGIN was sent; this is the same.  What
 * is only read has a snapshot of its own already, which nothing may weaken.
 */
static int
isolation_set(struct batch *b, struct round *round)
{
	static const char *const	 texts[] = {
		[ISOLATION_UNSAID] = NULL,
		[ISOLATION_READ_COMMITTED] =
		    "SET transaction_isolation TO 'read committed'",
		[ISOLATION_REPEATABLE_READ] =
		    "SET transaction_isolation TO 'repeatable read'",
		[ISOLATION_SERIALIZABLE] =
		    "SET transaction_isolation TO 'serializable'",
	};
	const struct call		*call = b->units.v[0].call;
	struct statement		 st = { .nparams = 0 };
	struct buf			 sql;

	if (texts[call->isolation] == NULL || (call->is_read &&
	    call->isolation == ISOLATION_READ_COMMITTED))
		return 0;
	buf_init(&sql, 0);
	buf_puts(&sql, texts[call->isolation]);
	if ((st.sql = sql_intern(b->sql, &sql)) == NULL)
		return -1;
	return vec_push(b->arena, &round->statements, st);
}

static int
phase_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;
	int		 r;

	m->flushing = false;
	switch (m->phase) {
	case PHASE_BEGIN:
		m->phase = PHASE_KEYS;
		*more = true;
		return isolation_set(b, round);
	case PHASE_KEYS:
		m->phase = once_wanted(b) ? PHASE_CLAIM : PHASE_SEGMENT;
		if (m->phase == PHASE_SEGMENT)
			return 0;
		m->keyed = true;
		return once_claim(b, round) == -1 ? -1 :
		    rls_run_as(b, &m->rls, round, 0, RLS_ADMIN);
	case PHASE_CLAIM:
		m->phase = PHASE_SEGMENT;
		return 0;
	case PHASE_SEGMENT:
		return segment_begin(b);
	case PHASE_FACTS:
		if ((r = batch_facts_next(b, round)) == 0)
			m->phase = PHASE_FLUSH;
		*more = true;
		return r == -1 ? -1 : 0;
	case PHASE_FLUSH:
		if (batch_is_preview(b))
			return batch_preview_finish(b);
		return write_next(b, round, more) == -1 ? -1 : 0;
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
	if (r == 1 && rls_run_as(b, &m->rls, round, 0, RLS_ADMIN) == -1)
		r = error_nomem(err);
	if (r == -1)
		return BATCH_FAILED;
	round->last = true;
	return r == 1 ? BATCH_SEND : BATCH_SYNC;
}

/* A login has no ops: it is one round of its own. */
static enum batch_status
login_next(struct batch *b, struct round *round, struct error *err)
{
	struct machine	*m = b->machine;

	if (login_send(b, round) == -1 ||
	    rls_run_as(b, &m->rls, round, 0, RLS_ADMIN) == -1) {
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
	m->rls.places.n = 0;
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

/* After the last answer: the results are put in their places. */
static int
batch_finish(struct batch *b)
{
	struct machine	*m = b->machine;

	/* Nothing was left but to say what has changed. */
	if (m->phase == PHASE_SEGMENT)
		return 0;
	if (!m->printed && batch_print(b) == -1)
		return -1;
	return segment_finish(b);
}

int
batch_take(struct batch *b, size_t place, const struct answer *answer,
    struct error *err)
{
	struct machine	*m = b->machine;
	size_t		 i;
	int		 r;

	if (m->phase == PHASE_STORED || m->phase == PHASE_KEYS ||
	    !rls_statement(&m->rls, place, &i))
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
	} else if (i < m->base_counts)
		r = 0;		/* the audit */
	else if (i < m->base_loader)
		r = batch_count_take(b, m->counts.v[i - m->base_counts],
		    answer);
	else
		r = loader_take(m->loader, i - m->base_loader, answer);
	if (r == 0 && m->last && place + 1 == m->statements)
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
