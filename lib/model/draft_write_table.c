/*
 * The text of one table in inspect: what a model and an association table
 * have in common.  Called by draft_write.c.  What follows from other members
 * by itself (ormd-model(5)) is not said.
 */
#include <string.h>

#include "draft.h"
#include "draft_text.h"
#include "json_out.h"

static const char *const	actions[] = {
	[FK_NO_ACTION] = NULL, [FK_RESTRICT] = "restrict",
	[FK_CASCADE] = "cascade", [FK_SET_NULL] = "set null",
	[FK_SET_DEFAULT] = "set default"
};

void
draft_put_names(struct buf *b, struct found_column *const *columns, size_t n)
{
	size_t	i;

	buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		json_put_text(b, columns[i]->name);
	}
	buf_putc(b, ']');
}

/* "table.column", with the schema where the file says that. */
static void
put_path(struct draft *d, struct buf *b, const struct draft_table *t,
    const struct found_column *c)
{
	const char	*path = arena_printf(d->a, "%s.%s", t->path, c->name);

	if (path == NULL)
		b->broken = true;
	else
		json_put_text(b, path);
}

static void
put_deferral(struct buf *b, bool deferrable, bool deferred)
{
	if (deferrable && !deferred)
		text_bool(b, "deferrable", true);
	if (deferred)
		text_string(b, "initially", "deferred");
}

static void
put_fk_options(struct buf *b, const struct found_fk *fk)
{
	if (actions[fk->on_delete] != NULL)
		text_string(b, "on_delete", actions[fk->on_delete]);
	if (actions[fk->on_update] != NULL)
		text_string(b, "on_update", actions[fk->on_update]);
	put_deferral(b, fk->deferrable, fk->deferred);
}

/* The foreign key that is said at the column: the first of this one only. */
static const struct draft_fk *
column_fk(const struct draft_table *t, const struct found_column *c)
{
	size_t	i;

	for (i = 0; i < t->fks.n; i++)
		if (t->fks.v[i]->fk->columns.n == 1 &&
		    t->fks.v[i]->fk->columns.v[0] == c)
			return t->fks.v[i];
	return NULL;
}

/* Is the column part of a foreign key that the file says? */
static bool
refers(const struct draft_table *t, const struct found_column *c)
{
	size_t	i, j;

	for (i = 0; i < t->fks.n; i++)
		for (j = 0; j < t->fks.v[i]->fk->columns.n; j++)
			if (t->fks.v[i]->fk->columns.v[j] == c)
				return true;
	return false;
}

static bool
in_key(const struct draft_table *t, const struct found_column *c)
{
	size_t	i;

	for (i = 0; t->key != NULL && i < t->key->columns.n; i++)
		if (t->key->columns.v[i] == c)
			return true;
	return false;
}

/* Said at the column: a unique of it alone that is checked at once. */
static bool
is_unique(const struct draft_table *t, const struct found_column *c)
{
	size_t	i;

	for (i = 0; i < t->uniques.n; i++)
		if (t->uniques.v[i]->columns.n == 1 &&
		    !t->uniques.v[i]->deferrable &&
		    t->uniques.v[i]->columns.v[0] == c)
			return true;
	return false;
}

/* How the file says what fills the column. */
enum said { SAID_NOT, SAID_DEFAULT, SAID_COMPUTED, SAID_FALSE, SAID_TRUE,
	SAID_ALWAYS, SAID_BY_ITSELF };

static enum said
how_filled(const struct draft_table *t, const struct draft_column *draft)
{
	const struct found_column	*c = draft->c;
	bool				 integer, key;

	integer = type_find(draft->type)->json == JSON_INTEGER &&
	    c->words == NULL && !c->is_array && !refers(t, c);
	/* A sequence fills it, if nothing is said. */
	key = integer && in_key(t, c) && t->key->columns.n == 1;
	switch (c->origin) {
	case ORIGIN_NOTHING:
		return key ? SAID_FALSE : SAID_NOT;
	case ORIGIN_DEFAULT:
		break;
	case ORIGIN_SERIAL:
	case ORIGIN_IDENTITY:
		if (integer)
			return key ? SAID_BY_ITSELF : SAID_TRUE;
		break;
	case ORIGIN_ALWAYS:
		if (integer)
			return SAID_ALWAYS;
		break;
	case ORIGIN_COMPUTED:
		return SAID_COMPUTED;
	}
	return c->default_sql == NULL ? SAID_NOT : SAID_DEFAULT;
}

static void
put_origin(const struct found_column *c, enum said said, struct buf *b)
{
	switch (said) {
	case SAID_NOT:
	case SAID_BY_ITSELF:
		break;
	case SAID_DEFAULT:
		text_string(b, "default", c->default_sql);
		break;
	case SAID_COMPUTED:
		text_string(b, "computed", c->computed_sql);
		break;
	case SAID_FALSE:
	case SAID_TRUE:
		text_bool(b, "autoincrement", said == SAID_TRUE);
		break;
	case SAID_ALWAYS:
		text_string(b, "autoincrement", "always");
		break;
	}
}

/* Does an index of this column alone stand beside the keys? */
static bool
has_own_index(const struct found_table *t, const struct found_column *c)
{
	size_t	i;

	for (i = 0; i < t->indexes.n; i++)
		if (t->indexes.v[i]->is_plain &&
		    t->indexes.v[i]->columns.n == 1 &&
		    t->indexes.v[i]->columns.v[0] == c)
			return true;
	return false;
}

/* Does the primary key, or a unique of the file, begin with the column? */
static bool
is_led(const struct draft_table *t, const struct found_column *c)
{
	size_t	i;

	if (t->key != NULL && t->key->columns.v[0] == c)
		return true;
	for (i = 0; i < t->uniques.n; i++)
		if (t->uniques.v[i]->columns.v[0] == c)
			return true;
	return false;
}

static void
put_index(const struct draft_table *t, struct found_column *c,
    const struct draft_fk *fk, struct buf *b)
{
	bool	by_default = fk != NULL && !is_led(t, c);
	bool	is = has_own_index(t->t, c) || (by_default &&
		    found_is_indexed(t->t, &c, 1));

	if (is != by_default)
		text_bool(b, "index", is);
}

static void
put_column(struct draft *d, const struct draft_table *t,
    const struct draft_column *draft, struct buf *b)
{
	struct found_column	*c = t->t->columns.v[draft->c->index];
	const struct draft_fk	*fk = column_fk(t, c);
	enum said		 said = how_filled(t, draft);

	buf_putc(b, '{');
	text_string(b, "type", draft->type);
	if (in_key(t, c) && t->key->columns.n == 1)
		text_bool(b, "primary_key", true);
	else if (c->not_null && !in_key(t, c) && said < SAID_TRUE)
		text_bool(b, "nullable", false);
	if (is_unique(t, c))
		text_bool(b, "unique", true);
	put_origin(c, said, b);
	if (fk != NULL) {
		text_inline(b, "references");
		put_path(d, b, fk->to, fk->fk->references.v[0]);
		put_fk_options(b, fk->fk);
	}
	put_index(t, c, fk, b);
	if (draft->is_private)
		text_bool(b, "private", true);
	if (c->comment != NULL)
		text_string(b, "comment", c->comment);
	buf_putc(b, '}');
}

static void
put_columns(struct draft *d, const struct draft_table *t, struct text *out)
{
	size_t	i, n = t->t->columns.n;
	int	width = 0;

	for (i = 0; i < n; i++)
		if (!t->columns[i].out)
			width = text_wider(width, t->columns[i].c->name);
	text_key(out, "columns", 0);
	text_open(out, '{');
	for (i = 0; i < n; i++) {
		if (t->columns[i].out)
			continue;
		text_key(out, t->columns[i].c->name, width);
		put_column(d, t, &t->columns[i], out->b);
	}
	text_close(out, '}');
}

static void
put_uniques(const struct draft_table *t, struct text *out)
{
	const struct found_key	*u;
	size_t			 i;
	bool			 any = false;

	for (i = 0; i < t->uniques.n; i++) {
		u = t->uniques.v[i];
		if (u->columns.n == 1 && !u->deferrable)
			continue;
		if (!any) {
			text_key(out, "unique", 0);
			text_open(out, '[');
			any = true;
		}
		text_item(out);
		if (!u->deferrable) {
			draft_put_names(out->b, u->columns.v, u->columns.n);
			continue;
		}
		buf_putc(out->b, '{');
		text_inline(out->b, "columns");
		draft_put_names(out->b, u->columns.v, u->columns.n);
		put_deferral(out->b, true, u->deferred);
		buf_putc(out->b, '}');
	}
	if (any)
		text_close(out, ']');
}

static void
put_fks(struct draft *d, const struct draft_table *t, struct text *out)
{
	const struct draft_fk	*fk;
	size_t			 i, j;
	bool			 any = false;

	for (i = 0; i < t->fks.n; i++) {
		fk = t->fks.v[i];
		if (fk->fk->columns.n == 1 &&
		    column_fk(t, fk->fk->columns.v[0]) == fk)
			continue;
		if (!any) {
			text_key(out, "foreign_keys", 0);
			text_open(out, '[');
			any = true;
		}
		text_item(out);
		buf_putc(out->b, '{');
		text_inline(out->b, "columns");
		draft_put_names(out->b, fk->fk->columns.v, fk->fk->columns.n);
		text_inline(out->b, "references");
		buf_putc(out->b, '[');
		for (j = 0; j < fk->fk->references.n; j++) {
			if (j > 0)
				buf_puts(out->b, ", ");
			put_path(d, out->b, fk->to, fk->fk->references.v[j]);
		}
		buf_putc(out->b, ']');
		put_fk_options(out->b, fk->fk);
		buf_putc(out->b, '}');
	}
	if (any)
		text_close(out, ']');
}

void
draft_write_table(struct draft *d, const struct draft_table *t,
    struct text *out)
{
	size_t	i;

	if (t->schema != NULL) {
		text_key(out, "schema", 0);
		json_put_text(out->b, t->schema);
	}
	if (t->t->comment != NULL) {
		text_key(out, "comment", 0);
		json_put_text(out->b, t->t->comment);
	}
	put_columns(d, t, out);
	if (t->key != NULL && t->key->columns.n > 1) {
		text_key(out, "primary_key", 0);
		draft_put_names(out->b, t->key->columns.v, t->key->columns.n);
	}
	put_uniques(t, out);
	put_fks(d, t, out);
	if (t->t->checks.n == 0)
		return;
	text_key(out, "checks", 0);
	text_open(out, '[');
	for (i = 0; i < t->t->checks.n; i++) {
		text_item(out);
		json_put_text(out->b, t->t->checks.v[i]);
	}
	text_close(out, ']');
}
