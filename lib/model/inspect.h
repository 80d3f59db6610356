#ifndef ORMD_INSPECT_H
#define ORMD_INSPECT_H

#include "buf.h"
#include "found.h"

/*
 * A model file from what a database has.  ormd-model inspect calls it.
 *
 * Appends the file's text.  What is left out, and what the file says otherwise
 * than the database does, goes to `notes', in the database's arena: path names
 * the table, or table.column.  0, or -1 when memory is out.
 */
struct inspect_notes {
	VEC(struct model_note *)	notes;
};

int	inspect_write(struct found *, struct buf *, struct inspect_notes *);

#endif
