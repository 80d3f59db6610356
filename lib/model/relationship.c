/*
 * Third pass over a model file: relationships.  Each finds its foreign key (or
 * its association table) and with it its direction; then both ends of
 * back_populates have to name each other.  Called by registry_load().  It
 * refuses what leads nowhere, what could lead two ways, and options that do
 * not go with the direction (rules C1, O7, O9, M3 and M4).
 */
#include <string.h>

#include "load.h"

static const char *const relationship_keys[] = { "target", "back_populates",
	"cascade", "uselist", "secondary", "foreign_keys", "collection",
	"passive_updates", "remote_side", "passive_deletes", "single_parent",
	"order_by", "post_update", "viewonly", "crosses_owners", "hidden_from",
	"read_only", NULL };

/* A foreign key that could carry a relationship, and in which direction. */
struct candidate {
	const struct foreign_key	*fk;
	enum direction			 direction;
};

/* Columns that the relationship names; none: n == 0. */
struct chosen {
	struct column	**v;
	size_t		  n;
};

struct candidates {
	VEC(struct candidate)	 found;
	struct chosen		 fks;		/* "foreign_keys" */
	struct chosen		 remote_side;
};

/* Are these the chosen columns, in any order? */
static bool
are_chosen(const struct chosen *chosen, struct column *const *columns,
    size_t n)
{
	size_t	i, j;

	if (chosen->n != n)
		return false;
	for (i = 0; i < n; i++) {
		for (j = 0; j < n && columns[j] != chosen->v[i]; j++)
			;
		if (j == n)
			return false;
	}
	return true;
}

/* Takes the foreign key as a candidate, if the relationship's words allow. */
static int
consider(struct loader *l, struct candidates *c, const struct foreign_key *fk,
    enum direction direction)
{
	struct candidate	 candidate = { fk, direction };

	if (c->fks.n > 0 &&
	    !are_chosen(&c->fks, fk->columns.v, fk->columns.n))
		return 0;
	if (c->remote_side.n > 0 && !(direction == MANY_TO_ONE ?
	    are_chosen(&c->remote_side, fk->references.v, fk->references.n) :
	    are_chosen(&c->remote_side, fk->columns.v, fk->columns.n)))
		return 0;
	return vec_push(l->a, &c->found, candidate) == -1 ? nomem(l) : 0;
}

/* A list of columns that may be absent. */
static int
take_chosen(struct loader *l, struct json *v, const char *name,
    struct table *t, struct chosen *to, const struct path *path)
{
	struct path		 here = { path, name, 0 };
	struct json	*list;
	int			 r;

	if ((r = json_take_array(v, name, &list, path, l->err)) != 1)
		return r;
	return resolve_columns(l, t, list, &to->v, &to->n, &here);
}

/* "foreign_keys": ["a.x"] or "a.x and a.y", for a hint. */
static const char *
fk_words(struct loader *l, const struct foreign_key *fk)
{
	const char	*words = "";
	size_t		 i;

	for (i = 0; i < fk->columns.n && words != NULL; i++)
		words = arena_printf(l->a, "%s%s\"%s.%s\"", words,
		    i == 0 ? "" : ", ", fk->table->name,
		    fk->columns.v[i]->name);
	return words == NULL ? "" : words;
}

static int
refuse_none(struct loader *l, const struct relationship *r,
    const struct candidates *c, const struct path *path)
{
	struct path	 at_fks = { path, "foreign_keys", 0 };
	struct path	 at_side = { path, "remote_side", 0 };
	const char	*mine = r->model->table->name;
	const char	*other = r->target->table->name;

	refuse(l, ERROR_INVALID_VALUE, c->fks.n > 0 ? &at_fks :
	    c->remote_side.n > 0 ? &at_side : path,
	    "no %sforeign key leads from %s to %s or back",
	    c->fks.n + c->remote_side.n > 0 ? "such " : "", mine, other);
	return hint(l, "give a column \"references\": \"%s.%s\", or name a "
	    "secondary", other, r->target->table->key.v[0]->name);
}

static int
refuse_several(struct loader *l, const struct relationship *r,
    const struct candidates *c, const struct path *path)
{
	refuse(l, ERROR_INVALID_VALUE, path,
	    "several foreign keys lead from %s to %s or back",
	    r->model->table->name, r->target->table->name);
	return hint(l, "choose with \"foreign_keys\": [%s] or [%s]",
	    fk_words(l, c->found.v[0].fk), fk_words(l, c->found.v[1].fk));
}

/* The foreign key between two models, and the direction. */
static int
resolve_direct(struct loader *l, struct relationship *r, struct json *v,
    const struct path *path)
{
	struct candidates	 c = { .found = { 0 } };
	struct table		*mine = r->model->table;
	struct table		*other = r->target->table;
	const struct foreign_key *fk;
	size_t			 i;

	if (take_chosen(l, v, "foreign_keys", NULL, &c.fks, path) == -1 ||
	    take_chosen(l, v, "remote_side", other, &c.remote_side,
	    path) == -1)
		return -1;
	for (i = 0; i < other->fks.n; i++)
		if (other->fks.v[i]->target == mine && consider(l, &c,
		    other->fks.v[i], ONE_TO_MANY) == -1)
			return -1;
	/*
	 * To itself a foreign key leads both ways; only remote_side makes it
	 * a many-to-one, as in SQLAlchemy.
	 */
	for (i = 0; i < mine->fks.n; i++)
		if (mine->fks.v[i]->target == other &&
		    (mine != other || c.remote_side.n > 0) &&
		    consider(l, &c, mine->fks.v[i], MANY_TO_ONE) == -1)
			return -1;
	if (c.found.n == 0)
		return refuse_none(l, r, &c, path);
	if (c.found.n > 1)
		return refuse_several(l, r, &c, path);
	r->fk = fk = c.found.v[0].fk;
	r->direction = c.found.v[0].direction;
	for (i = 0; i < fk->columns.n; i++)
		if (vec_push(l->a, &r->local, r->direction == MANY_TO_ONE ?
		    fk->columns.v[i] : fk->references.v[i]) == -1 ||
		    vec_push(l->a, &r->remote, r->direction == MANY_TO_ONE ?
		    fk->references.v[i] : fk->columns.v[i]) == -1)
			return nomem(l);
	return 0;
}

/* true, false or "all". */
static int
take_passive_deletes(struct loader *l, struct relationship *r,
    struct json *v, const struct path *path)
{
	struct path		 here = { path, "passive_deletes", 0 };
	struct json	*word = json_member(v, "passive_deletes");

	if (word == NULL)
		return 0;
	if (json_is_boolean(word)) {
		r->passive_deletes = json_boolean(word) ?
		    PASSIVE_YES : PASSIVE_NO;
		return 0;
	}
	if (!json_is_string(word) ||
	    strcmp(json_string(word), "all") != 0)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "passive_deletes is true, false or \"all\"");
	r->passive_deletes = PASSIVE_ALL;
	return 0;
}

/* What a relationship says that needs no direction. */
static int
take_options(struct loader *l, struct relationship *r, struct json *v,
    const struct path *path)
{
	struct path	 cascade_path = { path, "cascade", 0 };
	struct path	 collection_path = { path, "collection", 0 };
	const char	*cascade = NULL, *collection = "list";

	r->passive_updates = true;
	if (json_take_bool(v, "passive_updates", &r->passive_updates, path,
	    l->err) == -1 ||
	    json_take_bool(v, "single_parent", &r->single_parent, path,
	    l->err) == -1 ||
	    json_take_bool(v, "post_update", &r->post_update, path,
	    l->err) == -1 ||
	    json_take_bool(v, "viewonly", &r->viewonly, path, l->err) == -1 ||
	    json_take_bool(v, "crosses_owners", &r->crosses_owners, path,
	    l->err) == -1 ||
	    json_take_string(v, "cascade", &cascade, path, l->err) == -1 ||
	    json_take_string(v, "collection", &collection, path,
	    l->err) == -1 ||
	    take_passive_deletes(l, r, v, path) == -1)
		return -1;
	if (strcmp(collection, "list") != 0 && strcmp(collection, "set") != 0)
		return refuse(l, ERROR_INVALID_VALUE, &collection_path,
		    "a collection is a list or a set, not %s", collection);
	r->is_set = strcmp(collection, "set") == 0;
	r->cascade = r->viewonly ? 0 : CASCADE_SAVE_UPDATE | CASCADE_MERGE;
	return cascade == NULL ? 0 :
	    cascade_parse(cascade, &r->cascade, &cascade_path, l->err);
}

static int
take_uselist(struct loader *l, struct relationship *r, struct json *v,
    const struct path *path)
{
	struct path	uselist = { path, "uselist", 0 };
	struct path	collection = { path, "collection", 0 };

	r->uselist = r->direction != MANY_TO_ONE;
	if (json_take_bool(v, "uselist", &r->uselist, path, l->err) == -1)
		return -1;
	if (r->uselist && r->direction == MANY_TO_ONE)
		return refuse(l, ERROR_INVALID_VALUE, &uselist,
		    "%s is many-to-one: there is one object at most", r->name);
	if (!r->uselist && json_member(v, "collection") != NULL)
		return refuse(l, ERROR_INVALID_VALUE, &collection,
		    "%s is one object and no collection", r->name);
	return 0;
}

static int
add_relationship(struct loader *l, struct relationship *r,
    const struct path *path)
{
	struct attribute	*attribute = arena_alloc(l->a,
				    sizeof(*attribute));

	if (attribute == NULL)
		return nomem(l);
	attribute->name = r->name;
	attribute->kind = ATTRIBUTE_RELATIONSHIP;
	attribute->relationship = r;
	r->index = (int)r->model->relationships.n;
	if (load_attribute(l, r->model, attribute, path) == -1)
		return -1;
	return vec_push(l->a, &r->model->relationships, r) == -1 ? nomem(l) : 0;
}

static int
resolve_relationship(struct loader *l, struct model *m, const char *name,
    struct json *v, const struct path *path)
{
	struct path		 target_path = { path, "target", 0 };
	struct relationship	*r;
	struct json	*secondary;
	const char		*target = NULL;
	int			 has;

	if (!json_is_object(v)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "a relationship is an object, not %s", json_kind(v));
		return json_hint(v, "{\"target\": ", "}", l->err);
	}
	if (json_allow(v, relationship_keys, path, l->err) == -1)
		return -1;
	switch (json_take_string(v, "target", &target, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &target_path,
		    "relationship %s has no target", name);
	case -1:
		return -1;
	}
	if ((r = arena_alloc(l->a, sizeof(*r))) == NULL)
		return nomem(l);
	r->name = name;
	r->model = m;
	if ((r->target = registry_model(l->r, target)) == NULL) {
		refuse(l, ERROR_UNKNOWN_MODEL, &target_path,
		    "there is no model %s in this file", target);
		return hint_map(l, target, &l->r->models_by_name);
	}
	if (take_options(l, r, v, path) == -1)
		return -1;
	has = json_take_object(v, "secondary", &secondary, path, l->err);
	if (has == -1)
		json_hint(json_member(v, "secondary"), "{\"table\": ",
		    ", \"local\": […], \"remote\": […]}", l->err);
	if (has == -1 ||
	    (has == 1 && secondary_resolve(l, r, secondary, path) == -1) ||
	    (has == 0 && resolve_direct(l, r, v, path) == -1) ||
	    take_uselist(l, r, v, path) == -1)
		return -1;
	return add_relationship(l, r, path);
}

static int
resolve_model(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "relationships", 0 };
	struct model		*m = registry_model(l->r, name);
	struct json	*members;
	size_t			 before = l->failed;
	int			 r;

	r = json_take_object(v, "relationships", &members, path, l->err);
	if (r != 1)
		return r;
	json_each(members, key, value) {
		struct path	here = { &in, key, 0 };

		if (resolve_relationship(l, m, key, value, &here) == -1 &&
		    !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ? -1 : 0;
}

int
resolve_relationships(struct loader *l)
{
	if (loader_each(l, "models", resolve_model) == -1)
		return -1;
	return loader_each(l, "models", resolve_backs);
}
