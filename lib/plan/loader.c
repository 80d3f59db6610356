/*
 * The loader: keeps what has been asked for and not yet fetched, makes one
 * statement per relationship and level of it, and hangs the rows that come
 * back where they belong.  Called by batch.c.  Rows have an identity within
 * their load: the same key is the same struct row, so a circle in the data is
 * a circle of pointers and ends the loading.
 */
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "value.h"

/* Somebody who waits for the rows of a key: a link or a slot. */
struct waiter {
	struct waiter	*next;
	struct link	*link;
	struct slot	*slot;
};

/* A key asked for: of an object, or of the parent of a member's children. */
struct wanted {
	const struct cell	*cells;
	struct waiter		*waiters;
	struct row		*row;		/* objects: once there */
	struct link		*found;		/* children: once there */
};

/* What is asked for by one statement: objects of a load, or a member's. */
struct fetch {
	struct node		*node;		/* whose rows come */
	const struct load_member *member;	/* NULL: by primary key */
	struct map		 by_key;	/* struct wanted */
	VEC(struct wanted *)	 pending;
	size_t			 sent;		/* pending[0 … sent) */
};

struct rows_wanted {
	struct node		*node;
	const struct statement	*statement;
	struct row_list		*rows;
};

/* All that is known of one load. */
struct node {
	const struct load	*load;
	struct fetch		 objects;
	struct fetch		*members;	/* by member index */
};

struct sent {
	struct fetch		*fetch;
	struct rows_wanted	*rows;
};

struct loader {
	struct arena		*arena;
	struct map		 nodes;		/* by load */
	VEC(struct rows_wanted *) lists;
	VEC(struct sent)	 sent;		/* of the round under way */
};

struct loader *
loader_new(struct arena *arena)
{
	struct loader	*l = arena_alloc(arena, sizeof(*l));

	if (l != NULL)
		l->arena = arena;
	return l;
}

static struct node *
node_of(struct loader *l, const struct load *load)
{
	struct node	*node = map_get(&l->nodes, &load, sizeof(load));
	size_t		 i;

	if (node != NULL)
		return node;
	if ((node = arena_alloc(l->arena, sizeof(*node))) == NULL ||
	    (node->members = arena_array(l->arena, load->members.n,
	    sizeof(*node->members))) == NULL)
		return NULL;
	node->load = load;
	node->objects.node = node;
	if (map_put(l->arena, &l->nodes, &node->load, sizeof(load), node) != 0)
		return NULL;
	for (i = 0; i < load->members.n; i++) {
		node->members[i].member = &load->members.v[i];
		node->members[i].node = node_of(l, load->members.v[i].load);
		if (node->members[i].node == NULL)
			return NULL;
	}
	return node;
}

/* The entry for a key; a new one is put on the list to fetch if it has to. */
static struct wanted *
wanted_of(struct loader *l, struct fetch *f, const struct cell *cells,
    size_t n, bool fetch)
{
	struct key_bytes	 bytes;
	struct wanted		*w;

	if (key_bytes(l->arena, cells, n, &bytes) == -1)
		return NULL;
	if ((w = map_get(&f->by_key, bytes.p, bytes.n)) != NULL)
		return w;
	if ((w = arena_alloc(l->arena, sizeof(*w))) == NULL)
		return NULL;
	w->cells = cells;
	if (map_put(l->arena, &f->by_key, bytes.p, bytes.n, w) != 0 ||
	    (fetch && vec_push(l->arena, &f->pending, w) == -1))
		return NULL;
	return w;
}

static int
wait_for(struct loader *l, struct wanted *w, struct link *link,
    struct slot *slot)
{
	struct waiter	*waiter = arena_alloc(l->arena, sizeof(*waiter));

	if (waiter == NULL)
		return -1;
	waiter->link = link;
	waiter->slot = slot;
	waiter->next = w->waiters;
	w->waiters = waiter;
	return 0;
}

static bool
early(const struct load_member *m)
{
	return m->way != LOAD_TARGETS && m->by_parent_key;
}

/*
 * Asks for an object.  The keys of its children are known with its own, so
 * that one round fetches both.
 */
static struct wanted *
object_want(struct loader *l, struct node *node, const struct cell *key)
{
	const struct load	*load = node->load;
	struct wanted		*w;
	size_t			 i, n = load->model->table->key.n;

	if ((w = wanted_of(l, &node->objects, key, n, true)) == NULL)
		return NULL;
	for (i = 0; w->row == NULL && i < load->members.n; i++)
		if (early(&load->members.v[i]) &&
		    wanted_of(l, &node->members[i], key, n, true) == NULL)
			return NULL;
	return w;
}

struct slot *
loader_want(struct loader *l, const struct load *load, const struct cell *key)
{
	struct node	*node = node_of(l, load);
	struct slot	*slot = arena_alloc(l->arena, sizeof(*slot));
	struct wanted	*w;

	if (node == NULL || slot == NULL ||
	    (w = object_want(l, node, key)) == NULL)
		return NULL;
	slot->row = w->row;
	if (w->row == NULL && wait_for(l, w, NULL, slot) == -1)
		return NULL;
	return slot;
}

int
loader_want_rows(struct loader *l, const struct load *load,
    const struct statement *statement, struct row_list *rows)
{
	struct rows_wanted	*wanted = arena_alloc(l->arena,
				    sizeof(*wanted));

	if (wanted == NULL || (wanted->node = node_of(l, load)) == NULL)
		return -1;
	wanted->statement = statement;
	wanted->rows = rows;
	return vec_push(l->arena, &l->lists, wanted);
}

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
member_want(struct loader *l, struct node *node, struct row *row, size_t i)
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
	if (m->way == LOAD_TARGETS && m->by_target_key)
		w = object_want(l, node->members[i].node, cells);
	else
		w = wanted_of(l, &node->members[i], cells, rel->local.n, true);
	if (w == NULL)
		return -1;
	if (w->found != NULL) {
		*link = *w->found;
		return 0;
	}
	if (w->row != NULL) {
		link->loaded = true;
		return link_push(l, link, w->row);
	}
	return wait_for(l, w, link, NULL);
}

static struct row *
row_new(struct loader *l, const struct load *load, const struct cell *cells)
{
	const struct model	*model = load->model;
	size_t			 i, n = model->table->columns.n;
	struct row		*row;

	/* One piece of memory: the row, its links, its cells. */
	row = arena_alloc(l->arena, sizeof(*row) +
	    (model->relationships.n + model->proxies.n) *
	    sizeof(struct link) + n * sizeof(struct cell));
	if (row == NULL)
		return NULL;
	row->links = (struct link *)(row + 1);
	row->via = row->links + model->relationships.n;
	row->cells = (struct cell *)(row->via + model->proxies.n);
	row->shape = load->shape;
	if (load->columns.n < n)
		for (i = 0; i < n; i++)
			row->cells[i].n = -1;
	for (i = 0; i < load->columns.n; i++)
		row->cells[load->columns.v[i]->index] = cells[i];
	return row;
}

/* One line of an answer as a row of the load; the one that is there already. */
static struct row *
row_take(struct loader *l, struct node *node, const struct cell *cells)
{
	const struct load	*load = node->load;
	struct wanted		*w = NULL;
	struct row		*row;
	size_t			 i;

	if (!load->once) {
		/* The columns of the key come first. */
		w = wanted_of(l, &node->objects, cells,
		    load->model->table->key.n, false);
		if (w == NULL || w->row != NULL)
			return w == NULL ? NULL : w->row;
	}
	if ((row = row_new(l, load, cells)) == NULL)
		return NULL;
	if (w != NULL)
		w->row = row;
	for (i = 0; i < load->members.n; i++)
		if (member_want(l, node, row, i) == -1)
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

static int
objects_take(struct loader *l, struct fetch *f, const struct answer *answer)
{
	struct wanted	*w;
	struct waiter	*waiter;
	size_t		 i;

	for (i = 0; i < answer->nrows; i++)
		if (row_take(l, f->node,
		    answer->cells + i * answer->ncols) == NULL)
			return -1;
	for (i = 0; i < f->sent; i++) {
		w = f->pending.v[i];
		for (waiter = w->waiters; waiter != NULL;
		    waiter = waiter->next) {
			if (waiter->slot != NULL) {
				waiter->slot->row = w->row;
				continue;
			}
			waiter->link->loaded = true;
			if (w->row != NULL &&
			    link_push(l, waiter->link, w->row) == -1)
				return -1;
		}
		w->waiters = NULL;
	}
	return 0;
}

/* The parent's key within a child's line. */
static const struct cell *
parent_cells(struct loader *l, const struct load_member *m,
    const struct row *row, const struct cell *line)
{
	if (m->way == LOAD_LINKED)
		return line + m->load->columns.n;
	return cells_of(l, row, m->relationship->remote.v,
	    m->relationship->remote.n);
}

static int
members_take(struct loader *l, struct fetch *f, const struct answer *answer)
{
	const struct cell	*line, *cells;
	struct wanted		*w;
	struct waiter		*waiter;
	struct row		*row;
	size_t			 i;

	for (i = 0; i < f->sent; i++) {
		w = f->pending.v[i];
		if ((w->found = arena_alloc(l->arena,
		    sizeof(*w->found))) == NULL)
			return -1;
		w->found->loaded = true;
	}
	for (i = 0; i < answer->nrows; i++) {
		line = answer->cells + i * answer->ncols;
		if ((row = row_take(l, f->node, line)) == NULL ||
		    (cells = parent_cells(l, f->member, row, line)) == NULL ||
		    (w = wanted_of(l, f, cells,
		    f->member->relationship->local.n, false)) == NULL)
			return -1;
		/* Equal for PostgreSQL and not for us (1.0 and 1.00): left. */
		if (w->found == NULL)
			continue;
		/* Two equal link rows are one member; the key sorts them. */
		if (f->member->way == LOAD_LINKED && w->found->n > 0 &&
		    w->found->rows[w->found->n - 1] == row)
			continue;
		if (link_push(l, w->found, row) == -1)
			return -1;
	}
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

int
loader_take(struct loader *l, size_t index, const struct answer *answer)
{
	const struct sent	*sent = &l->sent.v[index];
	struct row		*row;
	size_t			 i;
	int			 r;

	if (sent->rows != NULL) {
		for (i = 0; i < answer->nrows; i++) {
			row = row_take(l, sent->rows->node,
			    answer->cells + i * answer->ncols);
			if (row == NULL || vec_push(l->arena,
			    &sent->rows->rows->rows, row) == -1 ||
			    vec_push(l->arena, &sent->rows->rows->lines,
			    answer->cells + i * answer->ncols) == -1)
				return -1;
		}
		return 0;
	}
	r = sent->fetch->member != NULL ?
	    members_take(l, sent->fetch, answer) :
	    objects_take(l, sent->fetch, answer);
	fetch_done(sent->fetch);
	return r;
}

static int
fetch_send(struct loader *l, struct fetch *f, struct round *round)
{
	const struct table	*table = f->node->load->model->table;
	struct column *const	*columns = table->key.v;
	const struct cell	**cells;
	struct statement	 st = { f->node->load->by_key, NULL, 0 };
	struct sent		 sent = { f, NULL };
	size_t			 i, k, n = table->key.n;

	if (f->member != NULL) {
		st.sql = f->member->sql;
		n = f->member->relationship->remote.n;
		columns = f->member->way == LOAD_LINKED ?
		    f->member->relationship->near_columns.v :
		    f->member->relationship->remote.v;
	}
	st.nparams = (int)n;
	st.params = arena_array(l->arena, n, sizeof(*st.params));
	cells = arena_array(l->arena, f->pending.n, sizeof(*cells));
	if (st.params == NULL || cells == NULL)
		return -1;
	for (k = 0; k < n; k++) {
		for (i = 0; i < f->pending.n; i++)
			cells[i] = &f->pending.v[i]->cells[k];
		if (sql_array_param(l->arena, columns[k], cells, f->pending.n,
		    &st.params[k]) == -1)
			return -1;
	}
	f->sent = f->pending.n;
	if (vec_push(l->arena, &l->sent, sent) == -1)
		return -1;
	return vec_push(l->arena, &round->statements, st);
}

/* Does a row that comes by primary key lead to what is not yet asked for? */
static bool
leads_on(const struct load *load)
{
	size_t	i;

	for (i = 0; i < load->members.n; i++)
		if (!early(&load->members.v[i]))
			return true;
	return false;
}

/* Rows asked for by statement, then objects by key: children come after. */
static int
objects_send(struct loader *l, struct round *round, bool *more)
{
	struct map_entry	*e;
	struct node		*node;
	struct sent		 sent = { NULL, NULL };
	size_t			 i;

	for (i = 0; i < l->lists.n; i++) {
		sent.rows = l->lists.v[i];
		if (sent.rows->node->load->members.n > 0)
			*more = true;
		if (vec_push(l->arena, &l->sent, sent) == -1 ||
		    vec_push(l->arena, &round->statements,
		    *sent.rows->statement) == -1)
			return -1;
	}
	l->lists.n = 0;
	map_each(e, &l->nodes) {
		node = e->value;
		if (node->objects.pending.n == 0)
			continue;
		if (leads_on(node->load))
			*more = true;
		if (fetch_send(l, &node->objects, round) == -1)
			return -1;
	}
	return 0;
}

int
loader_next(struct loader *l, struct round *round, bool *more)
{
	struct map_entry	*e;
	struct node		*node;
	size_t			 i;

	*more = false;
	l->sent.n = 0;
	if (objects_send(l, round, more) == -1)
		return -1;
	map_each(e, &l->nodes) {
		node = e->value;
		for (i = 0; i < node->load->members.n; i++) {
			if (node->members[i].pending.n == 0)
				continue;
			if (node->members[i].node->load->members.n > 0)
				*more = true;
			if (fetch_send(l, &node->members[i], round) == -1)
				return -1;
		}
	}
	return 0;
}
