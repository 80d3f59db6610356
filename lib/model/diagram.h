#ifndef ORMD_DIAGRAM_H
#define ORMD_DIAGRAM_H

#include "buf.h"
#include "model.h"

/*
 * Appends a picture of a model file's models: a box for each, with columns,
 * relationships and association proxies, and a line for each relationship (for
 * both of its ends, if they name each other), and for each foreign key that has
 * none.  ormd-model calls it.  The same registry gives the same text.  The buf
 * is broken when memory is out.
 */
enum diagram_format { DIAGRAM_SVG, DIAGRAM_DOT, DIAGRAM_MERMAID };

void	diagram_write(const struct registry *, enum diagram_format,
	    struct buf *);

#endif
