#ifndef ORMCTL_JSON_H
#define ORMCTL_JSON_H

#include <stddef.h>

/*
 * JSON as text, for ormctl: its words are sent, and its replies printed, digit
 * by digit as they were written, which no parsed tree can promise.  Nothing
 * here allocates.
 */
enum json_token {
	JSON_TOKEN_END,			/* no more text */
	JSON_TOKEN_BAD,			/* this is not JSON */
	JSON_TOKEN_OPEN,		/* { or [ */
	JSON_TOKEN_CLOSE,		/* } or ] */
	JSON_TOKEN_COMMA,
	JSON_TOKEN_COLON,
	JSON_TOKEN_STRING,
	JSON_TOKEN_NUMBER,
	JSON_TOKEN_LITERAL		/* true, false, null */
};

/*
 * Reads the next token of the text from *p to end, skipping blanks; *p is left
 * behind it, and *start at its first byte.
 */
enum json_token json_token(const char **p, const char *end,
	    const char **start);

/*
 * Length of the JSON value that begins at p (no blanks before it) and of which
 * n bytes are there; 0 if there is none, or it is nested too deep.
 */
size_t	json_span(const char *p, size_t n);

#endif
