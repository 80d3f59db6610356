/*
 * The arena: pages that grow with the request, freed together.  Called by
 * every floor.  It refuses to hand out more than its limit, so that no request
 * can take the memory of the others.
 */
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum {
	PAGE_FIRST = 4096 - 64,		/* one page serves a small request */
	PAGE_LARGEST = 256 * 1024,
	SPARES_MOST = 256		/* pages of the first size */
};

#define ALIGNMENT	alignof(max_align_t)

struct arena_page {
	struct arena_page	*next;
	size_t			 size;
	alignas(max_align_t) char bytes[];
};

struct arena_deferred {
	struct arena_deferred	*next;
	void			(*destroy)(void *);
	void			*object;
};

void
arena_init(struct arena *a, size_t limit)
{
	arena_init_with(a, limit, NULL);
}

void
arena_init_with(struct arena *a, size_t limit, struct arena_spares *spares)
{
	memset(a, 0, sizeof(*a));
	a->limit = limit;
	a->spares = spares;
}

void
arena_spares_free(struct arena_spares *spares)
{
	struct arena_page	*page;

	while ((page = spares->first) != NULL) {
		spares->first = page->next;
		free(page);
	}
	spares->n = 0;
}

static void
page_give_back(struct arena_spares *spares, struct arena_page *page)
{
	if (spares == NULL || page->size != PAGE_FIRST ||
	    spares->n == SPARES_MOST) {
		free(page);
		return;
	}
	page->next = spares->first;
	spares->first = page;
	spares->n++;
}

void
arena_release(struct arena *a)
{
	struct arena_deferred	*d;
	struct arena_page	*page, *next;

	for (d = a->deferred; d != NULL; d = d->next)
		d->destroy(d->object);
	for (page = a->page; page != NULL; page = next) {
		next = page->next;
		page_give_back(a->spares, page);
	}
	arena_init_with(a, a->limit, a->spares);
}

/* What is left of the page, or until the limit. */
static void
left_set(struct arena *a)
{
	a->left = a->page == NULL ? 0 :
	    a->page->size - (size_t)(a->next - a->page->bytes);
	if (a->limit != 0 && a->left > a->limit - a->used)
		a->left = a->limit - a->used;
	a->left &= ~(ALIGNMENT - 1);
}

void
arena_bound(struct arena *a, size_t limit)
{
	a->limit = limit;
	if (limit != 0 && a->used > limit)
		a->limit = a->used;
	left_set(a);
}

static struct arena_page *
page_add(struct arena *a, size_t need)
{
	struct arena_page	*page;
	size_t			 size = PAGE_FIRST;

	if (a->page != NULL && (size = a->page->size * 2) > PAGE_LARGEST)
		size = PAGE_LARGEST;
	if (size < need)
		size = need;
	if (size == PAGE_FIRST && a->spares != NULL &&
	    (page = a->spares->first) != NULL) {
		a->spares->first = page->next;
		a->spares->n--;
	} else if ((page = malloc(sizeof(*page) + size)) == NULL)
		return NULL;
	page->size = size;
	page->next = a->page;
	a->page = page;
	a->next = page->bytes;
	left_set(a);
	return page;
}

void *
arena_raw_slow(struct arena *a, size_t size)
{
	size_t	rounded;

	if (size > SIZE_MAX / 2)
		return NULL;
	rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (a->limit != 0 && rounded > a->limit - a->used)
		return NULL;
	if (page_add(a, rounded) == NULL)
		return NULL;
	return arena_cut(a, size);
}

void *
arena_alloc_slow(struct arena *a, size_t size)
{
	void	*p = arena_raw_slow(a, size);

	return p == NULL ? NULL : memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char	*copy;

	if (n == SIZE_MAX || (copy = arena_raw(a, n + 1)) == NULL)
		return NULL;
	if (n > 0)	/* an empty buffer has no address */
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list	 ap;
	char	*s;
	int	 n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || (s = arena_raw(a, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, format);
	vsnprintf(s, (size_t)n + 1, format, ap);
	va_end(ap);
	return s;
}

int
arena_defer(struct arena *a, void (*destroy)(void *), void *object)
{
	struct arena_deferred	*d = arena_alloc(a, sizeof(*d));

	if (d == NULL) {
		destroy(object);
		return -1;
	}
	d->destroy = destroy;
	d->object = object;
	d->next = a->deferred;
	a->deferred = d;
	return 0;
}
