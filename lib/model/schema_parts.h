#ifndef ORMD_SCHEMA_PARTS_H
#define ORMD_SCHEMA_PARTS_H

#include "schema.h"

/*
 * The inside of schema: schema.c (objects, and how one is named),
 * schema_taken.c (what is said about them), schema_value.c (columns).
 */

#define NULL_SCHEMA	"{'type':'null'}"

/* A list of what that schema is for; what it is for, or null. */
void	schema_list(struct buf *, const char *word, const struct model *,
	    enum access_class);
void	schema_or_null(struct buf *, const char *word, const struct model *,
	    enum access_class);
/* A column's value; or_null: or null. */
void	schema_cell(struct buf *, const struct column *, enum schema_use,
	    bool or_null);
/* The column that a proxy shows in the end, also over other proxies. */
const struct column *schema_proxy_column(const struct proxy *);

/*
 * {"word": schema}, with the schema between the two calls; `through': with
 * $through beside it, as an item of a proxy has it, or NULL.
 */
void	schema_form(struct buf *, const char *word);
void	schema_form_end(struct buf *, const char *word,
	    const struct model *through, enum access_class);
/* The forms $get and $ref. */
void	schema_get(struct buf *, const struct model *,
	    const struct model *through, enum access_class);
void	schema_label(struct buf *, const struct model *through,
	    enum access_class);

/* "values.M" and "item.M", as members. */
void	schema_values(struct buf *, const struct model *, enum access_class);

#endif
