/*
 * inspect: a first model file from an existing database.  Called by
 * ormd-model.  Its guide is that clients of ormd shall not get around what the
 * database protects: rows that it would not delete, or not set null, the file
 * lets nobody delete or set null on the way.  It refuses nothing; what it
 * cannot say, it notes.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "name.h"
#include "utf8.h"
#include "wording.h"

enum { NAME_NUMBERED = NAME_MOST - 8 };	/* leaves room for a number */

int
draft_note(struct draft *d, const struct draft_table *t,
    const struct found_column *c, const char *format, ...)
{
	struct model_note	*note = arena_alloc(d->a, sizeof(*note));
	struct draft_note	 draft = { note, t };
	va_list			 ap;

	if (note == NULL)
		return -1;
	snprintf(note->path, sizeof(note->path), "%s%s%s", t->label,
	    c == NULL ? "" : ".", c == NULL ? "" : c->name);
	va_start(ap, format);
	vsnprintf(note->text, sizeof(note->text), format, ap);
	va_end(ap);
	return vec_push(d->a, &d->notes, draft);
}

/* With a number behind it that nobody has taken. */
static const char *
numbered(struct draft *d, const struct map *taken, const char *stem)
{
	size_t		 n = utf8_check(stem, strlen(stem) < NAME_NUMBERED ?
			    strlen(stem) : NAME_NUMBERED);
	const char	*name;
	int		 number = 2;

	do {
		/* Box2, and box_2. */
		name = arena_printf(d->a, "%.*s%s%d", (int)n, stem,
		    isupper((unsigned char)*stem) ? "" : "_", number++);
	} while (name != NULL && map_find(taken, name) != NULL);
	return name;
}

const char *
draft_name(struct draft *d, struct map *taken,
    const char *const names[DRAFT_NAMES], void *what)
{
	const char	*name, *last = "x";
	int		 i;

	for (i = 0; i < DRAFT_NAMES; i++) {
		if (names[i] == NULL || *names[i] == '\0')
			continue;
		if ((name = wording_clip(d->a, names[i])) == NULL)
			return NULL;
		last = name;
		if (wording_is_attribute(name) &&
		    map_find(taken, name) == NULL)
			break;
	}
	name = i < DRAFT_NAMES ? last : numbered(d, taken, last);
	return name == NULL || map_name(d->a, taken, name, what) == -1 ?
	    NULL : name;
}

struct draft_table *
draft_of(const struct draft *d, const struct found_table *t)
{
	return map_get(&d->by_table, &t, sizeof(t));
}

/* Is this the last note of its table? */
static bool
is_last(const struct draft *d, size_t at)
{
	size_t	i;

	for (i = at + 1; i < d->notes.n; i++)
		if (d->notes.v[i].t == d->notes.v[at].t)
			return false;
	return true;
}

/*
 * Notes of one table together, each in the order in which they were made; of
 * a table that is left out only why.
 */
static int
publish(struct draft *d, struct inspect_notes *notes)
{
	struct model_note	*note;
	size_t			 i, j;

	for (i = 0; i < d->notes.n; i++) {
		note = d->notes.v[i].note;
		if (d->notes.v[i].t->part == PART_OUT && !is_last(d, i))
			continue;
		if (vec_push(d->a, &notes->notes, note) == -1)
			return -1;
		for (j = notes->notes.n - 1; j > 0 && strcmp(
		    notes->notes.v[j - 1]->path, note->path) > 0; j--)
			notes->notes.v[j] = notes->notes.v[j - 1];
		notes->notes.v[j] = note;
	}
	return 0;
}

int
inspect_write(struct found *f, struct buf *b, struct inspect_notes *notes)
{
	struct draft	d = { .f = f, .a = &f->arena };

	memset(notes, 0, sizeof(*notes));
	if (draft_tables(&d) == -1 || draft_links(&d) == -1 ||
	    draft_names(&d) == -1 || draft_relations(&d) == -1 ||
	    draft_proxies(&d) == -1 || draft_rules(&d) == -1 ||
	    publish(&d, notes) == -1)
		return -1;
	return draft_write(&d, b);
}
