/*
 * Rules that reach into a json column, such as `only: ["settings.theme"]'.
 * The writer calls this with the text of the cell; the text is gone through
 * once and copied piece by piece, so numbers keep all their digits.  It refuses
 * text that is not JSON, which PostgreSQL does not send.
 */
#include <string.h>

#include "filter.h"

struct scan {
	const char	*p, *end;
};

static int	filter_value(struct buf *, const struct rule_node *,
		    struct scan *, int depth);

static void
skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' ||
	    *s->p == '\t' || *s->p == '\r'))
		s->p++;
}

/* The next byte that is no blank; 0 at the end. */
static char
peek(struct scan *s)
{
	skip_blanks(s);
	return s->p < s->end ? *s->p : '\0';
}

/* Goes past the string that begins here. */
static int
skip_string(struct scan *s)
{
	for (s->p++; s->p < s->end; s->p++)
		if (*s->p == '\\')
			s->p++;
		else if (*s->p == '"') {
			s->p++;
			return 0;
		}
	return -1;
}

/* Goes past one value and, unless b is NULL, copies it without its blanks. */
static int
copy_value(struct buf *b, struct scan *s)
{
	const char	*from;
	int		 open = 0;

	do {
		skip_blanks(s);
		if ((from = s->p) == s->end)
			return -1;
		if (*s->p == '"') {
			if (skip_string(s) == -1)
				return -1;
		} else if (*s->p == '{' || *s->p == '[') {
			s->p++;
			open++;
		} else if (*s->p == '}' || *s->p == ']') {
			s->p++;
			open--;
		} else if (*s->p == ',' || *s->p == ':') {
			s->p++;
		} else {
			do
				s->p++;
			while (s->p < s->end &&
			    strchr(",:]} \n\t\r", *s->p) == NULL);
		}
		if (b != NULL)
			buf_add(b, from, (size_t)(s->p - from));
	} while (open > 0);
	return open == 0 ? 0 : -1;
}

static unsigned
hex4(const char *p)
{
	unsigned	v = 0;
	int		i;

	for (i = 0; i < 4; i++)
		v = v << 4 | (unsigned)(p[i] <= '9' ? p[i] - '0' :
		    (p[i] | 0x20) - 'a' + 10);
	return v;
}

/* Writes the character as UTF-8; the number of its bytes. */
static size_t
put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Replaces the escape at *p (past the backslash) by what it means. */
static size_t
unescape(const char **p, const char *end, char *to)
{
	static const char	 from[] = "bfnrt", into[] = "\b\f\n\r\t";
	const char		*at;
	unsigned		 c;

	if (*p == end)
		return 0;
	if (**p != 'u' || end - *p < 5) {
		at = strchr(from, **p);
		to[0] = at != NULL && *at != '\0' ? into[at - from] : **p;
		++*p;
		return 1;
	}
	c = hex4(*p + 1);
	*p += 5;
	if (c >= 0xd800 && c < 0xdc00 && end - *p >= 6) {
		c = 0x10000 + ((c - 0xd800) << 10) +
		    (hex4(*p + 2) - 0xdc00);
		*p += 6;
	}
	return put_utf8(to, c);
}

/* Whether a key, as it stands between its quotes, is this one. */
static bool
key_is(const char *p, const char *end, const char *key)
{
	char	bytes[4];
	size_t	n;

	for (; p < end; key += n) {
		n = 1;
		bytes[0] = *p++;
		if (bytes[0] == '\\')
			n = unescape(&p, end, bytes);
		if (*key == '\0' || strncmp(key, bytes, n) != 0)
			return false;
	}
	return *key == '\0';
}

static const struct rule_node *
child_for(const struct rule_node *node, const char *p, const char *end)
{
	const struct rule_node	*child;

	if (memchr(p, '\\', (size_t)(end - p)) == NULL)
		return tree_child(node, p, (size_t)(end - p));
	for (child = node->children; child != NULL; child = child->next)
		if (key_is(p, end, child->key))
			return child;
	return NULL;
}

static int
filter_object(struct buf *b, const struct rule_node *node, struct scan *s,
    int depth)
{
	const struct rule_node	*child;
	const char		*key;
	bool			 first = true;

	s->p++;
	buf_putc(b, '{');
	while (peek(s) == '"') {
		key = s->p;
		if (skip_string(s) == -1)
			return -1;
		child = child_for(node, key + 1, s->p - 1);
		if (!tree_shows(node, child)) {
			if (peek(s) != ':')
				return -1;
			s->p++;
			if (copy_value(NULL, s) == -1)
				return -1;
		} else {
			if (!first)
				buf_putc(b, ',');
			first = false;
			buf_add(b, key, (size_t)(s->p - key));
			buf_putc(b, ':');
			if (peek(s) != ':')
				return -1;
			s->p++;
			if (filter_value(b, child, s, depth) == -1)
				return -1;
		}
		if (peek(s) == ',')
			s->p++;
	}
	if (peek(s) != '}')
		return -1;
	s->p++;
	buf_putc(b, '}');
	return 0;
}

static int
filter_list(struct buf *b, const struct rule_node *node, struct scan *s,
    int depth)
{
	s->p++;
	buf_putc(b, '[');
	while (peek(s) != ']') {
		if (filter_value(b, node, s, depth) == -1)
			return -1;
		if (peek(s) == ',') {
			s->p++;
			buf_putc(b, ',');
		}
	}
	s->p++;
	buf_putc(b, ']');
	return 0;
}

/* A node without children says nothing about what is inside the value. */
static int
filter_value(struct buf *b, const struct rule_node *node, struct scan *s,
    int depth)
{
	char	c = peek(s);

	if (node == NULL || node->children == NULL || (c != '{' && c != '['))
		return copy_value(b, s);
	if (depth == FILTER_DEPTH)
		return -1;
	return c == '{' ? filter_object(b, node, s, depth + 1) :
	    filter_list(b, node, s, depth + 1);
}

int
filter_write(struct buf *b, const struct rule_node *node, const char *p,
    size_t n)
{
	struct scan	s = { p, p + n };

	return filter_value(b, node, &s, 0);
}
