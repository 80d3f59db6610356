/*
 * "secondary": the association table of a many-to-many.  Called for each
 * relationship that has one.  It refuses columns that are no foreign key to
 * the side they stand for.
 */
#include "load.h"

/*
 * One side of an association table: the foreign key over exactly `columns'
 * that leads to `to'.
 */
static const struct foreign_key *
secondary_fk(struct loader *l, const struct table *secondary,
    struct column *const *columns, size_t n, const struct table *to,
    const struct path *path)
{
	const struct foreign_key	*fk;
	size_t				 i, j, k;

	for (i = 0; i < secondary->fks.n; i++) {
		fk = secondary->fks.v[i];
		if (fk->target != to || fk->columns.n != n)
			continue;
		for (j = 0; j < n; j++) {
			for (k = 0; k < n && fk->columns.v[k] != columns[j];
			    k++)
				;
			if (k == n)
				break;
		}
		if (j == n)
			return fk;
	}
	refuse(l, ERROR_INVALID_VALUE, path,
	    "these columns are no foreign key from %s to %s", secondary->name,
	    to->name);
	hint(l, "give them \"references\": \"%s.%s\"", to->name,
	    to->key.v[0]->name);
	return NULL;
}

static int
take_side(struct loader *l, struct json *v, const char *name,
    struct table *secondary, const struct table *to,
    const struct foreign_key **fk, const struct path *path)
{
	struct path		  here = { path, name, 0 };
	struct json	 *list;
	struct column		**columns;
	size_t			  n;

	switch (json_take_array(v, name, &list, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &here, "%s is missing", name);
	case -1:
		return -1;
	}
	if (resolve_columns(l, secondary, list, &columns, &n, &here) == -1)
		return -1;
	*fk = secondary_fk(l, secondary, columns, n, to, &here);
	return *fk == NULL ? -1 : 0;
}

int
secondary_resolve(struct loader *l, struct relationship *r,
    struct json *v, const struct path *up)
{
	static const char *const	 allowed[] = { "table", "local",
					    "remote", NULL };
	struct path			 path = { up, "secondary", 0 };
	struct path			 table = { &path, "table", 0 };
	const struct foreign_key	*near, *far;
	const char			*name = NULL;
	size_t				 i;

	if (json_allow(v, allowed, &path, l->err) == -1)
		return -1;
	switch (json_take_string(v, "table", &name, &path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &table, "table is missing");
	case -1:
		return -1;
	}
	if ((r->secondary = resolve_table(l, name, &table)) == NULL)
		return -1;
	if (take_side(l, v, "local", r->secondary, r->model->table, &near,
	    &path) == -1 ||
	    take_side(l, v, "remote", r->secondary, r->target->table, &far,
	    &path) == -1)
		return -1;
	if (near == far)
		return refuse(l, ERROR_INVALID_VALUE, &path,
		    "local and remote are the same foreign key");
	r->direction = MANY_TO_MANY;
	for (i = 0; i < near->columns.n; i++)
		if (vec_push(l->a, &r->near_columns,
		    near->columns.v[i]) == -1 ||
		    vec_push(l->a, &r->local, near->references.v[i]) == -1)
			return nomem(l);
	for (i = 0; i < far->columns.n; i++)
		if (vec_push(l->a, &r->far_columns, far->columns.v[i]) == -1 ||
		    vec_push(l->a, &r->remote, far->references.v[i]) == -1)
			return nomem(l);
	return 0;
}
