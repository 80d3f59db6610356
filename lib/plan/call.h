#ifndef ORMD_CALL_H
#define ORMD_CALL_H

#include "buf.h"
#include "model.h"
#include "rows.h"
#include "sight.h"

/*
 * A decoded request: what a client asks, in terms of the model, with every
 * name resolved and every value converted.  Nothing of it depends on what is
 * stored.  All of it lives in the request's arena; it is read-only once made,
 * so a call that lost a race is run again as it is.
 */
struct caller;
struct login_call;
struct aggregate;
struct load;
struct spec;
struct condition;
struct nesting;
struct unit;
struct audit_source;
struct plan_seal;

enum {
	PASSWORD_MOST = 1024,	/* bytes; a longer one hides something else */
	SECRETS_MOST = 16	/* passwords of a call: each takes long */
};

enum op_kind {
	OP_GET, OP_FIND, OP_COUNT, OP_AGGREGATE,
	OP_CREATE, OP_UPDATE, OP_DELETE, OP_MERGE, OP_APPEND, OP_REMOVE, OP_SET
};

/* Of a whole transaction, weakest first. */
enum isolation {
	ISOLATION_UNSAID, ISOLATION_READ_COMMITTED, ISOLATION_REPEATABLE_READ,
	ISOLATION_SERIALIZABLE
};

enum return_mode { RETURN_OBJECT, RETURN_KEY, RETURN_NONE };

/* How a request speaks of an object (protocol.md, Values). */
enum spec_kind {
	SPEC_NULL,
	SPEC_NEW,		/* {…} */
	SPEC_GET,		/* {"$get": …} and the `id' of an operation */
	SPEC_MERGE,		/* {"$merge": {…}}, and objects in `merge' */
	SPEC_REF,		/* {"$ref": "label"} */
	SPEC_VALUE		/* item of a proxy to a column */
};

/* One attribute and what it becomes. */
struct assignment {
	const struct attribute	*attribute;
	const struct path	*path;
	struct cell		 cell;		/* a column's value */
	bool			 is_list;
	VEC(struct spec *)	 specs;		/* of a relationship or proxy;
						   one when not a list */
};

struct spec {
	enum spec_kind		 kind;
	const struct model	*model;
	const struct path	*path;
	const struct cell	*key;		/* GET by table->key, or NULL */
	const struct unique	*unique;	/* GET by these columns */
	const struct cell	*unique_values;
	const char		*label;		/* $as; of a REF, $ref */
	struct spec		*labelled;	/* REF: what it refers to */
	VEC(struct assignment)	 assignments;	/* NEW, MERGE */
	struct cell		 value;		/* VALUE */
	/*
	 * An item of a proxy: this spec is the association object that the
	 * creator would make, and `item' is what the client named.  From
	 * `through' on the assignments are those of $through.
	 */
	struct spec		*item;
	size_t			 through;
};

/* Other objects that an order looks at: PostgreSQL plans so many at ease. */
enum { ORDER_JOINS = 8 };

/* A step on the way to what a page is ordered by: a many-to-one. */
struct order_join {
	const struct relationship *relationship;
	int			 from;		/* another one; -1: the model */
};

/*
 * One term of an ORDER BY.  The primary key ends the list, so that no two rows
 * are equal.  As PostgreSQL has it, nulls come last, and first in descending.
 */
struct order {
	const struct column	*column;
	int			 join;		/* in op->joins; -1: no one */
	bool			 descending;
	bool			 nullable;	/* or reached by a reference
						   that may be */
};

/*
 * Where a page begins: behind a row with these values, or at it, in the order
 * or against it.
 */
struct position {
	const struct cell	*cells;		/* by op->order */
	bool			 inclusive;
	bool			 backward;
};

/* What a delete may not pass, and what it has to be. */
struct guard {
	int64_t			 all;		/* rows; -1: any number */
	const int64_t		*tables;	/* by table->index, -1: any
						   number; or NULL */
	const struct path	*max_path;	/* NULL: from the settings */
	const char		*plan;		/* a preview's token, or NULL */
	const struct path	*plan_path;
};

/*
 * A password of the call.  Before the call runs, secret_keep() puts its hash,
 * text that lives as long as the call, where it was assigned.
 */
struct secret {
	struct spec		*spec;
	size_t			 assignment;	/* in spec->assignments */
	struct json		*value;		/* what the client wrote */
};

struct op {
	enum op_kind		 kind;
	const struct model	*model;
	const struct path	*path;		/* of the params */
	struct spec		*target;	/* what `id' names */
	VEC(struct spec *)	 values;	/* create, merge; update: one */
	bool			 is_list;	/* create of a list */
	const struct attribute	*attribute;	/* append, remove, set */
	VEC(struct spec *)	 items;
	enum return_mode	 mode;
	const struct load	*load;		/* how to print objects */
	const struct nesting	*nesting;	/* `load'; or NULL */
	const struct cell	*version;	/* or NULL */
	const struct path	*version_path;
	struct condition	*where;		/* find, count; or NULL */
	VEC(struct order)	 order;
	VEC(struct order_join)	 joins;
	const struct position	*position;	/* of find; NULL: first page */
	int64_t			 limit;
	bool			 count;
	bool			 unpaged;	/* the order ends with what the
						   caller may not be told, and
						   so would a cursor */
	bool			 stream;	/* `limit' is that of all pages,
						   which the daemon asks for
						   one by one */
	const struct guard	*guard;		/* delete; NULL: none */
	const struct aggregate	*aggregate;	/* of OP_AGGREGATE */
};

struct call {
	const char		*shape;		/* equal: may be merged */
	bool			 is_read;
	bool			 is_transaction;
	enum isolation		 isolation;
	bool			 is_preview;	/* of these ops; is_read */
	bool			 alone;		/* never merge it */
	int64_t			 preview_limit;	/* rows to look at */
	const struct registry	*registry;
	const struct caller	*caller;	/* NULL: there are no logins */
	struct sight		 sight;		/* the caller's */
	bool			 rls;		/* PostgreSQL has the rules,
						   too */
	bool			 rls_alone;	/* for comparing: only it has */
	/*
	 * Exactly once: the client's key, the request as canonical text, and
	 * what makes the text of the reply from the unit.  NULL: no key.
	 */
	const char		*key;
	const char		*request;
	int			(*render)(void *ctx, const struct unit *,
				    struct buf *, struct error *);
	void			*render_ctx;
	int64_t			 sweep;		/* seconds: older keys may go;
						   0: not now */
	const struct audit_source *audit;	/* see audit.h; NULL: this call
						   is not audited */
	bool			 wants_seal;	/* it makes a plan token, or is
						   held to one: … */
	const struct plan_seal	*seal;		/* … then not NULL; seal.h */
	VEC(struct op *)	 ops;
	struct map		 labels;	/* struct spec */
	VEC(struct secret)	 secrets;
	const struct login_call	*login;		/* see login.h; else NULL */
};

/* What a request says of how objects are printed; each may be NULL. */
struct shaping {
	struct json		*rules;		/* lists of strings */
	struct json		*only;
	const struct nesting	*nesting;
};

/* What decoding needs besides the request. */
struct decoder {
	struct arena		*arena;
	const struct registry	*registry;
	struct call		*call;
	int64_t			 limit_default;	/* rows of a page */
	int64_t			 limit_most;
	int64_t			 in_most;	/* values of a list of `in' */
	int64_t			 preview_limit;	/* rows to look at */
	int64_t			 max_deleted;	/* of a delete without `max';
						   0: any number */
	/*
	 * Compiles the shaping for a model; NULL with err.  `ctx' is the
	 * caller's.
	 */
	const struct load	*(*load)(void *ctx, struct arena *,
				    const struct model *,
				    const struct shaping *,
				    const struct path *, struct error *);
	void			*ctx;
	VEC(struct spec *)	 refs;		/* to resolve at the end */
	bool			 refuse_passwords;	/* others listen */
};

/* True and *kind when the method is one of an op. */
bool	op_kind_find(const char *method, enum op_kind *kind);
bool	op_is_read(enum op_kind);

/* A method that call_decode() knows; `params' ends with NULL. */
struct call_method {
	const char		*name;
	const char *const	*params;
	bool			 is_write;
};

/* The i-th of them, counted from 0; false: there are no more. */
bool	call_method(size_t i, struct call_method *);

/*
 * Decodes the params of one method (op_decode) or of `transaction' (the whole
 * call, with its ops).  call_decode() fills decoder->call: shape, is_read, ops.
 * 0, or -1 with the place of the refusal in err.
 */
int	call_decode(struct decoder *, const char *method,
	    struct json *params, struct error *);

/* Parts of decoding, one room each. */
struct path *path_step(struct arena *, const struct path *up, const char *key,
	    int index);
struct spec *spec_decode(struct decoder *, const struct model *,
	    struct json *, enum spec_kind plain, const struct path *,
	    struct error *);
struct spec *spec_decode_id(struct decoder *, const struct model *,
	    struct json *id, const struct path *, struct error *);
int	spec_decode_item(struct decoder *, const struct attribute *,
	    struct json *, enum spec_kind plain, const struct path *,
	    struct spec **, struct error *);
int	key_decode(struct decoder *, const struct model *,
	    struct json *, const struct cell **, const struct path *,
	    struct error *);
/*
 * May this class be told what is in these columns, and speak of objects by it?
 */
bool	columns_are_told(enum access_class, struct column *const *, size_t n);
int	where_decode(struct decoder *, const struct model *,
	    struct json *, struct condition **, const struct path *,
	    struct error *);
/* The same in a statement that has the parameters of `before' as well. */
int	where_decode_behind(struct decoder *, const struct model *,
	    struct json *, const struct condition *before,
	    struct condition **, const struct path *, struct error *);
/* `order_by'. */
int	order_decode(struct decoder *, struct op *, struct json *params,
	    struct error *);
/* `after' and `before', once the order and the condition are known. */
int	position_decode(struct decoder *, struct op *, struct json *params,
	    struct error *);
/* 0, or -1 with the refusal: a client may not write this attribute. */
int	attribute_writable(const struct decoder *, const struct model *,
	    const struct attribute *, const struct path *, struct error *);
int	unknown_model(struct arena *, const struct registry *,
	    enum access_class, const char *name, const struct path *,
	    struct error *);
/* `max' and `plan' of a delete. */
int	guard_decode(struct decoder *, struct op *, struct json *params,
	    struct error *);
void	secret_keep(const struct secret *, const char *hash);
/* The error for a name that the model does not have, or not for this caller. */
int	unknown_attribute(const struct decoder *, const struct model *,
	    const char *name, const struct path *, struct error *);
/*
 * The attribute that this caller can see, and so compare and sort by; NULL:
 * there is none of that name.
 */
const struct attribute *attribute_seen(const struct decoder *,
	    const struct model *, const char *name);
/*
 * "user.name": the attribute that a name begins with, seen as above; *name is
 * then the rest, or NULL.  NULL: unknown_field.
 */
const struct attribute *attribute_first(const struct decoder *,
	    const struct model *, const char **name, const struct path *,
	    struct error *);
/*
 * This class may not do that: forbidden, or, of those who have not logged in,
 * unauthenticated.  Always -1.
 */
int	not_allowed(enum access_class, const struct path *, struct error *,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
