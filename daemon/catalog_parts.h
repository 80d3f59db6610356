#ifndef ORMD_CATALOG_PARTS_H
#define ORMD_CATALOG_PARTS_H

#include "catalog.h"

/*
 * Between catalog.c, which logs what differs, and catalog_ask.c, which asks;
 * nobody else includes this.
 */

/*
 * The queries.  A row is something that differs; its first cell is a number,
 * from 0, by which it was asked about.
 */
enum query {
	QUERY_TABLES,		/* that are not there, by registry->tables */
	QUERY_COLUMNS,		/* by catalog->columns: the type as text (NULL:
				   not there), whether it is NOT NULL, whether
				   the type is the same */
	QUERY_KEYS,		/* by catalog->fks: whether it is there */
	QUERY_RLS,		/* without it, by registry->tables */
	QUERY_AUDIT,		/* no number; whether it can be written */
	QUERIES
};
_Static_assert((int)QUERIES <= CATALOG_QUERIES, "no room for a query");

/*
 * Adds the statements of a check to the round; catalog->queries says which is
 * which.  -1: out of memory.
 */
int	catalog_ask(struct catalog *, struct round *);

#endif
