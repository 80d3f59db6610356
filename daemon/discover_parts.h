#ifndef ORMD_DISCOVER_PARTS_H
#define ORMD_DISCOVER_PARTS_H

#include "discover.h"
#include "schema.h"

/*
 * The inside of discover: the document, discover_params.c (what
 * methods take), discover_errors.c, discover_words.c (their tables).
 */

/* All parameters of a method, with those that every request takes. */
struct param_list {
	const struct call_method	*method;
	const char *const		*lists[4];	/* ends with NULL */
};

struct param_list discover_params_of(const struct call_method *);
/* The i-th parameter; NULL past the last. */
const char *discover_param_in(const struct param_list *, size_t i);

/* A schema of discover_words.c. */
void	discover_schema(struct buf *, const char *text, long number);
/* "params.X", a member of the schemas. */
void	discover_params(struct buf *, const struct call_method *,
	    const struct registry *, enum access_class);
/* "items.M": params whose `attribute' is a list have members of it as items. */
void	discover_items(struct buf *, const struct model *, enum access_class);
/* Of requests that hold others: which params belong to which method. */
void	discover_inner(struct buf *, bool writes_only);

/* References to all errors, as a list; the errors, as members. */
void	discover_error_refs(struct buf *);
void	discover_errors(struct buf *);
/* "error": the member `error' of a reply, each kind with its code. */
void	discover_error_schema(struct buf *);

#endif
