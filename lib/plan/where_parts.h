#ifndef ORMD_WHERE_PARTS_H
#define ORMD_WHERE_PARTS_H

#include "where.h"

/*
 * The inside of where: where.c (and, or, not), where_column.c (comparisons),
 * where_related.c and where_proxy.c (words over relationships and proxies).
 * Each of them appends to builder->sql a condition on the row that has the
 * alias tN; those that return int give 0, or -1 with the refusal in
 * builder->err.
 */
enum { WHERE_DEPTH = 32, WHERE_PARAMS = 4096 };

struct builder {
	struct decoder		*d;
	struct condition	*condition;
	struct buf		 sql;
	int			 aliases;	/* t0 … tN are taken */
	int			 depth;
	struct error		*err;
};

/* An operator of a column. */
struct operator {
	const char	*name;
	const char	*sql;		/* NULL: in */
	bool		 text;		/* for text only */
};

/* For hints. */
extern const char *const	where_operators[];
extern const char *const	where_object_words[];

void	where_alias(char *to, size_t size, int alias);
void	where_put_column(struct builder *, int alias, const struct column *);
/* "$n" for one value of the column, cast where it travels as text. */
int	where_put_cell(struct builder *, const struct column *,
	    const struct cell *);
/* The attribute cannot be asked for by this name; always -1. */
int	where_refuse(struct builder *, const struct attribute *,
	    const char *name, const char *const *allowed,
	    const struct path *);

/* A condition {…} on an object of the model. */
int	where_object(struct builder *, const struct model *, int alias,
	    struct json *, const struct path *);

const struct operator *where_operator(const char *name);
int	where_compare(struct builder *, const struct attribute *, int alias,
	    const struct operator *, struct json *, const struct path *);
int	where_column(struct builder *, const struct attribute *, int alias,
	    struct json *, const struct path *);

/*
 * "EXISTS (SELECT FROM target AS tN … WHERE it is related to alias": the
 * caller goes on with " AND …" and closes the parenthesis.  Returns N.
 */
int	where_exists(struct builder *, const struct relationship *, int alias);
/* One is related that meets a condition, which may be empty. */
int	where_has(struct builder *, const struct relationship *, int alias,
	    struct json *, const struct path *);
/* One is related, and, unless null, it is the object that the client names. */
int	where_is(struct builder *, const struct relationship *, int alias,
	    struct json *, const struct path *);
/* What has to hold for a relationship or a proxy. */
int	where_words(struct builder *, const struct attribute *, int alias,
	    struct json *, const struct path *);
int	where_proxy(struct builder *, const struct attribute *, int alias,
	    const char *word, struct json *, const struct path *);

#endif
