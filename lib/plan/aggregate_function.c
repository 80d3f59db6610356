/*
 * The functions of `aggregate': what each looks at, and the type of what it
 * gives.  Called by aggregate.c.  It refuses functions that PostgreSQL does not
 * have for a type.
 */
#include <string.h>

#include "aggregate_parts.h"

static const char *const	function_names[] = { "count",
	"count_distinct", "sum", "avg", "min", "max", NULL };

const struct type *
aggregate_type(const struct column *c)
{
	return c->narrow != NULL ? c->narrow : c->type;
}

/* The type of a sum or an average; TYPE_OTHER: there is none. */
static enum type_id
sum_type(const struct column *c, bool is_avg)
{
	switch (aggregate_type(c)->id) {
	case TYPE_SMALLINT:
	case TYPE_INTEGER:
		return is_avg ? TYPE_NUMERIC : TYPE_BIGINT;
	case TYPE_BIGINT:
	case TYPE_NUMERIC:
		return TYPE_NUMERIC;
	case TYPE_REAL:
		return is_avg ? TYPE_DOUBLE : TYPE_REAL;
	case TYPE_DOUBLE:
		return TYPE_DOUBLE;
	case TYPE_INTERVAL:
		return TYPE_INTERVAL;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_BOOLEAN:
	case TYPE_UUID:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMETZ:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_BYTEA:
	case TYPE_JSON:
	case TYPE_JSONB:
	case TYPE_OTHER:
	case TYPES:
		break;
	}
	return TYPE_OTHER;
}

/* Has PostgreSQL a least and a greatest of these? */
static bool
has_extremes(const struct column *c)
{
	switch (aggregate_type(c)->id) {
	case TYPE_BOOLEAN:
	case TYPE_UUID:
	case TYPE_BYTEA:
	case TYPE_JSON:
	case TYPE_JSONB:
		return false;
	case TYPE_OTHER:
		return c->words != NULL && c->element == NULL;
	case TYPE_SMALLINT:
	case TYPE_INTEGER:
	case TYPE_BIGINT:
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_REAL:
	case TYPE_DOUBLE:
	case TYPE_NUMERIC:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMETZ:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_INTERVAL:
	case TYPES:
		break;
	}
	return true;
}

static int
refuse_type(struct reader *r, const struct output *out,
    const struct path *path)
{
	const struct column	*c = out->way.column;

	error_set(r->err, ERROR_INVALID_VALUE, path,
	    "there is no %s of %s.%s, which is %s",
	    function_names[out->function], out->way.model->name, c->name,
	    c->sql_type);
	return error_about(r->err, out->way.model->name, c->name);
}

/* What the function gives; whether it can be had of this column. */
static int
function_type(struct reader *r, struct output *out, const struct path *path)
{
	const struct column	*c = out->way.column;
	enum type_id		 id = TYPE_BIGINT;

	switch (out->function) {
	case FUNCTION_COUNT_DISTINCT:
		if (c != NULL && aggregate_is_json(c))
			return refuse_type(r, out, path);
		break;
	case FUNCTION_SUM:
	case FUNCTION_AVG:
		id = sum_type(c, out->function == FUNCTION_AVG);
		if (id == TYPE_OTHER)
			return refuse_type(r, out, path);
		break;
	case FUNCTION_MIN:
	case FUNCTION_MAX:
		return has_extremes(c) ?
		    aggregate_column(r, out, c, TYPE_OTHER) :
		    refuse_type(r, out, path);
	case FUNCTION_COUNT:
	case FUNCTIONS:
		break;
	}
	return aggregate_column(r, out, NULL, id);
}

static bool
same_start(const struct way *a, const struct way *b)
{
	return a->fan == b->fan && memcmp(a->steps.v, b->steps.v,
	    a->fan * sizeof(*a->steps.v)) == 0;
}

/* Which rows it looks at; those of one way are joined once for all. */
static int
source_set(struct reader *r, struct output *out)
{
	struct aggregate	*a = r->aggregate;
	size_t			 i;

	if (out->way.fan == 0)
		return 0;
	for (i = 0; i < a->sources.n; i++)
		if (same_start(a->sources.v[i], &out->way))
			break;
	out->source = i + 1;
	return i == a->sources.n && vec_push(r->d->arena, &a->sources,
	    &out->way) == -1 ? error_nomem(r->err) : 0;
}

static int
function_find(struct reader *r, struct output *out, const char *word,
    const struct path *path)
{
	const char	*near;
	int		 i;

	for (i = 0; i < FUNCTIONS; i++)
		if (strcmp(function_names[i], word) == 0) {
			out->function = (enum function)i;
			return 0;
		}
	near = error_nearest(word, function_names);
	error_set(r->err, ERROR_INVALID_VALUE, path,
	    "there is no function %s", word);
	return near != NULL ?
	    error_hint(r->err, "did you mean %s?", near) :
	    error_hint(r->err,
	    "count, count_distinct, sum, avg, min and max");
}

/* {"avg": "rating"} */
static int
argument_decode(struct reader *r, struct output *out, struct json *v,
    const struct path *path)
{
	struct json	*name = json_value_at(v, 0);
	struct path	*at;

	at = path_step(r->d->arena, path, json_key_at(v, 0), 0);
	if (at == NULL)
		return error_nomem(r->err);
	if (function_find(r, out, at->key, at) == -1)
		return -1;
	if (!json_is_string(name))
		return error_set(r->err, ERROR_INVALID_VALUE, at,
		    "%s takes a name, not %s", at->key, json_kind(name));
	out->has_way = true;
	if (aggregate_way(r, &out->way, json_string(name), at) == -1)
		return -1;
	if (out->way.column == NULL && out->function != FUNCTION_COUNT &&
	    out->function != FUNCTION_COUNT_DISTINCT) {
		error_set(r->err, ERROR_INVALID_VALUE, at,
		    "%s takes a column, and %s is none", at->key,
		    json_string(name));
		return !columns_are_told(r->d->call->sight.class,
		    out->way.model->table->key.v, 1) ? -1 :
		    error_hint(r->err, "name one of its columns: %s.%s",
		    json_string(name), out->way.model->table->key.v[0]->name);
	}
	return source_set(r, out) == -1 ? -1 : function_type(r, out, at);
}

/* "count", or {"avg": "rating"} */
static int
function_decode(struct reader *r, const char *name, struct json *v,
    const struct path *path)
{
	struct output	*out;

	if (name[0] == '\0' || name[0] == '-')
		return error_set(r->err, ERROR_INVALID_VALUE, path,
		    "a function has a name, without - before it");
	if ((out = aggregate_add(r, name, path)) == NULL)
		return -1;
	if (json_is_string(v)) {
		if (function_find(r, out, json_string(v), path) == -1)
			return -1;
		if (out->function == FUNCTION_COUNT)
			return function_type(r, out, path);
		error_set(r->err, ERROR_INVALID_VALUE, path,
		    "%s is the %s of something", name, json_string(v));
		return error_hint(r->err, "{\"%s\": {\"%s\": \"…\"}}", name,
		    json_string(v));
	}
	if (json_is_object(v) && json_length(v) == 1)
		return argument_decode(r, out, v, path);
	error_set(r->err, ERROR_INVALID_VALUE, path,
	    "%s is count, or an object with one function", name);
	return error_hint(r->err, "{\"%s\": {\"avg\": \"…\"}}", name);
}

int
aggregate_functions(struct reader *r, struct json *params)
{
	struct path	 here = { r->op->path, "functions", 0 };
	struct json	*v = NULL, count = { .sort = JSON_SORT_STRING,
			    .string = "count", .n = 5 };
	struct path	*at;

	if (json_take_object(params, "functions", &v, r->op->path,
	    r->err) == -1)
		return -1;
	if (v == NULL)
		return function_decode(r, "count", &count, &here);
	if (json_length(v) > AGGREGATE_FUNCTIONS)
		return error_set(r->err, ERROR_LIMIT, &here,
		    "there are at most %d functions", AGGREGATE_FUNCTIONS);
	json_each(v, name, function) {
		at = path_step(r->d->arena, &here, name, 0);
		if (at == NULL)
			return error_nomem(r->err);
		if (function_decode(r, name, function, at) == -1)
			return -1;
	}
	return 0;
}
