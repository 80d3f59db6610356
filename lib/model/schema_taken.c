/*
 * JSON Schemas of what a request says about objects: attributes of new, changed
 * and merged ones, items of relationships and of association proxies.  Called
 * by schema.c.
 */
#include <string.h>

#include "json_out.h"
#include "schema_parts.h"

bool
schema_is_taken(const struct attribute *a, enum access_class class)
{
	if (attribute_is_hidden(a, class) || a->frozen_for & 1u << class)
		return false;
	switch (a->kind) {
	case ATTRIBUTE_COLUMN:
		return !a->column->read_only;
	case ATTRIBUTE_RELATIONSHIP:
		return !a->relationship->viewonly;
	case ATTRIBUTE_PROXY:
		return !a->proxy->through->viewonly;
	}
	return false;
}

static void
put_names(struct buf *b, const struct model *m, bool through,
    enum access_class class)
{
	size_t	i;

	schema_text(b, "{'enum':[");
	for (i = 0; i < m->attributes.n; i++)
		if (schema_is_taken(m->attributes.v[i], class)) {
			json_put_comma(b);
			json_put_text(b, m->attributes.v[i]->name);
		}
	json_put_comma(b);
	json_put_text(b, "$as");
	if (through)
		schema_text(b, ",'$through'");
	buf_puts(b, "]}");
}

/* An item of a proxy to objects: any form, with values for the way there. */
static void
put_proxy_item(struct buf *b, const struct proxy *proxy,
    enum access_class class)
{
	const struct model	*m = proxy->target;
	const struct model	*through = proxy->through->target;

	schema_text(b, "{'anyOf':[");
	schema_get(b, m, through, class);
	buf_putc(b, ',');
	schema_label(b, through, class);
	buf_putc(b, ',');
	schema_form(b, "$merge");
	schema_model_ref(b, "values", m, class);
	schema_form_end(b, "$merge", through, class);
	schema_text(b, ",{'allOf':[");
	schema_model_ref(b, "attributes", m, class);
	schema_text(b, ",{'properties':{'$through':");
	schema_model_ref(b, "values", through, class);
	schema_text(b, "},'propertyNames':");
	put_names(b, m, true, class);
	buf_puts(b, "}]}]}");
}

/*
 * What a proxy takes for one value.  A creator of one's own may make something
 * else of it: then only the model file's author can tell.
 */
static void
put_proxy_value(struct buf *b, const struct proxy *proxy,
    enum access_class class)
{
	const struct json	*creator = proxy->creator;
	bool			 usual = json_length(creator) == 1 &&
				    json_is_string(json_value_at(creator, 0)) &&
				    strcmp(json_key_at(creator, 0),
				    proxy->attribute->name) == 0;

	if (!usual || proxy->attribute->kind == ATTRIBUTE_PROXY)
		buf_puts(b, "{}");
	else if (proxy->target != NULL && !model_is_open(proxy->target, class))
		buf_puts(b, "{}");
	else if (proxy->target != NULL)
		put_proxy_item(b, proxy, class);
	else
		schema_column(b, schema_proxy_column(proxy), SCHEMA_TAKEN);
}

static void
taken_attribute(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	const struct column	*c = a->column;

	json_put_key(b, a->name);
	switch (a->kind) {
	case ATTRIBUTE_COLUMN:
		/* null asks for the default, on an INSERT (U10). */
		schema_cell(b, c, SCHEMA_TAKEN, c->nullable || c->generated ||
		    c->default_sql != NULL);
		break;
	case ATTRIBUTE_RELATIONSHIP:
		if (a->relationship->uselist)
			schema_list(b, "item", a->relationship->target, class);
		else
			schema_or_null(b, "item", a->relationship->target,
			    class);
		break;
	case ATTRIBUTE_PROXY:
		/* null in a list: an association object without a target. */
		if (a->proxy->uselist)
			schema_text(b, "{'type':'array','items':");
		schema_text(b, "{'anyOf':[");
		put_proxy_value(b, a->proxy, class);
		schema_text(b, "," NULL_SCHEMA "]}");
		if (a->proxy->uselist)
			buf_putc(b, '}');
		break;
	}
}

void
schema_values(struct buf *b, const struct model *m, enum access_class class)
{
	size_t	i;

	/* Without the names that are allowed, for put_proxy_item(). */
	schema_name(b, "attributes", m->name);
	schema_text(b, "{'type':'object','properties':{");
	for (i = 0; i < m->attributes.n; i++)
		if (schema_is_taken(m->attributes.v[i], class))
			taken_attribute(b, m->attributes.v[i], class);
	json_put_key(b, "$as");
	schema_text(b, "{'type':'string'}}}");
	schema_name(b, "values", m->name);
	schema_text(b, "{'allOf':[");
	schema_model_ref(b, "attributes", m, class);
	schema_text(b, ",{'propertyNames':");
	put_names(b, m, false, class);
	buf_puts(b, "}]}");
	schema_name(b, "item", m->name);
	schema_text(b, "{'anyOf':[");
	schema_ref(b, "existing", m->name);
	buf_putc(b, ',');
	schema_form(b, "$merge");
	schema_model_ref(b, "values", m, class);
	schema_form_end(b, "$merge", NULL, class);
	buf_putc(b, ',');
	schema_model_ref(b, "values", m, class);
	buf_puts(b, "]}");
}

