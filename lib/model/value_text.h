#ifndef ORMD_VALUE_TEXT_H
#define ORMD_VALUE_TEXT_H

#include "value.h"

/*
 * Values, type by type; private to lib/model.  Each of these takes what a
 * client wrote, checks it, and leaves in the arena the form in which PostgreSQL
 * would print it, so that a key that a client names equals the one that is
 * read.  (Exceptions: an interval whose column has fields or a precision, text
 * under a collation that makes different texts equal, floats and char(n) in
 * an array, a number with an exponent in jsonb.)
 * 0, or -1 with `invalid_value' at path.
 */
int	value_float(struct arena *, const struct column *, struct json *,
	    struct cell *out, const struct path *, struct error *);
int	value_numeric(struct arena *, const struct column *,
	    struct json *, struct cell *out, const struct path *,
	    struct error *);
/* Can a numeric hold this number, as JSON has it? */
bool	value_fits_numeric(const char *p, size_t n);
/* date, time, timetz, timestamp, timestamptz, interval */
int	value_time(struct arena *, const struct column *, const char *p,
	    size_t n, struct cell *out, const struct path *, struct error *);
int	value_interval(struct arena *, const struct column *, const char *p,
	    size_t n, struct cell *out, const struct path *, struct error *);
/* Base64 in, PostgreSQL's \x form out. */
int	value_bytea(struct arena *, const struct column *, const char *p,
	    size_t n, struct cell *out, const struct path *, struct error *);
/* The numbers have been checked.  An error is memory's. */
int	value_jsonb(struct arena *, const struct json *, struct cell *out,
	    struct error *);
/* A list (of lists) in, PostgreSQL's {a,b} out; elements as their type. */
int	value_array(struct arena *, const struct column *,
	    struct json *, struct cell *out, const struct path *,
	    struct error *);

/* PostgreSQL's {a,b} as a JSON list. */
void	value_write_array(struct buf *, const struct column *,
	    const struct cell *);
/* The n bytes as base64, without quotes. */
void	value_base64(struct buf *, const unsigned char *p, size_t n);

/* value_hint.c: what would do, with the refusal in err.  Each returns -1. */
int	value_example(const struct column *, struct error *);
int	value_hint_words(const struct enum_type *, struct error *);

/* `invalid_value' about this column.  Returns -1. */
int	value_refuse(const struct column *, const struct path *,
	    struct error *, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

#endif
