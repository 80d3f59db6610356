/*
 * Which box stands in which layer, from left to right: what is referred to
 * stands left of what refers to it, and circles are broken somewhere.  Called
 * by diagram_svg.c.  A layer takes boxes up to a height; where one refers to
 * the next in a long row, a few of them may share a layer.  Of several heights
 * and foldings those are chosen which make the picture fit a page best.
 */
#include <string.h>

#include "diagram_parts.h"

enum {
	HEIGHTS_TRIED = 16,
	FOLDS_TRIED = 4,
	WITHIN_COST = 300,
	/* The best picture is so many tenths as wide as it is high. */
	ASPECT = 14,
	CHANNEL_GUESS = 130		/* width of a channel, before routing */
};

/* An edge between two boxes, by their indexes, without the circles. */
struct arc {
	int	from, to;
};

struct layering {
	struct layout		*l;
	int			 n;
	VEC(struct arc)		 arcs;
	int			*depth;		/* longest way to an end */
	int			*order;		/* boxes as they are placed */
	int			*step;		/* of the longest way to a
						   box */
	int			*layer, *best;
	int			*heights;	/* of the layers */
	int			*widths;
	int			 nlayers;
	int			 fold;		/* steps that share a layer */
};

enum { UNSEEN, OPEN, DONE };

static struct diagram_box *
box_at(const struct layering *y, int i)
{
	return y->l->d->boxes.v[i];
}

/*
 * Turns an arc that would close a circle: depth first, by the order of the
 * file.  Recursion as deep as there are boxes in a row.
 */
static int
arcs_from(struct layering *y, char *state, int box)
{
	const struct diagram_edge	*e;
	struct arc			 arc;
	size_t				 i;

	state[box] = OPEN;
	for (i = 0; i < y->l->d->edges.n; i++) {
		e = y->l->d->edges.v[i];
		if (e->one->index != box || e->many == e->one)
			continue;
		arc = (struct arc){ box, e->many->index };
		if (state[arc.to] == UNSEEN && arcs_from(y, state, arc.to) ==
		    -1)
			return -1;
		if (state[arc.to] == OPEN)
			arc = (struct arc){ arc.to, box };
		if (vec_push(&y->l->d->a, &y->arcs, arc) == -1)
			return -1;
	}
	state[box] = DONE;
	return 0;
}

static int
arcs_make(struct layering *y)
{
	char	*state = arena_alloc(&y->l->d->a, (size_t)y->n + 1);
	int	 i;

	if (state == NULL)
		return -1;
	for (i = 0; i < y->n; i++)
		if (state[i] == UNSEEN && arcs_from(y, state, i) == -1)
			return -1;
	return 0;
}

/* The longest ways from and to each box. */
static void
depths(struct layering *y)
{
	bool	changed = true;
	size_t	i;

	while (changed) {
		changed = false;
		for (i = 0; i < y->arcs.n; i++) {
			const struct arc	*a = &y->arcs.v[i];

			if (y->depth[a->from] < y->depth[a->to] + 1) {
				y->depth[a->from] = y->depth[a->to] + 1;
				changed = true;
			}
			if (y->step[a->to] < y->step[a->from] + 1) {
				y->step[a->to] = y->step[a->from] + 1;
				changed = true;
			}
		}
	}
}

static int
degree(const struct layering *y, int box)
{
	int	n = 0;
	size_t	i;

	for (i = 0; i < y->arcs.n; i++)
		n += y->arcs.v[i].from == box || y->arcs.v[i].to == box;
	return n;
}

/* Has everything that this box refers to got its place in the order? */
static bool
is_ready(const struct layering *y, const char *placed, int box)
{
	size_t	i;

	for (i = 0; i < y->arcs.n; i++)
		if (y->arcs.v[i].to == box && !placed[y->arcs.v[i].from])
			return false;
	return true;
}

/* Long ways first; boxes without any line last. */
static int
order_make(struct layering *y)
{
	char	*placed = arena_alloc(&y->l->d->a, (size_t)y->n + 1);
	int	 i, k, best;

	if (placed == NULL)
		return -1;
	for (k = 0; k < y->n; k++) {
		best = -1;
		for (i = 0; i < y->n; i++)
			if (!placed[i] && is_ready(y, placed, i) &&
			    (best == -1 || (degree(y, i) > 0) >
			    (degree(y, best) > 0) ||
			    ((degree(y, i) > 0) == (degree(y, best) > 0) &&
			    y->depth[i] > y->depth[best])))
				best = i;
		placed[best] = true;
		y->order[k] = best;
	}
	return 0;
}

/* The first layer that a box may have, by what it refers to. */
static int
layer_least(const struct layering *y, int box)
{
	int	least = y->step[box] / y->fold, layer;
	size_t	i;

	for (i = 0; i < y->arcs.n; i++)
		if (y->arcs.v[i].to == box) {
			layer = y->layer[y->arcs.v[i].from] + (y->fold == 1);
			if (layer > least)
				least = layer;
		}
	return least;
}

/* The last layer, by what refers to it; -1: nothing does. */
static int
layer_most(const struct layering *y, int box)
{
	int	most = -1;
	size_t	i;

	for (i = 0; i < y->arcs.n; i++)
		if (y->arcs.v[i].from == box && (most == -1 ||
		    y->layer[y->arcs.v[i].to] - (y->fold == 1) < most))
			most = y->layer[y->arcs.v[i].to] - (y->fold == 1);
	return most;
}

static void
layer_put(struct layering *y, int box, int layer)
{
	const struct diagram_box	*b = box_at(y, box);

	y->layer[box] = layer;
	y->heights[layer] += b->height + BOX_GAP;
	if (b->width > y->widths[layer])
		y->widths[layer] = b->width;
	if (layer >= y->nlayers)
		y->nlayers = layer + 1;
}

static bool
has_room(const struct layering *y, int layer, int box, int most)
{
	return y->heights[layer] == 0 ||
	    y->heights[layer] + box_at(y, box)->height <= most;
}

/* One try: every box into a layer that is at most so high. */
static void
try_height(struct layering *y, int most)
{
	int	i, k, box, layer;

	y->nlayers = 0;
	memset(y->heights, 0, (size_t)y->n * sizeof(*y->heights));
	memset(y->widths, 0, (size_t)y->n * sizeof(*y->widths));
	for (i = 0; i < y->n; i++) {
		box = y->order[i];
		layer = layer_least(y, box);
		if (degree(y, box) == 0)
			for (k = 0; k < y->nlayers; k++)
				if (y->heights[k] < y->heights[layer])
					layer = k;
		while (layer < y->n - 1 && !has_room(y, layer, box, most))
			layer++;
		layer_put(y, box, layer);
	}
	/* What refers to nothing moves near to what refers to it. */
	for (i = y->n - 1; i >= 0; i--) {
		box = y->order[i];
		k = layer_most(y, box);
		if (layer_least(y, box) > 0 || k <= y->layer[box])
			continue;
		while (k > y->layer[box] && !has_room(y, k, box, most))
			k--;
		if (k > y->layer[box]) {
			y->heights[y->layer[box]] -= box_at(y, box)->height +
			    BOX_GAP;
			layer_put(y, box, k);
		}
	}
}

/*
 * How far it is from a page, in the larger direction.  A line within a layer
 * costs as well: it leads back to where it comes from.
 */
static long
cost(const struct layering *y)
{
	long	width = 0, height = 0, within = 0;
	int	i;
	size_t	k;

	for (i = 0; i < y->nlayers; i++) {
		width += y->widths[i] + CHANNEL_GUESS;
		if (y->heights[i] > height)
			height = y->heights[i];
	}
	for (k = 0; k < y->arcs.n; k++)
		within += y->layer[y->arcs.v[k].from] ==
		    y->layer[y->arcs.v[k].to];
	return (width * 10 > height * ASPECT ? width * 10 :
	    height * ASPECT) + within * WITHIN_COST;
}

static void
choose(struct layering *y)
{
	long	total = 0, highest = 0, best = -1, now, most;
	int	i;

	for (i = 0; i < y->n; i++) {
		total += box_at(y, i)->height + BOX_GAP;
		if (box_at(y, i)->height > highest)
			highest = box_at(y, i)->height;
	}
	for (i = 0; i < HEIGHTS_TRIED * FOLDS_TRIED; i++) {
		y->fold = 1 + i / HEIGHTS_TRIED;
		most = total / (1 + i % HEIGHTS_TRIED);
		try_height(y, (int)(most > highest ? most : highest));
		now = cost(y);
		if (best != -1 && now >= best)
			continue;
		best = now;
		memcpy(y->best, y->layer, (size_t)y->n * sizeof(*y->best));
	}
}

/* Empty layers, which boxes have moved out of, are closed. */
static int
layers_close(struct layering *y)
{
	int	i, k, n = 0;
	bool	used;

	for (k = 0; k < y->n; k++) {
		used = false;
		for (i = 0; i < y->n; i++)
			if (y->best[i] == k) {
				y->layer[i] = n;
				used = true;
			}
		n += used;
	}
	return n;
}

int
diagram_layers(struct layout *l)
{
	struct layering	y;
	struct arena	*a = &l->d->a;
	size_t		 n = l->d->boxes.n;

	memset(&y, 0, sizeof(y));
	y.l = l;
	y.n = (int)n;
	y.depth = arena_array(a, n + 1, sizeof(int));
	y.step = arena_array(a, n + 1, sizeof(int));
	y.order = arena_array(a, n + 1, sizeof(int));
	y.layer = arena_array(a, n + 1, sizeof(int));
	y.best = arena_array(a, n + 1, sizeof(int));
	y.heights = arena_array(a, n + 1, sizeof(int));
	y.widths = arena_array(a, n + 1, sizeof(int));
	if (y.depth == NULL || y.step == NULL || y.order == NULL ||
	    y.layer == NULL || y.best == NULL || y.heights == NULL ||
	    y.widths == NULL || arcs_make(&y) == -1)
		return -1;
	depths(&y);
	if (order_make(&y) == -1)
		return -1;
	choose(&y);
	l->nlayers = layers_close(&y);
	return diagram_ways(l, y.layer);
}
