/*
 * Counts what a unit of work changes, and by which rule, without writing it:
 * for `preview', for `max', and for the token by which a delete is held to its
 * preview.  Called by batch_write.c when a unit has run.  It refuses a guarded
 * delete that would take more, or something else, than it may.
 */
#include <inttypes.h>
#include <string.h>

#include "buf.h"
#include "flush.h"
#include "preview.h"
#include "reach.h"
#include "rights.h"

bool
plan_is_token(const char *s)
{
	return strlen(s) == PLAN_TOKEN_SIZE - 1 &&
	    strspn(s, "0123456789abcdef") == PLAN_TOKEN_SIZE - 1;
}

/* A letter for what becomes of the row, its table, a NUL, its key. */
static int
digest_row(struct uow *u, struct plan_sum *sum, const struct object *o,
    enum preview_sort sort)
{
	const struct plan_seal	*seal = u->call->seal;
	const struct cell	*key;
	struct column *const	*columns;
	struct key_bytes	 bytes;
	size_t			 n, at;
	char			*row;

	columns = identity_columns(o->table, &n);
	key = cells_pick(u->arena, o->was != NULL ? o->was : o->now, columns,
	    n);
	if (key == NULL || key_bytes(u->arena, key, n, &bytes) == -1)
		return -1;
	at = strlen(o->table->quoted) + 2;
	if ((row = arena_raw(u->arena, at + bytes.n)) == NULL)
		return -1;
	row[0] = sort == PREVIEW_DELETE ? 'd' : 'u';
	memcpy(row + 1, o->table->quoted, at - 1);
	if (bytes.n > 0)
		memcpy(row + at, bytes.p, bytes.n);
	seal->row(seal, row, at + bytes.n, sum);
	return 0;
}

/* PREVIEW_SORTS: nothing. */
static enum preview_sort
object_sort(const struct object *o)
{
	if (o->expunged || o->absent || o->unseen)
		return PREVIEW_SORTS;
	if (o->is_new)		/* and gone again with what it refers to? */
		return o->acted == ACTED_DELETED ? PREVIEW_SORTS :
		    PREVIEW_INSERT;
	if (object_is_gone(o))
		return PREVIEW_DELETE;
	return o->acted != ACTED_NOT || object_is_changed(o) ?
	    PREVIEW_UPDATE : PREVIEW_SORTS;
}

static int
reason_count(struct uow *u, struct preview_table *t, const struct object *o)
{
	struct preview_reason	 new = { o->rule, o->via, 1 }, *r;
	size_t			 i;

	/* An association object that the creator of a proxy makes. */
	if (o->is_new && o->rule == NULL && o->spec != NULL &&
	    o->spec->item != NULL)
		new.rule = "P2";
	for (i = 0; i < t->reasons.n; i++) {
		r = &t->reasons.v[i];
		if (r->via == new.via && (r->rule == new.rule ||
		    (r->rule != NULL && new.rule != NULL &&
		    strcmp(r->rule, new.rule) == 0))) {
			r->n++;
			return 0;
		}
	}
	return vec_push(u->arena, &t->reasons, new);
}

/* A sample of the keys: as stored, and without those that are not made yet. */
static int
key_keep(struct uow *u, struct preview_table *t, const struct object *o)
{
	const struct cell	*row = o->was != NULL ? o->was : o->now;
	struct cell		*key;
	bool			 known = false;
	size_t			 i;

	if (t->keys.n == PREVIEW_KEYS)
		return 0;
	key = arena_array(u->arena, t->ncolumns, sizeof(*key));
	if (key == NULL)
		return -1;
	for (i = 0; i < t->ncolumns; i++) {
		if (t->columns[i]->is_private)
			return 0;
		key[i] = row[t->columns[i]->index];
		if (cell_made_up(&key[i]))
			key[i].n = -1;
		known |= key[i].n >= 0;
	}
	return known ? vec_push(u->arena, &t->keys, key) : 0;
}

static int
object_count(struct uow *u, struct preview *p, struct plan_sum *sum,
    const struct object *o)
{
	enum preview_sort	 sort = object_sort(o);
	struct preview_table	*t;

	if (sort == PREVIEW_SORTS)
		return 0;
	t = &p->tables[sort][o->table->index];
	t->table = o->table;
	t->columns = identity_columns(o->table, &t->ncolumns);
	t->n++;
	if (sort != PREVIEW_INSERT && digest_row(u, sum, o, sort) == -1)
		return -1;
	return reason_count(u, t, o) == -1 ? -1 : key_keep(u, t, o);
}

struct preview *
preview_make(struct uow *u)
{
	struct preview		*p = arena_alloc(u->arena, sizeof(*p));
	const struct plan_seal	*seal = u->call->seal;
	struct plan_sum		 sum = { 0, 0 };
	size_t			 i, n = u->call->registry->tables.n;

	if (p == NULL)
		return NULL;
	for (i = 0; i < PREVIEW_SORTS; i++)
		if ((p->tables[i] = arena_array(u->arena, n,
		    sizeof(*p->tables[i]))) == NULL)
			return NULL;
	for (i = 0; i < u->objects.n; i++)
		if (object_count(u, p, &sum, u->objects.v[i]) == -1)
			return NULL;
	p->cut = u->reach->cut;
	if (!p->cut)
		seal->token(seal, &sum, p->plan);
	return p;
}

static const char *
table_word(const struct table *t)
{
	return t->model != NULL ? t->model->name : t->name;
}

/* "Model 3, Other 1": what the delete would take. */
static int
counts_detail(const struct uow *u, const int64_t *counts, struct error *err)
{
	const struct table	*t;
	struct buf		 b;
	size_t			 i;

	buf_init(&b, 0);
	for (i = 0; i < u->call->registry->tables.n; i++) {
		t = u->call->registry->tables.v[i];
		if (counts[i] > 0)
			buf_printf(&b, "%s%s %" PRId64, b.n > 0 ? ", " : "",
			    table_word(t), counts[i]);
	}
	buf_putc(&b, '\0');
	if (!b.broken)
		error_detail(err, "%s", b.p);
	buf_free(&b);
	return -1;
}

/* t == NULL: all rows together. */
static int
too_many(const struct op *op, const struct table *t, int64_t most,
    struct error *err)
{
	const struct guard	*guard = op->guard;

	error_set(err, ERROR_LIMIT, guard->max_path != NULL ? guard->max_path :
	    op->path, "this delete would reach more rows%s%s than %" PRId64,
	    t != NULL ? " of " : "", t != NULL ? table_word(t) : "", most);
	error_about(err, t != NULL ? table_word(t) : op->model->name, NULL);
	return error_hint(err, "preview tells what it would take; max says "
	    "how much it may");
}

static int
guard_exceeded(const struct uow *u, const struct op *op,
    const int64_t *counts, struct error *err)
{
	const struct guard	*guard = op->guard;
	int64_t			 all = 0;
	size_t			 i;

	for (i = 0; i < u->call->registry->tables.n; i++) {
		all += counts[i];
		if (guard->tables == NULL || guard->tables[i] < 0 ||
		    counts[i] <= guard->tables[i])
			continue;
		too_many(op, u->call->registry->tables.v[i],
		    guard->tables[i], err);
		return counts_detail(u, counts, err);
	}
	if (guard->all < 0 || all <= guard->all)
		return 0;
	too_many(op, NULL, guard->all, err);
	return counts_detail(u, counts, err);
}

/* `complete': all facts are there; before that, more can only be added. */
static int
guard_check(struct uow *u, size_t index, bool complete, struct error *err)
{
	const struct op		*op = u->call->ops.v[index];
	const struct plan_seal	*seal = u->call->seal;
	const struct object	*o;
	enum preview_sort	 sort;
	struct plan_sum		 sum = { 0, 0 };
	int64_t			*counts;
	size_t			 i;
	char			 token[PLAN_TOKEN_SIZE];

	counts = arena_array(u->arena, u->call->registry->tables.n,
	    sizeof(*counts));
	if (counts == NULL)
		return error_nomem(err);
	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		sort = object_sort(o);
		if (sort == PREVIEW_SORTS || sort == PREVIEW_INSERT ||
		    (u->call->is_transaction && o->op != index))
			continue;
		counts[o->table->index]++;
		if (complete && op->guard->plan != NULL &&
		    digest_row(u, &sum, o, sort) == -1)
			return error_nomem(err);
	}
	if (guard_exceeded(u, op, counts, err) == -1)
		return -1;
	if (!complete || op->guard->plan == NULL)
		return 0;
	seal->token(seal, &sum, token);
	if (strcmp(token, op->guard->plan) == 0)
		return 0;
	error_set(err, ERROR_PLAN_CHANGED, op->guard->plan_path, "%s",
	    error_rows[ERROR_PLAN_CHANGED].message);
	error_about(err, op->model->name, NULL);
	error_hint(err, "preview it again");
	return counts_detail(u, counts, err);
}

static int
guards_check(struct uow *u, bool complete, struct error *err)
{
	size_t	i;

	for (i = u->first; i < u->end; i++)
		if (u->call->ops.v[i]->guard != NULL &&
		    guard_check(u, i, complete, err) == -1)
			return -1;
	return 0;
}

/* A list was longer than all that the delete may take, and than is counted. */
static int
list_too_long(const struct uow *u, struct error *err)
{
	const struct table	*t = u->reach->cut_at;
	const struct guard	*guard = u->reach->guard;
	bool			 of_table;

	of_table = guard->tables != NULL && guard->tables[t->index] >= 0;
	too_many(u->call->ops.v[u->first], of_table ? t : NULL, of_table ?
	    guard->tables[t->index] : guard->all, err);
	return error_detail(err, "more than %" PRId64 " of %s",
	    reach_rows(u->reach, t, FACT_LIST), table_word(t));
}

/* The write would find a missing value before it meets the database. */
static int
preview_refused(struct uow *u, struct error *err)
{
	struct flush	*flush = flush_new(u->arena, NULL);
	struct result	*results;
	struct error	 first;

	results = arena_array(u->arena, u->call->ops.n, sizeof(*results));
	if (flush == NULL || results == NULL)
		return error_nomem(err);
	if (flush_add(flush, u, results, &first) == -1)
		*err = first;
	return -1;
}

static int
preview_ran(struct uow *u, int ran, struct error *err)
{
	struct error	first;
	int		may;

	if (ran == 0) {
		ran = reach_follow(u, err);
		/* What the database would say is for those who may. */
		may = ran == 1 ? 0 : rights_check(u, &first);
		if (may == -1) {
			*err = first;
			return -1;
		}
		if (may == 1 && !u->reach->cut)
			return 1;
		if (ran == -1 && !u->reach->cut)
			return preview_refused(u, err);
	}
	if (!u->reach->cut || ran == 0)
		return ran;
	/* What can be counted is counted. */
	if (ran == 1)
		return 0;
	if (err->kind == ERROR_LIMIT)
		return -1;
	/* Found wrong, perhaps because of the rows that are missing. */
	error_set(err, ERROR_LIMIT, NULL, "this cannot be told from "
	    "%" PRId64 " rows", u->call->preview_limit);
	return error_hint(err, "preview_limit is a setting of the server");
}

int
preview_check(struct uow *u, int ran, struct error *err)
{
	if (u->reach == NULL)
		return ran;
	if (u->reach->is_preview)
		return preview_ran(u, ran, err);
	if (u->reach->cut)
		return list_too_long(u, err);
	if (ran == 0)
		ran = reach_follow(u, err);
	if (ran == 0)
		ran = rights_check(u, err);
	if (ran == -1)
		return -1;
	/* A lone delete only grows while facts come: no need to see it all. */
	if ((ran == 0 || (u->reach->guard != NULL &&
	    (int64_t)u->objects.n > u->reach->rows_left)) &&
	    guards_check(u, ran == 0, err) == -1)
		return -1;
	return ran;
}
