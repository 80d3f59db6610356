/*
 * A reader of JSON text that keeps it as it is.  ormctl_words.c asks whether a
 * word is JSON, ormctl_print.c walks a reply.  It refuses what RFC 8259 does;
 * whether strings are UTF-8 is left to the server.
 */
#include <ctype.h>
#include <string.h>

#include "ormctl_json.h"

enum { SPAN_DEEPEST = 256 };

static size_t
digits(const char *p, const char *end)
{
	const char	*d = p;

	while (d < end && *d >= '0' && *d <= '9')
		d++;
	return (size_t)(d - p);
}

/* Each of these gives the end of the token that begins at p, or NULL. */
static const char *
number_end(const char *p, const char *end)
{
	size_t	n;

	if (p < end && *p == '-')
		p++;
	n = digits(p, end);
	if (n == 0 || (n > 1 && *p == '0'))
		return NULL;
	p += n;
	if (p < end && *p == '.') {
		if ((n = digits(++p, end)) == 0)
			return NULL;
		p += n;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '+' || *p == '-'))
			p++;
		if ((n = digits(p, end)) == 0)
			return NULL;
		p += n;
	}
	return p;
}

static const char *
string_end(const char *p, const char *end)
{
	int	i;

	for (p++; p < end && *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p != '\\')
			continue;
		if (++p == end || *p == '\0' ||
		    strchr("\"\\/bfnrtu", *p) == NULL)
			return NULL;
		if (*p != 'u')
			continue;
		for (i = 0; i < 4; i++)
			if (++p == end || !isxdigit((unsigned char)*p))
				return NULL;
	}
	return p < end ? p + 1 : NULL;
}

static const char *
literal_end(const char *p, const char *end)
{
	static const char *const	words[] = { "true", "false", "null" };
	size_t				i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0)
			return p + n;
	}
	return NULL;
}

enum json_token
json_token(const char **p, const char *end, const char **start)
{
	const char	*q = *p;
	enum json_token	 token;

	while (q < end && (*q == ' ' || *q == '\t' || *q == '\n' ||
	    *q == '\r'))
		q++;
	*start = *p = q;
	if (q == end)
		return JSON_TOKEN_END;
	*p = q + 1;
	switch (*q) {
	case '{':
	case '[':
		return JSON_TOKEN_OPEN;
	case '}':
	case ']':
		return JSON_TOKEN_CLOSE;
	case ',':
		return JSON_TOKEN_COMMA;
	case ':':
		return JSON_TOKEN_COLON;
	case '"':
		token = JSON_TOKEN_STRING;
		q = string_end(q, end);
		break;
	case 't':
	case 'f':
	case 'n':
		token = JSON_TOKEN_LITERAL;
		q = literal_end(q, end);
		break;
	default:
		token = JSON_TOKEN_NUMBER;
		q = number_end(q, end);
		break;
	}
	if (q == NULL)
		return JSON_TOKEN_BAD;
	*p = q;
	return token;
}

static const char *value_end(const char *, const char *, int);

/* The members of an object or a list, from behind its opening bracket. */
static const char *
members_end(const char *p, const char *end, char close, int depth)
{
	const char	*start, *look = p;
	enum json_token	 token;

	if (json_token(&look, end, &start) == JSON_TOKEN_CLOSE)
		return *start == close ? look : NULL;
	for (;;) {
		if (close == '}' &&
		    (json_token(&p, end, &start) != JSON_TOKEN_STRING ||
		    json_token(&p, end, &start) != JSON_TOKEN_COLON))
			return NULL;
		if ((p = value_end(p, end, depth + 1)) == NULL)
			return NULL;
		token = json_token(&p, end, &start);
		if (token == JSON_TOKEN_CLOSE)
			return *start == close ? p : NULL;
		if (token != JSON_TOKEN_COMMA)
			return NULL;
	}
}

static const char *
value_end(const char *p, const char *end, int depth)
{
	const char	*start;

	if (depth > SPAN_DEEPEST)
		return NULL;
	switch (json_token(&p, end, &start)) {
	case JSON_TOKEN_STRING:
	case JSON_TOKEN_NUMBER:
	case JSON_TOKEN_LITERAL:
		return p;
	case JSON_TOKEN_OPEN:
		return members_end(p, end, *start == '{' ? '}' : ']', depth);
	case JSON_TOKEN_END:
	case JSON_TOKEN_BAD:
	case JSON_TOKEN_CLOSE:
	case JSON_TOKEN_COMMA:
	case JSON_TOKEN_COLON:
		return NULL;
	}
	return NULL;
}

size_t
json_span(const char *p, size_t n)
{
	const char	*end;

	if (n == 0 || strchr(" \t\r\n", *p) != NULL)
		return 0;
	end = value_end(p, p + n, 0);
	return end == NULL ? 0 : (size_t)(end - p);
}
