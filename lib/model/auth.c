/*
 * Who the users are: "auth" of a model file, and "password" of a model, an
 * attribute that is written and stored as a hash.  Called by registry_load()
 * when tables, keys and proxies are there, so no proxy and no creator can name
 * a password.  It refuses passwords in columns that clients could see or that
 * would cut a hash, logins that several users could share, and users whose key
 * is not one column.
 */
#include <string.h>

#include "load.h"
#include "value.h"

/* Of the column that holds a hash: none of those that are made is longer. */
enum { HASH_LONGEST = 128 };

static const char *const auth_keys[] = { "model", "login", "password", "role",
	"admin", NULL };
static const char *const password_keys[] = { "attribute", "column", NULL };

/* The string member `name' of v, which has to be there. */
static int
take_word(struct loader *l, struct json *v, const char *name,
    const char **word, const struct path *path)
{
	struct path	here = { path, name, 0 };

	switch (json_take_string(v, name, word, path, l->err)) {
	case 1:
		return 0;
	case 0:
		return refuse(l, ERROR_REQUIRED, &here, "%s is missing", name);
	}
	return -1;
}

/* The member `name' of v as a column of the table; NULL with err set. */
static struct column *
take_column(struct loader *l, struct table *t, struct json *v,
    const char *name, const struct path *path)
{
	struct path	 here = { path, name, 0 };
	const char	*word = NULL;
	struct column	*c;

	if (take_word(l, v, name, &word, path) == -1 ||
	    (c = resolve_column(l, t, word, &here)) == NULL)
		return NULL;
	if (c->table == t)
		return c;
	refuse(l, ERROR_INVALID_VALUE, &here, "%s is not a column of %s",
	    word, t->name);
	return NULL;
}

static bool
holds_hashes(const struct column *c)
{
	return c->type->id == TYPE_TEXT || (c->type->id == TYPE_VARCHAR &&
	    (c->length == 0 || c->length >= HASH_LONGEST));
}

/* Makes the attribute by which clients write the password in this column. */
static int
add_password(struct loader *l, struct model *m, const char *name,
    struct column *c, const struct path *column_path,
    const struct path *name_path)
{
	struct attribute	*attribute;

	if (!c->is_private) {
		refuse(l, ERROR_INVALID_VALUE, column_path,
		    "%s holds hashes of passwords and is not private",
		    c->name);
		return hint(l, "\"private\": true, or call it _%s", c->name);
	}
	if (!holds_hashes(c)) {
		refuse(l, ERROR_INVALID_VALUE, column_path,
		    "%s has no room for hashes of passwords", c->name);
		return hint(l, "make it text");
	}
	if (c->primary_key || c->fk != NULL || c->default_sql != NULL)
		return refuse(l, ERROR_INVALID_VALUE, column_path,
		    "%s holds hashes of passwords: it is no key and has no "
		    "default", c->name);
	if ((attribute = arena_alloc(l->a, sizeof(*attribute))) == NULL)
		return nomem(l);
	attribute->name = name;
	attribute->kind = ATTRIBUTE_COLUMN;
	attribute->column = c;
	attribute->is_password = true;
	c->write_only = true;
	m->password = attribute;
	return load_attribute(l, m, attribute, name_path);
}

/* "password": {"attribute": …, "column": …} of a model. */
static int
load_password(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "password", 0 };
	struct path	 column_path = { &here, "column", 0 };
	struct path	 name_path = { &here, "attribute", 0 };
	struct model	*m = registry_model(l->r, name);
	const char	*attribute = "password";
	struct json	*password;
	struct column	*c;
	int		 r;

	r = json_take_object(v, "password", &password, path, l->err);
	if (r != 1)
		return r;
	if (json_allow(password, password_keys, &here, l->err) == -1 ||
	    json_take_string(password, "attribute", &attribute, &here,
	    l->err) == -1 ||
	    (c = take_column(l, m->table, password, "column", &here)) == NULL)
		return -1;
	return add_password(l, m, attribute, c, &column_path, &name_path);
}

/* Does this column alone tell one row from another? */
static bool
is_unique(const struct column *c)
{
	const struct table	*t = c->table;
	size_t			 i;

	if (t->key.n == 1 && t->key.v[0] == c)
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (t->uniques.v[i]->columns.n == 1 &&
		    t->uniques.v[i]->columns.v[0] == c)
			return true;
	return false;
}

static int
load_login(struct loader *l, struct auth *auth, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "login", 0 };
	struct column	*c;

	c = take_column(l, auth->model->table, v, "login", path);
	if (c == NULL)
		return -1;
	if (c->is_private || c->type->json != JSON_STRING ||
	    c->element != NULL)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s is no text that users could type", c->name);
	if (!is_unique(c)) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "several users could have the same %s", c->name);
		return hint(l, "\"unique\": true");
	}
	auth->login = c;
	return 0;
}

/* The password of users: that of the model, or made here. */
static int
load_auth_password(struct loader *l, struct auth *auth, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "password", 0 };
	struct model	*m = auth->model;
	struct column	*c;

	if (!json_has(v, "password") && m->password != NULL) {
		auth->password = m->password->column;
		return 0;
	}
	if ((c = take_column(l, m->table, v, "password", path)) == NULL)
		return -1;
	if (m->password == NULL &&
	    add_password(l, m, "password", c, &here, &here) == -1)
		return -1;
	if (m->password->column != c)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "the password of %s is in %s", m->name,
		    m->password->column->name);
	auth->password = c;
	return 0;
}

/* "role": the column, and "admin": what it says of admins. */
static int
load_role(struct loader *l, struct auth *auth, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "role", 0 };
	struct path	 admin_path = { path, "admin", 0 };
	struct column	*c;
	struct json	*yes;
	struct cell	*cell;

	if (!json_has(v, "role") && json_has(v, "admin"))
		return refuse(l, ERROR_REQUIRED, &here,
		    "admin says what a role column holds, and role is "
		    "missing");
	if (!json_has(v, "role"))
		return 0;
	c = take_column(l, auth->model->table, v, "role", path);
	yes = arena_alloc(l->a, sizeof(*yes));
	cell = arena_alloc(l->a, sizeof(*cell));
	if (c == NULL)
		return -1;
	if (yes == NULL || cell == NULL)
		return nomem(l);
	if (c == auth->password || c == auth->login || c->primary_key)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s cannot be the role, too", c->name);
	/* Relationships could write it, from either end. */
	if (column_refers(c))
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s is a foreign key", c->name);
	if (c->element != NULL || c->type->json == JSON_RAW)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s is not one plain value", c->name);
	yes->sort = JSON_SORT_BOOLEAN;
	yes->boolean = true;
	if (json_has(v, "admin"))
		yes = json_member(v, "admin");
	else if (c->type->json != JSON_BOOLEAN) {
		refuse(l, ERROR_REQUIRED, &admin_path,
		    "nothing says which %s admins have", c->name);
		return hint(l, "\"admin\": the value of %s", c->name);
	}
	if (yes == NULL)
		return refuse(l, ERROR_INVALID_VALUE, &admin_path,
		    "admins have a %s that is not null", c->name);
	auth->role = c;
	auth->admin = cell;
	return value_from_json(l->a, c, yes, cell, &admin_path, l->err);
}

static int
load_users(struct loader *l, struct auth *auth, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "model", 0 };
	const char	*name = NULL;

	if (take_word(l, v, "model", &name, path) == -1)
		return -1;
	if ((auth->model = registry_model(l->r, name)) == NULL) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "there is no model %s in this file", name);
		return hint_map(l, name, &l->r->models_by_name);
	}
	if (auth->model->table->key.n != 1)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "users are known by a key of one column, and %s has one "
		    "of %zu", name, auth->model->table->key.n);
	auth->key = auth->model->table->key.v[0];
	return 0;
}

int
load_auth(struct loader *l)
{
	struct path	 root = { NULL, NULL, 0 };
	struct path	 here = { &root, "auth", 0 };
	struct auth	*auth;
	struct json	*v;
	int		 r;

	if (loader_each(l, "models", load_password) == -1)
		return -1;
	if ((r = json_take_object(l->file, "auth", &v, &root, l->err)) != 1)
		return r;
	if ((auth = arena_alloc(l->a, sizeof(*auth))) == NULL)
		return nomem(l);
	if (json_allow(v, auth_keys, &here, l->err) == -1 ||
	    load_users(l, auth, v, &here) == -1 ||
	    load_login(l, auth, v, &here) == -1 ||
	    load_auth_password(l, auth, v, &here) == -1 ||
	    load_role(l, auth, v, &here) == -1)
		return -1;
	l->r->auth = auth;
	return 0;
}
