/*
 * In which order the boxes of a layer stand, so that few lines cross.  Called
 * by diagram_svg.c.  Each layer in turn is sorted by where the lines of its
 * boxes come from, then neighbours change places as long as that helps; the
 * best order that was seen stays.
 */
#include <stdlib.h>
#include <string.h>

#include "diagram_parts.h"

enum {
	SWEEPS = 24,
	SCALE = 4096			/* of a place between two boxes */
};

/* Where on its layer a line ends: the box, and how far down in it. */
static int64_t
place(const struct node *v, int port)
{
	return (int64_t)v->order * SCALE + (v->height == 0 ? SCALE / 2 :
	    (int64_t)port * SCALE / (v->height + 1));
}

static bool
cross(const struct segment *a, const struct segment *b)
{
	int64_t	left = place(a->left, a->left_port) -
		    place(b->left, b->left_port);
	int64_t	right = place(a->right, a->right_port) -
		    place(b->right, b->right_port);

	return (left < 0 && right > 0) || (left > 0 && right < 0);
}

static int
layer_crossings(const struct layer *layer)
{
	const struct segment	*a, *b;
	size_t			 i, k;
	int			 n = 0;

	for (i = 0; i < layer->segments.n; i++) {
		a = layer->segments.v[i];
		if (segment_is_loop(a))
			continue;
		for (k = i + 1; k < layer->segments.n; k++) {
			b = layer->segments.v[k];
			n += !segment_is_loop(b) && cross(a, b);
		}
	}
	return n;
}

static int
crossings(const struct layout *l)
{
	int	i, n = 0;

	for (i = 0; i < l->nlayers; i++)
		n += layer_crossings(&l->layers[i]);
	return n;
}

static int
by_sum(const void *x, const void *y)
{
	const struct node	*a = *(struct node *const *)x;
	const struct node	*b = *(struct node *const *)y;
	int64_t			 p = a->sum * b->weight, q = b->sum * a->weight;

	return p != q ? (p > q) - (p < q) : a->order - b->order;
}

static void
renumber(struct layer *layer)
{
	size_t	i;

	for (i = 0; i < layer->nodes.n; i++)
		layer->nodes.v[i]->order = (int)i;
}

/* Boxes of a layer with a line between them go near to each other. */
static void
loop_weigh(const struct segment *s)
{
	s->left->sum += place(s->right, s->right_port);
	s->left->weight++;
	s->right->sum += place(s->left, s->left_port);
	s->right->weight++;
}

/* Sorts a layer by the layer on one side of it. */
static void
layer_sort(struct layout *l, int at, bool from_left)
{
	struct layer		*layer = &l->layers[at], *other;
	const struct segment	*s;
	struct node		*v;
	size_t			 i;

	for (i = 0; i < layer->nodes.n; i++) {
		v = layer->nodes.v[i];
		v->sum = v->weight = 0;
	}
	other = from_left ? &l->layers[at - 1] : layer;
	for (i = 0; i < other->segments.n; i++) {
		s = other->segments.v[i];
		if (segment_is_loop(s)) {
			if (other == layer)
				loop_weigh(s);
			continue;
		}
		v = from_left ? s->right : s->left;
		v->sum += from_left ? place(s->left, s->left_port) :
		    place(s->right, s->right_port);
		v->weight++;
	}
	/* Boxes without a line to that side stay about where they are. */
	for (i = 0; i < layer->nodes.n; i++) {
		v = layer->nodes.v[i];
		if (v->weight == 0) {
			v->sum = (int64_t)v->order * SCALE;
			v->weight = 1;
		}
	}
	qsort(layer->nodes.v, layer->nodes.n, sizeof(*layer->nodes.v),
	    by_sum);
	renumber(layer);
}

static int64_t
far_place(const struct segment *s, bool behind)
{
	return behind ? place(s->right, s->right_port) :
	    place(s->left, s->left_port);
}

/* How many crossings less there are on one side when b stands above a. */
static int
gain(const struct node *a, const struct node *b, bool behind)
{
	struct segment	*const *p = behind ? a->behind.v : a->before.v;
	struct segment	*const *q = behind ? b->behind.v : b->before.v;
	size_t		 np = behind ? a->behind.n : a->before.n;
	size_t		 nq = behind ? b->behind.n : b->before.n, i, k;
	int64_t		 x, y;
	int		 n = 0;

	for (i = 0; i < np; i++)
		for (k = 0; k < nq; k++) {
			x = far_place(p[i], behind);
			y = far_place(q[k], behind);
			n += (x > y) - (x < y);
		}
	return n;
}

/* Lets neighbours change places where fewer lines cross then. */
static void
improve(struct layout *l)
{
	struct layer	*layer;
	struct node	**v, *above;
	int		 k;
	bool		 better = true;
	size_t		 i;

	while (better) {
		better = false;
		for (k = 0; k < l->nlayers; k++) {
			layer = &l->layers[k];
			for (i = 0; i + 1 < layer->nodes.n; i++) {
				v = &layer->nodes.v[i];
				if (gain(v[0], v[1], false) +
				    gain(v[0], v[1], true) <= 0)
					continue;
				better = true;
				above = v[0];
				v[0] = v[1];
				v[1] = above;
				v[0]->order--;
				v[1]->order++;
			}
		}
	}
}

/* Keeps, or brings back, the order of all layers. */
static void
copy(struct layout *l, struct node **saved, bool keep)
{
	struct layer	*layer;
	int		 i;

	for (i = 0; i < l->nlayers; i++) {
		layer = &l->layers[i];
		memcpy(keep ? saved : layer->nodes.v,
		    keep ? layer->nodes.v : saved,
		    layer->nodes.n * sizeof(*saved));
		saved += layer->nodes.n;
		renumber(layer);
	}
}

int
diagram_order(struct layout *l)
{
	struct node	**saved;
	size_t		  n = 0;
	int		  i, sweep, best, now;

	for (i = 0; i < l->nlayers; i++)
		n += l->layers[i].nodes.n;
	saved = arena_array(&l->d->a, n + 1, sizeof(struct node *));
	if (saved == NULL)
		return -1;
	copy(l, saved, true);
	best = crossings(l);
	for (sweep = 0; sweep < SWEEPS && best > 0; sweep++) {
		if (sweep % 2 == 0)
			for (i = 1; i < l->nlayers; i++)
				layer_sort(l, i, true);
		else
			for (i = l->nlayers - 2; i >= 0; i--)
				layer_sort(l, i, false);
		improve(l);
		if ((now = crossings(l)) < best) {
			best = now;
			copy(l, saved, true);
		}
	}
	copy(l, saved, false);
	return 0;
}
