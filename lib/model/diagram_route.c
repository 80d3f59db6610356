/*
 * The channels between the layers: each line that goes up or down there gets a
 * track of its own as far as it goes, so that no two lie on each other, and
 * those that need not cross do not.  Then all is known: how wide the channels
 * are, and how large the picture.  Called by diagram_svg.c.
 */
#include <stdlib.h>

#include "diagram_parts.h"

enum { STRAIGHT = -1 };

static int
top(const struct segment *s)
{
	int	a = segment_left_y(s), b = segment_right_y(s);

	return a < b ? a : b;
}

static int
bottom(const struct segment *s)
{
	int	a = segment_left_y(s), b = segment_right_y(s);

	return a < b ? b : a;
}

static bool
overlap(const struct segment *a, const struct segment *b)
{
	return top(a) <= bottom(b) + GRID && top(b) <= bottom(a) + GRID;
}

static bool
goes_down(const struct segment *s)
{
	return segment_right_y(s) > segment_left_y(s);
}

/*
 * Loops first.  Of the lines that go down, the lowest first, which has to stay
 * left of those above it; of those that go up, the highest first.
 */
static int
by_turn(const void *x, const void *y)
{
	const struct segment	*a = *(struct segment *const *)x;
	const struct segment	*b = *(struct segment *const *)y;
	int			 p = segment_left_y(a), q = segment_left_y(b);

	if (segment_is_loop(a) != segment_is_loop(b))
		return segment_is_loop(b) - segment_is_loop(a);
	if (segment_is_loop(a))
		return (bottom(a) - top(a)) - (bottom(b) - top(b));
	if (goes_down(a) != goes_down(b))
		return goes_down(b) - goes_down(a);
	if (p == q) {
		p = segment_right_y(a);
		q = segment_right_y(b);
	}
	return goes_down(a) ? q - p : p - q;
}

/* The first track right of those that it may not cross, and free. */
static void
track_find(struct layer *layer, size_t at)
{
	struct segment		*s = layer->segments.v[at];
	const struct segment	*other;
	size_t			 i;
	bool			 free = false;

	s->track = 0;
	for (i = 0; i < at; i++) {
		other = layer->segments.v[i];
		if (other->track != STRAIGHT && overlap(s, other) &&
		    goes_down(s) == goes_down(other) &&
		    segment_is_loop(s) == segment_is_loop(other) &&
		    other->track >= s->track)
			s->track = other->track + 1;
	}
	while (!free) {
		free = true;
		for (i = 0; i < at && free; i++) {
			other = layer->segments.v[i];
			free = other->track != s->track || !overlap(s, other);
		}
		s->track += !free;
	}
	if (s->track >= layer->tracks)
		layer->tracks = s->track + 1;
}

static void
layer_route(struct layer *layer)
{
	struct segment	*s;
	size_t		 i;

	if (layer->segments.n > 1)	/* without any there is no array */
		qsort(layer->segments.v, layer->segments.n,
		    sizeof(*layer->segments.v), by_turn);
	for (i = 0; i < layer->segments.n; i++) {
		s = layer->segments.v[i];
		if (segment_left_y(s) == segment_right_y(s))
			s->track = STRAIGHT;
		else
			track_find(layer, i);
	}
}

int
diagram_route(struct layout *l)
{
	struct layer	*layer;
	struct node	*v;
	size_t		 i;
	int		 k, x = MARGIN;

	for (k = 0; k < l->nlayers; k++) {
		layer = &l->layers[k];
		layer_route(layer);
		layer->x = x;
		for (i = 0; i < layer->nodes.n; i++) {
			v = layer->nodes.v[i];
			if (v->box != NULL && v->box->width > layer->width)
				layer->width = v->box->width;
			if (v->y + v->height > l->height)
				l->height = v->y + v->height;
		}
		for (i = 0; i < layer->nodes.n; i++) {
			v = layer->nodes.v[i];
			if (v->box == NULL)
				continue;
			v->box->x = x;
			v->box->y = v->y;
			v->box->width = layer->width;
		}
		x += layer->width;
		l->width = x;
		if (layer->segments.n > 0)
			x += 2 * END_ROOM + layer->tracks * TRACK_GAP;
		if (k == l->nlayers - 1)
			l->width = x - (layer->segments.n > 0 ? END_ROOM : 0);
		else if (layer->segments.n == 0)
			x += BOX_GAP;
	}
	l->width += MARGIN;
	l->height += MARGIN;
	return 0;
}
