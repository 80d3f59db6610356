/*
 * The diagram in Graphviz's language.  Called by diagram.c.  Its lines lead
 * from box to box: Graphviz leads them well only as long as nobody says where
 * they end.
 */
#include "diagram_parts.h"

static const char *
arrow(enum diagram_end end)
{
	switch (end) {
	case END_ONE:
		return "teetee";
	case END_MAYBE:
		return "teeodot";
	case END_MANY:
		return "crowodot";
	}
	return "";
}

/* The diamond that stands nearest to a box. */
static const char *
diamond(const struct relationship *rel)
{
	if (*diagram_cascade(rel) == '\0')
		return "";
	return rel->cascade & CASCADE_DELETE_ORPHAN ? "diamond" : "odiamond";
}

static void
put_row(struct buf *b, const struct diagram_row *row)
{
	const char	*mark = row->kind == ROW_RELATIONSHIP ? "&#8594;" :
			    row->kind == ROW_PROXY ? "&#8674;" : row->marks;

	buf_printf(b, "    <tr><td align=\"left\">%s</td>"
	    "<td align=\"left\">", *mark == '\0' ? " " : mark);
	if (row->faint)
		buf_puts(b, "<font color=\"gray60\">");
	diagram_put_xml(b, row->name);
	if (row->faint)
		buf_puts(b, "</font>");
	buf_puts(b, "</td><td align=\"right\">");
	diagram_put_xml(b, row->what);
	buf_puts(b, "</td></tr>\n");
}

static void
put_box(struct buf *b, const struct diagram_box *box)
{
	size_t	i;

	buf_printf(b, "  m%d [label=<<table border=\"0\" cellborder=\"0\" "
	    "cellspacing=\"0\" cellpadding=\"2\">\n    <tr><td colspan=\"3\" "
	    "bgcolor=\"%s\"><b>", box->index,
	    box->is_association ? "#f7e6bd" : "#dde7f2");
	diagram_put_xml(b, box->model->name);
	buf_puts(b, "</b> (");
	diagram_put_xml(b, box->model->table->name);
	buf_puts(b, ")</td></tr>\n");
	for (i = 0; i < box->rows.n; i++) {
		if (i > 0 && box->rows.v[i].kind != box->rows.v[i - 1].kind)
			buf_puts(b, "    <hr/>\n");
		put_row(b, &box->rows.v[i]);
	}
	buf_puts(b, "    </table>>];\n");
}

void
diagram_dot(const struct diagram *d, struct buf *b)
{
	const struct diagram_edge	*e;
	size_t				 i;

	buf_puts(b, "digraph models {\n"
	    "  graph [rankdir=LR, splines=spline, nodesep=0.4, ranksep=1.2];\n"
	    "  node [shape=box, style=rounded, margin=0.02, "
	    "fontname=\"DejaVu Sans\", fontsize=10];\n"
	    "  edge [dir=both, color=\"#44515e\"];\n");
	for (i = 0; i < d->boxes.n; i++)
		put_box(b, d->boxes.v[i]);
	for (i = 0; i < d->edges.n; i++) {
		e = d->edges.v[i];
		buf_printf(b, "  m%d -> m%d [arrowtail=\"%s%s\", "
		    "arrowhead=\"%s%s\", tooltip=\"", e->one->index,
		    e->many->index, diamond(e->at_one), arrow(e->one_end),
		    diamond(e->at_many), arrow(e->many_end));
		diagram_put_title(b, e);
		buf_printf(b, "\"%s];\n", e->faint ? ", style=dashed" :
		    *diagram_cascade(e->at_one) != '\0' ||
		    *diagram_cascade(e->at_many) != '\0' ?
		    ", color=\"#a8322a\"" : "");
	}
	buf_puts(b, "}\n");
}
