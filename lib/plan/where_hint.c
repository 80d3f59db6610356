/*
 * How a condition was probably meant that has just been refused.  Called by the
 * other rooms of where, with the refusal in builder->err; each returns -1.
 */
#include <string.h>
#include <strings.h>

#include "where_parts.h"

/* As other languages have it. */
static const struct {
	const char	*word, *hint;
} operators[] = {
	{ "startswith", "{\"like\": \"…%\"}" },
	{ "starts_with", "{\"like\": \"…%\"}" },
	{ "endswith", "{\"like\": \"%…\"}" },
	{ "ends_with", "{\"like\": \"%…\"}" },
	{ "icontains", "{\"ilike\": \"%…%\"}" },
	{ "between", "{\">=\": …, \"<=\": …}" },
	{ "range", "{\">=\": …, \"<=\": …}" },
	{ "eq", "{\"==\": …}" }, { "ne", "{\"!=\": …}" },
	{ "neq", "{\"!=\": …}" }, { "<>", "{\"!=\": …}" },
	{ "gt", "{\">\": …}" }, { "gte", "{\">=\": …}" },
	{ "lt", "{\"<\": …}" }, { "lte", "{\"<=\": …}" },
	{ "nin", "{\"not\": {\"in\": […]}}" },
	{ "not_in", "{\"not\": {\"in\": […]}}" },
	{ "is", "null stands where a value would" },
	{ "isnull", "null stands where a value would" },
	{ "is_null", "null stands where a value would" },
	{ "or", "{\"or\": [{…}, {…}]} stands around whole conditions" },
	{ "and", "{\"and\": [{…}, {…}]} stands around whole conditions" }
};

int
where_hint_operator(struct builder *b, const struct operand *o,
    const char *name)
{
	const char	*word = name + (name[0] == '$');
	size_t		 i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcasecmp(operators[i].word, word) == 0)
			return error_hint(b->err, "%s", operators[i].hint);
	if (b->err->hint[0] != '\0')
		return -1;
	return error_hint(b->err, "one of ==, !=, <, <=, >, >=, in, not, %s",
	    o->column->element == NULL ? "like, ilike" :
	    "contains, contained_by, overlap, any");
}

/* Words that make no sense for this end of a relationship, but for others. */
int
where_hint_word(struct builder *b, const struct attribute *attr,
    const char *word)
{
	const bool	is_list = attr->kind == ATTRIBUTE_RELATIONSHIP ?
			    attr->relationship->uselist :
			    attr->proxy->uselist;

	if (strcmp(word, "any") == 0 || strcmp(word, "has") == 0)
		return error_hint(b->err, "{\"%s\": {\"%s\": {…}}}",
		    attr->name, is_list ? "any" : "has");
	if (strcmp(word, "$get") == 0 || strcmp(word, "contains") == 0 ||
	    strcmp(word, "==") == 0)
		return error_hint(b->err, "{\"%s\": {\"%s\": {\"$get\": …}}}",
		    attr->name, is_list ? "contains" : "==");
	return -1;
}

int
where_hint_object(struct builder *b, const struct attribute *attr,
    const struct json *v)
{
	const bool	is_list = attr->kind == ATTRIBUTE_RELATIONSHIP ?
			    attr->relationship->uselist :
			    attr->proxy->uselist;

	if (v == NULL && is_list)
		return error_hint(b->err, "{\"not\": {\"%s\": {\"any\": "
		    "{}}}} asks for none", attr->name);
	if (json_is_list(v) || json_is(v, JSON_SORT_BOOLEAN))
		return error_hint(b->err, "for example {\"%s\": {…}}",
		    is_list ? "any" : "has");
	return json_hint(v, is_list ? "{\"contains\": {\"$get\": " :
	    "{\"==\": {\"$get\": ", "}}", b->err);
}

int
where_hint_condition(struct builder *b, const struct model *model,
    const struct json *v)
{
	const char	*key = "…";

	if (json_is_list(v))
		return json_hint(v, "{\"and\": ", "}", b->err);
	/* The groups of an aggregate have no table. */
	if (model->table != NULL && attribute_seen(b->d, model,
	    model->table->key.v[0]->name) != NULL)
		key = model->table->key.v[0]->name;
	return error_hint(b->err, "for example {\"%s\": {\">\": …}}", key);
}

/*
 * "user.name": conditions go there by has and any.  The hint is all of it, if
 * each step leads to something.
 */
int
where_hint_way(struct builder *b, const struct model *model, const char *key)
{
	const struct attribute	*attr;
	const char		*dot;
	struct buf		 hint;
	size_t			 steps;
	char			*name;
	bool			 is_list;

	buf_init(&hint, sizeof(b->err->hint) - 1);
	for (steps = 0; (dot = strchr(key, '.')) != NULL && model != NULL;
	    steps++, key = dot + 1) {
		name = arena_strndup(b->d->arena, key, (size_t)(dot - key));
		if (name == NULL ||
		    (attr = attribute_seen(b->d, model, name)) == NULL ||
		    attr->kind == ATTRIBUTE_COLUMN)
			break;
		is_list = attr->kind == ATTRIBUTE_RELATIONSHIP ?
		    attr->relationship->uselist : attr->proxy->uselist;
		model = attribute_target(attr);
		buf_printf(&hint, "{\"%s\": {\"%s\": ", name,
		    is_list ? "any" : "has");
	}
	if (steps > 0 && model != NULL)
		buf_printf(&hint, "{\"%s\": …}", key);
	else if (steps > 0)
		buf_puts(&hint, "…");
	for (; steps > 0; steps--)
		buf_puts(&hint, "}}");
	if (hint.n > 0 && !hint.broken)
		error_hint(b->err, "%.*s", (int)hint.n, hint.p);
	buf_free(&hint);
	return -1;
}
