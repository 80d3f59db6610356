/*
 * The parameters of each method as a JSON Schema, and what becomes of them by
 * the model that a request names.  Called by the document.
 */
#include <string.h>

#include "discover_parts.h"
#include "json_out.h"

/* What every request takes, and every write. */
static const char *const	of_all[] = { "deadline_ms", NULL };
static const char *const	of_writes[] = { "key", NULL };

struct param_list
discover_params_of(const struct call_method *m)
{
	return (struct param_list){ m, { m->params, of_all,
	    m->is_write ? of_writes : NULL, NULL } };
}

const char *
discover_param_in(const struct param_list *p, size_t i)
{
	size_t	list, k;

	for (list = 0; p->lists[list] != NULL; list++)
		for (k = 0; p->lists[list][k] != NULL; k++)
			if (i-- == 0)
				return p->lists[list][k];
	return NULL;
}

void
discover_schema(struct buf *b, const char *text, long number)
{
	for (; *text != '\0'; text++) {
		if (*text == '#' && number != 0)
			buf_printf(b, "%ld", number);
		else
			buf_putc(b, *text == '\'' ? '"' : *text);
	}
}

static bool
is_list(const struct attribute *a, enum access_class class)
{
	if (!schema_is_taken(a, class))
		return false;
	switch (a->kind) {
	case ATTRIBUTE_COLUMN:
		break;
	case ATTRIBUTE_RELATIONSHIP:
		return a->relationship->uselist;
	case ATTRIBUTE_PROXY:
		return a->proxy->uselist;
	}
	return false;
}

/* {"enum": …} of the lists that append, remove and set can name. */
static void
put_lists(struct buf *b, const struct model *m, enum access_class class)
{
	size_t	i;

	schema_text(b, "{'enum':[");
	for (i = 0; i < m->attributes.n; i++)
		if (is_list(m->attributes.v[i], class)) {
			json_put_comma(b);
			json_put_text(b, m->attributes.v[i]->name);
		}
	buf_puts(b, "]}");
}

/* "items.M": params whose `attribute' is a list have members of it as items. */
void
discover_items(struct buf *b, const struct model *m, enum access_class class)
{
	const struct attribute	*a;
	size_t			 i;

	schema_name(b, "items", m->name);
	schema_text(b, "{'allOf':[");
	for (i = 0; i < m->attributes.n; i++) {
		a = m->attributes.v[i];
		if (!is_list(a, class))
			continue;
		json_put_comma(b);
		schema_text(b, "{'if':{'properties':{'attribute':{'const':");
		json_put_text(b, a->name);
		schema_text(b, "}}},'then':{'properties':{'items':");
		schema_attribute_ref(b, m, a);
		buf_puts(b, "}}}");
	}
	json_put_comma(b);
	buf_puts(b, "true]}");		/* a list is not empty */
}

/* What a parameter is, of this model. */
static void
put_by_model(struct buf *b, const struct model *m, enum by_model by,
    enum access_class class)
{
	switch (by) {
	case BY_ID:
		schema_ref(b, "id", m->name);
		break;
	case BY_VALUES:
		schema_ref(b, "values", m->name);
		break;
	case BY_VALUES_LIST:
		schema_text(b, "{'anyOf':[");
		schema_ref(b, "values", m->name);
		schema_text(b, ",{'type':'array','items':");
		schema_ref(b, "values", m->name);
		buf_puts(b, "}]}");
		break;
	case BY_WHERE:
		schema_ref(b, "where", m->name);
		break;
	case BY_VERSION:
		if (m->version == NULL)
			buf_puts(b, "false");
		else
			schema_column(b, m->version, SCHEMA_TAKEN);
		break;
	case BY_ATTRIBUTE:
		put_lists(b, m, class);
		break;
	case BY_NOTHING:
	case BY_ITEMS:
		buf_puts(b, "{}");
		break;
	}
}

/* {"if": it is of this model, "then": its parameters are so}. */
static void
put_condition(struct buf *b, const struct param_list *p, const struct model *m,
    enum access_class class)
{
	const struct param_words	*w;
	const char			*name;
	bool				 items = false;
	size_t				 i;

	json_put_comma(b);
	schema_text(b, "{'if':{'properties':{'model':{'const':");
	json_put_text(b, m->name);
	schema_text(b, "}}},'then':{'properties':{");
	for (i = 0; (name = discover_param_in(p, i)) != NULL; i++) {
		w = discover_param(p->method->name, name);
		if (w == NULL || w->by_model == BY_NOTHING)
			continue;
		items = items || w->by_model == BY_ITEMS;
		json_put_key(b, name);
		put_by_model(b, m, w->by_model, class);
	}
	buf_putc(b, '}');
	if (items) {
		schema_text(b, ",'allOf':[");
		schema_ref(b, "items", m->name);
		buf_putc(b, ']');
	}
	buf_puts(b, "}}");
}

static bool
depends_on_model(const struct param_list *p)
{
	const struct param_words	*w;
	const char			*name;
	size_t				 i;

	for (i = 0; (name = discover_param_in(p, i)) != NULL; i++) {
		w = discover_param(p->method->name, name);
		if (w != NULL && w->by_model != BY_NOTHING)
			return true;
	}
	return false;
}

/* Requests that hold others: which params belong to which method. */
void
discover_inner(struct buf *b, bool writes_only)
{
	struct call_method	m;
	size_t			i;

	for (i = 0; call_method(i, &m); i++) {
		if (strcmp(m.name, "preview") == 0 ||
		    (writes_only ? !m.is_write :
		    strcmp(m.name, "transaction") == 0))
			continue;
		json_put_comma(b);
		schema_text(b, "{'if':{'properties':{'method':{'const':");
		json_put_text(b, m.name);
		schema_text(b, "}}},'then':{'properties':{'params':");
		schema_ref(b, "params", m.name);
		buf_puts(b, "}}}");
	}
}

/* What may be left out may be null as well, unless that means something. */
static void
put_param(struct buf *b, const struct param_words *w)
{
	bool	or_null = w != NULL && !w->required &&
		    w->by_model == BY_NOTHING;

	if (or_null)
		schema_text(b, "{'anyOf':[");
	discover_schema(b, w == NULL ? "{}" : w->schema,
	    w == NULL ? 0 : w->number);
	if (or_null)
		schema_text(b, ",{'type':'null'}]}");
}

void
discover_params(struct buf *b, const struct call_method *m,
    const struct registry *r, enum access_class class)
{
	struct param_list		 p = discover_params_of(m);
	const struct param_words	*w;
	const char			*name;
	size_t				 i;

	schema_name(b, "params", m->name);
	schema_text(b, "{'type':'object','properties':{");
	for (i = 0; (name = discover_param_in(&p, i)) != NULL; i++) {
		json_put_key(b, name);
		put_param(b, discover_param(m->name, name));
	}
	schema_text(b, "},'required':[");
	for (i = 0; (name = discover_param_in(&p, i)) != NULL; i++) {
		w = discover_param(m->name, name);
		if (w == NULL || !w->required)
			continue;
		json_put_comma(b);
		json_put_text(b, name);
	}
	schema_text(b, "],'additionalProperties':false");
	if (strcmp(m->name, "preview") == 0) {
		schema_text(b, ",'allOf':[");
		discover_inner(b, true);
		buf_putc(b, ']');
	} else if (depends_on_model(&p)) {
		schema_text(b, ",'allOf':[");
		for (i = 0; i < r->models.n; i++)
			if (model_is_open(r->models.v[i], class))
				put_condition(b, &p, r->models.v[i], class);
		json_put_comma(b);
		buf_puts(b, "true");	/* a list is not empty */
		buf_putc(b, ']');
	}
	buf_putc(b, '}');
}
