#ifndef ORMD_FILTER_H
#define ORMD_FILTER_H

#include <stddef.h>

#include "buf.h"
#include "tree.h"

/* How deep lists and objects of a filtered json value may be nested. */
enum { FILTER_DEPTH = 256 };

/*
 * Prints those parts of a json value that the rules let through, without the
 * blanks between them.  For the writer, at a json column whose shape_member
 * has a filter.  The text is PostgreSQL's, so well-formed; -1 when it is not,
 * or is nested deeper than FILTER_DEPTH (the buf then holds a part of it).
 */
int	filter_write(struct buf *, const struct rule_node *, const char *p,
	    size_t n);

#endif
