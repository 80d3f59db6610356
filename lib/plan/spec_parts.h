#ifndef ORMD_SPEC_PARTS_H
#define ORMD_SPEC_PARTS_H

#include "call.h"

/*
 * The inside of spec: spec.c decodes objects, spec_key.c how stored ones are
 * named, spec_item.c items of collections and proxies.  All return NULL or -1
 * with the refusal in err.
 */
struct spec *spec_new(struct decoder *, const struct model *, enum spec_kind,
	    const struct path *, struct error *);
/* A primary key, or an object of unique columns, into spec->key and so on. */
int	spec_reference(struct decoder *, struct spec *, struct json *,
	    struct error *);
/* null, {…}, or one of the {"$…"} forms. */
struct spec *spec_decode_plain(struct decoder *, const struct model *,
	    struct json *, enum spec_kind plain, const struct path *,
	    struct error *);
/* The members of an object's values. */
int	spec_values(struct decoder *, struct spec *, struct json *,
	    enum spec_kind plain, const struct path *, struct error *);
/* Gives an attribute a value: the caller may, or the model file says so. */
int	spec_assign(struct decoder *, struct spec *,
	    const struct attribute *, struct json *, enum spec_kind plain,
	    const struct path *, struct error *);
/* The value of a password; its assignment is the next of the spec. */
int	spec_password(struct decoder *, struct spec *, struct assignment *,
	    struct json *, struct error *);
/* Only an item of a proxy has an association object to give values to. */
int	spec_no_through(struct json *, const struct path *, struct error *);

#endif
