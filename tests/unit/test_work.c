/*
 * What becomes of a job when its block has ended: a result, an error that says
 * what is known of the commit, or another try.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "work.h"

enum { UNITS = 3 };

static struct work	 w;
static struct pipeline	 p;
static struct job	 jobs[UNITS];
static struct unit	 units[UNITS];
static struct call	 call;
static struct error	 err, not_found;

/* The planner's word is not what is tested here. */
void
batch_explain(const struct batch *batch, const struct pg_error *pg,
    struct error *e)
{
	(void)batch;
	error_set(e, error_from_sqlstate(pg->sqlstate), NULL, "explained");
}

bool
batch_learn(struct batch *batch, const struct pg_error *pg)
{
	(void)batch;
	return strcmp(pg->sqlstate, "22P02") == 0;
}

enum batch_status
batch_next(struct batch *batch, struct round *round, struct error *e)
{
	(void)batch;
	(void)round;
	error_set(e, ERROR_LIMIT, NULL, "next");
	return BATCH_FAILED;
}

int
batch_take(struct batch *batch, size_t statement, const struct answer *answer,
    struct error *e)
{
	(void)batch;
	(void)answer;
	return error_set(e, ERROR_LIMIT, NULL, "take %zu", statement);
}

static int
setup(void **state)
{
	int	i;

	(void)state;
	memset(&w, 0, sizeof(w));
	memset(&p, 0, sizeof(p));
	memset(jobs, 0, sizeof(jobs));
	memset(units, 0, sizeof(units));
	memset(&err, 0, sizeof(err));
	memset(&call, 0, sizeof(call));
	for (i = 0; i < UNITS; i++) {
		units[i].owner = &jobs[i];
		jobs[i].call = &call;
	}
	w.batch.units.v = units;
	return 0;
}

static void
end(enum lane lane, size_t n, enum pipeline_outcome outcome,
    const char *sqlstate)
{
	w.lane = lane;
	w.batch.units.n = n;
	p.outcome = outcome;
	memcpy(p.pg.sqlstate, sqlstate, strlen(sqlstate) + 1);
	work_ended(&w, &p);
}

static void
refused_with(size_t i, enum error_kind kind, enum error_committed committed)
{
	assert_int_equal(work_judge(&w, i, &err), WORK_ERROR);
	assert_int_equal(err.kind, kind);
	assert_int_equal(err.committed, committed);
}

static void
done_is_a_result_for_each(void **state)
{
	(void)state;
	error_set(&not_found, ERROR_NOT_FOUND, NULL, "not there");
	units[1].error = &not_found;
	units[1].failed = true;
	units[2].again = true;
	/* It was too late for this one. */
	jobs[0].cancelled = true;
	end(LANE_WRITE, 3, PIPELINE_DONE, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_RESULT);
	assert_int_equal(work_judge(&w, 1, &err), WORK_ERROR);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(work_judge(&w, 2, &err), WORK_AGAIN);
	jobs[2].cancelled = true;
	jobs[2].why = ERROR_TIMEOUT;
	refused_with(2, ERROR_TIMEOUT, ERROR_COMMITTED_NO);
}

static void
again_alone_is_not_tried_for_ever(void **state)
{
	(void)state;
	units[0].again = true;
	end(LANE_WRITE, 1, PIPELINE_DONE, "");
	refused_with(0, ERROR_INTERNAL, ERROR_COMMITTED_NO);
}

static void
an_unknown_commit_is_said_and_not_repeated(void **state)
{
	(void)state;
	jobs[1].cancelled = true;
	jobs[1].why = ERROR_CANCELLED;
	end(LANE_WRITE, 2, PIPELINE_UNCERTAIN, "");
	refused_with(0, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	refused_with(1, ERROR_CANCELLED, ERROR_COMMITTED_UNKNOWN);
}

static void
a_write_with_a_key_finds_out_what_happened(void **state)
{
	int	i;

	(void)state;
	call.key = "k";
	end(LANE_WRITE, 1, PIPELINE_UNCERTAIN, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
	assert_true(jobs[0].in_doubt);
	/* Until somebody answers, though not for ever. */
	end(LANE_WRITE, 1, PIPELINE_LOST, "");
	for (i = 1; i < WORK_DOUBTS_MOST; i++)
		assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
	refused_with(0, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	/* Before it was in doubt, a lost connection is nothing special. */
	jobs[1].losses = WORK_LOSSES_MOST;
	end(LANE_WRITE, 2, PIPELINE_LOST, "");
	refused_with(1, ERROR_DATABASE_DOWN, ERROR_COMMITTED_NO);
}

/* Whoever may be committed is never told "no", whatever comes then. */
static void
doubt_lasts_until_the_key_is_its_own(void **state)
{
	static const char *const	refusals[] = { "55P03", "57014",
					    "53200" };
	size_t				i;

	(void)state;
	call.key = "k";
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		jobs[0].in_doubt = true;
		end(LANE_WRITE, 1, PIPELINE_REFUSED, refusals[i]);
		refused_with(0, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	}
	error_set(&p.error, ERROR_LIMIT, NULL, "memory");
	end(LANE_WRITE, 1, PIPELINE_FAILED, "");
	refused_with(0, ERROR_UNCERTAIN, ERROR_COMMITTED_UNKNOWN);
	jobs[0].cancelled = true;
	jobs[0].why = ERROR_CANCELLED;
	refused_with(0, ERROR_CANCELLED, ERROR_COMMITTED_UNKNOWN);
	end(LANE_WRITE, 1, PIPELINE_LOST, "");
	refused_with(0, ERROR_CANCELLED, ERROR_COMMITTED_UNKNOWN);
	jobs[0].cancelled = false;
	units[0].claimed = true;
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "55P03");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
	assert_int_equal(err.kind, error_from_sqlstate("55P03"));
	assert_false(jobs[0].in_doubt);
}

static void
a_key_that_was_swept_away_is_asked_for_again(void **state)
{
	int	i;

	(void)state;
	call.key = "k";
	units[0].again = true;
	end(LANE_WRITE, 1, PIPELINE_DONE, "");
	for (i = 0; i < WORK_RETRIES_MOST; i++)
		assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
	refused_with(0, ERROR_INTERNAL, ERROR_COMMITTED_NO);
}

static void
a_read_is_never_uncertain(void **state)
{
	(void)state;
	end(LANE_READ, 1, PIPELINE_UNCERTAIN, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
	refused_with(0, ERROR_DATABASE_DOWN, ERROR_COMMITTED_NO);
}

static void
a_lost_connection_is_tried_once_more(void **state)
{
	(void)state;
	jobs[1].cancelled = true;
	jobs[1].why = ERROR_TIMEOUT;
	end(LANE_WRITE, 2, PIPELINE_LOST, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
	refused_with(0, ERROR_DATABASE_DOWN, ERROR_COMMITTED_NO);
	refused_with(1, ERROR_TIMEOUT, ERROR_COMMITTED_NO);
}

static void
a_refused_batch_is_run_one_by_one(void **state)
{
	(void)state;
	jobs[2].cancelled = true;
	jobs[2].why = ERROR_CANCELLED;
	end(LANE_WRITE, 3, PIPELINE_REFUSED, "23505");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	assert_int_equal(work_judge(&w, 1, &err), WORK_ALONE);
	refused_with(2, ERROR_CANCELLED, ERROR_COMMITTED_NO);
}

static void
one_that_is_refused_is_explained(void **state)
{
	(void)state;
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "23505");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
	assert_int_equal(err.kind, ERROR_UNIQUE);
}

static void
what_the_planner_has_learned_from_is_run_again(void **state)
{
	(void)state;
	jobs[1].cancelled = true;
	jobs[1].why = ERROR_CANCELLED;
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "22P02");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	end(LANE_WRITE, 2, PIPELINE_REFUSED, "22P02");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	refused_with(1, ERROR_CANCELLED, ERROR_COMMITTED_NO);
}

static void
lost_races_are_tried_three_times(void **state)
{
	static const char *const	races[] = { "40001", "40P01" };
	int				i, tries;

	(void)state;
	for (i = 0; i < 2; i++) {
		(void)setup(NULL);
		end(LANE_WRITE, 1, PIPELINE_REFUSED, races[i]);
		for (tries = 0; tries < 3; tries++)
			assert_int_equal(work_judge(&w, 0, &err), WORK_LATER);
		assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
		assert_int_equal(err.kind, i == 0 ? ERROR_SERIALIZATION :
		    ERROR_DEADLOCK);
	}
}

static void
a_stray_cancel_is_not_the_client_s_fault(void **state)
{
	(void)state;
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "57014");
	w.stray = true;
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	w.stray = false;
	assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
}

static void
a_worn_backend_is_not_the_client_s_fault(void **state)
{
	(void)state;
	p.worn = true;
	end(LANE_READ, 1, PIPELINE_REFUSED, "26000");
	assert_true(w.worn);
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
}

static void
a_standby_is_left_once(void **state)
{
	(void)state;
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "25006");
	assert_true(w.worn);
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
	(void)setup(NULL);
	end(LANE_READ, 1, PIPELINE_REFUSED, "25006");
	assert_false(w.worn);
}

static void
a_plan_that_fails_says_so(void **state)
{
	(void)state;
	error_set(&p.error, ERROR_VERSION_CONFLICT, NULL, "changed");
	end(LANE_WRITE, 2, PIPELINE_FAILED, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	end(LANE_WRITE, 1, PIPELINE_FAILED, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ERROR);
	assert_int_equal(err.kind, ERROR_VERSION_CONFLICT);
}

static void
what_we_had_cancelled_ourselves_needs_too_much_memory(void **state)
{
	(void)state;
	p.swamped = true;
	end(LANE_WRITE, 2, PIPELINE_REFUSED, "57014");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "57014");
	refused_with(0, ERROR_LIMIT, ERROR_COMMITTED_NO);
	end(LANE_READ, 1, PIPELINE_REFUSED, "57014");
	refused_with(0, ERROR_LIMIT, ERROR_COMMITTED_UNSAID);
	/* It said something else before it heard of the cancel. */
	end(LANE_WRITE, 1, PIPELINE_REFUSED, "23505");
	refused_with(0, ERROR_UNIQUE, ERROR_COMMITTED_UNSAID);
}

static void
what_is_committed_is_not_run_again(void **state)
{
	(void)state;
	error_set(&p.error, ERROR_LIMIT, NULL, "no memory for the rows");
	p.error.committed = ERROR_COMMITTED_YES;
	jobs[1].cancelled = true;
	end(LANE_WRITE, 2, PIPELINE_FAILED, "");
	refused_with(0, ERROR_LIMIT, ERROR_COMMITTED_YES);
	refused_with(1, ERROR_LIMIT, ERROR_COMMITTED_YES);
	/* A read has committed nothing, whatever the pipeline thinks. */
	end(LANE_READ, 2, PIPELINE_FAILED, "");
	assert_int_equal(work_judge(&w, 0, &err), WORK_ALONE);
}

static void
the_batch_is_the_talk(void **state)
{
	struct round	round;

	(void)state;
	assert_int_equal(work_talk.next(&w.batch, &round, &err),
	    BATCH_FAILED);
	assert_string_equal(err.message, "next");
	assert_int_equal(work_talk.take(&w.batch, 7, NULL, &err), -1);
	assert_string_equal(err.message, "take 7");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup(done_is_a_result_for_each, setup),
		cmocka_unit_test_setup(again_alone_is_not_tried_for_ever,
		    setup),
		cmocka_unit_test_setup(
		    an_unknown_commit_is_said_and_not_repeated, setup),
		cmocka_unit_test_setup(
		    a_write_with_a_key_finds_out_what_happened, setup),
		cmocka_unit_test_setup(doubt_lasts_until_the_key_is_its_own,
		    setup),
		cmocka_unit_test_setup(
		    a_key_that_was_swept_away_is_asked_for_again, setup),
		cmocka_unit_test_setup(a_read_is_never_uncertain, setup),
		cmocka_unit_test_setup(a_lost_connection_is_tried_once_more,
		    setup),
		cmocka_unit_test_setup(a_refused_batch_is_run_one_by_one,
		    setup),
		cmocka_unit_test_setup(one_that_is_refused_is_explained,
		    setup),
		cmocka_unit_test_setup(
		    what_the_planner_has_learned_from_is_run_again, setup),
		cmocka_unit_test_setup(lost_races_are_tried_three_times,
		    setup),
		cmocka_unit_test_setup(
		    a_stray_cancel_is_not_the_client_s_fault, setup),
		cmocka_unit_test_setup(
		    a_worn_backend_is_not_the_client_s_fault, setup),
		cmocka_unit_test_setup(a_standby_is_left_once, setup),
		cmocka_unit_test_setup(a_plan_that_fails_says_so, setup),
		cmocka_unit_test_setup(
		    what_we_had_cancelled_ourselves_needs_too_much_memory,
		    setup),
		cmocka_unit_test_setup(what_is_committed_is_not_run_again,
		    setup),
		cmocka_unit_test_setup(the_batch_is_the_talk, setup)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
