/*
 * Comparisons of columns, and what all conditions are put together from.
 * Called by the other rooms of where.  It refuses operators that the column's
 * type does not have, and values that do not fit it.
 */
#include <stdio.h>
#include <string.h>

#include "value.h"
#include "where_parts.h"

/* The operators of a column, as SQL has them. */
static const struct operator	operators[] = {
	{ "==", " = ", false }, { "!=", " <> ", false },
	{ "<", " < ", false }, { "<=", " <= ", false },
	{ ">", " > ", false }, { ">=", " >= ", false },
	{ "like", " LIKE ", true }, { "ilike", " ILIKE ", true },
	{ "in", NULL, false },
};

const char *const	where_operators[] = { "==", "!=", "<", "<=", ">",
	">=", "like", "ilike", "in", NULL };

void
where_alias(char *to, size_t size, int alias)
{
	snprintf(to, size, "t%d", alias);
}

void
where_put_column(struct builder *b, int alias, const struct column *c)
{
	char	name[16];

	where_alias(name, sizeof(name), alias);
	sql_column(&b->sql, name, c);
}

/* Adds a parameter of the condition; *n is its number in the statement. */
static int
param_add(struct builder *b, const struct param *p, int *n)
{
	if (b->condition->params.n >= WHERE_PARAMS)
		return error_set(b->err, ERROR_LIMIT, NULL,
		    "a condition has at most %d values", WHERE_PARAMS);
	if (vec_push(b->d->arena, &b->condition->params, *p) == -1)
		return error_nomem(b->err);
	/* The caller's key stands before them. */
	*n = b->d->call->sight.param + (int)b->condition->params.n;
	return 0;
}

/* "$n" for one value of the column, cast where it travels as text. */
int
where_put_cell(struct builder *b, const struct column *c,
    const struct cell *cell)
{
	struct param		 p;
	int			 n;

	sql_cell_param(c, cell, &p);
	if (param_add(b, &p, &n) == -1)
		return -1;
	sql_element(&b->sql, "$", n, c);
	return 0;
}

int
where_refuse(struct builder *b, const struct attribute *attr,
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
	int			 number;

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
	if (param_add(b, &p, &number) == -1)
		return -1;
	where_put_column(b, alias, c);
	buf_puts(&b->sql, " = ANY(");
	sql_array(&b->sql, c, number);
	buf_putc(&b->sql, ')');
	return 0;
}

int
where_compare(struct builder *b, const struct attribute *attr, int alias,
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
		where_put_column(b, alias, c);
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
	where_put_column(b, alias, c);
	buf_puts(&b->sql, op->sql);
	return where_put_cell(b, c, &cell);
}

const struct operator *
where_operator(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

/* {"rating": 5}, {"rating": null}, {"rating": {">=": 4, "!=": 5}} */
int
where_column(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	const struct operator	*op;
	bool			 first = true;

	if (!json_is_object(v))
		return where_compare(b, attr, alias, &operators[0], v, path);
	buf_putc(&b->sql, '(');
	json_each(v, key, operand) {
		struct path	at = { path, key, 0 };

		if ((op = where_operator(key)) == NULL)
			return where_refuse(b, attr, key, where_operators,
			    &at);
		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		if (where_compare(b, attr, alias, op, operand, &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	return 0;
}
