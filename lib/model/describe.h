#ifndef ORMD_DESCRIBE_H
#define ORMD_DESCRIBE_H

#include "buf.h"
#include "model.h"

/*
 * A model as clients of this class see it, as one JSON object: key, unique
 * sets, version, each attribute with what it is, the serialize rules, and who
 * may do what.  Called by the method `describe' and by tests; ormd-protocol(7)
 * lists the members.  Private columns, and what is hidden from the class, have
 * no part in it.  The buf is broken when memory is out.
 */
void	describe_model(struct buf *, const struct model *, enum access_class);

/*
 * The names of these columns as a list; `false' and nothing if one is hidden
 * from this class.
 */
bool	describe_columns(struct buf *, struct column *const *, size_t n,
	    enum access_class);

/* "one-to-many" and so on. */
const char *direction_name(const struct relationship *);
/* Calls put() for each word of a cascade, in one order. */
void	cascade_words(unsigned cascade, void (*put)(void *, const char *),
	    void *);

#endif
