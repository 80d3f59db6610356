#ifndef ORMD_SCAN_STRING_H
#define ORMD_SCAN_STRING_H

/*
 * Strings of JSON: their check, and then what they mean.  For scan.c and
 * scan_keys.c only.
 */

/*
 * *p is behind the opening quote, and then behind the closing one.  -1: the
 * string is refused, *p is where and *why is a text for the client.
 */
int	string_check(const unsigned char **p, const unsigned char *end,
	    const char **why);

/* Reads a checked string byte by byte, escapes resolved. */
struct string_reader {
	const unsigned char	*p;
	unsigned char		 bytes[4];	/* of an escape */
	int			 n, next;
};

/* `text' points behind the opening quote. */
void	string_reader_init(struct string_reader *, const char *text);
int	string_reader_escape(struct string_reader *);

/* -1: the end. */
static inline int
string_reader_byte(struct string_reader *r)
{
	if (r->next < r->n)
		return r->bytes[r->next++];
	if (*r->p == '"')
		return -1;
	return *r->p == '\\' ? string_reader_escape(r) : *r->p++;
}

#endif
