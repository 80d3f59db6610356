/*
 * Results as JSON: objects by lib/serialize, keys, pages, counts.  Called by
 * request.c when a unit is done; it refuses only what does not end or does not
 * fit.
 */
#include "json_out.h"
#include "loader.h"
#include "result.h"
#include "value.h"
#include "write.h"

static void
key_write(struct buf *b, const struct key *key)
{
	const struct table	*table = key->model->table;
	size_t			 i;

	if (table->key.n != 1)
		buf_putc(b, '[');
	for (i = 0; i < table->key.n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		value_write(b, table->key.v[i], &key->cells[i]);
	}
	if (table->key.n != 1)
		buf_putc(b, ']');
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
		if (shape_write(b, r->rows.v[i], max_depth, err) == -1)
			return -1;
	}
	buf_putc(b, ']');
	return 0;
}

static int
page_write(struct buf *b, const struct op *op, const struct result *r,
    int max_depth, struct error *err)
{
	size_t	i;

	buf_puts(b, "{\"items\":");
	if (objects_write(b, r, max_depth, err) == -1)
		return -1;
	if (r->more) {
		buf_puts(b, ",\"next\":[");
		for (i = 0; i < op->order.n; i++) {
			if (i > 0)
				buf_putc(b, ',');
			value_write(b, op->order.v[i].column, &r->after[i]);
		}
		buf_putc(b, ']');
	}
	if (r->counted) {
		buf_puts(b, ",\"count\":");
		json_put_int(b, r->count);
	}
	buf_putc(b, '}');
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
		if (counts[i] > 0) {
			json_put_key(b, registry->models.v[i]->name);
			json_put_int(b, counts[i]);
		}
	buf_putc(b, '}');
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
		return shape_write(b, r->rows.n > 0 ? r->rows.v[0] : NULL,
		    max_depth, err);
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
	case RESULT_CHANGES:
		buf_putc(b, '{');
		counts_write(b, call->registry, "deleted", r->deleted);
		counts_write(b, call->registry, "updated", r->updated);
		buf_putc(b, '}');
		return 0;
	}
	return 0;
}

int
result_write(struct buf *b, const struct unit *u, int max_depth,
    struct error *err)
{
	const struct call	*call = u->call;
	size_t			 i;

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
