#ifndef ORMD_PLAN_TALK_H
#define ORMD_PLAN_TALK_H

#include "plan_kit.h"

/*
 * Golden transcripts: what a batch says to PostgreSQL, what it is answered,
 * and what its requests get.  tests/unit/plan/README.md describes the form.
 */
enum { TALK_CALLS = 8, TALK_ROUNDS = 32 };

struct talk {
	const char		*title;
	const char		*model;
	struct json		*audit;		/* or NULL */
	const char		*head;		/* with the comments */
	const char		*keys[TALK_CALLS];	/* of an exactly-once
						   write, or NULL */
	const char		*callers[TALK_CALLS];	/* see plan_kit.h */
	const char		*methods[TALK_CALLS];
	struct json		*params[TALK_CALLS];
	size_t			 ncalls;
	const char		*body;		/* what follows the requests */
};

struct talk_file {
	struct arena		 arena;
	VEC(struct talk *)	 talks;
};

void	talk_open(struct talk_file *, const char *name);
void	talk_close(struct talk_file *);

/*
 * Stands where PostgreSQL is: is given a statement as the transcript has it
 * and gives the lines of its answer.  NULL ends the talk.
 */
struct talk_server {
	const char	*(*ask)(struct talk_server *, const struct statement *,
			    const char *text);
	/*
	 * Before and after each step of lib/plan; may be NULL.  Explaining is
	 * one if so said: without memory it only names less.
	 */
	void		 (*step)(bool begins);
	bool		 explaining;
	void		*ctx;
};

/*
 * Plays the requests as one batch; appends the transcript to `out'.  False:
 * memory ended, and that was said; the transcript ends there.
 */
bool	talk_play(struct plan_kit *, const struct talk *,
	    struct talk_server *, struct buf *out);
/*
 * Plays it with the answers that it holds.  If it goes differently, the test
 * fails, or, when not strict, the talk ends there.
 */
bool	talk_replay(struct plan_kit *, const struct talk *,
	    void (*step)(bool begins), bool strict);

/*
 * Runs all talks of the files (ending with NULL) as cases of their own, then
 * the tests given.  For main(); returns its value.
 */
struct CMUnitTest;
int	talk_main(const char *const *files, const struct CMUnitTest *,
	    size_t ntests);

#endif
