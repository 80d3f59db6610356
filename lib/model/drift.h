#ifndef ORMD_DRIFT_H
#define ORMD_DRIFT_H

#include "found.h"

/*
 * A model held against a database, for ormd-model check.  A finding is an
 * error where ormd would not do what the model says, or where requests would
 * fail; else a warning.  Its path is a JSON Pointer into the model file.
 */
struct finding {
	bool			 is_error;
	struct model_note	 note;
};

struct findings {
	struct arena		 arena;
	VEC(struct finding *)	 v;
	size_t			 errors;
	bool			 broken;	/* memory was out; some are not
						   there */
};

void	findings_init(struct findings *);
void	findings_release(struct findings *);
void	finding_add(struct findings *, bool is_error, const struct path *,
	    const char *hint, const char *format, ...)
	    __attribute__((format(printf, 5, 6)));

/* What the catalog alone tells. */
void	drift_find(const struct registry *, const struct found *,
	    struct findings *);

/*
 * What only the rows can tell: statements that each return one row of a
 * count and some samples as text; a count of 0 is well.
 */
enum probe_kind {
	PROBE_SEQUENCE = 1,	/* behind the largest value */
	PROBE_DATA = 2		/* orphans, dangling, duplicate, null */
};

struct probe {
	bool		 is_error;
	char		 path[256];
	const char	*sql;
	const char	*unit;		/* "row", "value": what is counted */
	const char	*text;		/* behind "2 rows" */
	const char	*hint;
};

struct probes {
	VEC(struct probe *)	v;
};

/*
 * Makes probes of these kinds (a mask) for what is both in the model and in
 * the database; they live in the findings' arena.
 */
void	probes_make(const struct registry *, const struct found *,
	    unsigned kinds, struct probes *, struct findings *);
/* What became of one; `count' and `samples' as PostgreSQL wrote them. */
void	probe_take(struct findings *, const struct probe *,
	    const char *count, const char *samples);
/* When PostgreSQL refused it, with these words. */
void	probe_fail(struct findings *, const struct probe *, const char *why);

#endif
