/*
 * Results as JSON: objects by lib/serialize, pages, keys, counts.  Called by
 * request when a unit is done; it refuses only what does not end or does not
 * fit.
 */
#include "aggregate.h"
#include "json_out.h"
#include "page.h"
#include "preview.h"
#include "result.h"
#include "value.h"
#include "write.h"

static void
key_write(struct buf *b, const struct key *key)
{
	cells_write(b, key->model->table->key.v, key->model->table->key.n,
	    key->cells);
}

static int
object_write(struct buf *b, const struct row *row, int max_depth,
    struct error *err)
{
	if (shape_write(b, row, max_depth, err) == 0)
		return 0;
	return b->broken && row != NULL ? object_too_long(row, err) : -1;
}

/* {"id":7}: what its maker may know of an object that he may not see. */
static void
unseen_write(struct buf *b, const struct key *key)
{
	const struct table	*t = key->model->table;
	size_t			 i;

	buf_putc(b, '{');
	for (i = 0; i < t->key.n; i++) {
		json_put_key(b, t->key.v[i]->name);
		value_write(b, t->key.v[i], &key->cells[i]);
	}
	buf_putc(b, '}');
}

/* The i-th object of a result; null: there is none. */
static int
nth_write(struct buf *b, const struct result *r, size_t i, int max_depth,
    struct error *err)
{
	const struct row	*row = i < r->rows.n ? r->rows.v[i] : NULL;

	if (row != NULL || i >= r->keys.n || r->keys.v[i].cells == NULL)
		return object_write(b, row, max_depth, err);
	unseen_write(b, &r->keys.v[i]);
	return 0;
}

static int
objects_write(struct buf *b, const struct result *r, int max_depth,
    struct error *err)
{
	size_t	i;

	buf_putc(b, '[');
	for (i = 0; i < r->rows.n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		if (nth_write(b, r, i, max_depth, err) == -1)
			return -1;
	}
	buf_putc(b, ']');
	return 0;
}

static void
counts_write(struct buf *b, const struct registry *registry,
    const char *name, const int64_t *counts)
{
	size_t	i;

	json_put_key(b, name);
	buf_putc(b, '{');
	for (i = 0; i < registry->models.n; i++)
		if (counts[i] > 0)
			json_put_member_int(b, registry->models.v[i]->name,
			    counts[i]);
	buf_putc(b, '}');
}

/* "O2 User.sessions": the rule, and the relationship that has it. */
static void
reason_write(struct buf *b, const struct preview_reason *r)
{
	struct buf	name;

	buf_init(&name, 0);
	buf_puts(&name, r->rule != NULL ? r->rule : "asked for");
	if (r->via != NULL)
		buf_printf(&name, " %s.%s", r->via->model->name, r->via->name);
	buf_putc(&name, '\0');
	if (name.broken)
		b->broken = true;
	else
		json_put_member_int(b, name.p, r->n);
	buf_free(&name);
}

static void
changes_write(struct buf *b, const struct preview_table *t)
{
	size_t	i;

	json_put_key(b, t->table->model != NULL ? t->table->model->name :
	    t->table->name);
	buf_puts(b, "{\"count\":");
	json_put_int(b, t->n);
	buf_puts(b, ",\"keys\":[");
	for (i = 0; i < t->keys.n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		cells_write(b, t->columns, t->ncolumns, t->keys.v[i]);
	}
	buf_puts(b, "],\"rules\":{");
	for (i = 0; i < t->reasons.n; i++)
		reason_write(b, &t->reasons.v[i]);
	buf_puts(b, "}}");
}

/* NULL: of no operations at all. */
static void
preview_write(struct buf *b, const struct registry *registry,
    const struct preview *p)
{
	static const char *const	names[] = { "inserts", "updates",
	    "deletes" };
	size_t				i, k;

	buf_putc(b, '{');
	for (i = 0; i < PREVIEW_SORTS; i++) {
		json_put_key(b, names[i]);
		buf_putc(b, '{');
		for (k = 0; p != NULL && k < registry->tables.n; k++)
			if (p->tables[i][k].n > 0)
				changes_write(b, &p->tables[i][k]);
		buf_putc(b, '}');
	}
	if (p != NULL && p->cut)
		buf_puts(b, ",\"cut\":true");
	else if (p != NULL)
		json_put_member_text(b, "plan", p->plan);
	buf_putc(b, '}');
}

/* {"groups":[{"rating":5,"n":2}, …]} */
static int
groups_write(struct buf *b, const struct aggregate *a, const struct result *r,
    struct error *err)
{
	const struct output	*out;
	size_t			 i, k;

	buf_puts(b, "{\"groups\":[");
	for (i = 0; i < r->ngroups; i++) {
		json_put_comma(b);
		buf_putc(b, '{');
		for (k = 0; k < a->outputs.n; k++) {
			out = a->outputs.v[k];
			json_put_key(b, out->name);
			value_write(b, &out->column, &r->lines[i][k]);
		}
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	if (r->more)
		buf_puts(b, ",\"more\":true");
	buf_putc(b, '}');
	if (!b->broken)
		return 0;
	error_set(err, ERROR_LIMIT, NULL, "these groups are longer than "
	    "max_reply");
	return error_hint(err, "ask for fewer, by limit, where or having");
}

static int
op_write(struct buf *b, const struct call *call, const struct op *op,
    const struct result *r, int max_depth, struct error *err)
{
	size_t	i;

	switch (r->kind) {
	case RESULT_NONE:
		buf_puts(b, "null");
		return 0;
	case RESULT_OBJECT:
		return nth_write(b, r, 0, max_depth, err);
	case RESULT_OBJECTS:
		return objects_write(b, r, max_depth, err);
	case RESULT_PAGE:
		return page_write(b, op, r, max_depth, err);
	case RESULT_KEY:
		key_write(b, &r->keys.v[0]);
		return 0;
	case RESULT_KEYS:
		buf_putc(b, '[');
		for (i = 0; i < r->keys.n; i++) {
			if (i > 0)
				buf_putc(b, ',');
			key_write(b, &r->keys.v[i]);
		}
		buf_putc(b, ']');
		return 0;
	case RESULT_COUNT:
		buf_puts(b, "{\"count\":");
		json_put_int(b, r->count);
		buf_putc(b, '}');
		return 0;
	case RESULT_GROUPS:
		return groups_write(b, op->aggregate, r, err);
	case RESULT_CHANGES:
		buf_putc(b, '{');
		counts_write(b, call->registry, "deleted", r->deleted);
		counts_write(b, call->registry, "updated", r->updated);
		buf_putc(b, '}');
		return 0;
	case RESULT_PREVIEW:
		break;		/* not of one operation */
	}
	return 0;
}

int
result_write(struct buf *b, const struct unit *u, int max_depth,
    struct error *err)
{
	const struct call	*call = u->call;
	size_t			 i;

	if (call->is_preview) {
		preview_write(b, call->registry, call->ops.n > 0 ?
		    u->results[0].preview : NULL);
		return 0;
	}
	if (!call->is_transaction)
		return op_write(b, call, call->ops.v[0], &u->results[0],
		    max_depth, err);
	buf_puts(b, "{\"results\":[");
	for (i = 0; i < call->ops.n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		if (op_write(b, call, call->ops.v[i], &u->results[i],
		    max_depth, err) == -1)
			return -1;
	}
	buf_puts(b, "]}");
	return 0;
}
