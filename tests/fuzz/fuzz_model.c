/*
 * A model file, and after NULs values that are offered to each of its columns.
 * What must hold:
 *
 * - a refusal says what it refuses;
 * - what is taken keeps the promises of model.h, and can be printed as SQL;
 * - a value that is taken is printed as JSON in one line, and that is taken
 *   again, as the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "model.h"
#include "value.h"

enum { VALUES_MOST = 20 };

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
check_relationship(const struct relationship *r)
{
	demand(r->target != NULL && r->local.n > 0);
	demand(r->local.n == r->near_columns.n || r->secondary == NULL);
	demand(r->local.n == r->remote.n || r->secondary != NULL);
	demand((r->direction == MANY_TO_MANY) == (r->secondary != NULL));
	demand((r->fk == NULL) == (r->secondary != NULL));
	demand(r->direction != MANY_TO_ONE || !r->uselist);
	if (r->back != NULL) {
		demand(r->back->back == r && r->back->target == r->model);
		demand(r->back->fk == r->fk);
		demand(r->secondary != NULL ||
		    r->back->direction != r->direction);
	}
}

static void
check_model(const struct model *m)
{
	const struct attribute	*attribute;
	size_t			 i;

	demand(m->table->model == m && m->table->key.n > 0);
	for (i = 0; i < m->attributes.n; i++) {
		attribute = m->attributes.v[i];
		demand(model_attribute(m, attribute->name) == attribute);
		demand(attribute->kind != ATTRIBUTE_COLUMN ||
		    !attribute->column->is_private ||
		    attribute->is_password);
	}
	for (i = 0; i < m->relationships.n; i++) {
		demand(m->relationships.v[i]->index == (int)i);
		check_relationship(m->relationships.v[i]);
	}
	for (i = 0; i < m->proxies.n; i++)
		demand(m->proxies.v[i]->through != NULL &&
		    m->proxies.v[i]->attribute != NULL &&
		    m->proxies.v[i]->creator != NULL);
}

static void
check_table(const struct table *t)
{
	const struct foreign_key	*fk;
	size_t				 i, j;

	for (i = 0; i < t->columns.n; i++)
		demand(t->columns.v[i]->index == (int)i &&
		    t->columns.v[i]->table == t);
	for (i = 0; i < t->fks.n; i++) {
		fk = t->fks.v[i];
		demand(fk->columns.n == fk->references.n);
		demand(fk->target->rank <= t->rank);
		for (j = 0; j < fk->columns.n; j++)
			demand(fk->columns.v[j]->type->cell ==
			    fk->references.v[j]->type->cell);
	}
}

/* The tree of that JSON text, or NULL. */
static struct json *
parse(struct arena *a, const char *p, size_t n)
{
	struct json	*v;
	struct error	 err;

	return json_read(a, p, n, &v, &err) == 0 ? v : NULL;
}

/* -0 is printed so, and read as the integer 0. */
static bool
is_float(const struct column *c)
{
	return c->type->json == JSON_FLOAT ||
	    (c->element != NULL && c->element->json == JSON_FLOAT);
}

static void
offer(struct arena *a, const struct column *c, struct json *v)
{
	struct path		 root = { NULL, NULL, 0 };
	struct error		 err;
	struct json	*again;
	struct cell		 cell, same;
	struct buf		 out;

	if (value_from_json(a, c, v, &cell, &root, &err) == -1) {
		demand(err.kind == ERROR_INVALID_VALUE);
		demand(err.message[0] != '\0');
		return;
	}
	demand(cell.n >= 0);
	demand(cell_equal(&cell, &cell));
	demand(cell_compare(c, &cell, &cell) == 0);
	/* PostgreSQL sends bytea in another form than it is sent. */
	if (c->type->json == JSON_BASE64)
		return;
	buf_init(&out, 0);
	value_write(&out, c, &cell);
	demand(!out.broken && out.n > 0);
	demand(memchr(out.p, '\n', out.n) == NULL);
	again = parse(a, out.p, out.n);
	demand(again != NULL);
	demand(value_from_json(a, c, again, &same, &root, &err) == 0);
	demand(is_float(c) || cell_equal(&cell, &same));
	buf_free(&out);
}

static void
offer_all(const struct registry *r, const char *p, const char *end)
{
	const char		*stop;
	struct json		*v;
	struct arena		 a;
	size_t			 i, j;
	int			 n;

	for (n = 0; n < VALUES_MOST && p < end; n++, p = stop + 1) {
		if ((stop = memchr(p, '\0', (size_t)(end - p))) == NULL)
			stop = end;
		arena_init(&a, 0);
		v = parse(&a, p, (size_t)(stop - p));
		for (i = 0; v != NULL && i < r->tables.n; i++)
			for (j = 0; j < r->tables.v[i]->columns.n; j++)
				offer(&a, r->tables.v[i]->columns.v[j], v);
		arena_release(&a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char	*text = (const char *)data, *stop = NULL;
	struct registry	*r;
	struct error	 err;
	struct buf	 sql;
	size_t		 n, i;

	if (size > 0)
		stop = memchr(text, '\0', size);
	n = stop == NULL ? size : (size_t)(stop - text);
	memset(&err, 0, sizeof(err));
	if ((r = registry_load(text, n, &err)) == NULL) {
		demand(err.message[0] != '\0');
		return 0;
	}
	for (i = 0; i < r->tables.n; i++)
		check_table(r->tables.v[i]);
	for (i = 0; i < r->models.n; i++)
		check_model(r->models.v[i]);
	buf_init(&sql, 0);
	ddl_write(r, &sql);
	demand(!sql.broken);
	buf_free(&sql);
	if (stop != NULL)
		offer_all(r, stop + 1, text + size);
	registry_free(r);
	return 0;
}
