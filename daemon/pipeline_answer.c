/*
 * Blocks in libpq's pipeline mode, begun, answered and ended: turns PGresults
 * into answers.  Called by the pool.
 *
 * After a lost connection no answer to a Sync ever comes, so PQstatus() and
 * results without a SQLSTATE are looked at everywhere.
 */
#include <sys/ioctl.h>

#include <stdlib.h>
#include <string.h>

#include "pipeline_parts.h"

enum {
	/* A row takes more room here than on the wire, most of all a short
	   one. */
	INCOMING_GROWS = 2,
	/* So little swamps nobody: a few answers without rows. */
	INCOMING_SMALL = 64 * 1024,
	/* libpq makes room for so much before it reads. */
	BUFFER_LEAST = 8 * 1024
};

void
pipeline_init(struct pipeline *p, struct backend *backend)
{
	memset(p, 0, sizeof(*p));
	p->backend = backend;
}

void
pipeline_release(struct pipeline *p)
{
	free(p->waits);
	memset(p, 0, sizeof(*p));
}

bool
pipeline_broken(const struct pipeline *p)
{
	return !p->synced && p->sent;
}

static enum pipeline_status
ended(struct pipeline *p)
{
	if (!p->sent)
		p->outcome = p->failed ? PIPELINE_FAILED : PIPELINE_DONE;
	else if (!p->synced)
		p->outcome = p->sync_sent && !p->certain && !p->refused &&
		    !p->undone ? PIPELINE_UNCERTAIN : PIPELINE_LOST;
	else if (p->failed) {
		/* Its last answers came with the commit. */
		if (!p->undone && !p->refused)
			p->error.committed = ERROR_COMMITTED_YES;
		p->outcome = PIPELINE_FAILED;
	} else if (p->refused)
		p->outcome = PIPELINE_REFUSED;
	else
		p->outcome = p->backend->doubt ? PIPELINE_UNCERTAIN :
		    PIPELINE_DONE;
	return PIPELINE_ENDED;
}

static const char *
field(const PGresult *result, int code)
{
	const char	*text = PQresultErrorField(result, code);

	return text != NULL ? text : "";
}

static void
result_clear(void *result)
{
	PQclear(result);
}

/* Errors that say that the backend is not in the state we think. */
static bool
is_worn(const PGresult *result, const char *sqlstate)
{
	return strcmp(sqlstate, "26000") == 0 ||	/* not prepared */
	    strcmp(sqlstate, "42P05") == 0 ||		/* prepared already */
	    (strcmp(sqlstate, "0A000") == 0 &&		/* ALTER TABLE */
	    strcmp(field(result, PG_DIAG_SOURCE_FUNCTION),
	    "RevalidateCachedQuery") == 0);
}

/* Takes over the result. */
static bool
error_take(struct pipeline *p, struct pipeline_wait *wait, PGresult *result)
{
	const char	*sqlstate = field(result, PG_DIAG_SQLSTATE);
	const char	*severity =
	    field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	bool		 fatal = strcmp(severity, "ERROR") != 0;

	wait->got = true;
	if (wait->kind == WAIT_PREPARE)
		pipeline_unprepare(p->backend, wait->sql);
	if (*sqlstate == '\0' || fatal) {
		/*
		 * A FATAL in the place of a statement's answer came before
		 * the Sync was looked at.
		 */
		if (*sqlstate != '\0' && wait->kind != WAIT_SYNC)
			p->certain = true;
		PQclear(result);
		return false;
	}
	if (wait->kind == WAIT_UNDO || p->refused) {
		p->undone = true;
		PQclear(result);
		return true;
	}
	p->refused = true;
	if (is_worn(result, sqlstate) || wait->kind == WAIT_FORGET)
		p->worn = true;
	memcpy(p->pg.sqlstate, sqlstate, strnlen(sqlstate, 5));
	if (arena_defer(p->arena, result_clear, result) == 0) {
		p->pg.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
		p->pg.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
		p->pg.table = field(result, PG_DIAG_TABLE_NAME);
		p->pg.column = field(result, PG_DIAG_COLUMN_NAME);
		p->pg.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
	}
	return true;
}

static int
answer_fill(struct pipeline *p, PGresult *result, struct answer *answer)
{
	struct cell	*cell;
	int		 row, column, rows, columns;

	p->memory += PQresultMemorySize(result);
	p->incoming = 0;
	rows = PQntuples(result);
	columns = PQnfields(result);
	if (arena_defer(p->arena, result_clear, result) == -1)
		return -1;
	/* To refuse one without rows would save nothing. */
	if (rows > 0 && p->memory + p->arena->used > p->memory_most) {
		if (!p->writes || !p->sync_sent)
			return -1;
		p->swamped = true;
	}
	answer->nrows = (size_t)rows;
	answer->ncols = (size_t)columns;
	if (rows == 0 || columns == 0)
		return 0;
	if (answer->nrows > SIZE_MAX / answer->ncols / sizeof(*cell))
		return -1;
	cell = arena_raw(p->arena, answer->nrows * answer->ncols *
	    sizeof(*cell));
	if ((answer->cells = cell) == NULL)
		return -1;
	for (row = 0; row < rows; row++)
		for (column = 0; column < columns; column++, cell++) {
			cell->p = PQgetvalue(result, row, column);
			cell->n = PQgetlength(result, row, column);
			if (cell->n == 0 && PQgetisnull(result, row, column))
				cell->n = -1;
		}
	return 0;
}

/* Takes over the result. */
static bool
success_take(struct pipeline *p, struct pipeline_wait *wait, PGresult *result)
{
	struct answer	answer = { 0 };

	wait->got = true;
	if (wait->kind != WAIT_EXECUTE || p->failed || p->refused) {
		PQclear(result);
		return true;
	}
	if (answer_fill(p, result, &answer) == -1) {
		error_nomem(&p->error);
		p->failed = true;
	} else if (p->talk->take(p->owner, wait->statement, &answer,
	    &p->error) == -1)
		p->failed = true;
	return true;
}

/* Each statement is answered by a result and a NULL, the Sync by a result. */
static bool
result_take(struct pipeline *p, PGresult *result)
{
	struct pipeline_wait	*wait = &p->waits[p->head];

	if (result == NULL) {
		if (!wait->got)
			return false;
		wait->got = false;
		if (wait->kind != WAIT_SYNC)
			p->head++;
		return true;
	}
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return success_take(p, wait, result);
	case PGRES_PIPELINE_ABORTED:
		if (wait->kind == WAIT_PREPARE)
			pipeline_unprepare(p->backend, wait->sql);
		if (wait->kind == WAIT_FORGET)
			p->worn = true;
		wait->got = true;
		PQclear(result);
		return true;
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		p->head++;
		p->synced = wait->kind == WAIT_SYNC;
		return p->synced;
	case PGRES_FATAL_ERROR:
		return error_take(p, wait, result);
	case PGRES_EMPTY_QUERY:
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_COPY_BOTH:
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_SINGLE_TUPLE:
		break;
	}
	PQclear(result);
	return false;
}

/* How much waits in the socket. */
static size_t
unread(const struct pipeline *p)
{
	int	n;

	return ioctl(PQsocket(p->backend->conn), FIONREAD, &n) == 0 && n > 0 ?
	    (size_t)n : 0;
}

/*
 * libpq gathers an answer whole before it shows anything of it.  How much it
 * holds can only be known from what it takes out of the socket.  More may come
 * meanwhile, so that it seems to take less; but if it leaves some it has filled
 * its buffer.
 */
static bool
incoming_read(struct pipeline *p)
{
	size_t	before, after, taken;
	bool	good;

	if (!p->partial)
		return PQconsumeInput(p->backend->conn) != 0;
	before = unread(p);
	good = PQconsumeInput(p->backend->conn) != 0;
	after = unread(p);
	taken = before > after ? before - after : 0;
	if (after > 0 && taken < BUFFER_LEAST)
		taken = BUFFER_LEAST;
	p->incoming += taken * INCOMING_GROWS;
	return good;
}

static enum pipeline_status
wait_for_more(struct pipeline *p)
{
	p->partial = true;
	if (p->incoming > INCOMING_SMALL &&
	    p->memory + p->incoming + p->arena->used > p->memory_most)
		p->swamped = true;
	return PIPELINE_RUNS;
}

/*
 * All that was sent is answered.  A cancel request that comes now hits nothing:
 * PostgreSQL waits for us.
 */
static bool
go_on(struct pipeline *p)
{
	if (p->stopped && !p->failed && !p->refused) {
		p->failed = true;
		if (p->swamped)
			error_nomem(&p->error);
		else
			error_set(&p->error, ERROR_CANCELLED, NULL, "%s",
			    error_rows[ERROR_CANCELLED].message);
	}
	return p->failed || p->refused ? pipeline_undo(p) : pipeline_round(p);
}

enum pipeline_status
pipeline_work(struct pipeline *p)
{
	PGconn	*conn = p->backend->conn;
	bool	 bad;

	bad = !incoming_read(p);
	if ((p->backend->wants & EV_WRITE) && !bad && !pipeline_flush(p))
		bad = true;
	for (;;) {
		while (p->head < p->tail) {
			/* What came before the end is still worth reading. */
			if (PQisBusy(conn)) {
				if (bad || PQstatus(conn) != CONNECTION_OK)
					return ended(p);
				return wait_for_more(p);
			}
			if (!result_take(p, PQgetResult(conn)))
				return ended(p);
		}
		if (p->synced)
			return ended(p);
		if (bad || p->sync_sent || !go_on(p))
			return ended(p);
	}
}

enum pipeline_status
pipeline_start(struct pipeline *p, const struct pipeline_talk *talk,
    void *owner, struct arena *arena, size_t memory_most, bool writes)
{
	struct backend		*backend = p->backend;
	struct pipeline_wait	*waits = p->waits;
	size_t			 cap = p->cap;

	memset(p, 0, sizeof(*p));
	p->backend = backend;
	p->waits = waits;
	p->cap = cap;
	p->talk = talk;
	p->owner = owner;
	p->arena = arena;
	p->memory_most = memory_most;
	p->writes = writes;
	p->pg = (struct pg_error){ .message = "", .detail = "", .table = "",
	    .column = "", .constraint = "" };
	backend->doubt = false;
	if (!pipeline_round(p) || !p->sent)
		return ended(p);
	return PIPELINE_RUNS;
}

void
pipeline_abandon(struct pipeline *p)
{
	(void)ended(p);
}
