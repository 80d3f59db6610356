#ifndef ORMD_UTF8_H
#define ORMD_UTF8_H

#include <stddef.h>

/*
 * Length in bytes (1 to 4) of the well-formed UTF-8 sequence at p, of which n
 * bytes are there; 0 if there is none.  Refuses overlong forms, surrogates and
 * what is above U+10FFFF (RFC 3629).
 */
int	utf8_length(const char *p, size_t n);
/* Offset of the first byte that is not well-formed UTF-8; n if all is. */
size_t	utf8_check(const char *p, size_t n);

#endif
