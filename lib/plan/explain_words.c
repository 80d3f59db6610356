/*
 * What of a message of PostgreSQL may go to a client.  Called by explain.c.
 * Messages about values quote the value, and that may be a stored one that
 * nobody may see: a check, a trigger or a generated column has read it.  So
 * what is quoted stays only where the request itself gave it.
 */
#include <stdio.h>
#include <string.h>

#include "aggregate.h"
#include "explain_words.h"
#include "nested.h"
#include "where.h"

enum { VISIT_DEPTH = 64 };

/* What stands between the first quote of a message and the last. */
struct quoted {
	const char	*p;
	size_t		 n;
};

/* A number's digits are not its bytes; PostgreSQL quotes only texts. */
static bool
is_in(const struct quoted *q, const char *p, int32_t n)
{
	return n > 0 && memmem(p, (size_t)n, q->p, q->n) != NULL;
}

static bool
cells_give(const struct quoted *q, const struct cell *cells, size_t n)
{
	size_t	i;

	for (i = 0; cells != NULL && i < n; i++)
		if (is_in(q, cells[i].p, cells[i].n))
			return true;
	return false;
}

static bool
spec_gives(const struct quoted *q, const struct spec *spec, int depth)
{
	const struct assignment	*as;
	size_t			 i, k;

	if (spec == NULL || depth > VISIT_DEPTH)
		return false;
	if (is_in(q, spec->value.p, spec->value.n) ||
	    (spec->kind == SPEC_GET && (cells_give(q, spec->key,
	    spec->model->table->key.n) || (spec->unique != NULL &&
	    cells_give(q, spec->unique_values, spec->unique->columns.n)))) ||
	    spec_gives(q, spec->item, depth + 1))
		return true;
	for (i = 0; i < spec->assignments.n; i++) {
		as = &spec->assignments.v[i];
		if (as->attribute->kind == ATTRIBUTE_COLUMN &&
		    !as->attribute->is_password &&
		    is_in(q, as->cell.p, as->cell.n))
			return true;
		for (k = 0; k < as->specs.n; k++)
			if (spec_gives(q, as->specs.v[k], depth + 1))
				return true;
	}
	return false;
}

static bool
specs_give(const struct quoted *q, struct spec *const *specs, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (spec_gives(q, specs[i], 0))
			return true;
	return false;
}

static bool
condition_gives(const struct quoted *q, const struct condition *c)
{
	size_t	i;

	for (i = 0; c != NULL && i < c->params.n; i++)
		if (is_in(q, c->params.v[i].p, c->params.v[i].n))
			return true;
	return false;
}

static bool
op_gives(const struct quoted *q, const struct op *op)
{
	size_t	i;

	if (spec_gives(q, op->target, 0) ||
	    specs_give(q, op->values.v, op->values.n) ||
	    specs_give(q, op->items.v, op->items.n) ||
	    condition_gives(q, op->where) || (op->aggregate != NULL &&
	    condition_gives(q, op->aggregate->having)))
		return true;
	for (i = 0; op->nesting != NULL && i < op->nesting->all.n; i++)
		if (condition_gives(q, op->nesting->all.v[i]->where))
			return true;
	return false;
}

static bool
call_gives(const struct quoted *q, const struct call *call)
{
	size_t	i;

	for (i = 0; i < call->ops.n; i++)
		if (op_gives(q, call->ops.v[i]))
			return true;
	return false;
}

/* Other languages have other quotes, and none of them is ASCII. */
static bool
is_ascii(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if ((unsigned char)p[i] >= 0x80)
			return false;
	return true;
}

void
explain_words(const struct call *call, const char *message,
    struct error *err)
{
	const char	*first = strchr(message, '"');
	const char	*last = strrchr(message, '"');
	struct quoted	 q;

	if (first == NULL)
		first = last = message + strlen(message);
	if (!is_ascii(message, (size_t)(first - message)) ||
	    !is_ascii(last, strlen(last)))
		return;
	q.p = first + 1;
	q.n = first == last ? 0 : (size_t)(last - q.p);
	if (q.n == 0 || call_gives(&q, call))
		snprintf(err->message, sizeof(err->message), "%s", message);
	else
		snprintf(err->message, sizeof(err->message), "%.*s...%s",
		    (int)(q.p - message), message, last);
}
