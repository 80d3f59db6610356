/*
 * Words over association proxies (rule P6): first to the association object,
 * then on to what the proxy names there, which may be another proxy.  Called
 * by where_related.c.  It refuses words that make no sense for the proxy.
 */
#include <string.h>

#include "where_parts.h"

static bool
is_word(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

/* Is there something at the end of a proxy: an object, or a row's value? */
static int
proxy_exists(struct builder *b, const struct proxy *proxy, int alias,
    const struct path *path)
{
	const struct attribute	*next = proxy->attribute;
	int			 target, r = 0;

	if ((target = where_exists(b, proxy->through, alias, path)) == -1)
		return -1;
	if (next->kind != ATTRIBUTE_COLUMN)
		buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY)
		r = proxy_exists(b, next->proxy, target, path);
	else if (next->kind == ATTRIBUTE_RELATIONSHIP)
		r = where_is(b, next->relationship, target, NULL, path);
	if (r == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

/* There is a value that meets this; without an operator, {…} or a value. */
static int
value_meets(struct builder *b, const struct proxy *proxy, int alias,
    const struct operator *op, struct json *v, const struct path *path)
{
	const struct attribute	*next = proxy->attribute;
	struct operand		 operand;
	int			 target, r;

	if ((target = where_exists(b, proxy->through, alias, path)) == -1)
		return -1;
	buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY)
		r = value_meets(b, next->proxy, target, op, v, path);
	else if (where_operand(b, next, target, &operand) == -1)
		return -1;
	else
		r = op == NULL ? where_meets(b, &operand, v, path) :
		    where_compare(b, &operand, op, v, path);
	if (r == -1)
		return -1;
	buf_putc(&b->sql, ')');
	return 0;
}

/* P6: no row at all counts as null, and so at each hop of proxies. */
static int
value_is_null(struct builder *b, const struct proxy *proxy, int alias,
    const struct path *path)
{
	const struct attribute	*next = proxy->attribute;
	struct operand		 operand;
	int			 target;

	buf_puts(&b->sql, "(NOT ");
	if (where_exists(b, proxy->through, alias, path) == -1)
		return -1;
	buf_puts(&b->sql, ") OR ");
	if ((target = where_exists(b, proxy->through, alias, path)) == -1)
		return -1;
	buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY) {
		if (value_is_null(b, next->proxy, target, path) == -1)
			return -1;
	} else {
		if (where_operand(b, next, target, &operand) == -1)
			return -1;
		buf_printf(&b->sql, "%s IS NULL", operand.sql);
	}
	buf_puts(&b->sql, "))");
	return 0;
}

/* The words over a proxy whose values are those of a column. */
static int
value_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct operator	*op;

	if (is_word(word, proxy->uselist ? "any" : "has"))
		return json_is_object(v) && json_length(v) == 0 ?
		    proxy_exists(b, proxy, alias, path) :
		    value_meets(b, proxy, alias, NULL, v, path);
	op = where_operator(proxy->uselist && is_word(word, "contains") ?
	    "==" : word);
	if (op == NULL)
		return where_refuse(b, attr, word, where_operators, path);
	if (v == NULL && is_word(word, "=="))
		return value_is_null(b, proxy, alias, path);
	return value_meets(b, proxy, alias, op, v, path);
}

/* The words over a proxy to objects: through, then the same over the rest. */
static int
object_proxy_word(struct builder *b, const struct attribute *attr, int alias,
    const char *word, struct json *v, const struct path *path)
{
	const struct proxy	*proxy = attr->proxy;
	const struct attribute	*next = proxy->attribute;
	bool			 any, is, differs = is_word(word, "!=");
	int			 target, r;

	if (!proxy->uselist && v == NULL && (differs || is_word(word, "=="))) {
		/* P6: null, or no target. */
		buf_puts(&b->sql, differs ? "" : "NOT ");
		return proxy_exists(b, proxy, alias, path);
	}
	any = is_word(word, proxy->uselist ? "any" : "has");
	is = v != NULL && (proxy->uselist ? is_word(word, "contains") :
	    differs || is_word(word, "=="));
	if (!any && !is)
		return where_refuse(b, attr, word, where_object_words, path);
	if ((target = where_exists(b, proxy->through, alias, path)) == -1)
		return -1;
	buf_puts(&b->sql, " AND ");
	if (next->kind == ATTRIBUTE_PROXY)
		/* The attribute of a proxy is never a list. */
		r = object_proxy_word(b, next, target, any ? "has" :
		    proxy->uselist ? "==" : word, v, path);
	else if (any)
		r = where_has(b, next->relationship, target, v, path);
	else {
		buf_puts(&b->sql, differs ? "NOT " : "");
		r = where_is(b, next->relationship, target, v, path);
	}
	if (r == -1)
		return -1;
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
