/*
 * What writes print when they are done: the objects that they made or changed,
 * or only their keys.  Called by batch.c.
 */
#include "batch_parts.h"

/* Asks for the objects that this operation's reply prints. */
static int
print_objects(struct batch *b, struct unit *u, size_t index,
    struct object *const *objects, size_t n)
{
	const struct op		*op = u->call->ops.v[index];
	const struct cell	**keys;
	struct pending		*p;
	struct key		 key;
	size_t			 i;
	bool			 told;

	keys = arena_array(b->arena, n, sizeof(*keys));
	if (keys == NULL)
		return -1;
	key.model = op->model;
	told = op->mode == RETURN_KEY || ((op->kind == OP_CREATE ||
	    op->kind == OP_MERGE) && columns_are_told(u->call->sight.class,
	    op->model->table->key.v, op->model->table->key.n));
	for (i = 0; i < n; i++) {
		keys[i] = cells_pick(b->arena, objects[i]->now,
		    op->model->table->key.v, op->model->table->key.n);
		if (keys[i] == NULL)
			return -1;
		key.cells = told && (op->mode == RETURN_KEY ||
		    (!objects[i]->deleted && !objects[i]->expunged)) ?
		    keys[i] : NULL;
		if (vec_push(b->arena, &u->results[index].keys, key) == -1)
			return -1;
	}
	if (op->mode == RETURN_KEY) {
		u->results[index].kind = op->is_list ? RESULT_KEYS :
		    RESULT_KEY;
		return 0;
	}
	u->results[index].kind = op->is_list ? RESULT_OBJECTS : RESULT_OBJECT;
	if ((p = batch_pending_add(b, u, index)) == NULL)
		return -1;
	return batch_want_key(b, p, keys, n);
}

static int
unit_print(struct batch *b, struct unit *u, struct uow *w)
{
	size_t	i, n;

	for (i = b->machine->op; i < b->machine->end; i++) {
		const struct op	*op = u->call->ops.v[i];
		size_t		 k = i - b->machine->op;

		if (op->mode == RETURN_NONE)
			continue;
		if (op->kind == OP_DELETE) {
			u->results[i].kind = RESULT_CHANGES;
			continue;
		}
		n = op->kind == OP_CREATE || op->kind == OP_MERGE ?
		    op->values.n : 1;
		if (print_objects(b, u, i, w->created[k] != NULL ?
		    w->created[k] : &w->targets[k], n) == -1)
			return -1;
	}
	return 0;
}

int
batch_print(struct batch *b)
{
	struct machine	*m = b->machine;
	size_t		 i;

	m->printed = true;
	for (i = 0; i < b->units.n; i++)
		if (!unit_is_out(&b->units.v[i]) && unit_print(b,
		    &b->units.v[i], &m->uows[i]) == -1)
			return -1;
	return 0;
}

/* Does anything of the segment's replies wait for keys or for the loader? */
bool
batch_prints_nothing(const struct batch *b)
{
	size_t	i, k;

	for (i = 0; i < b->units.n; i++)
		for (k = b->machine->op; k < b->machine->end; k++)
			if (b->units.v[i].call->ops.v[k]->kind != OP_DELETE &&
			    b->units.v[i].call->ops.v[k]->mode ==
			    RETURN_OBJECT)
				return false;
	return true;
}
