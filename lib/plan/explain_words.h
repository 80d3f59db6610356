#ifndef ORMD_EXPLAIN_WORDS_H
#define ORMD_EXPLAIN_WORDS_H

#include "plan.h"

/*
 * After error_set(): PostgreSQL's own message about a value, in place of the
 * kind's, with "..." for what it quotes unless the request gave it.
 */
void	explain_words(const struct call *, const char *message,
	    struct error *);

#endif
