#ifndef ORMD_DECODE_PARTS_H
#define ORMD_DECODE_PARTS_H

#include "call.h"

/*
 * The inside of decode: decode.c (methods), decode_params.c (the parameters of
 * an operation), decode_transaction.c (requests that hold others),
 * decode_name.c (names).  All return NULL or -1 with the refusal in err.
 */
enum { OP_PARAMS = 12 };

/* A method that is an operation, and what it takes. */
struct op_row {
	const char	*method;
	enum op_kind	 kind;
	bool		 is_read;
	const char	*params[OP_PARAMS];
};

/* What the requests take that hold others. */
extern const char *const	transaction_params[];
extern const char *const	preview_params[];

/* NULL: no operation has this name. */
const struct op_row *decode_op_row(const char *method);
struct op *decode_op_add(struct decoder *, const struct path *);
int	decode_op(struct decoder *, const struct op_row *, struct json *params,
	    struct op *, struct error *);
/* A request that is one operation. */
int	decode_lone_op(struct decoder *, const struct op_row *,
	    struct json *params, const struct path *root, struct error *);

/* One parameter each, or a few that belong together. */
int	decode_target(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_values(struct decoder *, struct op *, struct json *params,
	    struct error *);
/* An update's values are no object of their own that could have a label. */
int	decode_no_label(const struct op *, struct error *);
int	decode_attribute(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_items(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_mode(struct op *, struct json *params, struct error *);
int	decode_shaping(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_where(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_page(struct decoder *, struct op *, struct json *params,
	    struct error *);
int	decode_version(struct decoder *, struct op *, struct json *params,
	    struct error *);
/* The parameter of that name is missing; always -1. */
int	decode_missing(const char *name, const struct path *, struct error *);

int	decode_transaction(struct decoder *, struct json *params,
	    const struct path *root, struct error *);
int	decode_preview(struct decoder *, struct json *params,
	    const struct path *root, struct error *);
/* Every {"$ref": …} must name a label of this call. */
int	decode_refs(struct decoder *, struct error *);

#endif
