/*
 * Hints that lead from a mistake to what was meant; see hint.h.
 */
#include <stdio.h>
#include <string.h>

#include "hint.h"

/* What other interfaces call it, and what it is called here. */
static const struct {
	const char	*word, *param;
} params[] = {
	{ "filter", "where" }, { "filters", "where" }, { "query", "where" },
	{ "conditions", "where" }, { "fields", "only" }, { "select", "only" },
	{ "columns", "only" }, { "attributes", "only" }, { "include", "rules" },
	{ "exclude", "rules" }, { "expand", "rules" }, { "sort", "order_by" },
	{ "order", "order_by" }, { "orderBy", "order_by" },
	{ "offset", "after" }, { "skip", "after" }, { "page", "after" },
	{ "cursor", "after" }, { "start", "after" }, { "size", "limit" },
	{ "count", "limit" }, { "data", "values" }, { "attrs", "values" },
	{ "object", "values" }, { "set", "values" }, { "primary_key", "id" },
	{ "pk", "id" }, { "field", "attribute" }, { "collection", "attribute" },
	{ "objects", "items" }, { "ids", "items" }, { "group", "group_by" },
	{ "aggregates", "functions" }
};

static bool
is_among(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

/* An attribute of the model was given as a parameter. */
static int
hint_attribute(const char *name, const char *const *allowed,
    struct error *err)
{
	static const char *const	holders[] = { "values", "where", "id",
					    NULL };
	const char *const		*h;

	for (h = holders; *h != NULL; h++)
		if (is_among(*h, allowed))
			return error_hint(err, "{\"%s\": {\"%s\": …}}", *h,
			    name);
	return -1;
}

static int
hint_word(const char *word, const char *const *allowed, struct error *err)
{
	size_t	i;

	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (strcmp(params[i].word, word) != 0 ||
		    !is_among(params[i].param, allowed))
			continue;
		return error_hint(err, strcmp(params[i].param, "after") == 0 ?
		    "\"%s\" takes the \"next\" of the page before" :
		    "did you mean %s?", params[i].param);
	}
	return -1;
}

int
hint_param(const struct decoder *d, const char *const *allowed,
    struct json *given, struct error *err)
{
	const struct json	*name = json_member(given, "model");
	const struct model	*model;

	model = json_is_string(name) ? registry_model(d->registry,
	    json_string(name)) : NULL;
	json_each(given, key, value) {
		(void)value;
		if (is_among(key, allowed))
			continue;
		if (model != NULL && attribute_seen(d, model, key) != NULL)
			return hint_attribute(key, allowed, err);
		return hint_word(key, allowed, err);
	}
	return -1;
}

int
hint_call(struct error *err)
{
	return err->hint[0] != '\0' ? -1 :
	    error_hint(err, "{\"method\": …, \"params\": {…}}");
}

/* The names of columns; false, and nothing, if some are not seen. */
static bool
put_names(const struct decoder *d, const struct model *model,
    struct column *const *columns, size_t n, const char *between,
    struct buf *b)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (attribute_seen(d, model, columns[i]->name) == NULL)
			return false;
	for (i = 0; i < n; i++)
		buf_printf(b, "%s%s", i > 0 ? between : "",
		    columns[i]->name);
	return true;
}

int
hint_key(const struct decoder *d, const struct model *model,
    struct error *err)
{
	struct buf	b;

	buf_init(&b, sizeof(err->hint) - 1);
	if (put_names(d, model, model->table->key.v, model->table->key.n,
	    ", ", &b) && !b.broken)
		error_hint(err, "[%.*s]", (int)b.n, b.p);
	buf_free(&b);
	return -1;
}

int
hint_sets(const struct decoder *d, const struct model *model,
    struct error *err)
{
	const struct table	*table = model->table;
	struct buf		 b;
	size_t			 i, n;

	buf_init(&b, sizeof(err->hint) / 2);
	put_names(d, model, table->key.v, table->key.n, " and ", &b);
	for (i = 0; i < table->uniques.n; i++) {
		n = b.n;
		if (n > 0)
			buf_puts(&b, ", or ");
		if (!put_names(d, model, table->uniques.v[i]->columns.v,
		    table->uniques.v[i]->columns.n, " and ", &b))
			b.n = n;
	}
	if (b.n == 0 || b.broken)
		error_hint(err, "give the primary key, or all columns of a "
		    "unique constraint");
	else
		error_hint(err, "give %.*s", (int)b.n, b.p);
	buf_free(&b);
	return -1;
}

int
hint_unique(const struct decoder *d, const struct model *model,
    const struct json *v, struct error *err)
{
	const struct table	*table = model->table;
	const struct column	*c;
	char			 before[128];
	size_t			 i;

	for (i = 0; i < table->uniques.n && err->hint[0] == '\0'; i++) {
		c = table->uniques.v[i]->columns.v[0];
		if (table->uniques.v[i]->columns.n > 1 ||
		    c->type->json != JSON_STRING ||
		    attribute_seen(d, model, c->name) == NULL)
			continue;
		snprintf(before, sizeof(before), "{\"%s\": ", c->name);
		return json_hint(v, before, "}", err);
	}
	return -1;
}
