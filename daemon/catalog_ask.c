/*
 * What is asked of pg_catalog: queries that are given the model as arrays of
 * texts and return only what is otherwise in the database.  Called by catalog.c
 * once a check.  It refuses nothing.
 */
#include <string.h>

#include "catalog_parts.h"

enum {
	OID_TEXT = 25,
	OID_TEXT_ARRAY = 1009
};

/*
 * "text" and "character varying" are one to everything but the catalog; and a
 * domain has the values of what it is over.
 */
#define SAME_AS(type)							\
	"replace((" type ")::regtype::text, 'character varying', 'text')" \
	" = replace(to_regtype(w.type)::text, 'character varying', 'text')"
#define SAME_TYPE							\
	"(" SAME_AS("a.atttypid") " OR EXISTS ("			\
	"WITH RECURSIVE r(t) AS (SELECT y.typbasetype FROM pg_type y"	\
	" WHERE y.oid = a.atttypid AND y.typtype = 'd'"			\
	" UNION ALL SELECT y.typbasetype FROM r"			\
	" JOIN pg_type y ON y.oid = r.t AND y.typtype = 'd')"		\
	" SELECT FROM r WHERE " SAME_AS("r.t") "))"

static const char *const texts[QUERIES] = {
	[QUERY_TABLES] =
	    "SELECT (w.n - 1)::int4"
	    " FROM unnest($1::text[]) WITH ORDINALITY w(rel, n)"
	    " WHERE to_regclass(w.rel) IS NULL ORDER BY 1",
	[QUERY_COLUMNS] =
	    "SELECT (w.n - 1)::int4, format_type(a.atttypid, NULL),"
	    " a.attnotnull, " SAME_TYPE
	    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
	    " WITH ORDINALITY w(rel, name, type, needed, n)"
	    " LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(w.rel)"
	    " AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped"
	    " WHERE to_regclass(w.rel) IS NOT NULL AND (a.attname IS NULL"
	    " OR " SAME_TYPE " IS NOT TRUE"
	    " OR a.attnotnull <> w.needed::bool) ORDER BY 1",
	[QUERY_KEYS] =
	    "SELECT (w.n - 1)::int4, c.confdeltype IS NOT NULL"
	    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
	    " WITH ORDINALITY w(rel, target, pairs, action, n)"
	    " LEFT JOIN LATERAL (SELECT f.confdeltype FROM pg_constraint f"
	    "  WHERE f.contype = 'f' AND f.conrelid = to_regclass(w.rel)"
	    "  AND f.confrelid = to_regclass(w.target) AND w.pairs ="
	    "  (SELECT string_agg(l.attname || '>' || r.attname, ','"
	    "    ORDER BY l.attname)"
	    "   FROM unnest(f.conkey, f.confkey) p(l, r)"
	    "   JOIN pg_attribute l ON l.attrelid = f.conrelid"
	    "    AND l.attnum = p.l"
	    "   JOIN pg_attribute r ON r.attrelid = f.confrelid"
	    "    AND r.attnum = p.r) LIMIT 1) c ON true"
	    " WHERE to_regclass(w.rel) IS NOT NULL"
	    " AND to_regclass(w.target) IS NOT NULL"
	    " AND c.confdeltype IS DISTINCT FROM w.action::\"char\" ORDER BY 1",
	[QUERY_RLS] =
	    "SELECT (w.n - 1)::int4"
	    " FROM unnest($1::text[]) WITH ORDINALITY w(rel, n)"
	    " JOIN pg_class c ON c.oid = to_regclass(w.rel)"
	    " WHERE NOT row_security_active(c.oid) ORDER BY 1",
	[QUERY_AUDIT] =
	    "SELECT 0, coalesce(has_table_privilege(to_regclass(w.rel),"
	    " 'INSERT'), false) FROM unnest($1::text[]) w(rel)"
	    " WHERE NOT coalesce(has_table_privilege(to_regclass(w.rel),"
	    " 'INSERT'), false) OR has_table_privilege(to_regclass(w.rel),"
	    " 'UPDATE, DELETE, TRUNCATE')"
};

/* As pg_constraint.confdeltype has them. */
static const char *const actions[] = {
	[FK_NO_ACTION] = "a", [FK_RESTRICT] = "r", [FK_CASCADE] = "c",
	[FK_SET_NULL] = "n", [FK_SET_DEFAULT] = "d"
};

/* A text[] that is being written, in binary form. */
struct texts {
	struct buf	 b;
	uint32_t	 n;
};

static void
texts_init(struct texts *t)
{
	buf_init(&t->b, 0);
	buf_be32(&t->b, 1);		/* dimensions */
	buf_be32(&t->b, 0);		/* no NULLs */
	buf_be32(&t->b, OID_TEXT);
	buf_be32(&t->b, 0);		/* how many: texts_param() */
	buf_be32(&t->b, 1);		/* lower bound */
	t->n = 0;
}

static void
texts_add(struct texts *t, const char *text)
{
	size_t	n = strlen(text);

	buf_be32(&t->b, (uint32_t)n);
	buf_add(&t->b, text, n);
	t->n++;
}

static int
texts_param(struct arena *arena, struct texts *t, struct param *param)
{
	enum { COUNT_AT = 12 };
	unsigned char	*at;
	char		*copy = NULL;

	if (!t->b.broken && (copy = arena_raw(arena, t->b.n)) != NULL) {
		memcpy(copy, t->b.p, t->b.n);
		at = (unsigned char *)copy + COUNT_AT;
		at[0] = (unsigned char)(t->n >> 24);
		at[1] = (unsigned char)(t->n >> 16);
		at[2] = (unsigned char)(t->n >> 8);
		at[3] = (unsigned char)t->n;
		*param = (struct param){ .oid = OID_TEXT_ARRAY, .p = copy,
		    .n = (int32_t)t->b.n };
	}
	buf_free(&t->b);
	return copy == NULL ? -1 : 0;
}

/* A statement with these arrays; they are given back in any case. */
static int
ask(struct catalog *catalog, struct round *round, enum query query,
    struct texts *arrays, int n)
{
	struct arena		*arena = &catalog->arena;
	struct statement	 statement = { 0 };
	struct buf		 b;
	int			 i, r = 0;

	buf_init(&b, 0);
	buf_puts(&b, texts[query]);
	statement.sql = sql_intern(&catalog->ormd->sql, &b);
	statement.params = arena_array(arena, (size_t)n,
	    sizeof(*statement.params));
	statement.nparams = n;
	if (statement.sql == NULL || statement.params == NULL)
		r = -1;
	catalog->queries[round->statements.n] = (unsigned char)query;
	for (i = 0; i < n; i++) {
		if (r == -1)
			buf_free(&arrays[i].b);
		else
			r = texts_param(arena, &arrays[i],
			    &statement.params[i]);
	}
	return r == -1 ? -1 : vec_push(arena, &round->statements, statement);
}

/* About each table by its name: is it there, is it secured? */
static int
tables_ask(struct catalog *catalog, struct round *round, enum query query)
{
	const struct registry	*registry = catalog->model->registry;
	struct texts		 names;
	size_t			 i;

	texts_init(&names);
	for (i = 0; i < registry->tables.n; i++)
		texts_add(&names, registry->tables.v[i]->quoted);
	return ask(catalog, round, query, &names, 1);
}

static int
columns_ask(struct catalog *catalog, struct round *round)
{
	enum { TABLE, NAME, TYPE, NEEDED, ARRAYS };
	const struct registry	*registry = catalog->model->registry;
	struct texts		 arrays[ARRAYS];
	struct table		*table;
	struct column		*column;
	size_t			 i, j;
	int			 k, r = 0;

	for (k = 0; k < ARRAYS; k++)
		texts_init(&arrays[k]);
	for (i = 0; i < registry->tables.n; i++) {
		table = registry->tables.v[i];
		for (j = 0; j < table->columns.n; j++) {
			column = table->columns.v[j];
			if (vec_push(&catalog->arena, &catalog->columns,
			    column) == -1)
				r = -1;
			texts_add(&arrays[TABLE], table->quoted);
			texts_add(&arrays[NAME], column->name);
			texts_add(&arrays[TYPE], column->sql_type);
			texts_add(&arrays[NEEDED],
			    column->nullable && !column->primary_key ? "f" :
			    "t");
		}
	}
	if (ask(catalog, round, QUERY_COLUMNS, arrays, ARRAYS) == -1)
		r = -1;
	return r;
}

/* "a>x,b>y": the columns with what they refer to, as the query writes it. */
static const char *
fk_pairs(struct arena *arena, const struct foreign_key *fk)
{
	const struct column	*last = NULL, *next;
	const char		*text = "";
	size_t			 i, n, at;

	for (n = 0; n < fk->columns.n && text != NULL; n++) {
		next = NULL;
		at = 0;
		for (i = 0; i < fk->columns.n; i++)
			if ((last == NULL || strcmp(fk->columns.v[i]->name,
			    last->name) > 0) && (next == NULL ||
			    strcmp(fk->columns.v[i]->name, next->name) < 0)) {
				next = fk->columns.v[i];
				at = i;
			}
		if (next == NULL)
			break;
		text = arena_printf(arena, "%s%s%s>%s", text,
		    n == 0 ? "" : ",", next->name,
		    fk->references.v[at]->name);
		last = next;
	}
	return text;
}

static int
keys_ask(struct catalog *catalog, struct round *round)
{
	enum { TABLE, TARGET, PAIRS, ACTION, ARRAYS };
	const struct registry	*registry = catalog->model->registry;
	struct texts		 arrays[ARRAYS];
	struct foreign_key	*fk;
	const char		*pairs;
	size_t			 i, j;
	int			 k, r = 0;

	for (k = 0; k < ARRAYS; k++)
		texts_init(&arrays[k]);
	for (i = 0; i < registry->tables.n; i++)
		for (j = 0; j < registry->tables.v[i]->fks.n; j++) {
			fk = registry->tables.v[i]->fks.v[j];
			pairs = fk_pairs(&catalog->arena, fk);
			if (pairs == NULL || vec_push(&catalog->arena,
			    &catalog->fks, fk) == -1)
				r = -1;
			texts_add(&arrays[TABLE], fk->table->quoted);
			texts_add(&arrays[TARGET], fk->target->quoted);
			texts_add(&arrays[PAIRS], pairs == NULL ? "" : pairs);
			texts_add(&arrays[ACTION], actions[fk->on_delete]);
		}
	if (ask(catalog, round, QUERY_KEYS, arrays, ARRAYS) == -1)
		r = -1;
	return r;
}

/* The table of the audit has columns of its own; only the role matters. */
static int
audit_ask(struct catalog *catalog, struct round *round)
{
	struct texts	name;

	texts_init(&name);
	texts_add(&name, "ormd.audit");
	return ask(catalog, round, QUERY_AUDIT, &name, 1);
}

int
catalog_ask(struct catalog *catalog, struct round *round)
{
	const struct settings	*s = &catalog->ormd->settings;

	if (tables_ask(catalog, round, QUERY_TABLES) == -1 ||
	    columns_ask(catalog, round) == -1 ||
	    keys_ask(catalog, round) == -1 ||
	    (s->rls && tables_ask(catalog, round, QUERY_RLS) == -1) ||
	    (s->audit && audit_ask(catalog, round) == -1))
		return -1;
	return 0;
}
