/*
 * Compiles a shape into what loading it takes: the columns and the statements,
 * one per relationship.  Called once per shape; the result is kept as long as
 * the shape.  It refuses nothing: a shape is checked already.
 */
#include <string.h>

#include "load_parts.h"

static struct load *load_of(struct compiler *, const struct shape *);

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

static int
member_add(struct compiler *c, struct load *load,
    const struct shape_member *sm)
{
	struct load_member	 m;
	struct load		*target;
	const struct shape	*shape = sm->shape;

	memset(&m, 0, sizeof(m));
	switch (sm->attribute->kind) {
	case ATTRIBUTE_COLUMN:
		return column_add(c, load, sm->attribute->column);
	case ATTRIBUTE_RELATIONSHIP:
		m.relationship = sm->attribute->relationship;
		break;
	case ATTRIBUTE_PROXY:
		m.proxy = sm->attribute->proxy;
		m.relationship = m.proxy->through;
		shape = sm->via;
		break;
	}
	switch (m.relationship->direction) {
	case MANY_TO_ONE:
		m.way = LOAD_TARGETS;
		break;
	case ONE_TO_MANY:
		m.way = LOAD_CHILDREN;
		break;
	case MANY_TO_MANY:
		m.way = LOAD_LINKED;
		break;
	}
	m.by_parent_key = is_key(load->model->table, m.relationship->local.v,
	    m.relationship->local.n);
	m.by_target_key = is_key(m.relationship->target->table,
	    m.relationship->remote.v, m.relationship->remote.n);
	m.sort_here = m.way == LOAD_CHILDREN && sorts_by_integer(
	    m.relationship);
	m.index = (int)load->members.n;
	if (vec_push(c->arena, &load->members, m) == -1)
		return -1;
	/* load_of() may come back to this load: fill the member by index. */
	if ((target = load_of(c, shape)) == NULL)
		return -1;
	load->members.v[m.index].load = target;
	target->ways++;
	target->once = target->ways == 1 && m.way == LOAD_CHILDREN;
	return 0;
}

static struct load *
load_of(struct compiler *c, const struct shape *shape)
{
	struct load		*load;
	const struct shape	**key;
	size_t			 i;

	load = map_get(&c->done, &shape, sizeof(shape));
	if (load != NULL)
		return load;
	if ((load = arena_alloc(c->arena, sizeof(*load))) == NULL ||
	    (key = arena_alloc(c->arena, sizeof(*key))) == NULL)
		return NULL;
	*key = shape;
	if (map_put(c->arena, &c->done, key, sizeof(*key), load) == -1)
		return NULL;
	load->shape = shape;
	load->model = shape->model;
	if (sight_right(&c->sight, load->model->table) == RIGHT_OWN)
		load->owner = c->sight.key;
	load->id = c->n++;
	if (columns_add(c, load, load->model->table->key.v,
	    load->model->table->key.n) == -1)
		return NULL;
	for (i = 0; i < shape->members.n; i++)
		if (member_add(c, load, &shape->members.v[i]) == -1)
			return NULL;
	return load;
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
	struct map_entry	*e;
	struct load		*load;
	bool			 changed = true, viewed;
	size_t			 i;

	while (changed) {
		changed = false;
		map_each(e, &c->done) {
			load = e->value;
			viewed = load->owner != NULL;
			for (i = 0; i < load->members.n; i++)
				viewed |= load->members.v[i].load->viewed;
			changed |= viewed != load->viewed;
			load->viewed = viewed;
		}
	}
}

struct load *
load_compile(struct arena *arena, struct sql_cache *sql,
    const struct shape *shape, const struct sight *sight, struct error *err)
{
	struct compiler		 c = { arena, sql, { 0 }, 0, *sight, err };
	struct load		*root, *load;
	struct load_member	*m;
	struct map_entry	*e;
	size_t			 i;

	c.sight.many = true;
	if ((root = load_of(&c, shape)) == NULL)
		goto nomem;
	root->ways++;
	root->once = false;
	/* All columns have to be known before any list is written. */
	map_each(e, &c.done) {
		load = e->value;
		if (ends_add(&c, load) == -1)
			goto nomem;
		for (i = 0; i < load->members.n; i++) {
			m = &load->members.v[i];
			if (m->way != LOAD_LINKED && columns_add(&c,
			    map_get(&c.done, &m->load->shape,
			    sizeof(m->load->shape)), m->relationship->remote.v,
			    m->relationship->remote.n) == -1)
				goto nomem;
		}
	}
	views_mark(&c);
	map_each(e, &c.done)
		if (load_texts(&c, e->value) == -1)
			goto nomem;
	map_each(e, &c.done) {
		load = e->value;
		for (i = 0; i < load->members.n; i++) {
			m = &load->members.v[i];
			if (remote_find(&c, m) == -1 ||
			    (m->sql = load_member_sql(&c, m)) == NULL)
				goto nomem;
		}
	}
	return root;
nomem:
	error_nomem(err);
	return NULL;
}
