/*
 * What conditions are put together from: aliases, columns, parameters.  Called
 * by the other rooms of where.  It refuses conditions that are too large.
 */
#include <stdio.h>
#include <string.h>

#include "where_parts.h"

void
where_alias(char *to, size_t size, int alias)
{
	snprintf(to, size, "t%d", alias);
}

const char *
where_column_sql(struct builder *b, int alias, const struct column *c)
{
	const char	*sql = arena_printf(b->d->arena, "t%d.%s", alias,
			    c->quoted);

	if (sql == NULL)
		error_nomem(b->err);
	return sql;
}

int
where_param(struct builder *b, const struct param *p, int *n,
    const struct path *path)
{
	if (b->condition->params.n >= WHERE_PARAMS)
		return error_set(b->err, ERROR_LIMIT, path,
		    "a condition has at most %d values", WHERE_PARAMS);
	if (vec_push(b->d->arena, &b->condition->params, *p) == -1)
		return error_nomem(b->err);
	*n = b->before + (int)b->condition->params.n;
	return 0;
}

int
where_put_cell(struct builder *b, const struct column *c,
    const struct cell *cell, const struct path *path)
{
	struct param	p;
	int		n;

	sql_cell_param(c, cell, &p);
	if (where_param(b, &p, &n, path) == -1)
		return -1;
	sql_element(&b->sql, "$", n, c);
	return 0;
}

int
where_table(struct builder *b, const struct path *path)
{
	if (++b->condition->tables <= WHERE_TABLES)
		return 0;
	error_set(b->err, ERROR_LIMIT, path,
	    "a condition looks at most at %d other tables", WHERE_TABLES);
	return error_hint(b->err, "an association table counts, too");
}

int
where_odd(struct builder *b, const struct path *path)
{
	char	place[sizeof(b->err->path)];

	if (b->condition->odd != NULL)
		b->condition->odd = "";
	else {
		path_write(path, place, sizeof(place));
		b->condition->odd = arena_strdup(b->d->arena, place);
		if (b->condition->odd == NULL)
			return error_nomem(b->err);
	}
	return 0;
}

int
where_refuse(struct builder *b, const struct attribute *attr,
    const char *name, const char *const *allowed, const struct path *path)
{
	const char	*near = error_nearest(name, allowed);

	error_set(b->err, ERROR_INVALID_PARAMS, path,
	    "%s cannot be asked for by %s", attr->name, name);
	error_about(b->err, NULL, attr->name);
	if (attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    attribute_seen(b->d, attr->relationship->target, name) != NULL)
		return error_hint(b->err, "{\"%s\": {\"%s\": {…}}}",
		    attr->name, attr->relationship->uselist ? "any" : "has");
	/* A word may be right elsewhere, and only not here. */
	if (near != NULL && strcmp(near, name) != 0)
		return error_hint(b->err, "did you mean %s?", near);
	if (allowed == where_object_words)
		where_hint_word(b, attr, name);
	return -1;
}
