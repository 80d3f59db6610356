#ifndef ORMD_DISCOVER_H
#define ORMD_DISCOVER_H

#include "buf.h"
#include "call.h"

/*
 * The OpenRPC document of this server: every method of the list, with a schema
 * of its parameters and of its result, every model that clients of the class
 * know, with its schemas, every error.  Made from the method tables, the
 * registry and errors.def; what is said of parameters and results in words is
 * in the tables of discover_words.c, where a test finds what is missing.
 */
void	discover_write(struct buf *, const struct registry *,
	    enum access_class, bool (*method_at)(size_t, struct call_method *));

/* In which way a parameter depends on the request's `model'. */
enum by_model {
	BY_NOTHING,
	BY_ID,			/* id.M */
	BY_VALUES,		/* values.M */
	BY_VALUES_LIST,		/* values.M, or a list of them */
	BY_WHERE,		/* where.M */
	BY_VERSION,		/* the version column */
	BY_ATTRIBUTE,		/* one of M's lists */
	BY_ITEMS		/* what that list has as members */
};

/* A parameter, of every method that has one of this name unless it says. */
struct param_words {
	const char	*name;
	const char	*method;	/* or NULL */
	bool		 required;
	const char	*summary;
	const char	*schema;	/* ' for ", # for number */
	long		 number;
	enum by_model	 by_model;
};

/* A method: in words, and what it answers. */
struct method_words {
	const char	*name;
	const char	*summary;
	const char	*result;	/* schema, with ' for " */
	bool		 for_users;	/* only where there are some */
};

/* NULL: nobody has said anything about it. */
const struct param_words *discover_param(const char *method, const char *name);
const struct method_words *discover_method(const char *name);
/* The i-th row, for tests that look for what is no method any more. */
const struct param_words *discover_param_at(size_t i);
const struct method_words *discover_method_at(size_t i);

#endif
