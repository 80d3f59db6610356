/*
 * The rules of a model as row-level security: policies, and the role that they
 * are for.  Called by ormd-model.  They say what lib/plan's predicates say, so
 * that PostgreSQL would withhold what a wrong predicate let through.
 */
#include "ddl.h"
#include "ddl_rls_parts.h"
#include "name.h"

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
	rls_put_owner(p, m);
	buf_puts(p->d.b, " = ");
	rls_put_caller(p);
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
		rls_put_caller(p);
		buf_putc(p->d.b, ')');
	}
}

void
rls_policy_begin(struct rls *p, const struct table *t, const char *name,
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

	rls_policy_begin(p, t, "ormd_read", "SELECT");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_READ, "'admin', 'rules'");
	buf_puts(b, ");\n");
	rls_policy_begin(p, t, "ormd_create", "INSERT");
	buf_puts(b, "\n    WITH CHECK ((");
	put_rule(p, m, ACCESS_CREATE, "'admin'");
	buf_putc(b, ')');
	put_owners(p, t);
	buf_puts(b, ");\n");
	/* To lock a row takes the right to update it; rules lock. */
	rls_policy_begin(p, t, "ormd_update", "UPDATE");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_UPDATE, "'admin', 'rules'");
	buf_puts(b, ")\n    WITH CHECK (" CLASS " IS DISTINCT FROM 'rules' "
	    "AND (");
	put_rule(p, m, ACCESS_UPDATE, "'admin'");
	buf_puts(b, "));\n");
	rls_policy_begin(p, t, "ormd_delete", "DELETE");
	buf_puts(b, "\n    USING (");
	put_rule(p, m, ACCESS_DELETE, "'admin'");
	buf_puts(b, ");\n\n");
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
	    "GRANT SELECT ON ormd.seal TO %s;\n"
	    "GRANT INSERT ON ormd.audit TO %s;\n"
	    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ormd TO %s;\n\n",
	    p->role, p->role, p->role, p->role);
}

/* Of everybody, and no user's statement looks at them. */
static void
put_support(struct rls *p)
{
	static const char *const	tables[] = { "ormd.idempotency",
					    "ormd.token", "ormd.seal" };
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
		rls_put_links(p, t);
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
			rls_put_owner_function(&p, r->models.v[i]);
		for (i = 0; i < r->tables.n; i++)
			put_table_policies(&p, r->tables.v[i]);
		buf_puts(b, "COMMIT;\n");
	}
	arena_release(&p.d.a);
}
