/*
 * What becomes of a batch and its jobs.  Called by the pool; pure but for
 * libpq's headers.  The rules, in short:
 *
 * - "done" is said only after the Sync was confirmed.
 * - An outcome that is not known is never called a failure: a write whose Sync
 *   was sent and not answered is `uncertain' and is not run again, unless it
 *   has a key, by which a second run finds the reply of the first.
 * - What has certainly left nothing behind may be run again: the jobs of a
 *   merged batch one by one, so that each gets its own answer; what the planner
 *   has learned to do otherwise; after a lost connection once; after a lost
 *   race at most WORK_RETRIES_MOST times.
 */
#include <string.h>

#include "work.h"

#define READ_ONLY	"25006"
#define QUERY_CANCELED	"57014"

static bool
is_state(const struct pg_error *pg, const char *sqlstate)
{
	return strcmp(pg->sqlstate, sqlstate) == 0;
}

static enum batch_status
talk_next(void *owner, struct round *round, struct error *err)
{
	return batch_next(owner, round, err);
}

static int
talk_take(void *owner, size_t statement, const struct answer *answer,
    struct error *err)
{
	return batch_take(owner, statement, answer, err);
}

const struct pipeline_talk work_talk = { talk_next, talk_take };

int
work_error(struct error *err, enum error_kind kind,
    enum error_committed committed)
{
	error_set(err, kind, NULL, "%s", error_rows[kind].message);
	err->committed = committed;
	return -1;
}

void
work_ended(struct work *work, const struct pipeline *p)
{
	work->slot = NULL;
	work->outcome = p->outcome;
	/* Readers commit nothing, so that nothing of them can be in doubt. */
	if (work->lane == LANE_READ && work->outcome == PIPELINE_UNCERTAIN)
		work->outcome = PIPELINE_LOST;
	if (work->outcome == PIPELINE_FAILED)
		work->error = p->error;
	/* It was ourselves who had it cancelled. */
	if (p->swamped && work->outcome == PIPELINE_REFUSED &&
	    is_state(&p->pg, QUERY_CANCELED)) {
		work->outcome = PIPELINE_FAILED;
		error_nomem(&work->error);
		work->error.committed = ERROR_COMMITTED_NO;
	}
	if (work->lane == LANE_READ)
		work->error.committed = ERROR_COMMITTED_UNSAID;
	work->pg = p->pg;
	work->worn = p->worn || (work->lane == LANE_WRITE &&
	    work->outcome == PIPELINE_REFUSED && is_state(&p->pg, READ_ONLY));
}

static enum work_verdict
refuse(struct error *err, enum error_kind kind, enum error_committed committed)
{
	work_error(err, kind, committed);
	return WORK_ERROR;
}

/* What is known of a job that ends without PostgreSQL's word on its commit. */
static enum error_committed
committed(const struct job *job)
{
	return job->in_doubt ? ERROR_COMMITTED_UNKNOWN : ERROR_COMMITTED_NO;
}

static enum work_verdict
judge_done(const struct work *work, const struct unit *unit,
    struct job *job, struct error *err)
{
	if (unit->failed) {
		*err = *unit->error;
		return WORK_ERROR;
	}
	if (!unit->again)
		return WORK_RESULT;
	if (job->cancelled)
		return refuse(err, job->why, committed(job));
	if (work->batch.units.n > 1)
		return WORK_AGAIN;
	/*
	 * By itself it can meet nobody but a sweep that took the reply to its
	 * key away just now; do not try for ever.
	 */
	if (job->call->key == NULL || job->retries == WORK_RETRIES_MOST)
		return refuse(err, ERROR_INTERNAL, committed(job));
	job->retries++;
	return WORK_LATER;
}

static enum work_verdict
judge_refused(struct work *work, struct job *job, struct error *err)
{
	const struct pg_error	*pg = &work->pg;

	if (batch_learn(&work->batch, pg) || work->batch.units.n > 1)
		return WORK_ALONE;
	if (job->retries < WORK_RETRIES_MOST) {
		job->retries++;
		if (is_state(pg, "40001") || is_state(pg, "40P01"))
			return WORK_LATER;
		/* Once: there may be no other server. */
		if (is_state(pg, READ_ONLY))
			job->retries = WORK_RETRIES_MOST;
		if (work->worn || (work->stray && is_state(pg, QUERY_CANCELED)))
			return WORK_ALONE;
	}
	/* Refused while it waited for the truth, which it does not tell. */
	if (job->in_doubt)
		return refuse(err, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	batch_explain(&work->batch, pg, err);
	return WORK_ERROR;
}

/* It asks by its key until somebody answers, but not for ever. */
static enum work_verdict
doubt_again(struct job *job, struct error *err)
{
	if (job->losses == WORK_DOUBTS_MOST)
		return refuse(err, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	job->losses++;
	return WORK_LATER;
}

enum work_verdict
work_judge(struct work *work, size_t i, struct error *err)
{
	const struct unit	*unit = &work->batch.units.v[i];
	struct job		*job = unit->owner;

	/* The claim is its own: what was in doubt has left nothing behind. */
	if (unit->claimed)
		job->in_doubt = false;
	switch (work->outcome) {
	case PIPELINE_DONE:
		return judge_done(work, unit, job, err);
	case PIPELINE_UNCERTAIN:
		/* The key tells: run again, it is claimed or answered. */
		if (job->call->key != NULL && !job->cancelled) {
			job->in_doubt = true;
			return doubt_again(job, err);
		}
		return refuse(err, job->cancelled ? job->why : ERROR_UNCERTAIN,
		    ERROR_COMMITTED_UNKNOWN);
	case PIPELINE_FAILED:
		if (work->error.committed == ERROR_COMMITTED_YES ||
		    work->error.committed == ERROR_COMMITTED_UNKNOWN) {
			*err = work->error;
			return WORK_ERROR;
		}
		if (job->cancelled)
			break;
		if (work->batch.units.n > 1)
			return WORK_ALONE;
		if (job->in_doubt)
			return refuse(err, ERROR_UNCERTAIN,
			    ERROR_COMMITTED_UNKNOWN);
		*err = work->error;
		return WORK_ERROR;
	case PIPELINE_REFUSED:
		if (job->cancelled)
			break;
		return judge_refused(work, job, err);
	case PIPELINE_LOST:
		if (job->cancelled)
			break;
		if (job->in_doubt)
			return doubt_again(job, err);
		if (job->losses == WORK_LOSSES_MOST)
			return refuse(err, ERROR_DATABASE_DOWN,
			    ERROR_COMMITTED_NO);
		/* By itself: it may be what kills the backend. */
		job->losses++;
		return WORK_LATER;
	}
	return refuse(err, job->why, committed(job));
}
