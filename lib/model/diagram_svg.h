#ifndef ORMD_DIAGRAM_SVG_H
#define ORMD_DIAGRAM_SVG_H

#include "diagram_parts.h"

/* What diagram_svg.c and diagram_legend.c draw with. */
enum {
	SMALL_SIZE = 10,		/* of letters */
	BASELINE = 4			/* below the middle of a row */
};

struct svg {
	struct layout	 l;
	struct arena	*a;
	struct buf	*b;
};

void	svg_text(struct svg *, int x, int y, const char *class,
	    const char *text);
/*
 * At the end of a line, from x on to the right (way 1) or to the left (-1):
 * how many there are, in the class of the line, and what is deleted.
 */
void	svg_number(struct svg *, int x, int y, int way, enum diagram_end,
	    const char *class);
void	svg_diamond(struct svg *, int x, int y, int way, bool full);
void	svg_legend(struct svg *);

#endif
