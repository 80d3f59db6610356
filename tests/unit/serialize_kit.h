#ifndef ORMD_SERIALIZE_KIT_H
#define ORMD_SERIALIZE_KIT_H

#include <json-c/json.h>

#include "arena.h"
#include "error.h"
#include "map.h"
#include "model.h"
#include "rows.h"
#include "rules.h"

/*
 * For the tests of lib/serialize: a registry from a model's text, and rows from
 * JSON in place of a database, linked as the loader links them.
 */
struct kit {
	struct registry		*registry;
	struct json_object	*given;		/* {table: [rows]} */
	struct arena		 arena;
	struct map		 loaded;	/* (shape, given row): row */
};

/* Both fail the test when they do not work out. */
void	kit_open(struct kit *, const char *model, const char *given);
void	kit_close(struct kit *);	/* also frees given */

const struct model *kit_model(const struct kit *, const char *name);
/*
 * The object with this id (a key, or a list of a composite key's parts), with
 * all that its shape reaches; NULL when there is none.
 */
struct row *kit_row(struct kit *, const struct shape *,
	    struct json_object *id);

/* Rules as strings, each list ending with NULL; either may be NULL. */
const struct shape *kit_shape(struct kit *, const char *model,
	    const char *const *rules, const char *const *only,
	    struct error *);
/* The object as text, in the kit's arena; NULL with err. */
const char *kit_print(struct kit *, const char *model, int id,
	    const char *const *rules, const char *const *only,
	    struct error *);
/* Reads a whole file of the tests; the test fails when it is not there. */
char	*kit_file(const char *name);

#define RULES(...)	((const char *const[]){ __VA_ARGS__, NULL })

#endif
