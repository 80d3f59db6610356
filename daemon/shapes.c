/*
 * Compiled shapes and their loads, kept beside the registry that they were
 * made from.  Called while a request is decoded.  The cache takes a bounded
 * number of shapes of bounded size; what does not fit is compiled for its
 * request alone.
 */
#include <stdlib.h>
#include <string.h>

#include "nested.h"
#include "rules.h"
#include "shapes.h"

enum {
	SHAPES_KEPT = 256,		/* of all models together */
	SHAPES_TEXT_MOST = 512		/* bytes of rules and only */
};

struct shapes {
	struct arena	 arena;
	struct map	 by_text;	/* struct load */
};

static void
shapes_free(void *p)
{
	struct shapes	*shapes = p;

	arena_release(&shapes->arena);
	free(shapes);
}

static struct shapes *
shapes_of(struct ormd_model *model)
{
	struct shapes	*shapes = model->extra;

	if (shapes != NULL)
		return shapes;
	if ((shapes = calloc(1, sizeof(*shapes))) == NULL)
		return NULL;
	arena_init(&shapes->arena, 0);
	model->extra = shapes;
	model->extra_free = shapes_free;
	return shapes;
}

static int
strings(struct arena *a, struct json *list, const char *name,
    const char *const **out, size_t *n, const struct path *path,
    struct error *err)
{
	const char		**v;
	struct path		 here = { path, name, 0 };
	struct json	*s;
	size_t			 i;

	*out = NULL;
	*n = list == NULL ? 0 : json_length(list);
	if (*n == 0)
		return 0;
	if ((v = arena_array(a, *n, sizeof(*v))) == NULL)
		return error_nomem(err);
	for (i = 0; i < *n; i++) {
		struct path	at = { &here, NULL, (int)i };

		s = json_at(list, i);
		if (!json_is_string(s))
			return error_set(err, ERROR_INVALID_VALUE, &at,
			    "a rule is a string, not %s", json_kind(s));
		v[i] = json_string(s);
	}
	*out = v;
	return 0;
}

static struct load *
compile_rules(struct ormd *ormd, struct arena *a, bool kept,
    const struct sight *sight,
    const struct model *model, const struct shape_rules *rules,
    const struct nesting *nesting, const struct path *path,
    struct error *err)
{
	const struct shape	*shape;

	shape = shape_compile(a, model, rules, path, err);
	return shape == NULL ? NULL :
	    load_compile(a, &ormd->sql, kept, shape, sight, nesting, err);
}

static struct load *
compile(struct ormd *ormd, struct arena *a, bool kept,
    const struct sight *sight,
    const struct model *model, const struct shaping *shaping,
    const struct path *path, struct error *err)
{
	struct shape_rules	 r;

	memset(&r, 0, sizeof(r));
	r.class = sight->class;
	if (strings(a, shaping->rules, "rules", &r.rules, &r.nrules, path,
	    err) == -1 ||
	    strings(a, shaping->only, "only", &r.only, &r.nonly, path,
	    err) == -1)
		return NULL;
	return compile_rules(ormd, a, kept, sight, model, &r, shaping->nesting,
	    path, err);
}

/*
 * What tells one shape from another: the class of callers, the model's name,
 * and what the request says.  On the stack, since every request comes by here.
 */
struct shape_text {
	char	p[SHAPES_TEXT_MOST];
	size_t	n;		/* more than SHAPES_TEXT_MOST: too long */
};

static void
text_add(struct shape_text *t, const char *p, size_t n)
{
	if (t->n <= sizeof(t->p) && n <= sizeof(t->p) - t->n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
}

static void
text_json(struct shape_text *t, const struct json *v)
{
	text_add(t, "\n", 1);
	if (v != NULL)
		text_add(t, v->text, v->ntext);
}

static void
text_make(struct shape_text *t, const struct sight *sight,
    const struct model *model, const struct shaping *shaping)
{
	char	class = (char)('0' + sight->class);

	t->n = 0;
	text_add(t, &class, 1);
	text_add(t, model->name, strlen(model->name));
	text_json(t, shaping->rules);
	text_json(t, shaping->only);
	if (shaping->nesting != NULL) {
		text_add(t, "\n", 1);
		text_add(t, shaping->nesting->text,
		    strlen(shaping->nesting->text));
	}
}

static const struct load *
keep(struct ormd *ormd, struct shapes *shapes, const struct shape_text *text,
    const struct sight *sight, const struct model *model,
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	struct load	*load;
	char		*name;

	name = arena_strndup(&shapes->arena, text->p, text->n);
	if (name == NULL) {
		error_nomem(err);
		return NULL;
	}
	load = compile(ormd, &shapes->arena, true, sight, model, shaping,
	    path, err);
	if (load == NULL)
		return NULL;
	load->merge_name = name;
	if (map_put(&shapes->arena, &shapes->by_text, name, text->n, load) ==
	    -1) {
		error_nomem(err);
		return NULL;
	}
	return load;
}

const struct load *
shapes_load(struct ormd *ormd, struct ormd_model *holder, struct arena *a,
    const struct sight *sight, const struct model *model,
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	struct shapes		*shapes = shapes_of(holder);
	const struct load	*load = NULL;
	struct shape_text	 text;

	if (shapes == NULL) {
		error_nomem(err);
		return NULL;
	}
	text_make(&text, sight, model, shaping);
	if (text.n <= sizeof(text.p))
		load = map_get(&shapes->by_text, text.p, text.n);
	if (load != NULL)
		return load;
	/* What is refused must leave nothing in the memory that stays. */
	load = compile(ormd, a, false, sight, model, shaping, path, err);
	if (load != NULL && text.n <= sizeof(text.p) &&
	    shapes->by_text.n < SHAPES_KEPT)
		load = keep(ormd, shapes, &text, sight, model, shaping, path,
		    err);
	return load;
}

const struct load *
shapes_key(struct ormd *ormd, struct arena *a, const struct sight *sight,
    const struct model *model, struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	const struct table	*t = model->table;
	struct shape_rules	 r;
	const char		**names;
	size_t			 i;

	if ((names = arena_array(a, t->key.n, sizeof(*names))) == NULL) {
		error_nomem(err);
		return NULL;
	}
	for (i = 0; i < t->key.n; i++)
		names[i] = t->key.v[i]->name;
	memset(&r, 0, sizeof(r));
	r.only = names;
	r.nonly = t->key.n;
	return compile_rules(ormd, a, false, sight, model, &r, NULL, &root,
	    err);
}
