/*
 * Comparisons: a value, null, or an object of operators.  Called by the other
 * rooms of where with what is compared.  It refuses operators that the type
 * does not have, and values that do not fit it.
 *
 * As in SQL and in SQLAlchemy, what has no value neither equals a value nor
 * differs from it; null is asked for by itself.
 */
#include <string.h>

#include "value.h"
#include "where_parts.h"

/* As SQL has them. */
static const struct operator	operators[] = {
	{ "==", " = ", OPERATOR_EQUAL }, { "!=", " <> ", OPERATOR_EQUAL },
	{ "<", " < ", OPERATOR_ORDER }, { "<=", " <= ", OPERATOR_ORDER },
	{ ">", " > ", OPERATOR_ORDER }, { ">=", " >= ", OPERATOR_ORDER },
	{ "in", NULL, OPERATOR_IN }, { "not", NULL, OPERATOR_NOT },
	{ "like", " LIKE ", OPERATOR_LIKE },
	{ "ilike", " ILIKE ", OPERATOR_LIKE },
	{ "contains", " @> ", OPERATOR_PARTS },
	{ "contained_by", " <@ ", OPERATOR_PARTS },
	{ "overlap", " && ", OPERATOR_OVERLAP },
	{ "any", NULL, OPERATOR_ANY },
};

const char *const	where_operators[] = { "==", "!=", "<", "<=", ">",
	">=", "in", "not", "like", "ilike", "contains", "contained_by",
	"overlap", "any", NULL };

const struct operator *
where_operator(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

static bool
is_array(const struct operand *o)
{
	return o->column->element != NULL;
}

static bool
is_json(const struct operand *o)
{
	return o->column->type->id == TYPE_JSONB;
}

/* A type of which ormd knows no more than the name. */
static bool
is_odd(const struct column *c)
{
	return c->type->id == TYPE_OTHER && c->words == NULL &&
	    (c->element == NULL || c->element->id == TYPE_OTHER);
}

static bool
is_text(const struct column *c)
{
	return c->type->id == TYPE_TEXT || c->type->id == TYPE_VARCHAR ||
	    c->type->id == TYPE_CHAR || (is_odd(c) && c->element == NULL);
}

/* The operator makes no sense for the operand's type. */
static int
refuse_type(struct builder *b, const struct operand *o,
    const struct operator *op, const char *takes, const struct path *path)
{
	error_set(b->err, ERROR_INVALID_PARAMS, path, "%s is for %s, and %s "
	    "is %s", op->name, takes, o->attribute->name,
	    o->column->sql_type);
	error_about(b->err, NULL, o->attribute->name);
	if (op->form != OPERATOR_LIKE || o->column->words != NULL)
		return -1;
	return error_hint(b->err, "%s", is_array(o) ?
	    "{\"any\": {\"like\": …}}" :
	    "{\">=\": …, \"<\": …} asks for a range");
}

static int
value_take(struct builder *b, const struct operand *o, struct json *v,
    struct cell *cell, const struct path *path)
{
	if (value_from_json(b->d->arena, o->column, v, cell, path,
	    b->err) == -1)
		return error_about(b->err, NULL, o->attribute->name);
	return is_odd(o->column) || is_json(o) ? where_odd(b, path) : 0;
}

int
where_put_value(struct builder *b, const struct operand *o, struct json *v,
    const struct path *path)
{
	struct cell	cell;

	return value_take(b, o, v, &cell, path) == -1 ? -1 :
	    where_put_cell(b, o->column, &cell, path);
}

/* The values of a list that are not null, as one parameter. */
static int
list_take(struct builder *b, const struct operand *o, struct json *list,
    struct param *p, bool *nulls, const struct path *path)
{
	const struct cell	**cells;
	struct cell		*cell;
	size_t			 i, n = 0;

	cells = arena_array(b->d->arena, json_length(list), sizeof(*cells));
	cell = arena_array(b->d->arena, json_length(list), sizeof(*cell));
	if (cells == NULL || cell == NULL)
		return error_nomem(b->err);
	for (i = 0; i < json_length(list); i++) {
		struct path	at = { path, NULL, (int)i };

		if (json_at(list, i) == NULL) {
			*nulls = true;
			continue;
		}
		if (value_take(b, o, json_at(list, i), &cell[n], &at) == -1)
			return -1;
		cells[n] = &cell[n];
		n++;
	}
	return sql_array_param(b->d->arena, o->column, cells, n, p) == -1 ?
	    error_nomem(b->err) : 0;
}

/* One of these, each as == would have it. */
static int
compare_in(struct builder *b, const struct operand *o, struct json *list,
    const struct path *path)
{
	struct param	p;
	bool		nulls = false;
	int		n;

	if (!json_is_list(list)) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "in takes a list, not %s", json_kind(list));
		return json_hint(list, "[", "]", b->err);
	}
	if (json_length(list) > (size_t)b->d->in_most)
		return error_set(b->err, ERROR_LIMIT, path,
		    "in takes a list of at most %lld values",
		    (long long)b->d->in_most);
	if (list_take(b, o, list, &p, &nulls, path) == -1 ||
	    where_param(b, &p, &n, path) == -1)
		return -1;
	buf_printf(&b->sql, "%s%s", nulls ? "(" : "", o->sql);
	if (is_array(o)) {
		/* An array of arrays would be one array. */
		sql_element(&b->sql, " IN (SELECT i.v", 1, o->column);
		buf_printf(&b->sql, " FROM unnest($%d) AS i(v1))", n);
	} else {
		buf_puts(&b->sql, " = ANY(");
		sql_array(&b->sql, o->column, n);
		buf_putc(&b->sql, ')');
	}
	if (nulls)
		buf_printf(&b->sql, " OR %s IS NULL)", o->sql);
	return 0;
}

/* Nothing may follow the last \ of a pattern but what it stands before. */
static bool
pattern_ends(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (p[i] == '\\' && ++i == n)
			return false;
	return true;
}

/*
 * What every match begins with: the first bytes that are plain ASCII.  Their
 * order is known whatever the collation and the encoding of the database.
 */
static size_t
pattern_prefix(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (p[i] == '%' || p[i] == '_' || p[i] == '\\' ||
		    p[i] < ' ' || p[i] > '~')
			break;
	return i;
}

/*
 * A generic plan does not know the pattern, so it is told where the matches
 * are: an index of the class text_pattern_ops finds them there.
 */
static int
put_range(struct builder *b, const struct operand *o, const char *p, size_t n,
    const struct path *path)
{
	struct cell	 cell = { p, (int32_t)n };
	char		*end = arena_strndup(b->d->arena, p, n);

	if (end == NULL)
		return error_nomem(b->err);
	end[n - 1]++;
	buf_printf(&b->sql, " AND %s ~>=~ ", o->sql);
	if (where_put_cell(b, o->column, &cell, path) == -1)
		return -1;
	buf_printf(&b->sql, " AND %s ~<~ ", o->sql);
	cell.p = end;
	return where_put_cell(b, o->column, &cell, path);
}

static int
compare_like(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	static const struct column	 text = { .sql_type = "text",
					    .type = &types[TYPE_TEXT] };
	struct cell			 cell;
	size_t				 prefix;

	if (!is_text(o->column) && !is_json(o))
		return refuse_type(b, o, op, "text", path);
	if (!json_is_string(v))
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a pattern is a string, not %s", json_kind(v));
	cell.p = json_string(v);
	cell.n = (int32_t)json_length(v);
	if (!pattern_ends(cell.p, json_length(v))) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a pattern does not end with \\");
		return error_hint(b->err, "\\\\ stands for a backslash");
	}
	if (is_json(o))
		buf_printf(&b->sql, "(jsonb_typeof(%s) = 'string' AND ",
		    o->sql);
	prefix = op->sql[1] == 'I' || (o->column->type->id != TYPE_TEXT &&
	    o->column->type->id != TYPE_VARCHAR) ? 0 :
	    pattern_prefix(cell.p, json_length(v));
	buf_printf(&b->sql, "%s%s", prefix > 0 ? "(" : "", o->sql);
	if (is_json(o))
		buf_puts(&b->sql, " #>> '{}'");
	else if (o->column->type->id == TYPE_CHAR)
		/* Without its blanks, as it is printed. */
		buf_puts(&b->sql, "::text");
	buf_puts(&b->sql, op->sql);
	if (where_put_cell(b, &text, &cell, path) == -1 || (prefix > 0 &&
	    put_range(b, o, cell.p, prefix, path) == -1))
		return -1;
	buf_puts(&b->sql, prefix > 0 || is_json(o) ? ")" : "");
	return is_odd(o->column) ? where_odd(b, path) : 0;
}

static int
compare_value(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	if (v == NULL && op->form != OPERATOR_EQUAL)
		return error_set(b->err, ERROR_INVALID_VALUE, path,
		    "null can only be compared by == and !=");
	if (v == NULL) {
		buf_printf(&b->sql, "%s IS %s", o->sql,
		    op->name[0] == '=' ? "NULL" : "NOT NULL");
		return 0;
	}
	if (is_json(o))
		return where_json(b, o, op, v, path);
	if (json_is_list(v) && !is_array(o)) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "%s is compared with one value, not with a list",
		    o->attribute->name);
		error_about(b->err, NULL, o->attribute->name);
		return error_hint(b->err, "{\"%s\": {\"in\": […]}}",
		    o->attribute->name);
	}
	buf_printf(&b->sql, "%s%s", o->sql, op->sql);
	if (where_put_value(b, o, v, path) == 0)
		return 0;
	return is_array(o) && !json_is_list(v) ?
	    json_hint(v, "{\"any\": ", "}", b->err) : -1;
}

static void
range_note(struct condition *c, const struct operand *o)
{
	const struct column	*column = o->attribute->column;

	if (o->own && c->range == NULL)
		c->range = column;
	else if (!o->own || c->range != column)
		c->ranges = true;
}

int
where_compare(struct builder *b, const struct operand *o,
    const struct operator *op, struct json *v, const struct path *path)
{
	if (op->form == OPERATOR_ORDER || op->form == OPERATOR_LIKE)
		range_note(b->condition, o);
	switch (op->form) {
	case OPERATOR_EQUAL:
	case OPERATOR_ORDER:
		return compare_value(b, o, op, v, path);
	case OPERATOR_LIKE:
		return compare_like(b, o, op, v, path);
	case OPERATOR_IN:
		return compare_in(b, o, v, path);
	case OPERATOR_NOT:
		buf_puts(&b->sql, "NOT ");
		b->negations++;
		if (where_meets(b, o, v, path) == -1)
			return -1;
		b->negations--;
		return 0;
	case OPERATOR_PARTS:
		if (is_json(o))
			return where_json(b, o, op, v, path);
		if (!is_array(o))
			return refuse_type(b, o, op, "arrays and JSON", path);
		return where_array(b, o, op, v, path);
	case OPERATOR_OVERLAP:
	case OPERATOR_ANY:
		if (!is_array(o))
			return refuse_type(b, o, op, "arrays", path);
		return where_array(b, o, op, v, path);
	}
	return 0;
}

/* There is no such operator; in JSON it may be meant as a key. */
static int
refuse_key(struct builder *b, const struct operand *o, const char *key,
    const struct path *path)
{
	where_refuse(b, o->attribute, key, where_operators, path);
	return !is_json(o) ? where_hint_operator(b, o, key) :
	    error_hint(b->err, "\"%s.%s\" names a place in it, "
	    "{\"==\": …} is for the whole", o->attribute->name, key);
}

/* {"rating": 5}, {"rating": null}, {"rating": {">=": 4, "!=": 5}} */
int
where_meets(struct builder *b, const struct operand *o, struct json *v,
    const struct path *path)
{
	const struct operator	*op;
	bool			 first = true;

	if (!json_is_object(v))
		return where_compare(b, o, &operators[0], v, path);
	if (++b->depth > WHERE_DEPTH)
		return error_set(b->err, ERROR_LIMIT, path,
		    "conditions nest at most %d deep", WHERE_DEPTH);
	buf_putc(&b->sql, '(');
	json_each(v, key, operand) {
		struct path	at = { path, key, 0 };

		if ((op = where_operator(key)) == NULL)
			return refuse_key(b, o, key, &at);
		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		if (where_compare(b, o, op, operand, &at) == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	b->depth--;
	return 0;
}
