#ifndef ORMD_UOW_H
#define ORMD_UOW_H

#include "call.h"
#include "plan.h"
#include "sql.h"

/*
 * The unit of work: what one request changes.  It is a pure function of the
 * request and of facts, the stored rows that the rules of semantics.md have
 * to look at.  uow_run() begins from nothing each time; where a fact is
 * missing it notes it in `wants' and goes on as far as it can.  The batch
 * fetches what is wanted and runs it again, until nothing is missing.  So the
 * outcome never depends on what happened to be loaded before.
 */

enum { FKS_MOST = 64 };		/* foreign keys of one table: bits of a mask */

enum fact_kind {
	FACT_ROW,		/* the row of a primary key */
	FACT_UNIQUE,		/* the row of a unique set of columns */
	FACT_LIST		/* rows whose foreign key leads to this key, or
				   link rows of a secondary table */
};

/* Stronger ones come later; LOCK_NONE is for previews. */
enum lock { LOCK_NONE, LOCK_KEY_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE };

struct members {
	VEC(struct object *)	 list;
};

/* What is stored; asked for once, then known for the rest of the unit. */
struct fact {
	enum fact_kind		 kind;
	const struct table	*table;		/* whose rows these are */
	struct column *const	*columns;	/* that equal … */
	size_t			 n;
	const struct cell	*cells;		/* … these */
	enum lock		 lock;
	bool			 known;
	VEC(const struct cell *) rows;		/* by column->index */
	struct members		 objects;	/* the rows', of this run */
	unsigned		 run;
};

/* Generated keys of a table, fetched ahead of the insert. */
struct key_supply {
	size_t			 wanted;
	size_t			 used;
	VEC(struct cell)	 cells;
};

/* No operation has let go of it or deleted it. */
#define OP_NONE	((size_t)-1)

/*
 * What ON DELETE and ON UPDATE do to a row on their own; see actions.c.
 * FOLLOWED: it still refers to the same row, whose key changes.
 */
enum acted { ACTED_NOT, ACTED_FOLLOWED, ACTED_UPDATED, ACTED_DELETED };

/* A row of a table that this unit deals with. */
struct object {
	const struct table	*table;
	struct cell		*now;		/* by column->index */
	const struct cell	*was;		/* as stored; NULL: not
						   loaded */
	const struct spec	*spec;		/* who spoke of it, or NULL */
	const struct path	**paths;	/* by column->index: who set
						   it */
	struct object		**parents;	/* by fk: whom a relationship
						   made it belong to; its
						   columns follow at the end */
	uint64_t		 followed;	/* by fk: ON UPDATE CASCADE
						   changes it with its parent's
						   key */
	uint64_t		 postponed;	/* by fk: written by a second
						   statement (U4) */
	uint64_t		 let_go;	/* by fk: a delete-orphan parent
						   has released it */
	bool			 cast_off;	/* O9, M3: the same the other
						   way and of links */
	uint64_t		 unlinked;	/* by fk: belongs to nobody,
						   though the column cannot say
						   so */
	bool			 is_new;
	bool			 settled;	/* has had a spec's values */
	bool			 key_wanted;	/* it is being fetched */
	bool			 key_drawn;	/* and no client can know it */
	bool			 told;		/* the reply says its key */
	bool			 absent;	/* looked for, not stored */
	bool			 deleted;
	bool			 relinked;	/* a link: no more, but by this
						   unit */
	bool			 blind;		/* deleted without being read */
	bool			 expunged;	/* new, and never inserted */
	unsigned		 order;
	unsigned		 mark, kept;	/* equal to the unit's: it has
						   been seen just now */
	VEC(struct object *)	 kin;		/* pointed here, see kin.c */
	size_t			 op;		/* which let it go or deleted
						   it */
	enum lock		 lock;		/* under which `was' was read */
	int			 level;		/* for sorting, see flush.c */
	const char		*rule;		/* why it changes, by number;
						   NULL: it was asked for */
	const struct relationship *via;		/* the relationship that has
						   it */
	enum acted		 acted;
	const struct foreign_key *acted_by;	/* by which the database acts */
	const struct path	*named;		/* who named it by its key */
	bool			 made_before;	/* by this call, before a
						   read */
	bool			 unseen;	/* the caller may not see it */
};

/* Rows that go with their parent, by its key, without being read (blind.c). */
struct bulk {
	struct object		*parent;
	const struct table	*table;
	struct column *const	*columns;	/* equal to the parent's key */
	size_t			 n;
};

/* An object whose values have to wait; see meant.c. */
struct later {
	struct object		*object;
	const struct spec	*spec;
};

struct uow {
	struct arena		*arena;		/* of the run */
	struct arena		*keep;		/* of what stays from run to
						   run; it may be the same */
	const struct call	*call;
	size_t			 first, end;	/* ops of the call */

	struct key_stock	*stock;		/* or NULL: see stock.h */

	/* Keys of what earlier operations of the transaction made, by spec. */
	const struct map	*before;

	struct reach		*reach;		/* see reach.h; NULL in most */
	bool			 looks;		/* deletes nothing blindly */
	bool			 past_policies;	/* it may do what no policy of
						   row-level security could
						   allow */

	/* Kept from run to run. */
	struct map		 facts;
	struct map		 supplies;	/* struct key_supply by table */

	/* Of this run. */
	struct map		 identity;	/* objects, by table and key */
	struct map		 given;		/* the same, by keys that the
						   unit gives: the last object
						   that has it */
	struct map		 made;		/* struct object by spec */
	VEC(struct object *)	 objects;
	struct map		 kin;		/* see kin.c */
	struct map		 targets_by_fk;	/* see level.c */
	unsigned		 run, mark, kept;
	VEC(struct bulk)	 bulks;
	unsigned		 depth;		/* of objects within objects */
	VEC(struct later)	 later;		/* are too deep for now */
	unsigned		 deletes;	/* of deletes by deletes */
	VEC(struct object *)	 doomed;	/* the same of these */
	VEC(struct fact *)	 wants;
	bool			 wants_keys;
	bool			 missing;
	size_t			 op;		/* the one that runs */
	struct object		**targets;	/* by op: what it changed */
	struct object		***created;	/* by op: what it made */
	struct error		*err;
};

/*
 * Has somebody to know the key of this new row, when the database has made it?
 * The reply, the audit, or what stands behind a read in a transaction.
 */
static inline bool
object_key_matters(const struct uow *u, const struct object *o)
{
	return o->told || u->call->audit != NULL || u->end < u->call->ops.n;
}

/*
 * 0: done, see objects; 1: run again when `wants' (and supplies) are known;
 * -1: refused, err is set and nothing is to be written.
 */
int	uow_run(struct uow *, struct error *);

/*
 * identity.c (objects) and facts.c (what is stored of them).  Those that return
 * int: as uow_run().
 */
struct object *object_new(struct uow *, const struct table *,
	    const struct spec *);
struct object *object_ref(struct uow *, const struct table *,
	    const struct cell *key);
/*
 * Of a key that a client gives: never a new object that has just drawn it.  It
 * is the stored one; where there is none, or the unit has deleted it, that to
 * which the unit has given this key.
 */
int	object_named(struct uow *, const struct table *,
	    const struct cell *key, enum lock, struct object **);
/* It may have a key of the client's own now. */
int	object_given(struct uow *, struct object *);
struct object *object_of_row(struct uow *, const struct table *,
	    const struct cell *row, enum lock);
/* *out is NULL if there is none; -1: no memory. */
int	object_seek(struct uow *, const struct table *,
	    const struct cell *key, struct object **out);
int	object_register(struct uow *, struct object *);
int	object_load(struct uow *, struct object *, enum lock);
int	object_demand(struct uow *, struct object *, enum lock,
	    const struct path *);
int	object_need_key(struct uow *, struct object *);
/* Nothing is known of the row but its key; it will not be read again. */
void	object_forget(struct object *);
int	fact_get(struct uow *, enum fact_kind, const struct table *,
	    struct column *const *columns, size_t n, const struct cell *cells,
	    enum lock, struct fact **);
/* A map's key: a few pointers that say what it is, then the key's bytes. */
int	tagged_key(struct arena *, const void *const *tags, size_t ntags,
	    const struct cell *cells, size_t n, struct key_bytes *out);
/* The columns by which rows of a table are told apart. */
struct column *const *identity_columns(const struct table *, size_t *n);
/* Cells of some columns, side by side; NULL: out of memory. */
const struct cell *cells_pick(struct arena *, const struct cell *row,
	    struct column *const *columns, size_t n);

/* Who changes it for which reason; that of a delete stays. */
void	object_because(struct object *, const char *rule,
	    const struct relationship *);

uint64_t fk_bit(const struct foreign_key *);
/* Its place in table->fks, or -1 (also past FKS_MOST). */
int	fk_index(const struct foreign_key *);
/* belong.c: equals the parent's, as both are now, whoever that belongs to. */
bool	fk_has_values_of(const struct object *child,
	    const struct foreign_key *, const struct object *parent);

/* relate.c: relationships (rules O, X, M, C). */
int	relate_set(struct uow *, struct object *, const struct relationship *,
	    struct object *const *members, const struct spec *const *specs,
	    size_t n, const struct path *);
int	relate_add(struct uow *, struct object *, const struct relationship *,
	    struct object *member, const struct path *);
int	relate_remove(struct uow *, struct object *,
	    const struct relationship *, struct object *member,
	    const struct path *);
int	relate_members(struct uow *, struct object *,
	    const struct relationship *, struct members *);
/* A column is written plainly: what a relationship said of it is over (U8). */
int	relate_forget(struct uow *, struct object *, const struct column *);
/* U12: the columns that others refer to are about to change. */
int	relate_follow(struct uow *, struct object *, const struct column *);
/* At the end: rows that may not be left without a parent, refused (C2). */
int	relate_loose(struct uow *);
/* At the end: foreign keys take the columns of the parents. */
int	relate_sync(struct uow *);
bool	relate_leads_to(const struct object *, const struct relationship *,
	    const struct object *target);

/* cascade.c: deletes and orphans (rules O1, O2, O7, O9, X, M2, M3). */
int	cascade_delete(struct uow *, struct object *);
int	cascade_orphans(struct uow *);

/* blind.c: deletes that need no facts. */
bool	blind_possible(const struct uow *, const struct op *);
int	blind_delete(struct uow *, const struct op *, struct object **);

/* proxy.c: association proxies (rules P). */
int	proxy_set(struct uow *, struct object *, const struct proxy *,
	    struct spec *const *items, size_t n, const struct path *);
int	proxy_assign(struct uow *, struct object *, const struct proxy *,
	    const struct spec *, const struct path *);
int	proxy_add(struct uow *, struct object *, const struct proxy *,
	    struct spec *const *items, size_t n);
int	proxy_remove(struct uow *, struct object *, const struct proxy *,
	    struct spec *const *items, size_t n);

/*
 * meant.c: the object that a spec speaks of; those of a list, as far as known.
 */
int	spec_object(struct uow *, const struct spec *, struct object **);
/* Whoever refers to this spec, by a label, means this object. */
int	spec_means(struct uow *, const struct spec *, struct object *);
int	specs_objects(struct uow *, struct spec *const *, size_t n,
	    struct members *out);
/* The same of a spec that names a stored object. */
int	object_stored(struct uow *, const struct spec *, enum lock,
	    struct object **);

/* assign.c: values for all attributes that a spec names, or for one. */
int	assign_all(struct uow *, struct object *, const struct spec *);
int	assign_attribute(struct uow *, struct object *,
	    const struct assignment *);
/* `kind' is that of the spec that names the column. */
int	assign_column(struct uow *, struct object *,
	    const struct assignment *, enum spec_kind kind);
/* The refusal; always -1. */
int	version_differs(struct uow *, const struct object *,
	    const struct path *);

#endif
