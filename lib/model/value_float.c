/*
 * real and double precision: from a client's number, or word, to the bits.
 * Called by value_from_json().  It refuses what the type cannot hold, in either
 * direction.
 */
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

/* Has it a digit that is not 0, before an exponent? */
static bool
is_zero(const struct json *v)
{
	uint32_t	i;

	for (i = 0; i < v->ntext && (v->text[i] | 0x20) != 'e'; i++)
		if (v->text[i] >= '1' && v->text[i] <= '9')
			return false;
	return true;
}

/*
 * The number nearest to the text, or one of the three words that JSON has no
 * number for.  A float is read as one: by way of a double it could be rounded
 * twice.
 */
static bool
take_float(struct json *v, bool small, double *d)
{
	const char	*word;

	if (json_is_integer(v) || json_is_fraction(v)) {
		*d = small ? (double)strtof(v->text, NULL) :
		    strtod(v->text, NULL);
		/* 1e999 and 1e-999 are no numbers of this size. */
		return isfinite(*d) && (*d != 0 || is_zero(v));
	}
	if (!json_is_string(v))
		return false;
	word = json_string(v);
	if (strcmp(word, "NaN") == 0)
		*d = NAN;
	else if (strcmp(word, "Infinity") == 0)
		*d = INFINITY;
	else if (strcmp(word, "-Infinity") == 0)
		*d = -INFINITY;
	else
		return false;
	return true;
}

int
value_float(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	bool		small = c->type->cell == CELL_FLOAT4;
	uint64_t	bits;
	uint32_t	half;
	double		d;
	float		f;
	char		*p;

	if (!json_is_integer(v) && !json_is_fraction(v) && !json_is_string(v))
		return value_refuse(c, path, err,
		    "%s must be a number, not %s", c->name, json_kind(v));
	if (!take_float(v, small, &d)) {
		value_refuse(c, path, err, "%s cannot hold this number",
		    c->name);
		return error_hint(err, "\"NaN\", \"Infinity\" and "
		    "\"-Infinity\" are written as strings");
	}
	if ((p = arena_raw(a, sizeof(bits))) == NULL)
		return error_nomem(err);
	out->p = p;
	if (small) {
		f = (float)d;
		memcpy(&half, &f, sizeof(half));
		half = htobe32(half);
		memcpy(p, &half, sizeof(half));
		out->n = sizeof(half);
	} else {
		memcpy(&bits, &d, sizeof(bits));
		bits = htobe64(bits);
		memcpy(p, &bits, sizeof(bits));
		out->n = sizeof(bits);
	}
	return 0;
}
