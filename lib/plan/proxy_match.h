#ifndef ORMD_PROXY_MATCH_H
#define ORMD_PROXY_MATCH_H

#include "uow.h"

/* The association objects of a proxy, and which of them have been taken. */
struct match {
	const struct attribute	*attribute;	/* behind them */
	struct members		 list;
	VEC(bool)		 used;
	struct map		 by_key;
};

/* Those that the caller may see: there are no others. */
int	members_seen(struct uow *, struct object *,
	    const struct relationship *, struct members *out);
/* The collection of `o'; of nobody's, if that is NULL. */
int	match_begin(struct uow *, struct match *, struct object *o,
	    const struct proxy *);
int	match_add(struct uow *, struct match *, struct object *association);
/*
 * The first one that is not used and stands for the item; *at is list.n when
 * there is none.  Who takes it sets `used'.
 */
int	match_find(struct uow *, struct match *, const struct spec *item,
	    size_t *at);

#endif
