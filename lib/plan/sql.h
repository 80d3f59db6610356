#ifndef ORMD_SQL_H
#define ORMD_SQL_H

#include "buf.h"
#include "map.h"
#include "model.h"
#include "statement.h"

/*
 * SQL texts and their parameters.  Identifiers come from the model only,
 * quoted when it was loaded; values travel only as parameters.
 */

/*
 * A text.  An interned one has an `id', counted from SQL_FIRST, by which a
 * backend marks what it prepared; those before are the pipeline's own.
 * SQL_ONCE is sent as it is.
 */
enum { SQL_ONCE = -1, SQL_FIRST = 2 };

struct sql {
	const char	*text;
	size_t		 n;
	int		 id;
};

enum {
	SQL_VARIED_MOST = 4096,		/* texts that clients vary … */
	SQL_VARIED_BYTES = 8 << 20,	/* … and what they may take */
	SQL_SEEN = 1024			/* texts that came once, lately */
};

/* The texts of a worker.  Lives as long as the worker; not shared. */
struct sql_cache {
	struct arena	 arena;
	struct map	 by_text;	/* struct sql */
	struct map	 looking;	/* shapes of deletes that have to look
					   at the rows: batch_learn() */
	int		 n;
	int		 varied;
	size_t		 varied_bytes;
	uint64_t	 seen[SQL_SEEN];	/* their hashes */
};

void	sql_cache_init(struct sql_cache *);
void	sql_cache_release(struct sql_cache *);
/*
 * Interns the text in `b' and frees `b'.  NULL: out of memory (also when the
 * buffer is broken).
 */
const struct sql *sql_intern(struct sql_cache *, struct buf *b);
/*
 * The same for a text that is as the client wants it, of which there is no end:
 * it is interned when it comes again, and as long as there is room.  Until then
 * it is good for once and lives in the arena.
 */
const struct sql *sql_intern_varied(struct sql_cache *, struct arena *,
	    struct buf *b);

/* Does it travel as text although it is not text? */
bool	sql_is_cast(const struct column *);
/* Does the text speak of its parameter $n? */
bool	sql_mentions(const struct buf *, int n);
/* What has to stand behind a column that is selected: "::text", or nothing. */
void	sql_cast(struct buf *, const struct column *);
/* A column as it has to be selected, with a table alias. */
void	sql_select(struct buf *, const char *alias, const struct column *);
/* alias."column" */
void	sql_column(struct buf *, const char *alias, const struct column *);
/* `$n' as an array of the column's type: for `= ANY(…)'. */
void	sql_array(struct buf *, const struct column *, int n);
/* An element (any SQL expression) that came out of `$n' by unnest. */
void	sql_element(struct buf *, const char *expression, int n,
	    const struct column *);
/*
 * "alias.a = ANY($first)" for one column; for several "(alias.a, alias.b) IN
 * (SELECT … FROM unnest($first, …))".  Takes n parameters.
 */
void	sql_key_in(struct buf *, const char *alias,
	    struct column *const *columns, size_t n, int first);
/* "unnest($1, $2, …) AS name(c1, c2, …)", n columns. */
void	sql_unnest(struct buf *, const char *name, size_t n, bool ordinality);
/* "a"."x", "a"."y" in ascending order, as the columns stand. */
void	sql_order(struct buf *, const char *alias,
	    struct column *const *columns, size_t n);

/* Can one link stand twice in the relationship's secondary table? */
bool	sql_links_repeat(const struct relationship *);

/* The oid of the array in which a column's values travel. */
uint32_t sql_array_oid(const struct column *);
/*
 * A parameter that is an array of the column's values, in PostgreSQL's binary
 * array format; cell i is *at(i).  Bytes in the arena.  0, or -1: no memory.
 */
int	sql_array_param(struct arena *, const struct column *,
	    const struct cell *const *cells, size_t n, struct param *);
/* The same of texts. */
int	sql_texts_param(struct arena *, const struct cell *const *cells,
	    size_t n, struct param *);
/* A parameter that is one value of the column; its bytes are not copied. */
void	sql_cell_param(const struct column *, const struct cell *,
	    struct param *);
int	sql_bigint_param(struct arena *, int64_t, struct param *);

/*
 * Bytes by which keys are compared and looked up in maps: those of the cell
 * where there is one column, else lengths and bytes of all.  -1: no memory.
 */
struct key_bytes {
	const char	*p;
	size_t		 n;
};

int	key_bytes(struct arena *, const struct cell *cells, size_t n,
	    struct key_bytes *);
bool	key_has_null(const struct cell *cells, size_t n);

#endif
