/*
 * Association proxies in inspect: an association object's two ends see each
 * other through it.
 */
#include <string.h>

#include "draft.h"
#include "english.h"

/* `near' shows what `far' leads to. */
static int
add_proxy(struct draft *d, const struct draft_fk *near,
    const struct draft_fk *far)
{
	struct draft_table	*t = near->to;
	struct draft_proxy	*p = arena_alloc(d->a, sizeof(*p));
	const char		*names[DRAFT_NAMES] = { NULL };

	if (p == NULL || (names[0] = english_plural(d->a,
	    far->one->stem)) == NULL || (names[1] = arena_printf(d->a,
	    "%s_%s", near->many->name, names[0])) == NULL ||
	    (p->name = draft_name(d, &t->names, names, p)) == NULL)
		return -1;
	p->through = near->many;
	p->attribute = far->one;
	return vec_push(d->a, &t->proxies, p);
}

int
draft_proxies(struct draft *d)
{
	const struct draft_table	*t;
	size_t				 i;

	for (i = 0; i < d->tables.n; i++) {
		t = d->tables.v[i];
		if (t->part != PART_MODEL || t->left == NULL)
			continue;
		if (add_proxy(d, t->left, t->right) == -1 ||
		    add_proxy(d, t->right, t->left) == -1)
			return -1;
	}
	return 0;
}
