/*
 * The diagram as an erDiagram of Mermaid.  Called by diagram.c.  Mermaid takes
 * few characters in a type or a name of an attribute; others become a _, and
 * what differs stands beside it as a comment.
 */
#include <ctype.h>
#include <string.h>

#include "diagram_parts.h"

/* A word that begins with a letter. */
static void
put_word(struct buf *b, const char *text, const char *also)
{
	const char	*p;

	if (!isalpha((unsigned char)*text) && *text != '_')
		buf_putc(b, '_');
	for (p = text; *p != '\0'; p++)
		buf_putc(b, isalnum((unsigned char)*p) ||
		    strchr(also, *p) != NULL ? *p : '_');
}

/* In double quotes, which Mermaid cannot escape. */
static void
put_quoted(struct buf *b, const char *text)
{
	buf_putc(b, '"');
	for (; *text != '\0'; text++)
		buf_putc(b, *text == '"' ? '\'' :
		    (unsigned char)*text < ' ' ? ' ' : *text);
	buf_putc(b, '"');
}

static void
put_row(struct buf *b, const struct diagram_row *row)
{
	const char	*key = "";
	struct buf	 note;

	buf_init(&note, 0);
	buf_puts(b, "    ");
	if (row->kind == ROW_COLUMN) {
		put_word(b, row->column->sql_type, "_()[]-");
		buf_putc(b, ' ');
		put_word(b, row->name, "_-");
		key = strcmp(row->marks, "PK FK") == 0 ? " PK, FK" :
		    strcmp(row->marks, "FK U") == 0 ? " FK, UK" :
		    strcmp(row->marks, "U") == 0 ? " UK" : row->marks;
		if (*key != '\0' && *key != ' ')
			buf_putc(b, ' ');
		buf_puts(b, key);
		buf_puts(&note, row->column->nullable ? "" : "not null");
		if (row->faint)
			buf_puts(&note, note.n > 0 ? ", private" : "private");
	} else {
		buf_puts(b, row->kind == ROW_PROXY ? "proxy " :
		    "relationship ");
		put_word(b, row->name, "_-");
		buf_puts(&note, row->what);
		if (*row->words != '\0')
			buf_printf(&note, ", cascade %s", row->words);
	}
	if (note.n > 0) {
		buf_putc(&note, '\0');
		buf_putc(b, ' ');
		if (!note.broken)
			put_quoted(b, note.p);
	}
	b->broken = b->broken || note.broken;
	buf_free(&note);
	buf_putc(b, '\n');
}

static const char *
end_text(enum diagram_end end, bool left)
{
	switch (end) {
	case END_ONE:
		return "||";
	case END_MAYBE:
		return left ? "|o" : "o|";
	case END_MANY:
		return left ? "}o" : "o{";
	}
	return "";
}

void
diagram_mermaid(const struct diagram *d, struct buf *b)
{
	const struct diagram_box	*box;
	const struct diagram_edge	*e;
	struct buf			 title;
	size_t				 i, k;

	buf_puts(b, "erDiagram\n");
	for (i = 0; i < d->boxes.n; i++) {
		box = d->boxes.v[i];
		buf_puts(b, "  ");
		put_quoted(b, box->model->name);
		buf_puts(b, " {\n");
		for (k = 0; k < box->rows.n; k++)
			put_row(b, &box->rows.v[k]);
		buf_puts(b, "  }\n");
	}
	for (i = 0; i < d->edges.n; i++) {
		e = d->edges.v[i];
		buf_puts(b, "  ");
		put_quoted(b, e->one->model->name);
		buf_printf(b, " %s%s%s ", end_text(e->one_end, true),
		    e->faint ? ".." : "--", end_text(e->many_end, false));
		put_quoted(b, e->many->model->name);
		buf_puts(b, " : ");
		buf_init(&title, 0);
		diagram_put_label(&title, e);
		buf_putc(&title, '\0');
		if (title.broken)
			b->broken = true;
		else
			put_quoted(b, title.p);
		buf_free(&title);
		buf_putc(b, '\n');
	}
}
