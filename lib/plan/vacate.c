/*
 * Rule U3: unique values that change hands within a unit.  Called by collect.c
 * when a unit's changes are known.  SQLAlchemy fails where its order of
 * statements meets a value that is still taken; here the row that has it gives
 * it up before all other changes: to NULL where the column may be NULL, else to
 * a value that nobody else has; and where there is none, a row that is deleted
 * goes first.
 */
#include <limits.h>
#include <string.h>

#include "flush_parts.h"
#include "value.h"

enum { STAND_IN_LEAST = 4 };	/* characters: 64^3 stand-ins */

static bool
is_among(struct column *const *columns, size_t n, const struct column *c)
{
	size_t	i;

	for (i = 0; i < n && columns[i] != c; i++)
		;
	return i < n;
}

static bool
is_key(const struct table *t, const struct column *c)
{
	return is_among(t->key.v, t->key.n, c);
}

/*
 * Does a foreign key lead from this column, or to it as a part of the key?
 * Rows that refer to another unique value follow it there and back, or nobody
 * refers to it: else the change itself would be refused.
 */
static bool
is_bound(const struct table *t, const struct column *c)
{
	size_t	i;

	if (column_refers(c))
		return true;
	for (i = 0; is_key(t, c) && i < t->referrers.n; i++)
		if (is_among(t->referrers.v[i]->references.v,
		    t->referrers.v[i]->references.n, c))
			return true;
	return false;
}

/*
 * Does something else follow what becomes of this column?  Who refers to it by
 * ON UPDATE CASCADE would come back from another value, but not from NULL, and
 * not where its own key followed.
 */
static bool
is_followed(const struct table *t, const struct column *c, bool to_null)
{
	const struct foreign_key	*fk;
	size_t				 i;

	for (i = 0; i < t->referrers.n; i++) {
		fk = t->referrers.v[i];
		if (is_among(fk->references.v, fk->references.n, c) &&
		    fk->on_update != FK_NO_ACTION &&
		    fk->on_update != FK_RESTRICT && (to_null ||
		    fk->on_update != FK_CASCADE || fk_is_in_key(fk)))
			return true;
	}
	return false;
}

static bool
goes_null(const struct column *c)
{
	return c->nullable && !is_key(c->table, c) &&
	    !is_followed(c->table, c, true);
}

/* Is there always a value of the type that no row has? */
static bool
has_stand_in(const struct column *c)
{
	return c->type->json == JSON_INTEGER || c->type->id == TYPE_TEXT ||
	    c->type->id == TYPE_UUID || (c->type->id == TYPE_VARCHAR &&
	    (c->length == 0 || c->length >= STAND_IN_LEAST));
}

/*
 * A column that its row can do without for a moment.  Best one by which it is
 * not found.
 */
static const struct column *
column_to_vacate(const struct table *table, struct column *const *columns,
    size_t n)
{
	const struct column	*c, *other = NULL;
	size_t			 i;

	for (i = 0; i < n; i++) {
		c = columns[i];
		if (goes_null(c))
			return c;
		if (!is_bound(table, c) && !is_followed(table, c, false) &&
		    has_stand_in(c) && (other == NULL || is_key(table, other)))
			other = c;
	}
	return other;
}

static size_t
integer_size(const struct type *t)
{
	return t->cell == CELL_INT2 ? 2 : t->cell == CELL_INT4 ? 4 :
	    t->cell == CELL_INT8 ? 8 : 16;
}

static size_t
stand_in_size(const struct column *c)
{
	const size_t	n = integer_size(c->type);

	return c->type->id == TYPE_VARCHAR && c->length > 0 &&
	    (size_t)c->length < n ? (size_t)c->length : n;
}

/* A value that no row has: far below all integers in use, or of odd bytes. */
static int
stand_in(struct arena *a, const struct column *c, const struct object *o,
    struct cell *out)
{
	const bool	 is_text = c->type->cell == CELL_TEXT;
	uint64_t	 n = (uint64_t)o->order + 1;
	size_t		 size = stand_in_size(c), own = size, i;
	char		*p;

	if (goes_null(c)) {
		*out = (struct cell){ NULL, -1 };
		return 0;
	}
	if ((p = arena_alloc(a, size)) == NULL)
		return -1;
	if (is_text)
		memset(p, '\x7f', size);
	else if (c->type->cell != CELL_UUID) {
		/* It may travel with more bytes than it has. */
		if (c->narrow != NULL && integer_size(c->narrow) < size)
			own = integer_size(c->narrow);
		memset(p, '\xff', size - own);
		p[size - own] = (char)0x80;
	}
	/* Six bits a letter, and the first one stays; numbers keep a sign. */
	for (i = 0; is_text && i < own - 1 && n > 0; i++, n >>= 6)
		p[size - 1 - i] = (char)('0' + n % 64);
	for (i = 0; !is_text && i < own && n > 0; i++, n >>= 8)
		p[size - 1 - i] |= (char)(n & 0xff);
	out->p = p;
	out->n = (int32_t)size;
	return 0;
}

/* Will the natural order do: the holder's update comes before the insert. */
static bool
in_order(const struct flush *f, const struct change *taker,
    const struct change *holder)
{
	return !f->staged && taker->kind == CHANGE_INSERT &&
	    holder->kind == CHANGE_UPDATE && holder->level <= taker->level;
}

/*
 * One holder gives way, once, however many want the value; its own update then
 * has to name the column.  Where it is part of the key, the row is found by the
 * new one from then on, so that this comes last.
 */
static int
give_way(struct flush *f, struct change *holder, const struct column *c)
{
	struct object	*o = holder->object;
	const size_t	 n = o->table->columns.n;
	const bool	 is_last = is_key(o->table, c);
	struct cell	*values;
	unsigned char	*set, *own;

	if (holder->gives_way != NULL && holder->gives_way[c->index])
		return 0;
	values = arena_array(f->arena, n, sizeof(*values));
	set = arena_alloc(f->arena, n);
	own = arena_alloc(f->arena, n);
	if (values == NULL || set == NULL || own == NULL)
		return -1;
	memcpy(values, o->was, n * sizeof(*values));
	if (stand_in(f->arena, c, o, &values[c->index]) == -1)
		return -1;
	set[c->index] = 1;
	holder->gives_way = set;
	if (is_last)
		holder->found = values;
	if (holder->kind == CHANGE_UPDATE) {
		memcpy(own, holder->set, n);
		own[c->index] = 1;
		holder->set = own;
	}
	/* The list may move: `holder' is not used behind this. */
	if (change_add(f, o, CHANGE_VACATE, set, is_last) == -1)
		return -1;
	f->changes.v[f->changes.n - 1].values = values;
	return 0;
}

/*
 * No value can stand in, but the holder goes: then it goes first, where nobody
 * refers to its rows.  What it gives up besides comes before that.
 */
static void
go_first(struct flush *f, size_t end, struct change *holder)
{
	size_t	i;

	if (holder->kind != CHANGE_DELETE || holder->object->postponed != 0 ||
	    holder->table->referrers.n > 0)
		return;
	holder->ahead = INT_MAX - 1;
	for (i = end; i < f->changes.n; i++)
		if (f->changes.v[i].object == holder->object)
			f->changes.v[i].ahead = INT_MAX;
}

/* A map's key for the values of these columns; p is NULL where one is NULL. */
static int
values_key(struct arena *a, const struct cell *row,
    struct column *const *columns, size_t n, struct key_bytes *out)
{
	const struct cell	*cells = cells_pick(a, row, columns, n);

	out->p = NULL;
	if (cells == NULL)
		return -1;
	if (key_has_null(cells, n))
		return 0;
	return key_bytes(a, cells, n, out);
}

static bool
changes_any(const struct change *c, struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (c->kind == CHANGE_DELETE || (c->set != NULL &&
		    c->set[columns[i]->index]))
			return true;
	return false;
}

/* Who gives up values of this constraint, by those values. */
static int
holders_find(struct flush *f, size_t from, size_t end,
    const struct table *table, struct column *const *columns, size_t n,
    struct map *holders)
{
	const struct change	*c;
	struct key_bytes	 key;
	size_t			 i, *at;

	for (i = from; i < end; i++) {
		c = &f->changes.v[i];
		if (c->table != table || c->object->was == NULL ||
		    !changes_any(c, columns, n))
			continue;
		if (values_key(f->arena, c->object->was, columns, n, &key) ==
		    -1 || (at = arena_alloc(f->arena, sizeof(*at))) == NULL)
			return -1;
		*at = i;
		if (key.p != NULL && map_put(f->arena, holders, key.p, key.n,
		    at) == -1)
			return -1;
	}
	return 0;
}

/* Does any row get values of this constraint? */
static bool
taken_any(const struct flush *f, size_t from, size_t end,
    const struct table *table, struct column *const *columns, size_t n)
{
	size_t	i;

	for (i = from; i < end; i++)
		if (f->changes.v[i].table == table &&
		    f->changes.v[i].kind != CHANGE_DELETE &&
		    changes_any(&f->changes.v[i], columns, n))
			return true;
	return false;
}

static int
unique_vacate(struct flush *f, size_t from, size_t end,
    const struct table *table, struct column *const *columns, size_t n)
{
	const struct column	*c = column_to_vacate(table, columns, n);
	struct map		 holders;
	struct key_bytes	 key;
	size_t			 i, *at;

	memset(&holders, 0, sizeof(holders));
	if ((c == NULL && table->referrers.n > 0) ||
	    !taken_any(f, from, end, table, columns, n))
		return 0;
	if (holders_find(f, from, end, table, columns, n,
	    &holders) == -1)
		return -1;
	for (i = from; i < end && holders.n > 0; i++) {
		if (f->changes.v[i].table != table ||
		    f->changes.v[i].kind == CHANGE_DELETE ||
		    !changes_any(&f->changes.v[i], columns, n))
			continue;
		if (values_key(f->arena, f->changes.v[i].object->now, columns,
		    n, &key) == -1)
			return -1;
		if (key.p == NULL ||
		    (at = map_get(&holders, key.p, key.n)) == NULL ||
		    f->changes.v[*at].object == f->changes.v[i].object ||
		    in_order(f, &f->changes.v[i],
		    &f->changes.v[*at]))
			continue;
		if (c == NULL)
			go_first(f, end, &f->changes.v[*at]);
		else if (f->changes.v[*at].ahead == 0 &&
		    give_way(f, &f->changes.v[*at], c) == -1)
			return -1;
	}
	return 0;
}

int
vacate_column(struct flush *f, size_t change, const struct column *c)
{
	return give_way(f, &f->changes.v[change], c);
}

int
vacate_collect(struct flush *f, struct uow *u, size_t from)
{
	const struct table	*table;
	const struct unique	*unique;
	size_t			 end = f->changes.n, i, k;
	bool			*seen;

	if (end - from < 2)
		return 0;
	seen = arena_alloc(f->arena, u->call->registry->tables.n);
	if (seen == NULL)
		return -1;
	for (i = from; i < end; i++) {
		table = f->changes.v[i].table;
		if (seen[table->index])
			continue;
		seen[table->index] = true;
		if (unique_vacate(f, from, end, table, table->key.v,
		    table->key.n) == -1)
			return -1;
		for (k = 0; k < table->uniques.n; k++) {
			unique = table->uniques.v[k];
			if (!unique->initially_deferred && unique_vacate(f,
			    from, end, table, unique->columns.v,
			    unique->columns.n) == -1)
				return -1;
		}
	}
	return 0;
}
