/*
 * JSON as a person would lay it out.  Called by draft_write.c.
 */
#include <string.h>

#include "draft_text.h"
#include "json_out.h"

enum { LINE_WIDTH = 80, INDENT = 2, WIDTH_MOST = 34 };

static void
new_line(struct text *t)
{
	int	i;

	buf_putc(t->b, '\n');
	for (i = 0; i < t->depth * INDENT; i++)
		buf_putc(t->b, ' ');
}

static bool
is_first(const struct buf *b)
{
	return b->n > 0 && (b->p[b->n - 1] == '{' || b->p[b->n - 1] == '[');
}

void
text_open(struct text *t, char bracket)
{
	buf_putc(t->b, bracket);
	t->depth++;
}

void
text_close(struct text *t, char bracket)
{
	bool	empty = is_first(t->b);

	t->depth--;
	if (!empty)
		new_line(t);
	buf_putc(t->b, bracket);
}

void
text_item(struct text *t)
{
	if (!is_first(t->b))
		buf_putc(t->b, ',');
	new_line(t);
}

static int
columns_of(const char *p, size_t n)
{
	int	columns = 0;

	for (; n > 0; n--, p++)
		columns += ((unsigned char)*p & 0xc0) != 0x80;
	return columns;
}

/* Columns of "key": */
static int
text_width(const char *key)
{
	struct buf	b;
	int		columns;

	buf_init(&b, 0);
	json_put_text(&b, key);
	columns = columns_of(b.p, b.n) + 1;
	buf_free(&b);
	return columns;
}

int
text_wider(int width, const char *key)
{
	int	w = text_width(key);

	return w > width && w <= WIDTH_MOST ? w : width;
}

void
text_key(struct text *t, const char *key, int width)
{
	int	i;

	text_item(t);
	json_put_text(t->b, key);
	buf_putc(t->b, ':');
	for (i = text_width(key); i < width; i++)
		buf_putc(t->b, ' ');
	buf_putc(t->b, ' ');
}

void
text_inline(struct buf *b, const char *key)
{
	if (!is_first(b))
		buf_puts(b, ", ");
	json_put_text(b, key);
	buf_puts(b, ": ");
}

void
text_string(struct buf *b, const char *key, const char *value)
{
	text_inline(b, key);
	json_put_text(b, value);
}

void
text_bool(struct buf *b, const char *key, bool value)
{
	text_inline(b, key);
	buf_puts(b, value ? "true" : "false");
}

void
text_list(struct text *t, const char *const *words, size_t n)
{
	size_t	start = t->b->n, i;
	int	column = 0;

	while (start > 0 && t->b->p[start - 1] != '\n')
		start--;
	column = columns_of(t->b->p + start, t->b->n - start) + 1;
	text_open(t, '[');
	for (i = 0; i < n; i++) {
		/* The word with its quotes and comma, and a blank. */
		column += text_width(words[i]) + 1;
		if (i > 0)
			buf_putc(t->b, ',');
		if (i > 0 && column > LINE_WIDTH) {
			new_line(t);
			column = t->depth * INDENT + text_width(words[i]);
		} else if (i > 0)
			buf_putc(t->b, ' ');
		json_put_text(t->b, words[i]);
	}
	t->depth--;
	buf_putc(t->b, ']');
}
