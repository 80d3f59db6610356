#ifndef ORMD_LOAD_H
#define ORMD_LOAD_H

#include "model.h"

/*
 * How a model file becomes a registry; private to lib/model.  registry_load()
 * makes a loader and lets the passes below go over the file, each after the
 * one before has succeeded for the whole file:
 *
 *   load_enums		enum types
 *   load_tables		tables, columns, models, column attributes
 *   resolve_keys	foreign keys, uniques, indexes, ranks
 *   resolve_relationships	targets, directions, back_populates
 *   proxy_resolve	association proxies and their creators
 *   load_auth		passwords, and who the users are
 *   load_access	who may do what with which rows and attributes
 *   check_models	rules, order_by and whatever needs all of the above
 *
 * Each returns 0, or -1 with loader->err set.
 */
struct loader {
	struct registry		*r;
	struct arena		*a;		/* &r->arena */
	struct json	*file;
	struct map		 constraints;	/* names that are taken */
	struct error		*err;		/* no message: told already */
	registry_refused	*refused;	/* NULL: the first ends it */
	void			*arg;
	size_t			 failed;	/* refusals that were told */
};

int	load_enums(struct loader *);
int	load_tables(struct loader *);
int	resolve_keys(struct loader *);
int	resolve_relationships(struct loader *);
int	proxy_resolve(struct loader *);
int	load_auth(struct loader *);
int	load_access(struct loader *);
int	check_models(struct loader *);

/* enum.c: the enum of that name in the file, or NULL. */
const struct enum_type *enum_find(const struct loader *, const char *name);
/* load_hint.c: what an unknown member was probably meant to be. */
void	loader_hint(struct error *);
/* … and warns of a type that is probably another one's name. */
int	type_doubt(struct loader *, const char *name, const struct path *);
/* secondary.c: direction and columns of a many-to-many. */
int	secondary_resolve(struct loader *, struct relationship *,
	    struct json *, const struct path *);
/* back.c: back_populates of one model's relationships. */
int	resolve_backs(struct loader *, const char *name, struct json *,
	    const struct path *);
/* fk.c: "references" of a column, and an element of "foreign_keys". */
int	fk_reference(struct loader *, struct column *, struct json *,
	    const struct path *);
int	fk_element(struct loader *, struct table *, struct json *,
	    const struct path *);
/* fk.c: "deferrable" and "initially". */
int	fk_deferral(struct loader *, struct json *, bool *deferrable,
	    bool *deferred, const struct path *);
/* widen.c: gives both ends of each foreign key one form of cells. */
void	widen_keys(struct loader *);
/* rank.c: sets table->rank everywhere. */
int	rank_tables(struct loader *);

/* cascade.c */
int	cascade_parse(const char *text, unsigned *to, const struct path *,
	    struct error *);
int	cascade_check(struct loader *, const struct relationship *,
	    const struct path *);

/*
 * A column as the file names it: one of `table' (may be NULL) for a bare name,
 * else "table.column" or "schema.table.column".  NULL with err set.
 */
struct column *resolve_column(struct loader *, struct table *,
	    const char *word, const struct path *);
/* A list of at least one column of `table' (NULL: see resolve_column). */
int	resolve_columns(struct loader *, struct table *, struct json *,
	    struct column ***to, size_t *n, const struct path *);
/* The required member `name', a list as above. */
int	resolve_member(struct loader *, struct table *, struct json *,
	    const char *name, struct column ***to, size_t *n,
	    const struct path *);
/* The table of that name, with or without its schema; NULL with err set. */
struct table *resolve_table(struct loader *, const char *name,
	    const struct path *);

/* A column of the table; its references wait for the second pass. */
int	load_column(struct loader *, struct table *, const char *name,
	    struct json *, const struct path *);
/* 0, or -1 when PostgreSQL would not keep the name as it is. */
int	load_name(struct loader *, const char *what, const char *name,
	    const struct path *);
/* Enters an attribute into its model, unless its name is taken or unfit. */
int	load_attribute(struct loader *, struct model *, struct attribute *,
	    const struct path *);

/* Calls visit for each member of file->section, with the path to it. */
typedef int loader_visit(struct loader *, const char *name,
	    struct json *, const struct path *);
int	loader_each(struct loader *, const char *section, loader_visit *);
/* A list of strings, or -1; 0 when absent. */
int	loader_strings(struct loader *, struct json *, const char *name,
	    struct json **, const struct path *);

/*
 * Something of which there are several was refused: shall the others be looked
 * at all the same?  Then the caller fails behind the last of them, when
 * l->failed has grown.
 */
bool	loader_goes_on(struct loader *);
/* Refusals: all set err and return -1. */
int	refuse(struct loader *, enum error_kind, const struct path *,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));
int	hint(struct loader *, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
/* "did you mean ...?", if a name of the map (or of the list) is near. */
int	hint_map(struct loader *, const char *word, const struct map *);
int	hint_words(struct loader *, const char *word,
	    const char *const *words);
int	warn(struct loader *, const struct path *, const char *hint,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));
int	nomem(struct loader *);

#endif
