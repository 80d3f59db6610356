#ifndef ORMD_LOADER_PARTS_H
#define ORMD_LOADER_PARTS_H

#include "loader.h"

/*
 * The inside of the loader: loader.c keeps what is asked for and makes the
 * statements, loader_take.c hangs the rows that come where they belong.
 */

/* Somebody who waits for the rows of a key: a link or a slot. */
struct waiter {
	struct waiter	*next;
	struct link	*link;
	struct slot	*slot;
};

/* A caller, where not all of them see the same. */
struct viewer {
	const struct cell	*key;
	unsigned		 statement;	/* that names it already */
};

/*
 * A key asked for: of an object, or of the parent of a member's children; once
 * for each caller where load->viewed.
 */
struct wanted {
	struct wanted		*other;		/* the same for another one */
	struct viewer		*viewer;	/* NULL: for all */
	const struct cell	*cells;
	struct waiter		*waiters;
	struct row		*row;		/* objects: once there */
	struct link		*found;		/* children: once there */
	unsigned		 references;	/* to the row, so far */
};

/* What is asked for by one statement: objects of a load, or a member's. */
struct fetch {
	struct node		*node;		/* whose rows come */
	const struct load_member *member;	/* NULL: by primary key */
	struct node		*owner;		/* whose member it is */
	struct map		 by_key;	/* struct wanted */
	VEC(struct wanted *)	 pending;
	size_t			 sent;		/* pending[0 … sent) */
};

struct rows_wanted {
	struct node		*node;
	struct viewer		*viewer;
	const struct statement	*statement;
	struct row_list		*rows;
};

/* All that is known of one load, and of one set of values in its statements. */
struct node {
	const struct load	*load;
	const struct nesting	*nesting;	/* NULL: no values */
	struct fetch		 objects;
	struct fetch		*members;	/* by member index */
};

struct sent {
	struct fetch		*fetch;
	struct rows_wanted	*rows;
};

struct loader {
	struct arena		*arena;
	struct map		 nodes;		/* by load and values */
	struct map		 viewers;	/* by key */
	unsigned		 statements;	/* for struct viewer */
	VEC(struct rows_wanted *) lists;
	VEC(struct sent)	 sent;		/* of the round under way */
};

/*
 * The entry for a key; a new one is put on the list to fetch if it has to.
 * NULL: out of memory.
 */
struct wanted *loader_wanted(struct loader *, struct fetch *,
	    struct viewer *, const struct cell *, size_t n, bool fetch);
/* All entries for a key, linked by `other', or NULL.  0, or -1: no memory. */
int	loader_find(struct loader *, struct fetch *, const struct cell *,
	    size_t n, struct wanted **);
/*
 * Asks for an object.  The keys of its children are known with its own, so
 * that one round fetches both.  NULL: out of memory.
 */
struct wanted *loader_object(struct loader *, struct node *,
	    struct viewer *, const struct cell *key);
/* The link, or the slot, is filled when the rows are there.  0 or -1. */
int	loader_wait(struct loader *, struct wanted *, struct link *,
	    struct slot *);

#endif
