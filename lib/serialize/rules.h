#ifndef ORMD_RULES_H
#define ORMD_RULES_H

#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "finite.h"
#include "model.h"
#include "shape.h"

/*
 * Serialize rules, compiled: from a model and a request's `rules' and `only' to
 * the shape of its reply.  The rules are followed over the model instead of
 * over objects: all objects that are reached with the same rules left to apply
 * share one shape.
 *
 * Who calls: daemon/request, before anything is loaded.  A shape without rules
 * and only is asked for at almost every request, so the caller keeps one per
 * model.
 */
enum {
	RULES_MAX = 256,	/* rules in one list */
	RULE_KEYS_MAX = 32,	/* keys in one rule */
	SHAPES_MAX = 1024	/* shapes in one graph */
};

/*
 * What a request asks for, in SerializerMixin's notation, and who asks: what is
 * hidden from the class is not there.
 */
struct shape_rules {
	enum access_class	 class;
	const char *const	*rules;
	size_t			 nrules;
	const char *const	*only;
	size_t			 nonly;
};

/*
 * The shape of an object of this model, in the arena; it may point into the
 * registry, not into `rules'.  `path' is where the request's parameters are.
 * NULL with
 *   unknown_field	a rule or only names what the model has not (S5), at
 *			path/rules/i or path/only/i
 *   endless_rules	S3: the cycle as detail, rules that would end it as hint
 *   limit		one of the limits above, or memory
 */
const struct shape *shape_compile(struct arena *, const struct model *,
	    const struct shape_rules *, const struct path *, struct error *);

/*
 * For finite.c and rules.c: makes the graph without judging the names.
 * 0 with *root; 1 with *found, when it would print without end; -1.
 */
int	shape_build(struct arena *, const struct model *,
	    const struct shape_rules *, const struct shape **root,
	    struct endless *found, struct error *);
/* S5 for a model's serialize_rules and serialize_only; 0 or -1. */
int	rules_check_model(const struct model *, struct error *);

#endif
