#ifndef ORMD_SIGHT_H
#define ORMD_SIGHT_H

#include <stdbool.h>

#include "buf.h"
#include "model.h"

/*
 * Through whose eyes a statement looks at tables.  An admin sees all rows, and
 * so does NULL; it is for rows that rules have to look at and no reply shows.
 *
 * In a statement of one unit the caller's key is $1 (class USER only; `param'
 * is 0 for the others), and whatever else it needs comes behind that.  In one
 * that serves several units it is an array, behind the keys asked for.
 */
struct sight {
	enum access_class	 class;
	const struct column	*key;	/* by which users are known, or NULL */
	int			 param;	/* $n is the caller's key … */
	bool			 many;	/* … or an array of callers' keys */
	bool			 open;	/* row-level security leaves rows out */
};

struct call;

/* Fills call->sight from its registry and its caller. */
void	sight_begin(struct call *);
/* Which rows of the table are seen; all of one that has no model. */
enum access_right sight_right(const struct sight *, const struct table *);
/*
 * A table and its alias, after FROM, JOIN or USING.  Every statement that reads
 * names its tables by this, so that it finds only the rows that may be seen.
 * It needs the caller's key where sight_right() is RIGHT_OWN.
 */
void	sql_table(struct buf *, const struct table *, const char *alias,
	    const struct sight *);
/*
 * The column of the table itself that says whom a row belongs to; NULL: another
 * table does.  Only for RIGHT_OWN.
 */
const struct column *sight_owner(const struct sight *, const struct table *);
/*
 * Whom a row belongs to, for the select list: in a statement for several
 * callers it says who of them sees the row.  Only for RIGHT_OWN.
 */
void	sql_owner(struct buf *, const struct table *, const char *alias,
	    const struct sight *);

#endif
