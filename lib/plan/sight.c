/*
 * What of a table a caller may see, as SQL.  Called by every room of this floor
 * that writes a statement.  A client that has not logged in where others can
 * is of the class that has the fewest rights.
 */
#include "call.h"
#include "caller.h"

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
	if (sight->class == CLASS_USER) {
		sight->key = call->registry->auth->key;
		sight->param = 1;
	}
}

void
sql_table(struct buf *b, const struct table *t, const char *alias,
    const struct sight *sight)
{
	(void)sight;
	buf_puts(b, t->quoted);
	buf_puts(b, " AS ");
	buf_puts(b, alias);
}
