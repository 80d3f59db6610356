#ifndef ORMD_FLUSH_PARTS_H
#define ORMD_FLUSH_PARTS_H

#include "flush.h"

/*
 * Between collect.c (what changes), level.c and vacate.c (in which order),
 * flush.c (which together), flush_sql.c (as which statement) and flush_take.c
 * (what it answered).
 */
enum change_kind {
	CHANGE_LOCK,		/* what is deleted blindly is locked before */
	CHANGE_VACATE,		/* an update that makes room, before all */
	CHANGE_UPDATE, CHANGE_INSERT,
	CHANGE_BULK,		/* rows of `table' that lead to the object */
	CHANGE_DELETE,
	CHANGE_BLIND		/* a delete of what may not be there */
};

struct change {
	enum change_kind	 kind;
	struct object		*object;
	const struct table	*table;
	const unsigned char	*set;		/* by column->index */
	const struct cell	*values;	/* by column->index */
	const struct cell	*found;		/* by the key of this row; NULL:
						   as it was stored */
	const unsigned char	*gives_way;	/* in these columns, before
						   others; or NULL */
	struct column *const	*columns;	/* BULK: the foreign key */
	size_t			 ncolumns;
	struct result		*result;	/* BULK: where it is counted */
	int			 ahead;		/* see stage.c; 0 in most */
	int			 level;
	size_t			 number;	/* in the order of objects */
};

/*
 * Is this column NULL in the stored row?  Only in a table without a primary key
 * is a row found by columns that may be; changes that share a statement agree.
 */
static inline bool
identity_is_null(const struct change *c, size_t index)
{
	return c->table->key.n == 0 && c->object->was != NULL &&
	    c->object->was[index].n < 0;
}

/* Changes that one statement makes. */
struct group {
	struct change		*changes;
	size_t			 n;
	VEC(const struct column *) columns;
	const struct column	*returning;
};

struct flush {
	struct arena		*arena;
	struct sql_cache	*sql;
	VEC(struct change)	 changes;
	VEC(struct group)	 groups;
	struct map		 touched;	/* by table and key: the unit */
	bool			 staged;	/* the unit changes keys */
	bool			 keys_unknown;
	bool			 detours;	/* see flush.h */
};

/* collect.c.  -1: no memory. */
int	change_add(struct flush *, struct object *, enum change_kind,
	    const unsigned char *set, int level);

/* flush_sql.c: the columns of a group and its statement.  -1: no memory. */
int	group_statement(struct flush *, struct group *, struct statement *);

/* level.c: levels count from 1; an update may be at 0. */
enum { LEVEL_UNKNOWN = 0, LEVEL_WALKING = -1, LEVEL_NOMEM = -2,
	LEVEL_LAST = 1 << 30 };

/*
 * LEVEL_WALKING: the new rows need each other, and none of the references can
 * wait.  LEVEL_NOMEM: no memory.
 */
int	level_insert(struct uow *, struct object *);
int	level_update(struct uow *, struct object *);
int	level_delete(struct uow *, struct object *);
/* The object of this unit that a foreign key leads to; -1: no memory. */
int	level_referred(struct uow *, const struct object *,
	    const struct foreign_key *, bool stored, struct object **out);
/* Columns of postponed references, by column->index; NULL: no memory. */
unsigned char *level_postponed(struct flush *, const struct object *);

/*
 * vacate.c, rule U3: where a row takes a unique value that another row of the
 * unit still has when its turn comes, that one gives it up first.  Looks at the
 * changes from `from' on and adds to them.  0, or -1: no memory.
 */
int	vacate_collect(struct flush *, struct uow *, size_t from);
/* The object of a change gives up what it has in this column, before all. */
int	vacate_column(struct flush *, size_t change, const struct column *);

/*
 * stage.c: does any change from `from' on give another value to a column that
 * others refer to?  Then which of the changes go ahead.  -1: no memory.
 */
bool	stage_wanted(const struct flush *, size_t from);
int	stage_collect(struct flush *, struct uow *, size_t from);
/* Is a column of the foreign key part of what tells rows of its table apart? */
bool	fk_is_in_key(const struct foreign_key *);
/* May rows with this foreign key go along with a key that changes? */
bool	stage_can_carry(const struct foreign_key *);

#endif
