/*
 * Words over association proxies (rule P6): first to the association object,
 * then on to what the proxy names there, which may be another proxy.  Called
 * by where_related.c.  It refuses words that make no sense for the proxy.
 */
#include <string.h>

#include "where_parts.h"

/* The words over a proxy whose values are those of a column (P6). */
static int
value_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct operator	*op = where_operator(proxy->uselist &&
				    strcmp(word, "contains") == 0 ? "==" :
				    word);
	bool			 is_null = v == NULL &&
				    strcmp(word, "==") == 0;
	int			 target;

	if (op == NULL && strcmp(word, proxy->uselist ? "any" : "has") != 0)
		return where_refuse(b, attr, word, where_operators, path);
	if (is_null)
		buf_puts(&b->sql, "(NOT ");
	target = where_exists(b, proxy->through, alias);
	if (is_null)
		buf_putc(&b->sql, ')');
	if (op != NULL) {
		if (is_null) {
			buf_puts(&b->sql, " OR ");
			target = where_exists(b, proxy->through, alias);
		}
		buf_puts(&b->sql, " AND ");
		if (proxy->attribute->kind == ATTRIBUTE_COLUMN ?
		    where_compare(b, proxy->attribute, target, op, v,
		    path) == -1 :
		    value_proxy_word(b, proxy->attribute, target, op->name, v,
		    path) == -1)
			return -1;
	} else if (!json_is_object(v) || json_length(v) > 0)
		return error_set(b->err, ERROR_INVALID_PARAMS, path,
		    "%s over values takes no condition: use ==", word);
	buf_puts(&b->sql, is_null ? "))" : ")");
	return 0;
}

/* Is there an object at the end of a proxy? */
static int
object_proxy_exists(struct builder *b, const struct proxy *proxy, int alias,
    const struct path *path)
{
	const struct attribute	*next = proxy->attribute;
	int			 target;

	target = where_exists(b, proxy->through, alias);
	buf_puts(&b->sql, " AND ");
	if ((next->kind == ATTRIBUTE_PROXY ?
	    object_proxy_exists(b, next->proxy, target, path) :
	    where_is(b, next->relationship, target, NULL, path)) == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

/* The words over a proxy to objects: through, then the same over the rest. */
static int
object_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct attribute	*next = proxy->attribute;
	bool			 any, is;
	int			 target;

	if (!proxy->uselist && v == NULL && (strcmp(word, "==") == 0 ||
	    strcmp(word, "!=") == 0)) {
		/* P6: null, or no target. */
		buf_puts(&b->sql, word[0] == '=' ? "NOT " : "");
		return object_proxy_exists(b, proxy, alias, path);
	}
	any = strcmp(word, proxy->uselist ? "any" : "has") == 0;
	is = v != NULL && (proxy->uselist ? strcmp(word, "contains") == 0 :
	    strcmp(word, "==") == 0 || strcmp(word, "!=") == 0);
	if (!any && !is)
		return where_refuse(b, attr, word, where_object_words, path);
	target = where_exists(b, proxy->through, alias);
	buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY) {
		/* The attribute of a proxy is never a list. */
		if (object_proxy_word(b, next, target, any ? "has" :
		    proxy->uselist ? "==" : word, v, path) == -1)
			return -1;
	} else if (any) {
		if (where_has(b, next->relationship, target, v, path) == -1)
			return -1;
	} else {
		buf_puts(&b->sql, strcmp(word, "!=") == 0 ? "NOT " : "");
		if (where_is(b, next->relationship, target, v, path) == -1)
			return -1;
	}
	buf_putc(&b->sql, ')');
	return 0;
}

int
where_proxy(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	return attr->proxy->target == NULL ?
	    value_proxy_word(b, attr, alias, word, v, path) :
	    object_proxy_word(b, attr, alias, word, v, path);
}
