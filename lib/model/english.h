#ifndef ORMD_ENGLISH_H
#define ORMD_ENGLISH_H

#include "arena.h"

/*
 * English number, for names that are made from the names of tables.  Each
 * changes the last word of a name ("order_details", "OrderDetails"), in the
 * case in which it is written.  A name whose last word has the number already,
 * or none that these rules know, comes back as it is.  NULL: out of memory.
 */
const char *english_singular(struct arena *, const char *name);
const char *english_plural(struct arena *, const char *name);

#endif
