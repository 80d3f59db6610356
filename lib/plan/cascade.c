/*
 * What a delete takes with it, and orphans.  Called by uow.c for `delete', by
 * relate.c where letting go deletes, and once at the end of a unit for the
 * orphans.  The rules are O1, O2, O7, O9, X1 to X7, M2 and M3 of semantics.md.
 */
#include "relate_parts.h"
#include "uow.h"
#include "value.h"

/* Deletes that follow each other on the stack. */
enum { DEPTH_MOST = 128 };

/* O1: the children of a deleted parent are released, without being orphans. */
static int
children_release(struct uow *u, struct object *parent,
    const struct relationship *rel, const struct members *children)
{
	struct object	*child;
	size_t		 i, k;

	for (i = 0; i < children->list.n; i++) {
		child = children->list.v[i];
		if (fk_index(rel->fk) != -1)
			child->parents[fk_index(rel->fk)] = NULL;
		for (k = 0; k < rel->fk->columns.n; k++) {
			const struct column	*c = rel->fk->columns.v[k];

			child->op = u->op;
			object_because(child, "O1", rel);
			child->paths[c->index] = parent->spec != NULL ?
			    parent->spec->path : NULL;
			/* A key cannot be null: relate_loose() judges. */
			if (c->primary_key)
				child->unlinked |= fk_bit(rel->fk);
			else
				child->now[c->index] =
				    (struct cell){ NULL, -1 };
		}
	}
	return 0;
}

static int
children_delete(struct uow *u, const struct relationship *rel,
    const struct members *children)
{
	static const char *const	rules[] = {
		[ONE_TO_MANY] = "O2",
		[MANY_TO_ONE] = "O9",
		[MANY_TO_MANY] = "M3",
	};
	bool				missing = false;
	size_t				i;
	int				r;

	for (i = 0; i < children->list.n; i++) {
		object_because(children->list.v[i], rules[rel->direction],
		    rel);
		if ((r = cascade_delete(u, children->list.v[i])) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* M2, M3: the link rows go; with `delete' so do the targets. */
static int
links_delete(struct uow *u, struct object *o, const struct relationship *rel)
{
	struct members	 targets = { { NULL, 0, 0 } };
	struct members	 links = { { NULL, 0, 0 } };
	struct object	*link;
	bool		 missing = false;
	size_t		 i;
	int		 r;

	if ((r = relate_members(u, o, rel, &targets)) != 0 ||
	    (r = links_of(u, o, rel, &links)) != 0)
		return r;
	for (i = 0; i < links.list.n; i++) {
		link = links.list.v[i];
		object_because(link, "M2", rel);
		link->op = u->op;
		if ((r = link_drop(u, link)) == -1)
			return -1;
		missing |= r == 1;
	}
	if (missing)
		return 1;
	return rel->cascade & CASCADE_DELETE ?
	    children_delete(u, rel, &targets) : 0;
}

static int
relationship_delete(struct uow *u, struct object *o,
    const struct relationship *rel)
{
	struct members	others = { { NULL, 0, 0 } };
	int		r;

	if (rel->viewonly)
		return 0;
	switch (rel->direction) {
	case MANY_TO_MANY:
		/* O7, M2: the database does it. */
		return rel->passive_deletes != PASSIVE_NO ? 0 :
		    links_delete(u, o, rel);
	case MANY_TO_ONE:
		if (!(rel->cascade & CASCADE_DELETE))
			return 0;
		if ((r = relate_members(u, o, rel, &others)) != 0)
			return r;
		return children_delete(u, rel, &others);
	case ONE_TO_MANY:
		break;
	}
	if (rel->passive_deletes != PASSIVE_NO)
		return 0;
	if ((r = relate_members(u, o, rel, &others)) != 0)
		return r;
	return rel->cascade & CASCADE_DELETE ?
	    children_delete(u, rel, &others) :
	    children_release(u, o, rel, &others);
}

/*
 * A row that nobody may begin to refer to while its children are listed.  One
 * without children is as safe under the lock that it has.
 */
static enum lock
delete_lock(const struct object *o)
{
	const struct model	*model = o->table->model;
	size_t			 i;

	for (i = 0; model != NULL && i < model->relationships.n; i++)
		if (model->relationships.v[i]->direction != MANY_TO_ONE)
			return LOCK_UPDATE;
	return o->was != NULL ? o->lock : LOCK_UPDATE;
}

/* What goes with it, or is let go. */
static int
others_delete(struct uow *u, struct object *o)
{
	const struct model	*model = o->table->model;
	bool			 missing = false;
	size_t			 i;
	int			 r;

	for (i = 0; model != NULL && i < model->relationships.n; i++) {
		r = relationship_delete(u, o, model->relationships.v[i]);
		if (r == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}

/* Those that were too deep. */
static int
doomed_delete(struct uow *u)
{
	bool	missing = false;
	size_t	i;
	int	r;

	u->deletes = 1;
	for (i = 0; i < u->doomed.n; i++) {
		if ((r = others_delete(u, u->doomed.v[i])) == -1)
			return -1;
		missing |= r == 1;
	}
	u->deletes = 0;
	u->doomed.n = 0;
	return missing;
}

/* The stack holds only so much of a deep tree. */
static int
deleted_follow(struct uow *u, struct object *o)
{
	int	r, rest;

	if (u->deletes == DEPTH_MOST)
		return vec_push(u->arena, &u->doomed, o) == -1 ?
		    error_nomem(u->err) : 0;
	u->deletes++;
	r = others_delete(u, o);
	u->deletes--;
	if (r == -1 || u->deletes > 0 || u->doomed.n == 0)
		return r;
	rest = doomed_delete(u);
	return rest == 0 ? r : rest;
}

int
cascade_delete(struct uow *u, struct object *o)
{
	int	r, left, later;

	if (o->deleted || o->expunged)
		return 0;
	if ((r = object_load(u, o, u->reach != NULL ? LOCK_UPDATE :
	    delete_lock(o))) == -1 || (left = parents_left(u, o)) == -1)
		return -1;
	o->op = u->op;
	if (o->is_new)
		o->expunged = true;
	else
		o->deleted = true;
	later = deleted_follow(u, o);
	return later == 0 ? r | left : later;
}

/* X1, X7: has a parent let go for good?  Moved children have a new one. */
static bool
is_orphan(const struct object *o)
{
	const struct model		*model = o->table->model;
	const struct relationship	*rel;
	uint64_t			 bit;
	size_t				 i, k;

	if (o->deleted || o->expunged || model == NULL)
		return false;
	if (o->cast_off)
		return true;
	if (o->let_go == 0)
		return false;
	if (!model->orphan_all)
		return true;
	/* All of its delete-orphan parents must have let go. */
	for (i = 0; i < model->relationships.n; i++) {
		rel = model->relationships.v[i];
		if (rel->direction != MANY_TO_ONE || rel->back == NULL ||
		    !(rel->back->cascade & CASCADE_DELETE_ORPHAN))
			continue;
		for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
			bit = (uint64_t)1 << k;
			if (o->table->fks.v[k] == rel->fk &&
			    !(o->let_go & bit) &&
			    o->now[rel->fk->columns.v[0]->index].n >= 0)
				return false;
		}
	}
	return true;
}

/* The relationship by which it was let go. */
static const struct relationship *
orphan_of(const struct object *o)
{
	const struct foreign_key	*fk;
	const struct model		*parent;
	size_t				 i, k;

	for (k = 0; k < o->table->fks.n && k < FKS_MOST; k++) {
		fk = o->table->fks.v[k];
		if (!(o->let_go >> k & 1) ||
		    (parent = fk->target->model) == NULL)
			continue;
		for (i = 0; i < parent->relationships.n; i++)
			if (parent->relationships.v[i]->fk == fk &&
			    parent->relationships.v[i]->cascade &
			    CASCADE_DELETE_ORPHAN)
				return parent->relationships.v[i];
	}
	return NULL;
}

int
cascade_orphans(struct uow *u)
{
	const struct relationship	*rel;
	bool				 missing = false;
	size_t				 i;
	int				 r;

	/* Deleting an orphan may make objects known that come later. */
	for (i = 0; i < u->objects.n; i++) {
		if (!is_orphan(u->objects.v[i]))
			continue;
		u->op = u->objects.v[i]->op;
		if ((rel = orphan_of(u->objects.v[i])) != NULL)
			object_because(u->objects.v[i], "O3", rel);
		if ((r = cascade_delete(u, u->objects.v[i])) == -1)
			return -1;
		missing |= r == 1;
	}
	return missing;
}
