#ifndef ORMD_DDL_PARTS_H
#define ORMD_DDL_PARTS_H

#include "buf.h"
#include "model.h"

/* What the rooms of ddl share; private to them.  See ddl.h. */
struct ddl {
	const struct registry	*r;
	struct buf		*b;		/* broken when memory ends */
	struct arena		 a;
	struct table		**order;	/* as they are made */
	struct map		 indexes;	/* names that are taken */
};

void	ddl_name(struct ddl *, const char *name);	/* quoted if needed */
void	ddl_table(struct ddl *, const struct table *);
/* (a, b) */
void	ddl_columns(struct ddl *, struct column *const *, size_t n);
void	ddl_literal(struct ddl *, const char *text);

void	ddl_indexes(struct ddl *);
void	ddl_comments(struct ddl *);

#endif
