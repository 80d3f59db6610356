#ifndef ORMD_MODEL_TEXT_H
#define ORMD_MODEL_TEXT_H

#include <stddef.h>

#include "model.h"

/*
 * A model file's text as a registry: scanned as strictly as a client's line,
 * loaded, and its serialize rules held against its models.  For ormd and
 * ormd-model.  NULL with err: path, message and hint.
 */
struct registry *model_text_load(const char *text, size_t n, struct error *);
/* The same, telling all refusals at once: see registry_load_all(). */
struct registry *model_text_load_all(const char *text, size_t n,
	    registry_refused *, void *arg);

#endif
