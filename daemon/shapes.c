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

/* What tells one shape from another. */
static void
shape_text(struct buf *b, const struct sight *sight,
    const struct model *model, const struct shaping *shaping)
{
	buf_printf(b, "%d ", sight->class);
	buf_puts(b, model->name);
	buf_putc(b, '\n');
	if (shaping->rules != NULL)
		buf_add(b, shaping->rules->text, shaping->rules->ntext);
	buf_putc(b, '\n');
	if (shaping->only != NULL)
		buf_add(b, shaping->only->text, shaping->only->ntext);
	if (shaping->nesting != NULL) {
		buf_putc(b, '\n');
		buf_puts(b, shaping->nesting->text);
	}
}

static const struct load *
keep(struct ormd *ormd, struct shapes *shapes, const struct buf *text,
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
	struct buf		 text;

	if (shapes == NULL) {
		error_nomem(err);
		return NULL;
	}
	buf_init(&text, SHAPES_TEXT_MOST);
	shape_text(&text, sight, model, shaping);
	if (!text.broken)
		load = map_get(&shapes->by_text, text.p, text.n);
	if (load == NULL && !text.broken && shapes->by_text.n < SHAPES_KEPT)
		load = keep(ormd, shapes, &text, sight, model, shaping, path,
		    err);
	else if (load == NULL)
		load = compile(ormd, a, false, sight, model, shaping, path,
		    err);
	buf_free(&text);
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
