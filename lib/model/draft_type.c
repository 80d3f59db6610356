/*
 * Types in inspect: what the file calls the type of a column.  A domain is
 * what it is over, so that clients see numbers as numbers; an enum is one of
 * the file's; a type that ormd does not know travels as text.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "name.h"

/* Spellings that people write, for the longer ones that PostgreSQL prints. */
static const char *const	spellings[][3] = {
	/* begins with, ends with: in short */
	{ "character varying", "", "varchar" },
	{ "character", "", "char" },
	{ "timestamp", " without time zone", "timestamp" },
	{ "timestamp", " with time zone", "timestamptz" },
	{ "time", " without time zone", "time" },
	{ "time", " with time zone", "timetz" }
};

enum { SPELLINGS = sizeof(spellings) / sizeof(spellings[0]) };

/*
 * "timestamp(3) with time zone[]": the word, "(3)", the rest, "[]".  Only the
 * modifier and the brackets stay.
 */
static const char *
shorten(struct arena *a, const char *type)
{
	const char	*array = strstr(type, "[]"), *mods;
	size_t		 n = array == NULL ? strlen(type) :
			    (size_t)(array - type), word, end;
	int		 i;

	for (i = 0; i < SPELLINGS; i++) {
		word = strlen(spellings[i][0]);
		end = strlen(spellings[i][1]);
		if (n < word + end || memcmp(type, spellings[i][0], word) != 0)
			continue;
		mods = type + word;
		if (memcmp(type + n - end, spellings[i][1], end) != 0 ||
		    (mods < type + n - end && *mods != '('))
			continue;
		return arena_printf(a, "%s%.*s%s", spellings[i][2],
		    (int)(n - end - word), mods, array == NULL ? "" : array);
	}
	return arena_strdup(a, type);
}

const char *
draft_enum(struct draft *d, const struct found_enum *e)
{
	size_t	i;

	if (strchr(e->schema, '.') != NULL || strchr(e->name, '.') != NULL)
		return NULL;
	for (i = 0; i < e->values.n; i++)
		if (*e->values.v[i] == '\0')
			return NULL;
	if (e->visible && strcmp(e->schema, "public") == 0)
		return e->name;
	return arena_printf(d->a, "%s.%s", e->schema, e->name);
}

static int
use_enum(struct draft *d, const struct found_enum *e)
{
	size_t	i;

	for (i = 0; i < d->enums.n; i++)
		if (d->enums.v[i] == e)
			return 0;
	return vec_push(d->a, &d->enums, e);
}

/* Does registry_load() take the digits of this numeric? */
static bool
is_odd_numeric(const char *type)
{
	long	mods[TYPE_MODIFIERS] = { 0, 0 };
	int	n = type_modifiers(type, mods);

	return type_find(type)->id == TYPE_NUMERIC && n == TYPE_MODIFIERS &&
	    (mods[1] < 0 || mods[1] > mods[0]);
}

/* There is one note for all columns of a type. */
static int
note_later(struct draft *d, const struct found_column *c, const char *type,
    bool is_domain)
{
	struct draft_odd	*odd = NULL;
	size_t			 i;

	for (i = 0; i < d->odd.n && odd == NULL; i++)
		if (d->odd.v[i]->is_domain == is_domain &&
		    strcmp(d->odd.v[i]->type, type) == 0)
			odd = d->odd.v[i];
	if (odd == NULL) {
		if ((odd = arena_alloc(d->a, sizeof(*odd))) == NULL ||
		    vec_push(d->a, &d->odd, odd) == -1)
			return -1;
		odd->type = type;
		odd->is_domain = is_domain;
	}
	return vec_push(d->a, &odd->columns, c);
}

/* The first column of the type that is in the file, and how many more. */
static int
note_odd(struct draft *d, const struct draft_odd *odd)
{
	const struct found_column	*c, *first = NULL;
	char				 more[48] = "";
	size_t				 i;
	int				 n = 0;

	for (i = 0; i < odd->columns.n; i++) {
		c = odd->columns.v[i];
		if (draft_of(d, c->table)->part == PART_OUT)
			continue;
		if (n++ == 0)
			first = c;
	}
	if (first == NULL)
		return 0;
	if (n > 1)
		snprintf(more, sizeof(more), " (and %d more column%s)", n - 1,
		    n == 2 ? "" : "s");
	return draft_note(d, draft_of(d, first->table), first,
	    odd->is_domain ?
	    "is of the domain %s: the model has what that is over%s" :
	    "is of the type %s, which ormd does not know: its values are "
	    "text, as PostgreSQL writes it%s", odd->type, more);
}

int
draft_types(struct draft *d)
{
	size_t	i;

	for (i = 0; i < d->odd.n; i++)
		if (note_odd(d, d->odd.v[i]) == -1)
			return -1;
	return 0;
}

static int
note_type(struct draft *d, const struct found_column *c, const char *type,
    bool is_enum)
{
	char			 element[6 * NAME_MOST];
	const struct type	*known = type_element(type, element,
				    sizeof(element));

	if (known == NULL)
		known = type_find(type);
	if (known->id == TYPE_OTHER && !is_enum &&
	    note_later(d, c, type, false) == -1)
		return -1;
	return c->base == NULL ? 0 : note_later(d, c, c->type, true);
}

const char *
draft_type(struct draft *d, const struct draft_table *t,
    const struct found_column *c)
{
	const char	*type = NULL;

	if (c->words != NULL && (type = draft_enum(d, c->words)) != NULL) {
		if (use_enum(d, c->words) == -1 ||
		    note_type(d, c, type, true) == -1)
			return NULL;
		return c->is_array ? arena_printf(d->a, "%s[]", type) : type;
	}
	if ((type = shorten(d->a, c->base == NULL ? c->type :
	    c->base)) == NULL || note_type(d, c, type, false) == -1)
		return NULL;
	if (!is_odd_numeric(type))
		return type;
	if (draft_note(d, t, c, "is %s, which a model file cannot say: the "
	    "model has numeric", type) == -1)
		return NULL;
	return strstr(type, "[]") == NULL ? "numeric" : "numeric[]";
}
