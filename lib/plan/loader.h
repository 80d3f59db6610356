#ifndef ORMD_LOADER_H
#define ORMD_LOADER_H

#include "rows.h"
#include "shape.h"
#include "sight.h"
#include "sql.h"
#include "statement.h"

/*
 * Loading objects and what is nested in them, the selectin way: one statement
 * per relationship and level, with an array of keys, however many objects and
 * units ask for it.
 *
 * struct load is the compiled form of a shape: which columns to fetch and the
 * statements that do it.  Read-only once made; it lives in the arena given.
 */
struct load;
struct nesting;

enum load_way {
	LOAD_TARGETS,		/* many-to-one: by the key they have */
	LOAD_CHILDREN,		/* their foreign key leads here */
	LOAD_LINKED		/* through a secondary table */
};

struct load_member {
	const struct relationship *relationship;
	const struct proxy	*proxy;		/* rows go to row->via */
	const struct load	*load;		/* of the rows it leads to */
	const struct sql	*sql;		/* fetches them by $1 … */
	enum load_way		 way;
	int			 index;		/* in load->members */
	const int		*remote_at;	/* in a line of the target: the
						   columns that lead back */
	/*
	 * In nesting->all: what the request asks of this collection; -1: all
	 * of it, in its own order.
	 */
	int			 nested;
	/*
	 * The parents' columns are their primary key, so that children can be
	 * asked for in the same round as their parents.
	 */
	bool			 by_parent_key;
	/* Rows come in any order and are sorted here, by their integer key. */
	bool			 sort_here;
	/* The targets' columns are their primary key: one identity map. */
	bool			 by_target_key;
};

struct load {
	const struct shape	*shape;
	const struct model	*model;
	const char		*merge_name;	/* equal: `get's may merge;
						   NULL: only by text */
	VEC(const struct column *) columns;	/* in the order selected */
	VEC(struct load_member)	 members;
	const struct sql	*by_key;
	const char		*select_list;	/* of t0, for other
						   statements */
	bool			 keeps_text;	/* of rows to which several
						   refer: all is columns */
	bool			 in_place;	/* column i of the table is the
						   i-th one selected */
	/*
	 * Reached in one way only, in which no row comes twice: its rows need
	 * no identity map.
	 */
	bool			 once;
	/*
	 * By which users are known, where callers see only rows of their own:
	 * the callers' keys are the last parameter, and each line has the key
	 * of the row's owner among its columns, or, at -1, as its last cell.
	 * NULL: who sees one row sees them all.
	 */
	const struct column	*owner;
	int			 owner_at;
	/* So does something that is reached from here: a graph per caller. */
	bool			 viewed;
	int			 ways;		/* that lead here */
	/* It, or what it leads to, has a member that the request asks of. */
	bool			 has_nested;
	int			 id;		/* small, unique in its graph */
};

/*
 * For callers of this sight's class and their like, and for all requests whose
 * `load' has the same text as the nesting (NULL: none).  `kept': it is one of
 * a bounded number that others will use.  NULL with err:
 *   invalid_value	the shape does not print what the nesting speaks of
 * merge_name is the caller's to set.
 */
struct load *load_compile(struct arena *, struct sql_cache *, bool kept,
	    const struct shape *, const struct sight *,
	    const struct nesting *, struct error *);

/* A row that was asked for by its key; `row' stays NULL when it is absent. */
struct slot {
	struct row	*row;
};

struct loader;

/* Everything, the rows included, goes into the arena. */
struct loader *loader_new(struct arena *);
/*
 * Asks for one object by primary key, as the caller of that key sees it (NULL:
 * of a class whose members all see the same).  The nesting has the values for a
 * load that was compiled with one; it is not looked at for others.  NULL: out
 * of memory.
 */
struct slot *loader_want(struct loader *, const struct load *,
	    const struct nesting *, const struct cell *caller,
	    const struct cell *key);
/*
 * Asks for the rows of one caller's statement, whose columns begin with those
 * of the load; more may follow.  Lines are pushed in order, and beside them
 * rows, of which `most' are made (0: all): what others lead to is not loaded.
 */
struct row_list {
	VEC(struct row *)	 rows;
	VEC(const struct cell *) lines;
	size_t			 most;
};
int	loader_want_rows(struct loader *, const struct load *,
	    const struct nesting *, const struct cell *caller,
	    const struct statement *, struct row_list *);
/*
 * Adds the next statements to the round; *more says whether a later round may
 * be needed.  0, or -1 out of memory.  Nothing added: all is loaded.
 */
int	loader_next(struct loader *, struct round *, bool *more);
/* The answer of statement `index' counted from the loader's first in it. */
int	loader_take(struct loader *, size_t index, const struct answer *);

#endif
