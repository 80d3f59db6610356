#ifndef ORMD_PLAN_KIT_H
#define ORMD_PLAN_KIT_H

#include "buf.h"
#include "call.h"
#include "loader.h"
#include "plan.h"
#include "plan_seal.h"

/*
 * What the tests of lib/plan share: a registry from a model's text, requests
 * decoded with lib/serialize's shapes as the daemon does it, and results as
 * text.  JSON is written with ' for ", so that it can be read in C.
 */
enum { PLAN_LIMIT_DEFAULT = 100, PLAN_LIMIT_MOST = 1000, PLAN_DEEPEST = 32,
	PLAN_IN_MOST = 3000 };

struct plan_kit {
	struct registry		*registry;
	struct sql_cache	 sql;
	struct arena		 keep;		/* texts, answers; no limit */
	struct map		 loads;		/* kept, as the daemon does */
	struct arena		 arena;		/* of requests */
	struct call		*call;		/* the last one */
	/*
	 * Who sends the next requests: a user's key, "admin", "anyone", who
	 * has not logged in, or NULL, who is nobody.  With "+rls" behind it
	 * PostgreSQL has the rules, too.
	 */
	const char		*caller;
	bool			 refuse_passwords;	/* as the decoder's */
};

/* Each fails the test when it does not work out. */
void	plan_open(struct plan_kit *, const char *model);
/*
 * A model by its name: of tests/unit/plan/models.json, else of the conformance
 * vectors.
 */
void	plan_open_named(struct plan_kit *, const char *name);
void	plan_close(struct plan_kit *);
/* A new arena for the next requests, with this limit (0: none). */
void	plan_forget(struct plan_kit *, size_t limit);

struct json *plan_json(struct plan_kit *, const char *text);
/* NULL with err, as call_decode() refuses it. */
struct call *plan_try(struct plan_kit *, const char *method,
	    struct json *params, struct error *);
struct call *plan_call(struct plan_kit *, const char *method,
	    const char *params);
/*
 * True when the request is refused by this kind, at this path, with these words
 * in the hint (NULL: there is none); else it says what happened.
 */
bool	plan_refused(struct plan_kit *, const char *method,
	    const char *params, enum error_kind, const char *path,
	    const char *hint);

const struct column *plan_column(const struct plan_kit *, const char *table,
	    const char *name);
/* "$n {1,2}" for each parameter, one a line. */
void	plan_params(struct buf *, const char *indent,
	    const struct param *, size_t n);
void	plan_error(struct buf *, const struct error *);
void	plan_result(struct buf *, const struct call *, const struct op *,
	    const struct result *);
/* The text of the buf, which is freed, in the kit's memory. */
const char *plan_text(struct plan_kit *, struct buf *);
/* A whole file below the tests; the caller frees. */
char	*plan_file(const char *name);

#endif
