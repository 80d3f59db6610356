/*
 * What the signs of the picture mean, as far as they occur in it, below the
 * boxes.  Called by diagram_svg.c; it makes the picture as high as it needs.
 */
#include <string.h>

#include "diagram_svg.h"

struct legend {
	int	x, y;
};

static void
legend_text(struct svg *s, struct legend *g, int x, const char *text)
{
	svg_text(s, x, g->y + BASELINE, "small", text);
	g->x = x + diagram_text_width(text, SMALL_SIZE, false) + 3 * GRID;
}

/* A new line where the picture ends; the picture is wide enough for one. */
static void
legend_next(struct svg *s, struct legend *g, const char *text)
{
	int	width = 48 + diagram_text_width(text, SMALL_SIZE, false);

	if (g->x > MARGIN && g->x + width > s->l.width - MARGIN) {
		g->x = MARGIN;
		g->y += ROW_HEIGHT;
	}
}

/* A short line from the edge of a box. */
static void
legend_line(struct svg *s, struct legend *g, const char *class,
    const char *text)
{
	legend_next(s, g, text);
	buf_printf(s->b, "<path class=\"box\" d=\"M%d %dv12\"/>\n", g->x,
	    g->y - 6);
	buf_printf(s->b, "<path class=\"line%s\" d=\"M%d %dh40\"/>\n", class,
	    g->x, g->y);
}

static void
legend_end(struct svg *s, struct legend *g, enum diagram_end end,
    const char *text)
{
	legend_line(s, g, "", text);
	svg_number(s, g->x, g->y, 1, end, "");
	legend_text(s, g, g->x + 48, text);
}

static void
legend_diamond(struct svg *s, struct legend *g, bool full, const char *text)
{
	legend_line(s, g, " owns", text);
	svg_diamond(s, g->x, g->y, 1, full);
	legend_text(s, g, g->x + 48, text);
}

struct seen {
	bool	ends[3], hollow, full, dashed, association, proxy, private;
};

static void
seen_relationship(struct seen *seen, const struct relationship *rel)
{
	if (*diagram_cascade(rel) == '\0')
		return;
	if (rel->cascade & CASCADE_DELETE_ORPHAN)
		seen->full = true;
	else
		seen->hollow = true;
}

static void
look(const struct diagram *d, struct seen *seen)
{
	const struct diagram_box	*box;
	const struct diagram_edge	*e;
	size_t				 i, k;

	for (i = 0; i < d->edges.n; i++) {
		e = d->edges.v[i];
		seen->ends[e->one_end] = seen->ends[e->many_end] = true;
		seen->dashed = seen->dashed || e->faint;
		seen_relationship(seen, e->at_one);
		seen_relationship(seen, e->at_many);
	}
	for (i = 0; i < d->boxes.n; i++) {
		box = d->boxes.v[i];
		seen->association = seen->association || box->is_association;
		for (k = 0; k < box->rows.n; k++) {
			if (box->rows.v[k].kind == ROW_PROXY)
				seen->proxy = true;
			else if (box->rows.v[k].column != NULL &&
			    box->rows.v[k].faint)
				seen->private = true;
		}
	}
}

void
svg_legend(struct svg *s)
{
	static const char *const	ends[] = { "exactly one",
					    "one or none", "any number" };
	struct legend			g = { MARGIN, s->l.height + GRID };
	struct seen			seen;
	int				i;

	memset(&seen, 0, sizeof(seen));
	look(s->l.d, &seen);
	for (i = 0; i < 3; i++)
		if (seen.ends[i])
			legend_end(s, &g, (enum diagram_end)i, ends[i]);
	if (seen.hollow)
		legend_diamond(s, &g, false, "cascades delete");
	if (seen.full)
		legend_diamond(s, &g, true,
		    "cascades delete and delete-orphan");
	if (seen.dashed) {
		legend_next(s, &g, "viewonly, or a foreign key alone");
		buf_printf(s->b, "<path class=\"line dashed\" d=\"M%d %dh40\""
		    "/>\n", g.x, g.y);
		legend_text(s, &g, g.x + 48,
		    "viewonly, or a foreign key alone");
	}
	if (seen.association) {
		legend_next(s, &g, "association object");
		buf_printf(s->b, "<rect class=\"box association\" x=\"%d\" "
		    "y=\"%d\" width=\"24\" height=\"10\"/>\n", g.x, g.y - 5);
		legend_text(s, &g, g.x + 32, "association object");
	}
	if (seen.proxy) {
		legend_next(s, &g, "association proxy");
		svg_text(s, g.x, g.y + BASELINE, "what", "\xe2\x87\xa2");
		legend_text(s, &g, g.x + 2 * GRID, "association proxy");
	}
	legend_next(s, &g, "type? can be null, grey: private");
	legend_text(s, &g, g.x, seen.private ?
	    "type? can be null, grey: private" : "type? can be null");
	s->l.height = g.y + MARGIN;
}
