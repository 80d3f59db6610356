/*
 * The order of a unit's changes where one changes a key that others refer to.
 * Called by collect.c when the changes are known.  The order of tables (U2) has
 * such a key changed before the rows that refer to it; but rows that cease to
 * refer to it, and rows whose own keys follow it by ON UPDATE CASCADE, have to
 * be written while the old key is still there.  They go ahead, together with
 * what they need; or, where a column may be NULL, refer to nothing meanwhile.
 */
#include <limits.h>
#include <string.h>

#include "flush_parts.h"
#include "relate_parts.h"
#include "value.h"

enum {
	STAGES_MOST = 64,	/* keys that have to wait for each other */
	FOLLOWED_MOST = 16	/* tables through which a key passes */
};

/* One change has to come before another. */
struct pair {
	size_t	before, after;
	int	ahead;		/* by one stage; 0: not behind it */
};

struct stages {
	struct flush	*f;
	struct uow	*u;
	size_t		 from, end;
	struct map	 by_object;	/* size_t: its place in f->changes */
	VEC(struct pair) pairs;
};

static bool
sets_any(const struct change *c, struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (c->set != NULL && c->set[columns[i]->index])
			return true;
	return false;
}

bool
stage_wanted(const struct flush *f, size_t from)
{
	const struct foreign_key	*fk;
	const struct change		*c;
	size_t				 i, k;

	for (i = from; i < f->changes.n; i++) {
		c = &f->changes.v[i];
		for (k = 0; c->kind == CHANGE_UPDATE && !c->object->is_new &&
		    k < c->table->referrers.n; k++) {
			fk = c->table->referrers.v[k];
			if (sets_any(c, fk->references.v, fk->references.n))
				return true;
		}
	}
	return false;
}

static int
pair_add(struct stages *s, size_t before, size_t after, int ahead)
{
	const struct pair	pair = { before, after, ahead };

	return vec_push(s->u->arena, &s->pairs, pair);
}

/* The change that inserts, updates or deletes it; NULL: none does. */
static const size_t *
change_of(struct stages *s, const struct object *o)
{
	return map_get(&s->by_object, &o, sizeof(o));
}

static bool
overlap(struct column *const *a, size_t na, struct column *const *b, size_t nb)
{
	size_t	i, k;

	for (i = 0; i < na; i++)
		for (k = 0; k < nb; k++)
			if (a[i] == b[k])
				return true;
	return false;
}

/* The changes by which a row gets other values where this key refers to. */
struct movers {
	VEC(size_t)	 list;
};

static int
movers_find(struct stages *s, const struct object *o,
    const struct foreign_key *fk, int depth, struct movers *out)
{
	const struct foreign_key	*up;
	const size_t			*at = change_of(s, o);
	size_t				 k;

	if (at != NULL && s->f->changes.v[*at].kind == CHANGE_UPDATE &&
	    sets_any(&s->f->changes.v[*at], fk->references.v,
	    fk->references.n) && vec_push(s->u->arena, &out->list, *at) == -1)
		return -1;
	for (k = 0; depth < FOLLOWED_MOST && k < FKS_MOST &&
	    o->followed >> k != 0; k++) {
		up = o->table->fks.v[k];
		if (o->followed >> k & 1 && overlap(up->columns.v,
		    up->columns.n, fk->references.v, fk->references.n) &&
		    movers_find(s, o->parents[k], up, depth + 1, out) == -1)
			return -1;
	}
	return 0;
}

bool
fk_is_in_key(const struct foreign_key *fk)
{
	struct column *const	*columns;
	size_t			 n;

	columns = identity_columns(fk->table, &n);
	return overlap(columns, n, fk->columns.v, fk->columns.n);
}

static bool
blocks(const struct foreign_key *fk)
{
	return !fk->initially_deferred && (fk->on_update == FK_NO_ACTION ||
	    fk->on_update == FK_RESTRICT);
}

/* A column by which the row can cease to refer for a moment; or NULL. */
static const struct column *
column_to_null(const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (fk->columns.v[i]->nullable &&
		    !identity_has(fk->table, fk->columns.v[i]))
			return fk->columns.v[i];
	return NULL;
}

bool
stage_can_carry(const struct foreign_key *fk)
{
	return !blocks(fk) || column_to_null(fk) != NULL;
}

/* What it referred to as it was stored. */
static int
stored_pairs(struct stages *s, size_t i, const struct foreign_key *fk,
    const struct object *now)
{
	const struct change	*c = &s->f->changes.v[i];
	struct movers		 movers = { { NULL, 0, 0 } };
	struct object		*was;
	const size_t		*at;
	bool			 leaves;
	size_t			 k;

	leaves = c->kind == CHANGE_DELETE ||
	    sets_any(c, fk->columns.v, fk->columns.n);
	if (level_referred(s->u, c->object, fk, true, &was) == -1)
		return -1;
	if (was == NULL || was == c->object)
		return 0;
	if (leaves && was->deleted && (at = change_of(s, was)) != NULL &&
	    pair_add(s, i, *at, 0) == -1)
		return -1;
	if (!(leaves && blocks(fk)) &&
	    !(fk->on_update == FK_CASCADE && fk_is_in_key(fk)))
		return 0;
	if (movers_find(s, was, fk, 0, &movers) == -1)
		return -1;
	/* Who moves need not go ahead: it may be too early for its new one. */
	if (movers.list.n > 0 && now != NULL && blocks(fk)) {
		if (column_to_null(fk) != NULL)
			return vacate_column(s->f, i, column_to_null(fk));
		if (was == now)
			return 0;
	}
	for (k = 0; k < movers.list.n; k++)
		if (pair_add(s, i, movers.list.v[k], 1) == -1)
			return -1;
	return 0;
}

/* What it refers to from now on. */
static int
new_pairs(struct stages *s, size_t i, const struct foreign_key *fk,
    const struct object *now)
{
	struct movers	 movers = { { NULL, 0, 0 } };
	const size_t	*at;
	size_t		 k;

	if (now->is_new)
		return (at = change_of(s, now)) == NULL ? 0 :
		    pair_add(s, *at, i, 0);
	if (movers_find(s, now, fk, 0, &movers) == -1)
		return -1;
	for (k = 0; k < movers.list.n; k++)
		if (pair_add(s, movers.list.v[k], i,
		    now->table->rank == fk->table->rank) == -1)
			return -1;
	return 0;
}

static int
change_pairs(struct stages *s, size_t i)
{
	const struct table		*table = s->f->changes.v[i].table;
	const struct foreign_key	*fk;
	struct object			*o, *now;
	bool				 gives;
	size_t				 k;

	o = s->f->changes.v[i].object;
	for (k = 0; k < table->fks.n; k++) {
		fk = table->fks.v[k];
		now = NULL;
		gives = s->f->changes.v[i].kind != CHANGE_DELETE && sets_any(
		    &s->f->changes.v[i], fk->columns.v, fk->columns.n);
		if (gives && level_referred(s->u, o, fk, false, &now) == -1)
			return -1;
		if (o->was != NULL && stored_pairs(s, i, fk, now) == -1)
			return -1;
		if (now != NULL && now != o && new_pairs(s, i, fk, now) == -1)
			return -1;
	}
	return 0;
}

/* How far ahead each has to be, so that all pairs are in order. */
static void
pairs_settle(struct stages *s)
{
	struct change	*v = s->f->changes.v;
	bool		 changed = true;
	size_t		 i;
	int		 round, need;

	for (round = 0; changed && round < STAGES_MOST; round++) {
		changed = false;
		for (i = 0; i < s->pairs.n; i++) {
			const struct pair	*p = &s->pairs.v[i];

			need = v[p->after].ahead + p->ahead;
			if (v[p->before].ahead >= need)
				continue;
			v[p->before].ahead = need;
			changed = true;
		}
	}
}

int
stage_collect(struct flush *f, struct uow *u, size_t from)
{
	struct stages	 s;
	struct object	**o;
	size_t		 i, *at;

	memset(&s, 0, sizeof(s));
	s.f = f;
	s.u = u;
	s.from = from;
	s.end = f->changes.n;
	for (i = s.from; i < s.end; i++) {
		if (f->changes.v[i].kind == CHANGE_VACATE)
			continue;
		o = arena_alloc(u->arena, sizeof(*o));
		at = arena_alloc(u->arena, sizeof(*at));
		if (o == NULL || at == NULL)
			return -1;
		*o = f->changes.v[i].object;
		*at = i;
		/* The first one: what is postponed comes last in any case. */
		if (map_put(u->arena, &s.by_object, o, sizeof(*o), at) == -1)
			return -1;
	}
	for (i = s.from; i < s.end; i++)
		if (f->changes.v[i].kind != CHANGE_VACATE &&
		    f->changes.v[i].level != LEVEL_LAST &&
		    change_pairs(&s, i) == -1)
			return -1;
	pairs_settle(&s);
	for (i = s.from; i < f->changes.n; i++)
		if (f->changes.v[i].kind == CHANGE_VACATE)
			f->changes.v[i].ahead = INT_MAX;
	return 0;
}
