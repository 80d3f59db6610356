/*
 * registry_load(): a model file's text becomes a registry, pass by pass (see
 * load.h).  Called by the daemon at its start and at a reload, and by
 * ormd-model.  Here are the reading of the text, its first level, and what the
 * passes share; it refuses text that is not one JSON object, and unknown
 * members.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "utf8.h"

enum {
	MODEL_DEPTH_MOST = 32,
	MODEL_FORMAT = 1,		/* the value of "ormd" */
	REFUSALS_MOST = 100		/* that are told */
};

#define MODEL_TEXT_MOST		((size_t)16 << 20)
#define MODEL_MEMORY_MOST	((size_t)256 << 20)

int
refuse(struct loader *l, enum error_kind kind, const struct path *path,
    const char *format, ...)
{
	char	text[sizeof(l->err->message)];
	va_list	ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return error_set(l->err, kind, path, "%s", text);
}

int
hint(struct loader *l, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	vsnprintf(l->err->hint, sizeof(l->err->hint), format, ap);
	va_end(ap);
	return -1;
}

int
hint_words(struct loader *l, const char *word, const char *const *words)
{
	const char	*near = error_nearest(word, words);

	return near == NULL ? -1 : hint(l, "did you mean %s?", near);
}

int
hint_map(struct loader *l, const char *word, const struct map *map)
{
	const char		**words;
	const struct map_entry	*e;
	size_t			 n = 0;

	words = arena_array(l->a, map->n + 1, sizeof(*words));
	if (words == NULL)
		return -1;
	map_each(e, map)
		words[n++] = e->key;
	return hint_words(l, word, words);
}

int
nomem(struct loader *l)
{
	return refuse(l, ERROR_LIMIT, NULL,
	    "the model needs more memory than there is for it");
}

int
warn(struct loader *l, const struct path *path, const char *mend,
    const char *format, ...)
{
	struct model_note	*note;
	va_list			 ap;

	if ((note = arena_alloc(l->a, sizeof(*note))) == NULL)
		return nomem(l);
	path_write(path, note->path, sizeof(note->path));
	snprintf(note->hint, sizeof(note->hint), "%s", mend);
	va_start(ap, format);
	vsnprintf(note->text, sizeof(note->text), format, ap);
	va_end(ap);
	return vec_push(l->a, &l->r->warnings, note) == -1 ? nomem(l) : 0;
}

bool
loader_goes_on(struct loader *l)
{
	if (l->refused == NULL)
		return false;
	if (l->err->message[0] != '\0') {
		loader_hint(l->err);
		l->refused(l->arg, l->err);
		l->failed++;
		if (l->err->kind == ERROR_LIMIT)
			l->failed = REFUSALS_MOST;
		l->err->message[0] = '\0';
	}
	return l->failed < REFUSALS_MOST;
}

int
loader_each(struct loader *l, const char *section, loader_visit *visit)
{
	struct path		 root = { NULL, NULL, 0 };
	struct path		 in = { &root, section, 0 };
	struct json	*members;
	size_t			 before = l->failed;
	int			 r;

	r = json_take_object(l->file, section, &members, &root, l->err);
	if (r != 1)
		return r;
	json_each(members, name, value) {
		struct path	here = { &in, name, 0 };

		if (visit(l, name, value, &here) == -1 && !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ? -1 : 0;
}

int
loader_strings(struct loader *l, struct json *object, const char *name,
    struct json **list, const struct path *path)
{
	struct path	here = { path, name, 0 }, element = { &here, NULL, 0 };
	int		n, r;

	if ((r = json_take_array(object, name, list, path, l->err)) != 1)
		return r;
	n = (int)json_length(*list);
	for (element.index = 0; element.index < n; element.index++)
		if (!json_is_string(json_at(*list,
		    (size_t)element.index)))
			return refuse(l, ERROR_INVALID_VALUE, &element,
			    "%s must be a list of strings", name);
	return 1;
}

static int
load_file(struct loader *l)
{
	static const char *const	 allowed[] = { "ormd", "models",
					    "tables", "enums", "auth", NULL };
	struct path			 root = { NULL, NULL, 0 };
	struct path			 version = { &root, "ormd", 0 };
	struct path			 models = { &root, "models", 0 };
	int64_t				 format = 0;
	int				 r;

	if (!json_is_object(l->file))
		return refuse(l, ERROR_INVALID_VALUE, NULL,
		    "a model file is an object, not %s", json_kind(l->file));
	if (json_allow(l->file, allowed, &root, l->err) == -1)
		return -1;
	r = json_take_int(l->file, "ormd", &format, MODEL_FORMAT, MODEL_FORMAT,
	    &root, l->err);
	if (r == -1)
		return -1;
	if (r == 0) {
		refuse(l, ERROR_REQUIRED, &version,
		    "a model file says which format it has");
		return hint(l, "begin it with \"ormd\": %d", MODEL_FORMAT);
	}
	if (json_member(l->file, "models") == NULL)
		return refuse(l, ERROR_REQUIRED, &models,
		    "a model file has models");
	if (load_enums(l) == -1 || load_tables(l) == -1 ||
	    resolve_keys(l) == -1)
		return -1;
	widen_keys(l);
	if (rank_tables(l) == -1 ||
	    resolve_relationships(l) == -1 || proxy_resolve(l) == -1 ||
	    load_auth(l) == -1 || load_access(l) == -1)
		return -1;
	return check_models(l);
}

/* The text as a tree that belongs to the arena. */
static int
load_text(struct loader *l, const char *text, size_t n)
{
	if (n > MODEL_TEXT_MOST)
		return refuse(l, ERROR_LIMIT, NULL,
		    "a model file has at most %zu bytes", MODEL_TEXT_MOST);
	if (utf8_check(text, n) != n)
		return refuse(l, ERROR_PARSE, NULL,
		    "not UTF-8 at byte %zu", utf8_check(text, n));
	return json_read(l->a, text, n, &l->file, l->err);
}

static struct registry *
load(struct loader *l, const char *text, size_t n)
{
	if ((l->r = calloc(1, sizeof(*l->r))) == NULL) {
		error_nomem(l->err);
		return NULL;
	}
	arena_init(&l->r->arena, MODEL_MEMORY_MOST);
	l->a = &l->r->arena;
	if (load_text(l, text, n) == -1 || load_file(l) == -1) {
		loader_hint(l->err);
		registry_free(l->r);
		return NULL;
	}
	return l->r;
}

struct registry *
registry_load(const char *text, size_t n, struct error *err)
{
	struct loader	l = { .err = err };

	return load(&l, text, n);
}

struct registry *
registry_load_all(const char *text, size_t n, registry_refused *refused,
    void *arg)
{
	struct error	 err = { .message = "" };
	struct loader	 l = { .err = &err, .refused = refused, .arg = arg };
	struct registry	*r = load(&l, text, n);

	if (r == NULL)
		loader_goes_on(&l);	/* tells what is not told yet */
	return r;
}
