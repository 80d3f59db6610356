/*
 * The checker in front of the JSON library.  Called by rpc.c for every line.
 * It refuses what scan.h lists, with the place, and allocates nothing: what is
 * open is an array of levels here and a stack of keys in scan_keys.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "scan_number.h"
#include "scan_string.h"
#include "utf8.h"

struct level {
	uint32_t	base;		/* its first key in the stack of keys */
	bool		is_object;
};

struct scan {
	struct scanner		*scanner;
	const unsigned char	*start, *p, *end;
	size_t			 values;
	unsigned		 depth;
	struct error		*err;
	struct level		 levels[SCAN_DEPTH_MOST];
};

/* What may come next. */
enum want {
	WANT_VALUE,
	WANT_FIRST_VALUE,	/* or the end of the array */
	WANT_KEY,
	WANT_FIRST_KEY,		/* or the end of the object */
	WANT_NEXT,		/* a comma, or the end of what is open */
	WANT_NOTHING,
	WANT_FAILED
};

void
scan_init(struct scanner *scanner, unsigned max_depth, size_t max_values,
    uint64_t seed)
{
	scanner->max_depth = max_depth < SCAN_DEPTH_MOST ? max_depth :
	    SCAN_DEPTH_MOST;
	scanner->max_values = max_values;
	scan_keys_init(&scanner->keys, seed);
}

static int __attribute__((format(printf, 4, 5)))
refuse(struct scan *s, enum error_kind kind, const unsigned char *at,
    const char *format, ...)
{
	va_list	ap;
	char	text[sizeof(s->err->message)];

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	error_set(s->err, kind, NULL, "%s", text);
	return error_detail(s->err, "at byte %zu", (size_t)(at - s->start));
}

static int
scan_string(struct scan *s)
{
	const char	*why;

	s->p++;
	if (string_check(&s->p, s->end, &why) == 0)
		return 0;
	return refuse(s, ERROR_PARSE, s->p, "%s", why);
}

static int
scan_number(struct scan *s)
{
	const char	*why;

	if (number_check(&s->p, s->end, &why) == 0)
		return 0;
	return refuse(s, ERROR_PARSE, s->p, "%s", why);
}

static int
scan_word(struct scan *s, const char *word, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return refuse(s, ERROR_PARSE, s->p,
		    "expected a value (words are true, false and null)");
	s->p += n;
	return 0;
}

static enum want
scan_open(struct scan *s, bool is_object)
{
	struct level	*level;

	if (s->depth == s->scanner->max_depth) {
		refuse(s, ERROR_LIMIT, s->p, "nested deeper than %u levels "
		    "(max_depth)", s->scanner->max_depth);
		return WANT_FAILED;
	}
	level = &s->levels[s->depth++];
	level->base = s->scanner->keys.n;
	level->is_object = is_object;
	s->p++;
	return is_object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
}

static enum want
scan_close(struct scan *s)
{
	scan_keys_cut(&s->scanner->keys, s->levels[--s->depth].base);
	s->p++;
	return s->depth == 0 ? WANT_NOTHING : WANT_NEXT;
}

static enum want
scan_value(struct scan *s)
{
	int	r;

	if (++s->values > s->scanner->max_values) {
		refuse(s, ERROR_LIMIT, s->p, "more than %zu values "
		    "(max_values)", s->scanner->max_values);
		return WANT_FAILED;
	}
	switch (*s->p) {
	case '{':
		return scan_open(s, true);
	case '[':
		return scan_open(s, false);
	case '"':
		r = scan_string(s);
		break;
	case 't':
		r = scan_word(s, "true", 4);
		break;
	case 'f':
		r = scan_word(s, "false", 5);
		break;
	case 'n':
		r = scan_word(s, "null", 4);
		break;
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		r = scan_number(s);
		break;
	default:
		r = refuse(s, ERROR_PARSE, s->p, "expected a value");
	}
	return r == -1 ? WANT_FAILED : s->depth == 0 ? WANT_NOTHING : WANT_NEXT;
}

static inline void
skip_space(struct scan *s)
{
	while (s->p < s->end && *s->p <= ' ' && (*s->p == ' ' ||
	    *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* A key and its colon. */
static enum want
scan_key(struct scan *s)
{
	const unsigned char	*at = s->p;

	if (*s->p != '"') {
		refuse(s, ERROR_PARSE, at, "expected a key in double quotes");
		return WANT_FAILED;
	}
	if (scan_string(s) == -1)
		return WANT_FAILED;
	switch (scan_keys_add(&s->scanner->keys, (const char *)s->start,
	    (uint32_t)(at + 1 - s->start), (size_t)(s->p - at) - 2,
	    s->levels[s->depth - 1].base)) {
	case SCAN_KEY_NEW:
		break;
	case SCAN_KEY_TWICE:
		refuse(s, ERROR_PARSE, at, "a key stands twice in one object");
		return WANT_FAILED;
	case SCAN_KEY_TOO_MANY:
		refuse(s, ERROR_LIMIT, at,
		    "more than %d keys in the objects that are open here",
		    SCAN_KEYS_MOST);
		return WANT_FAILED;
	}
	skip_space(s);
	if (s->p == s->end || *s->p != ':') {
		refuse(s, ERROR_PARSE, s->p, "expected a colon after the key");
		return WANT_FAILED;
	}
	s->p++;
	return WANT_VALUE;
}

static enum want
scan_next(struct scan *s)
{
	struct level	*level = &s->levels[s->depth - 1];

	if (*s->p == (level->is_object ? '}' : ']'))
		return scan_close(s);
	if (*s->p != ',') {
		refuse(s, ERROR_PARSE, s->p, "expected a comma or %s",
		    level->is_object ? "}" : "]");
		return WANT_FAILED;
	}
	s->p++;
	return level->is_object ? WANT_KEY : WANT_VALUE;
}

static enum want
scan_step(struct scan *s, enum want want)
{
	switch (want) {
	case WANT_FIRST_VALUE:
		if (*s->p == ']')
			return scan_close(s);
		return scan_value(s);
	case WANT_VALUE:
		return scan_value(s);
	case WANT_FIRST_KEY:
		if (*s->p == '}')
			return scan_close(s);
		return scan_key(s);
	case WANT_KEY:
		return scan_key(s);
	case WANT_NEXT:
		return scan_next(s);
	case WANT_NOTHING:
		refuse(s, ERROR_PARSE, s->p, "more than one value on the line");
		return WANT_FAILED;
	case WANT_FAILED:
		break;
	}
	return WANT_FAILED;
}

enum scan_verdict
scan_line(struct scanner *scanner, const char *p, size_t n, size_t *values,
    struct error *err)
{
	struct scan	s;
	enum want	want = WANT_VALUE;

	s.scanner = scanner;
	s.start = s.p = (const unsigned char *)p;
	s.end = s.start + n;
	s.values = 0;
	s.depth = 0;
	s.err = err;
	if (n > INT32_MAX) {
		refuse(&s, ERROR_TOO_LARGE, s.start, "the line is too long");
		return SCAN_REFUSED;
	}
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		refuse(&s, ERROR_PARSE, s.start,
		    "the line begins with a byte order mark");
		return SCAN_REFUSED;
	}
	for (;;) {
		skip_space(&s);
		if (s.p == s.end || want == WANT_FAILED)
			break;
		want = scan_step(&s, want);
	}
	scan_keys_cut(&scanner->keys, 0);
	if (want == WANT_NOTHING) {
		*values = s.values;
		return SCAN_OK;
	}
	if (want != WANT_FAILED)
		refuse(&s, ERROR_PARSE, s.p, "the line ends too early");
	return SCAN_REFUSED;
}
