#ifndef ORMD_DDL_H
#define ORMD_DDL_H

#include "buf.h"
#include "model.h"

/*
 * Appends the SQL that makes the tables of a model in an empty database: enums,
 * tables in the order in which they refer to each other, the foreign keys that
 * close a circle, and an index for every foreign key that no key or unique
 * begins with.  ormd-model calls it.  The buf is broken when memory is out.
 */
void	ddl_write(const struct registry *, struct buf *);
/*
 * Appends the SQL that makes of the model's rules row-level security, for this
 * role of PostgreSQL; the model has users.  See ddl_rls.c.
 */
void	ddl_rls_write(const struct registry *, const char *role, struct buf *);

#endif
