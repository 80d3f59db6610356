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

enum { SQL_PARAMS_MOST = 256 };

/* An interned text.  `id' counts from 0: a backend marks what it prepared. */
struct sql {
	const char	*text;
	size_t		 n;
	unsigned	 id;
};

/* All texts of a worker.  Lives as long as the worker; not shared. */
struct sql_cache {
	struct arena	 arena;
	struct map	 by_text;	/* struct sql */
	unsigned	 n;
};

void	sql_cache_init(struct sql_cache *);
void	sql_cache_release(struct sql_cache *);
/* Interns the text in `b', which stays the caller's; NULL: out of memory. */
const struct sql *sql_intern(struct sql_cache *, const struct buf *b);

/* `column' as it has to be selected (cast, encoded), with a table alias. */
void	sql_select(struct buf *, const struct column *, const char *alias);
/* `$n' as an array of the column's type, cast where the type travels as text. */
void	sql_array(struct buf *, const struct column *, int n);
/* `$n' as one value of the column's type. */
void	sql_scalar(struct buf *, const struct column *, int n);

/*
 * A parameter that is an array of the column's values, in PostgreSQL's binary
 * array format.  The bytes are in the arena.  0, or -1 out of memory.
 */
int	sql_array_param(struct arena *, const struct column *,
	    const struct cell *cells, size_t n, struct param *);
/* An int4[] or int8[] of plain numbers. */
int	sql_int_array_param(struct arena *, const int32_t *, size_t n,
	    struct param *);
/* A single bigint. */
int	sql_bigint_param(struct arena *, int64_t, struct param *);

#endif
