#ifndef ORMD_FOUND_KIT_H
#define ORMD_FOUND_KIT_H

#include "found.h"

/*
 * A database that is made up, for the tests of what works on one: rows of the
 * queries of found_sql.c.  Each is text: the query's letter (E enums, T tables,
 * C columns, K keys, F constraints, X indexes), then its columns, each after a
 * |; ~ is NULL.  The rows end with NULL and can stand in any order; the test
 * fails when one is not taken.
 */
void	found_kit(struct found *, const char *const *rows);

/* oid, schema, name, kind, partition, visible, comment, parents, ... */
#define TABLE(oid, name)	"T|" oid "|public|" name "|r|f|t|~|~|0|~|f"
/* Columns: what most are. */
#define TEXT(oid, name)		"C|" oid "|" name "|text|~|25|f|f|||~|~|~|~"
#define INT(oid, name)		"C|" oid "|" name "|integer|~|23|f|f|||~|~|~|~"
#define NEEDED(oid, name)	"C|" oid "|" name "|integer|~|23|f|t|||~|~|~|~"
#define ID(oid)			"C|" oid "|id|integer|~|23|f|t|d||~|~|~|~", \
				"K|" oid "|9" oid "|pk|p|id|f|f"
/* A foreign key of one column to another table's id. */
#define FK(oid, key, name, column, to, action)				\
	"F|" oid "|" key "|" name "|f|" column "|" to "|public.x|id|"	\
	action "|a|s|f|f|t|f|~"

#endif
