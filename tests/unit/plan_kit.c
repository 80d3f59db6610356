/*
 * Stands where the daemon is for lib/plan: parses, decodes, compiles shapes,
 * and prints parameters and results as text that a test can compare.  It needs
 * no database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aggregate.h"
#include "caller.h"
#include "cursor.h"
#include "json_out.h"
#include "nested.h"
#include "plan_kit.h"
#include "rules.h"
#include "value.h"
#include "write.h"

enum {
	PREVIEW_LIMIT = 8,	/* rows: few, so that it is met */
	CURSOR_TERMS = 16
};

/* The text with " for ', in the kit's memory. */
static const char *
requoted(struct plan_kit *k, const char *text)
{
	char	*copy = arena_strdup(&k->keep, text), *p;

	assert_non_null(copy);
	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static struct json *
parsed(struct plan_kit *k, const char *text)
{
	struct json	*v;
	struct error	 err;

	if (json_read(&k->keep, text, strlen(text), &v, &err) == -1)
		fail_msg("%s: %s", err.message, text);
	return v;
}

struct json *
plan_json(struct plan_kit *k, const char *text)
{
	return parsed(k, requoted(k, text));
}

static void
open_text(struct plan_kit *k, const char *text, size_t n)
{
	struct error	err;

	k->registry = registry_load(text, n, &err);
	if (k->registry == NULL)
		fail_msg("%s: %s", err.path, err.message);
	sql_cache_init(&k->sql);
}

void
plan_open(struct plan_kit *k, const char *model)
{
	memset(k, 0, sizeof(*k));
	open_text(k, requoted(k, model), strlen(model));
}

char *
plan_file(const char *name)
{
	const char	*top = getenv("top_srcdir");
	char		 path[4096], *text = NULL;
	size_t		 cap = 0;
	FILE		*f;

	snprintf(path, sizeof(path), "%s/tests/%s", top == NULL ? "." : top,
	    name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	if (getdelim(&text, &cap, '\0', f) == -1)
		fail_msg("%s is empty", path);
	fclose(f);
	return text;
}

void
plan_open_named(struct plan_kit *k, const char *name)
{
	struct json	*file, *model;
	char		*text;

	memset(k, 0, sizeof(*k));
	text = plan_file("unit/plan/models.json");
	model = json_member(parsed(k, text), name);
	free(text);
	if (model == NULL) {
		text = plan_file("conformance/vectors.json");
		file = json_member(parsed(k, text), "models");
		free(text);
		model = json_member(json_member(file, name), "file");
	}
	if (model != NULL)
		open_text(k, model->text, model->ntext);
	else
		fail_msg("there is no model %s", name);
}

void
plan_close(struct plan_kit *k)
{
	arena_release(&k->arena);
	arena_release(&k->keep);
	sql_cache_release(&k->sql);
	registry_free(k->registry);
}

void
plan_forget(struct plan_kit *k, size_t limit)
{
	arena_release(&k->arena);
	arena_init(&k->arena, limit);
}

/* A list of strings as the daemon hands it to lib/serialize. */
static int
rules_of(struct arena *a, const struct json *list, const char *const **out,
    size_t *n)
{
	const char	**v;
	size_t		  i;

	*n = json_length(list);
	if ((v = arena_array(a, *n, sizeof(*v))) == NULL)
		return -1;
	for (i = 0; i < *n; i++)
		v[i] = json_string(json_at(list, i));
	*out = v;
	return 0;
}

static struct load *
load_make(struct plan_kit *k, const struct model *model,
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	struct shape_rules	 r = { .class = k->call->sight.class };
	const struct shape	*shape;

	if (rules_of(&k->keep, shaping->rules, &r.rules, &r.nrules) == -1 ||
	    rules_of(&k->keep, shaping->only, &r.only, &r.nonly) == -1) {
		error_nomem(err);
		return NULL;
	}
	if ((shape = shape_compile(&k->keep, model, &r, path, err)) == NULL)
		return NULL;
	return load_compile(&k->keep, &k->sql, true, shape, &k->call->sight,
	    shaping->nesting, err);
}

/* Loads are kept by what asked for them, so that requests can share one. */
static const struct load *
load(void *ctx, struct arena *a, const struct model *model,
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	const struct json	*rules = shaping->rules, *only = shaping->only;
	struct plan_kit		*k = ctx;
	struct load		*made;
	const char		*name;

	name = arena_printf(a, "%d %s %.*s %.*s %s", k->call->sight.class,
	    model->name,
	    rules == NULL ? 0 : (int)rules->ntext,
	    rules == NULL ? "" : rules->text,
	    only == NULL ? 0 : (int)only->ntext,
	    only == NULL ? "" : only->text,
	    shaping->nesting == NULL ? "" : shaping->nesting->text);
	if (name != NULL && (made = map_find(&k->loads, name)) != NULL)
		return made;
	if (name == NULL || (name = arena_strdup(&k->keep, name)) == NULL) {
		error_nomem(err);
		return NULL;
	}
	if ((made = load_make(k, model, shaping, path, err)) == NULL)
		return NULL;
	made->merge_name = name;
	if (map_name(&k->keep, &k->loads, name, made) != -1)
		return made;
	error_nomem(err);
	return NULL;
}

static struct caller *
caller_make(struct plan_kit *k, struct error *err)
{
	struct caller	*caller = arena_alloc(&k->arena, sizeof(*caller));
	const char	*name = arena_strndup(&k->arena, k->caller,
			    strcspn(k->caller, "+"));
	struct json	*key;

	if (caller == NULL || name == NULL) {
		error_nomem(err);
		return NULL;
	}
	k->call->rls = strstr(k->caller, "+rls") != NULL;
	caller->key.n = -1;
	if (strcmp(name, "anyone") == 0)
		return caller;
	caller->logged_in = true;
	caller->admin = strcmp(name, "admin") == 0;
	key = plan_json(k, caller->admin ? "0" : name);
	return value_from_json(&k->arena, k->registry->auth->key, key,
	    &caller->key, NULL, err) == -1 ? NULL : caller;
}

/* The values of a list as the cursor behind a row with these order terms. */
static struct json *
cursor_make(struct plan_kit *k, const struct op *op, const struct json *list,
    struct error *err)
{
	struct json	*text = arena_alloc(&k->keep, sizeof(*text));
	struct cell	 cells[CURSOR_TERMS];
	struct buf	 b;
	size_t		 i;

	assert_int_equal(list->n, op->order.n);
	assert_in_range(list->n, 1, CURSOR_TERMS);
	for (i = 0; i < list->n; i++)
		if (value_from_json(&k->arena, op->order.v[i].column,
		    json_at(list, i), &cells[i], NULL, err) == -1)
			return NULL;
	buf_init(&b, 0);
	cursor_write(&b, op, cells, false);
	if (text != NULL && !b.broken) {
		text->sort = JSON_SORT_STRING;
		text->n = (uint32_t)b.n - 2;
		text->string = arena_strndup(&k->keep, b.p + 1, b.n - 2);
	}
	buf_free(&b);
	if (text == NULL || text->string == NULL) {
		error_nomem(err);
		return NULL;
	}
	return text;
}

/* So that tests can be read, a cursor may be a list there; NULL: none is. */
static struct json_pair *
listed_cursor(struct json *params)
{
	struct json_pair	*pair;
	size_t			 i;

	for (i = 0; json_is_object(params) && i < params->n; i++) {
		pair = &params->pairs[i];
		if (json_is_list(pair->value) &&
		    (strcmp(pair->key, "after") == 0 ||
		    strcmp(pair->key, "before") == 0))
			return pair;
	}
	return NULL;
}

/* The params outlive the kit, so that they have to be as before. */
static struct call *
try_listed(struct plan_kit *k, const char *method, struct json *params,
    struct json_pair *pair, struct error *err)
{
	struct json	*list = pair->value;
	struct call	*call;

	pair->value = NULL;
	call = plan_try(k, method, params, err);
	if (call != NULL && (pair->value = cursor_make(k, call->ops.v[0],
	    list, err)) != NULL)
		call = plan_try(k, method, params, err);
	else
		call = NULL;
	pair->value = list;
	return call;
}

struct call *
plan_try(struct plan_kit *k, const char *method, struct json *params,
    struct error *err)
{
	struct json_pair	*pair = listed_cursor(params);
	struct call		*call;
	struct decoder		 d;

	if (pair != NULL)
		return try_listed(k, method, params, pair, err);
	call = arena_alloc(&k->arena, sizeof(*call));
	memset(&d, 0, sizeof(d));
	memset(err, 0, sizeof(*err));
	err->kind = ERROR_KINDS;
	if (call == NULL) {
		error_nomem(err);
		return NULL;
	}
	d.arena = &k->arena;
	d.registry = k->registry;
	d.call = k->call = call;
	if (k->caller != NULL &&
	    (call->caller = caller_make(k, err)) == NULL)
		return NULL;
	d.limit_default = PLAN_LIMIT_DEFAULT;
	d.limit_most = PLAN_LIMIT_MOST;
	d.in_most = PLAN_IN_MOST;
	d.preview_limit = PREVIEW_LIMIT;
	d.load = load;
	d.ctx = k;
	d.refuse_passwords = k->refuse_passwords;
	call->seal = &plan_seal;
	return call_decode(&d, method, params, err) == -1 ? NULL : call;
}

struct call *
plan_call(struct plan_kit *k, const char *method, const char *params)
{
	struct error	 err;
	struct call	*call = plan_try(k, method, plan_json(k, params),
			    &err);

	if (call == NULL)
		fail_msg("%s %s: %s: %s", method, params, err.path,
		    err.message);
	return call;
}

bool
plan_refused(struct plan_kit *k, const char *method, const char *params,
    enum error_kind kind, const char *path, const char *hint)
{
	struct error	err;
	bool		taken;

	taken = plan_try(k, method, plan_json(k, params), &err) != NULL;
	plan_forget(k, 0);
	if (!taken && err.kind == kind && strcmp(err.path, path) == 0 &&
	    err.message[0] != '\0' && (hint == NULL ? err.hint[0] == '\0' :
	    strstr(err.hint, hint) != NULL))
		return true;
	print_error("%s %s: %s at %s: %s (%s)\n", method, params, taken ?
	    "taken" : error_rows[err.kind].kind, err.path, err.message,
	    err.hint);
	return false;
}

const struct column *
plan_column(const struct plan_kit *k, const char *table, const char *name)
{
	const struct table	*t = map_find(&k->registry->tables_by_name,
				    table);
	const struct column	*c;

	assert_non_null(t);
	c = map_find(&t->by_name, name);
	assert_non_null(c);
	return c;
}

static uint64_t
big_endian(const char *p, size_t n)
{
	uint64_t	v = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* One value as text, by the oid of its type. */
static void
param_value(struct buf *b, uint32_t oid, const char *p, int32_t n)
{
	struct column	c = { 0 };
	struct cell	cell = { p, n };
	size_t		i;

	for (i = 0; i < TYPES; i++)
		if (types[i].oid == oid)
			c.type = &types[i];
	if (c.type == NULL)
		fail_msg("a parameter of the unknown type %u", oid);
	if (n < 0)
		buf_puts(b, "NULL");
	else if (c.type->cell == CELL_TEXT)
		json_put_string(b, p, (size_t)n);
	else
		value_write(b, &c, &cell);
}

static void
param_array(struct buf *b, const struct param *p)
{
	uint32_t	oid, dims = (uint32_t)big_endian(p->p, 4);
	const char	*at = p->p + 12;
	size_t		i, n = 0;
	int32_t		size;
	bool		nulls = false;

	oid = (uint32_t)big_endian(p->p + 8, 4);
	assert_in_range(dims, 0, 1);
	if (dims == 1) {
		n = big_endian(at, 4);
		assert_int_equal(big_endian(at + 4, 4), 1);
		at += 8;
	}
	buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		size = (int32_t)big_endian(at, 4);
		nulls |= size < 0;
		buf_puts(b, i > 0 ? "," : "");
		param_value(b, oid, at + 4, size);
		at += 4 + (size < 0 ? 0 : size);
	}
	buf_putc(b, '}');
	assert_int_equal(big_endian(p->p + 4, 4), nulls);
	assert_int_equal(at - p->p, p->n);
}

void
plan_params(struct buf *b, const char *indent, const struct param *params,
    size_t n)
{
	const struct param	*p;
	size_t			 i, t;

	for (i = 0; i < n; i++) {
		p = &params[i];
		buf_printf(b, "%s$%zu ", indent, i + 1);
		for (t = 0; t < TYPES && (p->oid == 0 ||
		    types[t].array_oid != p->oid); t++)
			;
		if (t < TYPES && p->n >= 0)
			param_array(b, p);
		else
			param_value(b, p->oid, p->p, p->n);
		buf_putc(b, '\n');
	}
}

void
plan_error(struct buf *b, const struct error *err)
{
	buf_printf(b, "error %s at \"%s\": %s", error_rows[err->kind].kind,
	    err->path, err->message);
	if (err->model[0] != '\0' || err->attribute[0] != '\0')
		buf_printf(b, "; about %s.%s", err->model, err->attribute);
	if (err->constraint[0] != '\0')
		buf_printf(b, "; constraint %s", err->constraint);
	if (err->sqlstate[0] != '\0')
		buf_printf(b, "; sqlstate %s", err->sqlstate);
	if (err->hint[0] != '\0')
		buf_printf(b, "; hint: %s", err->hint);
	buf_putc(b, '\n');
}

static void
put_rows(struct buf *b, const struct result *r, bool list)
{
	struct error	err;
	size_t		i;

	buf_puts(b, list ? "[" : r->rows.n > 0 ? "" : r->keys.n == 0 ||
	    r->keys.v[0].cells == NULL ? "null" : "unseen");
	for (i = 0; i < r->rows.n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		if (r->rows.v[i] == NULL && r->keys.v[i].cells != NULL)
			buf_puts(b, "unseen");
		else if (shape_write(b, r->rows.v[i], PLAN_DEEPEST, &err) == -1)
			fail_msg("%s: %s", err.path, err.message);
	}
	buf_puts(b, list ? "]" : "");
}

static void
put_keys(struct buf *b, const struct result *r)
{
	const struct table	*t;
	size_t			 i, c;

	for (i = 0; i < r->keys.n; i++) {
		t = r->keys.v[i].model->table;
		for (c = 0; c < t->key.n; c++) {
			buf_puts(b, c > 0 ? "," : " ");
			value_write(b, t->key.v[c], &r->keys.v[i].cells[c]);
		}
	}
}

static void
put_counts(struct buf *b, const struct call *call, const char *what,
    const int64_t *n)
{
	size_t	i;

	buf_printf(b, " %s", what);
	for (i = 0; i < call->registry->models.n; i++)
		if (n[i] != 0)
			buf_printf(b, " %s %lld",
			    call->registry->models.v[i]->name,
			    (long long)n[i]);
}

/* " deletes Child 2 (1)(2) [O2 Parent.children 2] plan …" */
static void
put_preview_table(struct buf *b, const struct preview_table *t)
{
	size_t	i, k;

	buf_printf(b, " %s %lld", t->table->model != NULL ?
	    t->table->model->name : t->table->name, (long long)t->n);
	for (i = 0; i < t->keys.n; i++)
		for (k = 0; k < t->ncolumns; k++) {
			buf_puts(b, k > 0 ? "," : " (");
			value_write(b, t->columns[k], &t->keys.v[i][k]);
			buf_puts(b, k + 1 < t->ncolumns ? "" : ")");
		}
	buf_puts(b, " [");
	for (i = 0; i < t->reasons.n; i++) {
		buf_printf(b, "%s%s", i > 0 ? ", " : "",
		    t->reasons.v[i].rule != NULL ? t->reasons.v[i].rule :
		    "asked");
		if (t->reasons.v[i].via != NULL)
			buf_printf(b, " %s.%s",
			    t->reasons.v[i].via->model->name,
			    t->reasons.v[i].via->name);
		buf_printf(b, " %lld", (long long)t->reasons.v[i].n);
	}
	buf_putc(b, ']');
}

static void
put_preview(struct buf *b, const struct call *call, const struct preview *p)
{
	static const char *const	names[] = { "inserts", "updates",
	    "deletes" };
	size_t				i, k;

	for (i = 0; i < PREVIEW_SORTS; i++) {
		buf_printf(b, " %s", names[i]);
		for (k = 0; k < call->registry->tables.n; k++)
			if (p->tables[i][k].n > 0)
				put_preview_table(b, &p->tables[i][k]);
	}
	buf_printf(b, " %s%s", p->cut ? "cut" : "plan ", p->plan);
}

static void
put_groups(struct buf *b, const struct aggregate *a, const struct result *r)
{
	size_t	i, k;

	for (i = 0; i < r->ngroups; i++) {
		buf_puts(b, i > 0 ? ", {" : " {");
		for (k = 0; k < a->outputs.n; k++) {
			json_put_key(b, a->outputs.v[k]->name);
			value_write(b, &a->outputs.v[k]->column,
			    &r->lines[i][k]);
		}
		buf_putc(b, '}');
	}
	buf_puts(b, r->more ? " more" : "");
}

void
plan_result(struct buf *b, const struct call *call, const struct op *op,
    const struct result *r)
{
	static const char *const	names[] = { "none", "object ",
	    "objects ", "page ", "key", "keys", "count", "groups",
	    "changes", "preview" };
	size_t				i;

	buf_puts(b, names[r->kind]);
	if (r->kind == RESULT_OBJECT || r->kind == RESULT_OBJECTS ||
	    r->kind == RESULT_PAGE)
		put_rows(b, r, r->kind != RESULT_OBJECT);
	if (r->kind == RESULT_KEY || r->kind == RESULT_KEYS)
		put_keys(b, r);
	for (i = 0; r->more && i < op->order.n; i++) {
		buf_puts(b, i > 0 ? "," : op->position != NULL &&
		    op->position->backward ? " prev " : " next ");
		value_write(b, op->order.v[i].column,
		    &result_terms(r, r->rows.n - 1)[i]);
	}
	if (r->counted)
		buf_puts(b, " count");
	if (r->counted || r->kind == RESULT_COUNT)
		buf_printf(b, " %lld", (long long)r->count);
	if (r->kind == RESULT_GROUPS)
		put_groups(b, op->aggregate, r);
	if (r->kind == RESULT_CHANGES) {
		put_counts(b, call, "deleted", r->deleted);
		put_counts(b, call, "updated", r->updated);
	}
	if (r->kind == RESULT_PREVIEW)
		put_preview(b, call, r->preview);
	buf_putc(b, '\n');
}

const char *
plan_text(struct plan_kit *k, struct buf *b)
{
	const char	*text;

	assert_false(b->broken);
	text = arena_strndup(&k->keep, b->p, b->n);
	assert_non_null(text);
	buf_free(b);
	return text;
}
