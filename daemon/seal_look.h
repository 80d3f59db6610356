#ifndef ORMD_SEAL_LOOK_H
#define ORMD_SEAL_LOOK_H

#include "ormd.h"
#include "pipeline.h"
#include "sealing.h"

/*
 * Reads the key of plan tokens from ormd.seal, if it is there for ormd's role.
 *
 * The pool runs this as a talk on each backend that is idle while the source of
 * the key is unknown, before anything else, since a token may be asked for at
 * once; readers may know it while there is no writer.  Then on a writer when no
 * other is connected, and when the model was exchanged, as the catalog.
 */
struct seal_look {
	struct ormd	*ormd;
	struct arena	 arena;
	unsigned	 round;
	bool		 is_there, may;		/* the table; read it */
	bool		 found;
	unsigned char	 key[SEALING_KEY];
};

extern const struct pipeline_talk seal_look_talk;	/* its owner: a look */

void	seal_look_begin(struct seal_look *, struct ormd *);
void	seal_look_release(struct seal_look *);	/* also amid one */
/* Takes the key over, or logs that there is none.  False: look again. */
bool	seal_look_end(struct seal_look *, const struct pipeline *);

#endif
