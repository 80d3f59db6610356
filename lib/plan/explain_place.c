/*
 * Where in a request stands what a constraint has refused: its name leads to
 * the attributes, and the value in PostgreSQL's detail to the place that gave
 * it.  Called by explain.c.  Under row-level security PostgreSQL tells no
 * values; there the place is named if it can only be one.
 */
#include <stdio.h>
#include <string.h>

#include "explain_place.h"
#include "plan.h"
#include "value.h"

/* What is looked for in the request. */
struct search {
	const struct column	*column;	/* assigned plainly … */
	const struct foreign_key *fk;		/* … or set by a relationship */
	const char		*detail;	/* NULL: it tells no values */
	const struct path	*path;		/* found: the column */
	const struct spec	*get;		/* found: the reference */
	size_t			 n;		/* places that it may be */
};

enum {
	VISIT_DEPTH = 64,
	BLANKS_MOST = 256	/* of a longer char(n) nobody makes a key */
};

const char *
explain_detail(const struct pg_error *pg, enum error_kind kind)
{
	if (pg->detail != NULL && strstr(pg->detail, "=(") != NULL)
		return pg->detail;
	return kind == ERROR_UNIQUE || kind == ERROR_FOREIGN_KEY ? NULL : "";
}

/* The detail has char(n) with its blanks, of which cells have none. */
static void
put_blanks(struct buf *b, const struct column *c, const struct cell *cell)
{
	long	i, missing = c->length;

	for (i = 0; i < cell->n; i++)
		missing -= ((unsigned char)cell->p[i] & 0xc0) != 0x80;
	for (; missing > 0; missing--)
		buf_putc(b, ' ');
}

void
explain_value(struct buf *b, const struct column *c, const struct cell *cell)
{
	size_t	at = b->n;

	/* A JSON string has quotes and escapes that the detail has not. */
	if (c->type->cell == CELL_TEXT) {
		buf_add(b, cell->p, (size_t)cell->n);
		if (c->type->id == TYPE_CHAR && c->length <= BLANKS_MOST)
			put_blanks(b, c, cell);
		return;
	}
	value_write(b, c, cell);
	if (!b->broken && b->n > at + 1 && b->p[at] == '"') {
		memmove(b->p + at, b->p + at + 1, b->n - at - 1);
		b->n -= 2;
	}
}

/* "=(value)" is in the detail, or there are no values to look at. */
static bool
detail_names(const char *detail, const struct column *c,
    const struct cell *cell)
{
	struct buf	b;
	bool		found;

	if (cell->n < 0 || detail == NULL)
		return cell->n >= 0;
	buf_init(&b, 0);
	buf_printf(&b, "=(");
	explain_value(&b, c, cell);
	buf_putc(&b, ')');
	buf_putc(&b, '\0');
	found = !b.broken && strstr(detail, b.p) != NULL;
	buf_free(&b);
	return found;
}

/* Does this foreign key lead from here, or from a link row, to the others? */
static bool
leads_by(const struct relationship *rel, const struct foreign_key *fk)
{
	if (rel->direction == MANY_TO_MANY)
		return rel->secondary == fk->table &&
		    rel->far_columns.v[0] == fk->columns.v[0];
	return rel->direction == MANY_TO_ONE && rel->fk == fk;
}

/* An object that the request names as stored: is it the one that is not? */
static void
visit_get(struct search *s, const struct attribute *attr,
    const struct spec *spec)
{
	if (s->fk != NULL && attr != NULL &&
	    attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    leads_by(attr->relationship, s->fk) && spec->kind == SPEC_GET &&
	    spec->key != NULL && s->fk->columns.n == 1 &&
	    detail_names(s->detail, s->fk->references.v[0], &spec->key[0])) {
		s->get = spec;
		s->n++;
	}
}

static void
visit(struct search *s, const struct spec *spec, int depth)
{
	const struct assignment	*as;
	const struct spec	*other;
	size_t			 i, k;

	if (spec == NULL || depth > VISIT_DEPTH)
		return;
	for (i = 0; i < spec->assignments.n; i++) {
		as = &spec->assignments.v[i];
		if (as->attribute->kind == ATTRIBUTE_COLUMN) {
			if (as->attribute->column == s->column &&
			    detail_names(s->detail, s->column, &as->cell)) {
				s->path = as->path;
				s->n++;
			}
			continue;
		}
		for (k = 0; k < as->specs.n; k++) {
			other = as->specs.v[k];
			visit_get(s, as->attribute, other);
			visit(s, other, depth + 1);
		}
	}
}

static void
visit_call(struct search *s, const struct call *call)
{
	const struct op	*op;
	size_t		 i, k;

	for (i = 0; i < call->ops.n; i++) {
		op = call->ops.v[i];
		for (k = 0; k < op->values.n; k++)
			visit(s, op->values.v[k], 0);
		for (k = 0; k < op->items.n; k++) {
			visit_get(s, op->attribute, op->items.v[k]);
			visit(s, op->items.v[k], 0);
		}
	}
	/* Without values it must be the only place. */
	if (s->detail == NULL && s->n > 1) {
		s->path = NULL;
		s->get = NULL;
	}
}

/* A column's error: which attribute, and where the request says it. */
static void
locate_column(const struct call *call, const struct column *c,
    const char *detail, struct error *err)
{
	struct search	s = { c, NULL, detail, NULL, NULL, 0 };

	error_about(err, c->table->model != NULL ? c->table->model->name :
	    NULL, column_said(c));
	visit_call(&s, call);
	if (s.path != NULL)
		path_write(s.path, err->path, sizeof(err->path));
}

static void
locate_fk(const struct call *call, const struct foreign_key *fk,
    const char *detail, struct error *err)
{
	struct search	s = { fk->columns.v[0], fk, detail, NULL, NULL, 0 };

	visit_call(&s, call);
	if (s.get != NULL) {
		/* The request named an object that is not there. */
		error_set(err, ERROR_NOT_FOUND, s.get->path,
		    "there is no such %s", s.get->model->name);
		error_about(err, s.get->model->name, NULL);
		return;
	}
	locate_column(call, fk->columns.v[0], detail, err);
}

/* The first column that "Key (…)=(…)" names: constraints may have any name. */
static const struct column *
detail_column(const struct table *t, const char *detail)
{
	static const char	 start[] = "Key (";
	const struct column	*c;
	size_t			 i, n;

	if (detail == NULL || strncmp(detail, start, sizeof(start) - 1) != 0)
		return NULL;
	detail += sizeof(start) - 1;
	n = strcspn(detail, ",)");
	for (i = 0; i < t->columns.n; i++) {
		c = t->columns.v[i];
		if ((strlen(c->name) == n &&
		    strncmp(c->name, detail, n) == 0) ||
		    (strlen(c->quoted) == n &&
		    strncmp(c->quoted, detail, n) == 0))
			return c;
	}
	return NULL;
}

/* By the constraint's name, where a server speaks another language. */
static const struct column *
unique_column(const struct table *t, const char *constraint)
{
	size_t	i;

	for (i = 0; i < t->uniques.n; i++)
		if (strcmp(t->uniques.v[i]->name, constraint) == 0)
			return t->uniques.v[i]->columns.v[0];
	return t->key.n > 0 && t->key_name != NULL &&
	    strcmp(t->key_name, constraint) == 0 ? t->key.v[0] : NULL;
}

static const struct foreign_key *
fk_of(const struct table *t, const struct pg_error *pg,
    const struct column *c)
{
	size_t	i;

	for (i = 0; i < t->fks.n; i++)
		if (strcmp(t->fks.v[i]->name, pg->constraint) == 0)
			return t->fks.v[i];
	for (i = 0; c != NULL && i < t->fks.n; i++)
		if (t->fks.v[i]->columns.v[0] == c)
			return t->fks.v[i];
	return NULL;
}

void
explain_place(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	const struct foreign_key	*fk;
	const char			*detail = explain_detail(
					    pg, err->kind);
	const struct table		*t;
	const struct column		*c;
	size_t				 i;

	for (i = 0; i < call->registry->tables.n; i++) {
		t = call->registry->tables.v[i];
		if (strcmp(t->name, pg->table) != 0)
			continue;
		if ((c = map_find(&t->by_name, pg->column)) == NULL)
			c = detail_column(t, detail);
		if (c == NULL)
			c = unique_column(t, pg->constraint);
		if (err->kind == ERROR_FOREIGN_KEY &&
		    (fk = fk_of(t, pg, c)) != NULL)
			locate_fk(call, fk, detail, err);
		else if (c != NULL)
			locate_column(call, c, detail, err);
		else if (t->model != NULL)
			error_about(err, t->model->name, NULL);
	}
}

