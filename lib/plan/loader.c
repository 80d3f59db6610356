/*
 * The loader: keeps what has been asked for and not yet fetched, and makes one
 * statement per relationship and level of it.  Called by batch.c, and by
 * loader_take.c, which hangs the rows that come back where they belong.
 */
#include <string.h>

#include "loader_parts.h"
#include "nested.h"

struct loader *
loader_new(struct arena *arena)
{
	struct loader	*l = arena_alloc(arena, sizeof(*l));

	if (l != NULL)
		l->arena = arena;
	return l;
}

/* The bytes by which the node of a load with values is known. */
static const void *
node_key(struct loader *l, const struct load *load,
    const struct nesting *nesting, size_t *size)
{
	char	*key;

	*size = sizeof(load) + nesting->nvalues;
	if ((key = arena_raw(l->arena, *size)) == NULL)
		return NULL;
	memcpy(key, &load, sizeof(load));
	memcpy(key + sizeof(load), nesting->values, nesting->nvalues);
	return key;
}

static struct node *
node_of(struct loader *l, const struct load *load,
    const struct nesting *nesting)
{
	const void	*key = &load;
	size_t		 i, size = sizeof(load);
	struct node	*node;

	if (!load->has_nested)
		nesting = NULL;
	else if ((key = node_key(l, load, nesting, &size)) == NULL)
		return NULL;
	if ((node = map_get(&l->nodes, key, size)) != NULL)
		return node;
	if ((node = arena_alloc(l->arena, sizeof(*node))) == NULL ||
	    (node->members = arena_array(l->arena, load->members.n,
	    sizeof(*node->members))) == NULL)
		return NULL;
	node->load = load;
	node->nesting = nesting;
	node->objects.node = node;
	if (map_put(l->arena, &l->nodes, load->has_nested ? key : &node->load,
	    size, node) != 0)
		return NULL;
	for (i = 0; i < load->members.n; i++) {
		node->members[i].member = &load->members.v[i];
		node->members[i].owner = node;
		node->members[i].node = node_of(l, load->members.v[i].load,
		    nesting);
		if (node->members[i].node == NULL)
			return NULL;
	}
	return node;
}

/* The caller of that key; NULL with 0: of those who all see the same. */
static int
viewer_of(struct loader *l, const struct load *load, const struct cell *key,
    struct viewer **out)
{
	*out = NULL;
	if (!load->viewed)
		return 0;
	if ((*out = map_get(&l->viewers, key->p, (size_t)key->n)) != NULL)
		return 0;
	if ((*out = arena_alloc(l->arena, sizeof(**out))) == NULL)
		return -1;
	(*out)->key = key;
	return map_put(l->arena, &l->viewers, key->p, (size_t)key->n, *out);
}

struct wanted *
loader_wanted(struct loader *l, struct fetch *f, struct viewer *viewer,
    const struct cell *cells, size_t n, bool fetch)
{
	struct key_bytes	 bytes;
	struct wanted		*w, *first;

	if (!f->node->load->viewed)
		viewer = NULL;
	if (key_bytes(l->arena, cells, n, &bytes) == -1)
		return NULL;
	first = map_get(&f->by_key, bytes.p, bytes.n);
	for (w = first; w != NULL; w = w->other)
		if (w->viewer == viewer)
			return w;
	if ((w = arena_alloc(l->arena, sizeof(*w))) == NULL)
		return NULL;
	w->cells = cells;
	w->viewer = viewer;
	if (first != NULL) {
		w->other = first->other;
		first->other = w;
	} else if (map_put(l->arena, &f->by_key, bytes.p, bytes.n, w) != 0)
		return NULL;
	return fetch && vec_push(l->arena, &f->pending, w) == -1 ? NULL : w;
}

int
loader_find(struct loader *l, struct fetch *f, const struct cell *cells,
    size_t n, struct wanted **out)
{
	struct key_bytes	bytes;

	if (key_bytes(l->arena, cells, n, &bytes) == -1)
		return -1;
	*out = map_get(&f->by_key, bytes.p, bytes.n);
	return 0;
}

int
loader_wait(struct loader *l, struct wanted *w, struct link *link,
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

struct wanted *
loader_object(struct loader *l, struct node *node, struct viewer *viewer,
    const struct cell *key)
{
	const struct load	*load = node->load;
	struct wanted		*w;
	size_t			 i, n = load->model->table->key.n;

	if ((w = loader_wanted(l, &node->objects, viewer, key, n,
	    true)) == NULL)
		return NULL;
	for (i = 0; w->row == NULL && i < load->members.n; i++)
		if (early(&load->members.v[i]) &&
		    loader_wanted(l, &node->members[i], viewer, key, n,
		    true) == NULL)
			return NULL;
	return w;
}

struct slot *
loader_want(struct loader *l, const struct load *load,
    const struct nesting *nesting, const struct cell *caller,
    const struct cell *key)
{
	struct node	*node = node_of(l, load, nesting);
	struct slot	*slot = arena_alloc(l->arena, sizeof(*slot));
	struct viewer	*viewer;
	struct wanted	*w;

	if (node == NULL || slot == NULL ||
	    viewer_of(l, load, caller, &viewer) == -1 ||
	    (w = loader_object(l, node, viewer, key)) == NULL)
		return NULL;
	slot->row = w->row;
	if (w->row == NULL && loader_wait(l, w, NULL, slot) == -1)
		return NULL;
	return slot;
}

int
loader_want_rows(struct loader *l, const struct load *load,
    const struct nesting *nesting, const struct cell *caller,
    const struct statement *statement,
    struct row_list *rows)
{
	struct rows_wanted	*wanted = arena_alloc(l->arena,
				    sizeof(*wanted));

	if (wanted == NULL ||
	    (wanted->node = node_of(l, load, nesting)) == NULL ||
	    viewer_of(l, load, caller, &wanted->viewer) == -1)
		return -1;
	wanted->statement = statement;
	wanted->rows = rows;
	return vec_push(l->arena, &l->lists, wanted);
}

/* The keys of the callers for whom this is fetched, each once. */
static int
viewers_param(struct loader *l, const struct fetch *f, struct param *param)
{
	const struct cell	**cells;
	struct viewer		*viewer;
	size_t			 i, n = 0;

	cells = arena_array(l->arena, f->pending.n, sizeof(*cells));
	if (cells == NULL)
		return -1;
	l->statements++;
	for (i = 0; i < f->pending.n; i++) {
		viewer = f->pending.v[i]->viewer;
		if (viewer->statement == l->statements)
			continue;
		viewer->statement = l->statements;
		cells[n++] = viewer->key;
	}
	return sql_array_param(l->arena, f->node->load->owner, cells, n,
	    param);
}

/* The keys that are asked for, as arrays: n parameters. */
static int
keys_put(struct loader *l, const struct fetch *f,
    struct column *const *columns, size_t n, struct param *params)
{
	const struct cell	**cells;
	size_t			 i, k;

	cells = arena_array(l->arena, f->pending.n, sizeof(*cells));
	if (cells == NULL)
		return -1;
	for (k = 0; k < n; k++) {
		for (i = 0; i < f->pending.n; i++)
			cells[i] = &f->pending.v[i]->cells[k];
		if (sql_array_param(l->arena, columns[k], cells, f->pending.n,
		    &params[k]) == -1)
			return -1;
	}
	return 0;
}

/*
 * For a collection that the request has wishes for: the caller, the values of
 * `where', the keys, the limit.
 */
static int
nested_params(struct loader *l, const struct fetch *f, struct statement *st,
    struct column *const *columns, size_t n)
{
	const struct nesting	*nesting = f->owner->nesting;
	const struct nested	*nested =
				    nesting->all.v[f->member->nested];
	size_t			 i, nvalues = nested->where == NULL ? 0 :
				    nested->where->params.n;
	struct param		*p;

	p = arena_array(l->arena, nvalues + n + 2, sizeof(*p));
	if ((st->params = p) == NULL)
		return -1;
	if (nesting->has_caller)
		*p++ = nesting->caller;
	for (i = 0; i < nvalues; i++)
		*p++ = nested->where->params.v[i];
	if (keys_put(l, f, columns, n, p) == -1)
		return -1;
	p += n;
	if (nested->limit > 0 &&
	    sql_bigint_param(l->arena, nested->limit, p++) == -1)
		return -1;
	st->nparams = (int)(p - st->params);
	return 0;
}

/* The keys; and whose rows they are to be, where that matters. */
static int
params_put(struct loader *l, const struct fetch *f, struct statement *st,
    struct column *const *columns, size_t n)
{
	if (f->member != NULL && f->member->nested >= 0)
		return nested_params(l, f, st, columns, n);
	st->nparams = (int)n + (f->node->load->owner != NULL);
	st->params = arena_array(l->arena, n + 1, sizeof(*st->params));
	if (st->params == NULL || keys_put(l, f, columns, n,
	    st->params) == -1)
		return -1;
	return f->node->load->owner == NULL ? 0 :
	    viewers_param(l, f, &st->params[n]);
}

static int
fetch_send(struct loader *l, struct fetch *f, struct round *round)
{
	const struct table	*table = f->node->load->model->table;
	struct column *const	*columns = table->key.v;
	struct statement	 st = { .sql = f->node->load->by_key };
	struct sent		 sent = { f, NULL };
	size_t			 n = table->key.n;

	if (f->member != NULL) {
		st.sql = f->member->sql;
		/* The keys at the two ends of a link may differ in length. */
		n = f->member->relationship->local.n;
		columns = f->member->way == LOAD_LINKED ?
		    f->member->relationship->near_columns.v :
		    f->member->relationship->remote.v;
	}
	if (params_put(l, f, &st, columns, n) == -1)
		return -1;
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
