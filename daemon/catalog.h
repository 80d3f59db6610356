#ifndef ORMD_CATALOG_H
#define ORMD_CATALOG_H

#include "ormd.h"
#include "pipeline.h"

enum { CATALOG_QUERIES = 8 };	/* room for those of a check */

/*
 * Holds the model against the database as it is.  Each difference is a warning
 * in the log: a table or column that is not there, another type, NOT NULL here
 * and not there, a foreign key that is not there or does something else ON
 * DELETE; and whether the role may write the audit, where there is one, and no
 * more.  ormd stays up; requests that meet a difference fail by name.
 *
 * The pool runs this as a talk on a writer that has just connected, when no
 * other is connected, and when the model was exchanged.
 */
struct catalog {
	struct ormd		*ormd;
	struct ormd_model	*model;		/* held; NULL: no check runs */
	struct arena		 arena;		/* of the check */
	VEC(struct column *)	 columns;	/* as asked, by number */
	VEC(struct foreign_key *) fks;
	unsigned char		 queries[CATALOG_QUERIES]; /* by statement */
	unsigned		 differences;
	bool			 asked;
};

extern const struct pipeline_talk catalog_talk;	/* its owner: the catalog */

void	catalog_init(struct catalog *, struct ormd *);
void	catalog_release(struct catalog *);	/* also amid a check */
void	catalog_begin(struct catalog *);
/* Logs what came of it. */
void	catalog_end(struct catalog *, const struct pipeline *);

#endif
