/*
 * Rows that the database withholds without an error: a BEFORE trigger that
 * returns NULL, or a row-level policy.  A statement that writes demands, in its
 * own text, to have written each row that it was given; what falls short
 * raises, and the whole block is rolled back.  Called by flush_sql.c, and by
 * explain.c for what was raised.  It needs nothing of ormd's in the database.
 */
#include <string.h>

#include "sight.h"
#include "withheld.h"

/* invalid_text_representation, of our own texts. */
#define SQLSTATE	"22P02"
/* A name that no table of a model has. */
#define WROTE	"ormd_wrote"
#define RAISED	"ormd: wrote only "
#define UNSURE	" has to look at"
#define ROWS_OF	" rows of "

/* A name in a string of SQL. */
static void
put_doubled(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_putc(b, '\'');
		buf_putc(b, *s);
	}
}

void
withheld_begin(struct buf *b)
{
	buf_puts(b, "WITH " WROTE " AS (");
}

/*
 * As many rows as the arrays have elements.  If not: a cast that fails and says
 * why, also in PostgreSQL's log.  It is made from the count, so that it is not
 * tried before there is a need.
 */
void
withheld_end(struct buf *b, const struct table *table, bool returning)
{
	buf_puts(b, returning ? ") SELECT * FROM " WROTE " WHERE (SELECT " :
	    " RETURNING 1) SELECT FROM " WROTE " HAVING NOT ");
	/* Without a primary key there may be rows that are all the same. */
	buf_puts(b, "CASE WHEN count(*) ");
	buf_puts(b, table->key.n == 0 ? ">=" : "=");
	buf_puts(b, " cardinality($1) THEN true ELSE ('" RAISED
	    "'||count(*)||'" ROWS_OF);
	put_doubled(b, table->quoted);
	buf_puts(b, returning ? "')::bool END FROM " WROTE ")" :
	    "')::bool END");
}

/*
 * What is deleted without having been read cannot be counted.  Its table has to
 * be one that withholds nothing: plain, without row-level security for this
 * role and without triggers before its rows are deleted.  (Triggers of tables
 * that inherit from it are not seen.)  A cast of what the planner knew it would
 * try at once.
 */
void
withheld_none(struct buf *b, const struct table *table)
{
	buf_puts(b, " AND CASE WHEN NOT row_security_active('");
	put_doubled(b, table->quoted);
	buf_puts(b, "'::regclass) AND pg_relation_filenode('");
	put_doubled(b, table->quoted);
	buf_puts(b, "'::regclass) IS NOT NULL AND NOT EXISTS (SELECT FROM "
	    "pg_catalog.pg_trigger AS g WHERE g.tgrelid = '");
	put_doubled(b, table->quoted);
	buf_puts(b, "'::regclass AND g.tgtype & 9 = 9 AND g.tgtype & 66 <> 0)"
	    " THEN true ELSE ('ormd: '||current_user||'" UNSURE ROWS_OF);
	put_doubled(b, table->quoted);
	buf_puts(b, "')::bool END");
}

bool
withheld_unsure(const struct pg_error *pg)
{
	return strcmp(pg->sqlstate, SQLSTATE) == 0 && pg->message != NULL &&
	    strstr(pg->message, UNSURE) != NULL;
}

const struct table *
withheld_table(const struct registry *registry, const struct pg_error *pg)
{
	const struct table	*t;
	const char		*name;
	size_t			 i, n;

	if (strcmp(pg->sqlstate, SQLSTATE) != 0 || pg->message == NULL ||
	    (name = strstr(pg->message, RAISED)) == NULL ||
	    (name = strstr(name, ROWS_OF)) == NULL)
		return NULL;
	name += sizeof(ROWS_OF) - 1;
	for (i = 0; i < registry->tables.n; i++) {
		t = registry->tables.v[i];
		n = strlen(t->quoted);
		if (strncmp(name, t->quoted, n) == 0 && name[n] == '"')
			return t;
	}
	return NULL;
}
