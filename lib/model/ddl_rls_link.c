/*
 * Policies of tables without a model, whose rows are links of many-to-many
 * relationships.  Called by ddl_rls.c.  They say what lib/plan/rights_link.c
 * does: who makes or removes a link needs the right to update both ends, or one
 * whose relationship crosses owners.  A link is seen with both of its ends.
 */
#include <stdio.h>

#include "ddl_rls_parts.h"
#include "name.h"

/* A link is seen with both of its ends, whose own policies say whether. */
static void
put_ends(struct rls *p, const struct table *t)
{
	const struct foreign_key	*fk;
	size_t				 i, k;

	buf_puts(p->d.b, CLASS " IN ('admin', 'rules')\n        OR (" SAID);
	for (i = 0; i < t->fks.n; i++) {
		fk = t->fks.v[i];
		if (fk->target->model == NULL || fk->target->model->access
		    .rights[CLASS_ANYONE][ACCESS_READ] == RIGHT_ANY)
			continue;
		buf_puts(p->d.b, "\n        AND EXISTS (SELECT FROM ");
		ddl_table(&p->d, fk->target);
		buf_puts(p->d.b, " AS e WHERE ");
		for (k = 0; k < fk->columns.n; k++) {
			buf_puts(p->d.b, k > 0 ? " AND e." : "e.");
			ddl_name(&p->d, fk->references.v[k]->name);
			buf_puts(p->d.b, " = ");
			ddl_table(&p->d, t);
			buf_putc(p->d.b, '.');
			ddl_name(&p->d, fk->columns.v[k]->name);
		}
		buf_putc(p->d.b, ')');
	}
	buf_putc(p->d.b, ')');
}

/* Whose an end is, asked of a function: it may be nothing that is seen. */
static void
function_name(const struct table *t, size_t fk,
    char name[static NAME_MOST + 1])
{
	snprintf(name, NAME_MOST + 1, "end_%d_%zu_%s", t->index, fk, t->name);
}

static bool
has_owner(const struct foreign_key *fk)
{
	return fk->target->model != NULL && fk->target->model->access
	    .rights[CLASS_USER][ACCESS_UPDATE] == RIGHT_OWN;
}

static void
put_function(struct rls *p, const struct table *t, size_t number)
{
	const struct foreign_key	*fk = t->fks.v[number];
	char				 name[NAME_MOST + 1];
	size_t				 i;

	function_name(t, number, name);
	rls_function_begin(p, name, fk->columns.v, fk->columns.n);
	rls_put_owner(p, fk->target->model);
	buf_puts(p->d.b, "\n        FROM ");
	ddl_table(&p->d, fk->target);
	for (i = 0; i < fk->columns.n; i++) {
		buf_puts(p->d.b, i > 0 ? " AND " : " WHERE ");
		ddl_name(&p->d, fk->references.v[i]->name);
		buf_printf(p->d.b, " = $%zu", i + 1);
	}
	rls_function_end(p, name, fk->columns.v, fk->columns.n);
}

/* May the caller update what is at this end? */
static void
put_update(struct rls *p, const struct table *t, size_t number)
{
	const struct foreign_key	*fk = t->fks.v[number];
	const struct access		*access = &fk->target->model->access;
	char				 name[NAME_MOST + 1];

	if (access->rights[CLASS_ANYONE][ACCESS_UPDATE] == RIGHT_ANY)
		buf_puts(p->d.b, WRITES);
	else if (access->rights[CLASS_USER][ACCESS_UPDATE] == RIGHT_ANY)
		buf_puts(p->d.b, CLASS " = 'user'");
	else if (!has_owner(fk))
		buf_puts(p->d.b, "false");
	else {
		function_name(t, number, name);
		buf_puts(p->d.b, "ormd.");
		ddl_name(&p->d, name);
		ddl_columns(&p->d, fk->columns.v, fk->columns.n);
		buf_puts(p->d.b, " = ");
		rls_put_caller(p);
	}
}

/* May who may update this end make such links? */
static bool
end_crosses(const struct table *t, const struct foreign_key *fk)
{
	const struct relationship	*rel;
	const struct model		*m = fk->target->model;
	size_t				 i;

	for (i = 0; i < m->relationships.n; i++) {
		rel = m->relationships.v[i];
		if (rel->secondary == t && rel->crosses_owners &&
		    rel->near_columns.v[0] == fk->columns.v[0])
			return true;
	}
	return false;
}

static void
put_change(struct rls *p, const struct table *t)
{
	const struct foreign_key	*fk;
	size_t				 i, k;

	buf_puts(p->d.b, CLASS " = 'admin'\n        OR (" WRITES);
	for (i = 0; i < t->fks.n; i++) {
		fk = t->fks.v[i];
		if (fk->target->model == NULL)
			continue;
		buf_puts(p->d.b, "\n        AND (");
		for (k = 0; k < fk->columns.n; k++)
			if (fk->columns.v[k]->nullable) {
				ddl_name(&p->d, fk->columns.v[k]->name);
				buf_puts(p->d.b, " IS NULL OR ");
			}
		put_update(p, t, i);
		buf_putc(p->d.b, ')');
	}
	buf_putc(p->d.b, ')');
	for (i = 0; i < t->fks.n; i++) {
		if (t->fks.v[i]->target->model == NULL ||
		    !end_crosses(t, t->fks.v[i]))
			continue;
		buf_puts(p->d.b, "\n        OR ");
		put_update(p, t, i);
	}
}

void
rls_put_links(struct rls *p, const struct table *t)
{
	struct buf	*b = p->d.b;
	size_t		 i;

	for (i = 0; i < t->fks.n; i++)
		if (has_owner(t->fks.v[i]))
			put_function(p, t, i);
	rls_policy_begin(p, t, "ormd_read", "SELECT");
	buf_puts(b, "\n    USING (");
	put_ends(p, t);
	buf_puts(b, ");\n");
	rls_policy_begin(p, t, "ormd_create", "INSERT");
	buf_puts(b, "\n    WITH CHECK (");
	put_change(p, t);
	buf_puts(b, ");\n");
	rls_policy_begin(p, t, "ormd_update", "UPDATE");
	buf_puts(b, "\n    USING (" SAID ")\n    WITH CHECK (");
	put_change(p, t);
	buf_puts(b, ");\n");
	rls_policy_begin(p, t, "ormd_delete", "DELETE");
	buf_puts(b, "\n    USING (");
	put_change(p, t);
	buf_puts(b, ");\n\n");
}
