#ifndef ORMD_JSON_OUT_H
#define ORMD_JSON_OUT_H

#include <stdint.h>

#include "buf.h"

/*
 * JSON text straight into a buf.  The caller puts the braces, brackets and
 * commas; these write values.  Strings are UTF-8 already (PostgreSQL and the
 * line scanner both saw to it); only what JSON requires is escaped.
 */
void	json_put_string(struct buf *, const char *p, size_t n);
void	json_put_text(struct buf *, const char *s);	/* NUL-terminated */
void	json_put_int(struct buf *, int64_t);
/* Shortest form that reads back the same; NaN and infinities as strings. */
void	json_put_double(struct buf *, double);
void	json_put_float(struct buf *, float);
/* A tree as text, without blanks; numbers as they were written. */
struct json;
void	json_print(struct buf *, const struct json *);
/* `"key":', with a comma before it unless the last byte opens an object. */
void	json_put_key(struct buf *, const char *key);
/* The same, with its value. */
void	json_put_member_text(struct buf *, const char *key, const char *s);
void	json_put_member_int(struct buf *, const char *key, int64_t);
void	json_put_member_bool(struct buf *, const char *key, bool);
/* A comma, unless the last byte is an opening bracket or brace. */
void	json_put_comma(struct buf *);

#endif
