/*
 * The reading side of a batch: what reads and replies want of the loader, and
 * its rows as their results.  Called by batch.c, and by batch_print.c for the
 * objects that writes print.
 */
#include "aggregate.h"
#include "batch_parts.h"
#include "caller.h"
#include "query.h"

struct pending *
batch_pending_add(struct batch *b, struct unit *u, size_t op)
{
	struct pending	*p = arena_alloc(b->arena, sizeof(*p));

	if (p == NULL || vec_push(b->arena, &b->machine->pending, p) == -1)
		return NULL;
	p->result = &u->results[op];
	p->op = u->call->ops.v[op];
	if (u->call->sight.class == CLASS_USER)
		p->viewer = &u->call->caller->key;
	return p;
}

int
batch_want_key(struct batch *b, struct pending *p,
    const struct cell *const *keys, size_t n)
{
	size_t	i;

	p->slots = arena_array(b->arena, n, sizeof(*p->slots));
	if (p->slots == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if ((p->slots[p->nslots++] = loader_want(b->machine->loader,
		    p->op->load, p->op->nesting, p->viewer, keys[i])) == NULL)
			return -1;
	return 0;
}

/* By primary key, or by a label: null until its object has been made. */
static int
get_begin(struct batch *b, struct pending *p)
{
	const struct spec	*target = p->op->target;
	const struct cell	*key = target->key;

	p->result->kind = RESULT_OBJECT;
	if (target->kind == SPEC_REF)
		key = map_get(&b->machine->made, &target->labelled,
		    sizeof(target->labelled));
	return key == NULL ? 0 : batch_want_key(b, p, &key, 1);
}

/* Asks for what one read needs. */
int
batch_read_begin(struct batch *b, struct unit *u, size_t index)
{
	struct machine		*m = b->machine;
	struct pending		*p = batch_pending_add(b, u, index);
	const struct op		*op = u->call->ops.v[index];
	struct statement	*st;

	if (p == NULL)
		return -1;
	if (op->kind == OP_GET && op->target->unique == NULL)
		return get_begin(b, p);
	if (op->kind == OP_COUNT || op->kind == OP_AGGREGATE || op->count) {
		p->count = op->kind == OP_AGGREGATE ?
		    query_aggregate(b->arena, b->sql, u->call, op) :
		    query_count(b->arena, b->sql, u->call, op);
		if (p->count == NULL ||
		    vec_push(b->arena, &m->counts, p) == -1)
			return -1;
	}
	if (op->kind == OP_COUNT || op->kind == OP_AGGREGATE) {
		p->result->kind = op->kind == OP_COUNT ? RESULT_COUNT :
		    RESULT_GROUPS;
		return 0;
	}
	p->result->kind = op->kind == OP_GET ? RESULT_OBJECT : RESULT_PAGE;
	if (op->kind == OP_FIND)
		p->list.most = (size_t)op->limit;
	st = op->kind == OP_GET ?
	    query_unique(b->arena, b->sql, u->call, op) :
	    query_page(b->arena, b->sql, u->call, op);
	return st == NULL ? -1 : loader_want_rows(m->loader, op->load,
	    op->nesting, p->viewer, st, &p->list);
}

/* The loader's next statements; 1: there are some. */
int
batch_load_next(struct batch *b, struct round *round, bool *more)
{
	struct machine	*m = b->machine;
	size_t		 i, before = round->statements.n;

	*more = false;
	m->base_counts = rls_statements(&m->rls, round);
	if (!m->printed && batch_print(b) == -1)
		return -1;
	for (i = 0; !m->counting && i < m->counts.n; i++)
		if (vec_push(b->arena, &round->statements,
		    *m->counts.v[i]->count) == -1)
			return -1;
	m->counting = true;
	m->base_loader = rls_statements(&m->rls, round);
	if (loader_next(m->loader, round, more) == -1 ||
	    rls_run_as(b, &m->rls, round, before, RLS_CALLER) == -1)
		return -1;
	return round->statements.n > before;
}

int
batch_count_take(struct batch *b, struct pending *p,
    const struct answer *answer)
{
	const unsigned char	*c;
	uint64_t		 v = 0;
	int			 i;

	if (p->op->kind == OP_AGGREGATE)
		return aggregate_take(b->arena, p->op, answer, p->result);
	if (answer->nrows == 1 && answer->cells[0].n == 8) {
		c = (const unsigned char *)answer->cells[0].p;
		for (i = 0; i < 8; i++)
			v = v << 8 | c[i];
	}
	p->result->count = (int64_t)v;
	return 0;
}

/* A page's rows, whether there is one more, and where others could start. */
static int
page_finish(struct batch *b, struct pending *p)
{
	struct result	*result = p->result;
	size_t		 i;

	for (i = 0; i < p->list.rows.n; i++)
		if (vec_push(b->arena, &result->rows, p->list.rows.v[i]) == -1)
			return -1;
	result->more = p->list.lines.n > p->list.rows.n;
	result->lines = p->list.lines.v;
	result->nloaded = p->op->load->columns.n;
	result->counted = p->op->count;
	return 0;
}

int
batch_rows_finish(struct batch *b)
{
	struct machine	*m = b->machine;
	struct pending	*p;
	size_t		 i, k;

	for (i = 0; i < m->pending.n; i++) {
		p = m->pending.v[i];
		if (p->result->kind == RESULT_PAGE) {
			if (page_finish(b, p) == -1)
				return -1;
			continue;
		}
		for (k = 0; k < p->list.rows.n; k++)
			if (vec_push(b->arena, &p->result->rows,
			    p->list.rows.v[k]) == -1)
				return -1;
		/* In a list, what is not there after all keeps its place. */
		for (k = 0; k < p->nslots; k++)
			if ((p->slots[k]->row != NULL ||
			    p->result->kind == RESULT_OBJECTS) &&
			    vec_push(b->arena, &p->result->rows,
			    p->slots[k]->row) == -1)
				return -1;
	}
	m->pending.n = 0;
	return 0;
}
