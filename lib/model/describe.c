/*
 * What a client may know of a model, as JSON.  Called by the daemon's method
 * `describe', and for its words by whoever else shows a model.  It refuses
 * nothing.  What involves a private column (a unique set, a reference) is left
 * out, as the column is.
 */
#include <string.h>

#include "describe.h"
#include "json_out.h"
#include "name.h"

static void
put_true(struct buf *b, const char *key, bool value)
{
	if (value)
		json_put_member_bool(b, key, true);
}

static void
put_list(struct buf *b, const char *key, const char *const *words, size_t n)
{
	size_t	i;

	json_put_key(b, key);
	buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		json_put_comma(b);
		json_put_text(b, words[i]);
	}
	buf_putc(b, ']');
}

bool
describe_columns(struct buf *b, struct column *const *columns, size_t n,
    enum access_class class)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (column_is_hidden(columns[i], class))
			return false;
	buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		json_put_comma(b);
		json_put_text(b, columns[i]->name);
	}
	buf_putc(b, ']');
	return true;
}

const char *
direction_name(const struct relationship *rel)
{
	switch (rel->direction) {
	case ONE_TO_MANY:
		return rel->uselist ? "one-to-many" : "one-to-one";
	case MANY_TO_ONE:
		return rel->back != NULL && !rel->back->uselist ?
		    "one-to-one" : "many-to-one";
	case MANY_TO_MANY:
		return "many-to-many";
	}
	return "";
}

void
cascade_words(unsigned cascade, void (*put)(void *, const char *), void *arg)
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

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cascade & words[i].bit)
			put(arg, words[i].word);
}

static void
put_word(void *b, const char *word)
{
	json_put_comma(b);
	json_put_text(b, word);
}

/* Whether this column alone tells one object from another. */
static bool
is_unique(const struct column *c)
{
	size_t	i;

	if (c->table->key.n == 1 && c->primary_key)
		return true;
	for (i = 0; i < c->table->uniques.n; i++)
		if (c->table->uniques.v[i]->columns.n == 1 &&
		    c->table->uniques.v[i]->columns.v[0] == c)
			return true;
	return false;
}

/* "Author.id": what a foreign key of one column refers to. */
static void
put_reference(struct buf *b, const struct column *c, enum access_class class)
{
	const struct model	*target;
	const struct column	*to;
	struct buf		 text;

	if (c->fk == NULL || (target = c->fk->target->model) == NULL ||
	    !model_is_open(target, class) ||
	    column_is_hidden(to = c->fk->references.v[0], class))
		return;
	buf_init(&text, 0);
	buf_printf(&text, "%s.%s", target->name, to->name);
	json_put_key(b, "references");
	json_put_string(b, text.p, text.n);
	b->broken = b->broken || text.broken;
	buf_free(&text);
}

static void
describe_column(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	const struct column	*c = a->column;

	json_put_member_text(b, "kind", "column");
	put_true(b, "password", a->is_password);
	json_put_member_text(b, "type", c->sql_type);
	if (c->comment != NULL)
		json_put_member_text(b, "comment", c->comment);
	if (c->words != NULL)
		put_list(b, "values", c->words->values.v, c->words->values.n);
	json_put_member_bool(b, "nullable", c->nullable);
	put_true(b, "primary_key", c->primary_key);
	put_true(b, "unique", is_unique(c));
	put_true(b, "generated", c->generated);
	if (c->default_sql != NULL)
		json_put_member_text(b, "default", c->default_sql);
	put_true(b, "read_only", a->frozen_for & 1u << class);
	put_true(b, "write_only", c->write_only || a->is_password);
	put_reference(b, c, class);
}

static void
put_order(struct buf *b, const struct relationship *rel,
    enum access_class class)
{
	const struct order_term	*term;
	struct buf		 text;
	size_t			 i;

	json_put_key(b, "order_by");
	buf_putc(b, '[');
	for (i = 0; i < rel->order_by.n; i++) {
		term = &rel->order_by.v[i];
		if (column_is_hidden(term->column, class))
			continue;
		buf_init(&text, 0);
		buf_printf(&text, "%s%s", term->descending ? "-" : "",
		    term->column->name);
		json_put_comma(b);
		json_put_string(b, text.p, text.n);
		b->broken = b->broken || text.broken;
		buf_free(&text);
	}
	buf_putc(b, ']');
}

static void
describe_relationship(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	const struct relationship	*rel = a->relationship;
	size_t				 before;

	json_put_member_text(b, "kind", "relationship");
	json_put_member_text(b, "target", rel->target->name);
	json_put_member_text(b, "direction", direction_name(rel));
	json_put_member_bool(b, "list", rel->uselist);
	if (rel->back != NULL && model_attribute_for(rel->target,
	    rel->back->name, class) != NULL)
		json_put_member_text(b, "back_populates", rel->back->name);
	if (rel->direction == MANY_TO_ONE) {
		before = b->n;
		json_put_key(b, "columns");
		if (!describe_columns(b, rel->local.v, rel->local.n, class))
			b->n = before;
	}
	json_put_key(b, "cascade");
	buf_putc(b, '[');
	cascade_words(rel->cascade, put_word, b);
	buf_putc(b, ']');
	switch (rel->passive_deletes) {
	case PASSIVE_NO:
		break;
	case PASSIVE_YES:
		put_true(b, "passive_deletes", true);
		break;
	case PASSIVE_ALL:
		json_put_member_text(b, "passive_deletes", "all");
		break;
	}
	put_true(b, "single_parent", rel->single_parent);
	if (rel->is_set)
		json_put_member_text(b, "collection", "set");
	if (rel->order_by.n > 0)
		put_order(b, rel, class);
	put_true(b, "crosses_owners", rel->crosses_owners);
	put_true(b, "read_only", rel->viewonly ||
	    a->frozen_for & 1u << class);
}

static void
describe_proxy(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	const struct proxy	*proxy = a->proxy;

	json_put_member_text(b, "kind", "proxy");
	json_put_member_text(b, "through", proxy->through->name);
	json_put_member_text(b, "attribute", proxy->attribute->name);
	if (proxy->target != NULL)
		json_put_member_text(b, "target", proxy->target->name);
	else
		json_put_member_text(b, "type",
		    attribute_end(a)->column->sql_type);
	json_put_member_bool(b, "list", proxy->uselist);
	json_put_key(b, "creator");
	json_print(b, proxy->creator);
	put_true(b, "read_only", proxy->through->viewonly ||
	    a->frozen_for & 1u << class);
}

static void
put_uniques(struct buf *b, const struct table *t, enum access_class class)
{
	size_t	i, before;

	json_put_key(b, "unique");
	buf_putc(b, '[');
	for (i = 0; i < t->uniques.n; i++) {
		before = b->n;
		json_put_comma(b);
		if (!describe_columns(b, t->uniques.v[i]->columns.v,
		    t->uniques.v[i]->columns.n, class))
			b->n = before;
	}
	buf_putc(b, ']');
}

static void
describe_attribute(struct buf *b, const struct attribute *a,
    enum access_class class)
{
	json_put_key(b, a->name);
	buf_putc(b, '{');
	switch (a->kind) {
	case ATTRIBUTE_COLUMN:
		describe_column(b, a, class);
		break;
	case ATTRIBUTE_RELATIONSHIP:
		describe_relationship(b, a, class);
		break;
	case ATTRIBUTE_PROXY:
		describe_proxy(b, a, class);
		break;
	}
	buf_putc(b, '}');
}

/* Does the rule name what is hidden from the class? */
static bool
rule_is_hidden(const struct model *m, const char *rule,
    enum access_class class)
{
	const struct attribute	*a;
	char			 name[NAME_MOST + 1];
	size_t			 n;

	for (rule += *rule == '-'; m != NULL && *rule != '\0'; rule += n) {
		rule += *rule == '.';
		n = strcspn(rule, ".");
		if (n > NAME_MOST)
			return false;
		memcpy(name, rule, n);
		name[n] = '\0';
		if ((a = model_attribute(m, name)) == NULL)
			return class != CLASS_ADMIN;	/* a private column */
		if (attribute_is_hidden(a, class))
			return true;
		m = attribute_target(a);
	}
	return false;
}

static void
put_rules(struct buf *b, const char *key, const struct model *m,
    const char *const *rules, size_t n, enum access_class class)
{
	size_t	i;

	json_put_key(b, key);
	buf_putc(b, '[');
	for (i = 0; i < n; i++)
		if (!rule_is_hidden(m, rules[i], class))
			put_word(b, rules[i]);
	buf_putc(b, ']');
}

/* "owner": "post.user" */
static void
put_owner(struct buf *b, const struct access *access)
{
	struct buf	text;
	size_t		i;

	buf_init(&text, 0);
	buf_puts(&text, access->owner.n == 0 ? "self" : "");
	for (i = 0; i < access->owner.n; i++)
		buf_printf(&text, "%s%s", i > 0 ? "." : "",
		    access->owner.v[i]->name);
	json_put_key(b, "owner");
	json_put_string(b, text.p, text.n);
	b->broken = b->broken || text.broken;
	buf_free(&text);
}

/* Who may do what; admins may do everything. */
static void
put_access(struct buf *b, const struct access *access)
{
	int	i, k;

	json_put_key(b, "access");
	buf_putc(b, '{');
	if (access->is_owned)
		put_owner(b, access);
	for (i = 0; i < ACCESS_OPS; i++) {
		json_put_key(b, access_op_names[i]);
		buf_putc(b, '[');
		for (k = 0; principal_names[k] != NULL; k++)
			if (access->principals[i] & 1u << k)
				put_word(b, principal_names[k]);
		buf_putc(b, ']');
	}
	buf_putc(b, '}');
}

void
describe_model(struct buf *b, const struct model *model,
    enum access_class class)
{
	const struct table	*t = model->table;
	size_t			 i, before;

	buf_putc(b, '{');
	if (t->comment != NULL)
		json_put_member_text(b, "comment", t->comment);
	before = b->n;
	json_put_key(b, "key");
	if (!describe_columns(b, t->key.v, t->key.n, class))
		b->n = before;
	put_uniques(b, t, class);
	if (model->version != NULL && !column_is_hidden(model->version, class))
		json_put_member_text(b, "version", model->version->name);
	if (model->orphan_all)
		json_put_member_text(b, "orphan", "all");
	json_put_key(b, "attributes");
	buf_putc(b, '{');
	for (i = 0; i < model->attributes.n; i++)
		if (!attribute_is_hidden(model->attributes.v[i], class))
			describe_attribute(b, model->attributes.v[i], class);
	buf_putc(b, '}');
	if (model->access.applies)
		put_access(b, &model->access);
	put_rules(b, "serialize_rules", model, model->rules.v, model->rules.n,
	    class);
	if (model->only.n > 0)
		put_rules(b, "serialize_only", model, model->only.v,
		    model->only.n, class);
	put_true(b, "serialize_proxies", model->serialize_proxies);
	buf_putc(b, '}');
}
