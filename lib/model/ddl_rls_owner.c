/*
 * Whose a row is, for policies: by a column where the user is one step away,
 * else by a function.  Called by ddl_rls.c and ddl_rls_link.c.  The functions
 * are the tables' owner's and look past row-level security, for what they pass
 * on the way need not be the caller's to read.
 */
#include <stdio.h>

#include "ddl_rls_parts.h"
#include "name.h"

void
rls_put_caller(struct rls *p)
{
	buf_printf(p->d.b, "(SELECT nullif(current_setting('ormd.user', true),"
	    " '')::%s)", p->d.r->auth->key->sql_type);
}

/* Does the foreign key of this step hold the key of the user? */
static bool
leads_to_key(const struct rls *p, const struct relationship *rel)
{
	return rel->remote.n == 1 && rel->remote.v[0] == p->d.r->auth->key;
}

/* Cut names could be equal: the number tells them apart. */
static void
function_name(const struct model *m, char name[static NAME_MOST + 1])
{
	snprintf(name, NAME_MOST + 1, "owner_%d_%s", m->index, m->table->name);
}

static void
put_function_name(struct rls *p, const char *name)
{
	buf_puts(p->d.b, "ormd.");
	ddl_name(&p->d, name);
}

void
rls_put_owner(struct rls *p, const struct model *m)
{
	const struct access		*access = &m->access;
	const struct relationship	*first;
	char				 name[NAME_MOST + 1];

	if (access->owner.n == 0) {
		ddl_name(&p->d, p->d.r->auth->key->name);
		return;
	}
	first = access->owner.v[0];
	if (access->owner.n == 1 && leads_to_key(p, first)) {
		ddl_name(&p->d, first->local.v[0]->name);
		return;
	}
	function_name(m, name);
	put_function_name(p, name);
	ddl_columns(&p->d, first->local.v, first->local.n);
}

static void
put_types(struct rls *p, struct column *const *takes, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		buf_printf(p->d.b, "%s%s", i == 0 ? "(" : ", ",
		    takes[i]->sql_type);
	buf_putc(p->d.b, ')');
}

void
rls_function_begin(struct rls *p, const char *name,
    struct column *const *takes, size_t n)
{
	buf_puts(p->d.b, "CREATE OR REPLACE FUNCTION ");
	put_function_name(p, name);
	put_types(p, takes, n);
	buf_printf(p->d.b, " RETURNS %s\n    LANGUAGE sql STABLE "
	    "SECURITY DEFINER SET search_path FROM CURRENT\nAS $ormd$\n"
	    "    SELECT ", p->d.r->auth->key->sql_type);
}

void
rls_function_end(struct rls *p, const char *name,
    struct column *const *takes, size_t n)
{
	buf_puts(p->d.b, "\n$ormd$;\nREVOKE ALL ON FUNCTION ");
	put_function_name(p, name);
	put_types(p, takes, n);
	buf_puts(p->d.b, " FROM PUBLIC;\nGRANT EXECUTE ON FUNCTION ");
	put_function_name(p, name);
	put_types(p, takes, n);
	buf_printf(p->d.b, " TO %s;\n\n", p->role);
}

static void
put_step(struct rls *p, const struct relationship *rel, size_t i)
{
	size_t	k;

	buf_puts(p->d.b, i == 0 ? "\n        FROM " : "\n        JOIN ");
	ddl_table(&p->d, rel->target->table);
	buf_printf(p->d.b, " AS o%zu", i + 1);
	for (k = 0; i > 0 && k < rel->local.n; k++) {
		buf_printf(p->d.b, "%so%zu.", k > 0 ? " AND " : " ON ", i + 1);
		ddl_name(&p->d, rel->remote.v[k]->name);
		buf_printf(p->d.b, " = o%zu.", i);
		ddl_name(&p->d, rel->local.v[k]->name);
	}
}

void
rls_put_owner_function(struct rls *p, const struct model *m)
{
	const struct access		*access = &m->access;
	const struct relationship	*first, *last;
	char				 name[NAME_MOST + 1];
	bool				 ends;
	size_t				 i, n = access->owner.n;

	if (n == 0 || (n == 1 && leads_to_key(p, access->owner.v[0])))
		return;
	first = access->owner.v[0];
	last = access->owner.v[n - 1];
	ends = leads_to_key(p, last);
	function_name(m, name);
	rls_function_begin(p, name, first->local.v, first->local.n);
	buf_printf(p->d.b, "o%zu.", ends ? n - 1 : n);
	ddl_name(&p->d, ends ? last->local.v[0]->name :
	    p->d.r->auth->key->name);
	for (i = 0; i + ends < n; i++)
		put_step(p, access->owner.v[i], i);
	for (i = 0; i < first->remote.n; i++) {
		buf_puts(p->d.b, i > 0 ? " AND o1." : "\n        WHERE o1.");
		ddl_name(&p->d, first->remote.v[i]->name);
		buf_printf(p->d.b, " = $%zu", i + 1);
	}
	rls_function_end(p, name, first->local.v, first->local.n);
}
