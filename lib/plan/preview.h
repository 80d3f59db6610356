#ifndef ORMD_PREVIEW_H
#define ORMD_PREVIEW_H

#include "call.h"
#include "model.h"
#include "seal.h"
#include "vec.h"

/*
 * What a write would do, counted instead of done, and the checks of deletes
 * that are guarded by `max' or by the token of a preview.
 */
struct uow;

enum preview_sort { PREVIEW_INSERT, PREVIEW_UPDATE, PREVIEW_DELETE,
	PREVIEW_SORTS };

enum {
	PREVIEW_KEYS = 10	/* sample keys of a table */
};

/* How many rows change for one reason. */
struct preview_reason {
	const char			*rule;	/* "O2"; NULL: asked for */
	const struct relationship	*via;	/* or NULL */
	int64_t				 n;
};

struct preview_table {
	const struct table		*table;
	int64_t				 n;	/* 0: nothing, see no more */
	struct column *const		*columns;	/* of the keys */
	size_t				 ncolumns;
	VEC(const struct cell *)	 keys;	/* by columns; n == -1: not
						   known yet */
	VEC(struct preview_reason)	 reasons;
};

struct preview {
	struct preview_table	*tables[PREVIEW_SORTS];	/* by table->index */
	bool			 cut;	/* there is more; then no plan */
	char			 plan[PLAN_TOKEN_SIZE];
};

/* For decode.c: does it look like a token? */
bool	plan_is_token(const char *);

/*
 * Between runs: `ran' is what uow_run() returned, and what it would have to
 * return for units that are previews or guarded is returned.
 */
int	preview_check(struct uow *, int ran, struct error *);
/* NULL: no memory. */
struct preview *preview_make(struct uow *);

#endif
