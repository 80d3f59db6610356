/*
 * Draws the diagram as SVG.  Called by diagram.c.  Lines end at the row that
 * names the relationship, so that no text stands beside them; how many there
 * are at each end is drawn as a crow's foot, what is deleted as a diamond.
 */
#include <string.h>

#include "diagram_svg.h"

enum {
	TEXT_SIZE = 12, NAME_SIZE = 13,
	NAME_MOST = 240, WHAT_MOST = 230,	/* pixels of a text */
	PAD = 8,
	COLUMN_GAP = 2 * GRID,
	BOX_LEAST = 15 * GRID,
	CORNER = 5			/* radius where a line turns */
};

static const char	style[] =
"<style>\n"
"text{font:12px \"DejaVu Sans\",Verdana,Helvetica,Arial,sans-serif;"
"fill:#1c2733}\n"
".name{font-size:13px;font-weight:bold}\n"
".small{font-size:10px;fill:#66727f}\n"
".mark{font-size:8.5px;font-weight:bold;fill:#8a5a00}\n"
".what{fill:#4a6484}\n"
".faint{fill:#9aa4ae}\n"
".proxy{font-style:italic}\n"
".right{text-anchor:end}\n"
".box{fill:#fff;stroke:#5b6b7b}\n"
".head{fill:#dde7f2}\n"
".association{fill:#f7e6bd}\n"
".rule{stroke:#d0d7de}\n"
".line,.end{fill:none;stroke:#44515e;stroke-width:1.2}\n"
".owns{stroke:#a8322a}\n"
".dashed{stroke:#8a949e;stroke-dasharray:5 3}\n"
".hollow{fill:#fff}\n"
".full{fill:#a8322a}\n"
"</style>\n";

/* ---- sizes -------------------------------------------------------------- */

static int
marks_width(const struct diagram_box *box)
{
	int	most = 0, w;
	size_t	i;

	for (i = 0; i < box->rows.n; i++) {
		w = diagram_text_width(box->rows.v[i].marks, 9, true);
		if (box->rows.v[i].kind != ROW_COLUMN)
			w = TEXT_SIZE;
		if (w > most)
			most = w;
	}
	return most == 0 ? 0 : most + PAD;
}

static int
box_size(struct svg *s, struct diagram_box *box)
{
	struct diagram_row	*row;
	const struct table	*t = box->model->table;
	int			 y = HEADER_HEIGHT, w, marks;
	size_t			 i;

	box->width = diagram_text_width(box->model->name, NAME_SIZE, true) +
	    diagram_text_width(t->name, SMALL_SIZE, false) + COLUMN_GAP +
	    2 * PAD;
	if (box->width < BOX_LEAST)
		box->width = BOX_LEAST;
	marks = marks_width(box);
	for (i = 0; i < box->rows.n; i++) {
		row = &box->rows.v[i];
		if (i > 0 && row->kind != row[-1].kind)
			y += PART_GAP;
		row->y = y + ROW_HEIGHT / 2;
		y += ROW_HEIGHT;
		row->name = diagram_text_cut(s->a, row->name, TEXT_SIZE,
		    NAME_MOST);
		row->what = diagram_text_cut(s->a, row->what, TEXT_SIZE,
		    WHAT_MOST);
		if (row->name == NULL || row->what == NULL)
			return -1;
		w = 2 * PAD + marks + COLUMN_GAP +
		    diagram_text_width(row->name, TEXT_SIZE, false) +
		    diagram_text_width(row->what, TEXT_SIZE, false);
		if (w > box->width)
			box->width = w;
	}
	box->width = (box->width + GRID - 1) / GRID * GRID;
	box->height = y + GRID / 2;
	return 0;
}

/* ---- boxes -------------------------------------------------------------- */

void
svg_text(struct svg *s, int x, int y, const char *class, const char *text)
{
	buf_printf(s->b, "<text x=\"%d\" y=\"%d\"", x, y);
	if (*class != '\0')
		buf_printf(s->b, " class=\"%s\"", class);
	buf_putc(s->b, '>');
	diagram_put_xml(s->b, text);
	buf_puts(s->b, "</text>\n");
}

static const char *
row_mark(const struct diagram_row *row)
{
	switch (row->kind) {
	case ROW_COLUMN:
		break;
	case ROW_RELATIONSHIP:
		return "\xe2\x86\x92";		/* an arrow */
	case ROW_PROXY:
		return "\xe2\x87\xa2";		/* a dashed one */
	}
	return row->marks;
}

static void
put_row(struct svg *s, const struct diagram_box *box, size_t i, int marks)
{
	const struct diagram_row	*row = &box->rows.v[i];
	int				 y = box->y + row->y + BASELINE;
	bool				 is_column = row->kind == ROW_COLUMN;

	if (i > 0 && row->kind != row[-1].kind)
		buf_printf(s->b, "<path class=\"rule\" d=\"M%d %dh%d\"/>\n",
		    box->x, box->y + row->y - ROW_HEIGHT / 2 - PART_GAP / 2,
		    box->width);
	if (*row_mark(row) != '\0')
		svg_text(s, box->x + PAD, is_column ? y - 1 : y,
		    is_column ? "mark" : "what", row_mark(row));
	svg_text(s, box->x + PAD + marks, y, row->kind == ROW_PROXY ?
	    "proxy" : row->faint ? "faint" : "", row->name);
	svg_text(s, box->x + box->width - PAD, y, row->kind == ROW_PROXY ?
	    "what right proxy" : row->faint ? "faint right" : "what right",
	    row->what);
}

static void
put_box(struct svg *s, const struct diagram_box *box)
{
	int	marks = marks_width(box), right = box->x + box->width;
	size_t	i;

	buf_printf(s->b, "<g>\n<rect class=\"box\" x=\"%d\" y=\"%d\" "
	    "width=\"%d\" height=\"%d\" rx=\"4\"/>\n", box->x, box->y,
	    box->width, box->height);
	buf_printf(s->b, "<path class=\"box %s\" d=\"M%d %dv-%dq0 -4 4 -4h%d"
	    "q4 0 4 4v%dz\"/>\n", box->is_association ? "association" :
	    "head", box->x, box->y + HEADER_HEIGHT - 2, HEADER_HEIGHT - 6,
	    box->width - 8, HEADER_HEIGHT - 6);
	svg_text(s, box->x + PAD, box->y + 2 * GRID, "name",
	    box->model->name);
	svg_text(s, right - PAD, box->y + 2 * GRID, "small right",
	    box->model->table->name);
	for (i = 0; i < box->rows.n; i++)
		put_row(s, box, i, marks);
	buf_puts(s->b, "</g>\n");
}

/* ---- lines -------------------------------------------------------------- */

static bool
owns(const struct relationship *rel)
{
	return *diagram_cascade(rel) != '\0';
}

/* What a line looks like: a class of its own for its colour. */
static const char *
edge_class(const struct diagram_edge *e)
{
	if (e->faint)
		return " dashed";
	return owns(e->at_one) || owns(e->at_many) ? " owns" : "";
}

void
svg_diamond(struct svg *s, int x, int y, int way, bool full)
{
	buf_printf(s->b, "<path class=\"end owns %s\" d=\"M%d %dl%d -5 %d 5 "
	    "%d 5z\"/>\n", full ? "full" : "hollow", x, y, 7 * way, 7 * way,
	    -7 * way);
}

void
svg_number(struct svg *s, int x, int y, int way, enum diagram_end end,
    const char *class)
{
	switch (end) {
	case END_ONE:
		buf_printf(s->b, "<path class=\"end%s\" d=\"M%d %dv10m%d -10"
		    "v10\"/>\n", class, x + 6 * way, y - 5, 4 * way);
		break;
	case END_MAYBE:
		buf_printf(s->b, "<path class=\"end%s\" d=\"M%d %dv10\"/>\n"
		    "<circle class=\"end%s hollow\" cx=\"%d\" cy=\"%d\" "
		    "r=\"4\"/>\n", class, x + 6 * way, y - 5, class,
		    x + 14 * way, y);
		break;
	case END_MANY:
		buf_printf(s->b, "<path class=\"end%s\" d=\"M%d %dl%d 5l%d 5"
		    "\"/>\n<circle class=\"end%s hollow\" cx=\"%d\" "
		    "cy=\"%d\" r=\"4\"/>\n", class, x, y - 5, 12 * way,
		    -12 * way, class, x + 16 * way, y);
		break;
	}
}

/*
 * What stands at the end of a line, from the box outwards: `way' is 1 to the
 * right and -1 to the left.
 */
static void
put_end(struct svg *s, const int at[3], enum diagram_end end,
    const struct relationship *rel, const char *class)
{
	int	x = at[0];

	if (owns(rel)) {
		svg_diamond(s, x, at[1], at[2],
		    rel->cascade & CASCADE_DELETE_ORPHAN);
		x += 14 * at[2];
	}
	svg_number(s, x, at[1], at[2], end,
	    strcmp(class, " dashed") == 0 ? "" : class);
}

/* A turn of a line: from the way it goes to up or down, and back. */
static void
put_turns(struct svg *s, const struct segment *seg, int x, int left, int right)
{
	int	way = right > left ? 1 : -1, r = CORNER;
	int	back = segment_is_loop(seg) ? -1 : 1;

	if ((right - left) * way < 2 * r)
		r = (right - left) * way / 2;
	buf_printf(s->b, "H%dQ%d %d %d %dV%dQ%d %d %d %d", x - r, x, left, x,
	    left + r * way, right - r * way, x, right, x + r * back, right);
}

static void
put_route(struct svg *s, const struct route *route)
{
	const struct diagram_edge	*e = route->edge;
	const struct segment		*first = route->segments.v[0], *seg;
	const struct segment		*last =
					    route->segments.v[
					    route->segments.n - 1];
	const struct layer		*layer, *end;
	bool				 loop = segment_is_loop(first);
	int				 x, ends[2][3];
	size_t				 i;

	layer = &s->l.layers[first->left->layer];
	end = &s->l.layers[last->right->layer];
	ends[0][0] = layer->x + layer->width;
	ends[0][1] = segment_left_y(first);
	ends[0][2] = 1;
	ends[1][0] = loop ? ends[0][0] : end->x;
	ends[1][1] = segment_right_y(last);
	ends[1][2] = loop ? 1 : -1;
	buf_printf(s->b, "<path class=\"line%s\" d=\"M%d %d",
	    edge_class(e), ends[0][0], ends[0][1]);
	for (i = 0; i < route->segments.n; i++) {
		seg = route->segments.v[i];
		layer = &s->l.layers[seg->left->layer];
		x = layer->x + layer->width + END_ROOM +
		    seg->track * TRACK_GAP;
		if (segment_left_y(seg) != segment_right_y(seg))
			put_turns(s, seg, x, segment_left_y(seg),
			    segment_right_y(seg));
	}
	buf_printf(s->b, "H%d\"><title>", ends[1][0]);
	diagram_put_title(s->b, e);
	buf_puts(s->b, "</title></path>\n");
	i = route->one_is_left ? 0 : 1;
	put_end(s, ends[i], e->one_end, e->at_one, edge_class(e));
	put_end(s, ends[1 - i], e->many_end, e->at_many, edge_class(e));
}

int
diagram_svg(struct diagram *d, struct buf *b)
{
	struct svg	s;
	struct buf	body;
	size_t		i;

	memset(&s, 0, sizeof(s));
	s.l.d = d;
	s.a = &d->a;
	s.b = &body;
	for (i = 0; i < d->boxes.n; i++)
		if (box_size(&s, d->boxes.v[i]) == -1)
			return -1;
	if (diagram_layers(&s.l) == -1 || diagram_order(&s.l) == -1 ||
	    diagram_place(&s.l) == -1 || diagram_route(&s.l) == -1)
		return -1;
	if (s.l.width < 60 * GRID)
		s.l.width = 60 * GRID;
	/* How high it is, is known when the legend has its lines. */
	buf_init(&body, 0);
	for (i = 0; i < s.l.routes.n; i++)
		put_route(&s, s.l.routes.v[i]);
	for (i = 0; i < d->boxes.n; i++)
		put_box(&s, d->boxes.v[i]);
	svg_legend(&s);
	buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
	    s.l.width, s.l.height, s.l.width, s.l.height);
	buf_puts(b, style);
	buf_printf(b, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
	    s.l.width, s.l.height);
	buf_add(b, body.p, body.n);
	buf_puts(b, "</svg>\n");
	b->broken = b->broken || body.broken;
	buf_free(&body);
	return 0;
}
