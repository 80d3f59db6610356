/*
 * How far down each box stands, so that lines are short and straight.  Called
 * by diagram_svg.c when the order in the layers is known.  Each box would like
 * to stand where its lines lead straight to their other ends; in turn, each
 * layer gives its boxes the places nearest to that in which they do not touch.
 */
#include "diagram_parts.h"

enum {
	SWEEPS = 20,
	SLACK = 12		/* the picture may be so much higher: 1/12 */
};

/* Boxes that have to move together, since they touch. */
struct block {
	int64_t	sum, weight;		/* of where they would like to be */
	size_t	last;			/* of its nodes */
};

int
segment_left_y(const struct segment *s)
{
	/* To the right of a box, a bit below the middle of its row. */
	return s->left->y + s->left_port +
	    (s->left->box != NULL ? GRID / 4 : 0);
}

int
segment_right_y(const struct segment *s)
{
	int	y = s->right->y + s->right_port;

	if (s->right->box == NULL)
		return y;
	return segment_is_loop(s) ? y + GRID / 4 : y - GRID / 4;
}

/* How far the tops of two neighbours are apart at least. */
static int
distance(const struct node *above, const struct node *below)
{
	if (above->box == NULL && below->box == NULL)
		return LINE_GAP;
	if (above->box == NULL || below->box == NULL)
		return above->height + 2 * GRID;
	return above->height + BOX_GAP;
}

/* A straight long line is worth more than a short one. */
static int
importance(const struct segment *s)
{
	return 1 + 2 * (s->left->box == NULL) + 2 * (s->right->box == NULL);
}

static void
wish(struct node *v, int y, int weight)
{
	v->sum += (int64_t)y * weight;
	v->weight += weight;
}

/* Where the boxes of a layer would like to be. */
static void
wishes(struct layout *l, int at, bool from_left)
{
	struct layer		*layer = &l->layers[at];
	const struct segment	*s;
	size_t			 i;

	for (i = 0; i < layer->nodes.n; i++)
		layer->nodes.v[i]->sum = layer->nodes.v[i]->weight = 0;
	for (i = 0; i < layer->segments.n; i++) {
		s = layer->segments.v[i];
		if (segment_is_loop(s)) {
			wish(s->left, segment_right_y(s) - s->left_port, 1);
			wish(s->right, segment_left_y(s) - s->right_port, 1);
		} else
			wish(s->left, segment_right_y(s) - s->left_port,
			    importance(s) * (from_left ? 1 : 4));
	}
	for (i = 0; at > 0 && i < layer[-1].segments.n; i++) {
		s = layer[-1].segments.v[i];
		if (!segment_is_loop(s))
			wish(s->right, segment_left_y(s) - s->right_port,
			    importance(s) * (from_left ? 4 : 1));
	}
	for (i = 0; i < layer->nodes.n; i++)
		if (layer->nodes.v[i]->weight == 0)
			wish(layer->nodes.v[i], layer->nodes.v[i]->y, 1);
}

static int64_t
mean(const struct block *b)
{
	return b->sum >= 0 ? b->sum / b->weight :
	    -((-b->sum + b->weight - 1) / b->weight);
}

/* How high a layer is when its boxes touch. */
static int
layer_height(const struct layer *layer)
{
	int	height = 0;
	size_t	i;

	for (i = 1; i < layer->nodes.n; i++)
		height += distance(layer->nodes.v[i - 1], layer->nodes.v[i]);
	return layer->nodes.n == 0 ? 0 :
	    height + layer->nodes.v[layer->nodes.n - 1]->height;
}

/*
 * The places nearest to the wishes, within a height: measured from where a box
 * would be if all of them touched, the places only have to ascend, and blocks
 * that do not are made one.
 */
static void
layer_place(struct layer *layer, struct block *blocks, int height)
{
	struct node	*v;
	size_t		 i, k, n = 0;
	int		 above = 0;

	for (i = 0; i < layer->nodes.n; i++) {
		v = layer->nodes.v[i];
		if (i > 0)
			above += distance(layer->nodes.v[i - 1], v);
		blocks[n++] = (struct block){ v->sum - above * v->weight,
		    v->weight, i };
		while (n > 1 && mean(&blocks[n - 2]) >= mean(&blocks[n - 1])) {
			n--;
			blocks[n - 1].sum += blocks[n].sum;
			blocks[n - 1].weight += blocks[n].weight;
			blocks[n - 1].last = i;
		}
	}
	above = 0;
	height -= layer_height(layer);
	for (i = k = 0; k < n; k++)
		for (; i <= blocks[k].last; i++) {
			v = layer->nodes.v[i];
			if (i > 0)
				above += distance(layer->nodes.v[i - 1], v);
			v->y = (int)mean(&blocks[k]);
			if (v->y > height)
				v->y = height;
			if (v->y < 0)
				v->y = 0;
			v->y += above;
		}
}

/*
 * Boxes go onto the grid.  Lines that pass go between its lines in every other
 * layer, so that in no channel the end of one line lies on that of another.
 */
static void
snap(struct layout *l)
{
	struct layer	*layer;
	struct node	*v;
	size_t		 i;
	int		 k, y, off;

	for (k = 0; k < l->nlayers; k++) {
		layer = &l->layers[k];
		for (i = 0; i < layer->nodes.n; i++) {
			v = layer->nodes.v[i];
			off = v->box == NULL && k % 2 == 0 ? GRID / 2 : 0;
			y = v->y;
			if (i > 0 && y < layer->nodes.v[i - 1]->y +
			    distance(layer->nodes.v[i - 1], v))
				y = layer->nodes.v[i - 1]->y +
				    distance(layer->nodes.v[i - 1], v);
			v->y = (y - off + GRID - 1) / GRID * GRID + off;
		}
	}
}

/* The picture begins at its margin. */
static void
shift(struct layout *l)
{
	const struct node	*v;
	int			 least = 0, k;
	bool			 first = true;
	size_t			 i;

	for (k = 0; k < l->nlayers; k++)
		for (i = 0; i < l->layers[k].nodes.n; i++) {
			v = l->layers[k].nodes.v[i];
			if (first || v->y < least)
				least = v->y;
			first = false;
		}
	for (k = 0; k < l->nlayers; k++)
		for (i = 0; i < l->layers[k].nodes.n; i++)
			l->layers[k].nodes.v[i]->y += MARGIN - least;
}

int
diagram_place(struct layout *l)
{
	struct block	*blocks;
	struct layer	*layer;
	size_t		 i, most = 0;
	int		 k, sweep, height = 0;

	for (k = 0; k < l->nlayers; k++) {
		layer = &l->layers[k];
		if (layer_height(layer) > height)
			height = layer_height(layer);
		if (layer->nodes.n > most)
			most = layer->nodes.n;
		for (i = 1; i < layer->nodes.n; i++)
			layer->nodes.v[i]->y = layer->nodes.v[i - 1]->y +
			    distance(layer->nodes.v[i - 1],
			    layer->nodes.v[i]);
	}
	blocks = arena_array(&l->d->a, most + 1, sizeof(*blocks));
	if (blocks == NULL)
		return -1;
	for (sweep = 0; sweep < SWEEPS; sweep++)
		for (k = 0; k < l->nlayers; k++) {
			int	at = sweep % 2 == 0 ? k : l->nlayers - 1 - k;

			wishes(l, at, sweep % 2 == 0);
			layer_place(&l->layers[at], blocks,
			    height + height / SLACK);
		}
	shift(l);
	snap(l);
	return 0;
}
