/*
 * Foreign keys of objects: whom a child belongs to, as things are now, and what
 * belonging and letting go do to it.  Called by the rooms of relationships.
 * The rules are O3, O4, X1 and C2 of semantics.md.
 */
#include <string.h>

#include "relate_parts.h"
#include "uow.h"
#include "value.h"

bool
identity_has(const struct table *table, const struct column *c)
{
	struct column *const	*columns;
	size_t			 i, n;

	columns = identity_columns(table, &n);
	for (i = 0; i < n; i++)
		if (columns[i] == c)
			return true;
	return false;
}

bool
fk_as_stored(const struct object *child, const struct foreign_key *fk)
{
	size_t	i;

	for (i = 0; child->was != NULL && i < fk->columns.n; i++)
		if (!cell_equal(&child->now[fk->columns.v[i]->index],
		    &child->was[fk->columns.v[i]->index]))
			return false;
	return child->was != NULL;
}

bool
fk_has_values_of(const struct object *child, const struct foreign_key *fk,
    const struct object *parent)
{
	size_t	i;

	for (i = 0; i < fk->columns.n; i++)
		if (!cell_equal(&child->now[fk->columns.v[i]->index],
		    &parent->now[fk->references.v[i]->index]))
			return false;
	return true;
}

/*
 * Does the child's foreign key lead to this parent, as things are now?  As it
 * is stored, it leads to the key that the parent had then.
 */
bool
fk_leads_to(const struct object *child, const struct foreign_key *fk,
    const struct object *parent)
{
	bool	stored;
	size_t	i;
	int	k = fk_index(fk);

	if (child->unlinked & fk_bit(fk))
		return false;
	if (k != -1 && child->parents[k] != NULL)
		return child->parents[k] == parent;
	stored = fk_as_stored(child, fk);
	if (stored && parent->is_new)
		return false;	/* of the same key: U6 */
	stored = stored && parent->was != NULL;
	for (i = 0; i < fk->columns.n; i++) {
		const struct cell	*a, *b;

		a = &child->now[fk->columns.v[i]->index];
		b = stored ? &parent->was[fk->references.v[i]->index] :
		    &parent->now[fk->references.v[i]->index];
		if (a->n < 0 || !cell_equal(a, b))
			return false;
	}
	return true;
}

bool
fk_is_null(const struct object *child, const struct foreign_key *fk)
{
	size_t	i;
	int	k = fk_index(fk);

	if (child->unlinked & fk_bit(fk))
		return true;
	if (k != -1 && child->parents[k] != NULL)
		return false;
	for (i = 0; i < fk->columns.n; i++)
		if (child->now[fk->columns.v[i]->index].n < 0)
			return true;
	return false;
}

bool
relate_leads_to(const struct object *o, const struct relationship *rel,
    const struct object *target)
{
	return rel->direction == MANY_TO_ONE && rel->fk != NULL &&
	    fk_leads_to(o, rel->fk, target);
}

/*
 * A parent that a client has named and that this unit leaves again: its
 * foreign key is never written, so nobody else finds that it is not there.
 */
static int
parent_left(struct uow *u, const struct object *child, int k,
    const struct object *next)
{
	struct object	*old = k != -1 ? child->parents[k] : NULL;

	return old == NULL || old == next || old->named == NULL ? 0 :
	    object_demand(u, old, LOCK_KEY_SHARE, old->named);
}

int
parents_left(struct uow *u, const struct object *o)
{
	bool	missing = false;
	size_t	k;
	int	r;

	for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
		if ((r = parent_left(u, o, (int)k, NULL)) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/*
 * The child belongs to the parent (O4, C2: as a whole).  A new parent's key may
 * not be known yet: relate_sync() brings the columns up to date at the end.
 */
int
fk_point(struct uow *u, struct object *child, const struct foreign_key *fk,
    struct object *parent, const struct path *path)
{
	size_t	i;
	int	r, k = fk_index(fk);

	if ((r = parent_left(u, child, k, parent)) != 0)
		return r;
	for (i = 0; i < fk->references.n; i++)
		if (!identity_has(parent->table, fk->references.v[i]) &&
		    (r = object_demand(u, parent, LOCK_KEY_SHARE, path)) != 0)
			return r;
	if (k == -1)
		return error_set(u->err, ERROR_LIMIT, path,
		    "%s has more than %d foreign keys", child->table->name,
		    FKS_MOST);
	child->parents[k] = parent;
	if (kin_point(u, child, parent) == -1)
		return -1;
	for (i = 0; i < fk->columns.n; i++) {
		child->now[fk->columns.v[i]->index] =
		    parent->now[fk->references.v[i]->index];
		child->paths[fk->columns.v[i]->index] = path;
	}
	child->let_go &= ~fk_bit(fk);
	child->unlinked &= ~fk_bit(fk);
	return object_given(u, child);
}

int
relate_forget(struct uow *u, struct object *o, const struct column *c)
{
	size_t	i;
	int	r;

	for (i = 0; i < o->table->fks.n && i < FKS_MOST; i++) {
		if (!fk_has(o->table->fks.v[i], c))
			continue;
		if ((r = parent_left(u, o, (int)i, NULL)) != 0)
			return r;
		o->parents[i] = NULL;
	}
	return 0;
}

/*
 * O3: the parent lets the child go.  X1: where the relationship has
 * delete-orphan, that alone makes it an orphan.  C2: a child cannot be
 * released when its own key would lose a part.
 */
int
fk_release(struct uow *u, struct object *child, const struct foreign_key *fk,
    bool orphan, const struct path *path)
{
	const struct column	*c;
	size_t			 i;
	int			 r;

	if (fk_is_null(child, fk))
		return 0;
	if ((r = parent_left(u, child, fk_index(fk), NULL)) != 0)
		return r;
	child->op = u->op;
	if (fk_index(fk) != -1)
		child->parents[fk_index(fk)] = NULL;
	if (orphan) {
		child->let_go |= fk_bit(fk);
		child->unlinked |= fk_bit(fk);
	}
	for (i = 0; i < fk->columns.n; i++) {
		c = fk->columns.v[i];
		if (identity_has(child->table, c)) {
			child->unlinked |= fk_bit(fk);
			child->paths[c->index] = path;
			continue;
		}
		child->now[c->index] = (struct cell){ NULL, -1 };
		child->paths[c->index] = path;
	}
	return 0;
}
