/*
 * At the end of a unit: foreign keys follow the keys of their parents, which
 * may be new, or changed (rule U12).  Called by uow.c.
 */
#include <string.h>

#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/*
 * U12: with passive_updates off, the children (and link rows) of the old key
 * are ours to carry along.
 */
int
relate_follow(struct uow *u, struct object *o, const struct column *c)
{
	const struct relationship	*rel;
	const struct foreign_key	*fk;
	struct members			 children;
	struct object			*other;
	bool				 missing = false;
	size_t				 i, k;
	int				 r;

	for (i = 0; i < o->table->model->relationships.n; i++) {
		rel = o->table->model->relationships.v[i];
		for (k = 0; k < rel->local.n && rel->local.v[k] != c; k++)
			;
		if (rel->passive_updates || k == rel->local.n || o->is_new ||
		    rel->direction == MANY_TO_ONE)
			continue;
		memset(&children, 0, sizeof(children));
		fk = rel->direction == ONE_TO_MANY ? rel->fk :
		    link_fk(rel->secondary, rel->near_columns.v[0]);
		r = rel->direction == ONE_TO_MANY ?
		    children_of(u, o, rel, &children) :
		    links_of(u, o, rel, &children);
		if (r == -1)
			return -1;
		missing |= r == 1;
		for (k = 0; fk != NULL && k < children.list.n; k++) {
			other = children.list.v[k];
			if (fk_index(fk) == -1 || other->deleted)
				continue;
			other->parents[fk_index(fk)] = o;
			if (kin_point(u, other, o) == -1)
				return -1;
			object_because(other, "U12", rel);
		}
	}
	return missing;
}

/* New parents that somebody belongs to need their keys before the insert. */
static int
parents_need_keys(struct uow *u)
{
	struct object	*o;
	bool		 missing = false;
	size_t		 i, k;
	int		 r;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
			if (o->expunged || o->parents[k] == NULL)
				continue;
			if ((r = object_need_key(u, o->parents[k])) == -1)
				return -1;
			missing |= r == 1;
		}
	}
	return missing;
}

/*
 * C2: a row whose key has lost a part and that nobody has taken or deleted.
 * Asked at the end: what comes later in the unit may still do either.
 */
int
relate_loose(struct uow *u)
{
	const struct foreign_key	*fk;
	const struct column		*c;
	struct object			*o;
	size_t				 i, k, n;

	for (i = 0; i < u->objects.n; i++) {
		o = u->objects.v[i];
		for (k = 0; o->unlinked != 0 && !o->deleted && !o->expunged &&
		    k < o->table->fks.n && k < FKS_MOST; k++) {
			fk = o->table->fks.v[k];
			if (!(o->unlinked & fk_bit(fk)))
				continue;
			for (n = 0; n < fk->columns.n; n++)
				if (identity_has(o->table, fk->columns.v[n]))
					break;
			if (n == fk->columns.n)
				continue;	/* null says it */
			c = fk->columns.v[n];
			error_set(u->err, ERROR_ORPHAN, o->paths[c->index],
			    "a row of %s cannot be without its %s, which is "
			    "part of its key", o->table->name, c->name);
			error_about(u->err, o->table->model != NULL ?
			    o->table->model->name : NULL, c->name);
			return error_hint(u->err, "delete it, or give the "
			    "relationship the cascade delete-orphan");
		}
	}
	return 0;
}

int
relate_sync(struct uow *u)
{
	const struct foreign_key	*fk;
	struct object			*o;
	bool				 changed = true;
	size_t				 i, k, c, rounds;
	int				 r;

	if ((r = parents_need_keys(u)) != 0)
		return r;
	/* A key may pass through several tables, one at each round. */
	for (rounds = 0; changed && rounds <= u->objects.n; rounds++) {
		changed = false;
		for (i = 0; i < u->objects.n; i++) {
			o = u->objects.v[i];
			for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
				fk = o->table->fks.v[k];
				for (c = 0; o->parents[k] != NULL &&
				    c < fk->columns.n; c++) {
					struct cell	*to, *from;

					to = &o->now[fk->columns.v[c]->index];
					from = &o->parents[k]->now[
					    fk->references.v[c]->index];
					changed |= !cell_equal(to, from);
					*to = *from;
				}
			}
		}
	}
	return 0;
}
