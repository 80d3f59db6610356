#ifndef ORMD_MODEL_KIT_H
#define ORMD_MODEL_KIT_H

#include "model.h"

/*
 * What the tests of lib/model share.  Model text is written with ' for ", so
 * that it can be read; in a value that needs one, ` stands for '.
 */

/* The registry of that text; the test fails if it is refused. */
struct registry *kit_load(const char *text);
/* The same for the models, each 'Name': {...}, without the rest of a file. */
struct registry *kit_models(const char *models);
/*
 * The text is refused at that JSON Pointer; the message and the hint have
 * these words in them (NULL: no hint).
 */
void	kit_refused(const char *text, const char *pointer,
	    const char *message, const char *hint);
void	kit_models_refused(const char *models, const char *pointer,
	    const char *message, const char *hint);
/* It is taken with just this warning. */
void	kit_models_warned(const char *models, const char *pointer,
	    const char *message);

struct column *kit_column(const struct registry *, const char *model,
	    const char *name);
struct relationship *kit_relationship(const struct registry *,
	    const char *model, const char *name);
struct proxy *kit_proxy(const struct registry *, const char *model,
	    const char *name);

/* All of a file below the top of the source tree; the caller frees. */
char	*kit_file(const char *name, size_t *n);

#endif
