#ifndef ORMD_WHERE_PARTS_H
#define ORMD_WHERE_PARTS_H

#include "where.h"

/*
 * The inside of where: where.c (and, or, not), where_compare.c (operators),
 * where_column.c (what is compared), where_array.c and where_json.c (types that
 * have operators of their own), where_related.c and where_proxy.c (words over
 * relationships and proxies), where_put.c (SQL).
 * Each of them appends to builder->sql a condition on the row that has the
 * alias tN; those that return int give 0, or -1 with the refusal in
 * builder->err.
 */
enum {
	WHERE_DEPTH = 32,
	WHERE_PARAMS = 1000,		/* values; a list is one */
	/* PostgreSQL may take 50 ms to plan so many, and a second for 32. */
	WHERE_TABLES = 16,
	WHERE_STEPS = 32		/* into a JSON value */
};

struct builder {
	struct decoder		*d;
	struct condition	*condition;
	int			 before;	/* the statement's parameters */
	struct buf		 sql;
	int			 aliases;	/* t0 … tN are taken */
	int			 depth;
	int			 negations;	/* `not' around this */
	bool			 inside;	/* of or, not, an attribute */
	struct error		*err;
};

/* What is compared: a column, an element of an array, a place in JSON. */
struct operand {
	const struct attribute	*attribute;	/* for messages */
	const struct column	*column;	/* how values are taken and
						   sent */
	const char		*sql;
	bool			 own;		/* the model's, in t0 */
	/* A place in a jsonb column: what holds it, and the way there. */
	const char		*holder;
	const char		*const *steps;
	size_t			 nsteps;
};

enum operator_form {
	OPERATOR_EQUAL,			/* == and != */
	OPERATOR_ORDER,
	OPERATOR_LIKE,
	OPERATOR_IN,
	OPERATOR_NOT,
	OPERATOR_PARTS,			/* of arrays and JSON */
	OPERATOR_OVERLAP,		/* of arrays */
	OPERATOR_ANY			/* of arrays */
};

struct operator {
	const char		*name;
	const char		*sql;		/* with blanks, or NULL */
	enum operator_form	 form;
};

/* For hints. */
extern const char *const	where_operators[];
extern const char *const	where_object_words[];

/* where_put.c */
void	where_alias(char *to, size_t size, int alias);
/* "tN."column"" in the arena; NULL: no memory, said. */
const char *where_column_sql(struct builder *, int alias,
	    const struct column *);
/* Adds a parameter; *n is its number in the statement. */
int	where_param(struct builder *, const struct param *, int *n,
	    const struct path *);
/* "$n" for one value of the column, cast where it travels as text. */
int	where_put_cell(struct builder *, const struct column *,
	    const struct cell *, const struct path *);
/* One more table is looked at. */
int	where_table(struct builder *, const struct path *);
/* Only PostgreSQL can judge the value at this place. */
int	where_odd(struct builder *, const struct path *);
/* The attribute cannot be asked for by this name; always -1. */
int	where_refuse(struct builder *, const struct attribute *,
	    const char *name, const char *const *allowed,
	    const struct path *);

/* where_hint.c: how it was probably meant, with the refusal in err; -1. */
int	where_hint_operator(struct builder *, const struct operand *,
	    const char *name);
/* A word over a relationship or a proxy to objects. */
int	where_hint_word(struct builder *, const struct attribute *,
	    const char *word);
/* In place of words over one, the client gave this. */
int	where_hint_object(struct builder *, const struct attribute *,
	    const struct json *);
/* In place of a condition on the model. */
int	where_hint_condition(struct builder *, const struct model *,
	    const struct json *);
/* In place of an attribute of the model, a way to one. */
int	where_hint_way(struct builder *, const struct model *,
	    const char *key);

/* where.c: a condition {…} on an object of the model. */
int	where_object(struct builder *, const struct model *, int alias,
	    struct json *, const struct path *);

/* where_column.c */
int	where_operand(struct builder *, const struct attribute *, int alias,
	    struct operand *);
/* A value, null, or {operator: …}. */
int	where_column(struct builder *, const struct attribute *, int alias,
	    struct json *, const struct path *);
/* Does the name lead into a JSON column ("doc.address.city")? */
const struct attribute *where_json_attribute(struct builder *,
	    const struct model *, const char *name);
int	where_json_place(struct builder *, const struct attribute *, int alias,
	    const char *name, struct json *, const struct path *);

/* where_compare.c */
const struct operator *where_operator(const char *name);
int	where_compare(struct builder *, const struct operand *,
	    const struct operator *, struct json *, const struct path *);
int	where_meets(struct builder *, const struct operand *, struct json *,
	    const struct path *);
/* The value as a parameter of the operand's type. */
int	where_put_value(struct builder *, const struct operand *,
	    struct json *, const struct path *);

/* where_array.c, where_json.c */
int	where_array(struct builder *, const struct operand *,
	    const struct operator *, struct json *, const struct path *);
int	where_json(struct builder *, const struct operand *,
	    const struct operator *, struct json *, const struct path *);

/* where_related.c */
/*
 * "EXISTS (SELECT FROM target AS tN … WHERE it is related to alias": the
 * caller goes on with " AND …" and closes the parenthesis.  Returns N, or -1.
 */
int	where_exists(struct builder *, const struct relationship *, int alias,
	    const struct path *);
/* One is related that meets a condition, which may be empty. */
int	where_has(struct builder *, const struct relationship *, int alias,
	    struct json *, const struct path *);
/* One is related, and, unless null, it is the object that the client names. */
int	where_is(struct builder *, const struct relationship *, int alias,
	    struct json *, const struct path *);
/* What has to hold for a relationship or a proxy. */
int	where_words(struct builder *, const struct attribute *, int alias,
	    struct json *, const struct path *);

/* where_proxy.c */
int	where_proxy(struct builder *, const struct attribute *, int alias,
	    const char *word, struct json *, const struct path *);

#endif
