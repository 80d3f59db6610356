/*
 * A model held against the catalog of a database: tables and columns that are
 * not there or that the model does not know, keys and foreign keys that the
 * database does not keep, indexes that it lacks.  Called by ormd-model check.
 * It refuses nothing; what it finds goes to the findings.
 */
#include <string.h>

#include "drift_parts.h"

/* The nearest name of the table's columns, as a hint. */
static const char *
near_column(struct findings *f, const struct found_table *t, const char *name)
{
	const char	**names, *near;
	size_t		  i;

	names = arena_array(&f->arena, t->columns.n + 1, sizeof(*names));
	if (names == NULL)
		return "";
	for (i = 0; i < t->columns.n; i++)
		names[i] = t->columns.v[i]->name;
	if ((near = error_nearest(name, names)) == NULL ||
	    (near = arena_printf(&f->arena, "did you mean %s?", near)) == NULL)
		return "";
	return near;
}

/* Columns of the database that the model does not have. */
static void
look_extra(struct findings *f, const struct place *p, const struct table *t,
    const struct found_table *found)
{
	const struct found_column	*c;
	bool				 needed;
	size_t				 i;

	for (i = 0; i < found->columns.n; i++) {
		c = found->columns.v[i];
		if (map_find(&t->by_name, c->name) != NULL)
			continue;
		needed = c->not_null && c->origin == ORIGIN_NOTHING &&
		    !found->fills_itself;
		finding_add(f, needed, &p->table, needed ?
		    "say it, or give it a default" : "", "the database's "
		    "column %s.%s is not in the model%s", t->name, c->name,
		    needed ? ", and no row can be made without it" : "");
	}
}

static void
look_columns(struct findings *f, const struct place *p, const struct table *t,
    const struct found_table *found)
{
	struct path			 steps[PLACE_STEPS];
	const struct found_column	*c;
	size_t				 i;

	for (i = 0; i < t->columns.n; i++) {
		c = drift_column(found, t->columns.v[i]);
		if (c != NULL)
			drift_look(f, p, t->columns.v[i], c);
		else
			finding_add(f, true, place_column(p, t->columns.v[i],
			    NULL, steps), near_column(f, found,
			    t->columns.v[i]->name), "the database's table %s "
			    "has no column %s", t->name,
			    t->columns.v[i]->name);
	}
	look_extra(f, p, t, found);
}

/* Does the model know these columns to be unique together? */
static bool
is_said(const struct table *t, const struct found_table *found,
    const struct found_key *key)
{
	struct found_column	*columns[DRIFT_COLUMNS];
	size_t			 i;

	if (drift_columns(found, t->key.v, t->key.n, columns) &&
	    found_same_columns(key->columns.v, key->columns.n, columns,
	    t->key.n))
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (drift_columns(found, t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, columns) &&
		    found_same_columns(key->columns.v, key->columns.n,
		    columns, t->uniques.v[i]->columns.n))
			return true;
	return false;
}

static void
look_keys(struct findings *f, const struct place *p, const struct table *t,
    const struct found_table *found)
{
	struct path		 steps[PLACE_STEPS];
	struct found_column	*columns[DRIFT_COLUMNS];
	const struct unique	*u;
	size_t			 i;

	if (t->key.n > 0 &&
	    drift_columns(found, t->key.v, t->key.n, columns) &&
	    !drift_is_unique(found, columns, t->key.n))
		finding_add(f, drift_is_table(found), place_key(p, t, steps),
		    "",
		    "the database does not keep (%s) unique in %s",
		    drift_names(f, t->key.v, t->key.n), t->name);
	for (i = 0; i < t->uniques.n; i++) {
		u = t->uniques.v[i];
		if (drift_columns(found, u->columns.v, u->columns.n, columns) &&
		    !drift_is_unique(found, columns, u->columns.n))
			finding_add(f, drift_is_table(found),
			    place_unique(p, u, steps), "",
			    "the database does not keep (%s) unique in %s",
			    drift_names(f, u->columns.v, u->columns.n),
			    t->name);
	}
	for (i = 0; i < found->uniques.n; i++)
		if (!is_said(t, found, found->uniques.v[i]))
			finding_add(f, false, &p->table, "say it under "
			    "\"unique\"", "the database's unique %s of %s is "
			    "not in the model", found->uniques.v[i]->name,
			    t->name);
}

static const char *
action_name(enum fk_action action)
{
	switch (action) {
	case FK_NO_ACTION:
		break;
	case FK_RESTRICT:
		return "RESTRICT";
	case FK_CASCADE:
		return "CASCADE";
	case FK_SET_NULL:
		return "SET NULL";
	case FK_SET_DEFAULT:
		return "SET DEFAULT";
	}
	return "NO ACTION";
}

static void
look_action(struct findings *f, const struct path *path, const char *event,
    const struct foreign_key *fk, enum fk_action model, enum fk_action found)
{
	if (model != found)
		finding_add(f, true, path, "", "the foreign key of %s to %s "
		    "is ON %s %s in the model, %s in the database",
		    drift_names(f, fk->columns.v, fk->columns.n),
		    fk->target->name, event, action_name(model),
		    action_name(found));
}

/* One foreign key of the model, and whether an index serves it. */
static void
look_fk(struct findings *f, const struct place *p,
    const struct foreign_key *fk, const struct found *database,
    const struct found_table *found)
{
	struct path		 steps[PLACE_STEPS];
	struct found_column	*columns[DRIFT_COLUMNS];
	const struct found_fk	*other = drift_fk(database, fk);
	const char		*names = drift_names(f, fk->columns.v,
				    fk->columns.n);

	if (other == NULL) {
		finding_add(f, true, place_fk(p, fk, "references", steps), "",
		    "the database has no foreign key of %s to %s", names,
		    fk->target->name);
	} else {
		look_action(f, place_fk(p, fk, "on_delete", steps), "DELETE",
		    fk, fk->on_delete, other->on_delete);
		look_action(f, place_fk(p, fk, "on_update", steps), "UPDATE",
		    fk, fk->on_update, other->on_update);
		if (fk->deferrable != other->deferrable ||
		    fk->initially_deferred != other->deferred)
			finding_add(f, false, place_fk(p, fk, "deferrable",
			    steps), "", "the foreign key of %s to %s is%s "
			    "deferrable in the database, or at another time",
			    names, fk->target->name,
			    other->deferrable ? "" : " not");
		if (!other->is_valid)
			finding_add(f, false, place_fk(p, fk, "references",
			    steps), "ALTER TABLE ... VALIDATE CONSTRAINT",
			    "the foreign key of %s to %s is NOT VALID in the "
			    "database", names, fk->target->name);
	}
	if ((fk->columns.n > 1 || fk->columns.v[0]->fk != fk ||
	    fk->columns.v[0]->indexed) &&
	    drift_columns(found, fk->columns.v, fk->columns.n, columns) &&
	    !found_is_indexed(found, columns, fk->columns.n))
		finding_add(f, false, place_fk(p, fk, "references", steps),
		    "CREATE INDEX", "each delete in %s reads all of %s, since "
		    "the database has no index of %s", fk->target->name,
		    fk->table->name, names);
}

/* Does the model have this foreign key of the database? */
static bool
is_known(const struct found *database, const struct table *t,
    const struct found_fk *fk)
{
	size_t	i;

	for (i = 0; i < t->fks.n && fk->target != NULL; i++)
		if (drift_is_fk(database, fk, t->fks.v[i]))
			return true;
	return false;
}

static void
look_fks(struct findings *f, const struct place *p, const struct table *t,
    const struct found *database, const struct found_table *found)
{
	size_t	i;

	for (i = 0; i < t->fks.n; i++)
		look_fk(f, p, t->fks.v[i], database, found);
	for (i = 0; i < found->fks.n; i++)
		if (!is_known(database, t, found->fks.v[i]))
			finding_add(f, false, &p->table, "say it, and ormd "
			    "keeps the order that it demands", "the "
			    "database's foreign key %s to %s is not in the "
			    "model", found->fks.v[i]->name,
			    found->fks.v[i]->target_name);
}

/* Indexes that the model asks for by itself. */
static void
look_indexes(struct findings *f, const struct place *p, const struct table *t,
    const struct found_table *found)
{
	struct path		 steps[PLACE_STEPS];
	struct found_column	*column;
	size_t			 i;

	for (i = 0; i < t->columns.n; i++)
		if (t->columns.v[i]->indexed && t->columns.v[i]->fk == NULL &&
		    (column = drift_column(found, t->columns.v[i])) != NULL &&
		    !found_is_indexed(found, &column, 1))
			finding_add(f, false, place_column(p,
			    t->columns.v[i], "index", steps), "CREATE INDEX",
			    "the database has no index of %s",
			    t->columns.v[i]->name);
}

/* Which table of the model each of the database's is. */
static void
map_tables(struct findings *f, const struct registry *r,
    const struct found *database, struct map *ours)
{
	struct found_table	**key;
	size_t			 i;

	for (i = 0; i < r->tables.n; i++) {
		key = arena_alloc(&f->arena, sizeof(*key));
		if (key == NULL) {
			f->broken = true;
			return;
		}
		*key = found_table(database, r->tables.v[i]->schema,
		    r->tables.v[i]->name);
		if (*key != NULL && map_put(&f->arena, ours, key,
		    sizeof(*key), r->tables.v[i]) == -1)
			f->broken = true;
	}
}

/* Tables that the model does not know, and that refer to one that it does. */
static void
look_strangers(struct findings *f, const struct registry *r,
    const struct found *database)
{
	const struct found_table	*t;
	const struct found_fk		*fk;
	const struct table		*target;
	struct map			 ours = { 0 };
	struct place			 p;
	size_t				 i, j;

	map_tables(f, r, database, &ours);
	for (i = 0; i < database->tables.n; i++) {
		t = database->tables.v[i];
		if (t->kind == FOUND_PARTITION ||
		    map_get(&ours, &t, sizeof(t)) != NULL)
			continue;
		for (j = 0; j < t->fks.n; j++) {
			fk = t->fks.v[j];
			target = map_get(&ours, &fk->target,
			    sizeof(fk->target));
			if (target == NULL)
				continue;
			place_of(&p, target);
			finding_add(f, false, &p.table, "", "%s.%s, which is "
			    "not in the model, refers to %s, ON DELETE %s",
			    t->schema, t->name, target->name,
			    action_name(fk->on_delete));
		}
	}
}

static void
look_table(struct findings *f, const struct table *t,
    const struct found *database)
{
	const struct found_table	*found;
	struct place			 p;
	struct path			 name;

	place_of(&p, t);
	found = found_table(database, t->schema, t->name);
	if (found == NULL) {
		name = (struct path){ &p.table, "table", 0 };
		finding_add(f, true, t->model != NULL ? &name : &p.table,
		    "ormd-model ddl prints its SQL",
		    "there is no table %s%s%s in the database",
		    t->schema == NULL ? "" : t->schema,
		    t->schema == NULL ? "" : ".", t->name);
		return;
	}
	look_columns(f, &p, t, found);
	look_keys(f, &p, t, found);
	look_fks(f, &p, t, database, found);
	look_indexes(f, &p, t, found);
}

void
drift_find(const struct registry *r, const struct found *database,
    struct findings *f)
{
	size_t	i;

	for (i = 0; i < r->tables.n; i++)
		look_table(f, r->tables.v[i], database);
	look_strangers(f, r, database);
}
