/*
 * A client's JSON value becomes the bytes that PostgreSQL takes and that keys
 * are compared by.  Called for every value of every write and for every key,
 * so integers and text go straight through.  It refuses, before any SQL, what
 * the column cannot hold: wrong kinds, numbers out of range, text that is too
 * long, words that are not of the enum.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"
#include "value.h"
#include "value_text.h"

enum { UUID_SIZE = 16, UUID_TEXT = 36 };

int
value_refuse(const struct column *c, const struct path *path,
    struct error *err, const char *format, ...)
{
	char	text[sizeof(err->message)];
	va_list	ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	error_set(err, ERROR_INVALID_VALUE, path, "%s", text);
	return error_about(err, c->table == NULL || c->table->model == NULL ?
	    NULL : c->table->model->name, c->name);
}

/* The word of an enum that is nearest to a wrong one; NULL if none is. */
static const char *
nearest_word(struct arena *a, const char *word, const struct enum_type *e)
{
	const char	**words;
	size_t		  i;

	words = arena_array(a, e->values.n + 1, sizeof(*words));
	if (words == NULL)
		return NULL;
	for (i = 0; i < e->values.n; i++)
		words[i] = e->values.v[i];
	return error_nearest(word, words);
}

static int
refuse_kind(const struct column *c, struct json *v, const char *wanted,
    const struct path *path, struct error *err)
{
	value_refuse(c, path, err, "%s must be %s, not %s", c->name, wanted,
	    json_kind(v));
	return value_example(c, err);
}

/* An integer that is too large for one. */
static bool
is_beyond_int64(const struct json *v)
{
	return json_is_fraction(v) && memchr(v->text, '.', v->ntext) == NULL &&
	    memchr(v->text, 'e', v->ntext) == NULL &&
	    memchr(v->text, 'E', v->ntext) == NULL;
}

static int
from_integer(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	static const struct { int64_t least, most; int32_t size; } forms[] = {
		[CELL_INT2] = { INT16_MIN, INT16_MAX, 2 },
		[CELL_INT4] = { INT32_MIN, INT32_MAX, 4 },
		[CELL_INT8] = { INT64_MIN, INT64_MAX, 8 }
	};
	enum cell_form	form = c->narrow != NULL ? c->narrow->cell :
			    c->type->cell;
	int32_t		size = forms[c->type->cell].size;
	int64_t		n;
	uint64_t	be;
	char		*p;

	if (!json_is_integer(v) && !is_beyond_int64(v)) {
		if (json_is_fraction(v))
			return value_refuse(c, path, err,
			    "%s must be a whole number, without a point",
			    c->name);
		refuse_kind(c, v, "a whole number", path, err);
		return json_hint_number(v, err);
	}
	n = json_int(v);
	if (!json_is_integer(v) || n < forms[form].least ||
	    n > forms[form].most)
		return value_refuse(c, path, err,
		    "%s must be from %lld to %lld", c->name,
		    (long long)forms[form].least, (long long)forms[form].most);
	if ((p = arena_raw(a, sizeof(be))) == NULL)
		return error_nomem(err);
	/* The last `size' bytes of the big-endian 64 bits. */
	be = htobe64((uint64_t)n);
	out->n = size;
	memcpy(p, (const char *)&be + sizeof(be) - size, (size_t)size);
	out->p = p;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 32 hexadecimal digits, with all four hyphens or with none. */
static bool
parse_uuid(const char *text, size_t n, unsigned char to[UUID_SIZE])
{
	bool	hyphens = n == UUID_TEXT;
	int	i, high, low;

	if (n != UUID_TEXT && n != 2 * UUID_SIZE)
		return false;
	for (i = 0; i < UUID_SIZE; i++, text += 2) {
		if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) &&
		    *text++ != '-')
			return false;
		high = hex_digit(text[0]);
		low = high == -1 ? -1 : hex_digit(text[1]);
		if (low == -1)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static int
from_uuid(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	unsigned char	*p;

	if (!json_is_string(v))
		return refuse_kind(c, v, "a string", path, err);
	if ((p = arena_raw(a, UUID_SIZE)) == NULL)
		return error_nomem(err);
	if (!parse_uuid(json_string(v),
	    (size_t)json_length(v), p)) {
		value_refuse(c, path, err, "%s must be a UUID", c->name);
		return value_example(c, err);
	}
	out->p = (const char *)p;
	out->n = UUID_SIZE;
	return 0;
}

static int
from_boolean(const struct column *c, struct json *v, struct cell *out,
    const struct path *path, struct error *err)
{
	if (!json_is_boolean(v))
		return refuse_kind(c, v, "true or false", path, err);
	out->p = json_boolean(v) ? "\1" : "\0";
	out->n = 1;
	return 0;
}

/* Characters in well-formed UTF-8. */
static size_t
characters(const char *p, size_t n)
{
	size_t	count = 0, i;

	for (i = 0; i < n; i++)
		count += ((unsigned char)p[i] & 0xc0) != 0x80;
	return count;
}

/* text, varchar(n), char(n), an enum, and types that ormd does not know. */
static int
from_string(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	const char	*near;
	size_t		 n, i;

	if (!json_is_string(v))
		return refuse_kind(c, v, "a string", path, err);
	out->p = json_string(v);
	n = (size_t)json_length(v);
	/* The database pads these with blanks and drops them in a cast. */
	if (c->type->id == TYPE_CHAR)
		while (n > 0 && out->p[n - 1] == ' ')
			n--;
	out->n = (int32_t)n;
	if (c->length > 0 && n > (size_t)c->length &&
	    characters(out->p, n) > (size_t)c->length)
		return value_refuse(c, path, err,
		    "%s has at most %ld characters", c->name, c->length);
	if (c->words == NULL)
		return 0;
	for (i = 0; i < c->words->values.n; i++)
		if (strlen(c->words->values.v[i]) == n &&
		    memcmp(c->words->values.v[i], out->p, n) == 0)
			return 0;
	value_refuse(c, path, err, "%s is not one of the values of %s",
	    c->name, c->words->name);
	near = nearest_word(a, out->p, c->words);
	return near == NULL ? value_hint_words(c->words, err) :
	    error_hint(err, "did you mean %s?", near);
}

/* Numbers in jsonb are numerics. */
static int
check_numbers(const struct column *c, struct json *v,
    const struct path *path, struct error *err)
{
	struct path	at = { path, NULL, 0 };

	if (json_is_fraction(v))
		return value_fits_numeric(v->text, v->ntext) ? 0 :
		    value_refuse(c, path, err, "jsonb cannot hold this number");
	if (json_is_list(v)) {
		for (; (size_t)at.index < json_length(v); at.index++)
			if (check_numbers(c, json_at(v, (size_t)at.index), &at,
			    err) == -1)
				return -1;
	} else if (json_is_object(v)) {
		json_each(v, key, member) {
			at.key = key;
			if (check_numbers(c, member, &at, err) == -1)
				return -1;
		}
	}
	return 0;
}

/* The value itself; json keeps it as the client wrote it. */
static int
from_json(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	if (c->type->id == TYPE_JSONB)
		return check_numbers(c, v, path, err) == -1 ? -1 :
		    value_jsonb(a, v, out, err);
	out->p = v->text;
	out->n = (int32_t)v->ntext;
	return 0;
}

/* What travels as text. */
static int
from_text(struct arena *a, const struct column *c, struct json *v,
    struct cell *out, const struct path *path, struct error *err)
{
	const char	*p;
	size_t		 n;

	switch (c->type->id) {
	case TYPE_JSON:
	case TYPE_JSONB:
		return from_json(a, c, v, out, path, err);
	case TYPE_NUMERIC:
		if (json_is_string(v) ||
		    json_is_integer(v) ||
		    json_is_fraction(v))
			return value_numeric(a, c, v, out, path, err);
		return refuse_kind(c, v, "a number or a string of one", path,
		    err);
	case TYPE_OTHER:
		if (c->element != NULL)
			return value_array(a, c, v, out, path, err);
		return from_string(a, c, v, out, path, err);
	case TYPE_TEXT: case TYPE_VARCHAR: case TYPE_CHAR:
		return from_string(a, c, v, out, path, err);
	case TYPE_DATE: case TYPE_TIME: case TYPE_TIMETZ: case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ: case TYPE_INTERVAL: case TYPE_BYTEA:
		break;
	case TYPE_SMALLINT: case TYPE_INTEGER: case TYPE_BIGINT:
	case TYPE_BOOLEAN: case TYPE_UUID: case TYPE_REAL: case TYPE_DOUBLE:
	case TYPES:
		return error_set(err, ERROR_INTERNAL, path,
		    "%s does not travel as text", c->type->name);
	}
	if (!json_is_string(v))
		return refuse_kind(c, v, "a string", path, err);
	p = json_string(v);
	n = (size_t)json_length(v);
	return c->type->id == TYPE_BYTEA ?
	    value_bytea(a, c, p, n, out, path, err) :
	    value_time(a, c, p, n, out, path, err);
}

int
value_from_json(struct arena *a, const struct column *c,
    struct json *v, struct cell *out, const struct path *path,
    struct error *err)
{
	if (v == NULL) {
		out->p = NULL;
		out->n = -1;
		return 0;
	}
	switch (c->type->cell) {
	case CELL_INT2:
	case CELL_INT4:
	case CELL_INT8:
		return from_integer(a, c, v, out, path, err);
	case CELL_FLOAT4:
	case CELL_FLOAT8:
		return value_float(a, c, v, out, path, err);
	case CELL_BOOL:
		return from_boolean(c, v, out, path, err);
	case CELL_UUID:
		return from_uuid(a, c, v, out, path, err);
	case CELL_TEXT:
		return c->type->id == TYPE_TEXT ?
		    from_string(a, c, v, out, path, err) :
		    from_text(a, c, v, out, path, err);
	}
	return error_set(err, ERROR_INTERNAL, path, "no such form");
}

bool
cell_equal(const struct cell *a, const struct cell *b)
{
	return a->n == b->n && (a->n <= 0 ||
	    memcmp(a->p, b->p, (size_t)a->n) == 0);
}

int
cell_compare(const struct column *c, const struct cell *a,
    const struct cell *b)
{
	int32_t	n = a->n < b->n ? a->n : b->n;
	int	r, sign;

	if (n < 0)
		return (a->n >= 0) - (b->n >= 0);
	/* Big-endian integers order as bytes do, but for their sign. */
	if (c->type->json == JSON_INTEGER && n > 0) {
		sign = (((unsigned char)b->p[0] & 0x80) != 0) -
		    (((unsigned char)a->p[0] & 0x80) != 0);
		if (sign != 0)
			return sign;
	}
	r = n == 0 ? 0 : memcmp(a->p, b->p, (size_t)n);
	return r != 0 ? r : (a->n > b->n) - (a->n < b->n);
}
