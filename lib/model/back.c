/*
 * back_populates: the two ends of a relationship find each other.  Called by
 * resolve_relationships() when all relationships are there.  It refuses ends
 * that do not name each other, or that are not two ends of one thing.
 */
#include <string.h>

#include "load.h"

/* The names of a model's relationships, for a hint. */
static int
hint_relationship(struct loader *l, const struct model *m, const char *word)
{
	const char	**names;
	size_t		  i;

	names = arena_array(l->a, m->relationships.n + 1, sizeof(*names));
	if (names == NULL)
		return -1;
	for (i = 0; i < m->relationships.n; i++)
		names[i] = m->relationships.v[i]->name;
	return hint_words(l, word, names);
}

static bool
same_columns(struct column *const *a, size_t na, struct column *const *b,
    size_t nb)
{
	return na == nb && memcmp(a, b, na * sizeof(struct column *)) == 0;
}

/* Are these two ends of one foreign key, or of one association table? */
static int
check_pair(struct loader *l, const struct relationship *r,
    const struct relationship *back, const struct path *path)
{
	if (r->secondary != back->secondary)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s and %s.%s do not go through the same table", r->name,
		    back->model->name, back->name);
	if (r->secondary != NULL) {
		if (same_columns(r->near_columns.v, r->near_columns.n,
		    back->far_columns.v, back->far_columns.n) &&
		    same_columns(r->far_columns.v, r->far_columns.n,
		    back->near_columns.v, back->near_columns.n))
			return 0;
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s and %s.%s do not use the same columns of %s", r->name,
		    back->model->name, back->name, r->secondary->name);
		return hint(l, "local of one is remote of the other");
	}
	if (r->fk != back->fk) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s and %s.%s do not use the same foreign key", r->name,
		    back->model->name, back->name);
		return hint(l, "give both the same \"foreign_keys\"");
	}
	if (r->direction == back->direction) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s and %s.%s go the same way", r->name,
		    back->model->name, back->name);
		return hint(l, "the one that leads to a single object says "
		    "\"remote_side\": [\"%s\"]",
		    r->fk->references.v[0]->name);
	}
	return 0;
}

static int
resolve_back(struct loader *l, struct relationship *r, const char *word,
    struct json *partner, const struct path *path)
{
	struct attribute	*attribute = model_attribute(r->target, word);
	struct relationship	*back;
	const char		*named;

	if (attribute == NULL || attribute->kind != ATTRIBUTE_RELATIONSHIP) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s has no relationship %s", r->target->name, word);
		return hint_relationship(l, r->target, word);
	}
	back = attribute->relationship;
	if (back->target != r->model)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s.%s leads to %s, not to %s", r->target->name, word,
		    back->target->name, r->model->name);
	named = json_string_or_null(json_member(json_member(partner, word),
	    "back_populates"));
	if (named == NULL || strcmp(named, r->name) != 0) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s.%s does not name %s in return", r->target->name, word,
		    r->name);
		return hint(l, "give it \"back_populates\": \"%s\"", r->name);
	}
	if (back == r)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a relationship is not its own other end");
	r->back = back;
	return check_pair(l, r, back, path);
}

int
resolve_backs(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "relationships", 0 };
	struct path		 root = { NULL, NULL, 0 };
	struct model		*m = registry_model(l->r, name);
	struct json	*models, *members, *partner;
	struct relationship	*r;
	const char		*word;
	size_t			 i, before = l->failed;
	int			 has;

	if (json_take_object(l->file, "models", &models, &root, l->err) != 1)
		return -1;
	members = json_member(v, "relationships");
	for (i = 0; i < m->relationships.n; i++) {
		struct path	here = { &in, m->relationships.v[i]->name, 0 };
		struct path	at = { &here, "back_populates", 0 };

		r = m->relationships.v[i];
		has = json_take_string(json_member(members, r->name),
		    "back_populates", &word, &here, l->err);
		if (has == -1)
			return -1;
		partner = json_member(json_member(models, r->target->name),
		    "relationships");
		if (has == 1 &&
		    resolve_back(l, r, word, partner, &at) == -1 &&
		    !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ? -1 : 0;
}
