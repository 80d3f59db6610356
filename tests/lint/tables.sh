#!/bin/bash
#
# Every statement of the planner names its tables by sql_table(), which leaves
# only the rows that the caller may see.  INSERT has no rows to look at, and who
# logs in is nobody yet: login.c looks at all users.
. "$top_srcdir/tests/lib.sh"

plan=$top_srcdir/lib/plan

# Lines that take the quoted name of something that is no column.
names_tables()
{
	grep -nE '(table|secondary|target|t|to|from)->quoted' "$plan"/*.c |
	    grep -v '/login\.c:' |
	    grep -vE 'sight\.c:.*buf_puts\(b, t->quoted\)' |
	    grep -vE '"INSERT INTO %s\(", table->quoted' |
	    # Names in strings, and in what PostgreSQL has said.
	    grep -vE 'withheld\.c:.*(put_doubled|strlen|strncmp)\(' |
	    # What tells tokens, and cursors, of one table from another's.
	    grep -vE 'login\.c:.*put_text\(|cursor\.c:.*mix_text\(' |
	    # A key of a map, and an argument of pg_get_serial_sequence().
	    grep -vE 'preview\.c:.*(memcpy|strlen)\(' |
	    grep -vE 'stock\.c:.*(map_find|arena_strdup)\(' |
	    grep -vE 'gather\.c:.*for \(p = d->table->quoted'
}

# A text that goes on with a name of its own making.
spells_tables()
{
	grep -nE '"[^"]*\b(FROM|JOIN|UPDATE|USING) (ONLY )?%s' "$plan"/*.c |
	    grep -v '/login\.c:'
}

nothing()
{
	local found
	found=$("$@")
	[ -z "$found" ] || { echo "$found" | sed 's/^/# /'; return 1; }
}

ok "tables are named by sql_table()" nothing names_tables
ok "no text spells the name of a table" nothing spells_tables
done_testing
