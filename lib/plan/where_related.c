/*
 * Words over relationships: any, has, contains, == and !=, as EXISTS.  Called
 * by the other rooms of where.  It refuses words that make no sense for the
 * relationship, and objects that are not named as stored ones.
 */
#include <stdio.h>
#include <string.h>

#include "where_parts.h"

enum { ALIAS_SIZE = 16 };

const char *const	where_object_words[] = { "any", "has", "contains",
	"==", "!=", NULL };

int
where_exists(struct builder *b, const struct relationship *rel, int alias,
    const struct path *path)
{
	int	target = ++b->aliases;
	char	near[ALIAS_SIZE], far[ALIAS_SIZE], link[ALIAS_SIZE];
	size_t	i;

	if (where_table(b, path) == -1 ||
	    (rel->secondary != NULL && where_table(b, path) == -1))
		return -1;
	where_alias(near, sizeof(near), alias);
	where_alias(far, sizeof(far), target);
	buf_puts(&b->sql, "EXISTS (SELECT FROM ");
	sql_table(&b->sql, rel->target->table, far, &b->d->call->sight);
	if (rel->secondary != NULL) {
		snprintf(link, sizeof(link), "s%d", target);
		buf_puts(&b->sql, ", ");
		sql_table(&b->sql, rel->secondary, link, &b->d->call->sight);
	}
	buf_puts(&b->sql, " WHERE ");
	for (i = 0; i < rel->local.n; i++) {
		buf_puts(&b->sql, i > 0 ? " AND " : "");
		if (rel->secondary != NULL)
			buf_printf(&b->sql, "s%d.%s = ", target,
			    rel->near_columns.v[i]->quoted);
		else {
			sql_column(&b->sql, far, rel->remote.v[i]);
			buf_puts(&b->sql, " = ");
		}
		sql_column(&b->sql, near, rel->local.v[i]);
	}
	for (i = 0; rel->secondary != NULL && i < rel->remote.n; i++) {
		buf_printf(&b->sql, " AND s%d.%s = ", target,
		    rel->far_columns.v[i]->quoted);
		sql_column(&b->sql, far, rel->remote.v[i]);
	}
	return target;
}

/* The row of this alias is the object that the client names. */
static int
is_object(struct builder *b, const struct model *model, int alias,
    struct json *v, const struct path *path)
{
	struct spec		*spec;
	const struct cell	*cells;
	struct column		*const *columns = model->table->key.v;
	size_t			 i, n = model->table->key.n;
	char			 name[ALIAS_SIZE];

	where_alias(name, sizeof(name), alias);
	spec = spec_decode(b->d, model, v, SPEC_NEW, path, b->err);
	if (spec == NULL)
		return -1;
	if (spec->kind != SPEC_GET) {
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a stored object is needed here");
		return error_hint(b->err, "name it as {\"$get\": key}");
	}
	if ((cells = spec->key) == NULL) {
		columns = spec->unique->columns.v;
		n = spec->unique->columns.n;
		cells = spec->unique_values;
	}
	for (i = 0; i < n; i++) {
		buf_puts(&b->sql, i > 0 ? " AND " : "");
		sql_column(&b->sql, name, columns[i]);
		buf_puts(&b->sql, " = ");
		if (where_put_cell(b, columns[i], &cells[i], path) == -1)
			return -1;
	}
	return 0;
}

/* "has one": any and has, with a condition that may be empty. */
int
where_has(struct builder *b, const struct relationship *rel, int alias,
    struct json *v, const struct path *path)
{
	int	target = where_exists(b, rel, alias, path);

	if (target == -1)
		return -1;
	buf_puts(&b->sql, " AND ");
	if (where_object(b, rel->target, target, v, path) == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

int
where_is(struct builder *b, const struct relationship *rel, int alias,
    struct json *v, const struct path *path)
{
	int	target = where_exists(b, rel, alias, path);

	if (target == -1)
		return -1;
	if (v != NULL) {
		buf_puts(&b->sql, " AND ");
		if (is_object(b, rel->target, target, v, path) == -1)
			return -1;
	}
	buf_putc(&b->sql, ')');
	return 0;
}

/* One word over a relationship. */
static int
relationship_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct relationship	*rel = attr->relationship;

	if (strcmp(word, rel->uselist ? "any" : "has") == 0)
		return where_has(b, rel, alias, v, path);
	if (rel->uselist && strcmp(word, "contains") == 0 && v != NULL)
		return where_is(b, rel, alias, v, path);
	if (!rel->uselist && strcmp(word, "!=") == 0) {
		/* Is another one, or none at all; null: has one. */
		buf_puts(&b->sql, v == NULL ? "" : "NOT ");
		return where_is(b, rel, alias, v, path);
	}
	if (!rel->uselist && strcmp(word, "==") == 0) {
		buf_puts(&b->sql, v == NULL ? "NOT " : "");
		return where_is(b, rel, alias, v, path);
	}
	return where_refuse(b, attr, word, where_object_words, path);
}

int
where_words(struct builder *b, const struct attribute *attr, int alias,
    struct json *v, const struct path *path)
{
	bool	proxy = attr->kind == ATTRIBUTE_PROXY;
	bool	is_list = proxy ? attr->proxy->uselist :
		    attr->relationship->uselist;
	bool	first = true;
	int	r;

	if (!json_is_object(v)) {
		if (proxy && (attr->proxy->target == NULL ||
		    (v == NULL && !is_list)))
			return where_proxy(b, attr, alias, "==", v, path);
		if (v == NULL && !is_list)
			return relationship_word(b, attr, alias, "==", NULL,
			    path);
		error_set(b->err, ERROR_INVALID_VALUE, path,
		    "a condition on %s is an object", attr->name);
		return where_hint_object(b, attr, v);
	}
	buf_putc(&b->sql, '(');
	json_each(v, key, operand) {
		struct path	at = { path, key, 0 };

		buf_puts(&b->sql, first ? "" : " AND ");
		first = false;
		r = attr->kind == ATTRIBUTE_RELATIONSHIP ?
		    relationship_word(b, attr, alias, key, operand, &at) :
		    where_proxy(b, attr, alias, key, operand, &at);
		if (r == -1)
			return -1;
	}
	buf_puts(&b->sql, first ? "true)" : ")");
	return 0;
}
