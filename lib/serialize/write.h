#ifndef ORMD_WRITE_H
#define ORMD_WRITE_H

#include "buf.h"
#include "error.h"
#include "rows.h"

/*
 * Prints a loaded object as JSON, by the shape that it was loaded with; a NULL
 * row as null.  daemon/request calls this with the reply's buffer.  Nothing is
 * allocated but the buffer's space.
 *
 * At most max_depth objects inside each other.  -1 with
 *   endless_rules	an object came again inside itself (S3)
 *   limit		the objects are nested deeper than max_depth, or the
 *			buffer's limit is passed
 *   internal		what the shape prints has not been loaded
 * The buffer then holds a part of the object, which the caller takes away.
 */
int	shape_write(struct buf *, const struct row *, int max_depth,
	    struct error *);

#endif
