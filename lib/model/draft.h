#ifndef ORMD_DRAFT_H
#define ORMD_DRAFT_H

#include "inspect.h"

/*
 * The model file that inspect is about to write; private to its rooms, which
 * run in this order, each over all tables:
 *
 *   draft_tables	which tables become models, types, keys, foreign keys
 *   draft_links	which tables only link others
 *   draft_names	what the models are called
 *   draft_relations	relationships, both ends of each
 *   draft_proxies	association proxies
 *   draft_rules	what is printed
 *   draft_write		the text
 *
 * Each returns 0, or -1 when memory is out.  Everything is in the arena of
 * what was found.
 */
enum draft_part {
	PART_OUT,		/* not in the file */
	PART_KEYLESS,		/* out, unless it turns out to be a LINK */
	PART_MODEL,
	PART_LINK		/* an association table without a model */
};

struct draft_table;
struct draft_end;

struct draft_column {
	const struct found_column	*c;
	const char			*type;	/* as the file says it */
	bool				 out;	/* not in the file */
	bool				 is_private;
};

/* A foreign key that the file can say. */
struct draft_fk {
	const struct found_fk	*fk;
	struct draft_table	*from;
	struct draft_table	*to;
	bool			 is_one;	/* one row at most refers */
	bool			 is_part;	/* the rows that refer are part
						   of what they refer to */
	struct draft_end	*one;		/* the many-to-one */
	struct draft_end	*many;		/* its other end */
};

struct draft_proxy {
	const char		*name;
	const struct draft_end	*through;
	const struct draft_end	*attribute;
};

/* A relationship. */
struct draft_end {
	const char		*name;
	const char		*stem;		/* what the name is made of */
	struct draft_table	*table;		/* whose */
	struct draft_table	*target;
	struct draft_end	*back;
	struct draft_fk		*fk;		/* NULL: by `link' */
	bool			 to_one;	/* it has the foreign key */
	bool			 uselist;
	struct draft_table	*link;		/* secondary, or NULL */
	struct draft_fk		*near, *far;	/* of the link */
	const char		*cascade;	/* NULL: the default */
	const char		*passive;	/* passive_deletes; or NULL */
	bool			 is_printed;
};

struct draft_table {
	const struct found_table *t;
	enum draft_part		 part;
	const char		*name;		/* of the model */
	const char		*label;		/* for notes: schema.table */
	const char		*path;		/* as references name it */
	const char		*schema;	/* in the file; or NULL */
	struct draft_column	*columns;	/* by found_column's index */
	const struct found_key	*key;
	VEC(const struct found_key *) uniques;	/* that the file says */
	VEC(struct draft_fk *)	 fks;
	int			 referrers;	/* foreign keys to here */
	struct draft_fk		*left, *right;	/* of a link or an association
						   object, or NULL */
	struct map		 names;		/* of attributes */
	VEC(struct draft_end *)	 ends;
	VEC(struct draft_proxy *) proxies;
	VEC(const char *)	 rules;
	bool			 only_columns;	/* too many ends for rules */
};

/* A type that the file does not say as it is, and the columns of it. */
struct draft_odd {
	const char		*type;
	bool			 is_domain;
	VEC(const struct found_column *) columns;
};

/* A note that is kept back until it is clear what becomes of the table. */
struct draft_note {
	struct model_note	*note;
	const struct draft_table *t;
};

struct draft {
	struct found		*f;
	struct arena		*a;
	VEC(struct draft_note)	 notes;
	VEC(struct draft_table *) tables;	/* all, as found */
	struct map		 by_table;	/* see draft_of() */
	VEC(const struct found_enum *) enums;	/* that a column has */
	VEC(struct draft_odd *)	 odd;
};

int	draft_tables(struct draft *);
int	draft_links(struct draft *);
int	draft_names(struct draft *);
int	draft_relations(struct draft *);
int	draft_proxies(struct draft *);
int	draft_rules(struct draft *);
int	draft_write(struct draft *, struct buf *);

/* What a model and an association table have in common, as members. */
struct text;
void	draft_write_table(struct draft *, const struct draft_table *,
	    struct text *);
/* ["a", "b"]: the names of columns. */
void	draft_put_names(struct buf *, struct found_column *const *, size_t n);
/* draft_type.c: what the file calls the type; NULL: out of memory. */
const char *draft_type(struct draft *, const struct draft_table *,
	    const struct found_column *);
/* The notes about types, when it is clear which tables are in the file. */
int	draft_types(struct draft *);
struct draft_table *draft_of(const struct draft *,
	    const struct found_table *);
/* As an enum of the file, with its schema where it needs one, or NULL. */
const char *draft_enum(struct draft *, const struct found_enum *);
/* draft_key.c: the primary key and the uniques of a table; its foreign keys. */
int	draft_keys(struct draft *, struct draft_table *);
int	draft_fks(struct draft *, struct draft_table *);
/* draft_rest.c: notes of what the file does not say of a table. */
int	draft_rest(struct draft *, const struct draft_table *);

/* A note about a table, or, with c, about a column of it. */
int	draft_note(struct draft *, const struct draft_table *,
	    const struct found_column *, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));
/*
 * Enters the first of these names (NULL: none) that is free and that clients
 * can write; when all are taken, the last with a number.  NULL: no memory.
 */
enum { DRAFT_NAMES = 4 };
const char *draft_name(struct draft *, struct map *taken,
	    const char *const names[DRAFT_NAMES], void *what);

#endif
