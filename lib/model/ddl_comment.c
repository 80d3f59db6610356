/*
 * What a model says about its tables and columns, as comments in the database.
 * Called by ddl.c.
 */
#include "ddl_parts.h"

static void
put_comment(struct ddl *d, const struct table *t, const struct column *c,
    const char *text)
{
	if (text == NULL)
		return;
	buf_printf(d->b, "COMMENT ON %s ", c == NULL ? "TABLE" : "COLUMN");
	ddl_table(d, t);
	if (c != NULL) {
		buf_putc(d->b, '.');
		ddl_name(d, c->name);
	}
	buf_puts(d->b, " IS\n    ");
	ddl_literal(d, text);
	buf_puts(d->b, ";\n");
}

void
ddl_comments(struct ddl *d)
{
	const struct table	*t;
	size_t			 i, j;

	for (i = 0; i < d->r->tables.n; i++) {
		t = d->order[i];
		put_comment(d, t, NULL, t->comment);
		for (j = 0; j < t->columns.n; j++)
			put_comment(d, t, t->columns.v[j],
			    t->columns.v[j]->comment);
	}
}
