#ifndef ORMD_RESULT_H
#define ORMD_RESULT_H

#include "buf.h"
#include "plan.h"

/*
 * Writes what a unit has brought as the JSON of its reply.  Called by
 * request while the unit's rows are there.  The buffer's limit is what the
 * result may take of a reply.  0, or -1 with err (the buffer then holds a
 * part, which the caller throws away).
 */
int	result_write(struct buf *, const struct unit *, int max_depth,
	    struct error *);

#endif
