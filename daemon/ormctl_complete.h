#ifndef ORMCTL_COMPLETE_H
#define ORMCTL_COMPLETE_H

#include <json-c/json.h>

/*
 * What the last word of a line could become.  `described' is the result of
 * `describe', or NULL while it is not known: then only methods and parameters
 * are found.  found(arg, word) is called for each candidate, a whole word that
 * takes the place of the last; one that ends with `=' wants a value right
 * behind it.
 */
void	complete_line(struct json_object *described, const char *line,
	    void (*found)(void *arg, const char *word), void *arg);

#endif
