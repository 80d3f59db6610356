#ifndef ORMD_BATCH_PARTS_H
#define ORMD_BATCH_PARTS_H

#include "audit.h"
#include "flush.h"
#include "loader.h"
#include "rls.h"

/*
 * The inside of a batch, for batch*.c: batch.c turns the crank, batch_read.c
 * has the reads and all that is loaded, batch_write.c the units of work,
 * batch_print.c what writes print.  Those that return int: -1 is no memory.
 */
enum phase { PHASE_BEGIN, PHASE_KEYS, PHASE_CLAIM, PHASE_SEGMENT, PHASE_FACTS,
	PHASE_FLUSH, PHASE_LOAD, PHASE_STORED };

/* A read or a reply to print that waits for the loader. */
struct pending {
	struct result		*result;
	const struct op		*op;
	const struct cell	*viewer;	/* the caller's key, if any */
	struct slot		**slots;
	size_t			 nslots;
	struct row_list		 list;
	const struct statement	*count;		/* or the aggregate */
};

struct machine {
	enum phase		 phase;
	size_t			 op, end;	/* the segment */
	struct uow		*uows;		/* by unit */
	struct map		 made;		/* cells of the key, by spec:
						   what earlier segments made */
	struct arena		*scratch;	/* of later runs */
	unsigned		 runs;		/* of this segment's units */
	struct gather		*gather;
	struct flush		*flush;
	struct loader		*loader;
	VEC(struct pending *)	 pending;
	VEC(struct pending *)	 counts;	/* count(*) of the segment */
	bool			 counting;	/* counts were asked for */
	bool			 printed;	/* the segment's replies are
						   asked for */
	bool			 flushing;	/* this round holds the flush */
	bool			 keyed;		/* some unit has a key */
	bool			 changed;	/* a flush was sent */
	bool			 last;		/* this round ends it */
	struct audit		 audit;		/* not sent yet */
	struct rls		 rls;
	size_t			 statements;	/* of this round */
	size_t			 base_counts, base_loader;
};

static inline bool
unit_is_out(const struct unit *u)
{
	return u->failed || u->again || u->stored != NULL;
}

/* batch.c.  It is alone in its batch, and one segment whatever it does. */
bool	batch_is_preview(const struct batch *);
int	batch_unit_fail(struct batch *, struct unit *, const struct error *);

/* batch_read.c: asks for what one read needs. */
int	batch_read_begin(struct batch *, struct unit *, size_t op);
struct pending *batch_pending_add(struct batch *, struct unit *, size_t op);
int	batch_want_key(struct batch *, struct pending *,
	    const struct cell *const *keys, size_t n);
/* The loader's next statements; 1: there are some. */
int	batch_load_next(struct batch *, struct round *, bool *more);
int	batch_count_take(struct batch *, struct pending *,
	    const struct answer *);
/* The rows that have come, as the results of those who waited for them. */
int	batch_rows_finish(struct batch *);

/* batch_write.c */
int	batch_write_begin(struct batch *);
/* Runs the units of work that still miss something; 1: facts are wanted. */
int	batch_facts_next(struct batch *, struct round *);
int	batch_flush_next(struct batch *, struct round *);
/* Instead of writing: what would be written, if it can be. */
int	batch_preview_finish(struct batch *);
int	batch_write_finish(struct batch *);

/* batch_print.c: asks for what the segment's replies print. */
int	batch_print(struct batch *);
/* Does nothing of the segment's replies wait for keys or for the loader? */
bool	batch_prints_nothing(const struct batch *);

#endif
