/*
 * The rules of a model as row-level security: policies, and the role that they
 * are for.  Called by ormd-model.  They say what lib/plan's predicates say, so
 * that PostgreSQL would withhold what a wrong predicate let through.
 *
 * A block says by two settings as whom it runs: ormd.class is user, anyone,
 * admin, or rules (for looks at rows that decide what may be done and that no
 * reply shows; it writes nothing), and ormd.user is the key of the user.  Where
 * nothing is said there is nothing to see, not even what anyone may read.
 */
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "ddl_parts.h"
#include "name.h"

#define CLASS	"(SELECT current_setting('ormd.class', true))"
#define SAID	CLASS " <> ''"	/* empty again behind a block */
#define WRITES	CLASS " IN ('admin', 'anyone', 'user')"

struct rls {
	struct ddl	 d;
	const char	*role;		/* quoted if needed */
};

/* The caller's key; null for those who have none. */
static void
put_caller(struct rls *p)
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

/* The function that follows an owner's path past row-level security. */
static void
put_function_name(struct rls *p, const struct model *m)
{
	char	name[NAME_MOST + 1];

	/* Cut names could be equal: the number tells them apart. */
	snprintf(name, sizeof(name), "owner_%d_%s", m->index, m->table->name);
	buf_puts(p->d.b, "ormd.");
	ddl_name(&p->d, name);
}

static void
put_owner(struct rls *p, const struct model *m)
{
	const struct access		*access = &m->access;
	const struct relationship	*first;

	if (access->owner.n == 0) {
		ddl_name(&p->d, p->d.r->auth->key->name);
		return;
	}
	first = access->owner.v[0];
	if (access->owner.n == 1 && leads_to_key(p, first)) {
		ddl_name(&p->d, first->local.v[0]->name);
		return;
	}
	put_function_name(p, m);
	ddl_columns(&p->d, first->local.v, first->local.n);
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

static void
put_function(struct rls *p, const struct model *m)
{
	const struct access		*access = &m->access;
	const struct relationship	*first, *last;
	bool				 ends;
	size_t				 i, n = access->owner.n;

	if (n == 0 || (n == 1 && leads_to_key(p, access->owner.v[0])))
		return;
	first = access->owner.v[0];
	last = access->owner.v[n - 1];
	ends = leads_to_key(p, last);
	buf_puts(p->d.b, "CREATE OR REPLACE FUNCTION ");
	put_function_name(p, m);
	for (i = 0; i < first->local.n; i++)
		buf_printf(p->d.b, "%s%s", i == 0 ? "(" : ", ",
		    first->local.v[i]->sql_type);
	buf_printf(p->d.b, ") RETURNS %s\n    LANGUAGE sql STABLE "
	    "SECURITY DEFINER SET search_path FROM CURRENT\nAS $ormd$\n"
	    "    SELECT o%zu.", p->d.r->auth->key->sql_type, ends ? n - 1 : n);
	ddl_name(&p->d, ends ? last->local.v[0]->name :
	    p->d.r->auth->key->name);
	for (i = 0; i + ends < n; i++)
		put_step(p, access->owner.v[i], i);
	for (i = 0; i < first->remote.n; i++) {
		buf_puts(p->d.b, i > 0 ? " AND o1." : "\n        WHERE o1.");
		ddl_name(&p->d, first->remote.v[i]->name);
		buf_printf(p->d.b, " = $%zu", i + 1);
	}
	buf_puts(p->d.b, "\n$ormd$;\nREVOKE ALL ON FUNCTION ");
	put_function_name(p, m);
	buf_puts(p->d.b, " FROM PUBLIC;\nGRANT EXECUTE ON FUNCTION ");
	put_function_name(p, m);
	buf_printf(p->d.b, " TO %s;\n\n", p->role);
}

/* Who may do this: "admin" and its like by class, others by the rule. */
static void
put_rule(struct rls *p, const struct model *m, enum access_op op,
    const char *classes)
{
	const struct access	*access = &m->access;

	if (access->rights[CLASS_ANYONE][op] == RIGHT_ANY) {
		buf_puts(p->d.b, op == ACCESS_CREATE || op == ACCESS_DELETE ?
		    WRITES : SAID);
		return;
	}
	buf_printf(p->d.b, CLASS " IN (%s%s)", classes,
	    access->rights[CLASS_USER][op] == RIGHT_ANY ? ", 'user'" : "");
	if (access->rights[CLASS_USER][op] != RIGHT_OWN)
		return;
	buf_puts(p->d.b, "\n        OR ");
	put_owner(p, m);
	buf_puts(p->d.b, " = ");
	put_caller(p);
}

/* New rows are their maker's: of users their own, of others nobody's. */
static void
put_owners(struct rls *p, const struct table *t)
{
	const struct foreign_key	*fk;
	size_t				 i;

	for (i = 0; i < t->fks.n; i++) {
		fk = t->fks.v[i];
		if (!fk->leads_to_owner || fk->references.n > 1 ||
		    fk->references.v[0] != p->d.r->auth->key)
			continue;
		buf_puts(p->d.b, "\n        AND (" CLASS " = 'admin' OR ");
		ddl_name(&p->d, fk->columns.v[0]->name);
		buf_puts(p->d.b, " IS NOT DISTINCT FROM\n            ");
		put_caller(p);
		buf_putc(p->d.b, ')');
	}
}

static void
policy_begin(struct rls *p, const struct table *t, const char *name,
    const char *command)
{
	buf_printf(p->d.b, "DROP POLICY IF EXISTS %s ON ", name);
	ddl_table(&p->d, t);
	buf_printf(p->d.b, ";\nCREATE POLICY %s ON ", name);
	ddl_table(&p->d, t);
	buf_printf(p->d.b, " FOR %s TO %s", command, p->role);
}

static void
put_model_policies(struct rls *p, const struct model *m)
{
	const struct table	*t = m->table;
	struct buf		*b = p->d.b;

	policy_begin(p, t, "ormd_read", "SELECT");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_READ, "'admin', 'rules'");
	buf_puts(b, ");\n");
	policy_begin(p, t, "ormd_create", "INSERT");
	buf_puts(b, "\n    WITH CHECK ((");
	put_rule(p, m, ACCESS_CREATE, "'admin'");
	buf_putc(b, ')');
	put_owners(p, t);
	buf_puts(b, ");\n");
	/* To lock a row takes the right to update it; rules lock. */
	policy_begin(p, t, "ormd_update", "UPDATE");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_UPDATE, "'admin', 'rules'");
	buf_puts(b, ")\n    WITH CHECK (" CLASS " IS DISTINCT FROM 'rules' "
	    "AND (");
	put_rule(p, m, ACCESS_UPDATE, "'admin'");
	buf_puts(b, "));\n");
	policy_begin(p, t, "ormd_delete", "DELETE");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_DELETE, "'admin'");
	buf_puts(b, ");\n\n");
}

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

/* Who may make and remove links is asked before: it takes both ends. */
static void
put_link_policies(struct rls *p, const struct table *t)
{
	struct buf	*b = p->d.b;

	policy_begin(p, t, "ormd_read", "SELECT");
	buf_puts(b, "\n    USING (");
	put_ends(p, t);
	buf_puts(b, ");\n");
	policy_begin(p, t, "ormd_create", "INSERT");
	buf_puts(b, "\n    WITH CHECK (" WRITES ");\n");
	policy_begin(p, t, "ormd_update", "UPDATE");
	buf_puts(b, "\n    USING (" SAID ")\n    WITH CHECK (" WRITES ");\n");
	policy_begin(p, t, "ormd_delete", "DELETE");
	buf_puts(b, "\n    USING (" WRITES ");\n\n");
}

static void
put_role(struct rls *p, const char *role)
{
	buf_puts(p->d.b, "DO $ormd$\nBEGIN\n    IF NOT EXISTS (SELECT FROM "
	    "pg_roles WHERE rolname = ");
	ddl_literal(&p->d, role);
	buf_printf(p->d.b, ") THEN\n        CREATE ROLE %s LOGIN NOSUPERUSER "
	    "NOCREATEDB NOCREATEROLE NOINHERIT\n            NOREPLICATION "
	    "NOBYPASSRLS;\n    END IF;\nEND\n$ormd$;\n\n"
	    "GRANT USAGE ON SCHEMA ormd TO %s;\n", p->role, p->role);
	buf_printf(p->d.b, "GRANT SELECT, INSERT, UPDATE, DELETE\n    "
	    "ON ormd.idempotency, ormd.token TO %s;\n"
	    "GRANT INSERT ON ormd.audit TO %s;\n"
	    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ormd TO %s;\n\n",
	    p->role, p->role, p->role);
}

/* Replies and tokens of everybody, which no user's statement looks at. */
static void
put_support(struct rls *p)
{
	static const char *const	tables[] = { "ormd.idempotency",
					    "ormd.token" };
	size_t				i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		buf_printf(p->d.b, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\n"
		    "DROP POLICY IF EXISTS ormd_all ON %s;\n"
		    "CREATE POLICY ormd_all ON %s TO %s\n"
		    "    USING (" CLASS " = 'admin');\n\n", tables[i],
		    tables[i], tables[i], p->role);
}

/* The sequence of a key, whatever its name, so that keys can be drawn. */
static void
put_sequence(struct rls *p, const struct table *t)
{
	struct buf	name;
	struct ddl	into = p->d;

	if (t->key.n != 1 || !t->key.v[0]->generated)
		return;
	buf_init(&name, 0);
	into.b = &name;
	ddl_table(&into, t);
	buf_putc(&name, '\0');
	buf_puts(p->d.b, "DO $ormd$\nDECLARE\n    keys text := "
	    "pg_get_serial_sequence(");
	if (name.broken)
		p->d.b->broken = true;
	else
		ddl_literal(&p->d, name.p);
	buf_puts(p->d.b, ", ");
	ddl_literal(&p->d, t->key.v[0]->name);
	buf_puts(p->d.b, ");\nBEGIN\n    IF keys IS NOT NULL THEN\n"
	    "        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', keys,"
	    "\n            ");
	ddl_literal(&p->d, p->role);
	buf_puts(p->d.b, ");\n    END IF;\nEND\n$ormd$;\n");
	buf_free(&name);
}

static void
put_table_policies(struct rls *p, const struct table *t)
{
	if (t->schema != NULL) {
		buf_puts(p->d.b, "GRANT USAGE ON SCHEMA ");
		ddl_name(&p->d, t->schema);
		buf_printf(p->d.b, " TO %s;\n", p->role);
	}
	buf_puts(p->d.b, "GRANT SELECT, INSERT, UPDATE, DELETE ON ");
	ddl_table(&p->d, t);
	buf_printf(p->d.b, " TO %s;\n", p->role);
	put_sequence(p, t);
	buf_puts(p->d.b, "ALTER TABLE ");
	ddl_table(&p->d, t);
	buf_puts(p->d.b, " ENABLE ROW LEVEL SECURITY;\n");
	if (t->model != NULL)
		put_model_policies(p, t->model);
	else
		put_link_policies(p, t);
}

void
ddl_rls_write(const struct registry *r, const char *role, struct buf *b)
{
	struct rls	p = { .d = { .r = r, .b = b } };
	size_t		i;

	arena_init(&p.d.a, 0);
	if ((p.role = name_plain(&p.d.a, role)) == NULL)
		b->broken = true;
	else {
		buf_puts(b, "-- Made by ormd-model ddl --rls from a model "
		    "file; change that instead.\n"
		    "-- Run it as the owner of the tables, behind ormd.sql; "
		    "again when rules change.\n\nBEGIN;\n"
		    "SET LOCAL client_min_messages = warning;\n\n");
		put_role(&p, role);
		put_support(&p);
		for (i = 0; i < r->models.n; i++)
			put_function(&p, r->models.v[i]);
		for (i = 0; i < r->tables.n; i++)
			put_table_policies(&p, r->tables.v[i]);
		buf_puts(b, "COMMIT;\n");
	}
	arena_release(&p.d.a);
}
