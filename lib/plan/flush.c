/*
 * The flush: sorts the changes of units of work (U2: what is referred to is
 * inserted before what refers to it, and deleted after it; within one table
 * updates, inserts, deletes) into groups, each of which is one statement.
 * Called by batch_write.c when all units of a batch are collected.
 */
#include <stdlib.h>
#include <string.h>

#include "flush_parts.h"

struct flush *
flush_new(struct arena *arena, struct sql_cache *sql)
{
	struct flush	*f = arena_alloc(arena, sizeof(*f));

	if (f != NULL) {
		f->arena = arena;
		f->sql = sql;
	}
	return f;
}

size_t
flush_statements(const struct flush *f)
{
	return f->groups.n;
}

bool
flush_detours(const struct flush *f)
{
	return f->detours;
}

bool
flush_knows_keys(const struct flush *f)
{
	return !f->keys_unknown;
}

/*
 * Inserts into one table share a statement, so that keys are drawn in the
 * order of the rows (U2): a column that one of them names is NULL in the
 * others, unless it has a default that NULL would hide (U10).
 */
static int
insert_compare(const struct change *a, const struct change *b)
{
	const struct column	*c;
	size_t			 i;

	for (i = 0; i < a->table->columns.n; i++) {
		c = a->table->columns.v[i];
		if ((c->default_sql != NULL || c->generated) &&
		    a->set[i] != b->set[i])
			return a->set[i] - b->set[i];
	}
	return 0;
}

/* Without a primary key: which columns of the stored rows are NULL. */
static int
nulls_compare(const struct change *a, const struct change *b)
{
	size_t	i;
	int	c = 0;

	for (i = 0; a->table->key.n == 0 && i < a->table->columns.n &&
	    c == 0; i++)
		c = identity_is_null(a, i) - identity_is_null(b, i);
	return c;
}

static int
set_compare(const struct change *a, const struct change *b)
{
	int	c;

	switch (a->kind) {
	case CHANGE_INSERT:
		return insert_compare(a, b);
	case CHANGE_VACATE:
	case CHANGE_UPDATE:
		c = memcmp(a->set, b->set, a->table->columns.n);
		return c != 0 ? c : nulls_compare(a, b);
	case CHANGE_BULK:
		return a->columns == b->columns ? 0 :
		    a->columns < b->columns ? -1 : 1;
	case CHANGE_DELETE:
		return nulls_compare(a, b);
	case CHANGE_LOCK:
	case CHANGE_BLIND:
		break;
	}
	return 0;
}

enum { PHASE_READY, PHASE_ROOM, PHASE_THERE, PHASE_AWAY };

static int
phase_of(const struct change *c)
{
	switch (c->kind) {
	case CHANGE_LOCK:
		return PHASE_READY;
	case CHANGE_VACATE:
		return PHASE_ROOM;
	case CHANGE_UPDATE:
	case CHANGE_INSERT:
		return PHASE_THERE;
	case CHANGE_BULK:
	case CHANGE_DELETE:
	case CHANGE_BLIND:
		break;
	}
	return PHASE_AWAY;
}

/* The order of statements, then what may share one, then the order of rows. */
static int
change_compare(const void *x, const void *y)
{
	const struct change	*a = x, *b = y;
	int			 aphase = phase_of(a), bphase = phase_of(b);
	bool			 adel = aphase == PHASE_AWAY;
	int			 c;

	if (a->ahead != b->ahead)
		return a->ahead > b->ahead ? -1 : 1;
	if (aphase != bphase)
		return aphase - bphase;
	if ((c = a->table->rank - b->table->rank) != 0 ||
	    (c = a->level - b->level) != 0)
		return adel ? -c : c;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->table != b->table)
		return a->table->index - b->table->index;
	if ((c = set_compare(a, b)) != 0)
		return c;
	return a->number < b->number ? -1 : 1;
}

static bool
same_statement(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && a->table == b->table &&
	    a->level == b->level && a->ahead == b->ahead &&
	    set_compare(a, b) == 0;
}

int
flush_send(struct flush *f, struct round *round)
{
	struct statement	st = { 0 };
	struct group		g;
	size_t			i;

	if (f->changes.n == 0)
		return 0;
	qsort(f->changes.v, f->changes.n, sizeof(*f->changes.v),
	    change_compare);
	for (i = 0; i < f->changes.n; i += g.n) {
		memset(&g, 0, sizeof(g));
		g.changes = &f->changes.v[i];
		while (i + g.n < f->changes.n &&
		    same_statement(g.changes, &g.changes[g.n]))
			g.n++;
		if (group_statement(f, &g, &st) == -1 ||
		    vec_push(f->arena, &round->statements, st) == -1 ||
		    vec_push(f->arena, &f->groups, g) == -1)
			return -1;
	}
	return 0;
}
