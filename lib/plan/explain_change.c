/*
 * Which of the rows that a unit wrote a constraint has refused, and what of the
 * request made it so.  Called by explain.c where the request alone does not say
 * it: constraints over several columns, checks, rows that others still refer
 * to, values that came by a relationship.  A row is known by the values in
 * PostgreSQL's detail; without them it is named if there is but one.
 */
#include <stdio.h>
#include <string.h>

#include "batch_parts.h"
#include "explain_place.h"
#include "flush_parts.h"
#include "value.h"

/* PostgreSQL cuts longer values in a row that a check has refused. */
enum { VALUE_SHOWN = 64 };

/* The rows that it may be. */
struct suspects {
	const struct change	*told;	/* of which the detail tells, or NULL */
	const struct change	*any;
	size_t			 n;
};

static void
suspect_add(struct suspects *s, const struct change *c, bool told)
{
	s->any = c;
	s->n++;
	if (told)
		s->told = c;
}

/* PostgreSQL may write a value in other words than ormd, or none. */
static const struct change *
suspect_pick(const struct suspects *s)
{
	return s->told != NULL ? s->told : s->n == 1 ? s->any : NULL;
}

static void
values_write(struct buf *b, const struct cell *row,
    struct column *const *columns, size_t n)
{
	size_t	i;

	buf_puts(b, "=(");
	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		explain_value(b, columns[i], &row[columns[i]->index]);
	}
	buf_puts(b, ")");
	buf_putc(b, '\0');
}

/* Does the detail tell of these values? */
static bool
tells_of(const char *detail, const struct cell *row,
    struct column *const *columns, size_t n)
{
	struct buf	b;
	bool		found;
	size_t		i;

	for (i = 0; i < n; i++)
		if (row[columns[i]->index].n < 0)
			return false;
	if (detail == NULL)
		return false;
	buf_init(&b, 0);
	values_write(&b, row, columns, n);
	found = !b.broken && strstr(detail, b.p) != NULL;
	buf_free(&b);
	return found;
}

static bool
is_kind(const struct change *c, enum change_kind a, enum change_kind b)
{
	return c->kind == a || c->kind == b;
}

static bool
sets_any(const struct change *c, struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (c->set != NULL && c->set[columns[i]->index])
			return true;
	return false;
}

/* Is it a new row whose value the database makes as it is inserted? */
static bool
is_made(const struct change *c, struct column *const *columns, size_t n)
{
	return c->kind == CHANGE_INSERT && n == 1 && columns[0]->generated;
}

/* Who was given these values. */
static void
takers_find(const struct flush *f, const struct table *t,
    struct column *const *columns, size_t n, const char *detail,
    struct suspects *out)
{
	const struct change	*c;
	size_t			 i;

	for (i = 0; i < f->changes.n; i++) {
		c = &f->changes.v[i];
		if (c->table == t &&
		    is_kind(c, CHANGE_INSERT, CHANGE_UPDATE) &&
		    (sets_any(c, columns, n) || is_made(c, columns, n)))
			suspect_add(out, c, tells_of(detail, c->object->now,
			    columns, n));
	}
}

/* Who had them and others referred to it: it went, or they changed. */
static void
leavers_find(const struct flush *f, const struct foreign_key *fk,
    const char *detail, struct suspects *out)
{
	struct column *const	*columns = fk->references.v;
	const struct change	*c;
	size_t			 i, n = fk->references.n;

	for (i = 0; i < f->changes.n; i++) {
		c = &f->changes.v[i];
		if (c->table == fk->target &&
		    (is_kind(c, CHANGE_DELETE, CHANGE_BLIND) ||
		    (c->kind == CHANGE_UPDATE && sets_any(c, columns, n))))
			suspect_add(out, c, tells_of(detail,
			    c->object->was != NULL ? c->object->was :
			    c->object->now, columns, n));
	}
}

/*
 * The column of these that the request names, and where; or the object.  A
 * value that came with the object, from its parent, is named last.
 */
static const struct column *
said_first(const struct object *o, struct column *const *columns, size_t n,
    const struct path **path)
{
	size_t	i;

	const struct path	*own = o->spec != NULL ? o->spec->path : NULL;

	for (i = 0; i < n; i++) {
		*path = o->paths[columns[i]->index];
		if (*path != NULL && *path != own)
			return columns[i];
	}
	*path = own;
	return NULL;
}

static void
place_set(const struct batch *b, const struct object *o,
    const struct path *path, struct error *err)
{
	const struct op	*op;

	if (path == NULL && o->op != OP_NONE) {
		op = b->units.v[0].call->ops.v[o->op];
		path = op->target != NULL ? op->target->path : op->path;
	}
	if (path != NULL)
		path_write(path, err->path, sizeof(err->path));
}

/* "room, place": what a client may know of them. */
static void
columns_say(struct column *const *columns, size_t n, char *out, size_t size)
{
	const char	*name;
	size_t		 i, at = 0;

	out[0] = '\0';
	for (i = 0; i < n && at < size; i++)
		if ((name = column_said(columns[i])) != NULL)
			at += (size_t)snprintf(out + at, size - at, "%s%s",
			    at > 0 ? ", " : "", name);
}

static void
explain_taken(const struct batch *b, const struct table *t,
    struct column *const *columns, size_t n, const char *detail,
    struct error *err)
{
	struct suspects		 all = { NULL, NULL, 0 };
	const struct change	*found;
	const struct column	*c;
	const struct path	*path;
	char			 names[sizeof(err->message) / 2];

	if (n > 1 && t->model != NULL) {
		columns_say(columns, n, names, sizeof(names));
		snprintf(err->message, sizeof(err->message),
		    "these values are taken, together: %s", names);
	}
	takers_find(b->machine->flush, t, columns, n, detail, &all);
	if ((found = suspect_pick(&all)) == NULL)
		return;
	c = said_first(found->object, columns, n, &path);
	if (c != NULL && t->model != NULL)
		error_about(err, t->model->name, column_said(c));
	place_set(b, found->object, path, err);
	if (is_made(found, columns, n) &&
	    found->object->paths[columns[0]->index] == NULL)
		error_hint(err, "the sequence of %s is behind its column: "
		    "setval() mends it", column_said(columns[0]) != NULL ?
		    columns[0]->name : "the key");
}

static void
explain_unique(const struct batch *b, const struct table *t,
    const struct pg_error *pg, const char *detail, struct error *err)
{
	const struct unique	*unique;
	size_t			 i;

	for (i = 0; i < t->uniques.n; i++) {
		unique = t->uniques.v[i];
		if (strcmp(unique->name, pg->constraint) == 0)
			explain_taken(b, t, unique->columns.v,
			    unique->columns.n, detail, err);
	}
	if (t->key_name != NULL && strcmp(t->key_name, pg->constraint) == 0)
		explain_taken(b, t, t->key.v, t->key.n, detail, err);
}

/* It names an object that is not there, or leads there by plain values. */
static void
explain_taker(const struct batch *b, const struct object *o,
    const struct foreign_key *fk, struct error *err)
{
	const struct object	*parent;
	const struct path	*path;
	int			 k = fk_index(fk);

	parent = k != -1 ? o->parents[k] : NULL;
	if (parent != NULL && parent->named != NULL) {
		error_set(err, ERROR_NOT_FOUND, parent->named,
		    "there is no such %s", fk->target->model->name);
		error_about(err, fk->target->model->name, NULL);
		return;
	}
	(void)said_first(o, fk->columns.v, fk->columns.n, &path);
	place_set(b, o, path, err);
}

/* A reference to what is not there, or to what is about to go or to change. */
static void
explain_reference(const struct batch *b, const struct foreign_key *fk,
    const char *detail, struct error *err)
{
	struct suspects		 takers = { NULL, NULL, 0 };
	struct suspects		 leavers = { NULL, NULL, 0 };
	const struct change	*c;
	const struct path	*path = NULL;

	takers_find(b->machine->flush, fk->table, fk->columns.v,
	    fk->columns.n, detail, &takers);
	leavers_find(b->machine->flush, fk, detail, &leavers);
	if (takers.told == NULL && leavers.told == NULL &&
	    takers.n + leavers.n != 1)
		return;
	error_about(err, fk->table->model != NULL ? fk->table->model->name :
	    NULL, column_said(fk->columns.v[0]));
	if (takers.told != NULL || leavers.n == 0) {
		if ((c = suspect_pick(&takers)) != NULL)
			explain_taker(b, c->object, fk, err);
		return;
	}
	if ((c = suspect_pick(&leavers)) == NULL)
		return;
	if (c->kind == CHANGE_UPDATE)
		(void)said_first(c->object, fk->references.v,
		    fk->references.n, &path);
	place_set(b, c->object, path, err);
}

/* "t_c_check": how PostgreSQL names the check of one column. */
static const struct column *
checked_column(const struct table *t, const char *constraint)
{
	const struct column	*c;
	size_t			 i, n, k = strlen(t->name);

	if (strncmp(constraint, t->name, k) != 0 || constraint[k] != '_')
		return NULL;
	constraint += k + 1;
	for (i = 0; i < t->columns.n; i++) {
		c = t->columns.v[i];
		n = strlen(c->name);
		if (strncmp(constraint, c->name, n) == 0 &&
		    strncmp(constraint + n, "_check", 6) == 0 &&
		    strspn(constraint + n + 6, "0123456789") ==
		    strlen(constraint + n + 6))
			return c;
	}
	return NULL;
}

/* Is each value that was written an element of the row in the detail? */
static bool
row_tells_of(const char *detail, const struct change *c)
{
	const struct column	*column;
	const struct cell	*cell;
	struct buf		 b;
	const char		*at = detail;
	size_t			 i;

	for (i = 0; at != NULL && i < c->table->columns.n; i++) {
		column = c->table->columns.v[i];
		cell = &c->object->now[i];
		if (!c->set[i] || cell->n > VALUE_SHOWN)
			continue;
		buf_init(&b, 0);
		if (cell->n < 0)
			buf_puts(&b, "null");
		else
			explain_value(&b, column, cell);
		buf_putc(&b, '\0');
		for (at = detail; !b.broken && (at = strstr(at, b.p)) != NULL;
		    at++)
			if (at > detail && strchr("( ", at[-1]) != NULL &&
			    strchr(",)", at[b.n - 1]) != NULL)
				break;
		buf_free(&b);
	}
	return at != NULL;
}

static void
explain_check(const struct batch *b, const struct table *t,
    const struct pg_error *pg, struct error *err)
{
	const struct flush	*f = b->machine->flush;
	const struct column	*column = checked_column(t, pg->constraint);
	struct suspects		 all = { NULL, NULL, 0 };
	const struct change	*c;
	const struct path	*path = NULL;
	size_t			 i;

	if (column != NULL && t->model != NULL)
		error_about(err, t->model->name, column_said(column));
	for (i = 0; i < f->changes.n; i++) {
		c = &f->changes.v[i];
		if (c->table == t && is_kind(c, CHANGE_INSERT, CHANGE_UPDATE))
			suspect_add(&all, c, row_tells_of(pg->detail, c));
	}
	if ((c = suspect_pick(&all)) == NULL)
		return;
	if (column != NULL)
		path = c->object->paths[column->index];
	if (path == NULL && c->object->spec != NULL)
		path = c->object->spec->path;
	place_set(b, c->object, path, err);
}

void
explain_change(const struct batch *b, const struct pg_error *pg,
    struct error *err)
{
	const struct registry	*registry = b->units.v[0].call->registry;
	const char		*detail = explain_detail(pg, err->kind);
	const struct table	*t;
	size_t			 i, k;

	if (b->machine->flush == NULL || err->path[0] != '\0')
		return;
	for (i = 0; i < registry->tables.n; i++) {
		t = registry->tables.v[i];
		if (strcmp(t->name, pg->table) != 0)
			continue;
		if (err->kind == ERROR_UNIQUE)
			explain_unique(b, t, pg, detail, err);
		if (err->kind == ERROR_CHECK || err->kind == ERROR_EXCLUSION)
			explain_check(b, t, pg, err);
		for (k = 0; err->kind == ERROR_FOREIGN_KEY && k < t->fks.n; k++)
			if (strcmp(t->fks.v[k]->name, pg->constraint) == 0)
				explain_reference(b, t->fks.v[k], detail, err);
	}
}
