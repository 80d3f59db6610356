/*
 * JSON Schemas of a model's objects: as they are printed, and in each form in
 * which a request may speak of them.  Called by the daemon for rpc.discover.
 * It refuses nothing.
 */
#include <string.h>

#include "json_out.h"
#include "schema_parts.h"

void
schema_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_putc(b, *text == '\'' ? '"' : *text);
}

void
schema_name(struct buf *b, const char *word, const char *name)
{
	struct buf	text;

	buf_init(&text, 0);
	buf_printf(&text, "%s.%s", word, name);
	json_put_comma(b);
	json_put_string(b, text.p, text.n);
	buf_putc(b, ':');
	b->broken = b->broken || text.broken;
	buf_free(&text);
}

/* A name within a JSON Pointer within a URI. */
static void
put_escaped(struct buf *b, const char *name)
{
	static const char	plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	for (; *name != '\0'; name++) {
		if (*name == '~')
			buf_puts(b, "~0");
		else if (*name == '/')
			buf_puts(b, "~1");
		else if (strchr(plain, *name) != NULL)
			buf_putc(b, *name);
		else
			buf_printf(b, "%%%02X", (unsigned char)*name);
	}
}

void
schema_ref(struct buf *b, const char *word, const char *name)
{
	buf_printf(b, "{\"$ref\":\"#/components/schemas/%s.", word);
	put_escaped(b, name);
	schema_text(b, "'}");
}

void
schema_attribute_ref(struct buf *b, const struct model *m,
    const struct attribute *a)
{
	schema_text(b, "{'$ref':'#/components/schemas/attributes.");
	put_escaped(b, m->name);
	buf_puts(b, "/properties/");
	put_escaped(b, a->name);
	schema_text(b, "'}");
}

void
schema_model_ref(struct buf *b, const char *word, const struct model *m,
    enum access_class class)
{
	if (model_is_open(m, class))
		schema_ref(b, word, m->name);
	else
		buf_puts(b, "{}");
}

void
schema_list(struct buf *b, const char *word, const struct model *m,
    enum access_class class)
{
	schema_text(b, "{'type':'array','items':");
	schema_model_ref(b, word, m, class);
	buf_putc(b, '}');
}

void
schema_or_null(struct buf *b, const char *word, const struct model *m,
    enum access_class class)
{
	schema_text(b, "{'anyOf':[");
	schema_model_ref(b, word, m, class);
	schema_text(b, "," NULL_SCHEMA "]}");
}

void
schema_cell(struct buf *b, const struct column *c, enum schema_use use,
    bool is_null)
{
	if (!is_null) {
		schema_column(b, c, use);
		return;
	}
	schema_text(b, "{'anyOf':[");
	schema_column(b, c, use);
	schema_text(b, "," NULL_SCHEMA "]}");
}

const struct column *
schema_proxy_column(const struct proxy *proxy)
{
	return attribute_end(proxy->attribute)->column;
}

static void
object_attribute(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	const struct model	*target;
	bool			 is_list;

	if (a->kind == ATTRIBUTE_COLUMN) {
		if (a->is_password || a->column->write_only)
			return;
		json_put_key(b, a->name);
		schema_cell(b, a->column, SCHEMA_PRINTED, a->column->nullable);
		return;
	}
	json_put_key(b, a->name);
	target = a->kind == ATTRIBUTE_PROXY ? a->proxy->target :
	    a->relationship->target;
	is_list = a->kind == ATTRIBUTE_PROXY ? a->proxy->uselist :
	    a->relationship->uselist;
	if (is_list)
		schema_text(b, "{'type':'array','items':");
	if (target != NULL)
		schema_or_null(b, "object", target, class);
	else
		schema_cell(b, schema_proxy_column(a->proxy), SCHEMA_PRINTED,
		    true);
	if (is_list)
		buf_putc(b, '}');
}

static void
put_object(struct buf *b, const struct model *m, enum access_class class)
{
	size_t	i;

	schema_name(b, "object", m->name);
	schema_text(b, "{'type':'object','properties':{");
	for (i = 0; i < m->attributes.n; i++)
		if (!attribute_is_hidden(m->attributes.v[i], class))
			object_attribute(b, m->attributes.v[i], class);
	schema_text(b, "},'additionalProperties':false}");
}

/* {"a": …, "b": …}: all of these columns, and nothing else. */
static void
put_columns(struct buf *b, struct column *const *columns, size_t n)
{
	size_t	i;

	schema_text(b, "{'type':'object','properties':{");
	for (i = 0; i < n; i++) {
		json_put_key(b, columns[i]->name);
		schema_column(b, columns[i], SCHEMA_TAKEN);
	}
	schema_text(b, "},'required':[");
	for (i = 0; i < n; i++) {
		json_put_comma(b);
		json_put_text(b, columns[i]->name);
	}
	schema_text(b, "],'additionalProperties':false}");
}

static bool
has_hidden(struct column *const *columns, size_t n, enum access_class class)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (column_is_hidden(columns[i], class))
			return true;
	return false;
}

/* What tells this object from others: its key, or a unique set of columns. */
static void
put_which(struct buf *b, const struct model *m, enum access_class class)
{
	const struct table	*t = m->table;
	const struct unique	*u;
	size_t			 i;

	schema_ref(b, "key", m->name);
	if (!has_hidden(t->key.v, t->key.n, class)) {
		buf_putc(b, ',');
		put_columns(b, t->key.v, t->key.n);
	}
	for (i = 0; i < t->uniques.n; i++) {
		u = t->uniques.v[i];
		if (has_hidden(u->columns.v, u->columns.n, class))
			continue;
		buf_putc(b, ',');
		put_columns(b, u->columns.v, u->columns.n);
	}
}

/* A list of values; that of a key of one column may be left out. */
static void
put_key(struct buf *b, const struct model *m)
{
	const struct table	*t = m->table;
	size_t			 i;

	schema_name(b, "key", m->name);
	if (t->key.n == 1) {
		schema_text(b, "{'anyOf':[");
		schema_column(b, t->key.v[0], SCHEMA_TAKEN);
		buf_putc(b, ',');
	}
	schema_text(b, "{'type':'array','minItems':");
	buf_printf(b, "%zu", t->key.n);
	schema_text(b, ",'items':[");
	for (i = 0; i < t->key.n; i++) {
		json_put_comma(b);
		schema_column(b, t->key.v[i], SCHEMA_TAKEN);
	}
	schema_text(b, "],'additionalItems':false}");
	if (t->key.n == 1)
		buf_puts(b, "]}");
}

void
schema_form(struct buf *b, const char *word)
{
	schema_text(b, "{'type':'object','properties':{");
	json_put_key(b, word);
}

void
schema_form_end(struct buf *b, const char *word, const struct model *through,
    enum access_class class)
{
	if (through != NULL) {
		json_put_key(b, "$through");
		schema_model_ref(b, "values", through, class);
	}
	schema_text(b, "},'required':[");
	json_put_text(b, word);
	schema_text(b, "],'additionalProperties':false}");
}

void
schema_get(struct buf *b, const struct model *m, const struct model *through,
    enum access_class class)
{
	schema_form(b, "$get");
	schema_text(b, "{'anyOf':[");
	put_which(b, m, class);
	buf_puts(b, "]}");
	schema_form_end(b, "$get", through, class);
}

void
schema_label(struct buf *b, const struct model *through,
    enum access_class class)
{
	schema_form(b, "$ref");
	schema_text(b, "{'type':'string'}");
	schema_form_end(b, "$ref", through, class);
}

static void
put_existing(struct buf *b, const struct model *m, enum access_class class)
{
	schema_name(b, "existing", m->name);
	schema_text(b, "{'anyOf':[");
	schema_get(b, m, NULL, class);
	buf_putc(b, ',');
	schema_label(b, NULL, class);
	buf_puts(b, "]}");
	schema_name(b, "id", m->name);
	schema_text(b, "{'anyOf':[");
	put_which(b, m, class);
	buf_putc(b, ',');
	schema_ref(b, "existing", m->name);
	buf_puts(b, "]}");
}

void
schema_model(struct buf *b, const struct model *m, enum access_class class)
{
	put_object(b, m, class);
	put_key(b, m);
	put_existing(b, m, class);
	schema_values(b, m, class);
}
