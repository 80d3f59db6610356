/*
 * Cascades: SQLAlchemy's words, what does not go together, and where a cascade
 * disagrees with the database's ON DELETE.  Called by the passes of
 * registry_load() (rules K, O7, O9, O10, M2 and M3).
 */
#include <string.h>

#include "load.h"

enum { WORD_LONGEST = 32 };

static const struct {
	const char	*word;
	unsigned	 bits;
} cascades[] = {
	{ "save-update", CASCADE_SAVE_UPDATE },
	{ "merge", CASCADE_MERGE },
	{ "delete", CASCADE_DELETE },
	{ "delete-orphan", CASCADE_DELETE_ORPHAN },
	{ "refresh-expire", CASCADE_REFRESH_EXPIRE },
	{ "expunge", CASCADE_EXPUNGE },
	{ "all", CASCADE_ALL }
};

enum { CASCADES = sizeof(cascades) / sizeof(cascades[0]) };

static int
parse_word(const char *text, size_t n, unsigned *to, const struct path *path,
    struct error *err)
{
	const char	*words[CASCADES + 1] = { NULL }, *near;
	char		 word[WORD_LONGEST];
	size_t		 i;

	for (i = 0; i < CASCADES; i++) {
		words[i] = cascades[i].word;
		if (strlen(words[i]) == n && memcmp(words[i], text, n) == 0) {
			*to |= cascades[i].bits;
			return 0;
		}
	}
	error_set(err, ERROR_INVALID_VALUE, path, "there is no cascade %.*s",
	    (int)n, text);
	if (n >= sizeof(word))
		return -1;
	memcpy(word, text, n);
	word[n] = '\0';
	if ((near = error_nearest(word, words)) != NULL)
		error_hint(err, "did you mean %s?", near);
	return -1;
}

int
cascade_parse(const char *text, unsigned *to, const struct path *path,
    struct error *err)
{
	size_t	n, blank;

	*to = 0;
	while (text += strspn(text, " ,"), *text != '\0') {
		n = strcspn(text, ",");
		blank = n;
		while (blank > 0 && text[blank - 1] == ' ')
			blank--;
		if (parse_word(text, blank, to, path, err) == -1)
			return -1;
		text += n;
	}
	return 0;
}

/* Cascades that do not go with the rest of the relationship. */
static int
check_options(struct loader *l, const struct relationship *r,
    const struct path *path)
{
	struct path	at_passive = { path, "passive_deletes", 0 };
	struct path	at_cascade = { path, "cascade", 0 };
	unsigned	deletes = CASCADE_DELETE | CASCADE_DELETE_ORPHAN;

	if (r->viewonly && (r->cascade & (deletes | CASCADE_SAVE_UPDATE |
	    CASCADE_MERGE)) != 0)
		return refuse(l, ERROR_INVALID_VALUE, &at_cascade,
		    "a viewonly relationship writes nothing");
	if (r->passive_deletes == PASSIVE_ALL && (r->cascade & deletes) != 0) {
		refuse(l, ERROR_INVALID_VALUE, &at_passive,
		    "passive_deletes \"all\" does not go with delete or "
		    "delete-orphan");
		return hint(l, "true leaves the children to the database");
	}
	if ((r->cascade & CASCADE_DELETE_ORPHAN) == 0)
		return 0;
	if (r->direction != ONE_TO_MANY && !r->single_parent) {
		refuse(l, ERROR_INVALID_VALUE, &at_cascade,
		    "delete-orphan on a %s needs single_parent",
		    r->direction == MANY_TO_ONE ? "many-to-one" :
		    "many-to-many");
		return hint(l, "say it at the other end, or add "
		    "\"single_parent\": true");
	}
	/* With passive_deletes the database says what a delete does. */
	if ((r->cascade & CASCADE_DELETE) != 0 ||
	    r->passive_deletes != PASSIVE_NO)
		return 0;
	return warn(l, &at_cascade, "\"all, delete-orphan\" is usual",
	    "%s.%s deletes what is removed, but not when its parent is "
	    "deleted", r->model->name, r->name);
}

/* Says where psql and ormd would do different things to the children. */
static int
check_database(struct loader *l, const struct relationship *r,
    const struct path *path)
{
	struct path	at_passive = { path, "passive_deletes", 0 };
	struct path	at_cascade = { path, "cascade", 0 };
	const struct foreign_key *fk = r->fk;
	bool		passive = r->passive_deletes != PASSIVE_NO;
	bool		deletes = (r->cascade & CASCADE_DELETE) != 0;

	if (deletes && (fk->on_delete == FK_SET_NULL ||
	    fk->on_delete == FK_SET_DEFAULT))
		return warn(l, &at_cascade,
		    "\"on_delete\": \"cascade\" at the column",
		    "%s.%s deletes children with their parent, but %s says "
		    "ON DELETE %s", r->model->name, r->name, fk->name,
		    fk->on_delete == FK_SET_NULL ? "SET NULL" : "SET DEFAULT");
	if (deletes && passive && fk->on_delete != FK_CASCADE)
		return warn(l, &at_passive,
		    "\"on_delete\": \"cascade\" at the column",
		    "%s.%s leaves children to the database, but %s does not "
		    "say ON DELETE CASCADE", r->model->name, r->name,
		    fk->name);
	if (!deletes && !passive && fk->on_delete == FK_CASCADE)
		return warn(l, &at_cascade,
		    "\"cascade\": \"all, delete-orphan\", or no on_delete",
		    "%s.%s lets children live on, but %s says ON DELETE "
		    "CASCADE", r->model->name, r->name, fk->name);
	return 0;
}

/* A secondary that is left to the database has to empty itself. */
static int
check_secondary(struct loader *l, const struct relationship *r,
    const struct path *path)
{
	struct path	at = { path, "passive_deletes", 0 };
	const struct foreign_key *fk;
	size_t		i;

	/* "all" is said by those who want the database to refuse. */
	if (r->passive_deletes != PASSIVE_YES)
		return 0;
	for (i = 0; i < r->secondary->fks.n; i++) {
		fk = r->secondary->fks.v[i];
		if (fk->columns.v[0] == r->near_columns.v[0] &&
		    fk->on_delete != FK_CASCADE)
			return warn(l, &at,
			    "\"on_delete\": \"cascade\" at the column",
			    "%s.%s leaves its links to the database, but %s "
			    "does not say ON DELETE CASCADE", r->model->name,
			    r->name, fk->name);
	}
	return 0;
}

int
cascade_check(struct loader *l, const struct relationship *r,
    const struct path *path)
{
	if (check_options(l, r, path) == -1)
		return -1;
	if (r->viewonly)
		return 0;
	switch (r->direction) {
	case ONE_TO_MANY:
		return check_database(l, r, path);
	case MANY_TO_MANY:
		return check_secondary(l, r, path);
	case MANY_TO_ONE:
		return 0;
	}
	return 0;
}
