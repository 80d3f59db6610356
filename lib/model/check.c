/*
 * Last pass over a model file: what can only be judged when everything is
 * there.  Serialize rules have to name something, order_by has to name
 * columns, cascades have to make sense.  Called by registry_load().  Whether
 * rules end at all is lib/serialize's to say.
 */
#include <string.h>

#include "load.h"

/* A key of a rule: what it names below `m', or why it names nothing. */
static int
check_key(struct loader *l, const struct model **m, const char *key,
    bool *open, bool negative, const struct path *path)
{
	const struct attribute	*attribute;
	const struct column	*column;

	if (*open)
		return 0;	/* inside a JSON value: the data decides */
	if (*m == NULL) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "there is nothing called %s below a value", key);
		return hint(l, "a rule goes on only after a relationship");
	}
	if ((attribute = model_attribute(*m, key)) == NULL) {
		column = map_find(&(*m)->table->by_name, key);
		/* Naming a private column is harmless if it stays away. */
		if (column != NULL && negative) {
			*m = NULL;
			return 0;
		}
		refuse(l, ERROR_INVALID_VALUE, path, column != NULL ?
		    "%s.%s is private and never printed" :
		    "%s has no attribute %s", (*m)->name, key);
		return column != NULL ? -1 : hint_map(l, key, &(*m)->by_name);
	}
	switch (attribute->kind) {
	case ATTRIBUTE_COLUMN:
		*open = attribute->column->type->json == JSON_RAW;
		*m = NULL;
		break;
	case ATTRIBUTE_RELATIONSHIP:
		*m = attribute->relationship->target;
		break;
	case ATTRIBUTE_PROXY:
		*m = attribute->proxy->target;
		break;
	}
	return 0;
}

static int
check_rule(struct loader *l, const struct model *m, const char *rule,
    const struct path *path)
{
	bool	 negative = *rule == '-', open = false;
	char	*words, *key, *dot;

	if ((words = arena_strdup(l->a, rule + negative)) == NULL)
		return nomem(l);
	for (key = words; key != NULL; key = dot) {
		if ((dot = strchr(key, '.')) != NULL)
			*dot++ = '\0';
		if (*key == '\0' || *key == '-')
			return refuse(l, ERROR_INVALID_VALUE, path,
			    "%s is not a rule: a name is missing", rule);
		if (check_key(l, &m, key, &open, negative, path) == -1)
			return -1;
	}
	return 0;
}

/* "serialize_rules" or "serialize_only": checks each and keeps it. */
static int
check_rules(struct loader *l, struct model *m, struct json *v,
    const char *name, const struct path *path)
{
	struct path		 here = { path, name, 0 };
	struct path		 element = { &here, NULL, 0 };
	struct json	*list;
	const char		*rule;
	size_t			 before = l->failed;
	int			 n, r;

	if ((r = loader_strings(l, v, name, &list, path)) != 1)
		return r;
	n = (int)json_length(list);
	for (element.index = 0; element.index < n; element.index++) {
		rule = json_string(json_at(list,
		    (size_t)element.index));
		if (check_rule(l, m, rule, &element) == -1) {
			if (!loader_goes_on(l))
				return -1;
			continue;
		}
		if ((strcmp(name, "serialize_only") == 0 ?
		    vec_push(l->a, &m->only, rule) :
		    vec_push(l->a, &m->rules, rule)) == -1)
			return nomem(l);
	}
	return l->failed > before ? -1 : 0;
}

static int
check_order(struct loader *l, struct relationship *r, struct json *v,
    const struct path *path)
{
	struct path		 here = { path, "order_by", 0 };
	struct path		 element = { &here, NULL, 0 };
	struct json	*list;
	struct order_term	 term;
	struct table		*t = r->target->table;
	const char		*word;
	int			 n, has;

	if ((has = loader_strings(l, v, "order_by", &list, path)) != 1)
		return has;
	n = (int)json_length(list);
	for (element.index = 0; element.index < n; element.index++) {
		word = json_string(json_at(list,
		    (size_t)element.index));
		term.descending = *word == '-';
		term.column = resolve_column(l, t, word + term.descending,
		    &element);
		if (term.column == NULL)
			return -1;
		if (term.column->table != t)
			return refuse(l, ERROR_INVALID_VALUE, &element,
			    "%s is not a column of %s", word, t->name);
		if (vec_push(l->a, &r->order_by, term) == -1)
			return nomem(l);
	}
	return 0;
}

static int
check_model(struct loader *l, const char *name, struct json *v,
    const struct path *path)
{
	struct path		 in = { path, "relationships", 0 };
	struct model		*m = registry_model(l->r, name);
	struct json	*members = json_member(v, "relationships");
	struct relationship	*r;
	size_t			 i, before = l->failed;

	for (i = 0; i < m->relationships.n; i++) {
		struct path	here = { &in, m->relationships.v[i]->name, 0 };

		r = m->relationships.v[i];
		if ((check_order(l, r, json_member(members, r->name),
		    &here) == -1 || cascade_check(l, r, &here) == -1) &&
		    !loader_goes_on(l))
			return -1;
	}
	return l->failed > before ||
	    check_rules(l, m, v, "serialize_rules", path) == -1 ||
	    check_rules(l, m, v, "serialize_only", path) == -1 ? -1 : 0;
}

int
check_models(struct loader *l)
{
	return loader_each(l, "models", check_model);
}
