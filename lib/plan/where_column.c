/*
 * What is compared: a column, or a place within the value of a JSON column,
 * which is named as in the rules of a reply ("doc.address.city").  Called by
 * where.c and where_proxy.c.  It refuses ways into what is not JSON.
 */
#include <string.h>

#include "where_parts.h"

/* In what form JSON is compared, also where the column is json. */
static const struct column	json_value = {
	.name = "a value in JSON", .quoted = "", .sql_type = "jsonb",
	.type = &types[TYPE_JSONB], .nullable = true
};
static const struct column	json_list = {
	.name = "a list of JSON", .quoted = "", .sql_type = "jsonb[]",
	.type = &types[TYPE_OTHER], .element = &types[TYPE_JSONB],
	.nullable = true
};
static const struct column	json_step = {
	.name = "a step", .quoted = "", .sql_type = "text",
	.type = &types[TYPE_TEXT]
};

static bool
is_json(const struct column *c)
{
	return c->type->id == TYPE_JSON || c->type->id == TYPE_JSONB;
}

/* Does the column keep fewer digits, or parts, than a value may have? */
static bool
is_rounded(const struct column *c, enum type_id id)
{
	switch (id) {
	case TYPE_NUMERIC:
		return c->length > 0;
	case TYPE_TIME: case TYPE_TIMETZ: case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return c->precision > 0;
	case TYPE_INTERVAL:
		return strchr(c->sql_type, ' ') != NULL ||
		    strchr(c->sql_type, '(') != NULL;
	case TYPE_SMALLINT: case TYPE_INTEGER: case TYPE_BIGINT:
	case TYPE_REAL: case TYPE_DOUBLE: case TYPE_BOOLEAN: case TYPE_TEXT:
	case TYPE_VARCHAR: case TYPE_CHAR: case TYPE_UUID: case TYPE_DATE:
	case TYPE_BYTEA: case TYPE_JSON: case TYPE_JSONB: case TYPE_OTHER:
	case TYPES:
		break;
	}
	return false;
}

/*
 * As what values are compared with the column: all of their digits count, or
 * 9.99 would be found by 9.991.  NULL: no memory, said.
 */
static const struct column *
compared_as(struct builder *b, const struct column *c)
{
	const struct type	*type = c->element != NULL ? c->element :
				    c->type;
	struct column		*as;

	if (!is_rounded(c, type->id))
		return c;
	if ((as = arena_alloc(b->d->arena, sizeof(*as))) == NULL) {
		error_nomem(b->err);
		return NULL;
	}
	*as = *c;
	as->length = as->scale = as->precision = 0;
	as->sql_type = c->element == NULL ? type->name :
	    arena_printf(b->d->arena, "%s[]", type->name);
	if (as->sql_type == NULL) {
		error_nomem(b->err);
		return NULL;
	}
	return as;
}

int
where_operand(struct builder *b, const struct attribute *attr, int alias,
    struct operand *out)
{
	const struct column	*c = attr->column;
	const struct column	*as = compared_as(b, c);

	if (as == NULL)
		return -1;
	/* json itself has no operators. */
	if (is_json(c))
		as = &json_value;
	else if (c->element != NULL && c->element->id == TYPE_JSON)
		as = &json_list;
	memset(out, 0, sizeof(*out));
	out->attribute = attr;
	out->column = as;
	out->own = alias == 0;
	if ((out->sql = where_column_sql(b, alias, c)) == NULL)
		return -1;
	if (as != &json_list && (as != &json_value ||
	    c->type->id == TYPE_JSONB))
		return 0;
	out->sql = arena_printf(b->d->arena, "%s::%s", out->sql, as->sql_type);
	return out->sql == NULL ? error_nomem(b->err) : 0;
}

int
where_column(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	struct operand	operand;

	return where_operand(b, attr, alias, &operand) == -1 ? -1 :
	    where_meets(b, &operand, v, path);
}

const struct attribute *
where_json_attribute(struct builder *b, const struct model *model,
    const char *name)
{
	const struct attribute	*attr;
	const char		*dot = strchr(name, '.');
	char			*first;

	if (dot == NULL)
		return NULL;
	first = arena_strndup(b->d->arena, name, (size_t)(dot - name));
	if (first == NULL ||
	    (attr = attribute_seen(b->d, model, first)) == NULL ||
	    attr->kind != ATTRIBUTE_COLUMN || !is_json(attr->column))
		return NULL;
	return attr;
}

/* The steps behind the first dot, as texts and as a parameter. */
static int
steps_take(struct builder *b, const char *name, struct operand *o,
    struct param *p, const struct path *path)
{
	const struct cell	*cells[WHERE_STEPS];
	const char		**steps;
	struct cell		*cell;
	const char		*at = strchr(name, '.'), *end;
	size_t			 n;

	steps = arena_array(b->d->arena, WHERE_STEPS, sizeof(*steps));
	cell = arena_array(b->d->arena, WHERE_STEPS, sizeof(*cell));
	if (steps == NULL || cell == NULL)
		return error_nomem(b->err);
	for (n = 0; at != NULL; n++, at = *end == '.' ? end : NULL) {
		end = at + 1 + strcspn(at + 1, ".");
		if (n == WHERE_STEPS)
			return error_set(b->err, ERROR_LIMIT, path,
			    "a way into JSON has at most %d steps",
			    WHERE_STEPS);
		if (end == at + 1) {
			error_set(b->err, ERROR_INVALID_VALUE, path,
			    "a step of %s is empty", name);
			return error_hint(b->err,
			    "contains finds keys of any name");
		}
		cell[n].n = (int32_t)(end - at - 1);
		cell[n].p = at + 1;
		cells[n] = &cell[n];
		steps[n] = arena_strndup(b->d->arena, at + 1,
		    (size_t)cell[n].n);
		if (steps[n] == NULL)
			return error_nomem(b->err);
	}
	o->steps = steps;
	o->nsteps = n;
	return sql_array_param(b->d->arena, &json_step, cells, n, p) == -1 ?
	    error_nomem(b->err) : 0;
}

int
where_json_place(struct builder *b, const struct attribute *attr, int alias,
    const char *name, struct json *v, const struct path *path)
{
	const char	*column = where_column_sql(b, alias, attr->column);
	struct operand	 o;
	struct param	 p;
	int		 n;

	memset(&o, 0, sizeof(o));
	o.attribute = attr;
	o.column = &json_value;
	if (column == NULL || steps_take(b, name, &o, &p, path) == -1 ||
	    where_param(b, &p, &n, path) == -1)
		return -1;
	if (attr->column->type->id == TYPE_JSONB)
		o.holder = column;
	/*
	 * A null in JSON is one like any other.  PostgreSQL loses its way in
	 * json where several steps count from the end, but not in jsonb.
	 */
	o.sql = arena_printf(b->d->arena, "nullif((%s%s #> $%d),'null')",
	    column, o.holder != NULL ? "" : "::jsonb", n);
	return o.sql == NULL ? error_nomem(b->err) :
	    where_meets(b, &o, v, path);
}
