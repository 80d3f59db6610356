#ifndef ORMD_MODEL_DATABASE_H
#define ORMD_MODEL_DATABASE_H

#include <libpq-fe.h>

#include "found.h"

/*
 * A database as ormd-model's commands look at it: in one read-only transaction
 * with one snapshot, which ends with the connection.
 */

/*
 * Connects, and begins.  NULL when it has said on standard error why not.
 * `conninfo' is what psql takes: a connection string, a URI or a name.  The
 * caller ends it with PQfinish().
 */
PGconn	*database_open(const char *conninfo);
/*
 * Asks the catalog about these schemas (nschemas == 0: all).  0, or -1 when it
 * has said why not.
 */
int	database_look(PGconn *, struct found *, char *const *schemas,
	    size_t nschemas);
/*
 * A statement that returns one row, and may fail without harm to those after
 * it: NULL with the first line of PostgreSQL's words in `why', or with "" there
 * when the connection is gone, which it has said.
 */
enum { DATABASE_WHY = 256 };
PGresult *database_try(PGconn *, const char *sql, char why[DATABASE_WHY]);
/* Is this word of the command line a connection string, and no file? */
bool	database_is_conninfo(const char *word);

#endif
