#ifndef ORMD_ARENA_H
#define ORMD_ARENA_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

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
	char			*next;		/* free bytes of the page */
	size_t			 left;		/* that the limit allows */
	size_t			 used;		/* bytes handed out */
	size_t			 limit;		/* by arena_bound() */
};

void	 arena_init(struct arena *, size_t limit);
/* The same, with pages from and to the spares. */
void	 arena_init_with(struct arena *, size_t limit, struct arena_spares *);
void	 arena_bound(struct arena *, size_t limit);	/* another limit */
void	 arena_spares_free(struct arena_spares *);
void	 arena_release(struct arena *);	/* empty again, usable again */

/* What the next two do when the page is full. */
void	*arena_raw_slow(struct arena *, size_t size);
void	*arena_alloc_slow(struct arena *, size_t size);

/* For the next two only. */
static inline bool
arena_has(const struct arena *a, size_t size)
{
	return a->next != NULL && size <= a->left;
}

static inline void *
arena_cut(struct arena *a, size_t size)
{
	void	*p = a->next;

	/* `left' is a multiple of the alignment, so there is room. */
	size = (size + alignof(max_align_t) - 1) &
	    ~(alignof(max_align_t) - 1);
	a->next += size;
	a->left -= size;
	a->used += size;
	return p;
}

/*
 * Aligned for every type, not zeroed; NULL when the limit is passed.  Inline,
 * and the next one too: a request allocates some hundred times.
 */
static inline void *
arena_raw(struct arena *a, size_t size)
{
	return arena_has(a, size) ? arena_cut(a, size) :
	    arena_raw_slow(a, size);
}

/* The same, zeroed. */
static inline void *
arena_alloc(struct arena *a, size_t size)
{
	return arena_has(a, size) ? memset(arena_cut(a, size), 0, size) :
	    arena_alloc_slow(a, size);
}

void	*arena_array(struct arena *, size_t n, size_t size);
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
