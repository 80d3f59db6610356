#ifndef ORMD_PROBE_PARTS_H
#define ORMD_PROBE_PARTS_H

#include "buf.h"
#include "drift_parts.h"

/* What the rooms of probe share; private to them. */
struct prober {
	const struct found	*database;
	struct findings		*f;
	struct probes		*probes;
};

/*
 * A probe of these rows: `bad' is a query with one column k, the sample, and
 * is given back.  `text' may be NULL: memory was out.
 */
void	probe_add(struct prober *, bool is_error, const struct path *,
	    const char *unit, const char *text, const char *hint,
	    struct buf *bad);
/* t."a", as text; several in parentheses: what tells a row from others. */
void	probe_sample(struct buf *, const char *alias,
	    struct column *const *, size_t n);
/* t."a" of each column, with texts between and behind them. */
void	probe_each(struct buf *, const char *alias, struct column *const *,
	    size_t n, const char *between, const char *behind);
/*
 * The table with the schema in which it was found: there is no search_path
 * when the probes run.
 */
void	probe_table(struct prober *, struct buf *, const struct table *);

void	probe_duplicates(struct prober *, const struct place *,
	    const struct table *);
/* The same link in several rows: once for each association table. */
void	probe_links(struct prober *, const struct registry *,
	    const struct place *, const struct table *);

#endif
