/*
 * The sending half of the pipeline: statements of a round, each text prepared
 * once, one Sync at the end.  Called by pipeline_answer.c.
 *
 * What a block must never do is commit half of itself.  So when the talk
 * refuses after something was sent, a statement that fails goes out before the
 * Sync; and when libpq cannot take a statement, nothing more is sent and the
 * connection is closed, which rolls back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_parts.h"

enum {
	ROUNDS_MOST = 10000,	/* a talk that never ends is ended */
	/* Statements that a backend keeps; then it forgets them all. */
	PREPARED_MOST = 1000,
	/* A table has at most 1600 columns, and a column one array. */
	PARAMS_MOST = 2000,
	NAME_SIZE = 16,
	ANSWER_BINARY = 1
};

/* PostgreSQL logs the text, so that it says what happened. */
#define UNDO_SQL	"SELECT CAST('ormd takes this block back' AS integer)"
#define FORGET_SQL	"DEALLOCATE ALL"
#define PLANS_SQL(mode)							\
	"SELECT set_config('plan_cache_mode', '" mode "', true)"

/* How statements are planned until the block ends: see statement.h. */
static const char	once_for_all[] = PLANS_SQL("force_generic_plan");
static const char	for_the_values[] = PLANS_SQL("force_custom_plan");
static const struct sql	plans_sql[SQL_FIRST] = {
	{ once_for_all, sizeof(once_for_all) - 1, 0 },
	{ for_the_values, sizeof(for_the_values) - 1, 1 }
};

static bool
wait_add(struct pipeline *p, enum wait_kind kind, unsigned sql,
    size_t statement)
{
	struct pipeline_wait	*waits;
	size_t			 cap;

	if (p->tail == p->cap) {
		cap = p->cap == 0 ? 32 : p->cap * 2;
		waits = realloc(p->waits, cap * sizeof(*waits));
		if (waits == NULL)
			return false;
		p->waits = waits;
		p->cap = cap;
	}
	p->waits[p->tail++] = (struct pipeline_wait){ .kind = kind,
	    .sql = sql, .statement = statement };
	p->sent = true;
	return true;
}

/* The backend has been told to prepare this text. */
static bool
prepared_mark(struct backend *b, unsigned id)
{
	unsigned char	*prepared;
	size_t		 cap;

	if (id >= b->prepared_cap) {
		cap = (id | 63) + 1;
		if ((prepared = realloc(b->prepared, cap)) == NULL)
			return false;
		memset(prepared + b->prepared_cap, 0, cap - b->prepared_cap);
		b->prepared = prepared;
		b->prepared_cap = cap;
	}
	b->prepared[id] = 1;
	b->nprepared++;
	return true;
}

void
pipeline_unprepare(struct backend *b, unsigned id)
{
	if (id < b->prepared_cap && b->prepared[id]) {
		b->prepared[id] = 0;
		b->nprepared--;
	}
}

static bool
text_send(struct pipeline *p, const struct statement *s, enum wait_kind kind,
    size_t i)
{
	static const int	 binary[PARAMS_MOST] = {
		[0 ... PARAMS_MOST - 1] = 1
	};
	struct backend		*b = p->backend;
	const char		*values[PARAMS_MOST];
	int			 lengths[PARAMS_MOST];
	Oid			 oids[PARAMS_MOST];
	char			 name[NAME_SIZE];
	unsigned		 id;
	int			 n;

	for (n = 0; n < s->nparams; n++) {
		/* NULL is a pointer here; an empty text needs another one. */
		values[n] = s->params[n].n < 0 ? NULL :
		    s->params[n].p != NULL ? s->params[n].p : "";
		lengths[n] = s->params[n].n < 0 ? 0 : s->params[n].n;
		oids[n] = s->params[n].oid;
	}
	id = (unsigned)s->sql->id;
	snprintf(name, sizeof(name), "o%u", id);
	p->sent = true;
	if (s->sql->id == SQL_ONCE)
		return PQsendQueryParams(b->conn, s->sql->text, n, oids,
		    values, lengths, binary, ANSWER_BINARY) &&
		    wait_add(p, kind, 0, i);
	if (id >= b->prepared_cap || !b->prepared[id]) {
		if (!PQsendPrepare(b->conn, name, s->sql->text, n, oids) ||
		    !wait_add(p, WAIT_PREPARE, id, i) ||
		    !prepared_mark(b, id))
			return false;
	}
	return PQsendQueryPrepared(b->conn, name, n, values, lengths, binary,
	    ANSWER_BINARY) && wait_add(p, kind, 0, i);
}

static bool
statement_send(struct pipeline *p, size_t i)
{
	const struct statement	*s = &p->round.statements.v[i];
	struct statement	 plans = { .sql = &plans_sql[s->by_value] };

	if (s->by_value != p->by_value) {
		p->by_value = s->by_value;
		if (!text_send(p, &plans, WAIT_PLANS, 0))
			return false;
	}
	return text_send(p, s, WAIT_EXECUTE, i);
}

/* No more is sent than the socket takes; the rest when it takes more. */
bool
pipeline_flush(struct pipeline *p)
{
	int	r = PQflush(p->backend->conn);

	if (r == -1)
		return false;
	backend_wants_write(p->backend, r == 1);
	return p->backend->state == BACKEND_ACTIVE;
}

static bool
sync_send(struct pipeline *p)
{
	/* Before the call: it may have sent it even when it fails. */
	p->sync_sent = true;
	return wait_add(p, WAIT_SYNC, 0, 0) &&
	    PQpipelineSync(p->backend->conn) && pipeline_flush(p);
}

/*
 * What a write answers now may be committed before anybody knows how much it
 * is, and then it is owed: nothing refuses it any more.  When it gets too much,
 * PostgreSQL is told to stop (see swamped); if it has not committed by then, it
 * waits until what it has sent is read.  So more than what is on its way cannot
 * come.
 */
static bool
commit_send(struct pipeline *p)
{
	if (p->writes)
		arena_bound(p->arena, 0);
	return sync_send(p);
}

static bool
plain_send(struct pipeline *p, const char *sql, enum wait_kind kind)
{
	p->sent = true;
	return PQsendQueryParams(p->backend->conn, sql, 0, NULL, NULL, NULL,
	    NULL, ANSWER_BINARY) && wait_add(p, kind, 0, 0);
}

/*
 * The talk or PostgreSQL refuses, and all that was sent has been answered:
 * nothing of the block may stay.  If its Sync is out it is too late, and
 * ended() says so.  (Not before all is answered: in an aborted pipeline libpq
 * takes what is sent then for a reason to skip the NULL behind a result.)
 */
bool
pipeline_undo(struct pipeline *p)
{
	if (!p->sent || p->sync_sent)
		return true;
	p->certain = true;
	if (!p->refused && !plain_send(p, UNDO_SQL, WAIT_UNDO))
		return false;
	return sync_send(p);
}

static bool
fail(struct pipeline *p)
{
	p->failed = true;
	return pipeline_undo(p);
}

static bool
forget_send(struct pipeline *p)
{
	struct backend	*b = p->backend;

	b->outdated = false;
	if (b->nprepared == 0)
		return true;
	memset(b->prepared, 0, b->prepared_cap);
	b->nprepared = 0;
	return plain_send(p, FORGET_SQL, WAIT_FORGET);
}

static bool
round_send(struct pipeline *p)
{
	struct backend	*b = p->backend;
	size_t		 i;

	for (i = 0; i < p->round.statements.n; i++)
		if (p->round.statements.v[i].nparams > PARAMS_MOST) {
			error_set(&p->error, ERROR_INTERNAL, NULL,
			    "a statement has more than %d parameters",
			    PARAMS_MOST);
			return fail(p);
		}
	if (!p->sent && (b->nprepared >= PREPARED_MOST || b->outdated) &&
	    !forget_send(p))
		return false;
	for (i = 0; i < p->round.statements.n; i++)
		if (!statement_send(p, i))
			return false;
	if (p->round.last)
		return !p->sent || commit_send(p);
	return PQsendFlushRequest(b->conn) && pipeline_flush(p);
}

/* Asks the talk for the next round and sends it. */
bool
pipeline_round(struct pipeline *p)
{
	p->head = p->tail = 0;
	do {
		memset(&p->round, 0, sizeof(p->round));
		if (p->rounds++ == ROUNDS_MOST) {
			error_set(&p->error, ERROR_LIMIT, NULL,
			    "this takes more than %d questions to the "
			    "database, one after the other", ROUNDS_MOST);
			return fail(p);
		}
		switch (p->talk->next(p->owner, &p->round, &p->error)) {
		case BATCH_FAILED:
			return fail(p);
		case BATCH_SYNC:
			memset(&p->round, 0, sizeof(p->round));
			p->round.last = true;
			break;
		case BATCH_SEND:
			break;
		}
	} while (p->round.statements.n == 0 && !p->round.last);
	return round_send(p);
}
