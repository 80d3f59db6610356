#ifndef ORMD_SCHEMA_H
#define ORMD_SCHEMA_H

#include "buf.h"
#include "model.h"

/*
 * JSON Schema (draft 7) of what clients send and get, for the document of
 * rpc.discover.  Each schema is a member of one object, `#/components/schemas';
 * its name is a word, a dot, and a model or type: "object.User".
 *
 *	type.T		a value of the PostgreSQL type T, as printed
 *	input.T		what is taken for it, where that is more
 *	key.M		a primary key
 *	existing.M	{"$get": …} or {"$ref": …}
 *	id.M		what `id' takes
 *	object.M	an object as printed; rules leave out what they like
 *	attributes.M	each attribute that can be written
 *	values.M	those of a new, changed or merged object
 *	item.M		what may stand for an object: new, existing, merged
 *
 * Private columns have no part in any of them.  The buf is broken when memory
 * is out.
 */
/* "type.T" and "input.T" of all types, as members. */
void	schema_types(struct buf *);
/*
 * All that is named after one model, as members, for clients of this class.
 * What is hidden from the class has no part in it.
 */
void	schema_model(struct buf *, const struct model *, enum access_class);
/* May a client of this class write the attribute? */
bool	schema_is_taken(const struct attribute *, enum access_class);
/* schema_ref(), or anything, where the class does not know the model. */
void	schema_model_ref(struct buf *, const char *word, const struct model *,
	    enum access_class);

/* JSON text, written with ' for ". */
void	schema_text(struct buf *, const char *text);
/* `"word.name":', with a comma before it where one is due. */
void	schema_name(struct buf *, const char *word, const char *name);
/* {"$ref": "#/components/schemas/word.name"} */
void	schema_ref(struct buf *, const char *word, const char *name);
/* The same of one attribute in "attributes.M". */
void	schema_attribute_ref(struct buf *, const struct model *,
	    const struct attribute *);

enum schema_use { SCHEMA_PRINTED, SCHEMA_TAKEN };

/* The schema of one value of a column, null apart. */
void	schema_column(struct buf *, const struct column *, enum schema_use);

#endif
