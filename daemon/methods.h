#ifndef ORMD_METHODS_H
#define ORMD_METHODS_H

#include "who.h"

/*
 * The methods that need no database: they are answered from what the daemon
 * knows.  Those of objects are in lib/plan (op_rows of decode.c); `cancel' is
 * the request room's own.
 *
 * To add one: a row in the table of methods.c, its function, a section in
 * ormd-protocol(7), a test.
 */
struct method {
	const char	*name;
	bool		 out_of_turn;
	const char	*params[4];
	/* 0, or -1 with err. */
	int		(*run)(struct ormd *, const struct registry *,
			    const struct who *, struct json *params,
			    struct buf *result, struct error *);
};

const struct method *method_find(const char *name);
/* For "did you mean": every method's name, ends with NULL. */
const char *const *method_names(void);

#endif
