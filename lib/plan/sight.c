/*
 * What of a table a caller may see, as SQL.  Called by every room of this floor
 * that writes a statement.  A client that has not logged in where others can
 * is of the class that has the fewest rights.
 */
#include <stdio.h>

#include "call.h"
#include "caller.h"
#include "sql.h"

enum { ALIAS_SIZE = 24 };

static enum access_class
class_of(const struct registry *registry, const struct caller *caller)
{
	if (registry->auth == NULL)
		return CLASS_ADMIN;
	if (caller == NULL || !caller->logged_in)
		return CLASS_ANYONE;
	return caller->admin ? CLASS_ADMIN : CLASS_USER;
}

void
sight_begin(struct call *call)
{
	struct sight	*sight = &call->sight;

	sight->class = class_of(call->registry, call->caller);
	sight->open = call->rls_alone;
	if (sight->class == CLASS_USER) {
		sight->key = call->registry->auth->key;
		sight->param = !sight->open;
	}
}

enum access_right
sight_right(const struct sight *sight, const struct table *t)
{
	return sight == NULL || sight->open || t->model == NULL ? RIGHT_ANY :
	    t->model->access.rights[sight->class][ACCESS_READ];
}

/* " = $n", or one of the keys in $n. */
static void
put_caller(struct buf *b, const struct sight *sight)
{
	if (sight->many) {
		buf_puts(b, " = ANY(");
		sql_array(b, sight->key, sight->param);
		buf_putc(b, ')');
	} else {
		buf_puts(b, " = ");
		sql_element(b, "$", sight->param, sight->key);
	}
}

/*
 * The path to the owner ends at this column: the user's key, or a foreign key
 * that equals it, so that the last table need not be read.  *steps is how many
 * relationships are followed.
 */
static const struct column *
owner_column(const struct access *access, const struct sight *sight,
    size_t *steps)
{
	const struct relationship	*last;

	if ((*steps = access->owner.n) == 0)
		return sight->key;
	last = access->owner.v[*steps - 1];
	if (last->remote.n > 1 || last->remote.v[0] != sight->key)
		return sight->key;
	(*steps)--;
	return last->local.v[0];
}

/* The columns by which step i leads from one table to the next. */
static void
put_step(struct buf *b, const struct relationship *rel, const char *from,
    const char *to)
{
	size_t	i;

	for (i = 0; i < rel->local.n; i++) {
		buf_puts(b, i > 0 ? " AND " : "");
		sql_column(b, to, rel->remote.v[i]);
		buf_puts(b, " = ");
		sql_column(b, from, rel->local.v[i]);
	}
}

static void
alias_of(char *to, size_t step)
{
	snprintf(to, ALIAS_SIZE, "o%zu", step);
}

/* Rows of the alias o0 that belong to the caller. */
static void
put_owned(struct buf *b, const struct access *access,
    const struct sight *sight)
{
	const struct column	*c;
	char			 from[ALIAS_SIZE], to[ALIAS_SIZE];
	size_t			 i, n;

	c = owner_column(access, sight, &n);
	alias_of(to, 0);
	for (i = 0; i < n; i++) {
		alias_of(from, i);
		alias_of(to, i + 1);
		buf_puts(b, "EXISTS (SELECT FROM ");
		sql_table(b, access->owner.v[i]->target->table, to, NULL);
		buf_puts(b, " WHERE ");
		put_step(b, access->owner.v[i], from, to);
		buf_puts(b, " AND ");
	}
	sql_column(b, to, c);
	put_caller(b, sight);
	for (i = 0; i < n; i++)
		buf_putc(b, ')');
}

void
sql_table(struct buf *b, const struct table *t, const char *alias,
    const struct sight *sight)
{
	enum access_right	right = sight_right(sight, t);
	size_t			i;

	if (right != RIGHT_ANY) {
		for (i = 0; i < t->columns.n; i++) {
			buf_puts(b, i > 0 ? "," : "(SELECT ");
			sql_column(b, "o0", t->columns.v[i]);
		}
		buf_puts(b, " FROM ");
		sql_table(b, t, "o0", NULL);
		buf_puts(b, " WHERE ");
		if (right == RIGHT_NONE)
			buf_puts(b, "false");
		else
			put_owned(b, &t->model->access, sight);
		buf_putc(b, ')');
	} else
		buf_puts(b, t->quoted);
	buf_puts(b, " AS ");
	buf_puts(b, alias);
}

const struct column *
sight_owner(const struct sight *sight, const struct table *t)
{
	const struct column	*c;
	size_t			 steps;

	c = owner_column(&t->model->access, sight, &steps);
	return steps == 0 ? c : NULL;
}

void
sql_owner(struct buf *b, const struct table *t, const char *alias,
    const struct sight *sight)
{
	const struct access	*access = &t->model->access;
	const struct column	*c;
	char			 from[ALIAS_SIZE], to[ALIAS_SIZE];
	size_t			 i, n;

	c = owner_column(access, sight, &n);
	if (n == 0) {
		sql_select(b, alias, c);
		return;
	}
	alias_of(to, n);
	buf_puts(b, "(SELECT ");
	sql_select(b, to, c);
	for (i = 0; i < n; i++) {
		alias_of(from, i);
		alias_of(to, i + 1);
		buf_puts(b, i > 0 ? " JOIN " : " FROM ");
		sql_table(b, access->owner.v[i]->target->table, to, NULL);
		if (i == 0)
			continue;
		buf_puts(b, " ON ");
		put_step(b, access->owner.v[i], from, to);
	}
	buf_puts(b, " WHERE ");
	put_step(b, access->owner.v[0], alias, "o1");
	buf_putc(b, ')');
}
