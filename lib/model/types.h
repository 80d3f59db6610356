#ifndef ORMD_TYPES_H
#define ORMD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_id {
#define TYPE(name, text, oid, array, cell, json) TYPE_##name,
#include "types.def"
#undef TYPE
	TYPES
};

enum cell_form {
	CELL_INT2, CELL_INT4, CELL_INT8, CELL_FLOAT4, CELL_FLOAT8, CELL_BOOL,
	CELL_UUID, CELL_TEXT
};

enum json_form {
	JSON_INTEGER, JSON_FLOAT, JSON_BOOLEAN, JSON_STRING, JSON_RAW,
	JSON_DATETIME, JSON_BASE64
};

struct type {
	const char	*name;		/* PostgreSQL's own spelling */
	uint32_t	 oid;
	uint32_t	 array_oid;
	enum type_id	 id;
	enum cell_form	 cell;
	enum json_form	 json;
};

extern const struct type types[TYPES];

/*
 * The row for a type as a model file writes it: any spelling that PostgreSQL
 * takes ("int", "INTEGER", "varchar(30)", "timestamptz"); TYPE_OTHER for a name
 * that is none of ours.  Arrays ("text[]") are TYPE_OTHER.
 */
const struct type *type_find(const char *name);

/*
 * Can a foreign key go from one to the other, so that related rows are found by
 * comparing bytes?  Integers can: the narrower ones travel as the wider.
 */
bool	types_match(const struct type *, const struct type *);

/*
 * The numbers in parentheses after a type ("numeric(10,2)"): how many there
 * are, -1 when they are not numbers.
 */
enum { TYPE_MODIFIERS = 2 };
int	type_modifiers(const char *name, long mods[TYPE_MODIFIERS]);
bool	type_is_serial(const char *name);	/* "serial", "bigserial" ... */
/*
 * Of an array ("text[]", "integer[3][3]", "integer array"): copies the
 * element's name to `to' and returns its type.  NULL: not an array.
 */
const struct type *type_element(const char *name, char *to, size_t size);

#endif
