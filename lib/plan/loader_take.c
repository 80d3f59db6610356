/*
 * The answers of the loader's statements: rows are made of them and hung where
 * they were asked for, and what they lead to is asked for in turn.  Called by
 * batch.c.  Rows have an identity within their load: the same key is the same
 * struct row, so a circle in the data is a circle of pointers and ends the
 * loading.
 */
#include <stdlib.h>
#include <string.h>

#include "loader_parts.h"
#include "value.h"

static struct link *
link_of(struct row *row, const struct load_member *m)
{
	return m->proxy != NULL ? &row->via[m->proxy->index] :
	    &row->links[m->relationship->index];
}

static int
link_push(struct loader *l, struct link *link, struct row *row)
{
	if (link->n == link->cap && vec_grow(l->arena, (void **)&link->rows,
	    &link->cap, link->n, sizeof(*link->rows)) == -1)
		return -1;
	link->rows[link->n++] = row;
	return 0;
}

/* The cells of some columns of a row, side by side. */
static const struct cell *
cells_of(struct loader *l, const struct row *row,
    struct column *const *columns, size_t n)
{
	struct cell	*cells;
	size_t		 i;

	if (n == 1)
		return &row->cells[columns[0]->index];
	if ((cells = arena_raw(l->arena, n * sizeof(*cells))) == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		cells[i] = row->cells[columns[i]->index];
	return cells;
}

/* A row has arrived: asks for what a member of it leads to. */
static int
member_want(struct loader *l, struct node *node, struct viewer *viewer,
    struct row *row, size_t i)
{
	const struct load_member	*m = &node->load->members.v[i];
	const struct relationship	*rel = m->relationship;
	struct link			*link = link_of(row, m);
	const struct cell		*cells;
	struct wanted			*w;

	cells = cells_of(l, row, rel->local.v, rel->local.n);
	if (cells == NULL)
		return -1;
	if (key_has_null(cells, rel->local.n)) {
		link->loaded = true;
		return 0;
	}
	if (m->way == LOAD_TARGETS && m->by_target_key) {
		w = loader_object(l, node->members[i].node, viewer, cells);
		if (w == NULL)
			return -1;
		w->references++;
		/* The row, or none, will be there when all is loaded. */
		link->rows = &w->row;
		link->n = 1;
		link->loaded = true;
		return 0;
	}
	w = loader_wanted(l, &node->members[i], viewer, cells, rel->local.n,
	    true);
	if (w == NULL)
		return -1;
	if (w->found == NULL)
		return loader_wait(l, w, link, NULL);
	*link = *w->found;
	return 0;
}

/* The cells of a line by column->index: the line itself, if it can be. */
static const struct cell *
cells_place(struct loader *l, const struct load *load,
    const struct cell *line)
{
	size_t		 i, n = load->model->table->columns.n;
	struct cell	*cells;

	if (load->in_place)
		return line;
	if ((cells = arena_array(l->arena, n, sizeof(*cells))) == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		cells[i].n = -1;
	for (i = 0; i < load->columns.n; i++)
		cells[load->columns.v[i]->index] = line[i];
	return cells;
}

static struct row *
row_new(struct loader *l, const struct load *load, const struct cell *line,
    bool keep_text)
{
	const struct model	*model = load->model;
	struct row		*row;

	size_t			 nlinks = model->relationships.n +
				    model->proxies.n;

	/* One piece of memory: the row, its links, its text. */
	row = arena_alloc(l->arena, sizeof(*row) +
	    nlinks * sizeof(struct link) +
	    (keep_text ? sizeof(struct row_text) : 0));
	if (row == NULL)
		return NULL;
	row->links = (struct link *)(row + 1);
	row->via = row->links + model->relationships.n;
	if (keep_text) {
		row->text = (struct row_text *)(row->links + nlinks);
		row->text->arena = l->arena;
	}
	row->shape = load->shape;
	row->cells = cells_place(l, load, line);
	return row->cells == NULL ? NULL : row;
}

/* One line of an answer as a row of the load; the one that is there already. */
static struct row *
row_take(struct loader *l, struct node *node, struct viewer *viewer,
    const struct cell *cells)
{
	const struct load	*load = node->load;
	struct wanted		*w = NULL;
	struct row		*row;
	size_t			 i;

	if (!load->once) {
		/* The columns of the key come first. */
		w = loader_wanted(l, &node->objects, viewer, cells,
		    load->model->table->key.n, false);
		if (w == NULL || w->row != NULL)
			return w == NULL ? NULL : w->row;
	}
	row = row_new(l, load, cells, load->keeps_text && w != NULL &&
	    w->references > 1);
	if (row == NULL)
		return NULL;
	if (w != NULL)
		w->row = row;
	for (i = 0; i < load->members.n; i++)
		if (member_want(l, node, viewer, row, i) == -1)
			return NULL;
	return row;
}

static int
rows_compare(const void *x, const void *y)
{
	const struct row	*a = *(struct row *const *)x;
	const struct row	*b = *(struct row *const *)y;
	const struct column	*key = a->shape->model->table->key.v[0];

	return cell_compare(key, &a->cells[key->index],
	    &b->cells[key->index]);
}

static void
link_sort(struct link *link)
{
	size_t	i;

	for (i = 1; i < link->n; i++)
		if (rows_compare(&link->rows[i - 1], &link->rows[i]) > 0)
			break;
	if (i < link->n)
		qsort(link->rows, link->n, sizeof(*link->rows), rows_compare);
}

/*
 * May the one who asked see the row of this line?  The statement has found the
 * rows of all who asked together; the line says whose it is.
 */
static bool
may_see(const struct load *load, const struct wanted *w,
    const struct cell *line, size_t ncols)
{
	return load->owner == NULL || cell_equal(&line[load->owner_at == -1 ?
	    ncols - 1 : (size_t)load->owner_at], w->viewer->key);
}

/* The row of a line, for each caller who asked for it and may see it. */
static int
object_take(struct loader *l, struct fetch *f, const struct cell *line,
    size_t ncols)
{
	const struct load	*load = f->node->load;
	struct wanted		*w;

	if (!load->viewed)
		return row_take(l, f->node, NULL, line) == NULL ? -1 : 0;
	if (loader_find(l, f, line, load->model->table->key.n, &w) == -1)
		return -1;
	for (; w != NULL; w = w->other)
		if (may_see(load, w, line, ncols) &&
		    row_take(l, f->node, w->viewer, line) == NULL)
			return -1;
	return 0;
}

static int
objects_take(struct loader *l, struct fetch *f, const struct answer *answer)
{
	struct wanted	*w;
	struct waiter	*waiter;
	size_t		 i;

	for (i = 0; i < answer->nrows; i++)
		if (object_take(l, f, answer->cells + i * answer->ncols,
		    answer->ncols) == -1)
			return -1;
	for (i = 0; i < f->sent; i++) {
		w = f->pending.v[i];
		for (waiter = w->waiters; waiter != NULL;
		    waiter = waiter->next)
			waiter->slot->row = w->row;
		w->waiters = NULL;
	}
	return 0;
}

/* The parent's key within a child's line; NULL: out of memory. */
static const struct cell *
parent_cells(struct loader *l, const struct load_member *m,
    const struct cell *line)
{
	const struct relationship	*rel = m->relationship;
	struct cell			*cells;
	size_t				 i;

	if (m->way == LOAD_LINKED)
		return line + m->load->columns.n;
	if (rel->remote.n == 1)
		return line + m->remote_at[0];
	if ((cells = arena_raw(l->arena, rel->remote.n *
	    sizeof(*cells))) == NULL)
		return NULL;
	for (i = 0; i < rel->remote.n; i++)
		cells[i] = line[m->remote_at[i]];
	return cells;
}

/* A row is a member of this parent, for the caller who asked. */
static int
member_take(struct loader *l, struct fetch *f, struct wanted *w,
    const struct cell *line)
{
	struct row	*row = row_take(l, f->node, w->viewer, line);

	if (row == NULL)
		return -1;
	/* Two equal link rows are one member; the key sorts them. */
	if (f->member->way == LOAD_LINKED && w->found->n > 0 &&
	    w->found->rows[w->found->n - 1] == row)
		return 0;
	return link_push(l, w->found, row);
}

/* The parent of the line before: often that of the next one, too. */
struct parent {
	const struct cell	*cells;		/* NULL: there was none */
	struct wanted		*wanted;
};

/* All who asked for the members of this line's parent.  0 or -1. */
static int
parent_find(struct loader *l, struct fetch *f, const struct cell *line,
    struct parent *parent)
{
	const struct cell	*cells = parent_cells(l, f->member, line);
	size_t			 n = f->member->relationship->local.n;

	if (cells == NULL)
		return -1;
	if (n == 1 && parent->cells != NULL &&
	    cell_equal(cells, parent->cells))
		return 0;
	parent->cells = cells;
	return loader_find(l, f, cells, n, &parent->wanted);
}

static int
line_take(struct loader *l, struct fetch *f, const struct cell *line,
    size_t ncols, struct parent *parent)
{
	struct wanted	*w;

	if (parent_find(l, f, line, parent) == -1)
		return -1;
	/* Equal for PostgreSQL and not for us (1.0 and 1.00): left. */
	for (w = parent->wanted; w != NULL; w = w->other)
		if (w->found != NULL &&
		    may_see(f->node->load, w, line, ncols) &&
		    member_take(l, f, w, line) == -1)
			return -1;
	return 0;
}

static int
members_take(struct loader *l, struct fetch *f, const struct answer *answer)
{
	struct parent	 parent = { NULL, NULL };
	struct wanted	*w;
	struct waiter	*waiter;
	size_t		 i;

	for (i = 0; i < f->sent; i++) {
		w = f->pending.v[i];
		if ((w->found = arena_alloc(l->arena,
		    sizeof(*w->found))) == NULL)
			return -1;
		w->found->loaded = true;
	}
	for (i = 0; i < answer->nrows; i++)
		if (line_take(l, f, answer->cells + i * answer->ncols,
		    answer->ncols, &parent) == -1)
			return -1;
	for (i = 0; i < f->sent; i++) {
		w = f->pending.v[i];
		if (f->member->sort_here)
			link_sort(w->found);
		for (waiter = w->waiters; waiter != NULL;
		    waiter = waiter->next)
			*waiter->link = *w->found;
		w->waiters = NULL;
	}
	return 0;
}

/* Takes the keys that were sent off the list; later ones move up. */
static void
fetch_done(struct fetch *f)
{
	memmove(f->pending.v, f->pending.v + f->sent,
	    (f->pending.n - f->sent) * sizeof(*f->pending.v));
	f->pending.n -= f->sent;
	f->sent = 0;
}

static int
list_take(struct loader *l, const struct rows_wanted *wanted,
    const struct answer *answer)
{
	struct row_list		*list = wanted->rows;
	const struct cell	*line;
	struct row		*row;
	size_t			 i;

	for (i = 0; i < answer->nrows; i++) {
		line = answer->cells + i * answer->ncols;
		if (vec_push(l->arena, &list->lines, line) == -1)
			return -1;
		if (list->most > 0 && i >= list->most)
			continue;
		row = row_take(l, wanted->node, wanted->viewer, line);
		if (row == NULL || vec_push(l->arena, &list->rows, row) == -1)
			return -1;
	}
	return 0;
}

int
loader_take(struct loader *l, size_t index, const struct answer *answer)
{
	const struct sent	*sent = &l->sent.v[index];
	int			 r;

	if (sent->rows != NULL)
		return list_take(l, sent->rows, answer);
	r = sent->fetch->member != NULL ?
	    members_take(l, sent->fetch, answer) :
	    objects_take(l, sent->fetch, answer);
	fetch_done(sent->fetch);
	return r;
}
