#ifndef ORMD_VEC_H
#define ORMD_VEC_H

#include <stddef.h>

#include "arena.h"

/*
 * A growing array in an arena: `VEC(struct column *) columns;' has columns.v
 * and columns.n.  vec_push() returns 0, or -1 when out of memory (the array
 * is then as it was).  Old space stays in the arena until it dies.
 */
#define VEC(type)	struct { type *v; size_t n, cap; }

#define vec_push(a, vec, item)						\
	(((vec)->n < (vec)->cap ||					\
	    vec_grow((a), (void **)&(vec)->v, &(vec)->cap,		\
	    (vec)->n, sizeof(*(vec)->v)) == 0) ?			\
	    ((vec)->v[(vec)->n++] = (item), 0) : -1)

int	 vec_grow(struct arena *, void **v, size_t *cap, size_t n, size_t size);

#endif
