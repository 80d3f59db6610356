#ifndef ORMD_DDL_RLS_PARTS_H
#define ORMD_DDL_RLS_PARTS_H

#include "ddl_parts.h"

/*
 * What the rooms of ddl_rls share; private to them.  A block says by two
 * settings as whom it runs: ormd.class is user, anyone, admin, or rules (for
 * looks at rows that decide what may be done and that no reply shows; it writes
 * nothing), and ormd.user is the key of the user.  Where nothing is said there
 * is nothing to see, not even what anyone may read.
 */
#define CLASS	"(SELECT current_setting('ormd.class', true))"
#define SAID	CLASS " <> ''"	/* empty again behind a block */
#define WRITES	CLASS " IN ('admin', 'anyone', 'user')"

struct rls {
	struct ddl	 d;
	const char	*role;		/* quoted if needed */
};

/* "DROP POLICY IF EXISTS …; CREATE POLICY … TO role" */
void	rls_policy_begin(struct rls *, const struct table *, const char *name,
	    const char *command);

/* ddl_rls_owner.c */

/* The caller's key; null for those who have none. */
void	rls_put_caller(struct rls *);
/* The key of the user whom a row of the model belongs to, by its columns. */
void	rls_put_owner(struct rls *, const struct model *);
/* The function that this takes where the user is some steps away. */
void	rls_put_owner_function(struct rls *, const struct model *);
/* Around a query: a function that row-level security does not hold back. */
void	rls_function_begin(struct rls *, const char *name,
	    struct column *const *takes, size_t n);
void	rls_function_end(struct rls *, const char *name,
	    struct column *const *takes, size_t n);

/* ddl_rls_link.c: tables without a model. */
void	rls_put_links(struct rls *, const struct table *);

#endif
