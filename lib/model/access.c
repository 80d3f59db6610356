/*
 * Who may do what: "access" of a model, "hidden_from" and "read_only" of an
 * attribute.  Called by registry_load() once everything has a name and it is
 * known who the users are.  What it refuses: rules where nobody logs in, words
 * that are no principals, owners that do not lead to a user, and hiding what
 * clients need to name an object.
 */
#include <string.h>

#include "load.h"

enum {
	OWNER_STEPS_MOST = 8,
	PROXY_HOPS_MOST = 64,		/* proxy.c has refused circles */
	CLASSES_ALL = (1 << CLASSES) - 1
};

const char *const	access_op_names[ACCESS_OPS] = {
	[ACCESS_READ] = "read",
	[ACCESS_CREATE] = "create",
	[ACCESS_UPDATE] = "update",
	[ACCESS_DELETE] = "delete"
};

const char *const	principal_names[] = { "anyone", "user", "owner",
	"admin", NULL };

static const char *const	access_keys[] = { "owner", "read", "create",
	"update", "delete", NULL };

/*
 * A list of principals as bits, of those in `allowed'.  1; 0: it is not there;
 * -1.
 */
static int
take_principals(struct loader *l, struct json *v, const char *name,
    unsigned allowed, unsigned *bits, const struct path *path)
{
	struct path	 here = { path, name, 0 }, at = { &here, NULL, 0 };
	struct json	*list;
	const char	*word;
	size_t		 i, k;
	int		 r;

	if ((r = loader_strings(l, v, name, &list, path)) != 1)
		return r;
	*bits = 0;
	for (i = 0; i < json_length(list); i++) {
		word = json_string(json_at(list, i));
		at.index = (int)i;
		for (k = 0; principal_names[k] != NULL &&
		    strcmp(principal_names[k], word) != 0; k++)
			;
		if (principal_names[k] == NULL) {
			refuse(l, ERROR_INVALID_VALUE, &at,
			    "%s is no principal", word);
			return hint(l, "anyone, user, owner or admin");
		}
		if (!(allowed & 1u << k)) {
			refuse(l, ERROR_INVALID_VALUE, &at,
			    "%s cannot name the %s", name, word);
			return hint(l, "it is the same for all rows: anyone "
			    "or user");
		}
		*bits |= 1u << k;
	}
	return 1;
}

/* The next step of an owner's path, from *m on. */
static int
owner_step(struct loader *l, struct access *access, const struct model **m,
    const char *name, const struct path *path)
{
	const struct attribute	*a = model_attribute(*m, name);

	if (a == NULL) {
		refuse(l, ERROR_INVALID_VALUE, path, "%s has no attribute %s",
		    (*m)->name, name);
		return hint_map(l, name, &(*m)->by_name);
	}
	if (a->kind != ATTRIBUTE_RELATIONSHIP ||
	    a->relationship->direction != MANY_TO_ONE) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s.%s does not lead to one object", (*m)->name, name);
		return hint(l, "each step to the owner is a many-to-one "
		    "relationship");
	}
	if (access->owner.n == OWNER_STEPS_MOST)
		return refuse(l, ERROR_LIMIT, path,
		    "an owner is at most %d steps away", OWNER_STEPS_MOST);
	*m = a->relationship->target;
	return vec_push(l->a, &access->owner, a->relationship) == -1 ?
	    nomem(l) : 0;
}

/* "owner": "self", or relationships separated by dots. */
static int
load_owner(struct loader *l, struct model *model, struct json *v,
    const struct path *path)
{
	struct path		 here = { path, "owner", 0 };
	struct access		*access = &model->access;
	const struct model	*m = model;
	const char		*text;
	char			*word, *dot;
	int			 r;

	r = json_take_string(v, "owner", &text, path, l->err);
	if (r != 1)
		return r;
	access->is_owned = true;
	if (strcmp(text, "self") == 0) {
		if (model == l->r->auth->model)
			return 0;
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "only a %s is its own owner", l->r->auth->model->name);
		return hint(l, "name the relationship that leads to one");
	}
	if ((word = arena_strdup(l->a, text)) == NULL)
		return nomem(l);
	for (; word != NULL; word = dot) {
		if ((dot = strchr(word, '.')) != NULL)
			*dot++ = '\0';
		if (owner_step(l, access, &m, word, &here) == -1)
			return -1;
	}
	if (m == l->r->auth->model)
		return 0;
	refuse(l, ERROR_INVALID_VALUE, &here, "%s leads to a %s and not to "
	    "a %s, who could log in", text, m->name, l->r->auth->model->name);
	return hint(l, "go on with a dot and a relationship of %s", m->name);
}

/* What a list of principals means for those who are no admins. */
static void
rights_set(struct access *access, enum access_op op, unsigned bits)
{
	access->principals[op] = bits;
	access->rights[CLASS_ANYONE][op] = bits & PRINCIPAL_ANYONE ?
	    RIGHT_ANY : RIGHT_NONE;
	access->rights[CLASS_USER][op] =
	    bits & (PRINCIPAL_ANYONE | PRINCIPAL_USER) ? RIGHT_ANY :
	    bits & PRINCIPAL_OWNER ? RIGHT_OWN : RIGHT_NONE;
}

/* To change what one cannot see: nobody could name it. */
static int
warn_unseen(struct loader *l, const struct access *access,
    const struct path *path)
{
	int	i, k;

	for (i = CLASS_USER; i <= CLASS_ANYONE; i++)
		for (k = ACCESS_UPDATE; k <= ACCESS_DELETE; k++) {
			struct path	here = { path, access_op_names[k], 0 };

			if (access->rights[i][k] <=
			    access->rights[i][ACCESS_READ])
				continue;
			return warn(l, &here, "let them read these rows, too",
			    "%s is for more rows than read, and what clients "
			    "do not see they cannot name",
			    access_op_names[k]);
		}
	return 0;
}

static int
load_rules(struct loader *l, struct model *m, struct json *v,
    const struct path *path)
{
	const unsigned	allowed = PRINCIPAL_ANYONE | PRINCIPAL_USER |
			    PRINCIPAL_OWNER | PRINCIPAL_ADMIN;
	unsigned	bits;
	int		i, r;

	if (json_allow(v, access_keys, path, l->err) == -1 ||
	    load_owner(l, m, v, path) == -1)
		return -1;
	for (i = 0; i < ACCESS_OPS; i++) {
		struct path	here = { path, access_op_names[i], 0 };

		r = take_principals(l, v, access_op_names[i], allowed, &bits,
		    path);
		if (r == -1)
			return -1;
		if (r == 0)
			continue;
		if (bits & PRINCIPAL_OWNER && !m->access.is_owned) {
			refuse(l, ERROR_INVALID_VALUE, &here,
			    "nothing says who the owner is");
			return hint(l, "\"owner\": the relationship that "
			    "leads to the user, or \"self\"");
		}
		rights_set(&m->access, (enum access_op)i, bits);
	}
	return warn_unseen(l, &m->access, path);
}

static int
no_users(struct loader *l, const struct path *path)
{
	refuse(l, ERROR_INVALID_VALUE, path,
	    "without users there is nobody whom rules could tell apart");
	return hint(l, "say in \"auth\" who the users are");
}

/* Whom a principal stands for, and all who have fewer rights. */
static unsigned
classes_below(unsigned principals)
{
	if (principals & PRINCIPAL_USER)
		return 1u << CLASS_USER | 1u << CLASS_ANYONE;
	return principals & PRINCIPAL_ANYONE ? 1u << CLASS_ANYONE : 0;
}

/* Does this column tell one object from another? */
static bool
is_key(const struct attribute *a)
{
	return a->kind == ATTRIBUTE_COLUMN && a->column->primary_key;
}

static int
load_attribute_rules(struct loader *l, struct attribute *a, struct json *v,
    const struct path *path)
{
	const unsigned	 allowed = PRINCIPAL_ANYONE | PRINCIPAL_USER;
	struct path	 hidden = { path, "hidden_from", 0 };
	struct path	 frozen = { path, "read_only", 0 };
	struct json	*read_only = json_member(v, "read_only");
	/* What the database computes is so by itself. */
	const bool	 computed = a->kind == ATTRIBUTE_COLUMN &&
			    a->column->computed_sql != NULL;
	bool		 always = false;
	unsigned	 bits;
	int		 r;

	r = take_principals(l, v, "hidden_from", allowed, &bits, path);
	if (r == -1)
		return -1;
	if (r == 1) {
		if (l->r->auth == NULL)
			return no_users(l, &hidden);
		if (is_key(a))
			return refuse(l, ERROR_INVALID_VALUE, &hidden,
			    "%s is part of the key, by which clients name "
			    "objects", a->name);
		a->hidden_from = classes_below(bits);
		if (a->kind == ATTRIBUTE_COLUMN)
			a->column->hidden_from = a->hidden_from;
	}
	if (!json_is_list(read_only)) {
		if (json_take_bool(v, "read_only", &always, path,
		    l->err) == -1)
			return -1;
		a->frozen_for = always || computed ? CLASSES_ALL : 0;
		return 0;
	}
	if (l->r->auth == NULL)
		return no_users(l, &frozen);
	if (take_principals(l, v, "read_only", allowed, &bits, path) == -1)
		return -1;
	a->frozen_for = computed ? CLASSES_ALL : classes_below(bits);
	return 0;
}

/* The rules of a model's attributes of one kind. */
static int
load_section(struct loader *l, const struct model *m, struct json *v,
    const char *section, const struct path *path)
{
	struct path		 in = { path, section, 0 };
	struct attribute	*a;

	json_each(json_member(v, section), key, value) {
		struct path	here = { &in, key, 0 };

		/* A private column is none: it is hidden from all. */
		if ((a = model_attribute(m, key)) != NULL &&
		    !a->is_password &&
		    load_attribute_rules(l, a, value, &here) == -1)
			return -1;
	}
	return 0;
}

static int
load_model_access(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path	 here = { path, "access", 0 };
	struct model	*m = registry_model(l->r, name);
	struct json	*access;
	int		 i, r;

	for (i = 0; i < ACCESS_OPS; i++)
		m->access.rights[CLASS_ADMIN][i] = RIGHT_ANY;
	m->access.applies = l->r->auth != NULL;
	r = json_take_object(v, "access", &access, path, l->err);
	if (r == -1)
		return -1;
	if (r == 1 && l->r->auth == NULL)
		return no_users(l, &here);
	if (r == 1 && load_rules(l, m, access, &here) == -1)
		return -1;
	return load_section(l, m, v, "columns", path) == -1 ||
	    load_section(l, m, v, "relationships", path) == -1 ||
	    load_section(l, m, v, "association_proxies", path) == -1 ? -1 : 0;
}

/* Whoever may write the role could make himself an admin. */
static void
freeze_role(const struct registry *r)
{
	const struct model	*m;
	size_t			 i;

	if (r->auth == NULL || r->auth->role == NULL)
		return;
	m = r->auth->model;
	for (i = 0; i < m->attributes.n; i++)
		if (m->attributes.v[i]->column == r->auth->role)
			m->attributes.v[i]->frozen_for |= 1u << CLASS_USER |
			    1u << CLASS_ANYONE;
}

/* A proxy shows, and writes, no more than what it goes through. */
static void
proxy_inherit(struct attribute *a, int hops)
{
	const struct proxy	*p = a->proxy;
	struct attribute	*through;

	if (hops > PROXY_HOPS_MOST)
		return;
	if (p->attribute->kind == ATTRIBUTE_PROXY)
		proxy_inherit(p->attribute, hops + 1);
	through = model_attribute(p->model, p->through->name);
	a->hidden_from |= through->hidden_from | p->attribute->hidden_from;
	a->frozen_for |= through->frozen_for | p->attribute->frozen_for;
}

/* Who writes the foreign key that leads to the user chooses the owner. */
static void
mark_owner(const struct model *m)
{
	const struct relationship	*last;
	struct table			*t;
	size_t				 i;

	if (m->access.owner.n == 0)
		return;
	last = m->access.owner.v[m->access.owner.n - 1];
	t = last->model->table;
	for (i = 0; i < t->fks.n; i++)
		if (t->fks.v[i] == last->fk)
			t->fks.v[i]->leads_to_owner = true;
}

int
load_access(struct loader *l)
{
	const struct model	*m;
	size_t			 i, k;

	if (loader_each(l, "models", load_model_access) == -1)
		return -1;
	freeze_role(l->r);
	for (i = 0; i < l->r->models.n; i++) {
		m = l->r->models.v[i];
		mark_owner(m);
		for (k = 0; k < m->attributes.n; k++)
			if (m->attributes.v[k]->kind == ATTRIBUTE_PROXY)
				proxy_inherit(m->attributes.v[k], 0);
	}
	return 0;
}
