#ifndef ORMD_TREE_H
#define ORMD_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"

/*
 * A tree of serialize rules, by the appendix of semantics.md.  For rules.c,
 * which walks the model with it, and filter.c, which walks a json value.
 * Nodes live in the arena of whoever made them.
 */
struct rule_node {
	const char		*key;		/* NULL at a root */
	struct rule_node	*children;	/* sorted by key */
	struct rule_node	*next;
	bool			 include;
	bool			 exclude;
	bool			 greedy;
};

/* A fresh greedy root; NULL when out of memory. */
struct rule_node *tree_make(struct arena *);
/* The tree below `from', as a root of its own; NULL when out of memory. */
struct rule_node *tree_copy(struct arena *, const struct rule_node *from);
/*
 * One batch: each rule is judged against the tree as it is now, what is
 * accepted is merged at the end.  strict for `only' and serialize_only.
 * 0, or -1 when out of memory.
 */
int	 tree_apply(struct arena *, struct rule_node *,
	    const char *const *rules, size_t n, bool strict);
/* Bytes that are equal for equal trees. */
void	 tree_print(struct buf *, const struct rule_node *);

const struct rule_node *tree_child(const struct rule_node *, const char *key,
	    size_t n);
/* Whether a key of a value at this node is printed; child may be NULL. */
bool	 tree_shows(const struct rule_node *, const struct rule_node *child);

/*
 * A rule as its keys: without its dashes, each key ended by a NUL, one after
 * the other.  NULL when out of memory.
 */
char	*rule_split(struct arena *, const char *rule, size_t *nkeys,
	    bool *negative);

#endif
