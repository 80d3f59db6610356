/*
 * Findings, and where in the model file they are.  Called by the rooms of
 * drift, and by ormd-model for what it prints.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drift_parts.h"

void
findings_init(struct findings *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, 0);
}

void
findings_release(struct findings *f)
{
	arena_release(&f->arena);
}

void
finding_add(struct findings *f, bool is_error, const struct path *path,
    const char *hint, const char *format, ...)
{
	struct finding	*found = arena_alloc(&f->arena, sizeof(*found));
	va_list		 ap;

	if (found == NULL || vec_push(&f->arena, &f->v, found) == -1) {
		f->broken = true;
		return;
	}
	found->is_error = is_error;
	f->errors += is_error;
	path_write(path, found->note.path, sizeof(found->note.path));
	snprintf(found->note.hint, sizeof(found->note.hint), "%s", hint);
	va_start(ap, format);
	vsnprintf(found->note.text, sizeof(found->note.text), format, ap);
	va_end(ap);
}

void
place_of(struct place *p, const struct table *t)
{
	p->root = (struct path){ NULL, NULL, 0 };
	p->section = (struct path){ &p->root, t->model != NULL ? "models" :
	    "tables", 0 };
	p->table = (struct path){ &p->section, t->model != NULL ?
	    t->model->name : t->name, 0 };
}

/* One step more, unless `member' is NULL. */
static const struct path *
step(const struct path *up, const char *member, struct path *to)
{
	if (member == NULL)
		return up;
	*to = (struct path){ up, member, 0 };
	return to;
}

const struct path *
place_column(const struct place *p, const struct column *c,
    const char *member, struct path steps[PLACE_STEPS])
{
	steps[0] = (struct path){ &p->table, "columns", 0 };
	steps[1] = (struct path){ &steps[0], c->name, 0 };
	return step(&steps[1], member, &steps[2]);
}

const struct path *
place_fk(const struct place *p, const struct foreign_key *fk,
    const char *member, struct path steps[PLACE_STEPS])
{
	if (fk->element < 0)
		return place_column(p, fk->columns.v[0], member, steps);
	steps[0] = (struct path){ &p->table, "foreign_keys", 0 };
	steps[1] = (struct path){ &steps[0], NULL, fk->element };
	return step(&steps[1], member, &steps[2]);
}

const struct path *
place_unique(const struct place *p, const struct unique *u,
    struct path steps[PLACE_STEPS])
{
	if (u->element < 0)
		return place_column(p, u->columns.v[0], "unique", steps);
	steps[0] = (struct path){ &p->table, "unique", 0 };
	steps[1] = (struct path){ &steps[0], NULL, u->element };
	return &steps[1];
}

const struct path *
place_key(const struct place *p, const struct table *t,
    struct path steps[PLACE_STEPS])
{
	if (t->key.n == 1)
		return place_column(p, t->key.v[0], "primary_key", steps);
	return step(&p->table, "primary_key", &steps[0]);
}

struct found_column *
drift_column(const struct found_table *t, const struct column *c)
{
	return map_find(&t->by_name, c->name);
}

bool
drift_columns(const struct found_table *t, struct column *const *columns,
    size_t n, struct found_column **to)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (n > DRIFT_COLUMNS ||
		    (to[i] = drift_column(t, columns[i])) == NULL)
			return false;
	return true;
}

bool
drift_is_table(const struct found_table *t)
{
	switch (t->kind) {
	case FOUND_TABLE:
	case FOUND_PARTITIONED:
	case FOUND_PARTITION:
		return true;
	case FOUND_VIEW:
	case FOUND_MATVIEW:
	case FOUND_FOREIGN:
		break;
	}
	return false;
}

bool
drift_is_unique(const struct found_table *t,
    struct found_column *const *columns, size_t n)
{
	size_t	i;

	if (t->primary != NULL && found_same_columns(t->primary->columns.v,
	    t->primary->columns.n, columns, n))
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (found_same_columns(t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, columns, n))
			return true;
	return false;
}

/* Do these lead from the same columns to the same, pair by pair? */
static bool
same_pairs(const struct found_fk *found, const struct foreign_key *fk)
{
	size_t	i, j;

	if (found->columns.n != fk->columns.n ||
	    found->references.n != fk->references.n)
		return false;
	for (i = 0; i < fk->columns.n; i++) {
		for (j = 0; j < found->columns.n; j++)
			if (strcmp(found->columns.v[j]->name,
			    fk->columns.v[i]->name) == 0)
				break;
		if (j == found->columns.n ||
		    strcmp(found->references.v[j]->name,
		    fk->references.v[i]->name) != 0)
			return false;
	}
	return true;
}

bool
drift_is_fk(const struct found *f, const struct found_fk *found,
    const struct foreign_key *fk)
{
	return found->target == found_table(f, fk->target->schema,
	    fk->target->name) && same_pairs(found, fk);
}

const struct found_fk *
drift_fk(const struct found *f, const struct foreign_key *fk)
{
	const struct found_table	*t;
	size_t				 i;

	t = found_table(f, fk->table->schema, fk->table->name);
	for (i = 0; t != NULL && i < t->fks.n; i++)
		if (t->fks.v[i]->target != NULL &&
		    drift_is_fk(f, t->fks.v[i], fk))
			return t->fks.v[i];
	return NULL;
}

const char *
drift_names(struct findings *f, struct column *const *columns, size_t n)
{
	const char	*names = columns[0]->name;
	size_t		 i;

	for (i = 1; i < n && names != NULL; i++)
		names = arena_printf(&f->arena, "%s, %s", names,
		    columns[i]->name);
	if (names == NULL)
		f->broken = true;
	return names == NULL ? "" : names;
}
