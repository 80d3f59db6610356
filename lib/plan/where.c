/*
 * `where' and `order_by': from JSON to SQL conditions.  Called by decode.c.
 * The text is made of names that the model quoted, of fixed words and of
 * parameter numbers; every value of the client becomes a parameter.  What it
 * refuses: unknown attributes and operators, values that do not fit, and
 * operators that make no sense for the attribute (rule P6).
 */
#include <stdio.h>
#include <string.h>

#include "value.h"
#include "where.h"

enum { WHERE_DEPTH = 32, WHERE_PARAMS = 4096 };

struct builder {
	struct decoder		*d;
	struct condition	*condition;
	struct buf		 sql;
	int			 aliases;	/* t0 … tN are taken */
	int			 depth;
	struct error		*err;
};

/* The operators of a column, as SQL has them. */
static const struct operator {
	const char	*name;
	const char	*sql;
	bool		 text;		/* for text only */
} operators[] = {
	{ "==", " = ", false }, { "!=", " <> ", false },
	{ "<", " < ", false }, { "<=", " <= ", false },
	{ ">", " > ", false }, { ">=", " >= ", false },
	{ "like", " LIKE ", true }, { "ilike", " ILIKE ", true },
	{ "in", NULL, false },
};

static const char *const	operator_names[] = { "==", "!=", "<", "<=",
	">", ">=", "like", "ilike", "in", NULL };
static const char *const	object_words[] = { "any", "has", "contains",
	"==", "!=", NULL };

static int	object_where(struct builder *, const struct model *, int alias,
		    struct json *, const struct path *);

static void
alias_name(char *to, size_t size, int alias)
{
	snprintf(to, size, "t%d", alias);
}

static void
put_column(struct builder *b, int alias, const struct column *c)
{
	char	name[16];

	alias_name(name, sizeof(name), alias);
	sql_column(&b->sql, name, c);
}

static int
param_add(struct builder *b, const struct param *p)
{
	if (b->condition->params.n >= WHERE_PARAMS)
		return error_set(b->err, ERROR_LIMIT, NULL,
		    "a condition has at most %d values", WHERE_PARAMS);
	return vec_push(b->d->arena, &b->condition->params, *p) == -1 ?
	    error_nomem(b->err) : 0;
}

/* "$n" for one value of the column, cast where it travels as text. */
static int
put_cell(struct builder *b, const struct column *c, const struct cell *cell)
{
	const struct type	*t = c->type;
	struct param		 p;

	p.oid = t->cell == CELL_TEXT ? types[TYPE_TEXT].oid : t->oid;
	p.p = cell->p;
	p.n = cell->n;
	if (param_add(b, &p) == -1)
		return -1;
	sql_element(&b->sql, "$", (int)b->condition->params.n, c);
	return 0;
}

static int
refuse_operator(struct builder *b, const struct attribute *attr,
    const char *name, const char *const *allowed, const struct path *path)
{
	const char	*near = error_nearest(name, allowed);

	error_set(b->err, ERROR_INVALID_PARAMS, path,
	    "%s cannot be asked for by %s", attr->name, name);
	error_about(b->err, NULL, attr->name);
	/* A word may be right elsewhere, and only not here. */
	if (near != NULL && strcmp(near, name) != 0)
		return error_hint(b->err, "did you mean %s?", near);
	if (attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    model_attribute(attr->relationship->target, name) != NULL)
		return error_hint(b->err, "{\"%s\": {\"%s\": {…}}}",
		    attr->name, attr->relationship->uselist ? "any" : "has");
	return -1;
}

static int
column_in(struct builder *b, const struct column *c, int alias,
    struct json *list, const struct path *path)
{
	const struct cell	**cells;
	struct cell		*cell;
	struct param		 p;
	size_t			 i, n;

	if (!json_is_list(list))
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "in takes a list, not %s", json_kind(list));
	n = json_length(list);
	if ((cells = arena_array(b->d->arena, n, sizeof(*cells))) == NULL ||
	    (cell = arena_array(b->d->arena, n, sizeof(*cell))) == NULL)
		return error_nomem(b->err);
	for (i = 0; i < n; i++) {
		struct path	at = { path, NULL, (int)i };

		if (value_from_json(b->d->arena, c,
		    json_at(list, i), &cell[i], &at,
		    b->err) == -1)
			return -1;
		cells[i] = &cell[i];
	}
	if (sql_array_param(b->d->arena, c, cells, n, &p) == -1)
		return error_nomem(b->err);
	if (param_add(b, &p) == -1)
		return -1;
	put_column(b, alias, c);
	buf_puts(&b->sql, " = ANY(");
	sql_array(&b->sql, c, (int)b->condition->params.n);
	buf_putc(&b->sql, ')');
	return 0;
}

static int
column_compare(struct builder *b, const struct attribute *attr, int alias,
    const struct operator *op, struct json *v, const struct path *path)
{
	const struct column	*c = attr->column;
	struct cell		 cell;

	if (op->sql == NULL)
		return column_in(b, c, alias, v, path);
	if (json_is_list(v) && c->type->json != JSON_RAW &&
	    c->type->id != TYPE_OTHER) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "%s is compared with one value, not with a list",
		    attr->name);
		error_about(b->err, NULL, attr->name);
		return error_hint(b->err, "{\"%s\": {\"in\": […]}}",
		    attr->name);
	}
	if (v == NULL && (op->name[1] != '=' || op->name[0] == '<' ||
	    op->name[0] == '>'))
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "null can only be compared by == and !=");
	if (v == NULL) {
		put_column(b, alias, c);
		buf_puts(&b->sql, op->name[0] == '=' ? " IS NULL" :
		    " IS NOT NULL");
		return 0;
	}
	if (op->text && c->type->id != TYPE_TEXT &&
	    c->type->id != TYPE_VARCHAR && c->type->id != TYPE_CHAR)
		return error_set(b->err, ERROR_INVALID_PARAMS, path,
		    "%s is for text, and %s is %s", op->name, c->name,
		    c->sql_type);
	/* A pattern may be longer than the column's values. */
	if (op->text) {
		if (!json_is_string(v))
			return error_set(b->err, ERROR_INVALID_VALUE, path,
			    "a pattern is a string, not %s", json_kind(v));
		cell.p = json_string(v);
		cell.n = json_length(v);
	} else if (value_from_json(b->d->arena, c, v, &cell, path,
	    b->err) == -1)
		return error_about(b->err, NULL, attr->name);
	put_column(b, alias, c);
	buf_puts(&b->sql, op->sql);
	return put_cell(b, c, &cell);
}

static const struct operator *
operator_find(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

/* {"rating": 5}, {"rating": null}, {"rating": {">=": 4, "!=": 5}} */
static int
column_where(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	const struct operator	*op;
	bool			 first = true;

	if (!json_is_object(v))
		return column_compare(b, attr, alias, &operators[0], v, path);
	buf_putc(&b->sql, '(');
	json_each(v, key, operand) {
		struct path	at = { path, key, 0 };

		if ((op = operator_find(key)) == NULL)
			return refuse_operator(b, attr, key, operator_names,
			    &at);
		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		if (column_compare(b, attr, alias, op, operand, &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	return 0;
}

/*
 * "EXISTS (SELECT FROM target AS tN … WHERE it is related to alias": the
 * caller goes on with " AND …" and closes the parenthesis.
 */
static int
exists_open(struct builder *b, const struct relationship *rel, int alias)
{
	int	target = ++b->aliases;
	char	far[16];
	size_t	i;

	alias_name(far, sizeof(far), target);
	buf_puts(&b->sql, "EXISTS (SELECT FROM ");
	buf_puts(&b->sql, rel->target->table->quoted);
	buf_printf(&b->sql, " AS %s", far);
	if (rel->secondary != NULL)
		buf_printf(&b->sql, ", %s AS s%d", rel->secondary->quoted,
		    target);
	buf_puts(&b->sql, " WHERE ");
	for (i = 0; i < rel->local.n; i++) {
		buf_puts(&b->sql, i > 0 ? " AND " : "");
		if (rel->secondary != NULL)
			buf_printf(&b->sql, "s%d.%s = ", target,
			    rel->near_columns.v[i]->quoted);
		else {
			sql_column(&b->sql, far, rel->remote.v[i]);
			buf_puts(&b->sql, " = ");
		}
		put_column(b, alias, rel->local.v[i]);
	}
	for (i = 0; rel->secondary != NULL && i < rel->remote.n; i++) {
		buf_printf(&b->sql, " AND s%d.%s = ", target,
		    rel->far_columns.v[i]->quoted);
		sql_column(&b->sql, far, rel->remote.v[i]);
	}
	return target;
}

/* The row of this alias is the object that the client names. */
static int
is_object(struct builder *b, const struct model *model, int alias,
    struct json *v, const struct path *path)
{
	struct spec		*spec;
	const struct cell	*cells;
	struct column		*const *columns = model->table->key.v;
	size_t			 i, n = model->table->key.n;

	spec = spec_decode(b->d, model, v, SPEC_NEW, path, b->err);
	if (spec == NULL)
		return -1;
	if (spec->kind != SPEC_GET) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a stored object is needed here");
		return error_hint(b->err, "name it as {\"$get\": key}");
	}
	if ((cells = spec->key) == NULL) {
		columns = spec->unique->columns.v;
		n = spec->unique->columns.n;
		cells = spec->unique_values;
	}
	for (i = 0; i < n; i++) {
		buf_puts(&b->sql, i > 0 ? " AND " : "");
		put_column(b, alias, columns[i]);
		buf_puts(&b->sql, " = ");
		if (put_cell(b, columns[i], &cells[i]) == -1)
			return -1;
	}
	return 0;
}

/* "has one": any and has, with a condition that may be empty. */
static int
related_has(struct builder *b, const struct relationship *rel, int alias,
    struct json *v, const struct path *path)
{
	int	target = exists_open(b, rel, alias);

	buf_puts(&b->sql, " AND ");
	if (object_where(b, rel->target, target, v, path) == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

static int
related_is(struct builder *b, const struct relationship *rel, int alias,
    struct json *v, const struct path *path)
{
	int	target = exists_open(b, rel, alias);

	if (v != NULL) {
		buf_puts(&b->sql, " AND ");
		if (is_object(b, rel->target, target, v, path) == -1)
			return -1;
	}
	buf_putc(&b->sql, ')');
	return 0;
}

/* One word over a relationship. */
static int
relationship_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct relationship	*rel = attr->relationship;

	if (strcmp(word, rel->uselist ? "any" : "has") == 0)
		return related_has(b, rel, alias, v, path);
	if (rel->uselist && strcmp(word, "contains") == 0 && v != NULL)
		return related_is(b, rel, alias, v, path);
	if (!rel->uselist && strcmp(word, "!=") == 0) {
		/* Is another one, or none at all; null: has one. */
		buf_puts(&b->sql, v == NULL ? "" : "NOT ");
		return related_is(b, rel, alias, v, path);
	}
	if (!rel->uselist && strcmp(word, "==") == 0) {
		buf_puts(&b->sql, v == NULL ? "NOT " : "");
		return related_is(b, rel, alias, v, path);
	}
	return refuse_operator(b, attr, word, object_words, path);
}

/* The words over a proxy whose values are those of a column (P6). */
static int
value_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct operator	*op = operator_find(proxy->uselist &&
				    strcmp(word, "contains") == 0 ? "==" :
				    word);
	bool			 is_null = v == NULL &&
				    strcmp(word, "==") == 0;
	int			 target;

	if (op == NULL && strcmp(word, proxy->uselist ? "any" : "has") != 0)
		return refuse_operator(b, attr, word, operator_names, path);
	if (is_null)
		buf_puts(&b->sql, "(NOT ");
	target = exists_open(b, proxy->through, alias);
	if (is_null)
		buf_putc(&b->sql, ')');
	if (op != NULL) {
		if (is_null) {
			buf_puts(&b->sql, " OR ");
			target = exists_open(b, proxy->through, alias);
		}
		buf_puts(&b->sql, " AND ");
		if (proxy->attribute->kind == ATTRIBUTE_COLUMN ?
		    column_compare(b, proxy->attribute, target, op, v,
		    path) == -1 :
		    value_proxy_word(b, proxy->attribute, target, op->name, v,
		    path) == -1)
			return -1;
	} else if (!json_is_object(v) || json_length(v) > 0)
		return error_set(b->err, ERROR_INVALID_PARAMS, path,
		    "%s over values takes no condition: use ==", word);
	buf_puts(&b->sql, is_null ? "))" : ")");
	return 0;
}

/* Is there an object at the end of a proxy? */
static int
object_proxy_exists(struct builder *b, const struct proxy *proxy, int alias,
    const struct path *path)
{
	const struct attribute	*next = proxy->attribute;
	int			 target = exists_open(b, proxy->through, alias);

	buf_puts(&b->sql, " AND ");
	if ((next->kind == ATTRIBUTE_PROXY ?
	    object_proxy_exists(b, next->proxy, target, path) :
	    related_is(b, next->relationship, target, NULL, path)) == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

/* The words over a proxy to objects: through, then the same over the rest. */
static int
object_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct attribute	*next = proxy->attribute;
	bool			 any, is;
	int			 target;

	if (!proxy->uselist && v == NULL && (strcmp(word, "==") == 0 ||
	    strcmp(word, "!=") == 0)) {
		/* P6: null, or no target. */
		buf_puts(&b->sql, word[0] == '=' ? "NOT " : "");
		return object_proxy_exists(b, proxy, alias, path);
	}
	any = strcmp(word, proxy->uselist ? "any" : "has") == 0;
	is = v != NULL && (proxy->uselist ? strcmp(word, "contains") == 0 :
	    strcmp(word, "==") == 0 || strcmp(word, "!=") == 0);
	if (!any && !is)
		return refuse_operator(b, attr, word, object_words, path);
	target = exists_open(b, proxy->through, alias);
	buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY) {
		/* The attribute of a proxy is never a list. */
		if (object_proxy_word(b, next, target, any ? "has" :
		    proxy->uselist ? "==" : word, v, path) == -1)
			return -1;
	} else if (any) {
		if (related_has(b, next->relationship, target, v, path) == -1)
			return -1;
	} else {
		buf_puts(&b->sql, strcmp(word, "!=") == 0 ? "NOT " : "");
		if (related_is(b, next->relationship, target, v, path) == -1)
			return -1;
	}
	buf_putc(&b->sql, ')');
	return 0;
}

static int
words_where(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	bool	first = true;
	int	r;

	if (!json_is_object(v)) {
		if (v == NULL && attr->kind == ATTRIBUTE_RELATIONSHIP)
			return relationship_word(b, attr, alias, "==", NULL,
			    path);
		if (attr->kind == ATTRIBUTE_PROXY &&
		    attr->proxy->target == NULL)
			return value_proxy_word(b, attr, alias, "==", v, path);
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a condition on %s is an object", attr->name);
		return error_hint(b->err, "for example {\"%s\": {…}}",
		    attr->kind == ATTRIBUTE_RELATIONSHIP &&
		    !attr->relationship->uselist ? "has" : "any");
	}
	buf_putc(&b->sql, '(');
	json_each(v, key, operand) {
		struct path	at = { path, key, 0 };

		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		if (attr->kind == ATTRIBUTE_RELATIONSHIP)
			r = relationship_word(b, attr, alias, key, operand,
			    &at);
		else if (attr->proxy->target == NULL)
			r = value_proxy_word(b, attr, alias, key, operand,
			    &at);
		else
			r = object_proxy_word(b, attr, alias, key, operand,
			    &at);
		if (r == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	return 0;
}

static int
attribute_where(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	return attr->kind == ATTRIBUTE_COLUMN ?
	    column_where(b, attr, alias, v, path) :
	    words_where(b, attr, alias, v, path);
}

/* {"and": […]}, {"or": […]} */
static int
list_where(struct builder *b, const struct model *model, int alias,
    bool is_or, struct json *list, const struct path *path)
{
	size_t	i;

	if (!json_is_list(list))
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "%s takes a list of conditions, not %s",
		    is_or ? "or" : "and", json_kind(list));
	buf_putc(&b->sql, '(');
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { path, NULL, (int)i };

		buf_puts(&b->sql, i == 0 ? "" : is_or ? " OR " : " AND ");
		if (object_where(b, model, alias,
		    json_at(list, i), &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, i > 0 ? ")" : is_or ? "false)" : "true)");
	return 0;
}

static int
member_where(struct builder *b, const struct model *model, int alias,
    const char *key, struct json *v, const struct path *path)
{
	const struct attribute	*attr;
	bool			 is_or = strcmp(key, "or") == 0;

	if (is_or || strcmp(key, "and") == 0)
		return list_where(b, model, alias, is_or, v, path);
	if (strcmp(key, "not") == 0) {
		buf_puts(&b->sql, "NOT ");
		return object_where(b, model, alias, v, path);
	}
	attr = model_attribute(model, key);
	if (attr == NULL || (attr->kind == ATTRIBUTE_COLUMN &&
	    (attr->column->is_private || attr->column->write_only)))
		return unknown_attribute(b->d->arena, model, key, path,
		    b->err);
	return attribute_where(b, attr, alias, v, path);
}

static int
object_where(struct builder *b, const struct model *model, int alias,
    struct json *v, const struct path *path)
{
	bool	first = true;

	if (!json_is_object(v))
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a condition is an object, not %s", json_kind(v));
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
where_decode(struct decoder *d, const struct model *model,
    struct json *v, struct condition **out, const struct path *path,
    struct error *err)
{
	struct builder	b;
	int		r;

	memset(&b, 0, sizeof(b));
	b.d = d;
	b.err = err;
	if ((b.condition = arena_alloc(d->arena, sizeof(*b.condition))) == NULL)
		return error_nomem(err);
	buf_init(&b.sql, 0);
	r = object_where(&b, model, 0, v, path);
	if (r == 0 && (b.sql.broken || (b.condition->sql =
	    arena_strndup(d->arena, b.sql.p, b.sql.n)) == NULL))
		r = error_nomem(err);
	buf_free(&b.sql);
	*out = b.condition;
	return r;
}

static int
order_term(struct decoder *d, const struct model *model, struct op *op,
    struct json *v, const struct path *path, struct error *err)
{
	const struct attribute	*attr;
	const char		*name;
	struct order		 term;

	if (!json_is_string(v))
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "order_by takes names of columns, not %s", json_kind(v));
	name = json_string(v);
	term.descending = name[0] == '-';
	name += term.descending;
	attr = model_attribute(model, name);
	if (attr == NULL || (attr->kind == ATTRIBUTE_COLUMN &&
	    (attr->column->is_private || attr->column->write_only))) {
		unknown_attribute(d->arena, model, name, path, err);
		return strchr(name, '.') == NULL ? -1 : error_hint(err,
		    "order_by takes the model's own columns");
	}
	if (attr->kind != ATTRIBUTE_COLUMN) {
		error_set(err, ERROR_INVALID_VALUE, path,
		    "%s is no column of %s", name, model->name);
		return error_about(err, model->name, name);
	}
	term.column = attr->column;
	return vec_push(d->arena, &op->order, term) == -1 ? error_nomem(err) :
	    0;
}

/* `after': the `next' of the page before, one value per term of the order. */
static int
after_decode(struct decoder *d, struct op *op, struct json *list,
    const struct path *path, struct error *err)
{
	struct cell	*cells;
	size_t		 i;

	if (json_length(list) != op->order.n)
		return error_set(err, ERROR_INVALID_VALUE, path,
		    "after is the next of a page in the same order");
	cells = arena_array(d->arena, op->order.n, sizeof(*cells));
	if (cells == NULL)
		return error_nomem(err);
	for (i = 0; i < op->order.n; i++) {
		struct path	at = { path, NULL, (int)i };

		if (value_from_json(d->arena, op->order.v[i].column,
		    json_at(list, i), &cells[i], &at,
		    err) == -1)
			return -1;
	}
	op->after = cells;
	return 0;
}

int
order_decode(struct decoder *d, const struct model *model, struct op *op,
    struct json *params, const struct path *path, struct error *err)
{
	const struct table	*table = model->table;
	struct json	*list, *after;
	struct path		 here = { path, "order_by", 0 };
	struct path		 at_after = { path, "after", 0 };
	struct order		 term = { NULL, false };
	size_t			 i, k;

	if (json_take_array(params, "order_by", &list, path, err) == -1 ||
	    json_take_array(params, "after", &after, path, err) == -1)
		return -1;
	for (i = 0; list != NULL && i < json_length(list); i++) {
		struct path	at = { &here, NULL, (int)i };

		if (order_term(d, model, op,
		    json_at(list, i), &at, err) == -1)
			return -1;
	}
	/* The primary key ends the order, so that no two rows are equal. */
	for (i = 0; i < table->key.n; i++) {
		term.column = table->key.v[i];
		for (k = 0; k < op->order.n; k++)
			if (op->order.v[k].column == term.column)
				break;
		if (k == op->order.n &&
		    vec_push(d->arena, &op->order, term) == -1)
			return error_nomem(err);
	}
	return after == NULL ? 0 : after_decode(d, op, after, &at_after, err);
}
