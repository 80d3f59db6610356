/*
 * `where': from JSON to SQL conditions.  Called while a request is decoded;
 * this room has the words that combine conditions, where_compare.c and its
 * neighbours have comparisons, where_related.c and where_proxy.c the words over
 * relationships and proxies.
 * The text is made of names that the model quoted, of fixed words and of
 * parameter numbers; every value of the client becomes a parameter.  What it
 * refuses: unknown attributes and operators, values that do not fit, and
 * operators that make no sense for the attribute (rule P6).
 */
#include <string.h>
#include <strings.h>

#include "where_parts.h"

/* Also what leads through others, and words in capitals. */
static int
unknown(struct builder *b, const struct model *model, const char *key,
    const struct path *path)
{
	static const char *const	words[] = { "and", "or", "not", NULL };
	const char *const		*w;

	unknown_attribute(b->d, model, key, path, b->err);
	for (w = words; *w != NULL; w++)
		if (strcasecmp(key + (key[0] == '$'), *w) == 0)
			return error_hint(b->err, "did you mean %s?", *w);
	return where_hint_way(b, model, key);
}

static int
attribute_where(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	bool	was = b->inside;
	int	r;

	b->inside = true;
	r = attr->kind == ATTRIBUTE_COLUMN ?
	    where_column(b, attr, alias, v, path) :
	    where_words(b, attr, alias, v, path);
	b->inside = was;
	return r;
}

/* One of the conditions of the `or' that a query may take apart. */
static int
choice_where(struct builder *b, const struct model *model, int alias,
    struct json *v, const struct path *path)
{
	struct piece	piece = { b->sql.n, 0 };

	if (where_object(b, model, alias, v, path) == -1)
		return -1;
	piece.end = b->sql.n;
	return vec_push(b->d->arena, &b->condition->choices, piece) == -1 ?
	    error_nomem(b->err) : 0;
}

/* {"and": […]}, {"or": […]} */
static int
list_where(struct builder *b, const struct model *model, int alias,
    bool is_or, struct json *list, const struct path *path)
{
	bool	was = b->inside, choose;
	size_t	i, begin = b->sql.n;
	int	tables = b->condition->tables;

	if (!json_is_list(list)) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "%s takes a list of conditions, not %s",
		    is_or ? "or" : "and", json_kind(list));
		return json_hint(list, "[", "]", b->err);
	}
	choose = is_or && !b->inside && b->condition->choices.n == 0;
	b->inside |= is_or;
	buf_putc(&b->sql, '(');
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { path, NULL, (int)i };

		buf_puts(&b->sql, i == 0 ? "" : is_or ? " OR " : " AND ");
		if ((choose ? choice_where : where_object)(b, model, alias,
		    json_at(list, i), &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, i > 0 ? ")" : is_or ? "false)" : "true)");
	if (choose) {
		b->condition->either = (struct piece){ begin, b->sql.n };
		/* PostgreSQL itself does well by columns alone. */
		if (b->condition->tables == tables)
			b->condition->choices.n = 0;
	}
	b->inside = was;
	return 0;
}

static int
member_where(struct builder *b, const struct model *model, int alias,
    const char *key, struct json *v, const struct path *path)
{
	const struct attribute	*attr;
	bool			 is_or = strcmp(key, "or") == 0;
	bool			 was = b->inside;

	if (is_or || strcmp(key, "and") == 0)
		return list_where(b, model, alias, is_or, v, path);
	if (strcmp(key, "not") == 0) {
		buf_puts(&b->sql, "NOT ");
		b->negations++;
		b->inside = true;
		if (where_object(b, model, alias, v, path) == -1)
			return -1;
		b->inside = was;
		b->negations--;
		return 0;
	}
	attr = attribute_seen(b->d, model, key);
	if (attr == NULL &&
	    (attr = where_json_attribute(b, model, key)) != NULL)
		return where_json_place(b, attr, alias, key, v, path);
	if (attr == NULL)
		return unknown(b, model, key, path);
	return attribute_where(b, attr, alias, v, path);
}

int
where_object(struct builder *b, const struct model *model, int alias,
    struct json *v, const struct path *path)
{
	bool	first = true;

	if (!json_is_object(v)) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a condition is an object, not %s", json_kind(v));
		return where_hint_condition(b, model, v);
	}
	if (++b->depth > WHERE_DEPTH)
		return error_set(b->err, ERROR_LIMIT, path,
		    "conditions nest at most %d deep", WHERE_DEPTH);
	buf_putc(&b->sql, '(');
	json_each(v, key, member) {
		struct path	at = { path, key, 0 };

		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		if (member_where(b, model, alias, key, member, &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	b->depth--;
	return 0;
}

int
where_decode_behind(struct decoder *d, const struct model *model,
    struct json *v, const struct condition *before, struct condition **out,
    const struct path *path, struct error *err)
{
	struct builder	b;
	int		r;

	memset(&b, 0, sizeof(b));
	b.d = d;
	b.err = err;
	/* The caller's key stands before all others. */
	b.before = d->call->sight.param +
	    (before == NULL ? 0 : (int)before->params.n);
	if ((b.condition = arena_alloc(d->arena, sizeof(*b.condition))) == NULL)
		return error_nomem(err);
	buf_init(&b.sql, 0);
	r = where_object(&b, model, 0, v, path);
	if (r == 0 && (b.sql.broken || (b.condition->sql =
	    arena_strndup(d->arena, b.sql.p, b.sql.n)) == NULL))
		r = error_nomem(err);
	buf_free(&b.sql);
	*out = b.condition;
	return r;
}

int
where_decode(struct decoder *d, const struct model *model,
    struct json *v, struct condition **out, const struct path *path,
    struct error *err)
{
	return where_decode_behind(d, model, v, NULL, out, path, err);
}
