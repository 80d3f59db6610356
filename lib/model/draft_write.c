/*
 * The text of a model file in inspect.  Everything has been decided; the order
 * is that of the tables as they were found.
 */
#include <string.h>

#include "draft.h"
#include "draft_text.h"
#include "json_out.h"

/* "foreign_keys": needed where several lead between the two tables. */
static void
put_choice(struct draft *d, const struct draft_end *end, struct buf *b)
{
	const struct draft_table	*from = end->fk->from;
	const struct draft_table	*to = end->fk->to;
	const char			*path;
	size_t				 i;
	int				 n = 0;

	for (i = 0; i < from->fks.n; i++)
		n += from->fks.v[i]->to == to;
	for (i = 0; i < to->fks.n && from != to; i++)
		n += to->fks.v[i]->to == from;
	if (n == 1)
		return;
	text_inline(b, "foreign_keys");
	buf_putc(b, '[');
	for (i = 0; i < end->fk->fk->columns.n; i++) {
		path = arena_printf(d->a, "%s.%s", from->path,
		    end->fk->fk->columns.v[i]->name);
		if (i > 0)
			buf_puts(b, ", ");
		if (path == NULL)
			b->broken = true;
		else
			json_put_text(b, path);
	}
	buf_putc(b, ']');
}

static void
put_end(struct draft *d, const struct draft_end *end, int width,
    struct text *out)
{
	const struct found_fk	*fk;
	struct buf		*b = out->b;

	text_key(out, end->name, width);
	buf_putc(b, '{');
	text_string(b, "target", end->target->name);
	text_string(b, "back_populates", end->back->name);
	if (end->link != NULL) {
		text_inline(b, "secondary");
		buf_putc(b, '{');
		text_string(b, "table", end->link->path);
		text_inline(b, "local");
		draft_put_names(b, end->near->fk->columns.v,
		    end->near->fk->columns.n);
		text_inline(b, "remote");
		draft_put_names(b, end->far->fk->columns.v,
		    end->far->fk->columns.n);
		buf_putc(b, '}');
	} else {
		fk = end->fk->fk;
		put_choice(d, end, b);
		if (end->to_one && end->fk->from == end->fk->to) {
			text_inline(b, "remote_side");
			draft_put_names(b, fk->references.v, fk->references.n);
		}
		if (!end->to_one && !end->uselist)
			text_bool(b, "uselist", false);
	}
	if (end->cascade != NULL)
		text_string(b, "cascade", end->cascade);
	if (end->passive != NULL) {
		text_inline(b, "passive_deletes");
		buf_puts(b, end->passive);
	}
	buf_putc(b, '}');
}

static void
put_relationships(struct draft *d, const struct draft_table *t,
    struct text *out)
{
	int	width = 0;
	size_t	i;

	if (t->ends.n == 0)
		return;
	for (i = 0; i < t->ends.n; i++)
		width = text_wider(width, t->ends.v[i]->name);
	text_key(out, "relationships", 0);
	text_open(out, '{');
	for (i = 0; i < t->ends.n; i++)
		put_end(d, t->ends.v[i], width, out);
	text_close(out, '}');
}

static void
put_proxies(const struct draft_table *t, struct text *out)
{
	const struct draft_proxy	*p;
	int				 width = 0;
	size_t				 i;

	if (t->proxies.n == 0)
		return;
	for (i = 0; i < t->proxies.n; i++)
		width = text_wider(width, t->proxies.v[i]->name);
	text_key(out, "association_proxies", 0);
	text_open(out, '{');
	for (i = 0; i < t->proxies.n; i++) {
		p = t->proxies.v[i];
		text_key(out, p->name, width);
		buf_putc(out->b, '{');
		text_string(out->b, "through", p->through->name);
		text_string(out->b, "attribute", p->attribute->name);
		buf_putc(out->b, '}');
	}
	text_close(out, '}');
}

static int
put_only(struct draft *d, const struct draft_table *t, struct text *out)
{
	VEC(const char *)	names = { 0 };
	size_t			i;

	for (i = 0; i < t->t->columns.n; i++)
		if (!t->columns[i].out && !t->columns[i].is_private &&
		    vec_push(d->a, &names, t->t->columns.v[i]->name) == -1)
			return -1;
	text_key(out, "serialize_only", 0);
	text_list(out, names.v, names.n);
	return 0;
}

static void
put_model(struct draft *d, const struct draft_table *t, struct text *out)
{
	text_key(out, t->name, 0);
	text_open(out, '{');
	text_key(out, "table", 0);
	json_put_text(out->b, t->t->name);
	draft_write_table(d, t, out);
	put_relationships(d, t, out);
	put_proxies(t, out);
	if (t->rules.n > 0) {
		text_key(out, "serialize_rules", 0);
		text_list(out, t->rules.v, t->rules.n);
	}
	if (t->only_columns && put_only(d, t, out) == -1)
		out->b->broken = true;
	text_close(out, '}');
}

static void
put_enums(struct draft *d, struct text *out)
{
	const char	*name;
	size_t		 i;

	if (d->enums.n == 0)
		return;
	text_key(out, "enums", 0);
	text_open(out, '{');
	for (i = 0; i < d->enums.n; i++) {
		if ((name = draft_enum(d, d->enums.v[i])) == NULL) {
			out->b->broken = true;
			return;
		}
		text_key(out, name, 0);
		text_list(out, d->enums.v[i]->values.v,
		    d->enums.v[i]->values.n);
	}
	text_close(out, '}');
}

static void
put_links(struct draft *d, struct text *out)
{
	const struct draft_table	*t;
	size_t				 i;
	bool				 any = false;

	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (t->part != PART_LINK)
			continue;
		if (!any) {
			text_key(out, "tables", 0);
			text_open(out, '{');
			any = true;
		}
		text_key(out, t->t->name, 0);
		text_open(out, '{');
		draft_write_table(d, t, out);
		text_close(out, '}');
	}
	if (any)
		text_close(out, '}');
}

int
draft_write(struct draft *d, struct buf *b)
{
	struct text	out = { b, 0 };
	size_t		i;

	text_open(&out, '{');
	text_key(&out, "ormd", 0);
	buf_putc(b, '1');
	put_enums(d, &out);
	text_key(&out, "models", 0);
	text_open(&out, '{');
	for (i = 0; i < d->tables.n; i++)
		if (d->tables.v[i]->part == PART_MODEL)
			put_model(d, d->tables.v[i], &out);
	text_close(&out, '}');
	put_links(d, &out);
	text_close(&out, '}');
	buf_putc(b, '\n');
	return b->broken ? -1 : 0;
}
