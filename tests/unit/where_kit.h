#ifndef ORMD_WHERE_KIT_H
#define ORMD_WHERE_KIT_H

#include "plan_kit.h"
#include "where.h"

/* What the tests of conditions share. */

/* A condition, its SQL and its parameters ("$1 5\n$2 …"). */
struct example {
	const char	*where, *sql, *params;
};

struct refusal {
	const char	*model, *where;
	enum error_kind	 kind;
	const char	*path, *hint;
};

/* The params of `count'. */
const char *count_of(struct plan_kit *, const char *model, const char *where);
/* Fails the test when one is anything else, and says what it is. */
void	conditions(const char *file, const char *model,
	    const struct example *, size_t n);
void	refusals(const char *file, const struct refusal *, size_t n);

#define CONDITIONS(file, model, ...) do {				\
	static const struct example rows_[] = { __VA_ARGS__ };		\
	conditions((file), (model), rows_,				\
	    sizeof(rows_) / sizeof(rows_[0]));				\
} while (0)

#define REFUSED(file, ...) do {						\
	static const struct refusal	 r_[] = { __VA_ARGS__ };	\
	refusals((file), r_, sizeof(r_) / sizeof(r_[0]));		\
} while (0)

#endif
