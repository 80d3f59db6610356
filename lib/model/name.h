#ifndef ORMD_NAME_H
#define ORMD_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "model.h"

/*
 * Names in PostgreSQL: quoting, and the names that it gives to constraints and
 * indexes.  All results are in the arena; NULL when it is out of memory.
 */
enum { NAME_MOST = 63 };	/* bytes; PostgreSQL cuts longer ones */

/* "name", always quoted. */
const char *name_quote(struct arena *, const char *name);
/* Quoted only where PostgreSQL needs it: for SQL that people read. */
const char *name_plain(struct arena *, const char *name);
/*
 * What PostgreSQL calls a constraint or index: table_columns_label, the longer
 * of the two parts cut until it fits.  `columns' may be NULL (a primary key).
 */
const char *name_constraint(struct arena *, const char *table,
	    const char *columns, const char *label);
/*
 * The same over columns (n == 0: none), with a number behind the label if
 * `taken', which it enters, has the name already in the table's schema.
 */
const char *name_untaken(struct arena *, struct map *taken,
	    const struct table *, struct column *const *, size_t n,
	    const char *label);

#endif
