/*
 * Boxes and lines of a registry.  Called by ormd-model.  It refuses nothing.
 *
 * A relationship and the one that it names in back_populates are one line; so
 * are two that use the same foreign key from its two ends without being told of
 * each other.
 */
#include <string.h>

#include "diagram_parts.h"

static struct diagram_box *
box_of(const struct diagram *d, const struct model *m)
{
	return d->boxes.v[m->index];
}

static int
row_add(struct diagram *d, struct diagram_box *box,
    const struct diagram_row *row)
{
	return row->what == NULL || row->words == NULL ? -1 :
	    vec_push(&d->a, &box->rows, *row);
}

/* Whether a unique constraint, or the key, has this column alone. */
static bool
is_unique(const struct column *c)
{
	size_t	i;

	for (i = 0; i < c->table->uniques.n; i++)
		if (c->table->uniques.v[i]->columns.n == 1 &&
		    c->table->uniques.v[i]->columns.v[0] == c)
			return true;
	return false;
}

static int
column_row(struct diagram *d, struct diagram_box *box, const struct column *c)
{
	struct diagram_row	row = { .kind = ROW_COLUMN, .name = c->name,
				    .words = "", .column = c };
	bool			key = c->primary_key, fk = column_refers(c);

	row.marks = key && fk ? "PK FK" : key ? "PK" :
	    fk && is_unique(c) ? "FK U" : fk ? "FK" : is_unique(c) ? "U" : "";
	row.faint = c->is_private;
	row.what = arena_printf(&d->a, "%s%s", c->sql_type,
	    c->nullable ? "?" : "");
	return row_add(d, box, &row);
}

const char *
diagram_cascade(const struct relationship *rel)
{
	if (rel == NULL || !(rel->cascade &
	    (CASCADE_DELETE | CASCADE_DELETE_ORPHAN)))
		return "";
	if (!(rel->cascade & CASCADE_DELETE_ORPHAN))
		return "delete";
	return rel->cascade & CASCADE_DELETE ? "delete, delete-orphan" :
	    "delete-orphan";
}

static void
put_side(struct buf *b, const struct relationship *rel)
{
	if (b->n > 0)
		buf_puts(b, " / ");
	buf_printf(b, "%s.%s", rel->model->name, rel->name);
	if (*diagram_cascade(rel) != '\0')
		buf_printf(b, " (%s)", diagram_cascade(rel));
}

void
diagram_put_label(struct buf *b, const struct diagram_edge *e)
{
	if (e->at_one != NULL)
		put_side(b, e->at_one);
	if (e->at_many != NULL)
		put_side(b, e->at_many);
	if (b->n == 0)
		buf_printf(b, "%s.%s", e->many->model->name,
		    e->fk->columns.v[0]->name);
	if (e->secondary != NULL)
		buf_printf(b, " by %s", e->secondary->name);
}

void
diagram_put_title(struct buf *b, const struct diagram_edge *e)
{
	struct buf	text;

	buf_init(&text, 0);
	diagram_put_label(&text, e);
	buf_putc(&text, '\0');
	if (text.broken)
		b->broken = true;
	else
		diagram_put_xml(b, text.p);
	buf_free(&text);
}

static int
relationship_row(struct diagram *d, struct diagram_box *box,
    const struct relationship *rel)
{
	struct diagram_row	row = { .kind = ROW_RELATIONSHIP, .marks = "",
				    .name = rel->name, .relationship = rel,
				    .faint = rel->viewonly };

	row.words = diagram_cascade(rel);
	row.what = arena_printf(&d->a, "%s%s%s%s", rel->target->name,
	    rel->uselist ? "[]" : "", rel->secondary != NULL ? " by " : "",
	    rel->secondary != NULL ? rel->secondary->name : "");
	return row_add(d, box, &row);
}

static int
proxy_row(struct diagram *d, struct diagram_box *box, const struct proxy *p)
{
	struct diagram_row	row = { .kind = ROW_PROXY, .marks = "",
				    .name = p->name, .words = "" };

	row.what = arena_printf(&d->a, "%s.%s", p->through->name,
	    p->attribute->name);
	return row_add(d, box, &row);
}

static int
box_fill(struct diagram *d, struct diagram_box *box)
{
	const struct model	*m = box->model;
	size_t			 i;

	for (i = 0; i < m->table->columns.n; i++)
		if (column_row(d, box, m->table->columns.v[i]) == -1)
			return -1;
	for (i = 0; i < m->relationships.n; i++)
		if (relationship_row(d, box, m->relationships.v[i]) == -1)
			return -1;
	for (i = 0; i < m->proxies.n; i++) {
		if (proxy_row(d, box, m->proxies.v[i]) == -1)
			return -1;
		box_of(d, m->proxies.v[i]->through->target)->is_association =
		    true;
	}
	return 0;
}

static int
boxes_make(struct diagram *d)
{
	struct diagram_box	*box;
	size_t			 i;

	for (i = 0; i < d->r->models.n; i++) {
		if ((box = arena_alloc(&d->a, sizeof(*box))) == NULL ||
		    vec_push(&d->a, &d->boxes, box) == -1)
			return -1;
		box->model = d->r->models.v[i];
		box->index = (int)i;
	}
	for (i = 0; i < d->boxes.n; i++)
		if (box_fill(d, d->boxes.v[i]) == -1)
			return -1;
	return 0;
}

/* A relationship that names no other end: whether this is its other end. */
static bool
is_other_end(const struct diagram_edge *e, const struct relationship *rel)
{
	const struct relationship	*other;
	bool				 at_one;

	at_one = rel->direction != MANY_TO_ONE;
	if (rel->direction == MANY_TO_MANY) {
		other = e->at_one;
		return e->at_many == NULL && other != NULL &&
		    other->back == NULL && other->secondary ==
		    rel->secondary && other->near_columns.v[0] ==
		    rel->far_columns.v[0];
	}
	other = at_one ? e->at_many : e->at_one;
	return e->fk == rel->fk && (at_one ? e->at_one : e->at_many) == NULL &&
	    other != NULL && other->back == NULL;
}

/* The line that this relationship is the missing end of; NULL: a new one. */
static struct diagram_edge *
edge_find(const struct diagram *d, const struct relationship *rel)
{
	struct diagram_edge	*e;
	size_t			 i;

	for (i = 0; i < d->edges.n; i++) {
		e = d->edges.v[i];
		if (rel->back != NULL ? e->at_one == rel->back ||
		    e->at_many == rel->back : is_other_end(e, rel))
			return e;
	}
	return NULL;
}

static struct diagram_edge *
edge_new(struct diagram *d)
{
	struct diagram_edge	*e = arena_alloc(&d->a, sizeof(*e));

	return e == NULL || vec_push(&d->a, &d->edges, e) == -1 ? NULL : e;
}

/* Whether at most one row can refer to another by this key. */
static bool
is_one_to_one(const struct diagram_edge *e)
{
	const struct column	*c = e->fk->columns.v[0];

	if (e->at_one != NULL)
		return !e->at_one->uselist;
	return e->fk->columns.n == 1 && (is_unique(c) ||
	    (c->primary_key && c->table->key.n == 1));
}

static bool
can_be_null(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (fk->columns.v[i]->nullable)
			return true;
	return false;
}

static void
ends_set(struct diagram_edge *e)
{
	e->faint = (e->at_one == NULL || e->at_one->viewonly) &&
	    (e->at_many == NULL || e->at_many->viewonly);
	if (e->fk == NULL) {
		e->one_end = e->many_end = END_MANY;
		return;
	}
	e->one_end = can_be_null(e->fk) ? END_MAYBE : END_ONE;
	e->many_end = is_one_to_one(e) ? END_MAYBE : END_MANY;
}

/* The row of a relationship, or of its column; -1: the box has none. */
static int
row_find(const struct diagram_box *box, const struct relationship *rel,
    const struct column *c)
{
	const struct diagram_row	*row;
	size_t				 i;

	for (i = 0; i < box->rows.n; i++) {
		row = &box->rows.v[i];
		if (rel != NULL ? row->relationship == rel :
		    c != NULL && row->column == c)
			return (int)i;
	}
	return -1;
}

static int
relationship_edge(struct diagram *d, const struct relationship *rel)
{
	struct diagram_edge	*e = edge_find(d, rel);
	bool			 at_one = rel->direction != MANY_TO_ONE;

	if (e != NULL && rel->direction == MANY_TO_MANY)
		at_one = false;
	if (e == NULL && (e = edge_new(d)) == NULL)
		return -1;
	e->fk = rel->fk;
	e->secondary = rel->secondary;
	if (at_one) {
		e->at_one = rel;
		e->one = box_of(d, rel->model);
		e->many = box_of(d, rel->target);
	} else {
		e->at_many = rel;
		e->many = box_of(d, rel->model);
		e->one = box_of(d, rel->target);
	}
	return 0;
}

/* A foreign key between models that no relationship uses. */
static int
key_edge(struct diagram *d, const struct foreign_key *fk)
{
	struct diagram_edge	*e;
	size_t			 i;

	if (fk->table->model == NULL || fk->target->model == NULL)
		return 0;
	for (i = 0; i < d->edges.n; i++)
		if (d->edges.v[i]->fk == fk)
			return 0;
	if ((e = edge_new(d)) == NULL)
		return -1;
	e->fk = fk;
	e->one = box_of(d, fk->target->model);
	e->many = box_of(d, fk->table->model);
	return 0;
}

static int
edges_make(struct diagram *d)
{
	struct diagram_edge	*e;
	const struct model	*m;
	size_t			 i, k;

	for (i = 0; i < d->r->models.n; i++) {
		m = d->r->models.v[i];
		for (k = 0; k < m->relationships.n; k++)
			if (relationship_edge(d, m->relationships.v[k]) == -1)
				return -1;
	}
	for (i = 0; i < d->r->tables.n; i++)
		for (k = 0; k < d->r->tables.v[i]->fks.n; k++)
			if (key_edge(d, d->r->tables.v[i]->fks.v[k]) == -1)
				return -1;
	for (i = 0; i < d->edges.n; i++) {
		e = d->edges.v[i];
		ends_set(e);
		e->one_row = row_find(e->one, e->at_one,
		    e->fk == NULL ? NULL : e->fk->references.v[0]);
		e->many_row = row_find(e->many, e->at_many,
		    e->fk == NULL ? NULL : e->fk->columns.v[0]);
	}
	return 0;
}

void
diagram_write(const struct registry *r, enum diagram_format format,
    struct buf *b)
{
	struct diagram	d;
	int		result;

	memset(&d, 0, sizeof(d));
	arena_init(&d.a, 0);
	d.r = r;
	result = boxes_make(&d);
	if (result == 0)
		result = edges_make(&d);
	if (result == 0)
		switch (format) {
		case DIAGRAM_SVG:
			result = diagram_svg(&d, b);
			break;
		case DIAGRAM_DOT:
			diagram_dot(&d, b);
			break;
		case DIAGRAM_MERMAID:
			diagram_mermaid(&d, b);
			break;
		}
	if (result == -1)
		b->broken = true;
	arena_release(&d.a);
}
