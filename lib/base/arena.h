#ifndef ORMD_ARENA_H
#define ORMD_ARENA_H

#include <stddef.h>

/*
 * Memory that is given back all at once.
 *
 * Every request has one arena; it dies when the reply has gone out.  What is
 * allocated here is never freed singly.  Foreign objects (PGresults)
 * join by arena_defer(): their destructor runs in arena_release(),
 * last registered first.
 *
 * `limit' bounds the bytes that may be handed out, 0 means none.  Past it, and
 * when malloc fails, arena_alloc() returns NULL; callers turn that into
 * error_nomem().
 */
struct arena_page;
struct arena_deferred;

/*
 * Pages that arenas give back for the next one; malloc is slow at this size.
 * All-zero is empty; the owner frees it after the last arena that uses it.
 */
struct arena_spares {
	struct arena_page	*first;
	unsigned		 n;
};

struct arena {
	struct arena_spares	*spares;	/* or NULL */
	struct arena_page	*page;
	struct arena_deferred	*deferred;
	size_t			 used;		/* bytes handed out */
	size_t			 limit;
};

void	 arena_init(struct arena *, size_t limit);
/* The same, with pages from and to the spares. */
void	 arena_init_with(struct arena *, size_t limit, struct arena_spares *);
void	 arena_spares_free(struct arena_spares *);
void	 arena_release(struct arena *);	/* empty again, usable again */

/* Zeroed, aligned for every type; NULL when the limit is passed. */
void	*arena_alloc(struct arena *, size_t size);
void	*arena_array(struct arena *, size_t n, size_t size);
/* Not zeroed, otherwise the same. */
void	*arena_raw(struct arena *, size_t size);
char	*arena_strdup(struct arena *, const char *);
char	*arena_strndup(struct arena *, const char *, size_t);
char	*arena_printf(struct arena *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Calls destroy(object) in arena_release().  Returns -1 when out of memory;
 * the object has then been destroyed already, so the caller only gives up.
 */
int	 arena_defer(struct arena *, void (*destroy)(void *), void *object);

#endif
