/*
 * From rules to shapes.  Called once per kind of request.  The algorithm of
 * semantics.md's appendix runs over the model: a state is a model and the rule
 * tree that an object of it is visited with; equal states are one shape, so a
 * tree's children of children become a shape that leads to itself.  It refuses
 * unknown names (S5), rules without end (S3, by finite.c), and more of
 * anything than its limits allow.  Private columns are no attributes, so no
 * shape has them (S1); write-only ones are left out, whatever the rules say.
 *
 * All elements of a list share their list's rule tree in SerializerMixin, and
 * each applies its model's rules to it again.  That changes nothing after the
 * first: a rule once dropped stays dropped, and merging twice is merging once.
 * So one shape per list is enough.
 */
#include <string.h>

#include "json_out.h"
#include "rules.h"
#include "tree.h"

enum {
	SCRATCH_MAX = 16 * 1024 * 1024,	/* bytes of rule trees in one compile */
	HINTS_MAX = 4			/* rules proposed against cycles */
};

struct state {
	struct shape			*shape;
	const struct rule_node		*tree;	/* model's rules applied */
};

/* One compile.  Rule trees are scratch; what a shape keeps is in `arena'. */
struct compiler {
	struct arena		*arena;
	struct arena		 scratch;
	struct map		 known;		/* printed state: shape */
	VEC(struct state)	 states;	/* in the order of discovery */
	VEC(struct shape *)	 shapes;	/* by id; via shapes too */
	struct buf		 text;
	enum access_class	 class;
	struct error		*err;
};

static struct shape *
shape_make(struct compiler *c, const struct model *model)
{
	struct shape	*shape;

	if (c->shapes.n == SHAPES_MAX) {
		error_set(c->err, ERROR_LIMIT, NULL,
		    "these rules make more than %d different shapes",
		    SHAPES_MAX);
		error_hint(c->err, "fewer or shorter rules, or only");
		return NULL;
	}
	if ((shape = arena_alloc(c->arena, sizeof(*shape))) == NULL ||
	    vec_push(&c->scratch, &c->shapes, shape) == -1) {
		error_nomem(c->err);
		return NULL;
	}
	shape->model = model;
	shape->id = (int)c->shapes.n - 1;
	return shape;
}

/*
 * The shape for objects of this model that are visited with a copy of this
 * tree (NULL: a fresh one).  A new state waits in c->states to be filled.
 */
static struct shape *
state_get(struct compiler *c, const struct model *model,
    const struct rule_node *from)
{
	struct state		 state;
	struct rule_node	*tree;
	struct arena		*a = &c->scratch;
	char			*key;

	tree = from == NULL ? tree_make(a) : tree_copy(a, from);
	if (tree == NULL)
		goto nomem;
	/* What led here says nothing about what is inside. */
	tree->include = tree->exclude = false;
	if (tree_apply(a, tree, model->rules.v, model->rules.n, false) == -1 ||
	    tree_apply(a, tree, model->only.v, model->only.n, true) == -1)
		goto nomem;
	buf_reset(&c->text);
	buf_add(&c->text, &model, sizeof(model));
	tree_print(&c->text, tree);
	if (c->text.broken)
		goto nomem;
	state.shape = map_get(&c->known, c->text.p, c->text.n);
	if (state.shape != NULL)
		return state.shape;
	if ((key = arena_strndup(a, c->text.p, c->text.n)) == NULL)
		goto nomem;
	if ((state.shape = shape_make(c, model)) == NULL)
		return NULL;
	state.tree = tree;
	if (vec_push(a, &c->states, state) == -1 ||
	    map_put(a, &c->known, key, c->text.n, state.shape) == -1)
		goto nomem;
	return state.shape;
nomem:
	error_nomem(c->err);
	return NULL;
}

static bool
is_hidden(const struct attribute *at)
{
	at = attribute_end(at);
	return at->kind == ATTRIBUTE_COLUMN && at->column->write_only;
}

static bool
is_printed(const struct compiler *c, const struct model *model,
    const struct rule_node *tree, const struct attribute *at,
    const struct rule_node *child)
{
	if (is_hidden(at) || attribute_is_hidden(at, c->class))
		return false;
	/* A proxy is no key of its object unless something names it (S2). */
	if (at->kind == ATTRIBUTE_PROXY && !model->serialize_proxies &&
	    (child == NULL || !child->include))
		return false;
	return tree_shows(tree, child);
}

static int
label_set(struct compiler *c, struct shape_member *m, bool first)
{
	buf_reset(&c->text);
	buf_putc(&c->text, first ? '{' : ',');
	json_put_text(&c->text, m->attribute->name);
	buf_putc(&c->text, ':');
	m->nlabel = c->text.n;
	if (c->text.broken || (m->label = arena_strndup(c->arena, c->text.p,
	    c->text.n)) == NULL)
		return error_nomem(c->err);
	return 0;
}

/* Fills in where a member leads; its values are visited with `child'. */
static int
member_lead(struct compiler *c, struct shape_member *m,
    const struct rule_node *child)
{
	const struct attribute	*at = m->attribute, *end = attribute_end(at);
	struct shape_member	 inner = { 0 };
	struct shape		*via;

	if (child != NULL && child->children == NULL)
		child = NULL;
	if (attribute_target(at) != NULL) {
		m->shape = state_get(c, attribute_target(at), child);
		if (m->shape == NULL)
			return -1;
	} else if (child != NULL && end->column->type->json == JSON_RAW) {
		if ((m->filter = tree_copy(c->arena, child)) == NULL)
			return error_nomem(c->err);
	}
	if (at->kind != ATTRIBUTE_PROXY)
		return 0;
	if ((via = shape_make(c, at->proxy->through->target)) == NULL)
		return -1;
	inner.attribute = at->proxy->attribute;
	if (member_lead(c, &inner, child) == -1 ||
	    label_set(c, &inner, true) == -1)
		return -1;
	if (vec_push(c->arena, &via->members, inner) == -1)
		return error_nomem(c->err);
	m->via = via;
	return 0;
}

static int
state_fill(struct compiler *c, struct state state)
{
	const struct model	*model = state.shape->model;
	const struct rule_node	*child;
	struct shape_member	 m;
	size_t			 i;

	state.shape->flat = true;
	for (i = 0; i < model->attributes.n; i++) {
		memset(&m, 0, sizeof(m));
		m.attribute = model->attributes.v[i];
		child = tree_child(state.tree, m.attribute->name,
		    strlen(m.attribute->name));
		if (!is_printed(c, model, state.tree, m.attribute, child))
			continue;
		if (label_set(c, &m, state.shape->members.n == 0) == -1 ||
		    member_lead(c, &m, child) == -1)
			return -1;
		if (m.attribute->kind != ATTRIBUTE_COLUMN)
			state.shape->flat = false;
		if (vec_push(c->arena, &state.shape->members, m) == -1)
			return error_nomem(c->err);
	}
	return 0;
}

/* The root's tree holds the request's rules; its model's come after them. */
static int
graph_make(struct compiler *c, const struct model *model,
    const struct shape_rules *rules)
{
	struct rule_node	*tree = tree_make(&c->scratch);
	size_t			 i;

	if (tree == NULL || tree_apply(&c->scratch, tree, rules->rules,
	    rules->nrules, false) == -1 || tree_apply(&c->scratch, tree,
	    rules->only, rules->nonly, true) == -1)
		return error_nomem(c->err);
	if (state_get(c, model, tree) == NULL)
		return -1;
	for (i = 0; i < c->states.n; i++)
		if (state_fill(c, c->states.v[i]) == -1)
			return -1;
	return 0;
}

int
shape_build(struct arena *a, const struct model *model,
    const struct shape_rules *rules, const struct shape **root,
    struct endless *found, struct error *err)
{
	struct compiler	c = { .arena = a, .class = rules->class, .err = err };
	int		r;

	arena_init(&c.scratch, SCRATCH_MAX);
	buf_init(&c.text, SCRATCH_MAX);
	if ((r = graph_make(&c, model, rules)) == 0) {
		r = shapes_endless(&c.scratch, c.shapes.v, c.shapes.n, found);
		if (r == -1)
			error_nomem(err);
		*root = c.shapes.v[0];
	}
	buf_free(&c.text);
	arena_release(&c.scratch);
	return r;
}

/* Refuses a rule's key that the model has not. */
static int
refuse_key(const struct model *model, enum access_class class,
    const char *key, const struct path *path, struct error *err)
{
	struct arena		 a;
	const char *const	*names;
	const char		*near;

	error_set(err, ERROR_UNKNOWN_FIELD, path,
	    "%s has no attribute \"%s\"", model->name, key);
	error_about(err, model->name, key);
	arena_init(&a, 0);
	if ((names = model_attribute_names(&a, model, class)) != NULL &&
	    (near = error_nearest(key, names)) != NULL)
		error_hint(err, "did you mean %s?", near);
	arena_release(&a);
	return -1;
}

/* Rule S5 for one rule. */
static int
rule_check(struct arena *a, const struct model *model,
    enum access_class class, const char *rule, const struct path *path,
    struct error *err)
{
	const struct attribute	*at;
	const char		*key;
	size_t			 n;
	bool			 negative;

	if ((key = rule_split(a, rule, &n, &negative)) == NULL)
		return error_nomem(err);
	if (n > RULE_KEYS_MAX)
		return error_set(err, ERROR_LIMIT, path,
		    "a rule has more than %d keys", RULE_KEYS_MAX);
	/* What follows a column's name is about what is inside its value. */
	for (; !negative && n > 0 && model != NULL; n--) {
		at = model_attribute_for(model, key, class);
		if (at == NULL)
			return refuse_key(model, class, key, path, err);
		model = attribute_target(at);
		key += strlen(key) + 1;
	}
	return 0;
}

static int
list_check(const struct model *model, enum access_class class,
    const char *const *rules, size_t n, const struct path *list,
    struct error *err)
{
	struct path	at = { list, NULL, 0 };
	struct arena	scratch;
	size_t		i;
	int		r = 0;

	if (n > RULES_MAX)
		return error_set(err, ERROR_LIMIT, list,
		    "more than %d rules", RULES_MAX);
	arena_init(&scratch, 0);
	for (i = 0; r == 0 && i < n; i++) {
		at.index = (int)i;
		r = rule_check(&scratch, model, class, rules[i], &at, err);
	}
	arena_release(&scratch);
	return r;
}

int
rules_check_model(const struct model *model, struct error *err)
{
	struct path	root = { 0 }, models = { &root, "models", 0 };
	struct path	here = { &models, model->name, 0 };
	struct path	rules = { &here, "serialize_rules", 0 };
	struct path	only = { &here, "serialize_only", 0 };

	if (list_check(model, CLASS_ADMIN, model->rules.v, model->rules.n,
	    &rules, err) == -1)
		return -1;
	return list_check(model, CLASS_ADMIN, model->only.v, model->only.n,
	    &only, err);
}

/*
 * Hints at rules that would end all cycles, by trying: each cycle that is
 * found gives a rule, until none is left.
 */
static void
hint(struct arena *a, const struct model *model,
    const struct shape_rules *asked, struct endless *found, struct error *err)
{
	const char		*more[RULES_MAX + HINTS_MAX];
	struct shape_rules	 rules = *asked;
	struct endless		 next = *found;
	const struct shape	*root;
	struct error		 ignored;
	struct buf		 text;
	int			 i, r = 1;

	for (i = 0; (size_t)i < asked->nrules; i++)
		more[i] = asked->rules[i];
	rules.rules = more;
	buf_init(&text, sizeof(err->hint));
	for (i = 0; i < HINTS_MAX && r == 1; i++) {
		if ((more[rules.nrules++] = arena_strdup(a, next.rule)) == NULL)
			break;
		buf_printf(&text, "%s\"%s\"", i == 0 ? "" : ", ", next.rule);
		r = shape_build(a, model, &rules, &root, &next, &ignored);
	}
	if (r == 0 && !text.broken)
		error_hint(err, "it would end with the rules %.*s",
		    (int)text.n, text.p);
	else
		error_hint(err, "add \"%s\" to the serialize_rules of %s, or "
		    "ask with only", found->model_rule, found->model->name);
	buf_free(&text);
}

const struct shape *
shape_compile(struct arena *a, const struct model *model,
    const struct shape_rules *rules, const struct path *path,
    struct error *err)
{
	static const struct path	 nowhere;
	const struct path		*params = path != NULL ? path :
					    &nowhere;
	struct path			 list = { params, "rules", 0 };
	struct path			 only = { params, "only", 0 };
	const struct shape		*root;
	struct endless			 found;
	int				 r;

	if (list_check(model, rules->class, rules->rules, rules->nrules, &list,
	    err) == -1 || list_check(model, rules->class, rules->only,
	    rules->nonly, &only, err) == -1)
		return NULL;
	if ((r = shape_build(a, model, rules, &root, &found, err)) == 0)
		return root;
	if (r == -1)
		return NULL;
	error_set(err, ERROR_ENDLESS_RULES, params,
	    "these rules would print %s.%s and its way back, %s.%s, without "
	    "end", found.there->model->name, found.there->name,
	    found.back->model->name, found.back->name);
	error_about(err, found.there->model->name, found.there->name);
	error_detail(err, "%s", found.cycle);
	hint(a, model, rules, &found, err);
	return NULL;
}
