/*
 * Rule trees: SerializerMixin's notation, judged and merged as the appendix of
 * semantics.md says.  rules.c calls this at every object of a shape.  Nothing
 * is refused here: a rule that names nothing makes a node that nobody looks at.
 */
#include <string.h>

#include "tree.h"

static struct rule_node *
node_make(struct arena *a, const char *key)
{
	struct rule_node	*node = arena_alloc(a, sizeof(*node));

	if (node != NULL) {
		node->key = key;
		node->greedy = true;
	}
	return node;
}

struct rule_node *
tree_make(struct arena *a)
{
	return node_make(a, NULL);
}

struct rule_node *
tree_copy(struct arena *a, const struct rule_node *from)
{
	struct rule_node	*to = arena_raw(a, sizeof(*to)), **end;
	struct rule_node	*child;

	if (to == NULL)
		return NULL;
	*to = *from;
	to->next = NULL;
	if (from->key != NULL && (to->key = arena_strdup(a, from->key)) == NULL)
		return NULL;
	end = &to->children;
	for (child = from->children; child != NULL; child = child->next) {
		if ((*end = tree_copy(a, child)) == NULL)
			return NULL;
		end = &(*end)->next;
	}
	return to;
}

void
tree_print(struct buf *b, const struct rule_node *node)
{
	const struct rule_node	*child;

	buf_putc(b, (char)('0' + node->include + 2 * node->exclude +
	    4 * node->greedy));
	for (child = node->children; child != NULL; child = child->next) {
		buf_puts(b, child->key);
		buf_putc(b, '\0');
		tree_print(b, child);
	}
	/* No key holds a dash: rule_split() drops them all. */
	buf_putc(b, '-');
}

const struct rule_node *
tree_child(const struct rule_node *node, const char *key, size_t n)
{
	const struct rule_node	*child;

	for (child = node->children; child != NULL; child = child->next)
		if (strncmp(child->key, key, n) == 0 && child->key[n] == '\0')
			return child;
	return NULL;
}

bool
tree_shows(const struct rule_node *node, const struct rule_node *child)
{
	if (!node->greedy)
		return child != NULL && child->include;
	return child == NULL || child->children != NULL || !child->exclude;
}

/* The child of that key, made where there is none. */
static struct rule_node *
child_of(struct arena *a, struct rule_node *node, const char *key)
{
	struct rule_node	**at = &node->children, *made;
	int			 order;

	for (; *at != NULL; at = &(*at)->next)
		if ((order = strcmp((*at)->key, key)) == 0)
			return *at;
		else if (order > 0)
			break;
	if ((made = node_make(a, key)) == NULL)
		return NULL;
	made->next = *at;
	*at = made;
	return made;
}

/* Leaves stay greedy: they are visited with a fresh node anyway. */
static void
harden(struct rule_node *node)
{
	struct rule_node	*child;

	node->greedy = false;
	for (child = node->children; child != NULL; child = child->next)
		if (child->children != NULL)
			harden(child);
}

static int
merge(struct arena *a, struct rule_node *old, const struct rule_node *new)
{
	const struct rule_node	*from;
	struct rule_node	*child;

	if (old->greedy && !new->greedy)
		for (child = old->children; child != NULL; child = child->next)
			if (child->children != NULL && tree_child(new,
			    child->key, strlen(child->key)) == NULL)
				harden(child);
	old->greedy = old->greedy && new->greedy;
	old->include = old->include || new->include;
	old->exclude = old->exclude || new->exclude;
	for (from = new->children; from != NULL; from = from->next)
		if ((child = child_of(a, old, from->key)) == NULL ||
		    merge(a, child, from) == -1)
			return -1;
	return 0;
}

char *
rule_split(struct arena *a, const char *rule, size_t *nkeys, bool *negative)
{
	char	*keys = arena_raw(a, strlen(rule) + 1), *to = keys;

	if (keys == NULL)
		return NULL;
	*negative = *rule == '-';
	*nkeys = 1;
	for (; *rule != '\0'; rule++)
		if (*rule == '.') {
			*to++ = '\0';
			++*nkeys;
		} else if (*rule != '-')
			*to++ = *rule;
	*to = '\0';
	return keys;
}

/* 1 and the rule as a chain of nodes; 0 when the tree drops it; or -1. */
static int
judge(struct arena *a, const struct rule_node *tree, const char *rule,
    bool strict, struct rule_node **chain)
{
	static const struct rule_node	 fresh = { .greedy = true };
	const struct rule_node		*parent = tree, *node = tree;
	struct rule_node		*n;
	size_t				 nkeys;
	bool				 negative;
	const char			*key;

	if ((key = rule_split(a, rule, &nkeys, &negative)) == NULL ||
	    (n = *chain = tree_make(a)) == NULL)
		return -1;
	n->greedy = !strict;
	for (; nkeys > 0; nkeys--, key += strlen(key) + 1) {
		parent = node;
		node = tree_child(parent, key, strlen(key));
		if (node == NULL)
			node = &fresh;
		if ((n->children = node_make(a, key)) == NULL)
			return -1;
		n = n->children;
		if (nkeys > 1 && !negative && node->greedy)
			n->greedy = !strict;
		if (node->children == NULL && node->exclude)
			return 0;
		if (negative)
			n->exclude = true;
		else
			n->include = true;
	}
	return parent->greedy && !(negative && node->include);
}

int
tree_apply(struct arena *a, struct rule_node *tree, const char *const *rules,
    size_t n, bool strict)
{
	struct rule_node	*batch = tree_make(a), *chain;
	size_t			 i;
	int			 kept;

	if (batch == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if ((kept = judge(a, tree, rules[i], strict, &chain)) == -1)
			return -1;
		if (kept == 1 && merge(a, batch, chain) == -1)
			return -1;
	}
	return merge(a, tree, batch);
}
