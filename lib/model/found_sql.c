/*
 * What inspect and drift ask pg_catalog, one statement after the other.  The
 * first two run with the search_path of the session, which tells what is found
 * without a schema; the third empties it, so that whatever PostgreSQL prints
 * afterwards (types, defaults, conditions) names its schema.
 *
 * A change of what a statement returns is a change of the function in found.c
 * that takes its rows.  The servers are PostgreSQL 14 and later.
 */
#include "found.h"

/* The tables that are looked at: c in n. */
#define WHERE_OURS							\
	" WHERE n.nspname !~ '^pg_'"					\
	" AND n.nspname NOT IN ('information_schema', 'ormd')"		\
	" AND c.relpersistence <> 't'"					\
	" AND ($1::text[] IS NULL OR n.nspname = ANY ($1::text[]))"

#define JOIN_OURS							\
	" JOIN pg_catalog.pg_class c ON c.oid = "

#define ORDER_OURS							\
	" ORDER BY n.nspname <> 'public', n.nspname COLLATE \"C\","	\
	" c.relname COLLATE \"C\""

const struct found_sql found_queries[FOUND_QUERIES] = {
	[FOUND_ENUMS] = {
	    "SELECT t.oid, n.nspname, t.typname, e.enumlabel,"
	    " pg_catalog.pg_type_is_visible(t.oid)"
	    " FROM pg_catalog.pg_type t"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
	    " JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid"
	    " ORDER BY n.nspname <> 'public', n.nspname COLLATE \"C\","
	    " t.typname COLLATE \"C\", e.enumsortorder", 5, false },
	[FOUND_TABLES] = {
	    "SELECT c.oid, n.nspname, c.relname, c.relkind,"
	    " c.relispartition, pg_catalog.pg_table_is_visible(c.oid),"
	    " pg_catalog.obj_description(c.oid, 'pg_class'),"
	    " (SELECT string_agg(pg_catalog.format('%s.%s', pn.nspname,"
	    "  p.relname), ', ' ORDER BY i.inhseqno)"
	    "  FROM pg_catalog.pg_inherits i"
	    "  JOIN pg_catalog.pg_class p ON p.oid = i.inhparent"
	    "  JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace"
	    "  WHERE i.inhrelid = c.oid),"
	    " (SELECT count(*) FROM pg_catalog.pg_inherits i"
	    "  WHERE i.inhparent = c.oid),"
	    " (SELECT x.extname FROM pg_catalog.pg_depend d"
	    "  JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid"
	    "  WHERE d.classid = 'pg_catalog.pg_class'::regclass"
	    "  AND d.objid = c.oid AND d.deptype = 'e'"
	    "  AND d.refclassid = 'pg_catalog.pg_extension'::regclass"
	    "  LIMIT 1),"
	    /* A row trigger (1), before (2), of INSERT (4). */
	    " EXISTS (SELECT FROM pg_catalog.pg_trigger g"
	    "  WHERE g.tgrelid = c.oid AND NOT g.tgisinternal"
	    "  AND g.tgenabled <> 'D' AND g.tgtype & 7 = 7)"
	    " FROM pg_catalog.pg_class c"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    WHERE_OURS " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
	    ORDER_OURS, 11, true },
	[FOUND_PATH] = { "SET LOCAL search_path = ''", 0, false },
	[FOUND_COLUMNS] = {
	    "SELECT a.attrelid, a.attname,"
	    " format_type(a.atttypid, a.atttypmod),"
	    " CASE WHEN b.t <> a.atttypid THEN format_type(b.t, b.mod) END,"
	    " CASE WHEN z.typelem <> 0 AND z.typlen = -1"
	    "  AND z.typsubscript = 'array_subscript_handler'::regproc"
	    "  THEN z.typelem ELSE z.oid END,"
	    " z.typelem <> 0 AND z.typlen = -1"
	    "  AND z.typsubscript = 'array_subscript_handler'::regproc,"
	    " a.attnotnull, a.attidentity, a.attgenerated,"
	    " pg_get_expr(d.adbin, d.adrelid),"
	    " pg_get_expr(d.adbin, d.adrelid)"
	    "  = format('nextval(%L::regclass)', s.name),"
	    " col_description(a.attrelid, a.attnum), s.name"
	    " FROM pg_attribute a" JOIN_OURS "a.attrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid"
	    "  AND d.adnum = a.attnum"
	    /* A domain's base, through domains over domains. */
	    " CROSS JOIN LATERAL (WITH RECURSIVE r(t, mod, n) AS ("
	    "  SELECT a.atttypid, a.atttypmod, 0"
	    "  UNION ALL SELECT y.typbasetype, y.typtypmod, r.n + 1"
	    "  FROM r JOIN pg_type y ON y.oid = r.t AND y.typtype = 'd')"
	    "  SELECT r.t, r.mod FROM r ORDER BY r.n DESC LIMIT 1) b"
	    " JOIN pg_type z ON z.oid = b.t"
	    " CROSS JOIN LATERAL (SELECT pg_get_serial_sequence("
	    "  format('%I.%I', n.nspname, c.relname), a.attname)) s(name)"
	    WHERE_OURS " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
	    " AND a.attnum > 0 AND NOT a.attisdropped"
	    " ORDER BY a.attrelid, a.attnum", 13, true },
	[FOUND_KEYS] = {
	    "SELECT k.conrelid, k.oid, k.conname, k.contype, a.attname,"
	    " k.condeferrable, k.condeferred"
	    " FROM pg_constraint k" JOIN_OURS "k.conrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY u(num, at)"
	    " JOIN pg_attribute a ON a.attrelid = k.conrelid"
	    "  AND a.attnum = u.num"
	    WHERE_OURS " AND k.contype IN ('p', 'u')"
	    " ORDER BY k.conrelid, k.contype, k.conkey,"
	    " k.conname COLLATE \"C\", k.oid, u.at", 7, true },
	[FOUND_CONSTRAINTS] = {
	    "SELECT k.conrelid, k.oid, k.conname, k.contype, a.attname,"
	    " k.confrelid, format('%s.%s', rn.nspname, r.relname), ra.attname,"
	    " k.confdeltype, k.confupdtype, k.confmatchtype,"
	    " k.condeferrable, k.condeferred, k.convalidated,"
	    /* The column came with PostgreSQL 15. */
	    " to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL,"
	    " pg_get_expr(k.conbin, k.conrelid)"
	    " FROM pg_constraint k" JOIN_OURS "k.conrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY"
	    "  u(num, ref, at) ON k.contype = 'f'"
	    " LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid"
	    "  AND a.attnum = u.num"
	    " LEFT JOIN pg_class r ON r.oid = k.confrelid"
	    " LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace"
	    " LEFT JOIN pg_attribute ra ON ra.attrelid = k.confrelid"
	    "  AND ra.attnum = u.ref"
	    WHERE_OURS " AND k.contype IN ('f', 'c', 'x')"
	    " AND k.conparentid = 0"
	    " ORDER BY k.conrelid, k.contype, k.conkey,"
	    " k.conname COLLATE \"C\", k.oid, u.at", 16, true },
	[FOUND_INDEXES] = {
	    "SELECT i.indrelid, i.indexrelid, x.relname, a.attname,"
	    " i.indisunique, i.indimmediate,"
	    " i.indpred IS NULL AND m.amname = 'btree'"
	    " FROM pg_index i" JOIN_OURS "i.indrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " JOIN pg_class x ON x.oid = i.indexrelid"
	    " JOIN pg_am m ON m.oid = x.relam"
	    " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY"
	    "  u(num, at)"
	    " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid"
	    "  AND a.attnum = u.num AND u.num > 0"
	    WHERE_OURS " AND i.indisvalid AND u.at <= i.indnkeyatts"
	    " AND NOT EXISTS (SELECT FROM pg_constraint k"
	    "  WHERE k.conindid = i.indexrelid"
	    "  AND k.contype IN ('p', 'u', 'x'))"
	    " ORDER BY i.indrelid, x.relname COLLATE \"C\", i.indexrelid,"
	    " u.at", 7, true }
};
