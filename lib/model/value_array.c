/*
 * Arrays: JSON lists to PostgreSQL's {a,b} and back.  Called by
 * value_from_json() and value_write() for columns whose type ends in [].  It
 * refuses lists of lists that are not rectangles, and more dimensions than
 * PostgreSQL has.
 */
#include <string.h>
#include <strings.h>

#include "json_out.h"
#include "value_text.h"

enum { DIMENSIONS_MOST = 6 };

/* The shape that the lists must have: -1 is not yet known. */
struct literal {
	struct arena	*a;
	struct buf	 text;
	struct column	 element;	/* a column of one element's type */
	long		 lengths[DIMENSIONS_MOST];
	int		 leaves;	/* depth of the elements, or -1 */
};

static struct column
element_of(const struct column *c)
{
	struct column	element = *c;

	element.type = c->element;
	element.element = NULL;
	return element;
}

static void
put_quoted(struct buf *b, const char *p, size_t n)
{
	size_t	i;

	buf_putc(b, '"');
	for (i = 0; i < n; i++) {
		if (p[i] == '"' || p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, p[i]);
	}
	buf_putc(b, '"');
}

/* As PostgreSQL does, or what is stored would not be known again. */
static bool
needs_quotes(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strchr("{}\",\\ \t\n\v\f\r", p[i]) != NULL)
			return true;
	return n == 0 || (n == 4 && strncasecmp(p, "NULL", 4) == 0);
}

static void
put_text(struct buf *b, const char *p, size_t n)
{
	if (needs_quotes(p, n))
		put_quoted(b, p, n);
	else
		buf_add(b, p, n);
}

/* The text of what travels in binary: JSON's, but for these. */
static void
put_binary(struct buf *b, const struct column *element,
    const struct cell *cell)
{
	size_t	at = b->n;

	if (element->type->cell == CELL_BOOL) {
		buf_putc(b, cell->p[0] != '\0' ? 't' : 'f');
		return;
	}
	value_write(b, element, cell);
	if (b->broken || b->p[at] != '"')
		return;
	memmove(b->p + at, b->p + at + 1, b->n - at - 2);
	b->n -= 2;
}

static int
put_element(struct literal *l, struct json *v, const struct path *path,
    struct error *err)
{
	struct cell	cell;

	if (v == NULL) {
		buf_puts(&l->text, "NULL");
		return 0;
	}
	if (value_from_json(l->a, &l->element, v, &cell, path, err) == -1)
		return -1;
	if (l->element.type->cell != CELL_TEXT)
		put_binary(&l->text, &l->element, &cell);
	else
		put_text(&l->text, cell.p, (size_t)cell.n);
	return 0;
}

static int
put_list(struct literal *l, struct json *v, int depth,
    const struct path *path, struct error *err)
{
	struct path		 here = { path, NULL, 0 };
	struct json	*member;
	bool			 is_list;
	long			 n = (long)json_length(v);

	if (depth == DIMENSIONS_MOST)
		return value_refuse(&l->element, path, err,
		    "an array has at most %d dimensions", DIMENSIONS_MOST);
	if (depth > 0 && n == 0)
		return value_refuse(&l->element, path, err,
		    "a list within an array is not empty");
	if (l->lengths[depth] != -1 && l->lengths[depth] != n)
		return value_refuse(&l->element, path, err,
		    "the lists of an array have equal lengths");
	l->lengths[depth] = n;
	buf_putc(&l->text, '{');
	for (here.index = 0; here.index < n; here.index++) {
		if (here.index > 0)
			buf_putc(&l->text, ',');
		member = json_at(v, (size_t)here.index);
		/* In json[] a list is an element. */
		is_list = json_is_list(member) &&
		    l->element.type->json != JSON_RAW;
		if (!is_list && l->leaves == -1)
			l->leaves = depth;
		if (l->leaves != -1 && (is_list ? depth >= l->leaves :
		    depth != l->leaves))
			return value_refuse(&l->element, &here, err,
			    "an array does not mix lists and values");
		if ((is_list ? put_list(l, member, depth + 1, &here, err) :
		    put_element(l, member, &here, err)) == -1)
			return -1;
	}
	buf_putc(&l->text, '}');
	return 0;
}

int
value_array(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	struct literal	l = { .a = a, .element = element_of(c), .leaves = -1 };
	int		i, r;

	if (!json_is_list(v)) {
		value_refuse(c, path, err, "%s must be a list, not %s",
		    c->name, json_kind(v));
		return json_hint(v, "[", "]", err);
	}
	for (i = 0; i < DIMENSIONS_MOST; i++)
		l.lengths[i] = -1;
	buf_init(&l.text, 0);
	r = put_list(&l, v, 0, path, err);
	out->p = NULL;
	if (r == 0 && !l.text.broken)
		out->p = arena_strndup(a, l.text.p, l.text.n);
	out->n = (int32_t)l.text.n;
	buf_free(&l.text);
	if (r == 0 && out->p == NULL)
		return error_nomem(err);
	return r;
}

/* One element, whose text is in `word'. */
static void
write_element(struct buf *b, const struct column *element, struct buf *word,
    bool quoted)
{
	struct cell	cell = { word->p, (int32_t)word->n };

	if (!quoted && word->n == 4 && memcmp(word->p, "NULL", 4) == 0) {
		buf_puts(b, "null");
		return;
	}
	switch (element->type->json) {
	case JSON_BOOLEAN:
		buf_puts(b, word->n > 0 && word->p[0] == 't' ? "true" :
		    "false");
		break;
	case JSON_FLOAT:
		/* NaN and the infinities are strings in JSON. */
		if (word->n > 0 && (word->p[word->n - 1] < '0' ||
		    word->p[word->n - 1] > '9')) {
			json_put_string(b, word->p, word->n);
			break;
		}
		buf_add(b, word->p, word->n);
		if (word->n == 2 && memcmp(word->p, "-0", 2) == 0)
			buf_puts(b, ".0");
		break;
	case JSON_INTEGER:
		buf_add(b, word->p, word->n);
		break;
	case JSON_STRING:
	case JSON_BASE64:
	case JSON_RAW:
	case JSON_DATETIME:
		if (element->type->cell == CELL_TEXT)
			value_write(b, element, &cell);
		else
			json_put_string(b, word->p, word->n);
		break;
	}
}

/* Takes an element's text at p, without quotes and backslashes. */
static const char *
take_word(const char *p, const char *end, struct buf *word, bool *quoted)
{
	buf_reset(word);
	*quoted = *p == '"';
	if (*quoted) {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && p + 1 < end)
				p++;
			buf_putc(word, *p);
		}
		return p < end ? p + 1 : p;
	}
	for (; p < end && *p != ',' && *p != '}'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		buf_putc(word, *p);
	}
	return p;
}

void
value_write_array(struct buf *b, const struct column *c,
    const struct cell *cell)
{
	struct column	 element = element_of(c);
	struct buf	 word;
	const char	*p = cell->p, *end = p + cell->n;
	bool		 quoted;

	/* Bounds other than from 1 stand first: [0:1]={7,8}. */
	if (p < end && *p == '[') {
		p = memchr(p, '=', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
	}
	if (p == end || *p != '{') {
		buf_puts(b, "null");	/* no array: see value_write() */
		return;
	}
	buf_init(&word, 0);
	while (p < end) {
		if (*p == '{' || *p == '}' || *p == ',') {
			buf_putc(b, *p == '{' ? '[' : *p == '}' ? ']' : ',');
			p++;
			continue;
		}
		p = take_word(p, end, &word, &quoted);
		if (word.broken)
			b->broken = true;
		else
			write_element(b, &element, &word, quoted);
	}
	buf_free(&word);
}
