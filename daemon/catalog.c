/*
 * The check of the model against pg_catalog: asks the queries of catalog_ask.c
 * in one block, and logs what they return, which is only what differs.  Called
 * by the pool through catalog_talk.  It changes nothing and refuses nothing.
 */
#include <string.h>

#include "catalog_parts.h"

enum { DIFFERENCES_MOST = 100 };	/* that are written out */

void
catalog_init(struct catalog *catalog, struct ormd *ormd)
{
	memset(catalog, 0, sizeof(*catalog));
	catalog->ormd = ormd;
	arena_init(&catalog->arena, 0);
}

void
catalog_release(struct catalog *catalog)
{
	ormd_model_drop(catalog->model);
	arena_release(&catalog->arena);
	catalog_init(catalog, catalog->ormd);
}

void
catalog_begin(struct catalog *catalog)
{
	struct ormd	*ormd = catalog->ormd;

	catalog_init(catalog, ormd);
	catalog->model = ormd_model_hold(ormd->model);
}

void
catalog_end(struct catalog *catalog, const struct pipeline *p)
{
	const struct log	*log = &catalog->ormd->log;

	switch (p->outcome) {
	case PIPELINE_DONE:
		if (catalog->differences == 0)
			log_info(log, "the model fits the database");
		else
			log_warning(log, "the model and the database differ "
			    "in %u places", catalog->differences);
		break;
	case PIPELINE_FAILED:
		log_warning(log, "the model was not held against the "
		    "database: %s", p->error.message);
		break;
	case PIPELINE_REFUSED:
		log_warning(log, "the model was not held against the "
		    "database: SQLSTATE %s", p->pg.sqlstate);
		break;
	case PIPELINE_LOST:
	case PIPELINE_UNCERTAIN:
		break;		/* the next connection tries again */
	}
	catalog_release(catalog);
}

static enum batch_status
catalog_next(void *owner, struct round *round, struct error *err)
{
	struct catalog	*catalog = owner;

	if (catalog->asked)
		return BATCH_SYNC;
	catalog->asked = true;
	if (catalog_ask(catalog, round) == -1) {
		error_nomem(err);
		return BATCH_FAILED;
	}
	round->last = true;
	return BATCH_SEND;
}

static void
column_report(const struct catalog *catalog, const struct column *column,
    const struct cell *cells)
{
	enum { TYPE = 1, NEEDED, SAME };
	const struct log	*log = &catalog->ormd->log;
	const char		*table = column->table->name;

	if (cells[TYPE].n == -1)
		log_warning(log, "column %s.%s of the model is not in the "
		    "database", table, column->name);
	else if (cells[SAME].n != 1 || cells[SAME].p[0] == 0)
		log_warning(log, "column %s.%s is %s in the model, %.*s in the "
		    "database", table, column->name, column->sql_type,
		    (int)cells[TYPE].n, cells[TYPE].p);
	else
		log_warning(log, "column %s.%s is %s in the database, not in "
		    "the model", table, column->name,
		    cells[NEEDED].p[0] ? "NOT NULL" : "nullable");
}

static void
key_report(const struct catalog *catalog, const struct foreign_key *fk,
    const struct cell *cells)
{
	const char	*what = "is not";

	if (cells[1].p[0])
		what = "does something else ON DELETE";
	log_warning(&catalog->ormd->log, "the foreign key of %s.%s to %s %s "
	    "in the database", fk->table->name, fk->columns.v[0]->name,
	    fk->target->name, what);
}

static void
audit_report(const struct log *log, const struct cell *cells)
{
	if (cells[1].p[0] == 0)
		log_error(log, "audit is on, and ormd's role may not insert "
		    "into ormd.audit: nothing can be written; ormd.sql makes "
		    "the table, and the role needs INSERT");
	else
		log_warning(log, "audit is on, and ormd's role may change "
		    "what is in ormd.audit: it needs no more than INSERT");
}

static int
catalog_take(void *owner, size_t statement, const struct answer *answer,
    struct error *err)
{
	struct catalog		*catalog = owner;
	const struct registry	*registry = catalog->model->registry;
	const struct cell	*cells;
	const unsigned char	*at;
	size_t			 i, n;

	(void)err;
	if (catalog->queries[statement] == QUERY_AUDIT) {
		if (answer->nrows > 0)
			audit_report(&catalog->ormd->log, answer->cells);
		return 0;	/* the model has nothing to do with it */
	}
	for (i = 0; i < answer->nrows; i++) {
		if (catalog->differences++ >= DIFFERENCES_MOST)
			continue;
		cells = &answer->cells[i * answer->ncols];
		at = (const unsigned char *)cells[0].p;
		n = (size_t)at[0] << 24 | (size_t)at[1] << 16 |
		    (size_t)at[2] << 8 | at[3];
		switch ((enum query)catalog->queries[statement]) {
		case QUERY_TABLES:
			log_warning(&catalog->ormd->log, "table %s of the "
			    "model is not in the database",
			    registry->tables.v[n]->name);
			break;
		case QUERY_COLUMNS:
			column_report(catalog, catalog->columns.v[n], cells);
			break;
		case QUERY_KEYS:
			key_report(catalog, catalog->fks.v[n], cells);
			break;
		case QUERY_RLS:
			log_warning(&catalog->ormd->log, "rls is on, but no "
			    "row-level security is in force for ormd's role "
			    "on table %s; ormd-model ddl --rls prints it",
			    registry->tables.v[n]->name);
			break;
		case QUERY_AUDIT:
		case QUERIES:
			break;
		}
	}
	return 0;
}

const struct pipeline_talk catalog_talk = { catalog_next, catalog_take };
