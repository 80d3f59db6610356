/*
 * JSON Schemas of conditions, one for each model, for the document of
 * rpc.discover.  The words come from the tables by which the other rooms of
 * where judge.
 */
#include <string.h>

#include "json_out.h"
#include "schema.h"
#include "where_parts.h"

static void
put_words(struct buf *b, const char *const *words)
{
	schema_text(b, "{'type':'object','propertyNames':{'enum':[");
	for (; *words != NULL; words++) {
		json_put_comma(b);
		json_put_text(b, *words);
	}
	buf_puts(b, "]}");
}

/* A value, null, or an object of comparisons. */
static void
column_schema(struct buf *b, const struct column *c)
{
	/* Of json an object may be either. */
	if (c->type->json == JSON_RAW) {
		buf_puts(b, "{}");
		return;
	}
	schema_text(b, "{'anyOf':[");
	schema_column(b, c, SCHEMA_TAKEN);
	schema_text(b, ",{'type':'null'},");
	put_words(b, where_operators);
	buf_puts(b, "}]}");
}

/* any, has, contains, ==, != with a condition or an object. */
static void
objects_schema(struct buf *b, const struct model *target,
    enum access_class class)
{
	static const char *const	words[] = { "contains", "==", "!=" };
	size_t				i;

	schema_text(b, "{'anyOf':[{'type':'null'},");
	put_words(b, where_object_words);
	schema_text(b, ",'properties':{'any':");
	schema_model_ref(b, "where", target, class);
	schema_text(b, ",'has':");
	schema_model_ref(b, "where", target, class);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		json_put_key(b, words[i]);
		schema_text(b, "{'anyOf':[{'type':'null'},");
		schema_model_ref(b, "existing", target, class);
		buf_puts(b, "]}");
	}
	buf_puts(b, "}}]}");
}

static void
attribute_schema(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	if (attribute_is_hidden(a, class))
		return;
	if (a->kind == ATTRIBUTE_COLUMN &&
	    (a->is_password || a->column->write_only))
		return;
	json_put_key(b, a->name);
	switch (a->kind) {
	case ATTRIBUTE_COLUMN:
		column_schema(b, a->column);
		break;
	case ATTRIBUTE_RELATIONSHIP:
		objects_schema(b, a->relationship->target, class);
		break;
	case ATTRIBUTE_PROXY:
		if (a->proxy->target != NULL)
			objects_schema(b, a->proxy->target, class);
		else
			buf_puts(b, "{}");	/* a value, or its words */
		break;
	}
}

/* "^doc\\.": the names of places within a JSON column. */
static void
put_places(struct buf *b, const struct column *c)
{
	struct buf	pattern;
	const char	*p;

	buf_init(&pattern, 0);
	buf_putc(&pattern, '^');
	for (p = c->name; *p != '\0'; p++) {
		if (strchr("\\^$.|?*+()[]{}/-", *p) != NULL)
			buf_putc(&pattern, '\\');
		buf_putc(&pattern, *p);
	}
	buf_puts(&pattern, "\\.");
	json_put_comma(b);
	json_put_string(b, pattern.p, pattern.n);
	buf_puts(b, ":{}");
	b->broken = b->broken || pattern.broken;
	buf_free(&pattern);
}

void
where_schema(struct buf *b, const struct model *m, enum access_class class)
{
	size_t	i;

	schema_name(b, "where", m->name);
	schema_text(b, "{'type':'object','properties':{'and':"
	    "{'type':'array','items':");
	schema_ref(b, "where", m->name);
	schema_text(b, "},'or':{'type':'array','items':");
	schema_ref(b, "where", m->name);
	schema_text(b, "},'not':");
	schema_ref(b, "where", m->name);
	for (i = 0; i < m->attributes.n; i++)
		attribute_schema(b, m->attributes.v[i], class);
	schema_text(b, "},'patternProperties':{");
	for (i = 0; i < m->attributes.n; i++)
		if (m->attributes.v[i]->kind == ATTRIBUTE_COLUMN &&
		    !attribute_is_hidden(m->attributes.v[i], class) &&
		    m->attributes.v[i]->column->type->json == JSON_RAW)
			put_places(b, m->attributes.v[i]->column);
	schema_text(b, "},'additionalProperties':false}");
}
