/*
 * JSON text into a tree, in one pass, with nothing but the arena.  Called for
 * each line that the scanner has passed and for model files.
 *
 * A general library's tree costs a hash table and several allocations for each
 * object, which was nearly half of what ormd spent on a short request, and
 * 264 MiB for 1 MiB of "[{},{},…]"; this one takes 40 bytes a value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_in.h"
#include "vec.h"

enum {
	READ_DEPTH = 256,	/* the scanner allows less */
	DIGITS_SURE = 18	/* so many always fit an int64 */
};

/* Values of lists and objects that are not closed yet. */
struct stack {
	struct json_pair	*v;
	size_t			 n, cap;
};

struct reader {
	struct arena	*arena;
	const char	*p, *end;
	struct stack	 stack;
	int		 depth;
	bool		 nomem;
};

static int	read_value(struct reader *, struct json **);

static void
skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static int
no_memory(struct reader *r)
{
	r->nomem = true;
	return -1;
}

static struct json *
value_new(struct reader *r, enum json_sort sort, const char *text)
{
	struct json	*v = arena_alloc(r->arena, sizeof(*v));

	if (v == NULL) {
		r->nomem = true;
		return NULL;
	}
	v->sort = sort;
	v->text = text;
	return v;
}

static int
hex4(struct reader *r, unsigned *out)
{
	unsigned	v = 0;
	int		i;

	if (r->end - r->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char	c = *r->p++;

		v = v << 4;
		if (c >= '0' && c <= '9')
			v |= (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v |= (unsigned)((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	*out = v;
	return 0;
}

static char *
put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800)
		*to++ = (char)(0xc0 | c >> 6);
	else {
		if (c < 0x10000)
			*to++ = (char)(0xe0 | c >> 12);
		else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* Behind "\u": one character, of two escapes where it is a pair. */
static int
read_unicode(struct reader *r, char **to)
{
	unsigned	c, low;

	if (hex4(r, &c) == -1 || c == 0)
		return -1;
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
			return -1;
		r->p += 2;
		if (hex4(r, &low) == -1 || low < 0xdc00 || low > 0xdfff)
			return -1;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*to = put_utf8(*to, c);
	return 0;
}

static int
read_escape(struct reader *r, char **to)
{
	static const char	names[] = "\"\\/bfnrt";
	static const char	bytes[] = "\"\\/\b\f\n\r\t";
	const char		*at;
	char			 c;

	if (r->p == r->end)
		return -1;
	c = *r->p++;
	if (c == 'u')
		return read_unicode(r, to);
	if (c == '\0' || (at = strchr(names, c)) == NULL)
		return -1;
	*(*to)++ = bytes[at - names];
	return 0;
}

/* The closing quote of a string in which some may be escaped; NULL: none. */
static const char *
escaped_end(const char *p, const char *end)
{
	for (; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p : NULL;
}

/* At the opening quote.  What is escaped only gets shorter. */
static int
read_string(struct reader *r, const char **out, size_t *n)
{
	const char	*start = ++r->p, *end, *run;
	bool		 escaped;
	char		*copy, *to;

	end = memchr(start, '"', (size_t)(r->end - start));
	if (end == NULL)
		return -1;
	escaped = memchr(start, '\\', (size_t)(end - start)) != NULL;
	if (escaped && (end = escaped_end(start, r->end)) == NULL)
		return -1;
	*n = (size_t)(end - start);
	if ((copy = arena_strndup(r->arena, start, *n)) == NULL)
		return no_memory(r);
	*out = copy;
	if (!escaped) {
		r->p = end + 1;
		return 0;
	}
	for (r->p = start, to = copy; *r->p != '"';) {
		for (run = r->p; *r->p != '"' && *r->p != '\\'; r->p++)
			;
		memcpy(to, run, (size_t)(r->p - run));
		to += r->p - run;
		if (*r->p == '\\') {
			r->p++;
			if (read_escape(r, &to) == -1)
				return -1;
		}
	}
	r->p++;
	*to = '\0';
	*n = (size_t)(to - copy);
	return 0;
}

static int
read_number(struct reader *r, struct json **out)
{
	const char	*start = r->p, *c;
	struct json	*v;
	bool		 negative = *r->p == '-';
	uint64_t	 u = 0;

	r->p += negative;
	for (c = r->p; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
		u = u * 10 + (uint64_t)(*r->p - '0');
	if (r->p == c || (v = value_new(r, JSON_SORT_INTEGER, start)) == NULL)
		return -1;
	*out = v;
	if (r->p < r->end && (*r->p == '.' || *r->p == 'e' || *r->p == 'E')) {
		while (r->p < r->end && *r->p != '\0' &&
		    strchr("+-.eE0123456789", *r->p) != NULL)
			r->p++;
		v->sort = JSON_SORT_FRACTION;
		return 0;
	}
	if (r->p - c > DIGITS_SURE) {
		/* The text ends at a byte that is no digit: see json_read(). */
		errno = 0;
		v->integer = strtoll(start, NULL, 10);
		if (errno != 0)
			v->sort = JSON_SORT_FRACTION;	/* no int64 */
		return 0;
	}
	v->integer = negative ? -(int64_t)u : (int64_t)u;
	return 0;
}

static int
push(struct reader *r, const char *key, struct json *value)
{
	struct stack	*s = &r->stack;

	if (s->n == s->cap && vec_grow(r->arena, (void **)&s->v, &s->cap,
	    s->n, sizeof(*s->v)) == -1)
		return no_memory(r);
	s->v[s->n].key = key;
	s->v[s->n++].value = value;
	return 0;
}

/* What was pushed since `from' becomes the list's or the object's own. */
static int
close_value(struct reader *r, struct json *v, size_t from)
{
	size_t	i;

	v->n = (uint32_t)(r->stack.n - from);
	if (v->sort == JSON_SORT_OBJECT) {
		v->pairs = arena_raw(r->arena, v->n * sizeof(*v->pairs));
		if (v->pairs == NULL)
			return no_memory(r);
		if (v->n > 0)
			memcpy(v->pairs, r->stack.v + from,
			    v->n * sizeof(*v->pairs));
	} else {
		v->items = arena_raw(r->arena, v->n * sizeof(*v->items));
		if (v->items == NULL)
			return no_memory(r);
		for (i = 0; i < v->n; i++)
			v->items[i] = r->stack.v[from + i].value;
	}
	r->stack.n = from;
	return 0;
}

/* At the opening bracket or brace. */
static int
read_nested(struct reader *r, struct json *v)
{
	char		 closing = *r->p == '{' ? '}' : ']';
	size_t		 from = r->stack.n, n;
	const char	*key = NULL;
	struct json	*value;

	if (++r->depth > READ_DEPTH)
		return -1;
	r->p++;
	skip_blanks(r);
	while (r->p < r->end && *r->p != closing) {
		if (r->stack.n > from) {
			if (*r->p++ != ',')
				return -1;
			skip_blanks(r);
		}
		if (v->sort == JSON_SORT_OBJECT) {
			if (r->p == r->end || *r->p != '"' ||
			    read_string(r, &key, &n) == -1)
				return -1;
			skip_blanks(r);
			if (r->p == r->end || *r->p++ != ':')
				return -1;
		}
		if (read_value(r, &value) == -1 || push(r, key, value) == -1)
			return -1;
		skip_blanks(r);
	}
	if (r->p == r->end)
		return -1;
	r->p++;
	r->depth--;
	return close_value(r, v, from);
}

static int
read_word(struct reader *r, const char *word)
{
	size_t	n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return -1;
	r->p += n;
	return 0;
}

static int
read_scalar(struct reader *r, struct json **out)
{
	const char	*start = r->p;
	struct json	*v = NULL;
	size_t		 n;

	switch (*r->p) {
	case 'n':
		return read_word(r, "null");
	case 't':
	case 'f':
		if ((v = value_new(r, JSON_SORT_BOOLEAN, start)) == NULL)
			return -1;
		*out = v;
		v->boolean = *r->p == 't';
		return read_word(r, v->boolean ? "true" : "false");
	case '"':
		if ((v = value_new(r, JSON_SORT_STRING, start)) == NULL ||
		    read_string(r, &v->string, &n) == -1)
			return -1;
		*out = v;
		v->n = (uint32_t)n;
		return 0;
	}
	return read_number(r, out);
}

static int
read_value(struct reader *r, struct json **out)
{
	const char	*start;

	*out = NULL;
	skip_blanks(r);
	if ((start = r->p) == r->end)
		return -1;
	if (*r->p == '{' || *r->p == '[') {
		*out = value_new(r, *r->p == '{' ? JSON_SORT_OBJECT :
		    JSON_SORT_LIST, start);
		if (*out == NULL || read_nested(r, *out) == -1)
			return -1;
	} else if (read_scalar(r, out) == -1)
		return -1;
	if (*out != NULL)
		(*out)->ntext = (uint32_t)(r->p - start);
	return 0;
}

int
json_read(struct arena *a, const char *p, size_t n, struct json **tree,
    struct error *err)
{
	struct reader	r;

	memset(&r, 0, sizeof(r));
	r.arena = a;
	/* A copy, ended by a NUL, for the texts of values. */
	if (n > UINT32_MAX || (r.p = arena_strndup(a, p, n)) == NULL)
		return error_nomem(err);
	r.end = r.p + n;
	if (read_value(&r, tree) == 0) {
		skip_blanks(&r);
		if (r.p == r.end)
			return 0;
	}
	if (r.nomem)
		return error_nomem(err);
	if (r.p >= r.end)
		return error_set(err, ERROR_PARSE, NULL,
		    "the text ends before its JSON does");
	return error_set(err, ERROR_PARSE, NULL, "this is not valid JSON, "
	    "at byte %zu", n - (size_t)(r.end - r.p));
}
