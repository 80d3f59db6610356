/*
 * The growing step of vec.h: double the space, copy what is there.
 */
#include <string.h>

#include "vec.h"

enum { VEC_FIRST = 8 };

int
vec_grow(struct arena *a, void **v, size_t *cap, size_t n, size_t size)
{
	size_t	 more = *cap == 0 ? VEC_FIRST : *cap * 2;
	void	*fresh = arena_array(a, more, size);

	if (fresh == NULL)
		return -1;
	if (n > 0)
		memcpy(fresh, *v, n * size);
	*v = fresh;
	*cap = more;
	return 0;
}
