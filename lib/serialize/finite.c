/*
 * Finds rules without end (S3).  A shape graph may have cycles: a tree's
 * children of children are one shape that leads to itself, and end with the
 * data.  A cycle that follows a relationship and then its partner comes back to
 * the object it left, so it never ends; that is what is refused here, through
 * association proxies as well.  Called by rules.c for each graph.
 */
#include <stdio.h>
#include <string.h>

#include "finite.h"
#include "rules.h"

/* A hop from one shape to the next. */
struct step {
	const struct shape		*from;
	const struct shape_member	*member;
};

/*
 * Tarjan's strongly connected components.  `via' marks the shapes of
 * association objects under a proxy, which have no name of their own in rules.
 */
struct search {
	struct arena		*arena;
	struct shape *const	*shapes;
	size_t			 n;
	int			*order;		/* 0: not visited */
	int			*low;
	int			*component;	/* 0: still on the stack */
	int			*stack;
	int			 depth, visited, components;
	bool			*via;
};

/* Where a member leads; NULL for columns. */
static const struct shape *
member_to(const struct shape_member *m)
{
	return m->via != NULL ? m->via : m->shape;
}

/* What it follows to get there; only where member_to() is not NULL. */
static const struct relationship *
member_relationship(const struct shape_member *m)
{
	return m->via != NULL ? m->attribute->proxy->through :
	    m->attribute->relationship;
}

/*
 * Whether r2 leads back where r came from: named in back_populates, or the
 * other end of the same keys without being named.
 */
static bool
leads_back(const struct relationship *r, const struct relationship *r2)
{
	if (r->back == r2 || r2->back == r)
		return true;
	if (r->model != r2->target || r->target != r2->model)
		return false;
	if (r->secondary != NULL)
		return r->secondary == r2->secondary &&
		    r->near_columns.v[0] == r2->far_columns.v[0];
	return r->fk != NULL && r->fk == r2->fk &&
	    r->direction != r2->direction;
}

/*
 * Recursion as deep as the longest way through the shapes; SHAPES_MAX bounds
 * it.
 */
static void
visit(struct search *s, const struct shape *shape)
{
	const struct shape	*to;
	int			 v = shape->id, w;
	size_t			 i;

	s->order[v] = s->low[v] = ++s->visited;
	s->stack[s->depth++] = v;
	for (i = 0; i < shape->members.n; i++) {
		if ((to = member_to(&shape->members.v[i])) == NULL)
			continue;
		if (to == shape->members.v[i].via)
			s->via[to->id] = true;
		if (s->order[to->id] == 0) {
			visit(s, to);
			if (s->low[to->id] < s->low[v])
				s->low[v] = s->low[to->id];
		} else if (s->component[to->id] == 0 &&
		    s->order[to->id] < s->low[v])
			s->low[v] = s->order[to->id];
	}
	if (s->low[v] != s->order[v])
		return;
	s->components++;
	do {
		w = s->stack[--s->depth];
		s->component[w] = s->components;
	} while (w != v);
}

/*
 * The shortest way between two shapes, inside one component unless that is 0.
 * Fills steps and returns how many; -1 when out of memory.
 */
static int
way(const struct search *s, const struct shape *from, const struct shape *to,
    int component, struct step *steps)
{
	const struct shape	**queue, *shape, *next;
	struct step		*came;
	size_t			 head = 0, tail = 0, i;
	int			 n = 0, id;

	queue = arena_array(s->arena, s->n, sizeof(*queue));
	came = arena_array(s->arena, s->n, sizeof(*came));
	if (queue == NULL || came == NULL)
		return -1;
	queue[tail++] = from;
	while (head < tail && queue[head] != to) {
		shape = queue[head++];
		for (i = 0; i < shape->members.n; i++) {
			next = member_to(&shape->members.v[i]);
			if (next == NULL || next == from ||
			    came[next->id].from != NULL || (component != 0 &&
			    s->component[next->id] != component))
				continue;
			came[next->id] = (struct step){ shape,
			    &shape->members.v[i] };
			queue[tail++] = next;
		}
	}
	for (id = to->id; came[id].from != NULL; id = came[id].from->id)
		n++;
	for (i = (size_t)n, id = to->id; i > 0; id = came[id].from->id)
		steps[--i] = came[id];
	return n;
}

static void
add_text(char *to, size_t size, const char *a, const char *b, const char *c)
{
	size_t	n = strlen(to);

	snprintf(to + n, size - n, "%s%s%s", a, b, c);
}

/* Appends the step's name to a rule, if rules have a name for it. */
static void
rule_add(const struct search *s, const struct step *step, char *to, size_t size)
{
	if (!s->via[step->from->id])
		add_text(to, size, to[0] == '\0' ? "-" : ".",
		    step->member->attribute->name, "");
}

/*
 * Puts a cycle into words.  It begins with the two partners, steps 0 and 1;
 * the words begin at the last shape with a name before them.
 */
static void
cycle_text(const struct search *s, const struct step *steps, int n,
    struct endless *found)
{
	const struct step	*step;
	int			 first = 0, i;

	while (s->via[steps[first].from->id])
		first = (first + n - 1) % n;
	found->model = steps[first].from->model;
	for (i = 0; i < n; i++) {
		step = &steps[(first + i) % n];
		if (s->via[step->from->id])
			continue;
		add_text(found->cycle, sizeof(found->cycle),
		    step->from->model->name, ".",
		    step->member->attribute->name);
		add_text(found->cycle, sizeof(found->cycle), " -> ", "", "");
	}
	add_text(found->cycle, sizeof(found->cycle), found->model->name, "",
	    "");
	for (i = first; i != 1; i = (i + 1) % n)
		rule_add(s, &steps[i], found->model_rule,
		    sizeof(found->model_rule));
	rule_add(s, &steps[1], found->model_rule, sizeof(found->model_rule));
}

/* Fills *found for the hops m (from shape) and back; 1, or -1. */
static int
describe(const struct search *s, const struct shape *shape,
    const struct shape_member *m, const struct shape_member *back,
    struct endless *found)
{
	const struct shape	*middle = member_to(m);
	struct step		*steps;
	int			 n, i;

	memset(found, 0, sizeof(*found));
	found->there = member_relationship(m);
	found->back = member_relationship(back);
	if ((steps = arena_array(s->arena, s->n + 2, sizeof(*steps))) == NULL)
		return -1;
	steps[0] = (struct step){ shape, m };
	steps[1] = (struct step){ middle, back };
	if ((n = way(s, member_to(back), shape, s->component[shape->id],
	    steps + 2)) == -1)
		return -1;
	cycle_text(s, steps, n + 2, found);
	if ((n = way(s, s->shapes[0], shape, 0, steps)) == -1)
		return -1;
	steps[n] = (struct step){ shape, m };
	steps[n + 1] = (struct step){ middle, back };
	/* The first turn back on the way is the place to cut. */
	for (i = 0; i < n + 2; i++) {
		rule_add(s, &steps[i], found->rule, sizeof(found->rule));
		if (i > 0 && leads_back(
		    member_relationship(steps[i - 1].member),
		    member_relationship(steps[i].member)))
			break;
	}
	return 1;
}

/* Whether the way from this shape along m goes straight back, in a cycle. */
static int
look(const struct search *s, const struct shape *shape,
    const struct shape_member *m, struct endless *found)
{
	const struct shape		*middle = member_to(m);
	const struct shape_member	*back;
	int				 component = s->component[shape->id];
	size_t				 i;

	if (middle == NULL || s->component[middle->id] != component)
		return 0;
	for (i = 0; i < middle->members.n; i++) {
		back = &middle->members.v[i];
		if (member_to(back) != NULL &&
		    s->component[member_to(back)->id] == component &&
		    leads_back(member_relationship(m),
		    member_relationship(back)))
			return describe(s, shape, m, back, found);
	}
	return 0;
}

/*
 * A shape is recursive when it is not alone in its component, or leads to
 * itself.
 */
static int
mark(const struct search *s)
{
	int			*sizes;
	const struct shape	*shape;
	size_t			 i, k;

	sizes = arena_array(s->arena, s->n + 1, sizeof(*sizes));
	if (sizes == NULL)
		return -1;
	for (i = 0; i < s->n; i++)
		sizes[s->component[i]]++;
	for (i = 0; i < s->n; i++) {
		shape = s->shapes[i];
		s->shapes[i]->recursive = sizes[s->component[i]] > 1;
		for (k = 0; k < shape->members.n; k++)
			if (member_to(&shape->members.v[k]) == shape)
				s->shapes[i]->recursive = true;
	}
	return 0;
}

int
shapes_endless(struct arena *a, struct shape *const *shapes, size_t n,
    struct endless *found)
{
	struct search	 s = { .arena = a, .shapes = shapes, .n = n };
	size_t		 i, k;
	int		 r;

	s.order = arena_array(a, n, sizeof(*s.order));
	s.low = arena_array(a, n, sizeof(*s.low));
	s.component = arena_array(a, n, sizeof(*s.component));
	s.stack = arena_array(a, n, sizeof(*s.stack));
	s.via = arena_array(a, n, sizeof(*s.via));
	if (s.order == NULL || s.low == NULL || s.component == NULL ||
	    s.stack == NULL || s.via == NULL)
		return -1;
	/* Every shape of a graph is reached from its root. */
	visit(&s, shapes[0]);
	for (i = 0; i < n; i++)
		for (k = 0; k < shapes[i]->members.n; k++)
			if ((r = look(&s, shapes[i], &shapes[i]->members.v[k],
			    found)) != 0)
				return r;
	return mark(&s);
}

/* One model for registry_check_rules(). */
static int
model_check(struct registry *r, const struct model *m, struct error *err)
{
	struct arena		 scratch;
	struct endless		 found;
	struct model_note	*note;
	const struct shape	*shape;
	struct shape_rules	 none = { 0 };
	int			 result;

	arena_init(&scratch, 0);
	result = shape_build(&scratch, m, &none, &shape, &found, err);
	arena_release(&scratch);
	if (result != 1)
		return result;
	if ((note = arena_alloc(&r->arena, sizeof(*note))) == NULL ||
	    vec_push(&r->arena, &r->warnings, note) == -1)
		return error_nomem(err);
	add_text(note->path, sizeof(note->path), "/models/", m->name,
	    "/serialize_rules");
	add_text(note->text, sizeof(note->text), m->name,
	    " would print without end: ", found.cycle);
	add_text(note->hint, sizeof(note->hint), "add \"", found.model_rule,
	    "\" to the serialize_rules of ");
	add_text(note->hint, sizeof(note->hint), found.model->name, "", "");
	return 0;
}

int
registry_check_rules(struct registry *r, struct error *err)
{
	size_t	i;

	for (i = 0; i < r->models.n; i++) {
		if (rules_check_model(r->models.v[i], err) == -1 ||
		    model_check(r, r->models.v[i], err) == -1)
			return -1;
	}
	return 0;
}
