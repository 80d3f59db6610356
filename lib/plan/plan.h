#ifndef ORMD_PLAN_H
#define ORMD_PLAN_H

#include "call.h"
#include "preview.h"
#include "statement.h"

/*
 * A batch is what one transaction on one backend does: units (one a request)
 * of the same shape, merged.  The daemon fills it, then turns the crank:
 *
 *	while ((r = batch_next(batch, &round, &err)) == BATCH_SEND) {
 *		send round.statements, and a Sync if round.last;
 *		for each answer: batch_take(batch, i, &answer, &err);
 *		if (round.last) { wait for the Sync; break; }
 *	}
 *
 * BATCH_SYNC means that nothing is left to send but the Sync (the round before
 * could not know that it was the last).  When the Sync has been confirmed,
 * each unit has either its results or its error.  If PostgreSQL reports an
 * error, or memory ends (BATCH_FAILED, or -1 of batch_take()) before the Sync,
 * nothing has happened; a batch of several units is then run again as batches
 * of one, so that each gets its own answer.
 *
 * Pure: no socket, clock or libpq.  All of it lives in batch->arena.
 */

enum batch_status { BATCH_SEND, BATCH_SYNC, BATCH_FAILED };

enum result_kind {
	RESULT_NONE,		/* null */
	RESULT_OBJECT,		/* rows[0]; no row: null */
	RESULT_OBJECTS,		/* a list of rows; NULL: null */
	RESULT_PAGE,		/* find: rows, next, count */
	RESULT_KEY,		/* keys[0] */
	RESULT_KEYS,
	RESULT_COUNT,
	RESULT_GROUPS,		/* aggregate: lines */
	RESULT_CHANGES,		/* delete: per model */
	RESULT_PREVIEW		/* of all ops, in the first result */
};

struct key {
	const struct model	*model;
	const struct cell	*cells;		/* by model->table->key; NULL:
						   it is not told */
};

struct result {
	enum result_kind	 kind;
	VEC(struct row *)	 rows;		/* NULL: it is not there, or
						   not for the caller */
	/*
	 * Of objects that were made, and stand in their places: what is printed
	 * of one that its maker may not see.
	 */
	VEC(struct key)		 keys;
	/*
	 * RESULT_PAGE: rows from the op's position on, so those of a page
	 * before it are the wrong way round; there are `more' behind them.
	 */
	bool			 more;
	const struct cell *const *lines;	/* of RESULT_PAGE, by row; of
						   RESULT_GROUPS, by output */
	size_t			 ngroups;	/* lines of RESULT_GROUPS */
	size_t			 nloaded;	/* cells before order terms */
	bool			 counted;
	int64_t			 count;
	int64_t			*deleted;	/* by model->index */
	int64_t			*updated;
	const struct preview	*preview;	/* see preview.h */
};

/* Of a page: the order terms of rows[i], for cursor_write(). */
static inline const struct cell *
result_terms(const struct result *r, size_t i)
{
	return r->lines[i] + r->nloaded;
}

/* One request within a batch. */
struct unit {
	const struct call	*call;
	struct result		*results;	/* one an op of the call */
	bool			 failed;	/* see error; others went on */
	bool			 again;		/* met another unit of the
						   batch: run it in a later
						   one */
	struct error		*error;		/* when failed */
	const char		*stored;	/* the reply's text, of a call
						   with a key: made or found */
	bool			 claimed;	/* its key, by this batch */
	const struct login_answer *login;	/* of a call that is a login */
	void			*owner;		/* the daemon's */
};

struct batch {
	struct arena		*arena;
	struct sql_cache	*sql;
	struct key_stock	*stock;		/* or NULL: see stock.h */
	VEC(struct unit)	 units;
	struct machine		*machine;	/* the planner's own */
};

int	batch_init(struct batch *, struct arena *, struct sql_cache *);
/* The call has to live as long as the batch. */
struct unit *batch_add(struct batch *, const struct call *, void *owner);
enum batch_status batch_next(struct batch *, struct round *, struct error *);
int	batch_take(struct batch *, size_t statement, const struct answer *,
	    struct error *);
/*
 * True: it was refused only because it was tried without looking at the rows.
 * From now on they are looked at; run the calls again.
 */
bool	batch_learn(struct batch *, const struct pg_error *);
/* Names what PostgreSQL refused in terms of the model and the request. */
void	batch_explain(const struct batch *, const struct pg_error *,
	    struct error *);

#endif
