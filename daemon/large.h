#ifndef ORMD_LARGE_H
#define ORMD_LARGE_H

#include "plan.h"
#include "request.h"

/*
 * Reads whose rows take more memory than request_memory.  A page is tried
 * again with fewer rows, so that it ends early instead of failing; of a single
 * object only the key is read then, so that the error can name it.
 *
 * request calls this when a job has ended, while its rows are there.
 */

/*
 * The job ended with *err.  True: the call was changed, and should be
 * submitted again.  False: *err is to be told; it may have been made clearer.
 */
bool	large_again(struct request *, struct error *);
/* The key has been read: -1 with the error to tell. */
int	large_told(const struct unit *, struct error *);

#endif
