/*
 * Prints JSON indented and coloured, and errors as sentences.  Called by
 * ormctl with what the server sent.  It works on the text, not on a parsed
 * tree, so that all digits of all numbers stay; it refuses nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ormctl_json.h"
#include "ormctl_print.h"

enum {
	LINE_WIDTH = 72,	/* longer values go on several lines */
	INDENT = 2
};

#define COLOUR_KEY	"\033[1;34m"
#define COLOUR_STRING	"\033[32m"
#define COLOUR_NUMBER	"\033[36m"
#define COLOUR_LITERAL	"\033[35m"
#define COLOUR_ERROR	"\033[1;31m"
#define COLOUR_LABEL	"\033[1m"
#define COLOUR_OFF	"\033[0m"

bool
print_colours(FILE *f)
{
	const char	*no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(f)) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

static bool
is_between(unsigned c, unsigned least, unsigned most)
{
	return c >= least && c <= most;
}

/*
 * A character that a terminal obeys instead of showing: its code point, and
 * its length at s; 0 for all others.  C0 and DEL, C1 (as UTF-8), and the marks
 * that turn the direction of what follows.
 */
static unsigned
control(const unsigned char *s, size_t n, size_t *length)
{
	unsigned	c;

	*length = 1;
	if (s[0] < 0x20 || s[0] == 0x7f)
		return s[0] == 0 ? 0xfffd : s[0];
	if (s[0] == 0xc2 && n > 1 && is_between(s[1], 0x80, 0x9f)) {
		*length = 2;
		return s[1];
	}
	if (s[0] != 0xe2 || n < 3 || !is_between(s[1], 0x80, 0x81))
		return 0;
	*length = 3;
	c = 0x2000 + ((s[1] & 0x3fu) << 6) + (s[2] & 0x3fu);
	return is_between(c, 0x202a, 0x202e) || is_between(c, 0x2066, 0x2069)
	    ? c : 0;
}

static void
print_text(FILE *f, const char *s, size_t n)
{
	size_t		i, start = 0, length;
	unsigned	c;

	for (i = 0; i < n; i++) {
		c = control((const unsigned char *)s + i, n - i, &length);
		if (c == 0)
			continue;
		fwrite(s + start, 1, i - start, f);
		fprintf(f, "\\u%04x", c);
		i += length - 1;
		start = i + 1;
	}
	fwrite(s + start, 1, n - start, f);
}

static void
print_coloured(FILE *f, const char *s, size_t n, const char *colour,
    bool colours)
{
	if (colours)
		fputs(colour, f);
	print_text(f, s, n);
	if (colours)
		fputs(COLOUR_OFF, f);
}

/* Does what follows an opening bracket fit on this line, without another? */
static bool
is_short(const char *p, const char *end)
{
	const char	*start, *from = p;

	for (;;) {
		switch (json_token(&p, end, &start)) {
		case JSON_TOKEN_CLOSE:
			return p - from < LINE_WIDTH;
		case JSON_TOKEN_OPEN:
		case JSON_TOKEN_END:
		case JSON_TOKEN_BAD:
			return false;
		case JSON_TOKEN_COMMA:
		case JSON_TOKEN_COLON:
		case JSON_TOKEN_STRING:
		case JSON_TOKEN_NUMBER:
		case JSON_TOKEN_LITERAL:
			break;
		}
	}
}

struct printer {
	FILE	*f;
	bool	 colours;
	int	 depth;		/* brackets that are open */
	int	 flat;		/* the depth of a short one; 0: none */
};

static void
newline(struct printer *w)
{
	if (w->flat == 0)
		fprintf(w->f, "\n%*s", w->depth * INDENT, "");
}

static void
print_scalar(struct printer *w, enum json_token token, const char *start,
    const char *p, const char *end)
{
	const char	*next = p, *at;
	bool		 key = token == JSON_TOKEN_STRING &&
			    json_token(&next, end, &at) == JSON_TOKEN_COLON;

	print_coloured(w->f, start, (size_t)(p - start),
	    key ? COLOUR_KEY : token == JSON_TOKEN_STRING ? COLOUR_STRING :
	    token == JSON_TOKEN_NUMBER ? COLOUR_NUMBER : COLOUR_LITERAL,
	    w->colours);
}

static void
print_open(struct printer *w, const char *start, const char **p,
    const char *end)
{
	const char	*look = *p, *at;

	fputc(*start, w->f);
	if (json_token(&look, end, &at) == JSON_TOKEN_CLOSE) {
		fputc(*at, w->f);
		*p = look;
		return;
	}
	w->depth++;
	if (w->flat == 0 && is_short(*p, end))
		w->flat = w->depth;
	newline(w);
}

static void
print_close(struct printer *w, const char *start)
{
	bool	flat = w->flat != 0;

	if (w->depth > 0)
		w->depth--;
	if (w->flat > w->depth)
		w->flat = 0;
	if (!flat)
		newline(w);
	fputc(*start, w->f);
}

static void
print_value(FILE *f, const char *text, size_t n, bool colours, bool flat)
{
	struct printer	 w = { .f = f, .colours = colours, .flat = flat };
	const char	*p = text, *end = text + n, *start;
	enum json_token	 token;

	while ((token = json_token(&p, end, &start)) != JSON_TOKEN_END) {
		switch (token) {
		case JSON_TOKEN_OPEN:
			print_open(&w, start, &p, end);
			break;
		case JSON_TOKEN_CLOSE:
			print_close(&w, start);
			break;
		case JSON_TOKEN_COMMA:
			fputs(w.flat != 0 ? ", " : ",", f);
			newline(&w);
			break;
		case JSON_TOKEN_COLON:
			fputs(": ", f);
			break;
		case JSON_TOKEN_STRING:
		case JSON_TOKEN_NUMBER:
		case JSON_TOKEN_LITERAL:
			print_scalar(&w, token, start, p, end);
			break;
		case JSON_TOKEN_BAD:
			print_text(f, start, (size_t)(end - start));
			p = end;
			break;
		case JSON_TOKEN_END:
			break;
		}
	}
	fputc('\n', f);
}

void
print_json(FILE *f, const char *text, size_t n, bool colours)
{
	print_value(f, text, n, colours, false);
}

/* The value that begins at or behind p; its length, 0 if there is none. */
static size_t
value_at(const char *p, const char *end, const char **start)
{
	/* Only to find where it begins. */
	json_token(&p, end, start);
	return json_span(*start, (size_t)(end - *start));
}

/* The value of a member of an object; its length, 0 if there is none. */
static size_t
member_find(const char *text, size_t n, const char *name, const char **value)
{
	const char	*p = text, *end = text + n, *start;
	size_t		 length = strlen(name), span;
	bool		 found;

	if (json_token(&p, end, &start) != JSON_TOKEN_OPEN || *start != '{')
		return 0;
	while (json_token(&p, end, &start) == JSON_TOKEN_STRING) {
		found = (size_t)(p - start) == length + 2 &&
		    memcmp(start + 1, name, length) == 0;
		if (json_token(&p, end, &start) != JSON_TOKEN_COLON)
			return 0;
		span = value_at(p, end, value);
		if (span == 0 || found)
			return span;
		p = *value + span;
		if (json_token(&p, end, &start) != JSON_TOKEN_COMMA)
			return 0;
	}
	return 0;
}

bool
print_member(FILE *f, const char *text, size_t n, const char *name,
    bool colours)
{
	const char	*value;
	size_t		 span = member_find(text, n, name, &value);

	if (span > 0)
		print_json(f, value, span, colours);
	return span > 0;
}

bool
print_rows(FILE *f, const char *text, size_t n, bool colours)
{
	const char	*p, *end, *start;
	size_t		 span;

	n = member_find(text, n, "params", &text);
	if (n == 0 || (n = member_find(text, n, "items", &text)) == 0)
		return false;
	p = text;
	end = text + n;
	if (json_token(&p, end, &start) != JSON_TOKEN_OPEN || *start != '[')
		return false;
	while ((span = value_at(p, end, &start)) > 0) {
		print_value(f, start, span, colours, true);
		p = start + span;
		if (json_token(&p, end, &start) != JSON_TOKEN_COMMA)
			break;
	}
	return true;
}

static void
print_line(FILE *f, const char *label, const char *text, bool colours)
{
	if (*text == '\0')
		return;
	fputs("  ", f);
	print_coloured(f, label, strlen(label), COLOUR_LABEL, colours);
	fputc(' ', f);
	print_text(f, text, strlen(text));
	fputc('\n', f);
}

void
print_failure(FILE *f, const struct ormd_error *e, size_t line, bool colours)
{
	const char	*kind = *e->kind != '\0' ? e->kind : "error";

	fputs("ormctl: ", f);
	if (line > 0)
		fprintf(f, "line %zu: ", line);
	print_coloured(f, kind, strlen(kind), COLOUR_ERROR, colours);
	fputs(": ", f);
	print_text(f, e->message, strlen(e->message));
	fputc('\n', f);
	print_line(f, "path:", e->path, colours);
	print_line(f, "model:", e->model, colours);
	print_line(f, "attribute:", e->attribute, colours);
	print_line(f, "constraint:", e->constraint, colours);
	print_line(f, "detail:", e->detail, colours);
	print_line(f, "hint:", e->hint, colours);
	/* Other errors leave no doubt that nothing has happened. */
	if (strcmp(e->committed, "no") != 0 ||
	    strcmp(e->kind, "cancelled") == 0 ||
	    strcmp(e->kind, "timeout") == 0)
		print_line(f, "committed:", e->committed, colours);
	if (e->code != 0 && e->retryable)
		print_line(f, "retry:", "the same request may succeed later",
		    colours);
}
