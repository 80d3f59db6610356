/*
 * Compiles a shape into what loading it takes: the columns and the statements,
 * one per relationship.  Called once per shape (and `load', where a request has
 * one); the result is kept as long as the shape.  It refuses wishes for what
 * the shape does not print; the shape itself is checked already.
 */
#include <string.h>

#include "load_parts.h"

static struct load *load_of(struct compiler *, const struct shape *,
		    const struct nested *wishes, bool is_via);

static int
column_add(struct compiler *c, struct load *load, const struct column *column)
{
	size_t	i;

	for (i = 0; i < load->columns.n; i++)
		if (load->columns.v[i] == column)
			return 0;
	return vec_push(c->arena, &load->columns, column);
}

static int
columns_add(struct compiler *c, struct load *load,
    struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (column_add(c, load, columns[i]) == -1)
			return -1;
	return 0;
}

static bool
is_key(const struct table *table, struct column *const *columns, size_t n)
{
	return n == table->key.n && memcmp(columns, table->key.v,
	    n * sizeof(*columns)) == 0;
}

/*
 * A short list is cheaper to sort here than the rows of all units together are
 * in PostgreSQL; only integers sort alike on both sides.
 */
static bool
sorts_by_integer(const struct relationship *rel)
{
	const struct table	*table = rel->target->table;

	return rel->order_by.n == 0 && table->key.n == 1 &&
	    table->key.v[0]->type->json == JSON_INTEGER;
}

/* The column lists that relationships add to their two ends. */
static int
ends_add(struct compiler *c, struct load *load)
{
	struct load_member	*m;
	size_t			 i;

	for (i = 0; i < load->members.n; i++) {
		m = &load->members.v[i];
		if (columns_add(c, load, m->relationship->local.v,
		    m->relationship->local.n) == -1)
			return -1;
	}
	return 0;
}

/*
 * A load is for one shape, and for one place of `load' in the request: what is
 * asked of the collections in its objects.
 */
struct load_place {
	const struct shape	*shape;
	const struct nested	*wishes;	/* its `nested'; or NULL */
};

static void
way_set(struct load_member *m, const struct load *load)
{
	const struct relationship	*rel = m->relationship;

	switch (rel->direction) {
	case MANY_TO_ONE:
		m->way = LOAD_TARGETS;
		break;
	case ONE_TO_MANY:
		m->way = LOAD_CHILDREN;
		break;
	case MANY_TO_MANY:
		m->way = LOAD_LINKED;
		break;
	}
	m->by_parent_key = is_key(load->model->table, rel->local.v,
	    rel->local.n);
	m->by_target_key = is_key(rel->target->table, rel->remote.v,
	    rel->remote.n);
	m->sort_here = m->way == LOAD_CHILDREN && sorts_by_integer(rel);
}

/*
 * One attribute of the shape.  `own' is what the request asks of the
 * collection, `below' what of those in its objects; either may be NULL.
 */
static int
member_add(struct compiler *c, struct load *load,
    const struct shape_member *sm, const struct nested *own,
    const struct nested *below)
{
	struct load_member	 m;
	struct load		*target;
	const struct shape	*shape = sm->shape;

	memset(&m, 0, sizeof(m));
	switch (sm->attribute->kind) {
	case ATTRIBUTE_COLUMN:
		return column_add(c, load, sm->attribute->column) == -1 ?
		    error_nomem(c->err) : 0;
	case ATTRIBUTE_RELATIONSHIP:
		m.relationship = sm->attribute->relationship;
		break;
	case ATTRIBUTE_PROXY:
		m.proxy = sm->attribute->proxy;
		m.relationship = m.proxy->through;
		shape = sm->via;
		break;
	}
	way_set(&m, load);
	m.nested = -1;
	if (own != NULL && (own->where != NULL || own->order.n > 0 ||
	    own->limit > 0)) {
		m.nested = own->index;
		m.sort_here = m.sort_here && own->order.n == 0 &&
		    own->limit == 0;
	}
	m.index = (int)load->members.n;
	if (vec_push(c->arena, &load->members, m) == -1)
		return error_nomem(c->err);
	/* load_of() may come back to this load: fill the member by index. */
	target = load_of(c, shape, below, shape == sm->via);
	if (target == NULL)
		return -1;
	load->members.v[m.index].load = target;
	target->ways++;
	target->once = target->ways == 1 && m.way == LOAD_CHILDREN;
	if (m.way == LOAD_TARGETS && target->shape->flat)
		target->keeps_text = true;
	return 0;
}

static const struct nested *
wish_for(const struct nested *wishes, const struct attribute *attribute)
{
	size_t	i;

	for (i = 0; wishes != NULL && i < wishes->nested.n; i++)
		if (wishes->nested.v[i]->attribute == attribute)
			return wishes->nested.v[i];
	return NULL;
}

/* What is wished for has to be printed. */
static int
wishes_check(struct compiler *c, const struct shape *shape,
    const struct nested *wishes)
{
	const struct nested	*n;
	size_t			 i, k;

	for (i = 0; wishes != NULL && i < wishes->nested.n; i++) {
		n = wishes->nested.v[i];
		for (k = 0; k < shape->members.n; k++)
			if (shape->members.v[k].attribute == n->attribute)
				break;
		if (k < shape->members.n)
			continue;
		error_set(c->err, ERROR_INVALID_VALUE, n->path,
		    "the reply does not print %s.%s", shape->model->name,
		    n->attribute->name);
		error_about(c->err, shape->model->name, n->attribute->name);
		return error_hint(c->err,
		    "rules or only have to name it, or not to leave it out");
	}
	return 0;
}

static struct load *
load_new(struct compiler *c, const struct load_place *at)
{
	struct load		*load = arena_alloc(c->arena, sizeof(*load));
	struct load_place	*place = arena_alloc(c->arena,
				    sizeof(*place));

	if (load == NULL || place == NULL)
		return NULL;
	*place = *at;
	load->shape = at->shape;
	load->model = at->shape->model;
	load->has_nested = at->wishes != NULL;
	if (sight_right(&c->sight, load->model->table) == RIGHT_OWN)
		load->owner = c->sight.key;
	load->id = (int)c->loads.n;
	if (map_put(c->arena, &c->done, place, sizeof(*place), load) == -1 ||
	    vec_push(c->arena, &c->loads, load) == -1 ||
	    columns_add(c, load, load->model->table->key.v,
	    load->model->table->key.n) == -1)
		return NULL;
	return load;
}

/*
 * The load for a shape; NULL with c->err.  The `via' shape of a proxy has one
 * member, and its wishes are for what that leads to.
 */
static struct load *
load_of(struct compiler *c, const struct shape *shape,
    const struct nested *wishes, bool is_via)
{
	struct load_place		 place = { shape, wishes };
	const struct shape_member	*sm;
	const struct nested		*own;
	struct load			*load;
	size_t				 i;

	if (wishes != NULL && wishes->nested.n == 0)
		place.wishes = NULL;
	if ((load = map_get(&c->done, &place, sizeof(place))) != NULL)
		return load;
	if ((load = load_new(c, &place)) == NULL) {
		error_nomem(c->err);
		return NULL;
	}
	if (!is_via && wishes_check(c, shape, place.wishes) == -1)
		return NULL;
	for (i = 0; i < shape->members.n; i++) {
		sm = &shape->members.v[i];
		own = is_via ? NULL : wish_for(place.wishes, sm->attribute);
		if (member_add(c, load, sm, own, is_via ? place.wishes :
		    own) == -1)
			return NULL;
	}
	return load;
}

static bool
is_in_place(const struct load *load)
{
	size_t	i;

	for (i = 0; i < load->columns.n; i++)
		if ((size_t)load->columns.v[i]->index != i)
			return false;
	return true;
}

/* All columns have to be known before any list is written. */
static int
columns_end(struct compiler *c)
{
	struct load_member	*m;
	struct load		*load;
	size_t			 i, k;

	for (i = 0; i < c->loads.n; i++) {
		load = c->loads.v[i];
		if (ends_add(c, load) == -1)
			return -1;
		for (k = 0; k < load->members.n; k++) {
			m = &load->members.v[k];
			if (m->way != LOAD_LINKED && columns_add(c,
			    c->loads.v[m->load->id], m->relationship->remote.v,
			    m->relationship->remote.n) == -1)
				return -1;
		}
	}
	return 0;
}

/* Where in a line of the target the columns stand that lead back. */
static int
remote_find(struct compiler *c, struct load_member *m)
{
	const struct relationship	*rel = m->relationship;
	const struct load		*load = m->load;
	size_t				 i;
	int				*at;

	if (m->way == LOAD_LINKED)
		return 0;
	at = arena_array(c->arena, rel->remote.n, sizeof(*at));
	if ((m->remote_at = at) == NULL)
		return -1;
	for (i = 0; i < rel->remote.n; i++)
		while (load->columns.v[at[i]] != rel->remote.v[i])
			at[i]++;
	return 0;
}

/*
 * What leads to rows that not all callers see is loaded for each of them.  The
 * graph may have circles: until nothing changes.
 */
static void
views_mark(struct compiler *c)
{
	struct load	*load;
	bool		 changed = true, viewed;
	size_t		 i, k;

	while (changed) {
		changed = false;
		for (i = 0; i < c->loads.n; i++) {
			load = c->loads.v[i];
			viewed = load->owner != NULL;
			for (k = 0; k < load->members.n; k++)
				viewed |= load->members.v[k].load->viewed;
			changed |= viewed != load->viewed;
			load->viewed = viewed;
		}
	}
}

/* Where in a line it says whose the row is. */
static void
owners_find(struct compiler *c)
{
	const struct column	*owner;
	struct load		*load;
	size_t			 i, k;

	for (k = 0; k < c->loads.n; k++) {
		load = c->loads.v[k];
		load->owner_at = -1;
		if (load->owner == NULL)
			continue;
		owner = sight_owner(&c->sight, load->model->table);
		for (i = 0; i < load->columns.n; i++)
			if (load->columns.v[i] == owner)
				load->owner_at = (int)i;
	}
}

static int
statements_make(struct compiler *c, const struct nesting *nesting)
{
	struct load_member	*m;
	struct load		*load;
	size_t			 i, k;

	owners_find(c);
	for (i = 0; i < c->loads.n; i++) {
		load = c->loads.v[i];
		load->in_place = is_in_place(load);
		if (load_texts(c, load) == -1)
			return -1;
	}
	for (i = 0; i < c->loads.n; i++) {
		load = c->loads.v[i];
		for (k = 0; k < load->members.n; k++) {
			m = &load->members.v[k];
			m->sql = m->nested < 0 ? load_member_sql(c, m) :
			    load_nested_sql(c, m,
			    nesting->all.v[m->nested]);
			if (m->sql == NULL || remote_find(c, m) == -1)
				return -1;
		}
	}
	return 0;
}

struct load *
load_compile(struct arena *arena, struct sql_cache *sql, bool kept,
    const struct shape *shape, const struct sight *sight,
    const struct nesting *nesting, struct error *err)
{
	struct compiler	 c = { .arena = arena, .sql = sql, .kept = kept,
			    .sight = *sight, .alone = *sight, .err = err };
	struct load	*root;

	c.sight.many = true;
	root = load_of(&c, shape, nesting != NULL ? &nesting->top : NULL,
	    false);
	if (root == NULL)
		return NULL;
	root->ways++;
	root->once = false;
	views_mark(&c);
	if (columns_end(&c) == -1 || statements_make(&c, nesting) == -1) {
		error_nomem(err);
		return NULL;
	}
	return root;
}
