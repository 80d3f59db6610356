/*
 * Rows of tables without a model: the links of many-to-many relationships.
 * Called by rights.c.  A link is a change of both of its ends, from whichever
 * side it is said: who makes or removes it needs the right to update both, or
 * the one whose relationship crosses owners.  With an end that goes, it goes.
 */
#include "reach.h"
#include "relate_parts.h"
#include "rights.h"
#include "value.h"

/* The object at one end of the link. */
static int
end_find(struct uow *u, const struct object *link,
    const struct foreign_key *fk, struct object **out)
{
	const struct cell	*cells;
	int			 k = fk_index(fk);

	*out = NULL;
	if (k != -1 && link->parents[k] != NULL) {
		*out = link->parents[k];
		return 0;
	}
	cells = cells_pick(u->arena, link->was != NULL ? link->was : link->now,
	    fk->columns.v, fk->columns.n);
	if (cells == NULL)
		return error_nomem(u->err);
	return key_has_null(cells, fk->columns.n) ? 0 : owner_row(u,
	    fk->target, fk->references.v, fk->references.n, cells, out);
}

/* May those who may update this end make such links? */
static bool
end_crosses(const struct object *link, const struct foreign_key *fk)
{
	const struct relationship	*rel;
	const struct model		*m = fk->target->model;
	size_t				 i;

	for (i = 0; i < m->relationships.n; i++) {
		rel = m->relationships.v[i];
		if (rel->secondary == link->table && rel->crosses_owners &&
		    link_fk(link->table, rel->near_columns.v[0]) == fk)
			return true;
	}
	return false;
}

static int
refuse(struct uow *u, const struct object *link)
{
	not_allowed(u->call->sight.class, rights_path(u, link), u->err,
	    "this link is not yours to %s", link->is_new ? "make" : "remove");
	return link->via == NULL ? -1 : error_about(u->err,
	    link->via->model->name, link->via->name);
}

/* Whose link it is no more: it goes with one of its ends. */
static int
goes_with_end(struct uow *u, const struct object *link, bool *yes)
{
	const struct foreign_key	*fk;
	struct object			*end;
	size_t				 i;
	int				 r;

	*yes = false;
	for (i = 0; !link->is_new && i < link->table->fks.n; i++) {
		fk = link->table->fks.v[i];
		if (fk->target->model == NULL)
			continue;
		if ((r = end_find(u, link, fk, &end)) != 0)
			return r;
		*yes = *yes || (end != NULL && object_is_gone(end));
	}
	return 0;
}

/*
 * Whether a new end will be the caller's to update does not matter here, but to
 * the policies of row-level security, which see it as it is by then.
 */
static int
policies_see(struct uow *u, struct object *end)
{
	bool	yes;
	int	r;

	if (!u->call->rls || !end->is_new)
		return 0;
	if ((r = rights_have(u, end, ACCESS_UPDATE, false, &yes)) != 0)
		return r;
	u->past_policies |= !yes;
	return 0;
}

int
rights_link(struct uow *u, struct object *link)
{
	const struct foreign_key	*fk;
	struct object			*end;
	bool				 all = true, any = false, yes;
	size_t				 i;
	int				 r;

	if (link->acted != ACTED_NOT || (!link->is_new && !link->deleted))
		return 0;
	if ((r = goes_with_end(u, link, &yes)) != 0)
		return r;
	if (yes) {
		/* The other end may be unseen. */
		u->past_policies = true;
		return 0;
	}
	for (i = 0; i < link->table->fks.n; i++) {
		fk = link->table->fks.v[i];
		if (fk->target->model == NULL)
			continue;
		if ((r = end_find(u, link, fk, &end)) != 0)
			return r;
		if (end == NULL)
			continue;
		if ((r = rights_update(u, end, &yes)) != 0 ||
		    (r = policies_see(u, end)) != 0)
			return r;
		all = all && yes;
		any = any || (yes && end_crosses(link, fk));
	}
	return all || any ? 0 : refuse(u, link);
}
