#ifndef ORMD_MODEL_H
#define ORMD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "json_in.h"
#include "map.h"
#include "types.h"
#include "vec.h"

/*
 * The registry: what a model file says, resolved and checked.  Made once by
 * registry_load() and read-only from then on; many threads may look at it.
 * Everything hangs off registry->arena and lives as long as the registry.
 *
 * Tables are PostgreSQL's side (columns, keys), models are the clients' side
 * (attributes over one table).  An association table without a model has a
 * struct table only.
 */
struct registry;
struct table;
struct column;
struct model;
struct relationship;
struct proxy;
struct unique;
struct foreign_key;

/* ON DELETE and ON UPDATE. */
enum fk_action {
	FK_NO_ACTION, FK_RESTRICT, FK_CASCADE, FK_SET_NULL, FK_SET_DEFAULT
};

struct column {
	const char		*name;		/* as in PostgreSQL */
	const char		*quoted;	/* "name", for SQL */
	const char		*sql_type;	/* as in the model file; an enum
						   of the file is quoted */
	const struct type	*type;		/* in which its values travel */
	const struct type	*narrow;	/* its own, where a foreign key
						   goes between integers of two
						   widths; or NULL */
	struct table		*table;
	const char		*default_sql;	/* or NULL */
	const char		*computed_sql;	/* ALWAYS AS (...), or NULL */
	const char		*comment;	/* or NULL */
	bool			 nullable;
	bool			 primary_key;
	bool			 generated;	/* the database fills it: by a
						   sequence (an integer key
						   without default), or from
						   other columns */
	bool			 always;	/* ... ALWAYS AS IDENTITY */
	bool			 is_private;
	bool			 read_only;
	bool			 write_only;
	unsigned		 hidden_from;	/* as of its attribute */
	bool			 indexed;	/* "index": true; so by default
						   for a foreign key that no key
						   or unique begins with */
	int			 index;		/* in table->columns */
	const struct foreign_key *fk;		/* single-column one, or NULL */
	long			 length;	/* of varchar(n), char(n): n; of
						   numeric(p,s): p; 0: none */
	long			 scale;		/* numeric(p,s): s */
	int			 precision;	/* of time(p), timestamp(p) and
						   those with a zone: p + 1;
						   0: not said */
	const struct enum_type	*words;		/* of an enum (or of an array of
						   it), or NULL */
	const struct type	*element;	/* of an array, or NULL */
};

struct unique {
	VEC(struct column *)	 columns;
	const char		*name;		/* the constraint's, by
						   PostgreSQL's rule */
	bool			 deferrable;
	bool			 initially_deferred;
	int			 element;	/* of "unique" in the file; -1:
						   it is said at the column */
};

struct foreign_key {
	struct table		*table;
	struct table		*target;
	VEC(struct column *)	 columns;	/* in table */
	VEC(struct column *)	 references;	/* in target, same order */
	enum fk_action		 on_delete;
	enum fk_action		 on_update;
	const char		*name;		/* the constraint's, by
						   PostgreSQL's rule */
	bool			 deferrable;
	bool			 initially_deferred;
	int			 element;	/* of "foreign_keys"; -1: it is
						   said at the column */
	bool			 leads_to_owner;	/* the last step of an
						   "owner" */
};

struct table {
	const char		*name;
	const char		*schema;	/* or NULL: search_path's */
	const char		*quoted;	/* "schema"."name", for SQL */
	VEC(struct column *)	 columns;
	VEC(struct column *)	 key;		/* primary key, in key order */
	const char		*key_name;	/* its constraint's; NULL
						   without a primary key */
	VEC(struct unique *)	 uniques;	/* without the primary key */
	VEC(struct foreign_key *) fks;		/* from here */
	VEC(struct foreign_key *) referrers;	/* to here */
	VEC(const char *)	 checks;	/* SQL text */
	const char		*comment;	/* or NULL */
	struct map		 by_name;	/* struct column */
	struct model		*model;		/* NULL: association table */
	int			 rank;		/* referred-to tables are lower;
						   equal within a circle */
	int			 index;		/* in registry->tables */
};

/*
 * Who asks, as far as rules can tell before anything is looked at.  A server
 * whose model has no `auth' serves all clients as it serves admins.
 */
enum access_class {
	CLASS_ADMIN,		/* may do everything */
	CLASS_USER,		/* is logged in */
	CLASS_ANYONE,		/* is not */
	CLASSES
};

enum access_op {
	ACCESS_READ, ACCESS_CREATE, ACCESS_UPDATE, ACCESS_DELETE, ACCESS_OPS
};

/* Of which rows of a model. */
enum access_right { RIGHT_NONE, RIGHT_OWN, RIGHT_ANY };

/* What a model file says of an operation; bits. */
enum principal {
	PRINCIPAL_ANYONE	= 1,
	PRINCIPAL_USER		= 2,
	PRINCIPAL_OWNER		= 4,
	PRINCIPAL_ADMIN		= 8
};

/* "access" of a model. */
struct access {
	enum access_right	 rights[CLASSES][ACCESS_OPS];
	/*
	 * From a row to the user whom it belongs to, by many-to-one
	 * relationships; none of them: it is the row of the user.
	 */
	bool			 is_owned;
	VEC(const struct relationship *) owner;
	unsigned		 principals[ACCESS_OPS];	/* as written */
	bool			 applies;	/* there are users */
};

enum attribute_kind { ATTRIBUTE_COLUMN, ATTRIBUTE_RELATIONSHIP,
	ATTRIBUTE_PROXY };

/* What a client can name on a model.  One struct for the three kinds. */
struct attribute {
	const char		*name;
	enum attribute_kind	 kind;
	struct column		*column;
	struct relationship	*relationship;
	struct proxy		*proxy;
	/*
	 * A password: `column' is private and holds its hash.  It is written
	 * and never read, compared or printed.
	 */
	bool			 is_password;
	unsigned		 hidden_from;	/* bits 1 << access_class: it
						   is not there for them */
	unsigned		 frozen_for;	/* the same: they do not write
						   it */
};

/*
 * Private columns are not attributes: no client can name one, nothing prints
 * one.  They are in table->columns only.  The one exception is a password,
 * whose attribute is_password.
 */
struct model {
	const char		*name;
	struct table		*table;
	VEC(struct attribute *)	 attributes;	/* columns, relationships and
						   proxies, in file order */
	struct map		 by_name;	/* struct attribute */
	VEC(struct relationship *) relationships;
	VEC(struct proxy *)	 proxies;
	VEC(const char *)	 rules;		/* serialize_rules */
	VEC(const char *)	 only;		/* serialize_only */
	struct column		*version;	/* or NULL */
	const struct attribute	*password;	/* or NULL */
	bool			 serialize_proxies;
	bool			 orphan_all;	/* "orphan": "all" (X7) */
	struct access		 access;
	int			 index;		/* in registry->models */
};

enum direction { ONE_TO_MANY, MANY_TO_ONE, MANY_TO_MANY };

enum cascade {
	CASCADE_SAVE_UPDATE	= 1,
	CASCADE_MERGE		= 2,
	CASCADE_DELETE		= 4,
	CASCADE_DELETE_ORPHAN	= 8,
	CASCADE_REFRESH_EXPIRE	= 16,
	CASCADE_EXPUNGE		= 32,
	CASCADE_ALL		= 1 | 2 | 4 | 16 | 32
};

enum passive_deletes { PASSIVE_NO, PASSIVE_YES, PASSIVE_ALL };

struct order_term {
	struct column		*column;
	bool			 descending;
};

/*
 * From an object of `model' to objects of `target'.  `local' are columns of
 * model's table, `remote' of target's, pairwise equal in related rows:
 *   ONE_TO_MANY   remote is the foreign key, local what it refers to
 *   MANY_TO_ONE   local is the foreign key, remote what it refers to
 *   MANY_TO_MANY  local = near_columns and far_columns = remote, in `secondary'
 */
struct relationship {
	const char		*name;
	struct model		*model;
	struct model		*target;
	enum direction		 direction;
	bool			 uselist;	/* false: one object or null */
	VEC(struct column *)	 local;
	VEC(struct column *)	 remote;
	const struct foreign_key *fk;		/* not for MANY_TO_MANY */
	struct table		*secondary;	/* or NULL */
	VEC(struct column *)	 near_columns;
	VEC(struct column *)	 far_columns;
	struct relationship	*back;		/* back_populates, or NULL */
	unsigned		 cascade;	/* enum cascade */
	enum passive_deletes	 passive_deletes;
	bool			 passive_updates;	/* default true */
	bool			 single_parent;
	bool			 post_update;
	bool			 viewonly;
	bool			 is_set;	/* "collection": "set" */
	bool			 crosses_owners;
	VEC(struct order_term)	 order_by;	/* empty: primary key */
	int			 index;		/* in model->relationships */
};

/*
 * An association proxy: through `through', then `attribute' of its target.
 * `creator' is the template of a new association object, a JSON object with
 * "$item" where the item goes; never NULL once loaded.
 */
struct proxy {
	const char		*name;
	struct model		*model;
	struct relationship	*through;
	struct attribute	*attribute;
	struct model		*target;	/* NULL: values of a column */
	struct json	*creator;
	bool			 uselist;
	bool			 cascade_scalar_deletes;
	int			 index;		/* in model->proxies */
};

struct enum_type {
	const char		*name;		/* as in the file */
	const char		*schema;	/* before its dot, or NULL */
	const char		*quoted;	/* where PostgreSQL needs it */
	VEC(const char *)	 values;
};

/*
 * "auth": whose rows the users are.  A user is known by the one column of the
 * model's key and logs in by `login', which is text and unique.
 */
struct cell;

struct auth {
	struct model		*model;
	const struct column	*key;
	const struct column	*login;
	const struct column	*password;	/* private; hashes or null */
	const struct column	*role;		/* or NULL: no admins by role */
	const struct cell	*admin;		/* of admins, in `role' */
};

/* A refusal or warning about a model file. */
struct model_note {
	char			 path[256];	/* JSON Pointer */
	char			 text[256];
	char			 hint[256];
};

struct registry {
	struct arena		 arena;
	VEC(struct table *)	 tables;
	VEC(struct model *)	 models;
	VEC(struct enum_type *)	 enums;
	VEC(struct model_note *) warnings;
	const struct auth	*auth;		/* NULL: there are no users,
						   and everybody may do
						   everything */
	struct map		 tables_by_name;
	struct map		 models_by_name;
};

/*
 * Reads a model file's text, resolves names and checks everything of
 * ormd-model(5).  NULL with err (path: where in the file; hint: the mend) when
 * it is refused.  The caller frees with registry_free().
 *
 * The caller has had the text checked as a client's line is (lib/wire's
 * scanner: duplicate keys, UTF-8, NUL, numbers that fit): json_read() leaves
 * that to it.
 */
struct registry *registry_load(const char *text, size_t n, struct error *);
/*
 * The same for people who mend the file: NULL when `refused' has been called,
 * for every refusal that does not follow from another.  What comes after a
 * pass that refuses something is not looked at.
 */
typedef void registry_refused(void *arg, const struct error *);
struct registry *registry_load_all(const char *text, size_t n,
	    registry_refused *, void *arg);
void	registry_free(struct registry *);

/* For messages and descriptions: "read", … and "owner", …. */
extern const char *const	access_op_names[ACCESS_OPS];
extern const char *const	principal_names[]; /* by bit; ends with NULL */

struct model *registry_model(const struct registry *, const char *name);
struct attribute *model_attribute(const struct model *, const char *name);
/* Is the column one of those that refer, or of those of any foreign key? */
bool	fk_has(const struct foreign_key *, const struct column *);
bool	column_refers(const struct column *);
/* Can a row refer to nothing, with all of its columns null? */
bool	fk_is_nullable(const struct foreign_key *);
/* What clients call a column, or NULL when they know nothing of it. */
const char *column_said(const struct column *);
/* What it gives in the end, through all proxies: no proxy. */
const struct attribute *attribute_end(const struct attribute *);
/* The model of the objects that it gives; NULL: it gives values of a column. */
const struct model *attribute_target(const struct attribute *);
/* The attribute of that name, if it is there for this class; or NULL. */
const struct attribute *model_attribute_for(const struct model *,
	    const char *name, enum access_class);
bool	attribute_is_hidden(const struct attribute *, enum access_class);
/* Also private ones: the name of this column is not for this class. */
bool	column_is_hidden(const struct column *, enum access_class);
/* Whether this class may do anything with objects of the model. */
bool	model_is_open(const struct model *, enum access_class);
/*
 * NULL-terminated names of the attributes that are there for this class, for
 * error_nearest; none of them when memory is out.
 */
const char *const *model_attribute_names(struct arena *,
	    const struct model *, enum access_class);

#endif
