/*
 * Which way each line goes, once the boxes have their layers: from layer to
 * layer, with a place of its own in those that it passes.  Called by
 * diagram_layers.c.
 */
#include "diagram_parts.h"

static struct node *
node_add(struct layout *l, int layer, struct diagram_box *box)
{
	struct node	*v = arena_alloc(&l->d->a, sizeof(*v));

	if (v == NULL || vec_push(&l->d->a, &l->layers[layer].nodes, v) == -1)
		return NULL;
	v->box = box;
	v->layer = layer;
	v->order = (int)l->layers[layer].nodes.n - 1;
	v->height = box == NULL ? 0 : box->height;
	return v;
}

static int
port(const struct diagram_box *box, int row)
{
	return row == -1 ? 2 * GRID : box->rows.v[row].y;
}

static int
segment_add(struct layout *l, struct route *route, struct node *left,
    int left_port, struct node *right, int right_port)
{
	struct segment	*s = arena_alloc(&l->d->a, sizeof(*s));

	if (s == NULL || vec_push(&l->d->a, &route->segments, s) == -1 ||
	    vec_push(&l->d->a, &l->layers[left->layer].segments, s) == -1)
		return -1;
	s->left = left;
	s->left_port = left_port;
	s->right = right;
	s->right_port = right_port;
	return segment_is_loop(s) ? 0 :
	    vec_push(&l->d->a, &left->behind, s) == -1 ? -1 :
	    vec_push(&l->d->a, &right->before, s);
}

/* The way of a line, through every layer between its ends. */
static int
route_add(struct layout *l, struct node *const *nodes,
    const struct diagram_edge *e)
{
	struct route	*route = arena_alloc(&l->d->a, sizeof(*route));
	struct node	*left = nodes[e->one->index], *next;
	struct node	*right = nodes[e->many->index];
	int		 left_port = port(e->one, e->one_row), k;
	int		 right_port = port(e->many, e->many_row);

	if (route == NULL || vec_push(&l->d->a, &l->routes, route) == -1)
		return -1;
	route->edge = e;
	route->one_is_left = left->layer <= right->layer;
	if (!route->one_is_left) {
		left = nodes[e->many->index];
		right = nodes[e->one->index];
		left_port = port(e->many, e->many_row);
		right_port = port(e->one, e->one_row);
	}
	for (k = left->layer + 1; k < right->layer; k++) {
		if ((next = node_add(l, k, NULL)) == NULL ||
		    segment_add(l, route, left, left_port, next, 0) == -1)
			return -1;
		left = next;
		left_port = 0;
	}
	return segment_add(l, route, left, left_port, right, right_port);
}

int
diagram_ways(struct layout *l, const int *layers)
{
	struct diagram	*d = l->d;
	struct node	**nodes;
	size_t		 i;

	nodes = arena_array(&d->a, d->boxes.n + 1, sizeof(*nodes));
	l->layers = arena_array(&d->a, (size_t)l->nlayers + 1,
	    sizeof(*l->layers));
	if (nodes == NULL || l->layers == NULL)
		return -1;
	for (i = 0; i < d->boxes.n; i++)
		if ((nodes[i] = node_add(l, layers[i], d->boxes.v[i])) == NULL)
			return -1;
	for (i = 0; i < d->edges.n; i++)
		if (route_add(l, nodes, d->edges.v[i]) == -1)
			return -1;
	return 0;
}
