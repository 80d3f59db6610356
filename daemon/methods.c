/*
 * hello, ping, describe, rpc.discover.  Called by request once a request's
 * turn has come.
 */
#include <string.h>
#include <strings.h>

#include "describe.h"
#include "discover.h"
#include "json_out.h"
#include "methods.h"

enum { PROTOCOL_VERSION = 1 };

static int
ping_run(struct ormd *ormd, struct ormd_model *model,
    const struct who *who, struct json *params, struct buf *b,
    struct error *err)
{
	(void)ormd;
	(void)model;
	(void)who;
	(void)params;
	(void)err;
	buf_puts(b, "{}");
	return 0;
}

/* What such a client may be told of the models. */
static enum access_class
class_of(const struct registry *registry, const struct who *who)
{
	if (registry->auth == NULL)
		return CLASS_ADMIN;
	if (who->state != WHO_USER)
		return CLASS_ANYONE;
	return who->admin ? CLASS_ADMIN : CLASS_USER;
}

static int
hello_run(struct ormd *ormd, struct ormd_model *model,
    const struct who *who, struct json *params, struct buf *b,
    struct error *err)
{
	const struct registry	*registry = model->registry;
	const struct settings	*s = &ormd->settings;
	const char		*client;
	const struct path	 root = { NULL, NULL, 0 };
	size_t			 i;

	if (json_take_string(params, "client", &client, &root, err) == -1)
		return -1;
	buf_putc(b, '{');
	json_put_member_text(b, "server", "ormd");
	json_put_member_text(b, "version", PACKAGE_VERSION);
	json_put_member_int(b, "protocol", PROTOCOL_VERSION);
	json_put_key(b, "limits");
	buf_putc(b, '{');
	json_put_member_int(b, "max_line", (int64_t)who_max_line(who, ormd));
	json_put_member_int(b, "max_reply", (int64_t)s->max_reply);
	json_put_member_int(b, "max_depth", (int64_t)s->max_depth);
	json_put_member_int(b, "max_batch", (int64_t)s->max_batch);
	json_put_member_int(b, "max_in_flight", (int64_t)s->max_in_flight);
	json_put_member_int(b, "max_in", (int64_t)s->max_in);
	buf_putc(b, '}');
	json_put_key(b, "models");
	buf_putc(b, '[');
	for (i = 0; i < registry->models.n; i++)
		if (model_is_open(registry->models.v[i],
		    class_of(registry, who))) {
			json_put_comma(b);
			json_put_text(b, registry->models.v[i]->name);
		}
	buf_putc(b, ']');
	json_put_member_bool(b, "auth", registry->auth != NULL);
	if (registry->auth != NULL)
		who_print(b, who);
	else {
		json_put_key(b, "user");
		buf_puts(b, "null");
	}
	buf_putc(b, '}');
	return 0;
}

static int
model_unknown(const struct registry *registry, enum access_class class,
    const char *name, const struct path *path, struct error *err)
{
	struct arena	arena;

	arena_init(&arena, 0);
	unknown_model(&arena, registry, class, name, path, err);
	arena_release(&arena);
	return -1;
}

static int
describe_run(struct ormd *ormd, struct ormd_model *model,
    const struct who *who, struct json *params, struct buf *b,
    struct error *err)
{
	const struct path	 root = { NULL, NULL, 0 };
	const struct path	 at = { &root, "model", 0 };
	const struct registry	*registry = model->registry;
	const enum access_class	 class = class_of(registry, who);
	const struct model	*one = NULL, *m;
	const char		*name;
	size_t			 i;
	int			 given;

	(void)ormd;
	given = json_take_string(params, "model", &name, &root, err);
	if (given == -1)
		return -1;
	if (given == 1 && ((one = registry_model(registry, name)) == NULL ||
	    !model_is_open(one, class)))
		return model_unknown(registry, class, name, &at, err);
	buf_puts(b, "{\"models\":{");
	for (i = 0; i < registry->models.n; i++) {
		m = registry->models.v[i];
		if ((one == NULL || one == m) && model_is_open(m, class)) {
			json_put_key(b, m->name);
			describe_model(b, m, class);
		}
	}
	buf_puts(b, "}}");
	return 0;
}

static int
discover_run(struct ormd *ormd, struct ormd_model *model,
    const struct who *who, struct json *params, struct buf *b,
    struct error *err)
{
	const enum access_class	 class = class_of(model->registry, who);
	struct buf		*document = &model->documents[class];

	(void)ormd;
	(void)params;
	if (document->n == 0)
		discover_write(document, model->registry, class, method_at);
	if (document->broken) {
		buf_free(document);
		return error_nomem(err);
	}
	if (b->limit != 0 && document->n > b->limit) {
		error_set(err, ERROR_LIMIT, NULL,
		    "the document is longer than max_reply");
		return error_hint(err, "describe tells of one model");
	}
	buf_add(b, document->p, document->n);
	return 0;
}

static const struct method methods[] = {
	{ "ping", true, { NULL }, ping_run },
	{ "hello", false, { "client", NULL }, hello_run },
	{ "describe", false, { "model", NULL }, describe_run },
	{ "rpc.discover", false, { NULL }, discover_run },
	{ "cancel", true, { "id", NULL }, NULL },
	{ "login", false, { "username", "password", "token", NULL }, NULL },
	{ "logout", false, { "all", NULL }, NULL },
};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

const struct method *
method_find(const char *name)
{
	size_t	i;

	for (i = 0; i < METHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

bool
method_at(size_t i, struct call_method *m)
{
	if (i >= METHODS)
		return call_method(i - METHODS, m);
	*m = (struct call_method){ methods[i].name, methods[i].params, false };
	return true;
}

const char *
method_meant(const char *name)
{
	/* What other interfaces call them. */
	static const struct {
		const char	*word, *method;
	} words[] = {
		{ "select", "find" }, { "list", "find" }, { "query", "find" },
		{ "search", "find" }, { "all", "find" }, { "filter", "find" },
		{ "insert", "create" }, { "add", "create" },
		{ "new", "create" }, { "post", "create" },
		{ "save", "create" }, { "put", "update" },
		{ "patch", "update" }, { "edit", "update" },
		{ "destroy", "delete" }, { "drop", "delete" },
		{ "read", "get" }, { "fetch", "get" }, { "show", "get" },
		{ "upsert", "merge" }, { "group", "aggregate" },
		{ "link", "append" }, { "unlink", "remove" },
		{ "begin", "transaction" }, { "batch", "transaction" },
		{ "schema", "describe" }, { "models", "describe" },
		{ "help", "describe" }, { "system.listMethods", "rpc.discover" }
	};
	size_t	i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i].word, name) == 0)
			return words[i].method;
	return NULL;
}
