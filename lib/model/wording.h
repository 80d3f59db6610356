#ifndef ORMD_WORDING_H
#define ORMD_WORDING_H

#include <stdbool.h>

#include "arena.h"

/*
 * How inspect calls things: models, relationships, what is private.  All
 * results are in the arena; NULL when it is out of memory.  None is longer
 * than PostgreSQL's names.
 */

/* "order_details", "Order Details": OrderDetail. */
const char *wording_model(struct arena *, const char *table);
/*
 * An attribute's name made of a table's: what is no letter or digit becomes
 * "_", and a name without small letters gets them.  "Order Details":
 * Order_Details.
 */
const char *wording_attribute(struct arena *, const char *table);
/*
 * What a foreign key's column calls the object that it leads to: the column's
 * name without what says that it is a key ("author_id", "authorId",
 * "id_author", "author_isbn" for a key called isbn).  "" when nothing is left;
 * the name itself when nothing says so.
 */
const char *wording_reference(struct arena *, const char *column,
	    const char *key, const char *table);
/* The same but for case and "_": "OrderDetail" and "order_detail". */
bool	wording_same(const char *, const char *);
/* Does the name say that nobody shall see what is in it? */
bool	wording_is_secret(const char *column);
/* May clients write this name in requests? */
bool	wording_is_attribute(const char *name);
/* At most as long as PostgreSQL's names. */
const char *wording_clip(struct arena *, const char *name);

#endif
