#ifndef ORMD_METHODS_H
#define ORMD_METHODS_H

#include "call.h"
#include "who.h"

/*
 * The methods that need no database: they are answered from what the daemon
 * knows.  Those of objects are in lib/plan (call_method()); what `cancel' does
 * is the request room's own.
 *
 * To add one: a row in the table of methods.c, its function, a section in
 * ormd-protocol(7), a test.
 */
struct method {
	const char	*name;
	bool		 out_of_turn;
	const char	*params[4];
	/* 0, or -1 with err; NULL: the request room's own. */
	int		(*run)(struct ormd *, struct ormd_model *,
			    const struct who *, struct json *params,
			    struct buf *result, struct error *);
};

const struct method *method_find(const char *name);
/* The i-th of all methods, of both kinds; false: there are no more. */
bool	method_at(size_t i, struct call_method *);
/* What was probably meant by a name that is none; NULL: who knows. */
const char *method_meant(const char *name);

#endif
