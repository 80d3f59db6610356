/*
 * hello, ping, describe.  Called by request.c once a request's turn has come.
 */
#include <string.h>

#include "call.h"
#include "json_out.h"
#include "methods.h"

enum { PROTOCOL_VERSION = 1 };

static void
put_bool(struct buf *b, const char *key, bool value)
{
	json_put_key(b, key);
	buf_puts(b, value ? "true" : "false");
}

static void
put_int(struct buf *b, const char *key, int64_t value)
{
	json_put_key(b, key);
	json_put_int(b, value);
}

static void
put_text(struct buf *b, const char *key, const char *value)
{
	json_put_key(b, key);
	json_put_text(b, value);
}

static int
ping_run(struct ormd *ormd, const struct registry *registry,
    struct json *params, struct buf *b, struct error *err)
{
	(void)ormd;
	(void)registry;
	(void)params;
	(void)err;
	buf_puts(b, "{}");
	return 0;
}

static int
hello_run(struct ormd *ormd, const struct registry *registry,
    struct json *params, struct buf *b, struct error *err)
{
	const struct settings	*s = &ormd->settings;
	const char		*client;
	const struct path	 root = { NULL, NULL, 0 };
	size_t			 i;

	if (json_take_string(params, "client", &client, &root, err) == -1)
		return -1;
	buf_putc(b, '{');
	put_text(b, "server", "ormd");
	put_text(b, "version", PACKAGE_VERSION);
	put_int(b, "protocol", PROTOCOL_VERSION);
	json_put_key(b, "limits");
	buf_putc(b, '{');
	put_int(b, "max_line", (int64_t)s->max_line);
	put_int(b, "max_reply", (int64_t)s->max_reply);
	put_int(b, "max_depth", (int64_t)s->max_depth);
	put_int(b, "max_batch", (int64_t)s->max_batch);
	put_int(b, "max_in_flight", (int64_t)s->max_in_flight);
	buf_putc(b, '}');
	json_put_key(b, "models");
	buf_putc(b, '[');
	for (i = 0; i < registry->models.n; i++) {
		json_put_comma(b);
		json_put_text(b, registry->models.v[i]->name);
	}
	buf_putc(b, ']');
	put_bool(b, "auth", false);
	json_put_key(b, "user");
	buf_puts(b, "null}");
	return 0;
}

static void
column_describe(struct buf *b, const struct column *c, bool is_password)
{
	put_text(b, "kind", "column");
	if (is_password)
		put_bool(b, "password", true);
	put_text(b, "type", c->sql_type);
	put_bool(b, "nullable", c->nullable);
	if (c->primary_key)
		put_bool(b, "primary_key", true);
	if (c->generated || c->default_sql != NULL)
		put_bool(b, "default", true);
	if (c->read_only)
		put_bool(b, "read_only", true);
	if (c->write_only)
		put_bool(b, "write_only", true);
	if (c->fk != NULL && c->fk->target->model != NULL)
		put_text(b, "references", c->fk->target->model->name);
}

static void
cascade_describe(struct buf *b, unsigned cascade)
{
	static const struct {
		enum cascade	 bit;
		const char	*word;
	} words[] = {
		{ CASCADE_SAVE_UPDATE, "save-update" },
		{ CASCADE_MERGE, "merge" },
		{ CASCADE_REFRESH_EXPIRE, "refresh-expire" },
		{ CASCADE_EXPUNGE, "expunge" },
		{ CASCADE_DELETE, "delete" },
		{ CASCADE_DELETE_ORPHAN, "delete-orphan" },
	};
	size_t	i;

	json_put_key(b, "cascade");
	buf_putc(b, '[');
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cascade & words[i].bit) {
			json_put_comma(b);
			json_put_text(b, words[i].word);
		}
	buf_putc(b, ']');
}

static void
relationship_describe(struct buf *b, const struct relationship *rel)
{
	put_text(b, "kind", "relationship");
	put_text(b, "target", rel->target->name);
	put_bool(b, "list", rel->uselist);
	if (rel->back != NULL)
		put_text(b, "back_populates", rel->back->name);
	cascade_describe(b, rel->cascade);
	if (rel->viewonly)
		put_bool(b, "read_only", true);
}

static void
proxy_describe(struct buf *b, const struct proxy *proxy)
{
	put_text(b, "kind", "proxy");
	put_text(b, "through", proxy->through->name);
	put_text(b, "attribute", proxy->attribute->name);
	if (proxy->target != NULL)
		put_text(b, "target", proxy->target->name);
	put_bool(b, "list", proxy->uselist);
}

static void
model_describe(struct buf *b, const struct model *model)
{
	const struct attribute	*a;
	size_t			 i;

	json_put_key(b, model->name);
	buf_puts(b, "{\"key\":[");
	for (i = 0; i < model->table->key.n; i++) {
		json_put_comma(b);
		json_put_text(b, model->table->key.v[i]->name);
	}
	buf_puts(b, "],\"attributes\":{");
	for (i = 0; i < model->attributes.n; i++) {
		a = model->attributes.v[i];
		json_put_key(b, a->name);
		buf_putc(b, '{');
		switch (a->kind) {
		case ATTRIBUTE_COLUMN:
			column_describe(b, a->column, a->is_password);
			break;
		case ATTRIBUTE_RELATIONSHIP:
			relationship_describe(b, a->relationship);
			break;
		case ATTRIBUTE_PROXY:
			proxy_describe(b, a->proxy);
			break;
		}
		buf_putc(b, '}');
	}
	buf_puts(b, "},\"serialize_rules\":[");
	for (i = 0; i < model->rules.n; i++) {
		json_put_comma(b);
		json_put_text(b, model->rules.v[i]);
	}
	buf_puts(b, "]}");
}

static int
model_unknown(const struct registry *registry, const char *name,
    const struct path *path, struct error *err)
{
	struct arena	arena;

	arena_init(&arena, 0);
	unknown_model(&arena, registry, name, path, err);
	arena_release(&arena);
	return -1;
}

static int
describe_run(struct ormd *ormd, const struct registry *registry,
    struct json *params, struct buf *b, struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	const struct path	 at = { &root, "model", 0 };
	const struct model	*model = NULL;
	const char		*name;
	size_t			 i;
	int			 given;

	(void)ormd;
	given = json_take_string(params, "model", &name, &root, err);
	if (given == -1)
		return -1;
	if (given == 1 && (model = registry_model(registry, name)) == NULL)
		return model_unknown(registry, name, &at, err);
	buf_puts(b, "{\"models\":{");
	for (i = 0; i < registry->models.n; i++)
		if (model == NULL || model == registry->models.v[i])
			model_describe(b, registry->models.v[i]);
	buf_puts(b, "}}");
	return 0;
}

static const struct method methods[] = {
	{ "ping", true, { NULL }, ping_run },
	{ "hello", false, { "client", NULL }, hello_run },
	{ "describe", false, { "model", NULL }, describe_run },
};

const struct method *
method_find(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

const char *const *
method_names(void)
{
	static const char *const	names[] = { "ping", "hello",
	    "describe", "cancel", "get", "find", "count", "create", "update",
	    "delete", "merge", "append", "remove", "set", "transaction",
	    "preview", NULL };

	return names;
}
