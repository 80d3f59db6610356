/*
 * Finds the key of plan tokens in the database.  Called by the pool through
 * seal_look_talk.  Databases whose ormd.sql is older have no such key, or the
 * role has no right to it: that is logged, and nothing is refused for it.
 */
#include <string.h>

#include "seal_look.h"
#include "secret.h"

/* In the order in which they are sent; the last one only if it may be. */
enum { ASK_CLASS, ASK_RIGHT, ASK_KEY };

static const char *const texts[] = {
	/* Where policies hide the table, this is for whom they do not. */
	[ASK_CLASS] = "SELECT set_config('ormd.class', 'admin', true)",
	[ASK_RIGHT] = "SELECT to_regclass('ormd.seal') IS NOT NULL, "
	    "coalesce(has_table_privilege(to_regclass('ormd.seal'), 'SELECT'), "
	    "false)",
	[ASK_KEY] = "SELECT key FROM ormd.seal"
};

void
seal_look_begin(struct seal_look *look, struct ormd *ormd)
{
	memset(look, 0, sizeof(*look));
	look->ormd = ormd;
	arena_init(&look->arena, 0);
}

void
seal_look_release(struct seal_look *look)
{
	if (look->ormd == NULL)
		return;
	secret_wipe(look->key, sizeof(look->key));
	arena_release(&look->arena);
	look->ormd = NULL;
}

static int
ask(struct seal_look *look, struct round *round, int what)
{
	struct statement	st = { .nparams = 0 };
	struct buf		sql;

	buf_init(&sql, 0);
	buf_puts(&sql, texts[what]);
	st.sql = sql_intern(&look->ormd->sql, &sql);
	return st.sql == NULL ? -1 :
	    vec_push(&look->arena, &round->statements, st);
}

static enum batch_status
look_next(void *owner, struct round *round, struct error *err)
{
	struct seal_look	*look = owner;
	int			 r;

	if (++look->round == 1)
		r = ask(look, round, ASK_CLASS) == -1 ? -1 :
		    ask(look, round, ASK_RIGHT);
	else if (look->round == 2 && look->may) {
		r = ask(look, round, ASK_KEY);
		round->last = true;
	} else
		return BATCH_SYNC;
	if (r == 0)
		return BATCH_SEND;
	error_nomem(err);
	return BATCH_FAILED;
}

static bool
is_true(const struct cell *cell)
{
	return cell->n == 1 && cell->p[0] != 0;
}

static int
look_take(void *owner, size_t statement, const struct answer *answer,
    struct error *err)
{
	struct seal_look	*look = owner;
	const struct cell	*cells = answer->cells;

	(void)err;
	if (look->round == 1 && statement == ASK_RIGHT && answer->nrows == 1) {
		look->is_there = is_true(&cells[0]);
		look->may = is_true(&cells[1]);
	} else if (look->round == 2 && answer->nrows == 1 &&
	    cells[0].n == sizeof(look->key)) {
		look->found = true;
		memcpy(look->key, cells[0].p, sizeof(look->key));
	}
	return 0;
}

/* What is wrong, and what to do about it. */
static const char *
lack(const struct seal_look *look, const struct pipeline *p)
{
	if (p->outcome != PIPELINE_DONE)
		return "ormd.seal could not be read";
	if (!look->is_there)
		return "there is no table ormd.seal; run ormd.sql again, grant "
		    "SELECT on ormd.seal to ormd's role, and reload ormd";
	if (!look->may)
		return "ormd.seal may not be read; grant SELECT on it to "
		    "ormd's role, and reload ormd";
	return "no row of ormd.seal has a key of 32 bytes, or none is seen; "
	    "run ormd.sql again, and reload ormd";
}

bool
seal_look_end(struct seal_look *look, const struct pipeline *p)
{
	struct ormd	*ormd = look->ormd;
	bool		 ended = p->outcome != PIPELINE_LOST &&
			    p->outcome != PIPELINE_UNCERTAIN;

	if (p->outcome == PIPELINE_DONE && look->found)
		sealing_store(ormd->sealing, look->key);
	else if (ended && sealing_source(ormd->sealing) == SEALING_UNKNOWN) {
		sealing_lack(ormd->sealing);
		log_warning(&ormd->log, "plans of previews end with this "
		    "process: %s", lack(look, p));
	}
	seal_look_release(look);
	return ended;
}

const struct pipeline_talk seal_look_talk = { look_next, look_take };
