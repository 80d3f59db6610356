/*
 * One column of a model held against that of the database: its type, whether
 * it can be null, and what fills it.  Called by drift.c.
 */
#include <string.h>
#include <strings.h>

#include "drift_parts.h"
#include "name.h"

enum { TYPE_LONGEST = 6 * NAME_MOST };

/* Of an array the element's type, else its own; "" where both are odd. */
static const struct type *
type_of(const char *text, bool *is_array)
{
	char			 element[TYPE_LONGEST];
	const struct type	*type = type_element(text, element,
				    sizeof(element));

	*is_array = type != NULL;
	return type != NULL ? type : type_find(text);
}

/* "public.citext" is "citext", where it is written without its schema. */
static bool
same_name(const char *model, const char *database)
{
	static const char	public[] = "public.";
	size_t			n = strlen(public);

	return strcasecmp(model, database) == 0 ||
	    (strncmp(database, public, n) == 0 &&
	    strcasecmp(model, database + n) == 0) ||
	    (strncmp(model, "pg_catalog.", 11) == 0 &&
	    strcasecmp(model + 11, database) == 0);
}

/* How one type fits another. */
enum fit { FIT_WELL, FIT_LENGTH, FIT_NOT };

static enum fit
types_fit(const char *model, const char *database)
{
	const struct type	*a, *b;
	bool			 a_array, b_array;
	long			 am[TYPE_MODIFIERS] = { 0 };
	long			 bm[TYPE_MODIFIERS] = { 0 };

	if (same_name(model, database))
		return FIT_WELL;
	a = type_of(model, &a_array);
	b = type_of(database, &b_array);
	if (a_array != b_array || a->cell != b->cell || a->json != b->json)
		return FIT_NOT;
	if (a->id == TYPE_OTHER || b->id == TYPE_OTHER)
		return FIT_NOT;
	type_modifiers(model, am);
	type_modifiers(database, bm);
	/* char is char(1), unlike bpchar. */
	if (a->id == TYPE_CHAR && strchr(model, '(') == NULL &&
	    strncasecmp(model, "bpchar", 6) != 0)
		am[0] = 1;
	return a->id == b->id && memcmp(am, bm, sizeof(am)) == 0 ? FIT_WELL :
	    FIT_LENGTH;
}

static bool
has_value(const char *const *values, size_t n, const char *value)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strcmp(values[i], value) == 0)
			return true;
	return false;
}

/* An enum: the values that only one of the two has. */
static void
look_enum(struct findings *f, const struct path *path, const struct column *c,
    const struct found_column *found)
{
	const struct enum_type	*model = c->words;
	const struct found_enum	*words = found->words;
	size_t			 i;

	if (words == NULL || found->is_array != (c->element != NULL)) {
		finding_add(f, true, path, "", "%s is %s in the model, %s in "
		    "the database", c->name, c->sql_type, found->type);
		return;
	}
	for (i = 0; i < model->values.n; i++)
		if (!has_value(words->values.v, words->values.n,
		    model->values.v[i]))
			finding_add(f, true, path, "", "the database's %s has "
			    "no value %s", words->name, model->values.v[i]);
	for (i = 0; i < words->values.n; i++)
		if (!has_value(model->values.v, model->values.n,
		    words->values.v[i]))
			finding_add(f, false, path, "add it to the enum",
			    "the database's %s has a value %s that the model "
			    "has not", words->name, words->values.v[i]);
}

static void
look_type(struct findings *f, const struct place *p, const struct column *c,
    const struct found_column *found)
{
	struct path		 steps[PLACE_STEPS];
	const struct path	*path = place_column(p, c, "type", steps);
	enum fit		 fit;

	if (c->words != NULL) {
		look_enum(f, path, c, found);
		return;
	}
	fit = types_fit(c->sql_type, found->type);
	/* A domain has the values of what it is over. */
	if (fit != FIT_WELL && found->base != NULL &&
	    types_fit(c->sql_type, found->base) < fit)
		fit = types_fit(c->sql_type, found->base);
	if (fit != FIT_WELL)
		finding_add(f, fit == FIT_NOT, path, "", "%s is %s in the "
		    "model, %s in the database", c->name, c->sql_type,
		    found->type);
}

static void
look_null(struct findings *f, const struct place *p, const struct column *c,
    const struct found_column *found)
{
	struct path		 steps[PLACE_STEPS];
	const struct path	*path = place_column(p, c, "nullable", steps);
	bool			 needed = !c->nullable || c->primary_key;

	if (needed && !found->not_null)
		finding_add(f, false, path, "NOT NULL in the database, or "
		    "nullable here", "%s can be null in the database",
		    c->name);
	else if (!needed && found->not_null)
		finding_add(f, false, path, "\"nullable\": false",
		    "%s is NOT NULL in the database", c->name);
}

/* What fills the column when no value is given. */
static void
look_origin(struct findings *f, const struct place *p, const struct column *c,
    const struct found_column *found)
{
	struct path		 steps[PLACE_STEPS];
	const struct path	*path = place_column(p, c, NULL, steps);

	if (c->computed_sql != NULL || found->origin == ORIGIN_COMPUTED) {
		if (found->origin != ORIGIN_COMPUTED)
			finding_add(f, true, path, "", "%s is not computed by "
			    "the database", c->name);
		else if (c->computed_sql == NULL)
			finding_add(f, !c->read_only, path, "say "
			    "\"computed\"", "%s is computed by the database",
			    c->name);
		return;
	}
	if (c->generated && found->sequence == NULL)
		finding_add(f, true, path, "\"autoincrement\": false, or a "
		    "sequence that the column owns", "no sequence of its own "
		    "fills %s", c->name);
	else if (found->origin == ORIGIN_ALWAYS && !c->always)
		finding_add(f, true, path, "\"autoincrement\": \"always\"",
		    "%s is GENERATED ALWAYS: a value that is given is refused",
		    c->name);
	else if (!c->generated && c->default_sql == NULL &&
	    found->origin != ORIGIN_NOTHING)
		finding_add(f, false, path, "say it, or NULL may be stored",
		    "%s has a default in the database", c->name);
	else if (c->default_sql != NULL && found->origin == ORIGIN_NOTHING)
		finding_add(f, true, path, "", "%s has no default in the "
		    "database", c->name);
}

void
drift_look(struct findings *f, const struct place *p, const struct column *c,
    const struct found_column *found)
{
	look_type(f, p, c, found);
	if (!drift_is_table(found->table))
		return;
	look_null(f, p, c, found);
	look_origin(f, p, c, found);
}
