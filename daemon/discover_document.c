/*
 * Writes the OpenRPC document.  Called by methods.c for rpc.discover, once for
 * each registry.  It refuses nothing.
 *
 * Names in #/components/schemas: "params.create" and "result.create" of the
 * methods, those of schema.h of the models, and a few that stand alone.
 */
#include "discover_parts.h"
#include "json_out.h"
#include "where.h"

#define OPENRPC		"1.3.2"

/* Where the schema of a parameter is. */
static void
put_param_ref(struct buf *b, const char *method, const char *name)
{
	schema_text(b, "{'$ref':'#/components/schemas/params.");
	buf_printf(b, "%s/properties/%s\"}", method, name);
}

static void
put_descriptor(struct buf *b, const char *method, const char *name)
{
	const struct param_words	*w = discover_param(method, name);

	json_put_comma(b);
	buf_putc(b, '{');
	json_put_member_text(b, "name", name);
	if (w != NULL) {
		json_put_member_text(b, "summary", w->summary);
		json_put_member_bool(b, "required", w->required);
	}
	json_put_key(b, "schema");
	put_param_ref(b, method, name);
	buf_putc(b, '}');
}

static void
put_method(struct buf *b, const struct call_method *m)
{
	const struct method_words	*w = discover_method(m->name);
	struct param_list		 p = discover_params_of(m);
	const char			*name;
	size_t				 i;

	json_put_comma(b);
	buf_putc(b, '{');
	json_put_member_text(b, "name", m->name);
	if (w != NULL)
		json_put_member_text(b, "summary", w->summary);
	json_put_member_text(b, "paramStructure", "by-name");
	schema_text(b, ",'params':[");
	for (i = 0; (name = discover_param_in(&p, i)) != NULL; i++)
		put_descriptor(b, m->name, name);
	schema_text(b, "],'result':{'name':'result','schema':");
	schema_ref(b, "result", m->name);
	schema_text(b, "},'errors':");
	discover_error_refs(b);
	buf_putc(b, '}');
}

/* Schemas of no model and no method. */
static void
put_common(struct buf *b, const struct registry *r, enum access_class class)
{
	size_t	i;

	json_put_key(b, "model");
	schema_text(b, "{'enum':[");
	for (i = 0; i < r->models.n; i++)
		if (model_is_open(r->models.v[i], class)) {
			json_put_comma(b);
			json_put_text(b, r->models.v[i]->name);
		}
	buf_puts(b, "]}");
	json_put_key(b, "object");
	schema_text(b, "{'anyOf':[");
	for (i = 0; i < r->models.n; i++)
		if (model_is_open(r->models.v[i], class)) {
			json_put_comma(b);
			schema_ref(b, "object", r->models.v[i]->name);
		}
	json_put_comma(b);
	buf_puts(b, "false]}");		/* a list is not empty */
	json_put_key(b, "key");
	schema_text(b, "{'type':['integer','number','string','boolean',"
	    "'array']}");
	json_put_key(b, "changes");
	schema_text(b, "{'type':'object','properties':{'count':{'type':"
	    "'integer','minimum':1},'keys':{'type':'array'},'rules':{'type':"
	    "'object','additionalProperties':{'type':'integer'}}},"
	    "'required':['count','keys','rules'],"
	    "'additionalProperties':false}");
	json_put_key(b, "load");
	schema_text(b, "{'type':'object','additionalProperties':{'type':"
	    "'object','properties':{'where':{'type':'object'},'order_by':{"
	    "'type':'array','items':{'type':'string'}},'limit':{'type':"
	    "'integer','minimum':1},'load':{'$ref':"
	    "'#/components/schemas/load'}},'additionalProperties':false}}");
	json_put_key(b, "ops");
	schema_text(b, "{'type':'array','items':{'type':'object',"
	    "'properties':{'method':{'type':'string'},'params':{'type':"
	    "'object'},'as':{'type':['string','null']}},'required':['method',"
	    "'params'],'additionalProperties':false,'allOf':[");
	discover_inner(b, false);
	buf_puts(b, "]}}");
	discover_error_schema(b);
}

static bool
is_there(const struct call_method *m, const struct registry *r)
{
	const struct method_words	*w = discover_method(m->name);

	return r->auth != NULL || w == NULL || !w->for_users;
}

void
discover_write(struct buf *b, const struct registry *r,
    enum access_class class, bool (*method_at)(size_t, struct call_method *))
{
	const struct method_words	*w;
	struct call_method		 m;
	size_t				 i;

	schema_text(b, "{'openrpc':'" OPENRPC "','info':{'title':'ormd',"
	    "'version':'" PACKAGE_VERSION "','description':'JSON-RPC 2.0, one "
	    "message per line.  The schema params.X is for the params of the "
	    "method X as a whole, and object.M for an object of the model M "
	    "in a result.'},'methods':[");
	for (i = 0; method_at(i, &m); i++)
		if (is_there(&m, r))
			put_method(b, &m);
	schema_text(b, "],'components':{'schemas':{");
	put_common(b, r, class);
	for (i = 0; method_at(i, &m); i++) {
		if (!is_there(&m, r))
			continue;
		discover_params(b, &m, r, class);
		schema_name(b, "result", m.name);
		w = discover_method(m.name);
		discover_schema(b, w == NULL ? "{}" : w->result, 0);
	}
	schema_types(b);
	for (i = 0; i < r->models.n; i++) {
		if (!model_is_open(r->models.v[i], class))
			continue;
		schema_model(b, r->models.v[i], class);
		where_schema(b, r->models.v[i], class);
		discover_items(b, r->models.v[i], class);
	}
	schema_text(b, "},'errors':{");
	discover_errors(b);
	buf_puts(b, "}}}");
}
