/*
 * jsonb: what a client wrote as PostgreSQL prints it, so that a value that is
 * there already is known by its bytes (rule U5).  Called by value_from_json(),
 * which has checked the numbers.  A number with an exponent stays as it is
 * written: a few bytes may stand for a hundred thousand digits.
 */
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

static void	put_value(struct arena *, struct buf *, const struct json *);

static void
put_string(struct buf *b, const char *p, size_t n)
{
	static const char	short_ones[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	const char		*to;
	size_t			 i;

	buf_putc(b, '"');
	for (i = 0; i < n; i++) {
		for (to = short_ones; *to != '\0' && *to != p[i]; to += 2)
			;
		if (*to != '\0')
			buf_printf(b, "\\%c", to[1]);
		else if ((unsigned char)p[i] < ' ')
			buf_printf(b, "\\u%04x", (unsigned)p[i]);
		else
			buf_putc(b, p[i]);
	}
	buf_putc(b, '"');
}

/* PostgreSQL drops the sign of zero. */
static void
put_number(struct buf *b, const char *p, size_t n)
{
	if (n > 0 && *p == '-' && strspn(p + 1, "0.") >= n - 1) {
		p++;
		n--;
	}
	buf_add(b, p, n);
}

/* Short keys come first. */
static int
pair_compare(const void *a, const void *b)
{
	const struct json_pair	*x = *(const struct json_pair *const *)a;
	const struct json_pair	*y = *(const struct json_pair *const *)b;
	size_t			 n = strlen(x->key), m = strlen(y->key);

	return n != m ? (n > m) - (n < m) : memcmp(x->key, y->key, n);
}

static void
put_object(struct arena *a, struct buf *b, const struct json *v)
{
	const struct json_pair	**pairs;
	size_t			  i;

	if ((pairs = arena_array(a, v->n + 1, sizeof(*pairs))) == NULL) {
		b->broken = true;
		return;
	}
	for (i = 0; i < v->n; i++)
		pairs[i] = &v->pairs[i];
	qsort(pairs, v->n, sizeof(*pairs), pair_compare);
	buf_putc(b, '{');
	for (i = 0; i < v->n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		put_string(b, pairs[i]->key, strlen(pairs[i]->key));
		buf_puts(b, ": ");
		put_value(a, b, pairs[i]->value);
	}
	buf_putc(b, '}');
}

static void
put_list(struct arena *a, struct buf *b, const struct json *v)
{
	size_t	i;

	buf_putc(b, '[');
	for (i = 0; i < v->n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		put_value(a, b, v->items[i]);
	}
	buf_putc(b, ']');
}

/* As deep as a request may be. */
static void
put_value(struct arena *a, struct buf *b, const struct json *v)
{
	if (v == NULL) {
		buf_puts(b, "null");
		return;
	}
	switch (v->sort) {
	case JSON_SORT_BOOLEAN:
		buf_puts(b, v->boolean ? "true" : "false");
		break;
	case JSON_SORT_INTEGER:
	case JSON_SORT_FRACTION:
		put_number(b, v->text, v->ntext);
		break;
	case JSON_SORT_STRING:
		put_string(b, v->string, v->n);
		break;
	case JSON_SORT_LIST:
		put_list(a, b, v);
		break;
	case JSON_SORT_OBJECT:
		put_object(a, b, v);
		break;
	}
}

int
value_jsonb(struct arena *a, const struct json *v, struct cell *out,
    struct error *err)
{
	struct buf	b;

	buf_init(&b, 0);
	put_value(a, &b, v);
	out->n = (int32_t)b.n;
	out->p = b.broken ? NULL : arena_strndup(a, b.p, b.n);
	buf_free(&b);
	return out->p == NULL ? error_nomem(err) : 0;
}
