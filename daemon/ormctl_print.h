#ifndef ORMCTL_PRINT_H
#define ORMCTL_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "libormd.h"

/*
 * Replies for people.  The caller says whether the stream takes colours
 * (print_colours); what is printed can do nothing to a terminal, whatever a
 * row of the database holds: control characters come out as \u00XX.
 */

/* Is this a terminal, and NO_COLOR and TERM do not speak against colours. */
bool	print_colours(FILE *);

/*
 * Prints n bytes of JSON indented, and a newline.  Values that are short and
 * hold no other lists or objects stay on one line.  What is not JSON is
 * printed as it is, but for control characters.
 */
void	print_json(FILE *, const char *text, size_t n, bool colours);

/*
 * Prints the value of a member of a JSON object: the part of `text' that is
 * the value of `name'.  False if there is none.
 */
bool	print_member(FILE *, const char *text, size_t n, const char *name,
	    bool colours);

/*
 * Prints the objects of a line of rows, each on a line of its own.  False if it
 * is no such line.
 */
bool	print_rows(FILE *, const char *text, size_t n, bool colours);

/*
 * `ormctl: kind: message', and a line each for path, hint, and the rest.
 * `line' is the number of the input line that it is about, or 0.
 */
void	print_failure(FILE *, const struct ormd_error *, size_t line,
	    bool colours);

#endif
