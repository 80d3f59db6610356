/*
 * Rows to JSON, straight into the reply.  Called for every object of every
 * reply, so all that can be known from the shape alone (keys, commas, braces)
 * is in its labels already.  It refuses objects that come again inside
 * themselves, which only a recursive shape can bring, and what is nested too
 * deep.
 */
#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "value.h"
#include "write.h"

/* The objects that are open, innermost first; on the stack. */
struct open {
	const struct open		*up;
	const struct row		*row;
	const struct shape_member	*member;	/* being printed */
	int				 depth;
};

struct writer {
	struct buf	*b;
	struct error	*err;
	int		 max_depth;
};

static int	write_row(struct writer *, const struct row *,
		    const struct open *);
static int	write_value(struct writer *, const struct row *,
		    const struct shape_member *, const struct open *);

/* Whether two rows are one object, printed by one shape. */
static bool
is_same(const struct row *a, const struct row *b)
{
	const struct table	*t;
	const struct cell	*x, *y;
	size_t			 i;

	if (a == b)
		return true;
	if (a->shape != b->shape)
		return false;
	t = a->shape->model->table;
	for (i = 0; i < t->key.n; i++) {
		x = &a->cells[t->key.v[i]->index];
		y = &b->cells[t->key.v[i]->index];
		/* A cell that nobody asked for is all zero. */
		if (x->p == NULL || y->p == NULL || !cell_equal(x, y))
			return false;
	}
	return t->key.n > 0;
}

static int
refuse_again(struct writer *w, const struct row *row, const struct open *from)
{
	char			text[sizeof(w->err->detail)] = "";
	const struct open	*o;
	size_t			n;

	error_set(w->err, ERROR_ENDLESS_RULES, NULL,
	    "one %s is inside itself, so it would print without end",
	    row->shape->model->name);
	error_about(w->err, row->shape->model->name, NULL);
	/* Innermost first, so the words grow at their front. */
	for (o = from; o != NULL; o = o->up) {
		char	hop[sizeof(text)];

		n = (size_t)snprintf(hop, sizeof(hop), "%s.%s%s%s",
		    o->row->shape->model->name, o->member->attribute->name,
		    " -> ", text[0] == '\0' ? row->shape->model->name : text);
		memcpy(text, hop, n < sizeof(text) ? n + 1 : sizeof(text));
		if (is_same(o->row, row))
			break;
	}
	error_detail(w->err, "%s", text);
	return error_hint(w->err, "leave %s out with a negative rule",
	    from->member->attribute->name);
}

static int
refuse_depth(struct writer *w, const struct open *from)
{
	error_set(w->err, ERROR_LIMIT, NULL,
	    "the objects are nested deeper than %d", w->max_depth);
	error_about(w->err, from->row->shape->model->name,
	    from->member->attribute->name);
	return error_hint(w->err, "max_depth bounds it; rules or only print "
	    "less");
}

static int
refuse_unloaded(struct writer *w, const struct open *from)
{
	/* A loader stops where the writer would. */
	if (from->depth >= w->max_depth)
		return refuse_depth(w, from);
	error_set(w->err, ERROR_INTERNAL, NULL, "%s.%s was not loaded",
	    from->row->shape->model->name, from->member->attribute->name);
	return -1;
}

static int
write_cell(struct writer *w, const struct row *row,
    const struct shape_member *m)
{
	const struct column	*column = m->attribute->column;
	const struct cell	*cell = &row->cells[column->index];

	if (m->filter == NULL || cell->n == -1) {
		value_write(w->b, column, cell);
		return 0;
	}
	if (filter_write(w->b, m->filter, cell->p, (size_t)cell->n) == 0)
		return 0;
	return error_set(w->err, ERROR_LIMIT, NULL,
	    "%s is nested deeper than %d, which is as deep as rules go",
	    column->name, FILTER_DEPTH);
}

/* The rows of a relationship, each as an object. */
static int
write_objects(struct writer *w, const struct link *link, bool list,
    const struct open *from)
{
	size_t	i;

	if (!link->loaded)
		return refuse_unloaded(w, from);
	if (!list)
		return write_row(w, link->n == 0 ? NULL : link->rows[0], from);
	buf_putc(w->b, '[');
	for (i = 0; i < link->n; i++) {
		if (i > 0)
			buf_putc(w->b, ',');
		if (write_row(w, link->rows[i], from) == -1)
			return -1;
	}
	buf_putc(w->b, ']');
	return 0;
}

/*
 * P1: the attribute of each association object, or of the only one.  Where
 * that is a list itself, the proxy gives a list of lists.
 */
static int
write_proxy(struct writer *w, const struct link *link,
    const struct shape_member *m, const struct open *from)
{
	const struct shape_member	*inner = &m->via->members.v[0];
	size_t				 i;

	if (!link->loaded)
		return refuse_unloaded(w, from);
	if (!m->attribute->proxy->through->uselist) {
		if (link->n > 0 && link->rows[0] != NULL)
			return write_value(w, link->rows[0], inner, from);
		buf_add(w->b, "null", 4);
		return 0;
	}
	buf_putc(w->b, '[');
	for (i = 0; i < link->n; i++) {
		if (i > 0)
			buf_putc(w->b, ',');
		if (write_value(w, link->rows[i], inner, from) == -1)
			return -1;
	}
	buf_putc(w->b, ']');
	return 0;
}

static int
write_value(struct writer *w, const struct row *row,
    const struct shape_member *m, const struct open *from)
{
	const struct attribute	*at = m->attribute;

	switch (at->kind) {
	case ATTRIBUTE_COLUMN:
		return write_cell(w, row, m);
	case ATTRIBUTE_RELATIONSHIP:
		return write_objects(w, &row->links[at->relationship->index],
		    at->relationship->uselist, from);
	case ATTRIBUTE_PROXY:
		return write_proxy(w, &row->via[at->proxy->index], m, from);
	}
	return -1;
}

static void
text_keep(const struct writer *w, struct row_text *text, size_t start)
{
	if (w->b->broken)
		return;
	text->n = w->b->n - start;
	text->p = arena_strndup(text->arena, w->b->p + start, text->n);
}

static int
write_row(struct writer *w, const struct row *row, const struct open *from)
{
	const struct shape	*shape;
	const struct open	*o;
	const struct shape_member *m;
	const struct column	*column;
	struct open		 here = { from, row, NULL, 1 };
	size_t			 i, start = w->b->n;

	if (row == NULL) {
		buf_add(w->b, "null", 4);
		return 0;
	}
	shape = row->shape;
	if (from != NULL) {
		here.depth = from->depth + 1;
		for (o = shape->recursive ? from : NULL; o != NULL; o = o->up)
			if (is_same(o->row, row))
				return refuse_again(w, row, from);
		if (here.depth > w->max_depth)
			return refuse_depth(w, from);
	}
	/* Past its limit the rest would only cost time. */
	if (w->b->broken)
		return 0;
	if (row->text != NULL && row->text->p != NULL) {
		buf_add(w->b, row->text->p, row->text->n);
		return 0;
	}
	for (i = 0; i < shape->members.n; i++) {
		m = &shape->members.v[i];
		buf_add(w->b, m->label, m->nlabel);
		/* Most are plain columns. */
		if (m->attribute->kind == ATTRIBUTE_COLUMN &&
		    m->filter == NULL) {
			column = m->attribute->column;
			value_write(w->b, column, &row->cells[column->index]);
			continue;
		}
		here.member = m;
		if (write_value(w, row, m, &here) == -1)
			return -1;
	}
	if (i == 0)
		buf_putc(w->b, '{');
	buf_putc(w->b, '}');
	if (row->text != NULL)
		text_keep(w, row->text, start);
	return 0;
}

int
shape_write(struct buf *b, const struct row *row, int max_depth,
    struct error *err)
{
	struct writer	w = { b, err, max_depth };

	if (write_row(&w, row, NULL) == -1)
		return -1;
	if (b->broken)
		return error_set(err, ERROR_LIMIT, NULL,
		    "the reply is longer than max_reply");
	return 0;
}
